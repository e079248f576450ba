//! GIF: a palette through `quantette`, dithering in Oklab, LZW through `weezl`, the file through
//! `gif`.
//!
//! In: any layout except CMYK. Out: a GIF89a file of one frame. Pixels with alpha below one half
//! become transparent. Interrupts are checked between chunks of pixels or rows.

pub(super) mod animation;
mod dither;

use std::collections::HashMap;

use gif::{Encoder, Frame};
use quantette::PaletteSize;
use quantette::color_space::{oklab_to_srgb8, srgb8_to_oklab};
use quantette::deps::palette::{Oklab, Srgb, cast};
use quantette::wu::{BinnerF32x3, WuF32x3};
use weezl::{BitOrder, LzwStatus, encode::Encoder as Lzw};

use self::dither::dither;
use super::error::{internal, out_of_memory};
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::Layout;

/// Pixels with alpha below this become transparent.
const OPAQUE_ALPHA: u8 = 128;

/// Palette entries for colors. An index is one byte, and one entry is left for transparency.
const MAX_COLORS: u8 = 255;

/// Bytes held per pixel: its color, its transparency and its index.
const WORKING_BYTES: u64 = 3 + 1 + 1;

/// Maximum number of pixels from which a palette is made. Their histogram cannot be interrupted.
const MAX_SAMPLED_PIXELS: u64 = 4 << 20;

pub(super) fn encode(samples: &[u8], size: Size, layout: Layout, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
    let side = |value: u32| u16::try_from(value).map_err(internal);
    let (width, height) = (side(size.width)?, side(size.height)?);
    let sampled = u64::from(size.height) * u64::from(size.width).div_ceil(sampling_step(size.area()));
    let working = size.area() * WORKING_BYTES + sampled * size_of::<Oklab>() as u64;
    budget.reserve(Stage::Encode, working)?;

    let (colors, mask) = opaque_colors(samples, layout, budget)?;
    let Indexed { mut palette, mut indices } = match index_exactly(&colors, budget)? {
        Some(indexed) => indexed,
        None => quantize(&colors, size, budget)?,
    };
    drop(colors);
    budget.check_interrupt(Stage::Encode)?;
    let mut transparent = None;
    for (indices, mask) in indices.chunks_mut(CHECK_INTERVAL).zip(mask.chunks(CHECK_INTERVAL)) {
        budget.check_interrupt(Stage::Encode)?;
        if !mask.contains(&true) {
            continue;
        }
        let entry = match transparent {
            Some(entry) => entry,
            None => {
                let entry = u8::try_from(palette.len() / 3).map_err(internal)?;
                palette.extend([0; 3]);
                *transparent.insert(entry)
            }
        };
        indices
            .iter_mut()
            .zip(mask)
            .filter(|(_, transparent)| **transparent)
            .for_each(|(index, _)| *index = entry);
    }

    let buffer = compress(&indices, budget)?.into();
    let frame = Frame { width, height, transparent, palette: Some(palette), buffer, ..Frame::default() };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &[]).map_err(internal)?;
    encoder.write_lzw_pre_encoded_frame(&frame).map_err(internal)?;
    drop(encoder);
    budget.release(working);
    Ok(bytes)
}

/// A palette (interleaved RGB) and one index per pixel.
struct Indexed {
    palette: Vec<u8>,
    indices: Vec<u8>,
}

/// Pixels processed between interrupt checks; a multiple of the vector width.
const CHECK_INTERVAL: usize = 64 << 10;

/// The color of each pixel, and whether it is transparent. A transparent pixel takes the color of
/// its left neighbor, so that it neither uses a palette entry nor affects the dithering.
fn opaque_colors(samples: &[u8], layout: Layout, budget: &Budget<'_>) -> Result<(Vec<[u8; 3]>, Vec<bool>)> {
    let channels = layout.channels();
    let color = |pixel: &[u8]| match *pixel {
        [gray] => ([gray; 3], u8::MAX),
        [gray, alpha] => ([gray; 3], alpha),
        [red, green, blue] => ([red, green, blue], u8::MAX),
        [red, green, blue, alpha] => ([red, green, blue], alpha),
        _ => ([0; 3], u8::MAX),
    };
    let opaque = |pixel: &[u8]| Some(color(pixel)).filter(|&(_, alpha)| alpha >= OPAQUE_ALPHA);
    let mut first = None;
    for chunk in samples.chunks(CHECK_INTERVAL * channels) {
        budget.check_interrupt(Stage::Encode)?;
        first = chunk.chunks_exact(channels).find_map(opaque);
        if first.is_some() {
            break;
        }
    }
    let mut last = first.map(|(color, _)| color).unwrap_or_default();
    let pixels = samples.len() / channels;
    let (mut colors, mut mask) = (with_capacity(pixels)?, with_capacity(pixels)?);
    for chunk in samples.chunks(CHECK_INTERVAL * channels) {
        budget.check_interrupt(Stage::Encode)?;
        for (color, alpha) in chunk.chunks_exact(channels).map(color) {
            if alpha >= OPAQUE_ALPHA {
                last = color;
            }
            colors.push(last);
            mask.push(alpha < OPAQUE_ALPHA);
        }
    }
    Ok((colors, mask))
}

/// An empty vector with room for `count` items.
fn with_capacity<T>(count: usize) -> Result<Vec<T>> {
    let mut items = Vec::new();
    items.try_reserve_exact(count).map_err(|_| out_of_memory::<T>(count))?;
    Ok(items)
}

/// Indexes the picture's own colors without loss; `None` if there are more than [`MAX_COLORS`].
fn index_exactly(colors: &[[u8; 3]], budget: &Budget<'_>) -> Result<Option<Indexed>> {
    let mut entries = HashMap::new();
    let mut palette = Vec::new();
    let mut indices = with_capacity(colors.len())?;
    for chunk in colors.chunks(CHECK_INTERVAL) {
        budget.check_interrupt(Stage::Encode)?;
        for color in chunk {
            let index = match entries.get(color) {
                Some(index) => *index,
                None => {
                    let next = u8::try_from(entries.len()).ok().filter(|next| *next < MAX_COLORS);
                    let Some(next) = next else { return Ok(None) };
                    entries.insert(*color, next);
                    palette.extend(color);
                    next
                }
            };
            indices.push(index);
        }
    }
    Ok(Some(Indexed { palette, indices }))
}

/// Chooses [`MAX_COLORS`] colors and dithers the picture to them.
fn quantize(colors: &[[u8; 3]], size: Size, budget: &Budget<'_>) -> Result<Indexed> {
    let colors: &[Srgb<u8>] = cast::from_component_slice(colors.as_flattened());
    let width = size.width as usize;
    let sampled = sample_pixels(colors, width, budget)?;
    let histogram = WuF32x3::run_slice(&sampled, BinnerF32x3::oklab_from_srgb8()).map_err(internal)?;
    drop(sampled);
    budget.check_interrupt(Stage::Encode)?;
    let map = histogram.color_map(PaletteSize::from_u8_clamped(MAX_COLORS));
    let indices = dither(colors, width, &map, budget)?;
    let palette = oklab_to_srgb8(map.palette());
    let palette = palette.into_iter().flat_map(|color| [color.red, color.green, color.blue]).collect();
    Ok(Indexed { palette, indices })
}

/// The `n` of "every `n`-th pixel" in [`sample_pixels`], for a picture of `area` pixels.
fn sampling_step(area: u64) -> u64 {
    area.div_ceil(MAX_SAMPLED_PIXELS).max(1)
}

/// The pixels from which the palette is made: all, or every n-th pixel of each row, with a per-row
/// offset so that no line and no pattern is missed.
fn sample_pixels(colors: &[Srgb<u8>], width: usize, budget: &Budget<'_>) -> Result<Vec<Oklab>> {
    let step = usize::try_from(sampling_step(colors.len() as u64)).map_err(internal)?;
    let mut sampled = with_capacity(colors.len() / width * width.div_ceil(step))?;
    let check_rows = CHECK_INTERVAL / width + 1;
    let mut chosen = Vec::new();
    // The offset as a fraction of `step`, in units of 2^-32: multiples of the golden ratio.
    let mut fraction = 0_u32;
    for (number, row) in colors.chunks_exact(width).enumerate() {
        if number % check_rows == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        fraction = fraction.wrapping_add(0x9e37_79b9);
        let first = (u64::from(fraction) * step as u64) >> 32;
        chosen.clear();
        chosen.extend(row.iter().skip(usize::try_from(first).unwrap_or(0)).step_by(step));
        sampled.extend(srgb8_to_oklab(&chosen));
    }
    Ok(sampled)
}

/// The minimum code size, followed by the LZW codes of `indices`.
fn compress(indices: &[u8], budget: &Budget<'_>) -> Result<Vec<u8>> {
    let mut max_index = 0;
    for chunk in indices.chunks(CHECK_INTERVAL) {
        budget.check_interrupt(Stage::Encode)?;
        max_index = chunk.iter().fold(max_index, |max, &index| max.max(index));
    }
    let colors = u32::from(max_index) + 1;
    let min_code_size = u8::try_from(colors.max(4).next_power_of_two().trailing_zeros()).map_err(internal)?;
    let (mut bytes, mut piece) = (vec![min_code_size], vec![0; CHECK_INTERVAL]);
    let mut lzw = Lzw::new(BitOrder::Lsb, min_code_size);
    // The empty chunk at the end makes the encoder write the end code.
    for mut input in indices.chunks(CHECK_INTERVAL).chain([&[][..]]) {
        budget.check_interrupt(Stage::Encode)?;
        if input.is_empty() {
            lzw.finish();
        }
        loop {
            let coded = lzw.encode_bytes(input, &mut piece);
            input = input.get(coded.consumed_in..).unwrap_or_default();
            bytes.extend_from_slice(piece.get(..coded.consumed_out).unwrap_or_default());
            match coded.status.map_err(internal)? {
                LzwStatus::Ok if coded.consumed_in + coded.consumed_out > 0 => {}
                _ => break,
            }
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use quantette::dither::FloydSteinberg;
    use quantette::{ImageRef, Pipeline};

    use super::*;
    use crate::limits::{CancelToken, Limits};

    /// Gradients with noise, larger than one check interval.
    fn picture(size: Size) -> Vec<[u8; 3]> {
        let byte = |value: u32| value.to_le_bytes()[0];
        let grain =
            |x: u32, y: u32| byte((x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b)) >> 24) & 31;
        (0..size.height)
            .flat_map(|y| (0..size.width).map(move |x| (x, y)))
            .map(|(x, y)| [byte(x / 3) ^ grain(x, y), byte(y / 2), byte(x + y)])
            .collect()
    }

    #[test]
    fn chunked_quantization_equals_the_quantette_pipeline() {
        let limits = Limits::default();
        for size in [Size::new(611, 307), Size::new(1, 700), Size::new(700, 1), Size::new(2, 300)] {
            let colors = picture(size);
            let ours = quantize(&colors, size, &Budget::start(&limits, None)).unwrap();
            let colors: &[Srgb<u8>] = cast::from_component_slice(colors.as_flattened());
            let (palette, indices) = Pipeline::new()
                .palette_size(PaletteSize::from_u8_clamped(MAX_COLORS))
                .ditherer(FloydSteinberg::new())
                .input_image(ImageRef::new(size.width, size.height, colors).unwrap())
                .output_srgb8_indexed_image()
                .into_parts();
            let palette: Vec<u8> =
                palette.iter().flat_map(|color| [color.red, color.green, color.blue]).collect();
            assert!(ours.palette == palette && ours.indices == indices, "{size}");
        }
    }

    /// In a large picture not all pixels are sampled; lines one pixel thick must not be missed.
    #[test]
    fn a_large_picture_keeps_the_color_of_a_thin_line() {
        let size = Size::new(3000, 2000);
        let mut colors: Vec<[u8; 3]> =
            picture(size).iter().map(|&[red, green, _]| [red, green / 2, 255]).collect();
        colors.iter_mut().skip(1001 * 3000).take(3000).for_each(|color| *color = [255, 0, 0]);
        colors.iter_mut().skip(777).step_by(3000).for_each(|color| *color = [0, 255, 0]);
        let limits = Limits::default();
        let Indexed { palette, indices } = quantize(&colors, size, &Budget::start(&limits, None)).unwrap();
        for (at, color) in [(1001 * 3000 + 50, [255, 0, 0]), (3000 * 50 + 777, [0, 255, 0])] {
            let shown = &palette[usize::from(indices[at]) * 3..][..3];
            let off: i32 = shown.iter().zip(color).map(|(&a, b)| (i32::from(a) - b).abs()).sum();
            assert!(off < 60, "{shown:?} for {color:?}");
        }
    }

    #[test]
    fn chunked_lzw_equals_the_gif_crate() {
        let limits = Limits::default();
        let budget = &Budget::start(&limits, None);
        for (count, colors) in
            [(0, 1), (1, 1), (CHECK_INTERVAL, 2), (CHECK_INTERVAL + 1, 5), (3 * CHECK_INTERVAL - 7, 256)]
        {
            let grain = |i: usize| ((i * 7919 / 64) % colors).to_le_bytes()[0];
            let indices: Vec<u8> = (0..count).map(grain).collect();
            let mut frame = Frame { buffer: indices.clone().into(), ..Frame::default() };
            frame.make_lzw_pre_encoded();
            assert!(compress(&indices, budget).unwrap() == *frame.buffer, "{count} of {colors}");
        }
    }

    #[test]
    fn a_cancelled_call_stops() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let mut budget = Budget::start(&limits, Some(&token));
        assert!(encode(&[0; 12], Size::new(2, 2), Layout::Rgb, &mut budget).is_err());
    }
}
