//! Floyd-Steinberg dithering of colors with alpha.
//!
//! In: samples and a palette. Out: one index per pixel. Opaque and transparent pixels take no error
//! of alpha, so that solid areas stay solid.

use super::clusters::Palette;
use super::colors::{CHECK_INTERVAL, Color, colors};
use super::nearest::Nearest;
use super::position::{Position, TRANSPARENT, position, squared_distance};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::render::frame::Layout;

/// The share of an error that is diffused: less leaves bands, more adds noise and bytes.
const DIFFUSION: f32 = 0.8;

/// The share if the pixel differs from the one before: by more than an eighth of the mean error, as
/// squares. Where colors vary no band shows, and the noise of dithering takes bytes for nothing.
const DIFFUSION_IN_DETAIL: f32 = 0.05;
const DETAIL: f32 = 0.12;

/// The highest share of a large error: more than 1.5 times the mean, as squares. There, the palette
/// has no color near, and dithering shows as dots.
const DIFFUSION_OF_LARGE: f32 = 0.5;
const LARGE: f32 = 1.5;

/// How that is divided: the next pixel of the row, and the pixels of the next row that are behind,
/// below and ahead of this one in the scanning direction.
const AHEAD: f32 = 7.0 / 16.0;
const BELOW_BEHIND: f32 = 3.0 / 16.0;
const BELOW: f32 = 5.0 / 16.0;
const BELOW_AHEAD: f32 = 1.0 / 16.0;

/// Writes the palette index for each pixel. Rows of `width` pixels are scanned alternately from the
/// left and from the right.
pub(super) fn dither(
    samples: &[u8],
    layout: Layout,
    width: usize,
    palette: &Palette,
    indices: &mut [u8],
    budget: &mut Budget<'_>,
) -> Result<()> {
    let mut scanner = Scanner::new(palette);
    // The error of the pixel in column `i` is at `i + 1`, so that every pixel has both neighbors.
    let mut errors = budget.zeroed::<Position>(Stage::Encode, width + 2)?;
    let rows = samples.chunks_exact((width * layout.channels()).max(1));
    let check_rows = CHECK_INTERVAL / width.max(1) + 1;
    for (number, (row, indices)) in rows.zip(indices.chunks_exact_mut(width.max(1))).enumerate() {
        if number % check_rows == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        let pixels = colors(row, layout).zip(indices);
        if number % 2 == 0 {
            scanner.scan(pixels, &mut errors);
        } else {
            errors.reverse();
            scanner.scan(pixels.rev(), &mut errors);
            errors.reverse();
        }
    }
    budget.release((width as u64 + 2) * size_of::<Position>() as u64);
    Ok(())
}

struct Scanner {
    nearest: Nearest,
    /// The mean squared error.
    mean_error: f32,
    /// The pixel before, in scanning order.
    before: (Color, Position),
    /// What becomes of another such pixel if no error is diffused to it: flat areas repeat it.
    repeated: Option<Choice>,
}

/// The index for a pixel, and the error to diffuse.
#[derive(Clone, Copy)]
struct Choice {
    index: u8,
    error: Position,
}

impl Scanner {
    fn new(palette: &Palette) -> Self {
        let positions: Vec<Position> = palette.colors.iter().map(|&color| position(color)).collect();
        Self {
            nearest: Nearest::new(&positions),
            mean_error: palette.mean_error,
            before: ([0; 4], TRANSPARENT),
            repeated: None,
        }
    }

    /// Dithers one row in scanning order. `errors` holds what is diffused to the row, and then what
    /// it diffuses to the next one.
    fn scan<'a>(&mut self, pixels: impl Iterator<Item = (Color, &'a mut u8)>, errors: &mut [Position]) {
        let (mut ahead, mut below, mut below_ahead) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        for (column, (color, slot)) in pixels.enumerate() {
            let Some([behind, diffused]) =
                errors.get_mut(column..column + 2).and_then(|two| two.as_mut_array())
            else {
                break;
            };
            let Choice { index, error } = self.choose(color, plus(*diffused, 1.0, ahead));
            *slot = index;
            *behind = plus(below, BELOW_BEHIND, error);
            below = plus(below_ahead, BELOW, error);
            below_ahead = error.map(|error| BELOW_AHEAD * error);
            ahead = error.map(|error| AHEAD * error);
            *diffused = below;
        }
    }

    /// Chooses an index for a color plus the error diffused to it, and the error to diffuse.
    #[inline(always)]
    fn choose(&mut self, color: Color, diffused: Position) -> Choice {
        let diffused = match color[3] {
            0 => [0.0; 4],
            u8::MAX => [diffused[0], diffused[1], diffused[2], 0.0],
            _ => diffused,
        };
        let (same, before) = self.before;
        let repeats = color == same && diffused == [0.0; 4];
        if repeats && let Some(choice) = self.repeated {
            return choice;
        }
        let own = if color == same { before } else { position(color) };
        let wanted = Nearest::clamp(plus(own, 1.0, diffused));
        let (index, found) = self.nearest.find(wanted);
        let error = plus(wanted, -1.0, found);
        let share = if squared_distance(own, before) > DETAIL * self.mean_error {
            DIFFUSION_IN_DETAIL
        } else if squared_distance(wanted, found) > LARGE * self.mean_error {
            DIFFUSION_OF_LARGE
        } else {
            DIFFUSION
        };
        let choice = Choice { index, error: error.map(|error| share * error) };
        self.before = (color, own);
        self.repeated = repeats.then_some(choice).or(self.repeated.filter(|_| color == same));
        choice
    }
}

#[inline]
fn plus(sum: Position, share: f32, error: Position) -> Position {
    std::array::from_fn(|axis| sum[axis] + share * error[axis])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{CancelToken, Limits};

    fn dithered(samples: &[u8], layout: Layout, width: usize, colors: &[Color]) -> Vec<u8> {
        let limits = Limits::default();
        let mut indices = vec![0; samples.len() / layout.channels()];
        let palette = Palette { colors: colors.to_vec(), mean_error: 3000.0 };
        dither(samples, layout, width, &palette, &mut indices, &mut Budget::start(&limits, None)).unwrap();
        indices
    }

    #[test]
    fn the_average_of_a_flat_area_is_kept() {
        let indices =
            dithered(&[140; 120 * 90], Layout::Gray, 120, &[[100, 100, 100, 255], [160, 160, 160, 255]]);
        let lighter = indices.iter().filter(|&&index| index == 1).count() as f64 / (120.0 * 90.0);
        assert!((lighter - 2.0 / 3.0).abs() < 0.06, "{lighter}");
        for rows in indices.chunks(120 * 10) {
            assert!(rows.contains(&0) && rows.contains(&1));
        }
    }

    #[test]
    fn colors_of_the_palette_stay_where_the_picture_has_them() {
        let colors = [[0; 4], [200, 10, 10, 255], [200, 10, 10, 120], [255, 255, 255, 255]];
        let pixels: Vec<usize> = (0..40 * 40).map(|i| (i / 160 + i % 40 / 10) % 4).collect();
        let samples: Vec<u8> = pixels.iter().flat_map(|&pixel| colors[pixel]).collect();
        let indices = dithered(&samples, Layout::Rgba, 40, &colors);
        assert!(indices.iter().zip(&pixels).all(|(&index, &pixel)| usize::from(index) == pixel));
    }

    #[test]
    fn opaque_pixels_take_no_error_of_alpha() {
        let mut samples = [90, 90, 90, 170].repeat(30 * 10);
        samples.extend([90, 90, 90, 255].repeat(30 * 10));
        let indices = dithered(&samples, Layout::Rgba, 30, &[[90, 90, 90, 128], [90, 90, 90, 255]]);
        assert!(indices[..300].contains(&0) && indices[..300].contains(&1));
        assert!(indices[300..].iter().all(|&index| index == 1));
    }

    #[test]
    fn a_cancelled_call_stops() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let palette = Palette { colors: vec![[0; 4]], mean_error: 0.0 };
        let budget = &mut Budget::start(&limits, Some(&token));
        assert!(dither(&[0; 4], Layout::Gray, 2, &palette, &mut [0; 4], budget).is_err());
    }
}
