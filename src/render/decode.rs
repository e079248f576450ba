//! (`&[u8]`, [`Header`], [`Placement`]s, [`Budget`]) -> [`Decoded`]: the bytes' own samples, upright or not.
//!
//! In: the whole file, and what is wanted of it, as the stored pixels see it. Out: pixels in the file's own color space
//! that show all that is wanted; a decoder may shrink and crop, and then says so in its [`SourceRegion`]. Must not know of fits,
//! output formats or profiles.

mod gif;
mod interruptible_reader;
mod jpeg;
mod png;
mod webp;

use crate::damage::Tolerance;
use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::{CropBox, Offset, Placement, Size};
use crate::limits::Budget;
use crate::options::{Fidelity, Format, ShrinkOnLoad};
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Plane, Rows, SourceRegion, YuvRange, sample_count};
use crate::render::header::{Header, Payload};

/// A decoded picture.
#[derive(Debug)]
pub(crate) enum Decoded<'a> {
    /// Pixels yet to be decoded, all of them, for one variant.
    Rows(Rows<'a>),
    /// Pixels, and what they show of the source.
    Image(Image, SourceRegion),
    /// Y, Cb and Cr as the file codes them.
    YuvImage([Plane; 3], YuvRange),
}

impl Decoded<'_> {
    /// Leaves its memory to later pictures.
    pub(crate) fn recycle(self, budget: &mut Budget<'_>) {
        match self {
            Self::Rows(_) => {}
            Self::Image(pixels, _) => {
                pixels.into_buffer().into_iter().for_each(|buffer| budget.recycle(buffer))
            }
            Self::YuvImage(planes, _) => planes.into_iter().for_each(|plane| budget.recycle(plane.samples)),
        }
    }
}

impl From<Image> for Decoded<'_> {
    fn from(pixels: Image) -> Self {
        Self::Image(pixels, SourceRegion::WHOLE)
    }
}

/// What a variant needs of the decoded image, in terms of the stored pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) placement: Placement,
    pub(crate) shrink: ShrinkOnLoad,
    pub(crate) fidelity: Fidelity,
}

impl Wanted {
    /// All of an image of the size `stored`, with every bit.
    pub(crate) fn whole(stored: Size) -> Self {
        let crop = CropBox { x: 0.0, y: 0.0, width: stored.width.into(), height: stored.height.into() };
        let placement =
            Placement { source: stored, crop, resize: stored, canvas: stored, offset: Offset { x: 0, y: 0 } };
        Self { placement, shrink: ShrinkOnLoad::Never, fidelity: Fidelity::Lossless }
    }
}

/// Decodes the first frame of `bytes` for all that is `wanted` of it; `planes` asks for planes where the file codes such. Rows
/// take `tolerance` with them.
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
        return Err(Error::new(Stage::Decode, Cause::Malformed { format, detail }));
    }
    if header.cut_short && !tolerance.accepts(bytes.len(), CUT_SHORT) {
        let detail = format!("it is cut short: {CUT_SHORT}");
        return Err(Error::new(Stage::Decode, Cause::Malformed { format, detail }));
    }
    if header.frames > 1 {
        budget.limits().check_decoded_frames(header.frame_pixels)?;
    }
    catch_panic(Stage::Decode, format, || match &header.payload {
        Payload::Jpeg(_) => jpeg::decode(bytes, header.stored, wanted, planes, tolerance, budget),
        Payload::Png(image) => png::decode(bytes, header, image, wanted, tolerance, budget),
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

/// Whether there is one variant alone, and a smaller one: then rows need not wait for each other.
fn shrunk_once(wanted: &[Wanted]) -> bool {
    let shrinks = |wanted: &Wanted| wanted.placement.crop.width > f64::from(wanted.placement.resize.width);
    matches!(wanted, [one] if shrinks(one))
}

fn count(size: Size, layout: Layout) -> Result<usize> {
    sample_count(size, layout).ok_or_else(|| Error::new(Stage::Decode, Cause::OutOfMemory(u64::MAX)))
}
