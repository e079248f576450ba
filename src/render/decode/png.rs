//! PNG through `png`: every color type and depth, interlaced or not; palettes and tRNS expanded, 16 bits kept.
//!
//! In: a PNG file. Out: gray, gray and alpha, RGB or RGBA; where they are only to be shrunk once, row by row, so that the
//! whole picture never stands in memory.

use ::png::{
    BitDepth, ColorType, DecodingError, InterlaceInfo, Limits, Reader, Transformations, expand_interlaced_row,
};

use super::watched::Watched;
use super::{Decoded, Wanted, count, shrunk_once};
use crate::error::{Cause, Error, Result, Stage};
use crate::fit::Size;
use crate::limits::{Alarm, Budget};
use crate::output::Format;
use crate::render::contain::contained;
use crate::render::pixels::{Layout, Pixels, Rows, Samples};

/// What the decoder may spend on rows and on chunks that it reads though we do not ask it to.
const ANCILLARY_BYTES: u64 = 8 << 20;

/// Rows between two looks at the clock.
const PATIENCE: usize = 16;

pub(super) fn decode<'a>(bytes: &'a [u8], wanted: &[Wanted], budget: &mut Budget<'a>) -> Result<Decoded<'a>> {
    let alarm = budget.alarm();
    budget.reserve(Stage::Decode, ANCILLARY_BYTES)?;
    let mut decoder = ::png::Decoder::new_with_limits(Watched::new(bytes, alarm), limits());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let reader = decoder.read_info().map_err(|error| refused(&error, alarm))?;
    let (size, layout, sixteen) = shape(&reader)?;
    let interlaced = reader.info().interlaced;
    if shrunk_once(wanted) && !interlaced {
        return Ok(Decoded::Rows(rows(reader, size, layout, sixteen, alarm)));
    }
    let read = |samples: &mut [u8], budget: &Budget<'_>| {
        if interlaced {
            return read_interlaced(reader, samples, sixteen, budget);
        }
        let mut rows = rows(reader, size, layout, sixteen, alarm);
        let line = samples.len() / size.height as usize;
        samples.chunks_mut((line * PATIENCE).max(1)).try_for_each(|some| {
            budget.checkpoint(Stage::Decode)?;
            rows.read(some)
        })
    };
    let count = count(size, layout)?;
    let samples = if sixteen {
        let mut samples = budget.zeroed::<u16>(Stage::Decode, count)?;
        read(bytemuck::cast_slice_mut(&mut samples), budget)?;
        Samples::Sixteen(samples)
    } else {
        let mut samples = budget.zeroed::<u8>(Stage::Decode, count)?;
        read(&mut samples, budget)?;
        Samples::Eight(samples)
    };
    budget.release(ANCILLARY_BYTES);
    Ok(Pixels { size, layout, samples }.into())
}

fn limits() -> Limits {
    Limits { bytes: usize::try_from(ANCILLARY_BYTES).unwrap_or(usize::MAX) }
}

/// Size, layout, and whether samples have 16 bits.
fn shape(reader: &Reader<Watched<'_>>) -> Result<(Size, Layout, bool)> {
    let (width, height) = reader.info().size();
    let (color, depth) = reader.output_color_type();
    let layout = match color {
        ColorType::Grayscale => Layout::Gray,
        ColorType::GrayscaleAlpha => Layout::GrayAlpha,
        ColorType::Rgb => Layout::Rgb,
        ColorType::Rgba => Layout::Rgba,
        ColorType::Indexed => return Err(unexpanded(color, depth)),
    };
    match depth {
        BitDepth::Eight => Ok((Size::new(width, height), layout, false)),
        BitDepth::Sixteen => Ok((Size::new(width, height), layout, true)),
        _ => Err(unexpanded(color, depth)),
    }
}

fn unexpanded(color: ColorType, depth: BitDepth) -> Error {
    let cause = Cause::Internal(format!("png was asked to expand, and gave {color:?} of {depth:?}"));
    Error::new(Stage::Decode, cause)
}

/// Decodes rows when they are asked for; the image data must end with the last.
fn rows<'a>(
    mut reader: Reader<Watched<'a>>,
    size: Size,
    layout: Layout,
    sixteen: bool,
    alarm: Alarm<'a>,
) -> Rows<'a> {
    let mut left = size.height;
    let line = size.width as usize * layout.channels() * if sixteen { 2 } else { 1 };
    let read = move |rows: &mut [u8]| {
        contained(Stage::Decode, Format::Png.as_str(), || {
            for row in rows.chunks_exact_mut(line) {
                reader.read_row(row).map_err(|error| refused(&error, alarm))?;
                left = left.saturating_sub(1);
            }
            if left == 0 {
                // Asks for one row more, which checks what is behind the last.
                reader.read_row(&mut []).map_err(|error| refused(&error, alarm))?;
            }
            if sixteen {
                to_native(rows);
            }
            Ok(())
        })
    };
    Rows { size, layout, sixteen, read: Box::new(read) }
}

/// Decodes the rows of all passes; `samples` are those of the whole picture.
fn read_interlaced(
    mut reader: Reader<Watched<'_>>,
    samples: &mut [u8],
    sixteen: bool,
    budget: &Budget<'_>,
) -> Result<()> {
    let (color, depth) = reader.output_color_type();
    let bits = u8::try_from(color.samples() * depth as usize).unwrap_or(u8::MAX);
    let line = samples.len() / (reader.info().height as usize).max(1);
    let mut row = vec![0; line];
    let mut patience = 0;
    while let Some(place) = reader.read_row(&mut row).map_err(|error| refused(&error, budget.alarm()))? {
        if patience == 0 {
            budget.checkpoint(Stage::Decode)?;
            patience = PATIENCE;
        }
        patience -= 1;
        if let InterlaceInfo::Adam7(place) = place {
            expand_interlaced_row(samples, line, &row, &place, bits);
        }
    }
    if sixteen {
        to_native(samples);
    }
    Ok(())
}

/// Samples of 16 bits stand in the file high byte first.
fn to_native(samples: &mut [u8]) {
    for sample in samples.as_chunks_mut::<2>().0 {
        *sample = u16::from_be_bytes(*sample).to_ne_bytes();
    }
}

/// What `png` says, in our words, unless it was stopped.
fn refused(error: &DecodingError, alarm: Alarm<'_>) -> Error {
    if let Err(stopped) = alarm.checkpoint(Stage::Decode) {
        return stopped;
    }
    let format = Format::Png.as_str();
    let cause = match error {
        DecodingError::LimitsExceeded => Cause::CodecMemory(format),
        other => Cause::Malformed { format, detail: other.to_string() },
    };
    Error::new(Stage::Decode, cause)
}
