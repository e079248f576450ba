//! Decoding: (bytes, [`Header`], what is [`Wanted`]) -> [`Decoded`].
//!
//! In: the whole file, and what the variants need of it, in terms of the stored pixels. Out: pixels in the file's own color space
//! and orientation that cover what is wanted; a decoder may shrink and crop, and then returns the region it decoded. Must not
//! know of fits, output formats or profiles.

mod decoded;
mod gif;
mod interruptible_reader;
mod jpeg;
mod png;
mod wanted;
mod webp;

pub(crate) use self::decoded::Decoded;
pub(crate) use self::wanted::Wanted;

use self::decoded::count;
use self::wanted::shrunk_once;
use crate::damage::Tolerance;
use crate::error::{Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout};
use crate::render::header::{Header, Payload};

/// Decodes the first frame of `bytes` for all variants in `wanted`. With `planes`, a file that stores YCbCr is decoded to planes.
/// Rows take `tolerance` with them.
pub(crate) fn decode<'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
    wanted: &[Wanted],
    planes: bool,
    tolerance: &mut Tolerance,
    budget: &mut Budget<'a>,
) -> Result<Decoded<'a>> {
    let format = header.format().as_str();
    if let Some(broken) = header.broken {
        let detail = broken.to_owned();
        return Err(Error::malformed(Stage::Decode, format, detail));
    }
    if header.cut_short && !tolerance.accepts(bytes.len(), CUT_SHORT) {
        let detail = format!("it is cut short: {CUT_SHORT}");
        return Err(Error::malformed(Stage::Decode, format, detail));
    }
    if header.frames > 1 {
        budget.limits().check_decoded_frames(header.frame_pixels)?;
    }
    catch_panic(Stage::Decode, format, || match &header.payload {
        Payload::Jpeg(_) => jpeg::decode(bytes, header.stored, wanted, planes, tolerance, budget),
        Payload::Png(image) => png::decode(bytes, image, wanted, tolerance, budget),
        Payload::WebP(frame) => webp::decode(bytes, header, *frame, wanted, planes, tolerance, budget),
        Payload::Gif(frame) => gif::decode(bytes, header, *frame, wanted, tolerance, budget),
        Payload::Pixels(layout, samples) => copy(samples, header.stored, *layout, budget),
    })
}

/// The caller's pixels.
fn copy(samples: &[u8], size: Size, layout: Layout, budget: &mut Budget<'_>) -> Result<Decoded<'static>> {
    let mut copied = budget.zeroed::<u8>(Stage::Decode, count(size, layout)?)?;
    copied.copy_from_slice(samples);
    Ok(Image::eight(size, layout, copied).into())
}

/// How large the decoded image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DecodedSize {
    pub(crate) size: Size,
    /// Whether it may be decoded row by row, so that it is never held as a whole.
    pub(crate) rows: bool,
}

/// How large the decoded image is if it is decoded for `wanted` only.
pub(crate) fn size(header: &Header<'_>, wanted: &Wanted, planes: bool) -> DecodedSize {
    match &header.payload {
        Payload::Jpeg(_) => DecodedSize { size: jpeg::size(header.stored, wanted, planes), rows: false },
        Payload::Pixels(..) => DecodedSize { size: header.stored, rows: false },
        Payload::Png(_) | Payload::WebP(_) | Payload::Gif(_) => {
            DecodedSize { size: header.stored, rows: !planes && shrunk_once(std::slice::from_ref(wanted)) }
        }
    }
}

const CUT_SHORT: &str = "the file ends before its image data do";
