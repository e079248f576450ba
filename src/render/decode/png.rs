//! PNG through `png`: every color type and depth, interlaced or not; palettes and tRNS expanded, 16 bits kept.
//!
//! In: the chunks of a PNG file that say what its pixels are, the only ones that the codec sees. Out: gray, gray and alpha, RGB or
//! RGBA; where they are only to be shrunk once, row by row, so that the whole picture never stands in memory.

use std::cell::Cell;
use std::rc::Rc;

use super::decoded::{Decoded, count};
use super::interruptible_reader::InterruptibleReader;
use super::wanted::{Wanted, shrunk_once};
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

/// What the decoder may spend on rows and on chunks.
const ANCILLARY_BYTES: u64 = 8 << 20;

/// Rows between two looks at the clock.
const CHECK_INTERVAL: usize = 16;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The end that every file has for the codec, whether it has one or not.
const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

pub(super) fn decode<'a>(
    bytes: &'a [u8],
    image: &PngImage<'a>,
    wanted: &[Wanted],
    tolerance: &mut Tolerance,
    budget: &mut Budget<'a>,
) -> Result<Decoded<'a>> {
    budget.reserve(Stage::Decode, ANCILLARY_BYTES)?;
    let mut picture = FrameDecoder::new(bytes, image, tolerance, budget.interrupt())?;
    let FrameDecoder { size, layout, sixteen, .. } = picture;
    if shrunk_once(wanted) && !picture.interlaced {
        let read = move |rows: &mut [u8], tolerance: &mut Tolerance| picture.read_rows(rows, tolerance);
        let (read, tolerance) = (Box::new(read), std::mem::take(tolerance));
        return Ok(Decoded::Rows(Rows { size, layout, sixteen, read, tolerance }));
    }
    let mut read = |samples: &mut [u8], budget: &Budget<'_>| {
        if picture.interlaced {
            return picture.read_interlaced(samples, tolerance, budget);
        }
        let line = samples.len() / size.height as usize;
        samples.chunks_mut((line * CHECK_INTERVAL).max(1)).try_for_each(|some| {
            budget.check_interrupt(Stage::Decode)?;
            picture.read_rows(some, tolerance)
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

/// A file whose rows are decoded when they are needed.
struct FrameDecoder<'a> {
    reader: Reader<InterruptibleReader<'a>>,
    size: Size,
    layout: Layout,
    sixteen: bool,
    interlaced: bool,
    /// Rows, of all passes, that were read.
    done: usize,
    /// Whether no more can be read.
    lost: bool,
    data: Data<'a>,
    interrupt: Interrupt<'a>,
}

/// The image data, and how far they were read.
struct Data<'a> {
    chunks: &'a [u8],
    /// Where they begin in the file, and in what the codec reads.
    offset: usize,
    head: usize,
    position: Rc<Cell<usize>>,
}

impl<'a> FrameDecoder<'a> {
    /// Reads up to the image data.
    fn new(
        bytes: &'a [u8],
        image: &PngImage<'a>,
        tolerance: &mut Tolerance,
        interrupt: Interrupt<'a>,
    ) -> Result<Self> {
        let head = head(image);
        let chunks = image.data;
        let ends = data_chunks(chunks).all(|chunk| chunk.checksum.is_some());
        let length = head.len();
        let watched = InterruptibleReader::new(head, chunks, if ends { END } else { &[] }, interrupt);
        let data =
            Data { chunks, offset: offset_in(bytes, chunks), head: length, position: watched.position() };
        let limits = Limits { bytes: usize::try_from(ANCILLARY_BYTES).unwrap_or(usize::MAX) };
        let mut decoder = ::png::Decoder::new_with_limits(watched, limits);
        decoder.set_transformations(Transformations::EXPAND);
        if tolerance.is_lenient() {
            decoder.ignore_checksums(true);
            if let Some(chunk) = data_chunks(chunks).find(|chunk| !chunk.is_sound()) {
                tolerance.accepts(data.offset + chunk.at, "the checksum of an IDAT chunk is wrong");
            }
        }
        let reader = decoder.read_info().map_err(|error| refused(&error, interrupt))?;
        let (size, layout, sixteen) = shape(&reader)?;
        let interlaced = reader.info().interlaced;
        Ok(Self { reader, size, layout, sixteen, interlaced, done: 0, lost: false, data, interrupt })
    }

    /// Reads the next row of the file; `None` behind the last. A fault that is accepted loses all that follow.
    fn read_row(&mut self, row: &mut [u8], tolerance: &mut Tolerance) -> Result<Option<InterlaceInfo>> {
        if self.lost {
            return Ok(None);
        }
        let error = match self.reader.read_row(row) {
            Ok(place) => {
                self.done += usize::from(place.is_some());
                return Ok(place);
            }
            Err(error) => error,
        };
        let refused = refused(&error, self.interrupt);
        if !matches!(error, DecodingError::IoError(_) | DecodingError::Format(_))
            || self.interrupt.check_interrupt(Stage::Decode).is_err()
            || !tolerance.accepts(self.data.reached(), error)
        {
            return Err(refused);
        }
        self.lost = true;
        Ok(None)
    }

    /// Checks what is behind the last row. All pixels are there: that the data end, or that their own checksum is missing or
    /// wrong, is of no account where those of the chunks are right.
    fn finish(&mut self, tolerance: &mut Tolerance) -> Result<()> {
        match self.reader.read_row(&mut []) {
            Ok(_) => Ok(()),
            Err(error) => {
                let refused = refused(&error, self.interrupt);
                self.interrupt.check_interrupt(Stage::Decode)?;
                let sound = data_chunks(self.data.chunks).all(|chunk| chunk.is_sound());
                if sound || tolerance.accepts(self.data.reached(), error) { Ok(()) } else { Err(refused) }
            }
        }
    }

    /// Fills the next rows of a picture that is not interlaced.
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

    /// Fills a picture that is interlaced. Where damage is accepted, each pass also stands for the pixels of later ones.
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
        let mut patience = 0;
        while let Some(place) = self.read_row(&mut row, tolerance)? {
            if patience == 0 {
                budget.check_interrupt(Stage::Decode)?;
                patience = CHECK_INTERVAL;
            }
            patience -= 1;
            match place {
                InterlaceInfo::Adam7(place) if tolerance.is_lenient() => {
                    splat_interlaced_row(samples, line, &row, &place, bits);
                }
                InterlaceInfo::Adam7(place) => expand_interlaced_row(samples, line, &row, &place, bits),
                InterlaceInfo::Null(_) => {}
            }
        }
        if self.lost {
            // Below what the first pass has, there is nothing.
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

    /// The pixels of an interlaced picture that were not read, and all.
    fn missing(&self) -> (usize, usize) {
        /// The first column and the first row of each pass, and the steps to the next (PNG third edition, section 8.1).
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
        for [x, y, across, down] in PASSES {
            let (columns, lines) =
                (width.saturating_sub(x).div_ceil(across), height.saturating_sub(y).div_ceil(down));
            // A pass without columns has no rows.
            let lines = if columns == 0 { 0 } else { lines };
            read += columns * rows.min(lines);
            rows = rows.saturating_sub(lines);
        }
        (width * height - read, width * height)
    }
}

impl Data<'_> {
    /// The byte of the file that the codec has reached.
    fn reached(&self) -> usize {
        self.offset + self.position.get().saturating_sub(self.head).min(self.chunks.len())
    }
}

/// What the codec is given before the image data.
fn head(image: &PngImage<'_>) -> Vec<u8> {
    let mut head = [SIGNATURE, image.header, image.palette.unwrap_or_default()].concat();
    if let Some(data) = &image.transparency {
        // 256 bytes at most.
        head.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
        let start = head.len();
        head.extend(b"tRNS");
        head.extend(data);
        head.extend(crc32fast::hash(head.get(start..).unwrap_or_default()).to_be_bytes());
    }
    head
}

/// A chunk of image data.
struct DataChunk<'a> {
    /// Where it begins among all of them.
    at: usize,
    /// Its type and its data.
    body: &'a [u8],
    /// `None` if the file ends first.
    checksum: Option<u32>,
}

impl DataChunk<'_> {
    /// Whether its checksum, if there is one, is right.
    fn is_sound(&self) -> bool {
        self.checksum.is_none_or(|checksum| crc32fast::hash(self.body) == checksum)
    }
}

fn data_chunks(data: &[u8]) -> impl Iterator<Item = DataChunk<'_>> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let at = data.len() - rest.len();
        let (length, after) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX).saturating_add(4);
        let (body, after) = after.split_at_checked(length).unwrap_or((after, &[]));
        let checksum = after.first_chunk().copied().map(u32::from_be_bytes);
        rest = after.get(4..).unwrap_or_default();
        Some(DataChunk { at, body, checksum })
    })
}

/// Size, layout, and whether samples have 16 bits.
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
    let cause = Cause::Internal(format!("png was asked to expand, and gave {color:?} of {depth:?}"));
    Error::new(Stage::Decode, cause)
}

/// Samples of 16 bits stand in the file high byte first.
fn to_native(samples: &mut [u8]) {
    for sample in samples.as_chunks_mut::<2>().0 {
        *sample = u16::from_be_bytes(*sample).to_ne_bytes();
    }
}

/// What `png` says, in our words, unless it was stopped.
fn refused(error: &DecodingError, interrupt: Interrupt<'_>) -> Error {
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
