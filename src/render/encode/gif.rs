//! GIF: a palette through `quantette`, dithering in Oklab, LZW through `weezl`, the file through `gif`.
//!
//! In: any layout but ink, and a budget that is asked between rows whether to go on. Out: a GIF89a file of one frame. A pixel
//! is transparent where alpha is below one half.

mod dither;

use std::collections::HashMap;

use gif::{Encoder, Frame};
use quantette::PaletteSize;
use quantette::color_space::{oklab_to_srgb8, srgb8_to_oklab};
use quantette::deps::palette::{Oklab, Srgb, cast};
use quantette::wu::{BinnerF32x3, WuF32x3};
use weezl::{BitOrder, LzwStatus, encode::Encoder as Lzw};

use self::dither::dither;
use super::bug;
use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::Layout;

/// Alpha below this is transparent.
const OPAQUE: u8 = 128;

/// Colors of a palette, the transparent one not counted: an index is one byte, and one entry is kept for it.
const MAX_COLORS: u8 = 255;

/// What is held a pixel: colors, whether they are transparent, and indices.
const WORKING_BYTES: u64 = 3 + 1 + 1;

/// Pixels, in Oklab, that a palette is made of at most. What counts them cannot be stopped.
const COUNTED: u64 = 4 << 20;

pub(super) fn encode(samples: &[u8], size: Size, layout: Layout, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
    let side = |value: u32| u16::try_from(value).map_err(bug);
    let (width, height) = (side(size.width)?, side(size.height)?);
    let counted = u64::from(size.height) * u64::from(size.width).div_ceil(step(size.area()));
    let working = size.area() * WORKING_BYTES + counted * size_of::<Oklab>() as u64;
    budget.reserve(Stage::Encode, working)?;

    let (colors, clear) = opaque_colors(samples, layout, budget)?;
    let Indexed { mut palette, mut indices } = match exact(&colors, budget)? {
        Some(indexed) => indexed,
        None => quantised(&colors, size, budget)?,
    };
    drop(colors);
    budget.check_interrupt(Stage::Encode)?;
    let mut transparent = None;
    for (indices, clear) in indices.chunks_mut(CHECK_INTERVAL).zip(clear.chunks(CHECK_INTERVAL)) {
        budget.check_interrupt(Stage::Encode)?;
        if !clear.contains(&true) {
            continue;
        }
        let entry = match transparent {
            Some(entry) => entry,
            None => {
                let entry = u8::try_from(palette.len() / 3).map_err(bug)?;
                palette.extend([0; 3]);
                *transparent.insert(entry)
            }
        };
        indices.iter_mut().zip(clear).filter(|(_, clear)| **clear).for_each(|(index, _)| *index = entry);
    }

    let buffer = packed(&indices, budget)?.into();
    let frame = Frame { width, height, transparent, palette: Some(palette), buffer, ..Frame::default() };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &[]).map_err(bug)?;
    encoder.write_lzw_pre_encoded_frame(&frame).map_err(bug)?;
    drop(encoder);
    budget.release(working);
    Ok(bytes)
}

/// A palette (RGB, interleaved) and an index a pixel.
struct Indexed {
    palette: Vec<u8>,
    indices: Vec<u8>,
}

/// Pixels between two looks at the clock; a multiple of what vectors hold.
const CHECK_INTERVAL: usize = 64 << 10;

/// Each pixel's color, and whether it is transparent. A transparent pixel takes its left neighbour's color, so that it
/// neither costs a palette entry nor leaks into the dithering.
fn opaque_colors(samples: &[u8], layout: Layout, budget: &Budget<'_>) -> Result<(Vec<[u8; 3]>, Vec<bool>)> {
    let channels = layout.channels();
    let color = |pixel: &[u8]| match *pixel {
        [gray] => ([gray; 3], u8::MAX),
        [gray, alpha] => ([gray; 3], alpha),
        [red, green, blue] => ([red, green, blue], u8::MAX),
        [red, green, blue, alpha] => ([red, green, blue], alpha),
        _ => ([0; 3], u8::MAX),
    };
    let opaque = |pixel: &[u8]| Some(color(pixel)).filter(|&(_, alpha)| alpha >= OPAQUE);
    let mut first = None;
    for some in samples.chunks(CHECK_INTERVAL * channels) {
        budget.check_interrupt(Stage::Encode)?;
        first = some.chunks_exact(channels).find_map(opaque);
        if first.is_some() {
            break;
        }
    }
    let mut last = first.map(|(color, _)| color).unwrap_or_default();
    let (mut colors, mut clear) = (room(samples.len() / channels)?, room(samples.len() / channels)?);
    for some in samples.chunks(CHECK_INTERVAL * channels) {
        budget.check_interrupt(Stage::Encode)?;
        for (color, alpha) in some.chunks_exact(channels).map(color) {
            if alpha >= OPAQUE {
                last = color;
            }
            colors.push(last);
            clear.push(alpha < OPAQUE);
        }
    }
    Ok((colors, clear))
}

/// An empty list that so many entries fit into.
fn room<T>(count: usize) -> Result<Vec<T>> {
    let mut list = Vec::new();
    let refused = |_| Error::new(Stage::Encode, Cause::OutOfMemory((count * size_of::<T>()) as u64));
    list.try_reserve_exact(count).map_err(refused)?;
    Ok(list)
}

/// The picture's own colors, if there are few enough: nothing is lost then.
fn exact(colors: &[[u8; 3]], budget: &Budget<'_>) -> Result<Option<Indexed>> {
    let mut entries = HashMap::new();
    let mut palette = Vec::new();
    let mut indices = room(colors.len())?;
    for some in colors.chunks(CHECK_INTERVAL) {
        budget.check_interrupt(Stage::Encode)?;
        for color in some {
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

/// As many colors as a palette holds, and the picture dithered to them.
fn quantised(colors: &[[u8; 3]], size: Size, budget: &Budget<'_>) -> Result<Indexed> {
    let colors: &[Srgb<u8>] = cast::from_component_slice(colors.as_flattened());
    let width = size.width as usize;
    let counted = counted(colors, width, budget)?;
    let histogram = WuF32x3::run_slice(&counted, BinnerF32x3::oklab_from_srgb8()).map_err(bug)?;
    drop(counted);
    budget.check_interrupt(Stage::Encode)?;
    let map = histogram.color_map(PaletteSize::from_u8_clamped(MAX_COLORS));
    let indices = dither(colors, width, &map, budget)?;
    let palette = oklab_to_srgb8(map.palette());
    let palette = palette.into_iter().flat_map(|color| [color.red, color.green, color.blue]).collect();
    Ok(Indexed { palette, indices })
}

/// Of so many pixels of a picture, one is counted.
fn step(area: u64) -> u64 {
    area.div_ceil(COUNTED).max(1)
}

/// The pixels that the palette is made of: all, or every so manieth of each row, from another place in each, so that no
/// line and no pattern is missed.
fn counted(colors: &[Srgb<u8>], width: usize, budget: &Budget<'_>) -> Result<Vec<Oklab>> {
    let step = usize::try_from(step(colors.len() as u64)).map_err(bug)?;
    let mut counted = room(colors.len() / width * width.div_ceil(step))?;
    let patience = CHECK_INTERVAL / width + 1;
    let mut some = Vec::new();
    let mut place = 0_u32;
    for (number, row) in colors.chunks_exact(width).enumerate() {
        if number % patience == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        place = place.wrapping_add(0x9e37_79b9);
        let first = (u64::from(place) * step as u64) >> 32;
        some.clear();
        some.extend(row.iter().skip(usize::try_from(first).unwrap_or(0)).step_by(step));
        counted.extend(srgb8_to_oklab(&some));
    }
    Ok(counted)
}

/// Indices as LZW codes, the minimum code size before them.
fn packed(indices: &[u8], budget: &Budget<'_>) -> Result<Vec<u8>> {
    let mut most = 0;
    for some in indices.chunks(CHECK_INTERVAL) {
        budget.check_interrupt(Stage::Encode)?;
        most = some.iter().fold(most, |most, &index| most.max(index));
    }
    let colors = u32::from(most) + 1;
    let least = u8::try_from(colors.max(4).next_power_of_two().trailing_zeros()).map_err(bug)?;
    let (mut bytes, mut piece) = (vec![least], vec![0; CHECK_INTERVAL]);
    let mut lzw = Lzw::new(BitOrder::Lsb, least);
    // At last nothing, which ends the codes.
    for mut some in indices.chunks(CHECK_INTERVAL).chain([&[][..]]) {
        budget.check_interrupt(Stage::Encode)?;
        if some.is_empty() {
            lzw.finish();
        }
        loop {
            let coded = lzw.encode_bytes(some, &mut piece);
            some = some.get(coded.consumed_in..).unwrap_or_default();
            bytes.extend_from_slice(piece.get(..coded.consumed_out).unwrap_or_default());
            match coded.status.map_err(bug)? {
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

    /// Slopes and grain, over several pieces.
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
    fn in_pieces_it_is_what_quantette_makes_of_the_whole() {
        let limits = Limits::default();
        for size in [Size::new(611, 307), Size::new(1, 700), Size::new(700, 1), Size::new(2, 300)] {
            let colors = picture(size);
            let ours = quantised(&colors, size, &Budget::start(&limits, None)).unwrap();
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

    /// Above a size, not all pixels are counted; a line of one pixel, across or down, is seen all the same.
    #[test]
    fn a_large_picture_keeps_the_color_of_a_line() {
        let size = Size::new(3000, 2000);
        let mut colors: Vec<[u8; 3]> =
            picture(size).iter().map(|&[red, green, _]| [red, green / 2, 255]).collect();
        colors.iter_mut().skip(1001 * 3000).take(3000).for_each(|color| *color = [255, 0, 0]);
        colors.iter_mut().skip(777).step_by(3000).for_each(|color| *color = [0, 255, 0]);
        let limits = Limits::default();
        let Indexed { palette, indices } = quantised(&colors, size, &Budget::start(&limits, None)).unwrap();
        for (at, color) in [(1001 * 3000 + 50, [255, 0, 0]), (3000 * 50 + 777, [0, 255, 0])] {
            let shown = &palette[usize::from(indices[at]) * 3..][..3];
            let off: i32 = shown.iter().zip(color).map(|(&a, b)| (i32::from(a) - b).abs()).sum();
            assert!(off < 60, "{shown:?} for {color:?}");
        }
    }

    #[test]
    fn codes_in_pieces_are_those_of_the_whole() {
        let limits = Limits::default();
        let budget = &Budget::start(&limits, None);
        for (count, colors) in
            [(0, 1), (1, 1), (CHECK_INTERVAL, 2), (CHECK_INTERVAL + 1, 5), (3 * CHECK_INTERVAL - 7, 256)]
        {
            let grain = |i: usize| ((i * 7919 / 64) % colors).to_le_bytes()[0];
            let indices: Vec<u8> = (0..count).map(grain).collect();
            let mut frame = Frame { buffer: indices.clone().into(), ..Frame::default() };
            frame.make_lzw_pre_encoded();
            assert!(packed(&indices, budget).unwrap() == *frame.buffer, "{count} of {colors}");
        }
    }

    #[test]
    fn it_stops_when_asked() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let mut budget = Budget::start(&limits, Some(&token));
        assert!(encode(&[0; 12], Size::new(2, 2), Layout::Rgb, &mut budget).is_err());
    }
}
