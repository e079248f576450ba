//! WebP through [`crate::webp`]: a still image, or the first frame of an animation on a transparent
//! canvas.
//!
//! In: a frame. Out: RGB or RGBA, or the planes of a lossy still image without alpha. For a single
//! smaller variant: rows.

use super::decoded::{Decoded, count};
use super::wanted::{Wanted, can_stream};
use crate::damage::{Tolerance, offset_in};
use crate::error::{Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::Format;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Plane, Rows, Samples, SourceRegion, YuvRange, fill_missing};
use crate::render::header::{Header, WebPData, WebPFrame};
use crate::webp::{Frame, Lossless, Lossy};

pub(super) fn decode<'a, 'b: 'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
    frame: Option<WebPFrame<'a>>,
    wanted: &[Wanted],
    planes: bool,
    tolerance: &mut Tolerance,
    budget: &mut Budget<'b>,
) -> Result<Decoded<'a>> {
    let size = header.stored;
    let frame = frame.ok_or_else(|| malformed("there are no image data".to_owned()))?;
    if let Some(data) = header.vp8().filter(|_| planes) {
        let frame = key_frame(data, size, tolerance)?;
        return decode_planes(frame, size, offset_in(bytes, data) + data.len(), tolerance, budget);
    }
    let [left, top, width, height] = frame.rect;
    let inside = left.saturating_add(width) <= size.width && top.saturating_add(height) <= size.height;
    if !inside {
        let detail =
            format!("the frame of {width}x{height} at {left},{top} is not inside the canvas of {size}");
        return Err(malformed(detail));
    }
    let layout = if header.has_alpha { Layout::Rgba } else { Layout::Rgb };
    let before = budget.spent();
    let decoder = FrameDecoder::new(bytes, &frame, header.has_alpha, tolerance, budget)?;
    let reserved = budget.spent() - before;
    let (WebPData::Lossy(data) | WebPData::Lossless(data)) = frame.bitstream;
    let (offset, height) = (offset_in(bytes, data), height as usize);
    let mut lines = Lines { decoder, layout, offset, height, done: 0, lost: false };
    if frame.rect == [0, 0, size.width, size.height] && can_stream(wanted) {
        let tolerance = std::mem::take(tolerance);
        return Ok(Decoded::Rows(Rows {
            size,
            layout,
            sixteen: false,
            read: Box::new(lines.into_read(size.width as usize)),
            reserved,
            tolerance,
        }));
    }
    let mut canvas = Canvas::new(size, layout, &frame, budget)?;
    for row in 0..height {
        lines.read(canvas.row(row, width as usize), tolerance)?;
    }
    lines.decoder.recycle(budget);
    Ok(canvas.into_image().into())
}

/// The rows of a frame, as samples.
struct Lines<'a> {
    decoder: FrameDecoder<'a>,
    layout: Layout,
    /// Offset of the bitstream in the file.
    offset: usize,
    height: usize,
    done: usize,
    /// Whether a fault has made all further rows unreadable.
    lost: bool,
}

impl<'a> Lines<'a> {
    /// Reads the next row.
    fn read(&mut self, row: &mut [u8], tolerance: &mut Tolerance) -> Result<()> {
        if !self.lost {
            let error = match self.decoder.next_row() {
                Ok(pixels) => {
                    put(row, self.layout, pixels);
                    self.done += 1;
                    return Ok(());
                }
                Err(error) => error,
            };
            let offset = self.offset + self.decoder.reached();
            if error.malformed_detail().is_none_or(|detail| !tolerance.accepts(offset, detail)) {
                return Err(error);
            }
            self.lost = true;
            tolerance.lacks(self.height - self.done, self.height);
        }
        fill_missing(row, self.layout);
        Ok(())
    }

    /// A function that reads the next rows, of `width` pixels each.
    fn into_read(mut self, width: usize) -> impl FnMut(&mut [u8], &mut Tolerance) -> Result<()> + 'a {
        let stride = width * self.layout.channels();
        move |rows, tolerance| {
            catch_panic(Stage::Decode, Format::WebP.as_str(), || {
                rows.chunks_exact_mut(stride).try_for_each(|row| self.read(row, tolerance))
            })
        }
    }
}

/// Decodes a frame row by row.
enum FrameDecoder<'a> {
    Lossless(Box<Lossless<'a>>),
    Lossy(Box<Lossy>),
}

impl<'a> FrameDecoder<'a> {
    /// Fails if the frame does not have the size that the container states.
    fn new<'b: 'a>(
        bytes: &'a [u8],
        frame: &WebPFrame<'a>,
        has_alpha: bool,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'b>,
    ) -> Result<Self> {
        let [_, _, width, height] = frame.rect;
        match frame.bitstream {
            WebPData::Lossless(data) => {
                let decoder = Lossless::new(data, budget)?;
                check_size(decoder.size(), Size::new(width, height))?;
                Ok(Self::Lossless(Box::new(decoder)))
            }
            WebPData::Lossy(data) => {
                let lossy = key_frame(data, Size::new(width, height), tolerance)?;
                let alpha = frame.alpha.filter(|_| has_alpha);
                let end = offset_in(bytes, data) + data.len();
                Ok(Self::Lossy(Box::new(Lossy::decode(lossy, alpha, end, tolerance, budget)?)))
            }
        }
    }

    /// The next row, ARGB.
    fn next_row(&mut self) -> Result<&[u32]> {
        match self {
            Self::Lossless(decoder) => decoder.next_row(),
            Self::Lossy(decoder) => Ok(decoder.next_row()),
        }
    }

    /// Bytes of the bitstream that were read.
    fn reached(&self) -> usize {
        match self {
            Self::Lossless(decoder) => decoder.reached(),
            Self::Lossy(_) => 0,
        }
    }

    fn recycle(self, budget: &mut Budget<'_>) {
        match self {
            Self::Lossless(decoder) => budget.release(decoder.bytes()),
            Self::Lossy(decoder) => decoder.recycle(budget),
        }
    }
}

/// An image that may be larger than the frame drawn on it.
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
        let [left, top, ..] = frame.rect.map(|side| side as usize);
        Ok(Self { size, layout, samples, left, top })
    }

    /// The samples of a row of the frame, `width` pixels wide.
    fn row(&mut self, row: usize, width: usize) -> &mut [u8] {
        let (channels, canvas_width) = (self.layout.channels(), self.size.width as usize);
        let start = ((self.top + row) * canvas_width + self.left) * channels;
        self.samples.get_mut(start..start + width * channels).unwrap_or_default()
    }

    fn into_image(self) -> Image {
        Image { size: self.size, layout: self.layout, samples: Samples::Eight(self.samples) }
    }
}

/// Writes ARGB pixels as RGB or RGBA.
fn put(row: &mut [u8], layout: Layout, pixels: &[u32]) {
    if layout == Layout::Rgba {
        for (rgba, pixel) in row.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
            *rgba = pixel.rotate_left(8).to_be_bytes();
        }
    } else {
        for (rgb, pixel) in row.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
            let [_, red, green, blue] = pixel.to_be_bytes();
            *rgb = [red, green, blue];
        }
    }
}

/// Reads the header of a lossy frame, whose size must be `size`.
fn key_frame<'a>(data: &'a [u8], size: Size, tolerance: &Tolerance) -> Result<Frame<'a>> {
    let frame = Frame::read_header(data, tolerance.is_lenient())?;
    check_size(frame.size(), size)?;
    Ok(frame)
}

/// Fails if the size in the bitstream is not the one that the container states.
fn check_size((width, height): (usize, usize), stated: Size) -> Result<()> {
    if (width, height) == (stated.width as usize, stated.height as usize) {
        return Ok(());
    }
    Err(malformed(format!("the bitstream has {width}x{height} pixels, the container states {stated}")))
}

/// Decodes luma, and chroma of half its size, in rows that are padded to whole macroblocks.
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
        let view = SourceRegion { scale_x: density, scale_y: density, ..SourceRegion::WHOLE };
        Plane { size, stride: plane.stride, samples: plane.samples, view }
    });
    Ok(Decoded::YuvImage(planes, YuvRange::Video))
}

fn malformed(detail: String) -> Error {
    Error::malformed(Stage::Decode, Format::WebP.as_str(), detail)
}
