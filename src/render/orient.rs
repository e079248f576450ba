//! Pixels + orientation -> upright Pixels.
//!
//! In: pixels as stored. Out: the same pixels as they are to be seen. Must not know where the orientation came from.

use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::{Image, Samples};
use crate::render::header::Orientation;

/// Turns `pixels` upright.
pub(crate) fn apply(pixels: Image, orientation: Orientation, budget: &mut Budget<'_>) -> Result<Image> {
    if orientation == Orientation::Upright {
        return Ok(pixels);
    }
    let Image { size, layout, samples } = pixels;
    let turned = if orientation.transposes() { size.transposed() } else { size };
    let spent = samples.bytes();
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
    budget.release(spent);
    Ok(Image { size: turned, layout, samples })
}

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

/// Pixels between two looks at the clock: those of a column lie far apart.
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
    // For each pixel shown at (x, y), where it is stored.
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
    let at_once = (CHECK_INTERVAL / shown_width).max(1);
    for (band, rows) in shown.chunks_mut(at_once * shown_width).enumerate() {
        budget.check_interrupt(Stage::Orient)?;
        for (y, row) in (band * at_once..).zip(rows.chunks_exact_mut(shown_width)) {
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

    /// What each orientation shows of the stored picture `abc/def`, by EXIF 2.32's "the 0th row is at the visual …".
    #[test]
    fn all_eight_put_every_pixel_in_its_place() {
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

    /// Each pixel says where it was stored, in a picture of several bands.
    #[test]
    fn bands_join() {
        let size = Size::new(701, 903);
        assert!(size.area() > 2 * CHECK_INTERVAL as u64);
        let place = |x: u16, y: u16| [x.to_le_bytes(), y.to_le_bytes()].concat();
        let stored: Vec<u8> = (0..903).flat_map(|y| (0..701).flat_map(move |x| place(x, y))).collect();
        let limits = Limits::default();
        let pixels = Image::eight(size, Layout::Rgba, stored);
        let turned = apply(pixels, Orientation::Rotate90, &mut Budget::start(&limits, None)).unwrap();
        let Samples::Eight(turned) = turned.samples else { unreachable!("8 bits in, 8 bits out") };
        for (y, row) in (0..).zip(turned.chunks(903 * 4)) {
            for (x, pixel) in (0..).zip(row.chunks(4)) {
                assert_eq!(pixel, place(y, 902 - x), "{x}, {y}");
            }
        }
    }

    #[test]
    fn it_stops_when_asked() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let pixels = Image::eight(Size::new(3, 2), Layout::Gray, b"abcdef".to_vec());
        let mut budget = Budget::start(&limits, Some(&token));
        assert!(apply(pixels, Orientation::FlipVertical, &mut budget).is_err());
    }
}
