//! Floyd-Steinberg dithering of colors with alpha, where bands would show.
//!
//! In: samples and a palette. Out: one index per pixel. Opaque and transparent pixels take no error
//! of alpha, so that solid areas stay solid. Details, such as edges, texture and noise, take no error
//! and diffuse none: no band shows there, and the noise of dithering would take bytes for nothing.

use super::colors::{CHECK_INTERVAL, Color, colors};
use super::nearest::Nearest;
use super::position::{Position, position, squared_distance};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::render::frame::Layout;

/// The share of an error that is diffused: less leaves bands, more adds noise and bytes.
const DIFFUSION: f32 = 0.8;

/// The share of a large error: above 0.6 of the spacing, as squares. There, the palette has no color
/// near, and dithering shows as dots. The spacing is the distance of the chosen color to the color of
/// the palette nearest to it.
const DIFFUSION_OF_LARGE: f32 = 0.5;
const LARGE: f32 = 0.6;

/// A pixel is a detail if its bend is above this share of the spacing, as squares: if it differs from
/// its neighbors by more than a gradient does, and enough to hide the steps of the palette.
const DETAIL: f32 = 0.08;

/// How an error is divided: the next pixel of the row, and the pixels of the next row that are behind,
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
    palette: &[Color],
    indices: &mut [u8],
    budget: &mut Budget<'_>,
) -> Result<()> {
    let mut scanner = Scanner::new(palette);
    // The error of the pixel in column `i` is at `i + 1`, so that every pixel has both neighbors.
    let mut errors = budget.zeroed::<Position>(Stage::Encode, width + 2)?;
    let row = |budget: &mut Budget<'_>| budget.zeroed::<Position>(Stage::Encode, width);
    let [mut above, mut here, mut below] = [row(budget)?, row(budget)?, row(budget)?];
    let mut bends = budget.zeroed::<f32>(Stage::Encode, width)?;
    let mut rows = samples.chunks_exact((width * layout.channels()).max(1)).peekable();
    read(rows.peek().copied().unwrap_or_default(), layout, &mut here);
    above.copy_from_slice(&here);
    let check_rows = CHECK_INTERVAL / width.max(1) + 1;
    for (number, indices) in indices.chunks_exact_mut(width.max(1)).enumerate() {
        if number % check_rows == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        let colors = colors(rows.next().unwrap_or_default(), layout);
        match rows.peek() {
            Some(samples) => read(samples, layout, &mut below),
            None => below.copy_from_slice(&here),
        }
        measure_bends([&above, &here, &below], &mut bends);
        let pixels = colors.zip(here.iter().zip(&bends)).zip(indices);
        if number % 2 == 0 {
            scanner.scan(pixels, &mut errors);
        } else {
            errors.reverse();
            scanner.scan(pixels.rev(), &mut errors);
            errors.reverse();
        }
        std::mem::swap(&mut above, &mut here);
        std::mem::swap(&mut here, &mut below);
    }
    let bytes = (4 * width + 2) * size_of::<Position>() + width * size_of::<f32>();
    budget.release(bytes as u64);
    Ok(())
}

/// Reads a row of samples.
fn read(samples: &[u8], layout: Layout, row: &mut [Position]) {
    row.iter_mut().zip(colors(samples, layout)).for_each(|(slot, color)| *slot = position(color));
}

/// Measures how much each pixel of the second of three rows differs from the mean of its neighbors
/// in the row or in the column, whichever is more.
fn measure_bends([above, row, below]: [&[Position]; 3], bends: &mut [f32]) {
    for ((own, (above, below)), slot) in row.iter().zip(above.iter().zip(below)).zip(bends.iter_mut()) {
        *slot = bend(above, own, below);
    }
    let mut raise = |column: usize, bend: f32| {
        if let Some(slot) = bends.get_mut(column).filter(|slot| bend > **slot) {
            *slot = bend;
        }
    };
    for (three, column) in row.windows(3).zip(1..) {
        raise(column, bend(&three[0], &three[1], &three[2]));
    }
    // At the sides, as above and below the picture, a pixel is its own neighbor.
    if let [first, second, ..] = row {
        raise(0, bend(first, first, second));
    }
    if let [.., second, last] = row {
        raise(row.len() - 1, bend(second, last, last));
    }
}

/// The squared distance of twice a pixel to the sum of its neighbors.
fn bend(before: &Position, own: &Position, after: &Position) -> f32 {
    let doubled: Position = std::array::from_fn(|axis| own[axis] + own[axis]);
    squared_distance(plus(*before, 1.0, *after), doubled)
}

/// The color of a pixel, its position and its bend; where to write its index.
type Pixel<'a> = ((Color, (&'a Position, &'a f32)), &'a mut u8);

struct Scanner {
    nearest: Nearest,
    /// For each color of the palette, the squared distance to the other one nearest to it.
    spacings: [f32; 256],
    /// The last color that was looked up without an error, and the choice for it: flat areas repeat it.
    repeated: Option<(Color, Choice)>,
}

/// The index for a pixel, and the error to diffuse.
#[derive(Clone, Copy)]
struct Choice {
    index: u8,
    error: Position,
}

impl Scanner {
    fn new(palette: &[Color]) -> Self {
        let positions: Vec<Position> = palette.iter().map(|&color| position(color)).collect();
        let mut spacings = [f32::MAX; 256];
        for (spacing, own) in spacings.iter_mut().zip(&positions) {
            let others = positions.iter().filter(|other| *other != own);
            let distances = others.map(|&other| squared_distance(*own, other));
            *spacing = distances.fold(f32::MAX, |least, next| if next < least { next } else { least });
        }
        Self { nearest: Nearest::new(&positions), spacings, repeated: None }
    }

    /// Dithers one row in scanning order. `errors` holds what is diffused to the row, and then what
    /// it diffuses to the next one.
    fn scan<'a>(&mut self, pixels: impl Iterator<Item = Pixel<'a>>, errors: &mut [Position]) {
        let (mut ahead, mut below, mut below_ahead) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        for (column, ((color, (own, bend)), slot)) in pixels.enumerate() {
            let Some([behind, diffused]) =
                errors.get_mut(column..column + 2).and_then(|two| two.as_mut_array())
            else {
                break;
            };
            let Choice { index, error } = self.choose(color, *own, *bend, plus(*diffused, 1.0, ahead));
            *slot = index;
            *behind = plus(below, BELOW_BEHIND, error);
            below = plus(below_ahead, BELOW, error);
            below_ahead = error.map(|error| BELOW_AHEAD * error);
            ahead = error.map(|error| AHEAD * error);
            *diffused = below;
        }
    }

    /// Chooses an index for a pixel plus the error diffused to it, and the error to diffuse.
    #[inline(always)]
    fn choose(&mut self, color: Color, own: Position, bend: f32, diffused: Position) -> Choice {
        let diffused = match color[3] {
            0 => [0.0; 4],
            u8::MAX => [diffused[0], diffused[1], diffused[2], 0.0],
            _ => diffused,
        };
        let is_plain = diffused == [0.0; 4];
        let choice = if is_plain {
            self.plain(color, own)
        } else {
            self.find(Nearest::clamp(plus(own, 1.0, diffused)))
        };
        if bend <= DETAIL * self.spacings[usize::from(choice.index)] {
            return choice;
        }
        Choice { error: [0.0; 4], ..if is_plain { choice } else { self.plain(color, own) } }
    }

    /// The choice for a color to which no error is diffused.
    #[inline]
    fn plain(&mut self, color: Color, own: Position) -> Choice {
        match self.repeated {
            Some((same, choice)) if color == same => choice,
            _ => {
                let choice = self.find(own);
                self.repeated = Some((color, choice));
                choice
            }
        }
    }

    /// The index of the color that is nearest to a valid position, and the error to diffuse.
    #[inline]
    fn find(&mut self, wanted: Position) -> Choice {
        let (index, found) = self.nearest.find(wanted);
        let large = squared_distance(wanted, found) > LARGE * self.spacings[usize::from(index)];
        let share = if large { DIFFUSION_OF_LARGE } else { DIFFUSION };
        Choice { index, error: plus(wanted, -1.0, found).map(|error| share * error) }
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
        dither(samples, layout, width, colors, &mut indices, &mut Budget::start(&limits, None)).unwrap();
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

    /// Pixels that change from row to row or from column to column by more than the palette's steps
    /// have the index that each would have alone; a gradient as steep is dithered.
    #[test]
    fn edges_and_texture_are_not_dithered_and_gradients_are() {
        let palette: Vec<Color> =
            [0, 40, 80, 120, 160, 200, 240].map(|level| [level, level, level, 255]).into();
        let nearest = |sample: u8| (sample + 20) / 40;
        let stripes: fn(u8) -> u8 = |at| if at % 2 == 0 { 55 } else { 135 };
        for columns in [false, true] {
            let at = |i: u8, stripe: fn(u8) -> u8| stripe(if columns { i % 15 } else { i / 15 });
            let texture: Vec<u8> = (0..225).map(|i| at(i, stripes)).collect();
            let alone: Vec<u8> = texture.iter().map(|&sample| nearest(sample)).collect();
            assert_eq!(dithered(&texture, Layout::Gray, 15, &palette), alone);
            let gradient: Vec<u8> = (0..225).map(|i| at(i, |at| at * 15)).collect();
            let alone: Vec<u8> = gradient.iter().map(|&sample| nearest(sample)).collect();
            assert_ne!(dithered(&gradient, Layout::Gray, 15, &palette), alone);
        }
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
        let budget = &mut Budget::start(&limits, Some(&token));
        assert!(dither(&[0; 4], Layout::Gray, 2, &[[0; 4]], &mut [0; 4], budget).is_err());
    }
}
