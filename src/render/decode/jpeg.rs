//! JPEG through [`crate::jpeg`]: what to decode at which scale, and CMYK.
//!
//! In: a JPEG file and the placements it is wanted for. Out: gray, RGB, ink (CMYK, 0 is none), or planes, as small as the
//! placements allow and no more of it than they show.

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
    let (window, size) = shown(stored, wanted, scale, chroma);
    if let Some(chroma) = chroma {
        let decoded = decoder.decode_planes(scale, chroma, window, detail, tolerance, budget)?;
        let planes: Vec<Plane> = decoded.into_iter().map(plane).collect();
        let planes = planes.try_into().map_err(|_| malformed("it has no three components"))?;
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
    Ok(Decoded::Image(Image::eight(size, layout, samples), view(scale.density(), window.x, window.y)))
}

/// The size at which a JPEG of the size `stored` is decoded for `wanted`.
pub(super) fn size(stored: Size, wanted: &Wanted, planes: bool) -> Size {
    let chroma = planes.then(|| chroma_scale(wanted));
    shown(stored, std::slice::from_ref(wanted), scale(wanted), chroma).1
}

fn view((across, down): (f64, f64), x: usize, y: usize) -> SourceRegion {
    #[expect(clippy::cast_precision_loss, reason = "sides have 16 bits")]
    let (x, y) = (x as f64, y as f64);
    SourceRegion { across, down, x, y }
}

/// A component as the later stages take it.
fn plane(decoded: jpeg::Plane) -> Plane {
    let ((width, height), stride) = (decoded.size(), decoded.stride());
    let view = view(decoded.density(), decoded.left(), decoded.top());
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    Plane { size: Size::new(side(width), side(height)), stride, samples: decoded.into_samples(), view }
}

/// How much larger than a variant the picture must be decoded at each scale to look the same: the smaller the transform, the
/// more of what a variant should show is in the coefficients that it leaves out. So much larger, a variant is within a
/// quarter of a decibel of one from all pixels, both coded at quality 80; just as large, it is off by up to two. Of chroma
/// encoders leave so little that none is needed.
const HEADROOM: [(Scale, f64); 3] = [(Scale::Eighth, 2.0), (Scale::Quarter, 1.5), (Scale::Half, 1.25)];

/// The same for variants that are written without loss, where nothing hides what a smaller transform leaves out: as much as
/// libvips and Pillow leave.
const LOSSLESS_HEADROOM: f64 = 2.0;

/// The smallest scale that what is wanted can be made of.
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

/// The same for chroma that goes to its encoder by itself.
fn chroma_scale(wanted: &Wanted) -> Scale {
    match wanted.shrink {
        ShrinkOnLoad::Never => Scale::Full,
        ShrinkOnLoad::Fast | ShrinkOnLoad::Fine => smallest(wanted, 1.0),
    }
}

/// The smallest scale that leaves `headroom` times the pixels a side that are asked for.
fn smallest(wanted: &Wanted, headroom: f64) -> Scale {
    let Placement { crop, resize, .. } = wanted.placement;
    let leaves = |scale: &Scale| {
        let (across, down) = scale.density();
        crop.width * across >= headroom * f64::from(resize.width)
            && crop.height * down >= headroom * f64::from(resize.height)
    };
    Scale::ALL.into_iter().find(leaves).unwrap_or(Scale::Full)
}

/// The part of the scaled picture that the resampling of anything wanted draws on, and its size.
fn shown(stored: Size, wanted: &[Wanted], scale: Scale, chroma: Option<Scale>) -> (Window, Size) {
    let whole = view(scale.density(), 0, 0);
    // Pixels for a chroma sample, which the encoder is given for every second pixel.
    let coarser = chroma.map(|chroma| 2.0 * f64::from(scale.eighths()) / f64::from(chroma.eighths()));
    let (mut across, mut down) = ((u32::MAX, 0), (u32::MAX, 0));
    for Wanted { placement, .. } in wanted {
        let crop = whole.of(placement.crop);
        let add = |span: &mut (u32, u32), (start, end)| *span = (span.0.min(start), span.1.max(end));
        let reach = |start, length, target, side| reach(start, length, target, scale.of(side), coarser);
        add(&mut across, reach(crop.x, crop.width, placement.resize.width, stored.width));
        add(&mut down, reach(crop.y, crop.height, placement.resize.height, stored.height));
    }
    let size = Size::new(across.1.saturating_sub(across.0), down.1.saturating_sub(down.0));
    let [x, y, width, height] = [across.0, down.0, size.width, size.height].map(|side| side as usize);
    (Window { x, y, width, height }, size)
}

/// The first pixel that a resample of `length` pixels from `start` on to `target` draws on, and the one after the last,
/// of `side`. No filter reaches further than three pixels of the coarser grid; two more are for rounding. That of chroma,
/// each of whose samples stands for `coarser` pixels, reaches twice as far.
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

/// Turns coded CMYK or YCCK samples into ink. Files hold the complement of ink (T.872 section 6.5.3), with an Adobe
/// marker or without one: libjpeg's readers take them so. YCCK is the YCbCr of ink, which its RGB is the complement of.
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
