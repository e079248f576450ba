//! Applies an orientation: turns stored pixels upright.
//!
//! In: pixels as stored. Out: the same pixels as displayed. Must not know where the orientation
//! came from.

use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::{Image, Samples};
use crate::render::header::Orientation;

/// Turns `pixels` upright: `orientation` states how they are stored.
pub(crate) fn apply(pixels: Image, orientation: Orientation, budget: &mut Budget<'_>) -> Result<Image> {
    if orientation == Orientation::Upright {
        return Ok(pixels);
    }
    let Image { size, layout, samples } = pixels;
    let shown_size = if orientation.transposes() { size.transposed() } else { size };
    let bytes = samples.bytes();
    let samples = match samples {
        Samples::Eight(stored) => {
            let mut shown = budget.zeroed(Stage::Orient, stored.len())?;
            turn(&stored, &mut shown, layout.channels(), size, orientation, budget)?;
            Samples::Eight(shown)
        }
        Samples::Sixteen(stored) => {
            let mut shown = budget.zeroed(Stage::Orient, stored.len())?;
            turn(&stored, &mut shown, layout.channels(), size, orientation, budget)?;
            Samples::Sixteen(shown)
        }
    };
    budget.release(bytes);
    Ok(Image { size: shown_size, layout, samples })
}

/// Selects the copy for pixels of `channels` samples.
fn turn<T: bytemuck::Pod>(
    stored: &[T],
    shown: &mut [T],
    channels: usize,
    size: Size,
    orientation: Orientation,
    budget: &Budget<'_>,
) -> Result<()> {
    match channels {
        1 => turn_pixels::<_, 1>(stored, shown, size, orientation, budget),
        2 => turn_pixels::<_, 2>(stored, shown, size, orientation, budget),
        3 => turn_pixels::<_, 3>(stored, shown, size, orientation, budget),
        _ => turn_pixels::<_, 4>(stored, shown, size, orientation, budget),
    }
}

/// Pixels copied between interrupt checks; small because the pixels of a column are far apart in
/// memory.
const CHECK_INTERVAL: usize = 256 << 10;

fn turn_pixels<T: bytemuck::Pod, const N: usize>(
    stored: &[T],
    shown: &mut [T],
    size: Size,
    orientation: Orientation,
    budget: &Budget<'_>,
) -> Result<()> {
    let (stored, _) = stored.as_chunks::<N>();
    let (shown, _) = shown.as_chunks_mut::<N>();
    let (width, height) = (size.width as usize, size.height as usize);
    let shown_width = if orientation.transposes() { height } else { width };
    let (right, bottom) = (width - 1, height - 1);
    // The stored position of the pixel shown at (x, y).
    let locate = |x: usize, y: usize| match orientation {
        Orientation::Upright => (x, y),
        Orientation::FlipHorizontal => (right - x, y),
        Orientation::Rotate180 => (right - x, bottom - y),
        Orientation::FlipVertical => (x, bottom - y),
        Orientation::Transpose => (y, x),
        Orientation::Rotate90 => (y, bottom - x),
        Orientation::Transverse => (right - y, bottom - x),
        Orientation::Rotate270 => (right - y, x),
    };
    let band_rows = (CHECK_INTERVAL / shown_width).max(1);
    for (band, rows) in shown.chunks_mut(band_rows * shown_width).enumerate() {
        budget.check_interrupt(Stage::Orient)?;
        for (y, row) in (band * band_rows..).zip(rows.chunks_exact_mut(shown_width)) {
            for (x, pixel) in row.iter_mut().enumerate() {
                let (stored_x, stored_y) = locate(x, y);
                *pixel = stored[stored_y * width + stored_x];
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{CancelToken, Limits};
    use crate::render::frame::Layout;

    /// The expected results for the stored picture `abc/def` follow EXIF 2.32, "The 0th row is at
    /// the visual …".
    #[test]
    fn all_eight_orientations_place_every_pixel() {
        let limits = Limits::default();
        for (tag, width, shown) in [
            (1, 3, b"abcdef"),
            (2, 3, b"cbafed"),
            (3, 3, b"fedcba"),
            (4, 3, b"defabc"),
            (5, 2, b"adbecf"),
            (6, 2, b"daebfc"),
            (7, 2, b"fcebda"),
            (8, 2, b"cfbead"),
        ] {
            let stored = Image::eight(Size::new(3, 2), Layout::Gray, b"abcdef".to_vec());
            let mut budget = Budget::start(&limits, None);
            let pixels = apply(stored, Orientation::from_tag(tag), &mut budget).unwrap();
            assert_eq!(pixels.size.width, width, "orientation {tag}");
            assert_eq!(pixels.samples, Samples::Eight(shown.to_vec()), "orientation {tag}");
        }
    }

    /// Each pixel encodes its stored position, in a picture of several bands.
    #[test]
    fn bands_join_without_seams() {
        let size = Size::new(701, 903);
        assert!(size.area() > 2 * CHECK_INTERVAL as u64);
        let place = |x: u16, y: u16| [x.to_le_bytes(), y.to_le_bytes()].concat();
        let stored: Vec<u8> = (0..903).flat_map(|y| (0..701).flat_map(move |x| place(x, y))).collect();
        let limits = Limits::default();
        let pixels = Image::eight(size, Layout::Rgba, stored);
        let shown = apply(pixels, Orientation::Rotate90, &mut Budget::start(&limits, None)).unwrap();
        let Samples::Eight(shown) = shown.samples else { unreachable!("8 bits in, 8 bits out") };
        for (y, row) in (0..).zip(shown.chunks(903 * 4)) {
            for (x, pixel) in (0..).zip(row.chunks(4)) {
                assert_eq!(pixel, place(y, 902 - x), "{x}, {y}");
            }
        }
    }

    #[test]
    fn a_cancelled_call_stops() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let pixels = Image::eight(Size::new(3, 2), Layout::Gray, b"abcdef".to_vec());
        let mut budget = Budget::start(&limits, Some(&token));
        assert!(apply(pixels, Orientation::FlipVertical, &mut budget).is_err());
    }
}
