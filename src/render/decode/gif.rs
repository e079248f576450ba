//! GIF through `gif`: the first frame on its transparent canvas.
//!
//! In: a GIF file. Out: RGBA, or RGB when the header rules transparency out; where it is only to be shrunk once, row by row, so
//! that the whole picture never stands in memory.

use ::gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, Frame, MemoryLimit};
use std::num::NonZeroU64;

use super::watched::Watched;
use super::{Decoded, Wanted, count, shrunk_once};
use crate::error::{Cause, Error, Result, Stage};
use crate::fit::Size;
use crate::limits::{Alarm, Budget};
use crate::output::Format;
use crate::render::contain::contained;
use crate::render::pixels::{Layout, Pixels, Rows};
use crate::render::source::Source;

/// The decoder's tables, its window on the file and one row.
const WORKING_BYTES: u64 = 256 << 10;

/// By index, as RGBA. Indices without a color are transparent.
type Palette = [[u8; 4]; 256];

pub(super) fn decode<'a>(
    bytes: &'a [u8],
    source: &Source<'_>,
    wanted: &[Wanted],
    budget: &mut Budget<'a>,
) -> Result<Decoded<'a>> {
    // Beside its tables, the decoder keeps copies of application extensions: XMP, profiles.
    budget.reserve(Stage::Decode, WORKING_BYTES + 2 * bytes.len() as u64)?;
    let alarm = budget.alarm();
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::MIN.saturating_add(bytes.len() as u64)));
    let mut decoder =
        options.read_info(Watched::new(bytes, alarm)).map_err(|error| refused(&error, alarm))?;
    let frame = decoder.next_frame_info().map_err(|error| refused(&error, alarm))?;
    let place = Place::of(frame.ok_or_else(|| malformed("it has no frame".to_owned()))?)?;
    let palette = palette(&decoder).map_err(|error| refused(&error, alarm))?;
    let layout = if source.has_alpha { Layout::Rgba } else { Layout::Rgb };
    let size = source.stored;
    let mut picture = Picture { decoder, alarm, place, palette, canvas: size, line: Vec::new(), next: 0 };
    if shrunk_once(wanted) && !place.interlaced {
        let read = move |rows: &mut [u8]| {
            contained(Stage::Decode, Format::Gif.as_str(), || picture.read_rows(rows, layout))
        };
        return Ok(Decoded::Rows(Rows { size, layout, sixteen: false, read: Box::new(read) }));
    }
    let mut samples = budget.zeroed::<u8>(Stage::Decode, count(size, layout)?)?;
    if place.interlaced {
        picture.read_interlaced(&mut samples, layout)?;
    } else {
        picture.read_rows(&mut samples, layout)?;
    }
    budget.release(WORKING_BYTES + 2 * bytes.len() as u64);
    Ok(Pixels::eight(size, layout, samples).into())
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
    fn of(frame: &Frame<'_>) -> Result<Self> {
        let &Frame { left, top, width, height, interlaced, .. } = frame;
        if width == 0 || height == 0 {
            return Err(malformed(format!("its first frame is {width}x{height} pixels")));
        }
        let [left, top, width, height] = [left, top, width, height].map(usize::from);
        Ok(Self { left, top, width, height, interlaced })
    }

    /// The rows of an interlaced frame in the order of the file (GIF89a, appendix E).
    fn interlaced_rows(self) -> impl Iterator<Item = usize> {
        [(0, 8), (4, 8), (2, 4), (1, 2)]
            .into_iter()
            .flat_map(move |(first, step)| (first..self.height).step_by(step))
    }
}

/// A frame that is decoded row by row onto its canvas.
struct Picture<'a> {
    decoder: Decoder<Watched<'a>>,
    alarm: Alarm<'a>,
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
        self.alarm.checkpoint(Stage::Decode)?;
        self.line.resize(self.place.width, 0);
        match self.decoder.fill_buffer(&mut self.line) {
            Ok(true) => Ok(()),
            Ok(false) => Err(malformed("its image data end early".to_owned())),
            Err(error) => Err(refused(&error, self.alarm)),
        }
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

fn palette(decoder: &Decoder<Watched<'_>>) -> std::result::Result<Box<Palette>, DecodingError> {
    let mut palette = Box::new([[0; 4]; 256]);
    for (color, &[red, green, blue]) in palette.iter_mut().zip(decoder.palette()?.as_chunks::<3>().0) {
        *color = [red, green, blue, 255];
    }
    if let Some(clear) = decoder.current_frame_info().and_then(|frame| frame.transparent) {
        palette[usize::from(clear)][3] = 0;
    }
    Ok(palette)
}

/// What `gif` says, in our words, unless it was stopped.
fn refused(error: &DecodingError, alarm: Alarm<'_>) -> Error {
    if let Err(stopped) = alarm.checkpoint(Stage::Decode) {
        return stopped;
    }
    match error {
        DecodingError::MemoryLimit | DecodingError::OutOfMemory => {
            Error::new(Stage::Decode, Cause::CodecMemory(Format::Gif.as_str()))
        }
        other => malformed(other.to_string()),
    }
}

fn malformed(detail: String) -> Error {
    Error::new(Stage::Decode, Cause::Malformed { format: Format::Gif.as_str(), detail })
}
