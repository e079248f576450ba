//! The alpha chunk (RFC 9649 section 2.7.1.2): plain or lossless, filtered.
//!
//! In: the chunk's data and the picture's size. Out: a byte a pixel. Must not know of the picture's colors.

use super::lossless::Decoder;
use super::malformed;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// Alpha of `width` by `height` pixels, row by row.
pub(crate) fn decode<'a>(
    chunk: &'a [u8],
    (width, height): (usize, usize),
    budget: &mut Budget<'a>,
) -> Result<Vec<u8>> {
    let (&info, data) = chunk.split_first().ok_or_else(|| malformed("its alpha is empty"))?;
    let mut alpha = budget.zeroed::<u8>(Stage::Decode, width * height)?;
    match info & 3 {
        0 => {
            let plain = data.get(..alpha.len()).ok_or_else(|| malformed("its alpha ends early"))?;
            alpha.copy_from_slice(plain);
        }
        1 => {
            let mut decoder = Decoder::without_header(data, (width, height), budget)?;
            for row in alpha.chunks_exact_mut(width.max(1)) {
                for (alpha, pixel) in row.iter_mut().zip(decoder.next_row()?) {
                    [_, *alpha, _, _] = pixel.to_le_bytes();
                }
            }
            budget.release(decoder.bytes());
        }
        _ => return Err(malformed("its alpha is coded in a way that there is not")),
    }
    unfilter(&mut alpha, width, info >> 2 & 3);
    Ok(alpha)
}

/// Undoes the filter: 0 none, 1 left, 2 above, 3 left and above less the corner.
fn unfilter(alpha: &mut [u8], width: usize, filter: u8) {
    if filter == 0 || width == 0 {
        return;
    }
    let mut above: &[u8] = &[];
    for row in alpha.chunks_exact_mut(width) {
        // Of the first column and the first row there is one neighbour alone; of the first pixel none.
        let mut left = above.first().copied().unwrap_or(0);
        let mut corner = left;
        for (x, value) in row.iter_mut().enumerate() {
            let top = above.get(x).copied();
            let foretold = match (filter, top) {
                (1, _) | (_, None) => left,
                (2, Some(top)) => top,
                (_, Some(top)) if x == 0 => top,
                (_, Some(top)) => {
                    let sum = i32::from(left) + i32::from(top) - i32::from(corner);
                    sum.clamp(0, 255).to_le_bytes()[0]
                }
            };
            *value = value.wrapping_add(foretold);
            (left, corner) = (*value, top.unwrap_or(0));
        }
        above = row;
    }
}
