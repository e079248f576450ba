//! PNG through the `png` crate: 8 or 16 bits; gray, gray with alpha, RGB or RGBA; or a palette of
//! 1, 2, 4 or 8 bits.
//!
//! In: any layout except CMYK. Out: a PNG file with adaptive filters. On photographs the crate's
//! fast level makes smaller files than its balanced one, thirty times faster, but it does not
//! search for repetition. Where pixels mostly repeat (text, charts, flat graphics), a level that
//! does makes files down to a twentieth of the size, and is fast on such content too; the smaller
//! of the two files is used.

pub(super) mod animation;
mod palette;
mod steps;

use std::io::Write as _;

use ::png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter, Writer};

use self::steps::{CHECK_INTERVAL, IDAT_SIZE};
use super::error::internal;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::{Budget, Interrupt};
use crate::options::PngOptions;
use crate::render::frame::Layout;

const FAST: DeflateCompression = DeflateCompression::FdeflateUltraFast;

/// The level for pixels that mostly repeat.
const THOROUGH: DeflateCompression = DeflateCompression::Level(6);

/// Samples written at the fast level without an interrupt check: about 10 ms of work.
const UNCHECKED_SAMPLES: usize = 4 << 20;

pub(super) fn encode(
    samples: &[u8],
    size: Size,
    layout: Layout,
    options: PngOptions,
    budget: &mut Budget<'_>,
) -> Result<Vec<u8>> {
    if options.has_palette()
        && let Some(bytes) = palette::encode(samples, size, layout, options, budget)?
    {
        return Ok(bytes);
    }
    encode_eight(samples, size, layout, budget.interrupt())
}

fn encode_eight(samples: &[u8], size: Size, layout: Layout, interrupt: Interrupt<'_>) -> Result<Vec<u8>> {
    let at_level = |level| write(samples, size, layout, level, interrupt);
    let mut fast = at_level(FAST)?;
    // Compressing noise can enlarge it.
    if fast.len() > samples.len() + size.height as usize {
        let stored = at_level(DeflateCompression::NoCompression)?;
        if stored.len() < fast.len() {
            fast = stored;
        }
    }
    if mostly_repeats(samples, size.width as usize * layout.channels()) {
        let thorough = at_level(THOROUGH)?;
        return Ok(if thorough.len() < fast.len() { thorough } else { fast });
    }
    Ok(fast)
}

/// Encodes samples of 16 bits at the fast level.
pub(super) fn encode_sixteen(
    samples: &[u16],
    size: Size,
    layout: Layout,
    interrupt: Interrupt<'_>,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = start(&mut bytes, size, layout, BitDepth::Sixteen, FAST)?;
    let mut stream = writer.stream_writer_with_size(IDAT_SIZE).map_err(internal)?;
    let stride = size.width as usize * layout.channels();
    let mut big_endian = Vec::new();
    for rows in samples.chunks((stride * CHECK_INTERVAL).max(1)) {
        interrupt.check_interrupt(Stage::Encode)?;
        big_endian.clear();
        big_endian.extend(rows.iter().flat_map(|sample| sample.to_be_bytes()));
        stream.write_all(&big_endian).map_err(internal)?;
    }
    stream.finish().map_err(internal)?;
    writer.finish().map_err(internal)?;
    Ok(bytes)
}

/// Writes the header of a file without a palette.
fn start(
    bytes: &mut Vec<u8>,
    size: Size,
    layout: Layout,
    depth: BitDepth,
    level: DeflateCompression,
) -> Result<Writer<&mut Vec<u8>>> {
    let mut encoder = Encoder::new(bytes, size.width, size.height);
    encoder.set_color(match layout {
        Layout::Gray => ColorType::Grayscale,
        Layout::GrayAlpha => ColorType::GrayscaleAlpha,
        Layout::Rgb => ColorType::Rgb,
        Layout::Rgba => ColorType::Rgba,
        Layout::Cmyk => return Err(internal("PNG cannot store CMYK")),
    });
    encoder.set_depth(depth);
    encoder.set_deflate_compression(level);
    encoder.set_filter(Filter::Adaptive);
    encoder.write_header().map_err(internal)
}

fn write(
    samples: &[u8],
    size: Size,
    layout: Layout,
    level: DeflateCompression,
    interrupt: Interrupt<'_>,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = start(&mut bytes, size, layout, BitDepth::Eight, level)?;
    if matches!(level, DeflateCompression::FdeflateUltraFast) && samples.len() <= UNCHECKED_SAMPLES {
        writer.write_image_data(samples).map_err(internal)?;
        writer.finish().map_err(internal)?;
        return Ok(bytes);
    }
    let mut stream = writer.stream_writer_with_size(IDAT_SIZE).map_err(internal)?;
    let stride = size.width as usize * layout.channels();
    for rows in samples.chunks((stride * CHECK_INTERVAL).max(1)) {
        interrupt.check_interrupt(Stage::Encode)?;
        stream.write_all(rows).map_err(internal)?;
    }
    stream.finish().map_err(internal)?;
    writer.finish().map_err(internal)?;
    Ok(bytes)
}

/// The detection examines the first `EXAMINED_ROWS` of every `GROUP_ROWS` rows: repetition is
/// local.
const EXAMINED_ROWS: usize = 16;
const GROUP_ROWS: usize = 128;

/// Whether most eight-byte words in the examined rows occurred shortly before.
fn mostly_repeats(samples: &[u8], stride: usize) -> bool {
    let (mut words, mut repeated) = (0_usize, 0_usize);
    for group in samples.chunks((stride * GROUP_ROWS).max(1)) {
        let group = group.get(..stride * EXAMINED_ROWS).unwrap_or(group);
        // The most recent word with each hash.
        let mut seen = [0_u64; 4096];
        for word in group.windows(8).step_by(3).filter_map(|word| word.first_chunk()) {
            let word = u64::from_le_bytes(*word);
            let hash = word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
            let last = &mut seen[usize::try_from(hash).unwrap_or(0) & 4095];
            repeated += usize::from(*last == word);
            words += 1;
            *last = word;
        }
    }
    repeated * 2 > words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn encode(samples: &[u8], size: Size, layout: Layout) -> Result<Vec<u8>> {
        let limits = Limits::default();
        super::encode(samples, size, layout, PngOptions::default(), &mut Budget::start(&limits, None))
    }

    fn fast(samples: &[u8], size: Size) -> usize {
        let limits = Limits::default();
        write(samples, size, Layout::Rgb, FAST, Budget::start(&limits, None).interrupt()).unwrap().len()
    }

    fn picture(size: Size, color: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
        (0..size.height)
            .flat_map(|y| (0..size.width).map(move |x| (x, y)))
            .flat_map(|(x, y)| color(x, y))
            .collect()
    }

    #[test]
    fn repetition_is_compressed_and_photographs_use_the_fast_level() {
        let size = Size::new(600, 400);
        let byte = |value: u32| value.to_le_bytes()[0];
        let hatched = picture(size, |x, y| if (x * x + 3 * y) % 23 < 4 { [20, 30, 90] } else { [255; 3] });
        let gradient = picture(size, |x, y| [byte(x * 255 / 600), byte(y * 255 / 400), 128]);
        for (name, samples, factor) in [("hatched", hatched, 4), ("gradient", gradient, 1)] {
            let bytes = encode(&samples, size, Layout::Rgb).unwrap().len();
            assert!(bytes * factor <= fast(&samples, size), "{name}: {bytes}");
        }
        let grain =
            |x: u32, y: u32| byte((x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b)) >> 24) & 15;
        let photo = picture(size, |x, y| {
            [byte(x / 4) + grain(x, y), byte(y / 4) + grain(y, x), 90 + grain(x, x + y)]
        });
        assert_eq!(encode(&photo, size, Layout::Rgb).unwrap().len(), fast(&photo, size));
    }

    #[test]
    fn repetition_is_detected_at_any_size() {
        for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 2), (7, 129)] {
            let size = Size::new(width, height);
            let samples = picture(size, |_, _| [9; 3]);
            assert!(encode(&samples, size, Layout::Rgb).is_ok(), "{size}");
            assert_eq!(mostly_repeats(&samples, width as usize * 3), samples.len() > 20, "{size}");
        }
    }

    #[test]
    fn noise_is_stored_uncompressed() {
        let size = Size::new(200, 100);
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_le_bytes()[3]
        })
        .take(200 * 100 * 3)
        .collect();
        let bytes = encode(&noise, size, Layout::Rgb).unwrap().len();
        assert!(bytes < noise.len() + 100 + 300 && bytes <= fast(&noise, size), "{bytes}");
    }

    #[test]
    fn samples_of_sixteen_bits_are_stored_as_they_are() {
        for (layout, name) in [
            (Layout::Gray, ColorType::Grayscale),
            (Layout::GrayAlpha, ColorType::GrayscaleAlpha),
            (Layout::Rgb, ColorType::Rgb),
            (Layout::Rgba, ColorType::Rgba),
        ] {
            let size = Size::new(53, 41);
            let samples: Vec<u16> = (0..53 * 41 * layout.channels())
                .map(|i| u16::from_le_bytes([i.to_le_bytes()[0].wrapping_mul(77), (i / 7).to_le_bytes()[0]]))
                .collect();
            let limits = Limits::default();
            let interrupt = Budget::start(&limits, None).interrupt();
            let file = encode_sixteen(&samples, size, layout, interrupt).unwrap();
            let mut reader = ::png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
            assert_eq!((reader.info().color_type, reader.info().bit_depth), (name, BitDepth::Sixteen));
            let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut bytes).unwrap();
            let decoded: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            assert!(decoded == samples, "{layout:?}");
        }
    }
}
