//! `&[u8]` -> [`Info`] and [`Header`]: what a file's header says, without decoding a pixel.
//!
//! In: bytes from strangers. Out: format, size, orientation, frames, depth, profile and where the metadata lies.
//! Allocates nothing that the header's numbers size. Must not know of options, limits on pixels or any decoder.

#![deny(clippy::indexing_slicing)]

mod cursor;
mod error;
mod exif;
mod gif;
mod jpeg;
mod png;
mod webp;

use self::error::malformed;
use crate::error::{Cause, Error, Result, Stage};
use crate::limits::Limits;
use crate::options::Format;
use crate::render::header::{Header, Orientation, SourceColor};
use crate::render::tiff;

/// What an image is, read from its header alone.
///
/// In JSON: `{"format","width","height","orientation","frames","bitDepth","hasAlpha","hasProfile","hasExif"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct ImageInfo {
    /// The format, recognised by the bytes.
    pub format: Format,
    /// Width in pixels as displayed: orientation applied.
    pub width: u32,
    /// Height in pixels as displayed: orientation applied.
    pub height: u32,
    /// EXIF orientation, 1 to 8; 1 where there is none. Already applied to `width` and `height`.
    pub orientation: u8,
    /// Frames of an animation; 1 for a still image.
    pub frames: u32,
    /// Bits a sample, as stored; for a palette, bits of an index.
    pub bit_depth: u8,
    /// Whether some pixel may be transparent.
    pub has_alpha: bool,
    /// Whether an ICC profile is embedded.
    pub has_profile: bool,
    /// Whether an EXIF block is embedded, be it as text in a PNG (ImageMagick's `Raw profile type exif`), whose
    /// orientation is not obeyed.
    pub has_exif: bool,
}

/// Reads an image's header: microseconds, and no memory for pixels.
///
/// ```
/// let photo = include_bytes!("../../tests/images/rocket.jpg");
/// let info = cretula::probe(photo, &cretula::Limits::default()).unwrap();
/// assert_eq!((info.width, info.height), (640, 427));
/// ```
///
/// # Errors
///
/// `UnsupportedFormat` if the bytes are none of JPEG, PNG, WebP, GIF; `MalformedImage` if the header is broken or cut
/// short; `LimitExceeded` if the input or the size in its header is beyond `limits`.
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<ImageInfo> {
    Ok(info(&read(bytes, limits)?))
}

/// What a file that this library wrote is.
pub(super) fn written(bytes: &[u8]) -> Result<ImageInfo> {
    // Its size was checked before it was made.
    let (bytes_most, pixels, side) = (u64::MAX, u64::MAX, u32::MAX);
    let limits =
        Limits { max_input_bytes: bytes_most, max_pixels: pixels, max_side: side, ..Limits::default() };
    Ok(info(&read(bytes, &limits)?))
}

fn info(header: &Header<'_>) -> ImageInfo {
    let displayed = header.displayed();
    ImageInfo {
        format: header.format(),
        width: displayed.width,
        height: displayed.height,
        orientation: header.orientation.tag(),
        frames: header.frames,
        bit_depth: header.bit_depth,
        has_alpha: header.has_alpha,
        has_profile: header.has_profile(),
        has_exif: header.has_exif(),
    }
}

/// The header of `bytes`, within `limits`.
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
        return Err(malformed(header.format(), format!("its header says {width}x{height} pixels")));
    }
    limits.check_source(width, height, header.frames, header.frame_pixels)?;
    Ok(header)
}

/// The format by its first bytes.
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

/// What to say of bytes that are no image we know.
fn describe(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "the input is empty".to_owned();
    }
    let start: Vec<String> = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("no JPEG, PNG, WebP or GIF starts with {}", start.join(" "))
}
