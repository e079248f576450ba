//! Floyd-Steinberg dithering, row by row: the arithmetic of `quantette`'s, to the bit, which cannot be stopped.
//!
//! In: colors and a map from Oklab to a palette. Out: an index a pixel. Must not know how the palette was made.

use quantette::color_map::IndexedColorMap;
use quantette::color_space::srgb8_to_oklab;
use quantette::deps::palette::{Oklab, Srgb, cast};

use super::{CHECK_INTERVAL, room};
use crate::error::{Cause, Error, Result, Stage};
use crate::limits::Budget;

/// How much of an error is passed on.
const DIFFUSION: f32 = 7.0 / 8.0;

/// Shares of it: for the next pixel of the row, and for those of the next row behind, below and before it.
const AHEAD: f32 = 7.0 / 16.0;
const BEHIND: f32 = 3.0 / 16.0;
const BELOW: f32 = 5.0 / 16.0;
const BEFORE: f32 = 1.0 / 16.0;

/// Indices of the colors that `map` finds nearest, rows of `width` by turns from the left and from the right.
pub(super) fn dither(
    colors: &[Srgb<u8>],
    width: usize,
    map: &impl IndexedColorMap<Oklab, Output = Oklab>,
    budget: &Budget<'_>,
) -> Result<Vec<u8>> {
    let refused = |()| Error::new(Stage::Encode, Cause::OutOfMemory(colors.len() as u64));
    let mut indices = bytemuck::allocation::try_zeroed_vec(colors.len()).map_err(refused)?;
    let (mut here, mut below) = (errors(width)?, errors(width)?);
    let palette = map.base_palette();
    // The index for a color with the error that reached it, and the error that is left.
    let nearest = |color: Oklab, error: [f32; 3]| {
        let mut color: [f32; 3] = cast::into_array(color);
        color.iter_mut().zip(error).for_each(|(color, error)| *color += error);
        let index = map.palette_index(&cast::from_array(color));
        let found: [f32; 3] = cast::into_array(palette[index]);
        (index, std::array::from_fn(|i| DIFFUSION * (color[i] - found[i])))
    };
    let rows = indices.chunks_exact_mut(width).zip(colors.chunks_exact(width));
    let patience = CHECK_INTERVAL / width + 1;
    for (number, (row, colors)) in rows.enumerate() {
        if number % patience == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        let colors = srgb8_to_oklab(colors);
        // Errors stand one to the right of their pixels, so that there is one on each side of any.
        if number % 2 == 0 {
            for (i, (place, &color)) in row.iter_mut().zip(&colors).enumerate() {
                let (index, error) = nearest(color, here[i + 1]);
                *place = index;
                add(&mut here[i + 2], AHEAD, error);
                add(&mut below[i], BEHIND, error);
                add(&mut below[i + 1], BELOW, error);
                below[i + 2] = error.map(|error| BEFORE * error);
            }
        } else {
            for (i, (place, &color)) in row.iter_mut().zip(&colors).enumerate().rev() {
                let (index, error) = nearest(color, here[i + 1]);
                *place = index;
                add(&mut here[i], AHEAD, error);
                add(&mut below[i + 2], BEHIND, error);
                add(&mut below[i + 1], BELOW, error);
                below[i] = error.map(|error| BEFORE * error);
            }
        }
        std::mem::swap(&mut here, &mut below);
        // All others are set before they are added to.
        below[1] = [0.0; 3];
        below[width] = [0.0; 3];
    }
    Ok(indices)
}

/// No errors, for a row and what is left and right of it.
fn errors(width: usize) -> Result<Vec<[f32; 3]>> {
    let mut errors = room(width + 2)?;
    errors.resize(width + 2, [0.0; 3]);
    Ok(errors)
}

fn add(sum: &mut [f32; 3], share: f32, error: [f32; 3]) {
    sum.iter_mut().zip(error).for_each(|(sum, error)| *sum += share * error);
}
