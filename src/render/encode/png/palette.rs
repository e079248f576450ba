//! A PNG file with a palette.
//!
//! In: 8-bit samples, the quality and the maximum number of colors. Out: a file.

use std::io::Write as _;

use ::png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

use super::super::error::internal;
use super::super::quantize::{self, Indexed};
use super::steps::{CHECK_INTERVAL, IDAT_SIZE};
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::PngOptions;
use crate::render::frame::Layout;

const LEVEL: DeflateCompression = DeflateCompression::Level(6);

/// A file with fewer bytes per pixel is compressed again at the best level, which finds longer
/// repetitions: charts and logos become up to 14 % smaller. Photographs would become 1 % smaller, in
/// twice the time.
const REPETITIVE: f64 = 0.1;
const BEST_LEVEL: DeflateCompression = DeflateCompression::Level(9);

/// Writes a file with a palette; `None` if gray samples are their own indices.
pub(super) fn encode(
    samples: &[u8],
    size: Size,
    layout: Layout,
    options: PngOptions,
    budget: &mut Budget<'_>,
) -> Result<Option<Vec<u8>>> {
    let max_colors = usize::from(options.colors.clamp(2, 256));
    let max_error = SLACK * allowed_error(options.quality);
    budget.reserve(Stage::Encode, quantize::WORKING_BYTES)?;
    let indexed = quantize::quantize(samples, size, layout, max_colors, max_error, budget)?;
    budget.release(quantize::WORKING_BYTES);
    let needs_none = indexed.exact && layout == Layout::Gray && indexed.palette.len() > 16;
    let bytes = if needs_none { None } else { Some(smallest(&indexed, size, budget)?) };
    budget.release(indexed.indices.len() as u64);
    budget.recycle(indexed.indices);
    Ok(bytes)
}

/// The smallest of the files that are worth a try.
fn smallest(indexed: &Indexed, size: Size, budget: &Budget<'_>) -> Result<Vec<u8>> {
    let depth = least_depth(indexed.palette.len());
    let mut smallest = write(indexed, size, depth, Filter::NoFilter, LEVEL, budget)?;
    let repeats = (smallest.len() as f64) < REPETITIVE * indexed.indices.len() as f64;
    let level = if repeats { BEST_LEVEL } else { LEVEL };
    let attempts = [
        ((depth, Filter::NoFilter), repeats),
        // With one index per byte, patterns can repeat at any distance.
        ((BitDepth::Eight, Filter::NoFilter), repeats && depth != BitDepth::Eight),
        // Not dithered, and sorted by lightness: gradients of indices are smooth, too.
        ((depth, Filter::Adaptive), indexed.exact),
    ];
    for ((depth, filter), _) in attempts.into_iter().filter(|&(_, promises)| promises) {
        let bytes = write(indexed, size, depth, filter, level, budget)?;
        if bytes.len() < smallest.len() {
            smallest = bytes;
        }
    }
    Ok(smallest)
}

/// How much more error is taken than libimagequant's, so that photographs take no more bytes.
const SLACK: f32 = 1.04;

/// The mean squared error of a sample that a quality allows: 6 at 80 (40 dB), 17 at 50 (36 dB). This
/// is libimagequant's curve, which `quality` follows elsewhere, to within 3 %.
fn allowed_error(quality: u8) -> f32 {
    let quality = f32::from(quality.clamp(1, 100));
    (100.0 - quality) / (2.29 + 0.0128 * quality) + (175.0 / quality - 11.0).max(0.0)
}

/// The least bit depth for a number of colors.
fn least_depth(colors: usize) -> BitDepth {
    match colors {
        0..=2 => BitDepth::One,
        3..=4 => BitDepth::Two,
        5..=16 => BitDepth::Four,
        _ => BitDepth::Eight,
    }
}

fn write(
    indexed: &Indexed,
    size: Size,
    depth: BitDepth,
    filter: Filter,
    level: DeflateCompression,
    budget: &Budget<'_>,
) -> Result<Vec<u8>> {
    let colors: Vec<u8> =
        indexed.palette.iter().flat_map(|&[red, green, blue, _]| [red, green, blue]).collect();
    // Entries without an alpha are opaque.
    let alphas: Vec<u8> =
        indexed.palette.iter().map(|&[.., alpha]| alpha).take_while(|&alpha| alpha < u8::MAX).collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, size.width, size.height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(depth);
    encoder.set_palette(colors);
    if !alphas.is_empty() {
        encoder.set_trns(alphas);
    }
    encoder.set_deflate_compression(level);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().map_err(internal)?;
    let mut stream = writer.stream_writer_with_size(IDAT_SIZE).map_err(internal)?;
    let width = size.width as usize;
    let mut packed = Vec::new();
    for rows in indexed.indices.chunks((width * CHECK_INTERVAL).max(1)) {
        budget.check_interrupt(Stage::Encode)?;
        packed.clear();
        rows.chunks(width.max(1)).for_each(|row| pack(row, depth as usize, &mut packed));
        stream.write_all(&packed).map_err(internal)?;
    }
    stream.finish().map_err(internal)?;
    writer.finish().map_err(internal)?;
    Ok(bytes)
}

/// Appends a row of indices of `bits` bits, the first in the highest bits.
fn pack(row: &[u8], bits: usize, packed: &mut Vec<u8>) {
    if bits == 8 {
        return packed.extend_from_slice(row);
    }
    packed.extend(row.chunks(8 / bits).map(|indices| {
        let shifted = indices.iter().zip(1..).map(|(index, place)| index << (8 - bits * place));
        shifted.fold(0, |byte, index| byte | index)
    }));
}

#[cfg(test)]
mod tests {
    use ::png::{Decoder, Transformations};

    use super::*;
    use crate::limits::Limits;

    fn encoded(samples: &[u8], size: Size, layout: Layout, options: PngOptions) -> Vec<u8> {
        let limits = Limits::default();
        encode(samples, size, layout, options, &mut Budget::start(&limits, None)).unwrap().unwrap()
    }

    /// The bit depth, the number of colors, and the samples as RGB or RGBA.
    fn decoded(file: &[u8]) -> (BitDepth, usize, Vec<u8>) {
        let mut decoder = Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let (depth, colors) =
            (reader.info().bit_depth, reader.info().palette.as_ref().map_or(0, |palette| palette.len() / 3));
        let mut samples = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut samples).unwrap();
        (depth, colors, samples)
    }

    #[test]
    fn the_bit_depth_fits_the_number_of_colors_and_few_colors_are_exact() {
        let options = PngOptions { quality: 1, ..PngOptions::default() };
        let size = Size::new(37, 11);
        for (count, depth) in [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)] {
            let level = |i: usize| (i % count).to_le_bytes()[0];
            let samples: Vec<u8> = (0..37 * 11).flat_map(|i| [level(i), 3, 255 - level(i)]).collect();
            let (bits, colors, pixels) = decoded(&encoded(&samples, size, Layout::Rgb, options));
            assert_eq!((bits as usize, colors), (depth, count));
            assert!(pixels == samples, "{count}");
        }
    }

    /// Indices of 4 bits that repeat after an odd number of pixels repeat as bytes only after twice as
    /// many; those of 8 bits do so after as many.
    #[test]
    fn a_greater_bit_depth_is_taken_if_it_makes_a_smaller_file() {
        let size = Size::new(1001, 40);
        let start = |y: u32| y.wrapping_mul(0x9e37_79b1) >> 20;
        let noise = |i: u32| (i.wrapping_mul(0x85eb_ca6b) ^ 0x5bd1_e995).wrapping_mul(0xc2b2_ae35) >> 28;
        let samples: Vec<u8> = (0..40_u32)
            .flat_map(|y| (0..1001_u32).map(move |x| noise((x + start(y)) % 401).to_le_bytes()[0] * 16))
            .flat_map(|level| [level, 0, 9])
            .collect();
        let file = encoded(&samples, size, Layout::Rgb, PngOptions { quality: 50, ..PngOptions::default() });
        let (depth, colors, pixels) = decoded(&file);
        assert_eq!((depth, colors), (BitDepth::Eight, 16));
        assert!(pixels == samples);
    }

    #[test]
    fn alpha_is_kept_and_fewer_colors_make_smaller_files() {
        let size = Size::new(200, 150);
        let samples: Vec<u8> = (0..150_u32)
            .flat_map(|y| (0..200_u32).map(move |x| (x, y)))
            .flat_map(|(x, y)| {
                [x.to_le_bytes()[0], y.to_le_bytes()[0], 90, (x + y).min(255).to_le_bytes()[0]]
            })
            .collect();
        let sizes = [90, 60, 10].map(|quality| {
            let file = encoded(&samples, size, Layout::Rgba, PngOptions { quality, ..PngOptions::default() });
            let pixels = decoded(&file).2;
            assert_eq!(pixels.len(), samples.len());
            let off = pixels.chunks(4).zip(samples.chunks(4)).map(|(a, b)| u64::from(a[3].abs_diff(b[3])));
            assert!(off.sum::<u64>() < 30_000 * 12);
            (decoded(&file).1, file.len())
        });
        assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
        let options = PngOptions { colors: 16, ..PngOptions::default() };
        let file = encoded(&samples, size, Layout::Rgba, options);
        assert_eq!(decoded(&file).1, 16);
    }

    #[test]
    fn rows_are_packed_from_the_high_bits_and_padded() {
        let mut packed = Vec::new();
        pack(&[1, 0, 1, 1, 0, 0, 0, 1, 1], 1, &mut packed);
        pack(&[3, 0, 1, 2, 2], 2, &mut packed);
        pack(&[15, 1, 7], 4, &mut packed);
        pack(&[200, 3], 8, &mut packed);
        assert_eq!(packed, [0b1011_0001, 0b1000_0000, 0b1100_0110, 0b1000_0000, 0xf1, 0x70, 200, 3]);
    }

    #[test]
    fn a_quality_allows_the_error_that_it_does_elsewhere() {
        // libimagequant: 2.5 / (210 + q)^1.2 · (100.1 - q) / 100, as a mean squared error of 8 bits.
        for (quality, elsewhere) in [(20, 30.5), (50, 17.28), (80, 6.09), (95, 1.51)] {
            let ratio = allowed_error(quality) / elsewhere;
            assert!((0.9..1.1).contains(&ratio), "{quality}: {ratio}");
        }
        assert_eq!(allowed_error(100), 0.0);
    }
}
