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
use crate::geometry::{Placement, Size};
use crate::limits::Budget;
use crate::options::{Fidelity, Format, ShrinkOnLoad};
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Plane, Rows, SourceRegion, YuvRange, sample_count};
use crate::render::header::Header;

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

/// What will become of the picture, as the stored pixels see it.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) placement: Placement,
    pub(crate) shrink: ShrinkOnLoad,
    pub(crate) fidelity: Fidelity,
}

/// Decodes the first frame of `bytes` for all that is `wanted` of it; `planes` asks for planes where the file codes such. Rows
/// take `tolerance` with them.
pub(crate) fn decode<'a>(
    bytes: &'a [u8],
    source: &Header<'a>,
    wanted: &[Wanted],
    planes: bool,
    tolerance: &mut Tolerance,
    budget: &mut Budget<'a>,
) -> Result<Decoded<'a>> {
    let format = source.format.as_str();
    if let Some(broken) = source.broken {
        let detail = broken.to_owned();
        return Err(Error::new(Stage::Decode, Cause::Malformed { format, detail }));
    }
    if source.cut_short && !tolerance.accepts(bytes.len(), CUT_SHORT) {
        let detail = format!("it is cut short: {CUT_SHORT}");
        return Err(Error::new(Stage::Decode, Cause::Malformed { format, detail }));
    }
    if source.frames > 1 {
        budget.limits().check_decoded_frames(source.frame_pixels)?;
    }
    catch_panic(Stage::Decode, format, || match source.format {
        Format::Jpeg => jpeg::decode(bytes, source, wanted, planes, tolerance, budget),
        Format::Png => png::decode(bytes, source, wanted, tolerance, budget),
        Format::WebP => webp::decode(bytes, source, wanted, planes, tolerance, budget),
        Format::Gif => gif::decode(bytes, source, wanted, tolerance, budget),
        Format::Avif => {
            let detail = "this build does not read it".to_owned();
            Err(Error::new(Stage::Decode, Cause::UnsupportedInput { format, detail }))
        }
    })
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
