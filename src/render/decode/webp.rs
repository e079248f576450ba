//! WebP through [`crate::webp`]; of an animation the first frame, on a transparent canvas.
//!
//! In: a WebP file's picture. Out: RGB or RGBA, or the planes of a lossy still image without alpha; a picture that is only to be
//! shrunk once, row by row.

use super::decoded::{Decoded, count};
use super::wanted::{Wanted, shrunk_once};
use crate::damage::{Tolerance, offset_in};
use crate::error::{Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::Format;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Plane, Rows, Samples, SourceRegion, YuvRange, fill_missing};
use crate::render::header::{Header, WebPData, WebPFrame};
use crate::webp::{Frame, Lossless, Lossy};

pub(super) fn decode<'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
    frame: Option<WebPFrame<'a>>,
    wanted: &[Wanted],
    planes: bool,
    tolerance: &mut Tolerance,
    budget: &mut Budget<'a>,
) -> Result<Decoded<'a>> {
    let size = header.stored;
    let frame = frame.ok_or_else(|| malformed("it has no picture".to_owned()))?;
    if let Some(data) = header.vp8().filter(|_| planes) {
        let frame = key_frame(data, size, tolerance)?;
        return decode_planes(frame, size, offset_in(bytes, data) + data.len(), tolerance, budget);
    }
    let [left, top, width, height] = frame.place;
    let inside = left.saturating_add(width) <= size.width && top.saturating_add(height) <= size.height;
    if !inside {
        return Err(malformed(format!("its frame of {width}x{height} at {left},{top} is not inside {size}")));
    }
    let layout = if header.has_alpha { Layout::Rgba } else { Layout::Rgb };
    let picture = FrameDecoder::decode(bytes, &frame, header.has_alpha, tolerance, budget)?;
    let (WebPData::Lossy(data) | WebPData::Lossless(data)) = frame.coded;
    let (offset, height) = (offset_in(bytes, data), height as usize);
    let mut lines = Lines { picture, layout, offset, height, done: 0, lost: false };
    if frame.place == [0, 0, size.width, size.height] && shrunk_once(wanted) {
        return Ok(Decoded::Rows(rows(lines, size, std::mem::take(tolerance))));
    }
    let mut canvas = Canvas::new(size, layout, &frame, budget)?;
    for row in 0..height {
        lines.read(canvas.row(row, width as usize), tolerance)?;
    }
    lines.picture.recycle(budget);
    Ok(canvas.into_pixels().into())
}

/// A frame's picture, as rows of samples.
struct Lines<'a> {
    picture: FrameDecoder<'a>,
    layout: Layout,
    /// Where its data begin in the file.
    offset: usize,
    height: usize,
    done: usize,
    /// Whether no more can be read.
    lost: bool,
}

impl Lines<'_> {
    /// Reads the next row.
    fn read(&mut self, row: &mut [u8], tolerance: &mut Tolerance) -> Result<()> {
        if !self.lost {
            let error = match self.picture.next_row() {
                Ok(pixels) => {
                    put(row, self.layout, pixels);
                    self.done += 1;
                    return Ok(());
                }
                Err(error) => error,
            };
            let offset = self.offset + self.picture.reached();
            if error.malformed_detail().is_none_or(|detail| !tolerance.accepts(offset, detail)) {
                return Err(error);
            }
            self.lost = true;
            tolerance.lacks(self.height - self.done, self.height);
        }
        fill_missing(row, self.layout);
        Ok(())
    }
}

/// A frame's picture, row by row.
enum FrameDecoder<'a> {
    Lossless(Box<Lossless<'a>>),
    Lossy(Box<Lossy>),
}

impl<'a> FrameDecoder<'a> {
    /// A picture of the size that its frame says.
    fn decode(
        bytes: &'a [u8],
        frame: &WebPFrame<'a>,
        alpha: bool,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'a>,
    ) -> Result<Self> {
        let [_, _, width, height] = frame.place;
        match frame.coded {
            WebPData::Lossless(data) => {
                let decoder = Lossless::new(data, budget)?;
                let (coded, stated) = (decoder.size(), (width as usize, height as usize));
                if coded != stated {
                    return Err(malformed(format!(
                        "its picture is {coded:?} pixels, its header says {stated:?}"
                    )));
                }
                Ok(Self::Lossless(Box::new(decoder)))
            }
            WebPData::Lossy(data) => {
                let lossy = key_frame(data, Size::new(width, height), tolerance)?;
                let alpha = frame.alpha.filter(|_| alpha);
                let end = offset_in(bytes, data) + data.len();
                Ok(Self::Lossy(Box::new(Lossy::decode(lossy, alpha, end, tolerance, budget)?)))
            }
        }
    }

    /// The next row, ARGB.
    fn next_row(&mut self) -> Result<&[u32]> {
        match self {
            Self::Lossless(picture) => picture.next_row(),
            Self::Lossy(picture) => Ok(picture.next_row()),
        }
    }

    /// Bytes of its data that were read.
    fn reached(&self) -> usize {
        match self {
            Self::Lossless(picture) => picture.reached(),
            Self::Lossy(_) => 0,
        }
    }

    fn recycle(self, budget: &mut Budget<'_>) {
        match self {
            Self::Lossless(picture) => budget.release(picture.bytes()),
            Self::Lossy(picture) => picture.recycle(budget),
        }
    }
}

fn rows(mut lines: Lines<'_>, size: Size, tolerance: Tolerance) -> Rows<'_> {
    let layout = lines.layout;
    let stride = size.width as usize * layout.channels();
    let read = move |rows: &mut [u8], tolerance: &mut Tolerance| {
        catch_panic(Stage::Decode, Format::WebP.as_str(), || {
            rows.chunks_exact_mut(stride).try_for_each(|row| lines.read(row, tolerance))
        })
    };
    Rows { size, layout, sixteen: false, read: Box::new(read), tolerance }
}

/// A picture that may be larger than the frame on it.
struct Canvas {
    size: Size,
    layout: Layout,
    samples: Vec<u8>,
    left: usize,
    top: usize,
}

impl Canvas {
    fn new(size: Size, layout: Layout, frame: &WebPFrame<'_>, budget: &mut Budget<'_>) -> Result<Self> {
        let samples = budget.zeroed(Stage::Decode, count(size, layout)?)?;
        let [left, top, ..] = frame.place.map(|side| side as usize);
        Ok(Self { size, layout, samples, left, top })
    }

    /// The place of a row of the frame, of so many pixels.
    fn row(&mut self, row: usize, length: usize) -> &mut [u8] {
        let (channels, width) = (self.layout.channels(), self.size.width as usize);
        let start = ((self.top + row) * width + self.left) * channels;
        self.samples.get_mut(start..start + length * channels).unwrap_or_default()
    }

    fn into_pixels(self) -> Image {
        Image { size: self.size, layout: self.layout, samples: Samples::Eight(self.samples) }
    }
}

/// ARGB as RGB or RGBA.
fn put(row: &mut [u8], layout: Layout, pixels: &[u32]) {
    if layout == Layout::Rgba {
        for (place, pixel) in row.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
            *place = pixel.rotate_left(8).to_be_bytes();
        }
    } else {
        for (place, pixel) in row.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
            let [_, red, green, blue] = pixel.to_be_bytes();
            *place = [red, green, blue];
        }
    }
}

/// A lossy picture whose size is said to be `size`.
fn key_frame<'a>(data: &'a [u8], size: Size, tolerance: &Tolerance) -> Result<Frame<'a>> {
    let frame = Frame::read_header(data, tolerance.is_lenient())?;
    let (coded, stated) = (frame.size(), (size.width as usize, size.height as usize));
    if coded != stated {
        return Err(malformed(format!("its picture is {coded:?} pixels, its header says {stated:?}")));
    }
    Ok(frame)
}

/// Luma, and chroma of half its size, in rows that are padded to whole macroblocks.
fn decode_planes(
    frame: Frame<'_>,
    size: Size,
    end: usize,
    tolerance: &mut Tolerance,
    budget: &mut Budget<'_>,
) -> Result<Decoded<'static>> {
    let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
    let [y, u, v] = frame.decode(end, tolerance, budget)?;
    let planes = [(y, size, 1.0), (u, half, 0.5), (v, half, 0.5)].map(|(plane, size, density)| {
        let view = SourceRegion { across: density, down: density, ..SourceRegion::WHOLE };
        Plane { size, stride: plane.stride, samples: plane.samples, view }
    });
    Ok(Decoded::YuvImage(planes, YuvRange::Video))
}

fn malformed(detail: String) -> Error {
    Error::malformed(Stage::Decode, Format::WebP.as_str(), detail)
}
