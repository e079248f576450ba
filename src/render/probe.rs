//! Probing: from the bytes of a file to its [`Header`] and [`ImageInfo`], without decoding a pixel.
//!
//! In: untrusted bytes. Out: format, size, orientation, frames, bit depth, colors and metadata.
//! Allocates nothing whose size is a number in the header. Must not know of options or any decoder.

#![deny(clippy::indexing_slicing)]

mod error;
mod exif;
mod gif;
mod jpeg;
mod png;
mod webp;

use std::time::Duration;

use self::error::malformed;
use crate::error::{Cause, Error, Result, Stage};
use crate::limits::Limits;
use crate::options::Format;
use crate::render::header::{Header, Orientation, Payload, Playback, SourceColor, SourceFrame};
use crate::render::tiff;

/// Information about an image, from its header only.
///
/// JSON keys: `format`, `width`, `height`, `orientation`, `frames`, `loopCount`, `durationMs`,
/// `bitDepth`, `hasAlpha`, `hasProfile`, `hasExif`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct ImageInfo {
    /// The format, detected from the first bytes.
    pub format: Format,
    /// Width in pixels as displayed, that is, with `orientation` applied.
    pub width: u32,
    /// Height in pixels as displayed, that is, with `orientation` applied.
    pub height: u32,
    /// EXIF orientation, 1 to 8; 1 if the file has none. Already applied to `width` and `height`.
    pub orientation: u8,
    /// Number of frames; 1 for a still image.
    pub frames: u32,
    /// The number of times an animation plays, or 0 if it repeats endlessly; 1 for a still image.
    pub loop_count: u32,
    /// How long an animation takes to play once, in milliseconds; 0 for a still image. Delays below
    /// 20 ms in a GIF count as 100 ms, as in browsers.
    pub duration_ms: u64,
    /// Bits per sample as stored; for an indexed image, bits per palette index.
    pub bit_depth: u8,
    /// Whether pixels may be transparent.
    pub has_alpha: bool,
    /// Whether an ICC profile is embedded.
    pub has_profile: bool,
    /// Whether an EXIF block is embedded. Includes EXIF as text in a PNG (ImageMagick's
    /// `Raw profile type exif`), whose orientation is ignored.
    pub has_exif: bool,
}

/// Reads the header of an image file. Takes microseconds and allocates no memory for pixels.
///
/// ```
/// # let photo = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images/rocket.jpg"));
/// let info = cretula::probe(photo, &cretula::Limits::default()).unwrap();
/// assert_eq!((info.width, info.height), (640, 427));
/// ```
///
/// # Errors
///
/// `UnsupportedFormat` if the bytes are not JPEG, PNG, WebP or GIF; `MalformedImage` if the header
/// is invalid or truncated; `LimitExceeded` if the input, or the size in its header, exceeds
/// `limits`.
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<ImageInfo> {
    Ok(info(&read(bytes, limits)?))
}

/// Information about a file that this library wrote.
pub(super) fn written(bytes: &[u8]) -> Result<ImageInfo> {
    // Its size was checked before it was encoded.
    let unlimited =
        Limits { max_input_bytes: u64::MAX, max_pixels: u64::MAX, max_side: u32::MAX, ..Limits::default() };
    Ok(info(&read(bytes, &unlimited)?))
}

fn info(header: &Header<'_>) -> ImageInfo {
    let displayed = header.displayed();
    let playback = if header.frames > 1 { header.playback } else { Playback::default() };
    ImageInfo {
        format: header.format(),
        width: displayed.width,
        height: displayed.height,
        orientation: header.orientation.tag(),
        frames: header.frames,
        loop_count: playback.loop_count,
        duration_ms: milliseconds(playback.duration),
        bit_depth: header.bit_depth,
        has_alpha: header.has_alpha,
        has_profile: header.has_profile(),
        has_exif: header.has_exif(),
    }
}

/// Rounded, because APNG has thirds of a second.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from((duration.as_micros() + 500) / 1000).unwrap_or(u64::MAX)
}

/// Reads the header of `bytes`, which must be within `limits`.
pub(crate) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Header<'a>> {
    limits.check_input(bytes.len())?;
    let mut header = match sniff(bytes) {
        Some(Format::Jpeg) => jpeg::read(bytes),
        Some(Format::Png) => png::read(bytes),
        Some(Format::WebP) => webp::read(bytes),
        Some(Format::Gif) => gif::read(bytes),
        Some(Format::Avif) => {
            let detail = "this build does not read it".to_owned();
            Err(Error::new(Stage::Probe, Cause::UnsupportedInput { format: "avif", detail }))
        }
        None => Err(Error::new(Stage::Probe, Cause::NotAnImage(describe(bytes)))),
    }?;
    let tag = header.exif.as_deref().map(tiff::orientation);
    header.orientation = tag.map(Orientation::from_tag).unwrap_or_default();
    if header.exif.as_deref().is_some_and(exif::states_adobe_rgb) {
        header.color.push(SourceColor::AdobeRgb);
    }
    let (width, height) = (header.stored.width, header.stored.height);
    if width == 0 || height == 0 {
        return Err(malformed(
            header.format(),
            format!("the header gives a size of {width}x{height} pixels"),
        ));
    }
    limits.check_source(width, height, header.frames, header.frame_pixels)?;
    Ok(header)
}

/// The frames of the animation that `header`, read from `bytes`, describes: as many as it counts.
pub(crate) fn frames<'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
) -> Box<dyn Iterator<Item = SourceFrame<'a>> + 'a> {
    match &header.payload {
        Payload::Gif(_) => Box::new(gif::frames(bytes)),
        Payload::WebP(_) => Box::new(webp::frames(bytes, header.stored)),
        Payload::Png(image) => {
            Box::new(png::frames(bytes, image, header.stored, header.has_alpha, header.frames))
        }
        Payload::Jpeg(_) | Payload::Composed(_) | Payload::Pixels(..) => Box::new(std::iter::empty()),
    }
}

/// Detects the format from the first bytes.
fn sniff(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => Some(Format::Avif),
        _ => None,
    }
}

/// Describes bytes in no known format.
fn describe(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "the input is empty".to_owned();
    }
    let start: Vec<String> = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("no JPEG, PNG, WebP or GIF starts with {}", start.join(" "))
}
