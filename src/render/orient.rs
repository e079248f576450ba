//! Pixels + orientation -> upright Pixels.
//!
//! In: pixels as stored. Out: the same pixels as they are to be seen. Must not know where the orientation came from.

use crate::error::{Result, Stage};
use crate::fit::Size;
use crate::limits::Budget;
use crate::render::pixels::{Pixels, Samples};
use crate::render::source::Orientation;

/// Turns `pixels` upright.
pub(crate) fn upright(pixels: Pixels, orientation: Orientation, budget: &mut Budget<'_>) -> Result<Pixels> {
    if orientation == Orientation::Upright {
        return Ok(pixels);
    }
    let Pixels { size, layout, samples } = pixels;
    let turned = if orientation.transposes() { size.transposed() } else { size };
    let spent = samples.bytes();
    let samples = match samples {
        Samples::Eight(stored) => {
            let mut shown = budget.zeroed(Stage::Orient, stored.len())?;
            turn(&stored, &mut shown, layout.channels(), size, orientation);
            Samples::Eight(shown)
        }
        Samples::Sixteen(stored) => {
            let mut shown = budget.zeroed(Stage::Orient, stored.len())?;
            turn(&stored, &mut shown, layout.channels(), size, orientation);
            Samples::Sixteen(shown)
        }
    };
    budget.release(spent);
    Ok(Pixels { size: turned, layout, samples })
}

fn turn<T: bytemuck::Pod>(
    stored: &[T],
    shown: &mut [T],
    channels: usize,
    size: Size,
    orientation: Orientation,
) {
    match channels {
        1 => turn_pixels::<_, 1>(stored, shown, size, orientation),
        2 => turn_pixels::<_, 2>(stored, shown, size, orientation),
        3 => turn_pixels::<_, 3>(stored, shown, size, orientation),
        _ => turn_pixels::<_, 4>(stored, shown, size, orientation),
    }
}

fn turn_pixels<T: bytemuck::Pod, const N: usize>(
    stored: &[T],
    shown: &mut [T],
    size: Size,
    orientation: Orientation,
) {
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
    for (y, row) in shown.chunks_exact_mut(shown_width).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let (stored_x, stored_y) = locate(x, y);
            *pixel = stored[stored_y * width + stored_x];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::render::pixels::Layout;

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
            let stored = Pixels::eight(Size::new(3, 2), Layout::Gray, b"abcdef".to_vec());
            let mut budget = Budget::start(&limits, None);
            let pixels = upright(stored, Orientation::from_tag(tag), &mut budget).unwrap();
            assert_eq!(pixels.size.width, width, "orientation {tag}");
            assert_eq!(pixels.samples, Samples::Eight(shown.to_vec()), "orientation {tag}");
        }
    }
}
