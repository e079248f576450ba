//! GIF: the first frame on its transparent canvas, LZW through `weezl`.
//!
//! In: a GIF's frame. Out: RGBA, or RGB when the header rules transparency out; where it is only to be shrunk once, row by row, so
//! that the whole picture never stands in memory.

use weezl::{BitOrder, LzwStatus, decode::Decoder};

use super::{Decoded, Wanted, count, shrunk_once};
use crate::error::{Cause, Error, Result, Stage};
use crate::fit::Size;
use crate::limits::{Alarm, Budget};
use crate::output::Format;
use crate::render::contain::contained;
use crate::render::pixels::{Layout, Pixels, Rows};
use crate::render::source::{GifFrame, Source};

/// The decoder's tables and one row.
const WORKING_BYTES: u64 = 128 << 10;

/// By index, as RGBA. Indices without a color are transparent.
type Palette = [[u8; 4]; 256];

pub(super) fn decode<'a>(
    source: &Source<'a>,
    wanted: &[Wanted],
    budget: &mut Budget<'a>,
) -> Result<Decoded<'a>> {
    let frame = source.gif.ok_or_else(|| malformed("it has no whole frame"))?;
    let place = Place::of(&frame)?;
    budget.reserve(Stage::Decode, WORKING_BYTES)?;
    let layout = if source.has_alpha { Layout::Rgba } else { Layout::Rgb };
    let (canvas, palette) = (source.stored, palette(&frame)?);
    let indices = Indices::new(&frame, budget.alarm());
    let mut picture = Picture { indices, place, palette, canvas, line: vec![0; place.width], next: 0 };
    if shrunk_once(wanted) && !place.interlaced {
        let read = move |rows: &mut [u8]| {
            contained(Stage::Decode, Format::Gif.as_str(), || picture.read_rows(rows, layout))
        };
        return Ok(Decoded::Rows(Rows { size: canvas, layout, sixteen: false, read: Box::new(read) }));
    }
    let mut samples = budget.zeroed::<u8>(Stage::Decode, count(canvas, layout)?)?;
    if place.interlaced {
        picture.read_interlaced(&mut samples, layout)?;
    } else {
        picture.read_rows(&mut samples, layout)?;
    }
    budget.release(WORKING_BYTES);
    Ok(Pixels::eight(canvas, layout, samples).into())
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

    /// The rows of an interlaced frame in the order of the file (GIF89a, appendix E).
    fn interlaced_rows(self) -> impl Iterator<Item = usize> {
        [(0, 8), (4, 8), (2, 4), (1, 2)]
            .into_iter()
            .flat_map(move |(first, step)| (first..self.height).step_by(step))
    }
}

/// A frame's indices, decoded as rows ask for them.
struct Indices<'a> {
    lzw: Decoder,
    /// What is left of the sub-block at hand, and those behind it.
    block: &'a [u8],
    blocks: &'a [u8],
    alarm: Alarm<'a>,
}

impl<'a> Indices<'a> {
    fn new(frame: &GifFrame<'a>, alarm: Alarm<'a>) -> Self {
        Self { lzw: Decoder::new(BitOrder::Lsb, frame.code_size), block: &[], blocks: frame.blocks, alarm }
    }

    fn fill(&mut self, mut line: &mut [u8]) -> Result<()> {
        // The decoder may do nothing that shows, once, while it unpacks a code that is longer than the line. (Why `gif`, which
        // then thinks that all is said, does not read rows here.)
        let mut idle = false;
        while !line.is_empty() {
            if self.block.is_empty()
                && let Some((&length, rest)) = self.blocks.split_first()
            {
                self.alarm.checkpoint(Stage::Decode)?;
                (self.block, self.blocks) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
            }
            let step = self.lzw.decode_bytes(self.block, line);
            self.block = self.block.get(step.consumed_in..).unwrap_or_default();
            line = line.get_mut(step.consumed_out..).unwrap_or_default();
            let status = step.status.map_err(|_| malformed("a code of its image data is not known yet"))?;
            let was_idle = std::mem::replace(&mut idle, step.consumed_in + step.consumed_out == 0);
            if !line.is_empty() && (matches!(status, LzwStatus::Done) || idle && was_idle) {
                return Err(malformed("its image data end early"));
            }
        }
        Ok(())
    }
}

/// A frame that is decoded row by row onto its canvas.
struct Picture<'a> {
    indices: Indices<'a>,
    place: Place,
    palette: Box<Palette>,
    canvas: Size,
    /// Indices of one row of the frame.
    line: Vec<u8>,
    /// The canvas's row that is read next.
    next: usize,
}

impl Picture<'_> {
    /// Fills the next rows of the canvas, which are zeros where they are not covered.
    fn read_rows(&mut self, rows: &mut [u8], layout: Layout) -> Result<()> {
        let stride = self.canvas.width as usize * layout.channels();
        for row in rows.chunks_exact_mut(stride) {
            // What lies above the canvas is decoded with the first row; what lies below it, with none.
            if self.next >= self.place.top && self.next - self.place.top < self.place.height {
                self.read_line()?;
                self.lay(row, layout);
            } else {
                row.fill(0);
            }
            self.next += 1;
        }
        Ok(())
    }

    fn read_interlaced(&mut self, samples: &mut [u8], layout: Layout) -> Result<()> {
        let stride = self.canvas.width as usize * layout.channels();
        for row in self.place.interlaced_rows() {
            self.read_line()?;
            if let Some(row) = samples.chunks_exact_mut(stride).nth(row + self.place.top) {
                self.lay(row, layout);
            }
        }
        Ok(())
    }

    fn read_line(&mut self) -> Result<()> {
        self.indices.alarm.checkpoint(Stage::Decode)?;
        self.indices.fill(&mut self.line)
    }

    /// Lays the row just read onto the canvas's.
    fn lay(&self, row: &mut [u8], layout: Layout) {
        let channels = layout.channels();
        let covered = row.get_mut(self.place.left * channels..).unwrap_or_default();
        if layout == Layout::Rgba {
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
    Error::new(Stage::Decode, Cause::Malformed { format: Format::Gif.as_str(), detail: detail.to_owned() })
}
