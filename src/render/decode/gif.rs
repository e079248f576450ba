//! GIF: the first frame on its transparent canvas. LZW through `weezl`.
//!
//! In: a frame. Out: RGBA, or RGB if the header rules out transparency. For a single smaller
//! variant: rows, so that the whole image is never in memory.

use weezl::{BitOrder, LzwStatus, decode::Decoder};

use super::decoded::{Decoded, count};
use super::wanted::{Wanted, can_stream};
use crate::container::Cursor;
use crate::container::gif::{SubBlock, next_sub_block};
use crate::damage::{Tolerance, offset_in};
use crate::error::{Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::{Budget, Interrupt};
use crate::options::Format;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Rows, fill_missing};
use crate::render::header::{GifFrame, Header};

/// Memory of the LZW tables and one row.
const WORKING_BYTES: u64 = 128 << 10;

/// RGBA by index. Indices without a color are transparent.
type Palette = [[u8; 4]; 256];

pub(super) fn decode<'a, 'b: 'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
    frame: Option<GifFrame<'a>>,
    wanted: &[Wanted],
    tolerance: &mut Tolerance,
    budget: &mut Budget<'b>,
) -> Result<Decoded<'a>> {
    let frame = frame.ok_or_else(|| malformed("there is no complete frame"))?;
    let rect = FrameRect::of(&frame)?;
    budget.reserve(Stage::Decode, WORKING_BYTES)?;
    let layout = if header.has_alpha { Layout::Rgba } else { Layout::Rgb };
    let (canvas, palette) = (header.stored, palette(&frame)?);
    let indices = Indices::new(bytes, &frame, budget.interrupt());
    let (line, next) = (vec![0; rect.width], 0);
    let mut decoder = FrameDecoder { indices, rect, palette, canvas, layout, line, next, lost: false };
    if can_stream(wanted) && !frame.interlaced {
        let read = move |rows: &mut [u8], tolerance: &mut Tolerance| {
            catch_panic(Stage::Decode, Format::Gif.as_str(), || decoder.read_rows(rows, tolerance))
        };
        return Ok(Decoded::Rows(Rows {
            size: canvas,
            layout,
            sixteen: false,
            read: Box::new(read),
            reserved: WORKING_BYTES,
            tolerance: std::mem::take(tolerance),
        }));
    }
    let mut samples = budget.zeroed::<u8>(Stage::Decode, count(canvas, layout)?)?;
    if frame.interlaced {
        decoder.read_interlaced(&mut samples, tolerance)?;
    } else {
        decoder.read_rows(&mut samples, tolerance)?;
    }
    budget.release(WORKING_BYTES);
    Ok(Image::eight(canvas, layout, samples).into())
}

/// The rectangle of a frame. May extend beyond the canvas.
#[derive(Debug, Clone, Copy)]
struct FrameRect {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl FrameRect {
    fn of(frame: &GifFrame<'_>) -> Result<Self> {
        let [left, top, width, height] = frame.rect.map(usize::from);
        if width == 0 || height == 0 {
            return Err(malformed(&format!("the first frame is {width}x{height} pixels")));
        }
        Ok(Self { left, top, width, height })
    }

    /// The rows of an interlaced frame in the order of the file (GIF89a, appendix E), each with the
    /// number of rows below it that only later passes contain.
    fn interlaced_rows(self) -> impl Iterator<Item = (usize, usize)> {
        [(0, 8, 7), (4, 8, 3), (2, 4, 1), (1, 2, 0)].into_iter().flat_map(move |(first, step, below)| {
            (first..self.height).step_by(step).map(move |row| (row, below))
        })
    }
}

/// The color indices of a frame, decoded line by line.
struct Indices<'a> {
    lzw: Decoder,
    /// The unread bytes of the current sub-block.
    block: &'a [u8],
    /// The sub-blocks after it.
    blocks: Cursor<'a>,
    /// The file that contains them.
    file: &'a [u8],
    interrupt: Interrupt<'a>,
}

/// The most consecutive calls of the LZW decoder that consume and produce nothing: it buffers 64
/// bits of codes, each of which may be a clear code.
const MAX_IDLE_CALLS: u32 = 64;

impl<'a> Indices<'a> {
    fn new(file: &'a [u8], frame: &GifFrame<'a>, interrupt: Interrupt<'a>) -> Self {
        let (lzw, blocks) = (Decoder::new(BitOrder::Lsb, frame.code_size), Cursor::new(frame.blocks));
        // Not a default slice: `offset_in` needs its address before the first sub-block is read.
        let block = frame.blocks.get(..0).unwrap_or_default();
        Self { lzw, block, blocks, file, interrupt }
    }

    /// Decodes one line. After a fault, its contents are undefined.
    fn fill(&mut self, mut line: &mut [u8]) -> Result<(), Fault> {
        // The decoder may do nothing visible at a clear code, or while it unpacks a code that is
        // longer than the line. The crate `gif` stops in that case, which is why it does not read
        // rows here.
        let mut idle_calls = 0;
        while !line.is_empty() {
            if self.block.is_empty()
                && let Some(SubBlock { data, .. }) = next_sub_block(&mut self.blocks)
            {
                self.interrupt.check_interrupt(Stage::Decode).map_err(Fault::Stopped)?;
                self.block = data;
            }
            let step = self.lzw.decode_bytes(self.block, line);
            self.block = self.block.get(step.consumed_in..).unwrap_or_default();
            line = line.get_mut(step.consumed_out..).unwrap_or_default();
            let status =
                step.status.map_err(|_| Fault::Broken("an LZW code is used before it is defined"))?;
            idle_calls = if step.consumed_in + step.consumed_out == 0 { idle_calls + 1 } else { 0 };
            if !line.is_empty() && (matches!(status, LzwStatus::Done) || idle_calls > MAX_IDLE_CALLS) {
                return Err(Fault::Broken("the image data end early"));
            }
        }
        Ok(())
    }
}

/// Why a line is incomplete.
enum Fault {
    Broken(&'static str),
    /// Cancelled, or past the deadline.
    Stopped(Error),
}

/// Decodes a frame row by row onto its canvas.
struct FrameDecoder<'a> {
    indices: Indices<'a>,
    rect: FrameRect,
    palette: Box<Palette>,
    canvas: Size,
    layout: Layout,
    /// The indices of one row of the frame.
    line: Vec<u8>,
    /// The row of the canvas that is read next.
    next: usize,
    /// Whether a fault has made all further lines unreadable.
    lost: bool,
}

impl FrameDecoder<'_> {
    /// Fills the next rows of the canvas. Pixels outside the frame are transparent.
    fn read_rows(&mut self, rows: &mut [u8], tolerance: &mut Tolerance) -> Result<()> {
        let FrameRect { top, height, .. } = self.rect;
        for row in rows.chunks_exact_mut(self.stride()) {
            row.fill(0);
            if self.next >= top && self.next - top < height {
                let done = self.next - top;
                if self.read_line(height - done, tolerance)? {
                    self.draw(row);
                } else {
                    fill_missing(self.covered(row), self.layout);
                }
            }
            self.next += 1;
        }
        Ok(())
    }

    /// Like [`Self::read_rows`], for all rows. If damage is accepted, each row is also drawn in
    /// place of the rows below it that only later passes contain.
    fn read_interlaced(&mut self, samples: &mut [u8], tolerance: &mut Tolerance) -> Result<()> {
        let (FrameRect { top, height, .. }, stride) = (self.rect, self.stride());
        for (number, (row, below)) in self.rect.interlaced_rows().enumerate() {
            if !self.read_line(height - number, tolerance)? {
                // Only in the first pass are there rows that no earlier row was drawn on.
                let is_first_pass = number < height.div_ceil(8);
                let rows = samples.chunks_exact_mut(stride).take(top + height).skip(top + row);
                rows.filter(|_| is_first_pass).for_each(|row| fill_missing(self.covered(row), self.layout));
                break;
            }
            let last = (row + below).min(height - 1);
            for row in samples.chunks_exact_mut(stride).skip(top + row).take(last - row + 1) {
                self.draw(row);
                if !tolerance.is_lenient() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Reads the next of the `left` remaining lines of the frame. `false` if it is unreadable.
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
                tolerance.lacks(left, self.rect.height);
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
        let row = row.get_mut(self.rect.left * channels..).unwrap_or_default();
        let length = row.len().min(self.rect.width * channels);
        row.get_mut(..length).unwrap_or_default()
    }

    /// Draws the line just read onto a row of the canvas.
    fn draw(&self, row: &mut [u8]) {
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
    let colors = frame.colors.ok_or_else(|| malformed("there is no color table"))?;
    let mut palette = Box::new([[0; 4]; 256]);
    for (color, &[red, green, blue]) in palette.iter_mut().zip(colors.as_chunks::<3>().0) {
        *color = [red, green, blue, 255];
    }
    if let Some(index) = frame.transparent {
        palette[usize::from(index)][3] = 0;
    }
    Ok(palette)
}

fn malformed(detail: &str) -> Error {
    Error::malformed(Stage::Decode, Format::Gif.as_str(), detail)
}
