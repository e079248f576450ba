//! PNG through `png`: 8 bits, gray, gray and alpha, RGB or RGBA.
//!
//! In: any layout but ink, and an alarm that stops it between rows. Out: a PNG file, with adaptive filters. On photographs the
//! codec's fast level makes smaller files than the balanced one, thirty times faster, but it looks for no repetition: where
//! pixels mostly repeat (text, charts, flat graphics) files are up to a twentieth with a level that does, which is then fast,
//! too: the better of the two is taken.

use std::io::Write as _;

use ::png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

use super::bug;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Interrupt;
use crate::render::frame::Layout;

const FAST: DeflateCompression = DeflateCompression::FdeflateUltraFast;

/// The level for pixels that repeat.
const THOROUGH: DeflateCompression = DeflateCompression::Level(6);

/// Samples that are written before a clock need be looked at, at the fast level: some 10 ms.
const AT_ONCE: usize = 4 << 20;

/// Bytes of an IDAT chunk.
const CHUNK: usize = 64 << 10;

/// Rows between two looks at the clock.
const CHECK_INTERVAL: usize = 16;

pub(super) fn encode(
    samples: &[u8],
    size: Size,
    layout: Layout,
    interrupt: Interrupt<'_>,
) -> Result<Vec<u8>> {
    let at = |level| write(samples, size, layout, level, interrupt);
    let mut fast = at(FAST)?;
    // Noise can be larger than it was.
    if fast.len() > samples.len() + size.height as usize {
        let stored = at(DeflateCompression::NoCompression)?;
        if stored.len() < fast.len() {
            fast = stored;
        }
    }
    if mostly_repeats(samples, size.width as usize * layout.channels()) {
        let thorough = at(THOROUGH)?;
        return Ok(if thorough.len() < fast.len() { thorough } else { fast });
    }
    Ok(fast)
}

fn write(
    samples: &[u8],
    size: Size,
    layout: Layout,
    level: DeflateCompression,
    interrupt: Interrupt<'_>,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, size.width, size.height);
    encoder.set_color(match layout {
        Layout::Gray => ColorType::Grayscale,
        Layout::GrayAlpha => ColorType::GrayscaleAlpha,
        Layout::Rgb => ColorType::Rgb,
        Layout::Rgba => ColorType::Rgba,
        Layout::Cmyk => return Err(bug("PNG cannot hold ink")),
    });
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(level);
    encoder.set_filter(Filter::Adaptive);
    let mut writer = encoder.write_header().map_err(bug)?;
    if matches!(level, DeflateCompression::FdeflateUltraFast) && samples.len() <= AT_ONCE {
        writer.write_image_data(samples).map_err(bug)?;
        writer.finish().map_err(bug)?;
        return Ok(bytes);
    }
    let mut rows = writer.stream_writer_with_size(CHUNK).map_err(bug)?;
    let line = size.width as usize * layout.channels();
    for some in samples.chunks((line * CHECK_INTERVAL).max(1)) {
        interrupt.check_interrupt(Stage::Encode)?;
        rows.write_all(some).map_err(bug)?;
    }
    rows.finish().map_err(bug)?;
    writer.finish().map_err(bug)?;
    Ok(bytes)
}

/// Rows that are looked at, of each so many: what repeats is near.
const SAMPLED: (usize, usize) = (16, 128);

/// Whether in most places the next eight bytes stood already a short way before.
fn mostly_repeats(samples: &[u8], line: usize) -> bool {
    let (mut places, mut repeated) = (0_usize, 0_usize);
    let (rows, each) = SAMPLED;
    for group in samples.chunks((line * each).max(1)) {
        let group = group.get(..line * rows).unwrap_or(group);
        // The last word with each hash.
        let mut seen = [0_u64; 4096];
        for word in group.windows(8).step_by(3).filter_map(|word| word.first_chunk()) {
            let word = u64::from_le_bytes(*word);
            let hash = word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
            let last = &mut seen[usize::try_from(hash).unwrap_or(0) & 4095];
            repeated += usize::from(*last == word);
            places += 1;
            *last = word;
        }
    }
    repeated * 2 > places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{Budget, Limits};

    fn encode(samples: &[u8], size: Size, layout: Layout) -> Result<Vec<u8>> {
        let limits = Limits::default();
        super::encode(samples, size, layout, Budget::start(&limits, None).interrupt())
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
    fn what_repeats_is_searched_for_and_a_photograph_is_not() {
        let size = Size::new(600, 400);
        let byte = |value: u32| value.to_le_bytes()[0];
        let hatched = picture(size, |x, y| if (x * x + 3 * y) % 23 < 4 { [20, 30, 90] } else { [255; 3] });
        let gradient = picture(size, |x, y| [byte(x * 255 / 600), byte(y * 255 / 400), 128]);
        for (name, samples, times) in [("hatched", hatched, 4), ("gradient", gradient, 1)] {
            let bytes = encode(&samples, size, Layout::Rgb).unwrap().len();
            assert!(bytes * times <= fast(&samples, size), "{name}: {bytes}");
        }
        let grain =
            |x: u32, y: u32| byte((x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b)) >> 24) & 15;
        let photo = picture(size, |x, y| {
            [byte(x / 4) + grain(x, y), byte(y / 4) + grain(y, x), 90 + grain(x, x + y)]
        });
        assert_eq!(encode(&photo, size, Layout::Rgb).unwrap().len(), fast(&photo, size));
    }

    #[test]
    fn any_size_is_looked_at() {
        for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 2), (7, 129)] {
            let size = Size::new(width, height);
            let samples = picture(size, |_, _| [9; 3]);
            assert!(encode(&samples, size, Layout::Rgb).is_ok(), "{size}");
            assert_eq!(mostly_repeats(&samples, width as usize * 3), samples.len() > 20, "{size}");
        }
    }

    #[test]
    fn noise_is_stored() {
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
}
