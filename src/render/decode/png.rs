//! PNG through `png`: all color types and bit depths, interlaced or not. Palettes and tRNS are
//! expanded, 16 bits are kept.
//!
//! In: the chunks that define the pixels; the codec sees no others. Out: gray, gray and alpha, RGB
//! or RGBA. For a single smaller variant: rows, so that the whole image is never in memory.

use std::cell::Cell;
use std::rc::Rc;

use super::decoded::{Decoded, count};
use super::interruptible_reader::InterruptibleReader;
use super::wanted::{Wanted, can_stream};
use crate::container::png::chunks;
use crate::damage::{Tolerance, offset_in};
use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::{Budget, Interrupt};
use crate::options::Format;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Rows, Samples, fill_missing};
use crate::render::header::PngImage;
use ::png::{
    BitDepth, ColorType, DecodingError, InterlaceInfo, Limits, Reader, Transformations,
    expand_interlaced_row, splat_interlaced_row,
};

/// The memory that the codec may use for rows and chunks.
const ANCILLARY_BYTES: u64 = 8 << 20;

/// Rows decoded between interrupt checks.
const CHECK_INTERVAL: usize = 16;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// IEND, appended to what the codec reads, whether the file has one or not.
const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

pub(super) fn decode<'a, 'b: 'a>(
    bytes: &'a [u8],
    image: &PngImage<'a>,
    wanted: &[Wanted],
    tolerance: &mut Tolerance,
    budget: &mut Budget<'b>,
) -> Result<Decoded<'a>> {
    budget.reserve(Stage::Decode, ANCILLARY_BYTES)?;
    let mut decoder = FrameDecoder::new(bytes, image, tolerance, budget.interrupt())?;
    let FrameDecoder { size, layout, sixteen, interlaced, .. } = decoder;
    if can_stream(wanted) && !interlaced {
        let read = move |rows: &mut [u8], tolerance: &mut Tolerance| decoder.read_rows(rows, tolerance);
        let (read, tolerance) = (Box::new(read), std::mem::take(tolerance));
        return Ok(Decoded::Rows(Rows { size, layout, sixteen, read, reserved: ANCILLARY_BYTES, tolerance }));
    }
    let mut read = |samples: &mut [u8], budget: &Budget<'_>| {
        if interlaced {
            return decoder.read_interlaced(samples, tolerance, budget);
        }
        let line = samples.len() / size.height as usize;
        samples.chunks_mut((line * CHECK_INTERVAL).max(1)).try_for_each(|rows| {
            budget.check_interrupt(Stage::Decode)?;
            decoder.read_rows(rows, tolerance)
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
    Ok(Image { size, layout, samples }.into())
}

/// Decodes a file row by row.
struct FrameDecoder<'a> {
    reader: Reader<InterruptibleReader<'a>>,
    size: Size,
    layout: Layout,
    sixteen: bool,
    interlaced: bool,
    /// Rows that were read, over all passes.
    done: usize,
    /// Whether a fault has made all further rows unreadable.
    lost: bool,
    data: ImageData<'a>,
    interrupt: Interrupt<'a>,
}

/// The image data and the position of the codec in them.
struct ImageData<'a> {
    /// The IDAT chunks.
    bytes: &'a [u8],
    /// Their offset in the file.
    offset: usize,
    /// Their offset in what the codec reads.
    head: usize,
    position: Rc<Cell<usize>>,
}

impl<'a> FrameDecoder<'a> {
    /// Reads everything before the image data.
    fn new(
        bytes: &'a [u8],
        image: &PngImage<'a>,
        tolerance: &mut Tolerance,
        interrupt: Interrupt<'a>,
    ) -> Result<Self> {
        let head = head(image);
        let is_whole = chunks(image.data).all(|chunk| chunk.is_whole());
        let head_length = head.len();
        let end = if is_whole { END } else { &[] };
        let reader = InterruptibleReader::new(head, image.data, end, interrupt);
        let (offset, position) = (offset_in(bytes, image.data), reader.position());
        let data = ImageData { bytes: image.data, offset, head: head_length, position };
        let limits = Limits { bytes: usize::try_from(ANCILLARY_BYTES).unwrap_or(usize::MAX) };
        let mut decoder = ::png::Decoder::new_with_limits(reader, limits);
        decoder.set_transformations(Transformations::EXPAND);
        if tolerance.is_lenient() {
            decoder.ignore_checksums(true);
            if let Some(chunk) = chunks(image.data).find(|chunk| !chunk.is_sound()) {
                let offset = offset_in(bytes, chunk.bytes);
                tolerance.accepts(offset, "the checksum of an IDAT chunk is wrong");
            }
        }
        let reader = decoder.read_info().map_err(|error| codec_error(&error, interrupt))?;
        let (size, layout, sixteen) = shape(&reader)?;
        let interlaced = reader.info().interlaced;
        Ok(Self { reader, size, layout, sixteen, interlaced, done: 0, lost: false, data, interrupt })
    }

    /// Reads the next row of the file; `None` after the last, or after an accepted fault.
    fn read_row(&mut self, row: &mut [u8], tolerance: &mut Tolerance) -> Result<Option<InterlaceInfo>> {
        if self.lost {
            return Ok(None);
        }
        let error = match self.reader.read_row(row) {
            Ok(info) => {
                self.done += usize::from(info.is_some());
                return Ok(info);
            }
            Err(error) => error,
        };
        let rejection = codec_error(&error, self.interrupt);
        if !matches!(error, DecodingError::IoError(_) | DecodingError::Format(_))
            || self.interrupt.check_interrupt(Stage::Decode).is_err()
            || !tolerance.accepts(self.data.reached(), error)
        {
            return Err(rejection);
        }
        self.lost = true;
        Ok(None)
    }

    /// Checks the data after the last row. All pixels are decoded, so a zlib stream that ends early
    /// or has a missing or wrong checksum is accepted if the checksums of the chunks are right.
    fn finish(&mut self, tolerance: &mut Tolerance) -> Result<()> {
        match self.reader.read_row(&mut []) {
            Ok(_) => Ok(()),
            Err(error) => {
                let rejection = codec_error(&error, self.interrupt);
                self.interrupt.check_interrupt(Stage::Decode)?;
                let is_sound = chunks(self.data.bytes).all(|chunk| chunk.is_sound());
                if is_sound || tolerance.accepts(self.data.reached(), error) {
                    Ok(())
                } else {
                    Err(rejection)
                }
            }
        }
    }

    /// Fills the next rows of an image that is not interlaced.
    fn read_rows(&mut self, rows: &mut [u8], tolerance: &mut Tolerance) -> Result<()> {
        let height = self.size.height as usize;
        let line = self.size.width as usize * self.layout.channels() * if self.sixteen { 2 } else { 1 };
        catch_panic(Stage::Decode, Format::Png.as_str(), || {
            for row in rows.chunks_exact_mut(line) {
                if self.read_row(row, tolerance)?.is_none() {
                    tolerance.lacks(height - self.done, height);
                    fill_missing(row, self.layout);
                } else if self.done == height {
                    self.finish(tolerance)?;
                }
            }
            if self.sixteen {
                to_native(rows);
            }
            Ok(())
        })
    }

    /// Fills an interlaced image. If damage is accepted, each pass also stands in for later ones.
    fn read_interlaced(
        &mut self,
        samples: &mut [u8],
        tolerance: &mut Tolerance,
        budget: &Budget<'_>,
    ) -> Result<()> {
        let (color, depth) = self.reader.output_color_type();
        let bits = u8::try_from(color.samples() * depth as usize).unwrap_or(u8::MAX);
        let line = samples.len() / (self.size.height as usize).max(1);
        let mut row = vec![0; line];
        let mut rows_to_check = 0;
        while let Some(info) = self.read_row(&mut row, tolerance)? {
            if rows_to_check == 0 {
                budget.check_interrupt(Stage::Decode)?;
                rows_to_check = CHECK_INTERVAL;
            }
            rows_to_check -= 1;
            match info {
                InterlaceInfo::Adam7(info) if tolerance.is_lenient() => {
                    splat_interlaced_row(samples, line, &row, &info, bits);
                }
                InterlaceInfo::Adam7(info) => expand_interlaced_row(samples, line, &row, &info, bits),
                InterlaceInfo::Null(_) => {}
            }
        }
        if self.lost {
            // If the first pass is incomplete, nothing was drawn below its last row.
            let known = samples.len().min(self.done * 8 * line);
            if self.done < self.size.height.div_ceil(8) as usize {
                fill_missing(samples.get_mut(known..).unwrap_or_default(), self.layout);
            }
            let (missing, total) = self.missing();
            tolerance.lacks(missing, total);
        }
        if self.sixteen {
            to_native(samples);
        }
        Ok(())
    }

    /// The number of pixels of an interlaced image that were not read, and of all.
    fn missing(&self) -> (usize, usize) {
        /// The first column and row of each pass, and the steps to the next ones (PNG third
        /// edition, section 8.1).
        const PASSES: [[usize; 4]; 7] = [
            [0, 0, 8, 8],
            [4, 0, 8, 8],
            [0, 4, 4, 8],
            [2, 0, 4, 4],
            [0, 2, 2, 4],
            [1, 0, 2, 2],
            [0, 1, 1, 2],
        ];
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let (mut rows, mut read) = (self.done, 0);
        for [x, y, step_x, step_y] in PASSES {
            let columns = width.saturating_sub(x).div_ceil(step_x);
            let lines = height.saturating_sub(y).div_ceil(step_y);
            // A pass without columns has no rows.
            let lines = if columns == 0 { 0 } else { lines };
            read += columns * rows.min(lines);
            rows = rows.saturating_sub(lines);
        }
        (width * height - read, width * height)
    }
}

impl ImageData<'_> {
    /// The offset in the file that the codec has reached.
    fn reached(&self) -> usize {
        self.offset + self.position.get().saturating_sub(self.head).min(self.bytes.len())
    }
}

/// The part of the codec's input before the image data.
fn head(image: &PngImage<'_>) -> Vec<u8> {
    let mut head = [SIGNATURE, image.header, image.palette.unwrap_or_default()].concat();
    if let Some(data) = &image.transparency {
        // At most 256 bytes.
        head.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
        let start = head.len();
        head.extend(b"tRNS");
        head.extend(data);
        head.extend(crc32fast::hash(head.get(start..).unwrap_or_default()).to_be_bytes());
    }
    head
}

/// Size and layout of decoded rows, and whether samples have 16 bits.
fn shape(reader: &Reader<InterruptibleReader<'_>>) -> Result<(Size, Layout, bool)> {
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
    let cause = Cause::Internal(format!("png did not expand {color:?} of {depth:?}"));
    Error::new(Stage::Decode, cause)
}

/// Converts samples of 16 bits from the byte order of the file to the native one.
fn to_native(samples: &mut [u8]) {
    for sample in samples.as_chunks_mut::<2>().0 {
        *sample = u16::from_be_bytes(*sample).to_ne_bytes();
    }
}

/// The error for a failure of the codec, or the reason why the call was interrupted.
fn codec_error(error: &DecodingError, interrupt: Interrupt<'_>) -> Error {
    if let Err(stopped) = interrupt.check_interrupt(Stage::Decode) {
        return stopped;
    }
    let format = Format::Png.as_str();
    let cause = match error {
        DecodingError::LimitsExceeded => Cause::CodecMemory(format),
        other => Cause::Malformed { format, detail: other.to_string() },
    };
    Error::new(Stage::Decode, cause)
}
