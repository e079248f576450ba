//! Baseline and progressive JPEG through `libjpeg-turbo-rs`: 4:2:0 up to quality 90 and 4:4:4
//! above, chroma averaged.
//!
//! In: gray, RGB or YCbCr planes. Out: a JFIF file. A large picture is encoded in bands, in
//! parallel where threads are available. Each band is a file of its own whose encoding cannot be
//! interrupted, so interrupts are checked between bands. The bands are joined by restart markers
//! (T.81 section E.1.4); their coefficients are those of the whole picture.
//!
//! A progressive file is made from the baseline file, whose coefficients it keeps: every pixel is
//! the same. That takes another 20 to 30 ms per megapixel and cannot be interrupted, so a picture of
//! more than [`MAX_PROGRESSIVE_PIXELS`] stays baseline.

use std::borrow::Cow;
use std::ops::Range;

use libjpeg_turbo_rs::{
    Encoder, PixelFormat, Subsampling, compress_raw, read_coefficients, write_coefficients_progressive,
};

use super::error::internal;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::Layout;
use crate::threads;

/// The highest quality that is encoded as 4:2:0.
const MAX_420_QUALITY: u8 = 90;

/// Pixels per band: about 2 ms of work, enough to be worth a thread. Each band adds about ten
/// bytes, for its restart marker and for DC predictions that start over.
const BAND_PIXELS: usize = 1 << 19;

/// The largest picture that is made progressive. Its conversion takes about 50 ms.
const MAX_PROGRESSIVE_PIXELS: u64 = 2 << 20;

/// Bytes per pixel that hold coefficients while a file is made progressive: 16 bits for each, of
/// three components without subsampling.
pub(super) const PROGRESSIVE_BYTES_PER_PIXEL: u64 = 6;

/// Whether a picture of this size is written progressive on request.
pub(super) fn can_be_progressive(size: Size) -> bool {
    size.area() <= MAX_PROGRESSIVE_PIXELS
}

/// Converts a baseline file to a progressive one with the same coefficients and Huffman tables of
/// its own: libjpeg's ten scans, or six if it is gray.
pub(super) fn make_progressive(baseline: &[u8], budget: &Budget<'_>) -> Result<Vec<u8>> {
    budget.check_interrupt(Stage::Encode)?;
    let mut coefficients = read_coefficients(baseline).map_err(internal)?;
    coefficients.restart_interval = 0;
    budget.check_interrupt(Stage::Encode)?;
    write_coefficients_progressive(&coefficients, None).map_err(internal)
}

/// Whether chroma is encoded at half the resolution in both directions.
pub(super) fn halves_chroma(quality: u8) -> bool {
    quality <= MAX_420_QUALITY
}

/// Encodes Y, Cb and Cr planes, with chroma at half the size per axis, rounded up. `levels` map
/// luma and chroma samples; `None` leaves them as they are.
pub(super) fn encode_planes(
    planes: [&[u8]; 3],
    size: Size,
    levels: Option<&[[u8; 256]; 2]>,
    quality: u8,
    budget: &Budget<'_>,
) -> Result<Vec<u8>> {
    let (width, half) = (size.width as usize, size.width.div_ceil(2) as usize);
    let bands = Bands { size, mcu: 16, pixels: BAND_PIXELS };
    bands.encode(budget, |rows| {
        let halves = rows.start / 2..rows.end.div_ceil(2);
        let (height, half_height) = (rows.len(), halves.len());
        let cut = |plane: usize, rows: &Range<usize>, width: usize| {
            let samples = planes[plane].get(rows.start * width..rows.end * width).unwrap_or_default();
            let Some(levels) = levels.map(|levels| &levels[plane.min(1)]) else {
                return Cow::Borrowed(samples);
            };
            Cow::Owned(samples.iter().map(|&sample| levels[usize::from(sample)]).collect::<Vec<_>>())
        };
        let planes = [cut(0, &rows, width), cut(1, &halves, half), cut(2, &halves, half)];
        let (widths, heights) = ([width, half, half], [height, half_height, half_height]);
        let planes = planes.each_ref().map(|plane| &**plane);
        compress_raw(&planes, &widths, &heights, width, height, quality, Subsampling::S420).map_err(internal)
    })
}

pub(super) fn encode(
    samples: &[u8],
    size: Size,
    layout: Layout,
    quality: u8,
    budget: &Budget<'_>,
) -> Result<Vec<u8>> {
    let format = match layout {
        Layout::Gray => PixelFormat::Grayscale,
        Layout::Rgb => PixelFormat::Rgb,
        other => return Err(internal(format!("JPEG cannot store {other:?}"))),
    };
    let halves = halves_chroma(quality);
    let subsampling = if halves { Subsampling::S420 } else { Subsampling::S444 };
    let stride = size.width as usize * layout.channels();
    let bands =
        Bands { size, mcu: if halves && layout == Layout::Rgb { 16 } else { 8 }, pixels: BAND_PIXELS };
    bands.encode(budget, |rows| {
        let height = rows.len();
        let samples = samples.get(rows.start * stride..rows.end * stride).unwrap_or_default();
        Encoder::new(samples, size.width as usize, height, format)
            .quality(quality)
            .force_baseline(true)
            .subsampling(subsampling)
            .encode()
            .map_err(internal)
    })
}

/// The division of a picture into bands of whole MCU rows.
struct Bands {
    size: Size,
    /// Width and height of an MCU in pixels.
    mcu: usize,
    /// Approximate number of pixels in a band.
    pixels: usize,
}

impl Bands {
    /// Encodes each band's rows with `encode` and joins the results to one file.
    fn encode(
        &self,
        budget: &Budget<'_>,
        encode: impl Fn(Range<usize>) -> Result<Vec<u8>> + Sync,
    ) -> Result<Vec<u8>> {
        let height = self.size.height as usize;
        let (mcus_per_row, mcu_rows) =
            ((self.size.width as usize).div_ceil(self.mcu), height.div_ceil(self.mcu));
        // Bands of nearly equal height, whose restart interval in MCUs fits 16 bits.
        let count = (self.size.width as usize * height).div_ceil(self.pixels.max(1));
        let band_mcu_rows = mcu_rows.div_ceil(count.max(1)).min(65_535 / mcus_per_row.max(1)).max(1);
        budget.check_interrupt(Stage::Encode)?;
        if band_mcu_rows >= mcu_rows {
            return encode(0..height);
        }
        let band_height = band_mcu_rows * self.mcu;
        let rows = |top: usize| top..height.min(top + band_height);
        let mut bands: Vec<_> = (0..height).step_by(band_height).map(|top| (rows(top), Vec::new())).collect();
        threads::for_each(budget.threads(), &mut bands, |(rows, file)| {
            budget.check_interrupt(Stage::Encode)?;
            *file = encode(rows.clone())?;
            Ok(())
        })?;
        let mut file = Vec::new();
        for (number, (_, band)) in bands.into_iter().enumerate() {
            let parts = FileParts::parse(&band)
                .ok_or_else(|| internal("the JPEG encoder wrote an unexpected file structure"))?;
            if number == 0 {
                let size = [u16::try_from(height).map_err(internal)?.to_be_bytes(), parts.width].concat();
                let interval = u16::try_from(band_mcu_rows * mcus_per_row).map_err(internal)?.to_be_bytes();
                file.extend([parts.before_size, &size, parts.after_size].concat());
                file.extend([&[0xff, 0xdd, 0, 4][..], &interval, parts.scan_header].concat());
            } else {
                // RST0 to RST7, cyclically.
                file.extend([0xff, 0xd0 + ((number - 1) % 8).to_le_bytes()[0]]);
            }
            file.extend_from_slice(parts.entropy_coded);
        }
        file.extend([0xff, 0xd9]);
        Ok(file)
    }
}

/// A JPEG file of one scan, split so that its height and restart interval can be replaced.
struct FileParts<'a> {
    /// From SOI up to the height in the frame header.
    before_size: &'a [u8],
    width: [u8; 2],
    /// From the number of components in the frame header up to the scan header.
    after_size: &'a [u8],
    /// The SOS segment.
    scan_header: &'a [u8],
    /// The entropy-coded data, without EOI.
    entropy_coded: &'a [u8],
}

impl<'a> FileParts<'a> {
    fn parse(file: &'a [u8]) -> Option<Self> {
        let file = file.strip_suffix(&[0xff, 0xd9])?;
        let (mut at, mut size) = (2_usize, None::<usize>);
        loop {
            let &[0xff, marker, high, low] = file.get(at..at.checked_add(4)?)? else { return None };
            let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
            match marker {
                0xc0 => size = Some(at + 5),
                0xda => {
                    let size = size?;
                    let &[_, _, w0, w1] = file.get(size..size + 4)? else { return None };
                    return Some(Self {
                        before_size: file.get(..size)?,
                        width: [w0, w1],
                        after_size: file.get(size + 4..at)?,
                        scan_header: file.get(at..end)?,
                        entropy_coded: file.get(end..)?,
                    });
                }
                _ => {}
            }
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use libjpeg_turbo_rs::decompress;

    use super::*;
    use crate::limits::{CancelToken, Limits};

    fn picture(size: Size, channels: usize) -> Vec<u8> {
        let byte = |value: usize| value.to_le_bytes()[0];
        (0..size.width as usize * size.height as usize * channels)
            .map(|i| byte((i / 5) ^ (i / 701)))
            .collect()
    }

    /// With sides that are no multiple of an MCU, and with more than eight restart markers.
    #[test]
    fn any_number_of_bands_decodes_to_the_same_pixels() {
        let limits = Limits::default();
        let budget = &Budget::start(&limits, None);
        for (layout, quality, mcu) in [(Layout::Rgb, 80, 16), (Layout::Rgb, 95, 8), (Layout::Gray, 80, 8)] {
            let size = Size::new(203, 187);
            let samples = picture(size, layout.channels());
            let whole = encode(&samples, size, layout, quality, budget).unwrap();
            for pixels in [1, 203 * 40, 203 * 186] {
                let stride = 203 * layout.channels();
                let bands = Bands { size, mcu, pixels };
                let banded = bands.encode(budget, |rows| {
                    let size = Size::new(203, u32::try_from(rows.len()).unwrap());
                    encode(&samples[rows.start * stride..rows.end * stride], size, layout, quality, budget)
                });
                let (banded, whole) = (banded.unwrap(), decompress(&whole).unwrap());
                assert!(banded.windows(4).any(|bytes| bytes == [0xff, 0xdd, 0, 4]));
                let decoded = decompress(&banded).unwrap();
                assert_eq!((decoded.width, decoded.height), (203, 187));
                assert!(decoded.data == whole.data, "{layout:?} at {quality}, bands of {pixels}");
            }
        }
    }

    #[test]
    fn a_progressive_file_has_the_pixels_of_the_baseline_file() {
        let limits = Limits::default();
        let budget = &Budget::start(&limits, None);
        for (layout, quality) in [(Layout::Rgb, 60), (Layout::Rgb, 95), (Layout::Gray, 80)] {
            for size in [Size::new(1, 1), Size::new(203, 187), Size::new(1027, 613)] {
                let samples = picture(size, layout.channels());
                let baseline = encode(&samples, size, layout, quality, budget).unwrap();
                let progressive = make_progressive(&baseline, budget).unwrap();
                // SOF2, and no restart interval.
                let length = if layout == Layout::Gray { 11 } else { 17 };
                assert!(progressive.windows(4).any(|bytes| bytes == [0xff, 0xc2, 0, length]));
                assert!(!progressive.windows(4).any(|bytes| bytes == [0xff, 0xdd, 0, 4]));
                let (baseline, progressive) =
                    (decompress(&baseline).unwrap(), decompress(&progressive).unwrap());
                assert!(progressive.data == baseline.data, "{layout:?} at {quality}, {size}");
            }
        }
    }

    #[test]
    fn planes_become_progressive_too() {
        let limits = Limits::default();
        let budget = &Budget::start(&limits, None);
        let size = Size::new(333, 251);
        let (luma, chroma) = (picture(size, 1), picture(Size::new(167, 126), 1));
        let baseline = encode_planes([&luma, &chroma, &chroma], size, None, 80, budget).unwrap();
        let progressive = make_progressive(&baseline, budget).unwrap();
        assert_ne!(progressive, baseline);
        assert!(decompress(&progressive).unwrap().data == decompress(&baseline).unwrap().data);
    }

    #[test]
    fn only_large_planes_are_encoded_in_bands() {
        let limits = Limits::default();
        let budget = &Budget::start(&limits, None);
        for (width, height, banded) in [(1024, 512, false), (1025, 513, true)] {
            let size = Size::new(width, height);
            let half = (width.div_ceil(2) * height.div_ceil(2)) as usize;
            let (luma, chroma) = (vec![90; (width * height) as usize], vec![120; half]);
            let file = encode_planes([&luma, &chroma, &chroma], size, None, 80, budget).unwrap();
            let head = &file[..1000];
            assert_eq!(head.windows(4).any(|bytes| bytes == [0xff, 0xdd, 0, 4]), banded);
            let decoded = decompress(&file).unwrap();
            assert_eq!((decoded.width, decoded.height), (width as usize, height as usize));
            assert!(decoded.data.iter().zip(decoded.data.iter().skip(3)).all(|(a, b)| a == b), "flat");
        }
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn any_number_of_threads_writes_the_same_file() {
        let (limits, size) = (Limits::default(), Size::new(1111, 1517));
        let samples = picture(size, 3);
        let run = |threads: usize| {
            let budget = Budget::start(&limits, None).with_threads(threads.try_into().unwrap());
            encode(&samples, size, Layout::Rgb, 80, &budget).unwrap()
        };
        let one = run(1);
        assert!((2..8).all(|threads| run(threads) == one));
    }

    #[test]
    fn levels_map_the_samples_of_planes() {
        let limits = Limits::default();
        let budget = &Budget::start(&limits, None);
        let size = Size::new(16, 16);
        let levels = [[200; 256], [128; 256]];
        let planes: [&[u8]; 3] = [&[1; 256], &[2; 64], &[3; 64]];
        let mapped = encode_planes(planes, size, Some(&levels), 80, budget).unwrap();
        let planes: [&[u8]; 3] = [&[200; 256], &[128; 64], &[128; 64]];
        assert_eq!(mapped, encode_planes(planes, size, None, 80, budget).unwrap());
    }

    #[test]
    fn a_cancelled_call_stops() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let budget = &Budget::start(&limits, Some(&token));
        assert!(encode(&[0; 12], Size::new(2, 2), Layout::Rgb, 80, budget).is_err());
        let going = &Budget::start(&limits, None);
        let baseline = encode(&[0; 12], Size::new(2, 2), Layout::Rgb, 80, going).unwrap();
        assert!(make_progressive(&baseline, budget).is_err());
    }
}
