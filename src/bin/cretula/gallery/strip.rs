//! The strip of an animation: some of its frames in a row, each with the time at which it is shown.
//!
//! In: an animated file. Out: one image. Must not know how frames are composed: the library does that.

use std::io::Cursor;

use cretula::{Fit, Format, OutputOptions, Renderer, Request, VariantOptions};
use image::codecs::png::PngDecoder;
use image::{AnimationDecoder, Frame, ImageError, RgbaImage};

use super::canvas::{Canvas, Color, Rect};
use super::text::Font;
use crate::failure::Failure;

const PAPER: Color = [0xe8, 0xea, 0xee];
const INK: Color = [0x16, 0x1b, 0x22];
const CHECKER: [Color; 2] = [[0xff, 0xff, 0xff], [0xd4, 0xd8, 0xde]];
const MARGIN: i64 = 24;
const GAP: i64 = 12;
const TEXT: u32 = 26;
/// The largest width and height of a frame on the strip.
const SIDE: u32 = 200;
const FRAMES: usize = 8;

/// A frame on the strip, and when it is shown, in milliseconds.
struct Shown {
    picture: RgbaImage,
    at: u64,
}

/// Draws the strip of the animation in `bytes`.
pub(super) fn draw(bytes: &[u8], renderer: &mut Renderer) -> Result<RgbaImage, Failure> {
    let small = VariantOptions::new(Fit::ScaleDown, SIDE, SIDE);
    let output = OutputOptions::new().format(Format::Png);
    let file = renderer.render(bytes, &Request::new(small).output(output))?;
    let frames = chosen(&file.bytes, file.info.frames)
        .map_err(|error| Failure::internal(format!("reading the frames back: {error}")))?;
    let (width, height) = (file.info.width, file.info.height);
    let count = i64::try_from(frames.len()).unwrap_or_default();
    let step = i64::from(width) + GAP;
    let sides = (
        u32::try_from(2 * MARGIN + count * step - GAP),
        u32::try_from(2 * MARGIN + i64::from(height) + GAP + i64::from(TEXT)),
    );
    let (Ok(strip_width), Ok(strip_height)) = sides else {
        return Err(Failure::internal("the strip is too large"));
    };
    let mut canvas = Canvas::new(strip_width, strip_height, PAPER)?;
    for (column, Shown { picture, at }) in (0..).zip(frames) {
        let left = MARGIN + column * step;
        let place = Rect { x: left, y: MARGIN, width: width.into(), height: height.into() };
        canvas.checker(place, 10, CHECKER);
        canvas.picture(&picture, left, MARGIN, 255);
        let time = format!("{at} ms");
        let middle = left + i64::from(width) / 2 - i64::from(Font::width(&time, TEXT)) / 2;
        canvas.text(&time, (middle, MARGIN + i64::from(height) + GAP), TEXT, 1, INK);
    }
    Ok(canvas.into_image())
}

/// At most [`FRAMES`] of the `count` frames of an APNG, evenly chosen.
fn chosen(file: &[u8], count: u32) -> Result<Vec<Shown>, ImageError> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let last = count.saturating_sub(1);
    let steps = FRAMES.min(count).saturating_sub(1).max(1);
    let wanted: Vec<usize> = (0..=steps).map(|step| step * last / steps).collect();
    let frames = PngDecoder::new(Cursor::new(file))?.apng()?.into_frames();
    let (mut shown, mut at) = (Vec::new(), 0);
    for (number, frame) in frames.enumerate() {
        let frame: Frame = frame?;
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        if wanted.contains(&number) {
            shown.push(Shown { picture: frame.into_buffer(), at });
        }
        at += u64::from(numerator / denominator.max(1));
    }
    Ok(shown)
}
