//! The alpha chunk (RFC 9649 section 2.7.1.2): raw or lossless, filtered.
//!
//! In: the chunk's data, and the size of the image. Out: one byte per pixel. Must not know of
//! colors.

use super::error::malformed;
use super::lossless::Decoder;
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// Decodes the alpha of `width` by `height` pixels, row by row.
///
/// `end` is the offset in the file where the frame's data end. Missing alpha becomes opaque.
pub(crate) fn decode<'a, 'b: 'a>(
    chunk: &'a [u8],
    (width, height): (usize, usize),
    end: usize,
    tolerance: &mut Tolerance,
    budget: &mut Budget<'b>,
) -> Result<Vec<u8>> {
    let before = budget.spent();
    match read(chunk, (width, height), budget) {
        Err(error) if error.malformed_detail().is_some_and(|detail| tolerance.accepts(end, detail)) => {
            budget.release(budget.spent() - before);
            tolerance.lacks(1, 1);
            let mut opaque = budget.zeroed::<u8>(Stage::Decode, width * height)?;
            opaque.fill(u8::MAX);
            Ok(opaque)
        }
        read => read,
    }
}

fn read<'a, 'b: 'a>(
    chunk: &'a [u8],
    (width, height): (usize, usize),
    budget: &mut Budget<'b>,
) -> Result<Vec<u8>> {
    let (&info, data) = chunk.split_first().ok_or_else(|| malformed("empty alpha chunk"))?;
    let mut alpha = budget.zeroed::<u8>(Stage::Decode, width * height)?;
    let mut lossless = match info & 3 {
        0 if data.len() < alpha.len() => return Err(malformed("truncated alpha chunk")),
        0 => None,
        1 => Some(Decoder::without_header(data, (width, height), budget)?),
        _ => return Err(malformed("unknown alpha compression method")),
    };
    let mut raw = data.chunks_exact(width.max(1));
    let mut above: &[u8] = &[];
    for (y, row) in alpha.chunks_exact_mut(width.max(1)).enumerate() {
        match &mut lossless {
            Some(decoder) => {
                for (alpha, pixel) in row.iter_mut().zip(decoder.next_row()?) {
                    [_, *alpha, _, _] = pixel.to_le_bytes();
                }
            }
            None => row.iter_mut().zip(raw.next().unwrap_or_default()).for_each(|(alpha, &raw)| *alpha = raw),
        }
        unfilter(row, above, info >> 2 & 3);
        if y % CHECK_INTERVAL == 0 {
            budget.check_interrupt(Stage::Decode)?;
        }
        above = row;
    }
    if let Some(decoder) = lossless {
        budget.release(decoder.bytes());
    }
    Ok(alpha)
}

/// Rows between interrupt checks.
const CHECK_INTERVAL: usize = 16;

/// Inverts the filter of a row: 0 none, 1 horizontal, 2 vertical, 3 gradient.
fn unfilter(row: &mut [u8], above: &[u8], filter: u8) {
    if filter == 0 {
        return;
    }
    // The first column and the first row have only one neighbor, and the first pixel has none.
    let mut left = above.first().copied().unwrap_or(0);
    let mut corner = left;
    for (x, value) in row.iter_mut().enumerate() {
        let top = above.get(x).copied();
        let prediction = match (filter, top) {
            (1, _) | (_, None) => left,
            (2, Some(top)) => top,
            (_, Some(top)) if x == 0 => top,
            (_, Some(top)) => {
                let sum = i32::from(left) + i32::from(top) - i32::from(corner);
                sum.clamp(0, 255).to_le_bytes()[0]
            }
        };
        *value = value.wrapping_add(prediction);
        (left, corner) = (*value, top.unwrap_or(0));
    }
}
