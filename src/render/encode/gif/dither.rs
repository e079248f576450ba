//! Floyd-Steinberg dithering, row by row, with the arithmetic of `quantette`'s ditherer, to the
//! bit: that one cannot be interrupted.
//!
//! In: colors, and a map from Oklab to a palette. Out: one index per pixel. Must not know how the
//! palette was made.

use quantette::color_map::IndexedColorMap;
use quantette::color_space::srgb8_to_oklab;
use quantette::deps::palette::{Oklab, Srgb, cast};

use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::render::encode::error::out_of_memory;

/// Pixels dithered between interrupt checks.
const CHECK_INTERVAL: usize = 64 << 10;

/// The share of an error that is diffused.
const DIFFUSION: f32 = 7.0 / 8.0;

/// How it is divided: the next pixel of the row, and the pixels of the next row that are behind,
/// below and ahead of this one in the scanning direction.
const AHEAD: f32 = 7.0 / 16.0;
const BELOW_BEHIND: f32 = 3.0 / 16.0;
const BELOW: f32 = 5.0 / 16.0;
const BELOW_AHEAD: f32 = 1.0 / 16.0;

/// The palette index for each color. Rows of `width` pixels are scanned alternately from the left
/// and from the right.
pub(super) fn dither(
    colors: &[Srgb<u8>],
    width: usize,
    map: &impl IndexedColorMap<Oklab, Output = Oklab>,
    budget: &Budget<'_>,
) -> Result<Vec<u8>> {
    let mut indices = zeroed::<u8>(colors.len())?;
    // The error of the pixel in column `i` is at `i + 1`, so that every pixel has both neighbors.
    let (mut here, mut below) = (zeroed::<[f32; 3]>(width + 2)?, zeroed::<[f32; 3]>(width + 2)?);
    let palette = map.base_palette();
    // The index for a color plus the error diffused to it, and the new error to diffuse.
    let nearest = |color: Oklab, error: [f32; 3]| {
        let mut color: [f32; 3] = cast::into_array(color);
        color.iter_mut().zip(error).for_each(|(color, error)| *color += error);
        let index = map.palette_index(&cast::from_array(color));
        let found: [f32; 3] = cast::into_array(palette[index]);
        (index, std::array::from_fn(|i| DIFFUSION * (color[i] - found[i])))
    };
    let rows = indices.chunks_exact_mut(width).zip(colors.chunks_exact(width));
    let check_rows = CHECK_INTERVAL / width + 1;
    for (number, (row, colors)) in rows.enumerate() {
        if number % check_rows == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        let colors = srgb8_to_oklab(colors);
        if number % 2 == 0 {
            for (i, (slot, &color)) in row.iter_mut().zip(&colors).enumerate() {
                let (index, error) = nearest(color, here[i + 1]);
                *slot = index;
                add(&mut here[i + 2], AHEAD, error);
                add(&mut below[i], BELOW_BEHIND, error);
                add(&mut below[i + 1], BELOW, error);
                below[i + 2] = error.map(|error| BELOW_AHEAD * error);
            }
        } else {
            for (i, (slot, &color)) in row.iter_mut().zip(&colors).enumerate().rev() {
                let (index, error) = nearest(color, here[i + 1]);
                *slot = index;
                add(&mut here[i], AHEAD, error);
                add(&mut below[i + 2], BELOW_BEHIND, error);
                add(&mut below[i + 1], BELOW, error);
                below[i] = error.map(|error| BELOW_AHEAD * error);
            }
        }
        std::mem::swap(&mut here, &mut below);
        // All other entries are assigned before anything is added to them.
        below[1] = [0.0; 3];
        below[width] = [0.0; 3];
    }
    Ok(indices)
}

fn zeroed<T: bytemuck::Zeroable>(count: usize) -> Result<Vec<T>> {
    bytemuck::allocation::try_zeroed_vec(count).map_err(|()| out_of_memory::<T>(count))
}

fn add(sum: &mut [f32; 3], share: f32, error: [f32; 3]) {
    sum.iter_mut().zip(error).for_each(|(sum, error)| *sum += share * error);
}
