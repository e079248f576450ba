//! WebP: lossless pictures and alpha through [`crate::webp`], lossy ones through `image` and the decoder under it; of an
//! animation the first frame, on a transparent canvas.
//!
//! In: a WebP file's picture. Out: RGB or RGBA, or the planes of a lossy still image without alpha; a lossless picture that is only
//! to be shrunk once, row by row.

use std::io::Cursor;

use ::image::codecs::webp::WebPDecoder;
use image_webp::vp8::Vp8Decoder;

use super::{Decoded, Wanted, count, read_image, refused, shrunk_once};
use crate::error::{Cause, Error, Result, Stage};
use crate::fit::Size;
use crate::limits::Budget;
use crate::output::Format;
use crate::render::contain::contained;
use crate::render::pixels::{Layout, Pixels, Plane, Range, Rows, Samples, View};
use crate::render::source::{Source, WebPData, WebPFrame};
use crate::webp::{self, Decoder};

/// What the lossy decoder holds a pixel beside its output: planes, and what it knows of each macroblock.
const WORKING_BYTES: u64 = 4;

pub(super) fn decode<'a>(
    source: &Source<'a>,
    wanted: &[Wanted],
    planes: bool,
    budget: &mut Budget<'a>,
) -> Result<Decoded<'a>> {
    let size = source.stored;
    let frame = source.webp.ok_or_else(|| malformed("it has no picture".to_owned()))?;
    if let Some(frame) = source.vp8().filter(|_| planes) {
        let working = size.area() * WORKING_BYTES;
        budget.reserve(Stage::Decode, working)?;
        let decoded = decode_planes(frame, size, budget)?;
        budget.release(working);
        return Ok(decoded);
    }
    let [left, top, width, height] = frame.place;
    let inside = left.saturating_add(width) <= size.width && top.saturating_add(height) <= size.height;
    if !inside {
        return Err(malformed(format!("its frame of {width}x{height} at {left},{top} is not inside {size}")));
    }
    let layout = if source.has_alpha { Layout::Rgba } else { Layout::Rgb };
    let covers = Size::new(width, height) == size;
    match frame.coded {
        WebPData::Lossless(data) => {
            let mut lossless = lossless(data, &frame, budget)?;
            if covers && shrunk_once(wanted) {
                return Ok(Decoded::Rows(rows(lossless, size, layout)));
            }
            let mut canvas = Canvas::new(size, layout, &frame, budget)?;
            for row in 0..height as usize {
                canvas.lay(row, lossless.next_row()?);
            }
            budget.release(lossless.bytes());
            Ok(canvas.into_pixels().into())
        }
        WebPData::Lossy(data) => {
            let colors = decode_colors(data, Size::new(width, height), budget)?;
            if covers && layout == Layout::Rgb {
                return Ok(Pixels::eight(size, layout, colors).into());
            }
            let alpha = match frame.alpha.filter(|_| source.has_alpha) {
                Some(chunk) => webp::decode_alpha(chunk, (width as usize, height as usize), budget)?,
                None => Vec::new(),
            };
            let mut canvas = Canvas::new(size, layout, &frame, budget)?;
            let mut line = vec![0; width as usize];
            for (row, colors) in colors.chunks_exact(line.len() * 3).enumerate() {
                let alpha = alpha.get(row * line.len()..).unwrap_or_default();
                for (x, (pixel, &[red, green, blue])) in
                    line.iter_mut().zip(colors.as_chunks::<3>().0).enumerate()
                {
                    let alpha = alpha.get(x).copied().unwrap_or(u8::MAX);
                    *pixel = u32::from_be_bytes([alpha, red, green, blue]);
                }
                canvas.lay(row, &line);
            }
            budget.release((colors.len() + alpha.len()) as u64);
            Ok(canvas.into_pixels().into())
        }
    }
}

/// A lossless picture of the size that its frame says.
fn lossless<'a>(data: &'a [u8], frame: &WebPFrame<'a>, budget: &mut Budget<'a>) -> Result<Decoder<'a>> {
    let decoder = Decoder::new(data, budget)?;
    let [_, _, width, height] = frame.place;
    let (coded, stated) = (decoder.size(), (width as usize, height as usize));
    if coded != stated {
        return Err(malformed(format!("its picture is {coded:?} pixels, its header says {stated:?}")));
    }
    Ok(decoder)
}

fn rows(mut decoder: Decoder<'_>, size: Size, layout: Layout) -> Rows<'_> {
    let stride = size.width as usize * layout.channels();
    let read = move |rows: &mut [u8]| {
        contained(Stage::Decode, Format::WebP.as_str(), || {
            rows.chunks_exact_mut(stride).try_for_each(|row| {
                put(row, layout, decoder.next_row()?);
                Ok(())
            })
        })
    };
    Rows { size, layout, sixteen: false, read: Box::new(read) }
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

    /// Lays a row of the frame, ARGB.
    fn lay(&mut self, row: usize, pixels: &[u32]) {
        let (channels, width) = (self.layout.channels(), self.size.width as usize);
        let start = ((self.top + row) * width + self.left) * channels;
        let place = self.samples.get_mut(start..start + pixels.len() * channels);
        put(place.unwrap_or_default(), self.layout, pixels);
    }

    fn into_pixels(self) -> Pixels {
        Pixels { size: self.size, layout: self.layout, samples: Samples::Eight(self.samples) }
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

/// RGB of a VP8 key frame whose size is said to be `size`: as a file of its own, for that is what the codec takes.
fn decode_colors(frame: &[u8], size: Size, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
    let length = u32::try_from(frame.len()).map_err(|_| malformed("its picture is too long".to_owned()))?;
    let padded = length.next_multiple_of(2);
    let working = size.area() * WORKING_BYTES + u64::from(padded) + 20;
    budget.reserve(Stage::Decode, working)?;
    let mut file = Vec::with_capacity(padded as usize + 20);
    file.extend(b"RIFF");
    file.extend((padded + 12).to_le_bytes());
    file.extend(b"WEBPVP8 ");
    file.extend(length.to_le_bytes());
    file.extend(frame);
    file.resize(padded as usize + 20, 0);
    let decoder = WebPDecoder::new(Cursor::new(file)).map_err(|e| refused(Format::WebP, &e))?;
    let pixels = read_image(Format::WebP, decoder, budget)?;
    budget.release(working);
    match pixels {
        Pixels { size: coded, layout: Layout::Rgb, samples: Samples::Eight(colors) } if coded == size => {
            Ok(colors)
        }
        Pixels { size: coded, .. } => {
            Err(malformed(format!("its frame is {coded} pixels, its header says {size}")))
        }
    }
}

/// Decodes a VP8 key frame (RFC 6386) whose size is said to be `size`.
fn decode_planes(frame: &[u8], size: Size, budget: &mut Budget<'_>) -> Result<Decoded<'static>> {
    let frame = Vp8Decoder::decode_frame(Cursor::new(frame)).map_err(|error| malformed(error.to_string()))?;
    let coded = Size::new(frame.width.into(), frame.height.into());
    if coded != size {
        return Err(malformed(format!("its frame is {coded} pixels, its header says {size}")));
    }
    // Planes are padded to whole macroblocks of 16 pixels.
    let stride = size.width.next_multiple_of(16) as usize;
    let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
    let plane = |samples: Vec<u8>, size: Size, stride: usize, density: f64| {
        let view = View { across: density, down: density, ..View::WHOLE };
        Plane { size, stride, samples, view }
    };
    let planes = [
        plane(frame.ybuf, size, stride, 1.0),
        plane(frame.ubuf, half, stride / 2, 0.5),
        plane(frame.vbuf, half, stride / 2, 0.5),
    ];
    budget.reserve(Stage::Decode, planes.iter().map(|plane| plane.samples.len() as u64).sum())?;
    Ok(Decoded::Planes(planes, Range::Video))
}

fn malformed(detail: String) -> Error {
    Error::new(Stage::Decode, Cause::Malformed { format: Format::WebP.as_str(), detail })
}
