//! GIF: the first frame on its transparent canvas, LZW through `weezl`.
//!
//! In: a GIF's frame. Out: RGBA, or RGB when the header rules transparency out; where it is only to be shrunk once, row by row, so
//! that the whole picture never stands in memory.

use weezl::{BitOrder, LzwStatus, decode::Decoder};

use super::decoded::{Decoded, count};
use super::wanted::{Wanted, shrunk_once};
use crate::damage::{Tolerance, offset_in};
use crate::error::{Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::{Budget, Interrupt};
use crate::options::Format;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Rows, fill_missing};
use crate::render::header::{GifFrame, Header};

/// The decoder's tables and one row.
const WORKING_BYTES: u64 = 128 << 10;

/// By index, as RGBA. Indices without a color are transparent.
type Palette = [[u8; 4]; 256];

pub(super) fn decode<'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
    frame: Option<GifFrame<'a>>,
    wanted: &[Wanted],
    tolerance: &mut Tolerance,
    budget: &mut Budget<'a>,
) -> Result<Decoded<'a>> {
    let frame = frame.ok_or_else(|| malformed("it has no whole frame"))?;
    let place = Place::of(&frame)?;
    budget.reserve(Stage::Decode, WORKING_BYTES)?;
    let layout = if header.has_alpha { Layout::Rgba } else { Layout::Rgb };
    let (canvas, palette) = (header.stored, palette(&frame)?);
    let indices = Indices::new(bytes, &frame, budget.interrupt());
    let (line, next) = (vec![0; place.width], 0);
    let mut picture = FrameDecoder { indices, place, palette, canvas, layout, line, next, lost: false };
    if shrunk_once(wanted) && !place.interlaced {
        let read = move |rows: &mut [u8], tolerance: &mut Tolerance| {
            catch_panic(Stage::Decode, Format::Gif.as_str(), || picture.read_rows(rows, tolerance))
        };
        let (read, tolerance) = (Box::new(read), std::mem::take(tolerance));
        return Ok(Decoded::Rows(Rows { size: canvas, layout, sixteen: false, read, tolerance }));
    }
    let mut samples = budget.zeroed::<u8>(Stage::Decode, count(canvas, layout)?)?;
    if place.interlaced {
        picture.read_interlaced(&mut samples, tolerance)?;
    } else {
        picture.read_rows(&mut samples, tolerance)?;
    }
    budget.release(WORKING_BYTES);
    Ok(Image::eight(canvas, layout, samples).into())
}

/// Where a frame lies; its edges may be beyond the canvas.
#[derive(Debug, Clone, Copy)]
struct Place {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    interlaced: bool,
}

impl Place {
    fn of(frame: &GifFrame<'_>) -> Result<Self> {
        let [left, top, width, height] = frame.place.map(usize::from);
        if width == 0 || height == 0 {
            return Err(malformed(&format!("its first frame is {width}x{height} pixels")));
        }
        Ok(Self { left, top, width, height, interlaced: frame.interlaced })
    }

    /// The rows of an interlaced frame in the order of the file (GIF89a, appendix E), and how many rows below each are not
    /// known before a later pass.
    fn interlaced_rows(self) -> impl Iterator<Item = (usize, usize)> {
        [(0, 8, 7), (4, 8, 3), (2, 4, 1), (1, 2, 0)].into_iter().flat_map(move |(first, step, below)| {
            (first..self.height).step_by(step).map(move |row| (row, below))
        })
    }
}

/// A frame's indices, decoded as rows ask for them.
struct Indices<'a> {
    lzw: Decoder,
    /// What is left of the sub-block at hand, and those behind it.
    block: &'a [u8],
    blocks: &'a [u8],
    /// The file that they are in.
    file: &'a [u8],
    interrupt: Interrupt<'a>,
}

/// Calls of the LZW decoder in a row that take nothing in and give nothing out: it holds 64 bits of codes, of which each may be
/// a clear code.
const IDLE: u32 = 64;

impl<'a> Indices<'a> {
    fn new(file: &'a [u8], frame: &GifFrame<'a>, interrupt: Interrupt<'a>) -> Self {
        let (lzw, blocks) = (Decoder::new(BitOrder::Lsb, frame.code_size), frame.blocks);
        // So that an offset is known before the first block is read.
        let block = blocks.get(..0).unwrap_or_default();
        Self { lzw, block, blocks, file, interrupt }
    }

    /// Fills a line; one with a fault does not count.
    fn fill(&mut self, mut line: &mut [u8]) -> Result<(), Fault> {
        // The decoder may do nothing that shows while it unpacks a code that is longer than the line, and at clear codes. (Why
        // `gif`, which then stops, does not read rows here.)
        let mut idle = 0;
        while !line.is_empty() {
            if self.block.is_empty()
                && let Some((&length, rest)) = self.blocks.split_first()
            {
                self.interrupt.check_interrupt(Stage::Decode).map_err(Fault::Stopped)?;
                (self.block, self.blocks) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
            }
            let step = self.lzw.decode_bytes(self.block, line);
            self.block = self.block.get(step.consumed_in..).unwrap_or_default();
            line = line.get_mut(step.consumed_out..).unwrap_or_default();
            let status =
                step.status.map_err(|_| Fault::Broken("a code of its image data is not known yet"))?;
            idle = if step.consumed_in + step.consumed_out == 0 { idle + 1 } else { 0 };
            if !line.is_empty() && (matches!(status, LzwStatus::Done) || idle > IDLE) {
                return Err(Fault::Broken("its image data end early"));
            }
        }
        Ok(())
    }
}

/// Why a line is not whole.
enum Fault {
    Broken(&'static str),
    /// By the caller or the deadline.
    Stopped(Error),
}

/// A frame that is decoded row by row onto its canvas.
struct FrameDecoder<'a> {
    indices: Indices<'a>,
    place: Place,
    palette: Box<Palette>,
    canvas: Size,
    layout: Layout,
    /// Indices of one row of the frame.
    line: Vec<u8>,
    /// The canvas's row that is read next.
    next: usize,
    /// Whether no more lines can be read.
    lost: bool,
}

impl FrameDecoder<'_> {
    /// Fills the next rows of the canvas, which is transparent where the frame does not cover it.
    fn read_rows(&mut self, rows: &mut [u8], tolerance: &mut Tolerance) -> Result<()> {
        let Place { top, height, .. } = self.place;
        for row in rows.chunks_exact_mut(self.stride()) {
            row.fill(0);
            if self.next >= top && self.next - top < height {
                let read = self.next - top;
                if self.read_line(height - read, tolerance)? {
                    self.lay(row);
                } else {
                    fill_missing(self.covered(row), self.layout);
                }
            }
            self.next += 1;
        }
        Ok(())
    }

    /// As [`Self::read_rows`], all of them. Where data are missing, the rows of earlier passes stand for those below them.
    fn read_interlaced(&mut self, samples: &mut [u8], tolerance: &mut Tolerance) -> Result<()> {
        let (Place { top, height, .. }, stride) = (self.place, self.stride());
        for (number, (row, below)) in self.place.interlaced_rows().enumerate() {
            if !self.read_line(height - number, tolerance)? {
                // Below what the first pass has, there is nothing.
                let first = number < height.div_ceil(8);
                let rows = samples.chunks_exact_mut(stride).take(top + height).skip(top + row);
                rows.filter(|_| first).for_each(|row| fill_missing(self.covered(row), self.layout));
                break;
            }
            let last = (row + below).min(height - 1);
            for row in samples.chunks_exact_mut(stride).skip(top + row).take(last - row + 1) {
                self.lay(row);
                if !tolerance.is_lenient() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Reads the next line of the frame, of which so many are left; `false` if there is nothing to lay.
    fn read_line(&mut self, left: usize, tolerance: &mut Tolerance) -> Result<bool> {
        self.indices.interrupt.check_interrupt(Stage::Decode)?;
        if self.lost {
            return Ok(false);
        }
        match self.indices.fill(&mut self.line) {
            Ok(()) => Ok(true),
            Err(Fault::Stopped(error)) => Err(error),
            Err(Fault::Broken(reason)) => {
                if !tolerance.accepts(offset_in(self.indices.file, self.indices.block), reason) {
                    return Err(malformed(reason));
                }
                self.lost = true;
                tolerance.lacks(left, self.place.height);
                Ok(false)
            }
        }
    }

    fn stride(&self) -> usize {
        self.canvas.width as usize * self.layout.channels()
    }

    /// The part of a row of the canvas that the frame covers.
    fn covered<'r>(&self, row: &'r mut [u8]) -> &'r mut [u8] {
        let channels = self.layout.channels();
        let row = row.get_mut(self.place.left * channels..).unwrap_or_default();
        let length = row.len().min(self.place.width * channels);
        row.get_mut(..length).unwrap_or_default()
    }

    /// Lays the line just read onto the canvas's row.
    fn lay(&self, row: &mut [u8]) {
        let covered = self.covered(row);
        if self.layout == Layout::Rgba {
            for (pixel, &index) in covered.as_chunks_mut::<4>().0.iter_mut().zip(&self.line) {
                *pixel = self.palette[usize::from(index)];
            }
        } else {
            for (pixel, &index) in covered.as_chunks_mut::<3>().0.iter_mut().zip(&self.line) {
                let [red, green, blue, _] = self.palette[usize::from(index)];
                *pixel = [red, green, blue];
            }
        }
    }
}

fn palette(frame: &GifFrame<'_>) -> Result<Box<Palette>> {
    let colors = frame.colors.ok_or_else(|| malformed("it has no color table"))?;
    let mut palette = Box::new([[0; 4]; 256]);
    for (color, &[red, green, blue]) in palette.iter_mut().zip(colors.as_chunks::<3>().0) {
        *color = [red, green, blue, 255];
    }
    if let Some(clear) = frame.transparent {
        palette[usize::from(clear)][3] = 0;
    }
    Ok(palette)
}

fn malformed(detail: &str) -> Error {
    Error::malformed(Stage::Decode, Format::Gif.as_str(), detail)
}
