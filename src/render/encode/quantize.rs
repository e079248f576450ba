//! Quantizes a picture to at most 256 colors with alpha: [`Indexed`].
//!
//! In: 8-bit samples of any layout except CMYK, a maximum number of colors and the error that is
//! allowed. Out: a palette and one index per pixel. A picture that has no more colors than the
//! maximum keeps them exactly; any other is dithered where bands would show. Must not know of file
//! formats.

mod clusters;
mod colors;
mod dither;
mod histogram;
mod nearest;
mod position;

use self::colors::Color;
use self::histogram::Histogram;
use self::nearest::Nearest;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::Layout;

/// A palette and one index per pixel.
#[derive(Debug)]
pub(super) struct Indexed {
    /// At most 256 colors, translucent ones first.
    pub(super) palette: Vec<Color>,
    pub(super) indices: Vec<u8>,
    /// Whether the picture is reproduced without loss.
    pub(super) exact: bool,
}

/// Maximum bytes of working memory besides the indices and a few rows.
pub(super) const WORKING_BYTES: u64 = Histogram::BYTES + clusters::BYTES + Nearest::BYTES;

/// Maximum number of pixels from which a palette is made, unless it is exact.
const MAX_SAMPLED_PIXELS: u64 = 4 << 20;

/// Quantizes to at most `max_colors` colors (1 to 256): to as few as approximate the samples with a
/// mean squared error of `max_error`, before dithering.
pub(super) fn quantize(
    samples: &[u8],
    size: Size,
    layout: Layout,
    max_colors: usize,
    max_error: f32,
    budget: &mut Budget<'_>,
) -> Result<Indexed> {
    let mut histogram = Histogram::new();
    let mut indices = budget.zeroed::<u8>(Stage::Encode, samples.len() / layout.channels())?;
    if histogram.index_exactly(samples, layout, max_colors, &mut indices, budget)? {
        let (palette, exact) = (sort(histogram.colors().collect(), &mut indices), true);
        return Ok(Indexed { palette, indices, exact });
    }
    let step = size.area().div_ceil(MAX_SAMPLED_PIXELS).max(1);
    histogram.count(samples, layout, size.width as usize, step, budget)?;
    let palette = clusters::choose(histogram, max_colors, max_error, budget)?;
    dither::dither(samples, layout, size.width as usize, &palette, &mut indices, budget)?;
    let palette = sort(palette, &mut indices);
    Ok(Indexed { palette, indices, exact: false })
}

/// At most `max_colors` colors that fit opaque ones, each of which is given with its weight: as few
/// as give a mean squared error of `max_error`.
pub(super) fn palette_of(
    colors: impl Iterator<Item = ([f32; 3], f32)>,
    max_colors: usize,
    max_error: f32,
    budget: &Budget<'_>,
) -> Result<Vec<[u8; 3]>> {
    let chosen = clusters::choose_from(clusters::opaque_points(colors), max_colors, max_error, budget)?;
    Ok(chosen.into_iter().map(|[red, green, blue, _]| [red, green, blue]).collect())
}

/// Sorts the palette, translucent colors first, and renumbers the indices.
fn sort(palette: Vec<Color>, indices: &mut [u8]) -> Vec<Color> {
    let mut sorted: Vec<(Color, usize)> = palette.into_iter().zip(0..).collect();
    sorted.sort_by_key(|&([red, green, blue, alpha], old)| {
        let luma = 2 * u32::from(red) + 5 * u32::from(green) + u32::from(blue);
        (alpha == u8::MAX, luma, red, green, alpha, old)
    });
    let mut renumbered = [0_u8; 256];
    for ((_, old), new) in sorted.iter().zip(0_u8..=u8::MAX) {
        if let Some(slot) = renumbered.get_mut(*old) {
            *slot = new;
        }
    }
    indices.iter_mut().for_each(|index| *index = renumbered[usize::from(*index)]);
    sorted.into_iter().map(|(color, _)| color).collect()
}

#[cfg(test)]
mod tests {
    use super::colors::colors;
    use super::*;
    use crate::limits::Limits;

    fn quantized(samples: &[u8], size: Size, layout: Layout, max_colors: usize) -> Indexed {
        let limits = Limits::default();
        quantize(samples, size, layout, max_colors, 6.0, &mut Budget::start(&limits, None)).unwrap()
    }

    #[test]
    fn few_colors_are_exact_and_translucent_ones_come_first() {
        let samples: Vec<u8> = (0..=255).rev().flat_map(|level| [level, level / 2, 7, level]).collect();
        let indexed = quantized(&samples, Size::new(16, 16), Layout::Rgba, 256);
        assert!(indexed.exact && indexed.palette.len() == 256);
        for (pixel, &index) in colors(&samples, Layout::Rgba).zip(&indexed.indices) {
            assert_eq!(indexed.palette[usize::from(index)], pixel);
        }
        assert!(indexed.palette.iter().take(255).all(|color| color[3] < 255));
        assert!(!quantized(&samples, Size::new(16, 16), Layout::Rgba, 255).exact);
    }

    /// In a large picture not all pixels are sampled; lines one pixel thick must not be missed.
    #[test]
    fn a_large_picture_keeps_the_color_of_a_thin_line() {
        let size = Size::new(3000, 1400);
        let byte = |value: u32| value.to_le_bytes()[0];
        let mut samples: Vec<u8> =
            (0..4_200_000_u32).flat_map(|i| [byte(i / 12_000) / 4, byte(i % 3000 / 12) / 4, 255]).collect();
        samples.chunks_exact_mut(3).skip(1001 * 3000).take(3000).for_each(|line| line.fill(0));
        samples
            .chunks_exact_mut(3)
            .skip(777)
            .step_by(3000)
            .for_each(|line| line.copy_from_slice(&[0, 255, 0]));
        let Indexed { palette, indices, exact } = quantized(&samples, size, Layout::Rgb, 256);
        assert!(!exact);
        for (at, color) in [(1001 * 3000 + 50, [0, 0, 0, 255]), (3000 * 50 + 777, [0, 255, 0, 255])] {
            assert_eq!(palette[usize::from(indices[at])], color);
        }
    }
}
