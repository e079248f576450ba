//! JPEG through [`crate::jpeg`]: chooses the region and scale to decode, and converts CMYK.
//!
//! In: a JPEG file and the placements of its variants. Out: gray, RGB, ink (CMYK, 0 is none) or
//! planes, at the smallest scale that the variants allow, cropped to the pixels that they use.

use super::decoded::{Decoded, count};
use super::wanted::Wanted;
use crate::damage::Tolerance;
use crate::error::{Error, Result, Stage};
use crate::geometry::{Placement, Size};
use crate::jpeg::{self, Coding, Decoder, Detail, Scale, Window, rgb};
use crate::limits::Budget;
use crate::options::{Fidelity, ShrinkOnLoad};
use crate::render::frame::{Image, Layout, Plane, SourceRegion, YuvRange};

pub(super) fn decode(
    bytes: &[u8],
    stored: Size,
    wanted: &[Wanted],
    planes: bool,
    tolerance: &mut Tolerance,
    budget: &mut Budget<'_>,
) -> Result<Decoded<'static>> {
    let decoder = Decoder::read_header(bytes)?;
    let scale = wanted.iter().map(scale).max().unwrap_or(Scale::Full);
    let exact = wanted.iter().any(|wanted| wanted.fidelity > Fidelity::Low);
    let detail = if exact { Detail::Exact } else { Detail::Coarse };
    let planes = planes && decoder.coding() == Coding::YCbCr;
    let chroma = wanted.iter().map(chroma_scale).max().filter(|_| planes);
    let (window, size) = region_used(stored, wanted, scale, chroma);
    if let Some(chroma) = chroma {
        let decoded = decoder.decode_planes(scale, chroma, window, detail, tolerance, budget)?;
        let planes: Vec<Plane> = decoded.into_iter().map(plane).collect();
        let planes = planes.try_into().map_err(|_| malformed("there are not three components"))?;
        return Ok(Decoded::YuvImage(planes, YuvRange::Full));
    }
    let layout = match decoder.coding() {
        Coding::Gray => Layout::Gray,
        Coding::YCbCr | Coding::Rgb => Layout::Rgb,
        Coding::Cmyk | Coding::Ycck => Layout::Cmyk,
    };
    count(size, layout)?;
    let mut samples = decoder.decode(scale, window, detail, tolerance, budget)?;
    if layout == Layout::Cmyk {
        to_ink(&mut samples, decoder.coding() == Coding::Ycck);
    }
    Ok(Decoded::Image(Image::eight(size, layout, samples), region(scale.density(), window.x, window.y)))
}

/// The size of the decoded image if a JPEG of the size `stored` is decoded only for `wanted`.
pub(super) fn size(stored: Size, wanted: &Wanted, planes: bool) -> Size {
    let chroma = planes.then(|| chroma_scale(wanted));
    region_used(stored, std::slice::from_ref(wanted), scale(wanted), chroma).1
}

fn region((scale_x, scale_y): (f64, f64), x: usize, y: usize) -> SourceRegion {
    #[expect(clippy::cast_precision_loss, reason = "sides have 16 bits")]
    let (x, y) = (x as f64, y as f64);
    SourceRegion { scale_x, scale_y, x, y }
}

/// Converts a decoded component to the type of the later stages.
fn plane(decoded: jpeg::Plane) -> Plane {
    let ((width, height), stride) = (decoded.size(), decoded.stride());
    let view = region(decoded.density(), decoded.left(), decoded.top());
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    Plane { size: Size::new(side(width), side(height)), stride, samples: decoded.into_samples(), view }
}

/// How much larger than the variant the image decoded at each scale must be so that the variant is
/// visually indistinguishable: the smaller the transform, the more visible detail is in the
/// coefficients that it ignores. With this headroom, a variant is within a quarter of a decibel of
/// one made from all pixels, both encoded at quality 80; without, it differs by up to two. Chroma
/// needs none, because encoders keep so little of it.
const HEADROOM: [(Scale, f64); 3] = [(Scale::Eighth, 2.0), (Scale::Quarter, 1.5), (Scale::Half, 1.25)];

/// The headroom of variants that are encoded without loss, where nothing hides what a smaller
/// transform ignores. The same as in libvips and Pillow.
const LOSSLESS_HEADROOM: f64 = 2.0;

/// The smallest scale that is good enough for `wanted`.
fn scale(wanted: &Wanted) -> Scale {
    match wanted.shrink {
        ShrinkOnLoad::Never => Scale::Full,
        ShrinkOnLoad::Fast => smallest(wanted, 1.0),
        ShrinkOnLoad::Fine if wanted.fidelity == Fidelity::Lossless => smallest(wanted, LOSSLESS_HEADROOM),
        ShrinkOnLoad::Fine => {
            let enough = |&&(scale, headroom): &&(Scale, f64)| smallest(wanted, headroom) <= scale;
            HEADROOM.iter().find(enough).map_or(Scale::Full, |&(scale, _)| scale)
        }
    }
}

/// The same for chroma that is passed to the encoder as a plane.
fn chroma_scale(wanted: &Wanted) -> Scale {
    match wanted.shrink {
        ShrinkOnLoad::Never => Scale::Full,
        ShrinkOnLoad::Fast | ShrinkOnLoad::Fine => smallest(wanted, 1.0),
    }
}

/// The smallest scale at which the crop is at least `headroom` times the target size on both axes.
fn smallest(wanted: &Wanted, headroom: f64) -> Scale {
    let Placement { crop, resize, .. } = wanted.placement;
    let covers = |scale: &Scale| {
        let (scale_x, scale_y) = scale.density();
        crop.width * scale_x >= headroom * f64::from(resize.width)
            && crop.height * scale_y >= headroom * f64::from(resize.height)
    };
    Scale::ALL.into_iter().find(covers).unwrap_or(Scale::Full)
}

/// The region of the scaled image that resampling for `wanted` reads, and its size.
fn region_used(stored: Size, wanted: &[Wanted], scale: Scale, chroma: Option<Scale>) -> (Window, Size) {
    let whole = region(scale.density(), 0, 0);
    // Pixels per chroma sample at the encoder, which takes one for every second pixel.
    let coarser = chroma.map(|chroma| 2.0 * f64::from(scale.eighths()) / f64::from(chroma.eighths()));
    let (mut columns, mut rows) = ((u32::MAX, 0), (u32::MAX, 0));
    for Wanted { placement, whole: all, .. } in wanted {
        let crop = whole.of(placement.crop);
        let add = |span: &mut (u32, u32), (start, end)| *span = (span.0.min(start), span.1.max(end));
        if *all {
            add(&mut columns, (0, scale.of(stored.width)));
            add(&mut rows, (0, scale.of(stored.height)));
        }
        let reach = |start, length, target, side| reach(start, length, target, scale.of(side), coarser);
        add(&mut columns, reach(crop.x, crop.width, placement.resize.width, stored.width));
        add(&mut rows, reach(crop.y, crop.height, placement.resize.height, stored.height));
    }
    let size = Size::new(columns.1.saturating_sub(columns.0), rows.1.saturating_sub(rows.0));
    let [x, y, width, height] = [columns.0, rows.0, size.width, size.height].map(|side| side as usize);
    (Window { x, y, width, height }, size)
}

/// The first pixel, of `side`, that resampling `length` pixels from `start` on to `target` reads,
/// and the end of the range. No filter reaches further than three pixels of the coarser grid; two
/// more are for rounding. The filter for chroma, each sample of which covers `coarser` pixels,
/// reaches twice as far.
fn reach(start: f64, length: f64, target: u32, side: u32, coarser: Option<f64>) -> (u32, u32) {
    let ratio = length / f64::from(target);
    let radius = match coarser {
        None => 3.0 * ratio.max(1.0) + 2.0,
        Some(coarser) => 3.0 * (2.0 * ratio).max(coarser) + 2.0 * coarser,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
    let (first, end) = ((start - radius).floor() as u32, (start + length + radius).ceil() as u32);
    (first.min(side.saturating_sub(1)), end.clamp(1, side.max(1)))
}

/// Converts decoded CMYK or YCCK samples to ink. Files store the complement of ink (T.872 section
/// 6.5.3), with or without an Adobe marker: programs based on libjpeg read them so. YCC in YCCK is
/// the YCbCr of ink itself, so that converting it to RGB gives C, M and Y.
fn to_ink(samples: &mut [u8], ycck: bool) {
    let (quads, _) = samples.as_chunks_mut::<4>();
    for quad in quads {
        let [y, cb, cr, k] = *quad;
        *quad = match ycck {
            true => {
                let [c, m, y] = rgb(y, cb, cr);
                [c, m, y, 255 - k]
            }
            false => quad.map(|sample| 255 - sample),
        };
    }
}

fn malformed(detail: impl Into<String>) -> Error {
    Error::malformed(Stage::Decode, "jpeg", detail)
}
