//! GIF through `quantette` (palette and Floyd-Steinberg dithering in Oklab) and `gif`.
//!
//! In: any layout but ink. Out: a GIF89a file of one frame. A pixel is transparent where alpha is below one half.

use std::collections::HashMap;

use gif::{Encoder, Frame};
use quantette::deps::palette::{Srgb, cast};
use quantette::dither::FloydSteinberg;
use quantette::{ImageRef, PaletteSize, Pipeline};

use super::bug;
use crate::error::{Result, Stage};
use crate::fit::Size;
use crate::limits::Budget;
use crate::render::pixels::Layout;

/// Alpha below this is transparent.
const OPAQUE: u8 = 128;

/// Colors of a palette, the transparent one not counted: an index is one byte, and one entry is kept for it.
const MAX_COLORS: u8 = 255;

/// What the quantiser holds a pixel: Oklab in floats, indices, and the copy of the picture that is handed to it.
const WORKING_BYTES: u64 = 12 + 2 + 3;

pub(super) fn encode(samples: &[u8], size: Size, layout: Layout, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
    let side = |value: u32| u16::try_from(value).map_err(bug);
    let (width, height) = (side(size.width)?, side(size.height)?);
    let working = size.area() * WORKING_BYTES;
    budget.reserve(Stage::Encode, working)?;

    let (colors, clear) = opaque_colors(samples, layout);
    let Indexed { mut palette, mut indices } = match exact(&colors) {
        Some(indexed) => indexed,
        None => quantised(&colors, size)?,
    };
    budget.checkpoint(Stage::Encode)?;
    let transparent = if clear.contains(&true) {
        let entry = u8::try_from(palette.len() / 3).map_err(bug)?;
        palette.extend([0; 3]);
        indices.iter_mut().zip(&clear).filter(|(_, clear)| **clear).for_each(|(index, _)| *index = entry);
        Some(entry)
    } else {
        None
    };

    let frame = Frame::from_palette_pixels(width, height, indices, palette, transparent);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &[]).map_err(bug)?;
    encoder.write_frame(&frame).map_err(bug)?;
    drop(encoder);
    budget.release(working);
    Ok(bytes)
}

/// A palette (RGB, interleaved) and an index a pixel.
struct Indexed {
    palette: Vec<u8>,
    indices: Vec<u8>,
}

/// Each pixel's color, and whether it is transparent. A transparent pixel takes its left neighbour's color, so that it
/// neither costs a palette entry nor leaks into the dithering.
fn opaque_colors(samples: &[u8], layout: Layout) -> (Vec<[u8; 3]>, Vec<bool>) {
    let pixels = samples.chunks_exact(layout.channels()).map(|pixel| match *pixel {
        [gray] => ([gray; 3], u8::MAX),
        [gray, alpha] => ([gray; 3], alpha),
        [red, green, blue] => ([red, green, blue], u8::MAX),
        [red, green, blue, alpha] => ([red, green, blue], alpha),
        _ => ([0; 3], u8::MAX),
    });
    let mut last =
        pixels.clone().find(|(_, alpha)| *alpha >= OPAQUE).map(|(color, _)| color).unwrap_or_default();
    pixels
        .map(|(color, alpha)| {
            if alpha >= OPAQUE {
                last = color;
            }
            (last, alpha < OPAQUE)
        })
        .unzip()
}

/// The picture's own colors, if there are few enough: nothing is lost then.
fn exact(colors: &[[u8; 3]]) -> Option<Indexed> {
    let mut entries = HashMap::new();
    let mut palette = Vec::new();
    let mut indices = Vec::with_capacity(colors.len());
    for color in colors {
        let index = match entries.get(color) {
            Some(index) => *index,
            None => {
                let next = u8::try_from(entries.len()).ok().filter(|next| *next < MAX_COLORS)?;
                entries.insert(*color, next);
                palette.extend(color);
                next
            }
        };
        indices.push(index);
    }
    Some(Indexed { palette, indices })
}

fn quantised(colors: &[[u8; 3]], size: Size) -> Result<Indexed> {
    let colors: &[Srgb<u8>] = cast::from_component_slice(colors.as_flattened());
    let picture = ImageRef::new(size.width, size.height, colors).map_err(bug)?;
    let (palette, indices) = Pipeline::new()
        .palette_size(PaletteSize::from_u8_clamped(MAX_COLORS))
        .ditherer(FloydSteinberg::new())
        .input_image(picture)
        .output_srgb8_indexed_image()
        .into_parts();
    let palette = palette.into_iter().flat_map(|color| [color.red, color.green, color.blue]).collect();
    Ok(Indexed { palette, indices })
}
