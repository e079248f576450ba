//! JPEG through `libjpeg-turbo-rs`: baseline, 4:2:0 up to quality 90 and 4:4:4 above, chroma averaged.
//!
//! In: gray, RGB, or planes, and a budget that is asked between bands whether to go on. Out: a JFIF file. A large picture is coded
//! in bands, on as many threads as there may be, each as a file of its own that cannot be stopped; restart markers stand between
//! them (T.81 section E.1.4), and the coefficients are those of the whole picture.

use std::borrow::Cow;
use std::ops::Range;

use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling, compress_raw};

use super::bug;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::Layout;
use crate::threads;

/// The highest quality whose chroma is halved both ways.
const MAX_420_QUALITY: u8 = 90;

/// Pixels of a band: some 2 ms of work, enough for a thread to be worth it. Each takes about ten bytes, for its marker and for DC
/// coefficients told anew.
const BAND: usize = 1 << 19;

pub(super) fn halves_chroma(quality: u8) -> bool {
    quality <= MAX_420_QUALITY
}

/// Encodes Y, Cb and Cr, chroma with half the samples a side. `levels` are what becomes of those of luma and of chroma.
pub(super) fn encode_planes(
    planes: [&[u8]; 3],
    size: Size,
    levels: Option<&[[u8; 256]; 2]>,
    quality: u8,
    budget: &Budget<'_>,
) -> Result<Vec<u8>> {
    let (width, half) = (size.width as usize, size.width.div_ceil(2) as usize);
    let bands = Bands { size, mcu: 16, pixels: BAND };
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
        compress_raw(&planes, &widths, &heights, width, height, quality, Subsampling::S420).map_err(bug)
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
        other => return Err(bug(format!("JPEG cannot hold {other:?}"))),
    };
    let halves = halves_chroma(quality);
    let subsampling = if halves { Subsampling::S420 } else { Subsampling::S444 };
    let line = size.width as usize * layout.channels();
    let bands = Bands { size, mcu: if halves && layout == Layout::Rgb { 16 } else { 8 }, pixels: BAND };
    bands.encode(budget, |rows| {
        let height = rows.len();
        let samples = samples.get(rows.start * line..rows.end * line).unwrap_or_default();
        Encoder::new(samples, size.width as usize, height, format)
            .quality(quality)
            .force_baseline(true)
            .subsampling(subsampling)
            .encode()
            .map_err(bug)
    })
}

/// How a picture is cut: into whole rows of MCUs of `mcu` pixels a side, of about so many pixels.
struct Bands {
    size: Size,
    mcu: usize,
    pixels: usize,
}

impl Bands {
    /// One file of what `encode` makes of each band's rows.
    fn encode(
        &self,
        budget: &Budget<'_>,
        encode: impl Fn(Range<usize>) -> Result<Vec<u8>> + Sync,
    ) -> Result<Vec<u8>> {
        let height = self.size.height as usize;
        let (across, down) = ((self.size.width as usize).div_ceil(self.mcu), height.div_ceil(self.mcu));
        // About as many in each band; the restart interval, in MCUs, has 16 bits.
        let count = (self.size.width as usize * height).div_ceil(self.pixels.max(1));
        let lines = down.div_ceil(count.max(1)).min(65_535 / across.max(1)).max(1);
        budget.check_interrupt(Stage::Encode)?;
        if lines >= down {
            return encode(0..height);
        }
        let rows = |top: usize| top..height.min(top + lines * self.mcu);
        let mut bands: Vec<_> =
            (0..height).step_by(lines * self.mcu).map(|top| (rows(top), Vec::new())).collect();
        threads::for_each(budget.threads(), &mut bands, |(rows, file)| {
            budget.check_interrupt(Stage::Encode)?;
            *file = encode(rows.clone())?;
            Ok(())
        })?;
        let mut file = Vec::new();
        for (number, (_, band)) in bands.into_iter().enumerate() {
            let parts = Parts::of(&band).ok_or_else(|| bug("a band of a JPEG is no JPEG"))?;
            if number == 0 {
                let size = [u16::try_from(height).map_err(bug)?.to_be_bytes(), parts.width].concat();
                let interval = u16::try_from(lines * across).map_err(bug)?.to_be_bytes();
                file.extend([parts.before_size, &size, parts.after_size].concat());
                file.extend([&[0xff, 0xdd, 0, 4][..], &interval, parts.scan_header].concat());
            } else {
                // RST0 to RST7 by turns.
                file.extend([0xff, 0xd0 + ((number - 1) % 8).to_le_bytes()[0]]);
            }
            file.extend_from_slice(parts.codes);
        }
        file.extend([0xff, 0xd9]);
        Ok(file)
    }
}

/// A file of one scan: what stands before, in and after the size in its frame header, the scan header, and the entropy-coded
/// data.
struct Parts<'a> {
    before_size: &'a [u8],
    width: [u8; 2],
    after_size: &'a [u8],
    scan_header: &'a [u8],
    codes: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(file: &'a [u8]) -> Option<Self> {
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
                        codes: file.get(end..)?,
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

    /// Any number of bands shows the same pixels: at sides that are no multiple of an MCU, and past the eighth marker.
    #[test]
    fn bands_show_what_the_whole_shows() {
        let limits = Limits::default();
        let budget = &Budget::start(&limits, None);
        for (layout, quality, mcu) in [(Layout::Rgb, 80, 16), (Layout::Rgb, 95, 8), (Layout::Gray, 80, 8)] {
            let size = Size::new(203, 187);
            let samples = picture(size, layout.channels());
            let whole = encode(&samples, size, layout, quality, budget).unwrap();
            for pixels in [1, 203 * 40, 203 * 186] {
                let line = 203 * layout.channels();
                let cut = Bands { size, mcu, pixels };
                let banded = cut.encode(budget, |rows| {
                    let size = Size::new(203, u32::try_from(rows.len()).unwrap());
                    encode(&samples[rows.start * line..rows.end * line], size, layout, quality, budget)
                });
                let (banded, whole) = (banded.unwrap(), decompress(&whole).unwrap());
                assert!(banded.windows(4).any(|bytes| bytes == [0xff, 0xdd, 0, 4]));
                let shown = decompress(&banded).unwrap();
                assert_eq!((shown.width, shown.height), (203, 187));
                assert!(shown.data == whole.data, "{layout:?} at {quality}, bands of {pixels}");
            }
        }
    }

    #[test]
    fn large_planes_are_banded_and_small_ones_are_not() {
        let limits = Limits::default();
        let budget = &Budget::start(&limits, None);
        for (width, height, banded) in [(1024, 512, false), (1025, 513, true)] {
            let size = Size::new(width, height);
            let half = (width.div_ceil(2) * height.div_ceil(2)) as usize;
            let (luma, chroma) = (vec![90; (width * height) as usize], vec![120; half]);
            let file = encode_planes([&luma, &chroma, &chroma], size, None, 80, budget).unwrap();
            let head = &file[..1000];
            assert_eq!(head.windows(4).any(|bytes| bytes == [0xff, 0xdd, 0, 4]), banded);
            let shown = decompress(&file).unwrap();
            assert_eq!((shown.width, shown.height), (width as usize, height as usize));
            assert!(shown.data.iter().zip(shown.data.iter().skip(3)).all(|(a, b)| a == b), "flat");
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
    fn levels_are_those_that_are_asked() {
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
    fn it_stops_when_asked() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let budget = &Budget::start(&limits, Some(&token));
        assert!(encode(&[0; 12], Size::new(2, 2), Layout::Rgb, 80, budget).is_err());
    }
}
