//! [`SourceColor`] -> a profile that fits the pixels.
//!
//! In: ICC bytes, code points, or gamma and chromaticities. Out: a parsed profile and the ICC bytes that say the same.
//! Must not know what the profile is used for.

use std::borrow::Cow;
use std::ops::Range;

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics,
};

use crate::error::{Error, Stage};
use crate::limits::Budget;
use crate::render::contain::contained;
use crate::render::pixels::Layout;
use crate::render::source::SourceColor;
use crate::render::zlib;

/// A profile larger than this is not taken for one: the largest known CMYK profiles have a few megabytes.
const MAX_PROFILE: usize = 8 << 20;

/// What the source states, parsed, and the ICC bytes that say it.
pub(super) struct Stated {
    pub(super) profile: ColorProfile,
    pub(super) icc: Vec<u8>,
}

/// Why there is no [`Stated`].
pub(super) enum Unusable {
    /// The profile is damaged or does not fit: a warning.
    Reason(String),
    /// The call cannot go on.
    Error(Error),
}

impl From<Error> for Unusable {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The profile that `color` states for pixels of `layout`; `None` where it states plain sRGB.
pub(super) fn stated(
    color: &SourceColor<'_>,
    layout: Layout,
    budget: &mut Budget<'_>,
) -> Result<Option<Stated>, Unusable> {
    let reason = |text: String| Unusable::Reason(text);
    match color {
        SourceColor::Damaged(text) => Err(reason(text.clone())),
        SourceColor::Icc(bytes) => parse(bytes, layout).map(Some),
        SourceColor::IccZlib(stream) => parse(&unpack(stream, budget)?, layout).map(Some),
        SourceColor::Cicp { primaries: 1, transfer: 13 } => Ok(None),
        SourceColor::Cicp { primaries, transfer } => {
            let profile = code_points(*primaries, *transfer).ok_or_else(|| {
                reason(format!("unknown code points: primaries {primaries}, transfer {transfer}"))
            })?;
            fitted(profile, layout).map(Some)
        }
        SourceColor::Gamma { gamma, chromaticities } => match gamma_profile(*gamma, *chromaticities) {
            Some(profile) => fitted(profile, layout).map(Some),
            None => Ok(None),
        },
    }
}

/// A gray space with sRGB's transfer curve.
pub(super) fn srgb_gray() -> ColorProfile {
    let mut gray = ColorProfile::new_gray_with_gamma(2.2);
    gray.gray_trc = ColorProfile::new_srgb().green_trc;
    gray
}

fn unpack<'a>(stream: &'a [u8], budget: &mut Budget<'_>) -> Result<Cow<'a, [u8]>, Unusable> {
    budget.reserve(Stage::Color, MAX_PROFILE as u64)?;
    let bytes = zlib::unpack(stream, MAX_PROFILE).map_err(Unusable::Reason);
    budget.release(MAX_PROFILE as u64);
    bytes.map(Cow::Owned)
}

fn parse(bytes: &[u8], layout: Layout) -> Result<Stated, Unusable> {
    if bytes.len() > MAX_PROFILE {
        return Err(Unusable::Reason(format!(
            "it has {} bytes, at most {MAX_PROFILE} are read",
            bytes.len()
        )));
    }
    let profile = contained(Stage::Color, "the profile parser", || Ok(ColorProfile::new_from_slice(bytes)))
        .map_err(|error| Unusable::Reason(error.to_string()))?
        .map_err(|error| Unusable::Reason(error.to_string()))?;
    let profile = fit_to_layout(profile, layout)?;
    Ok(Stated { profile, icc: bytes.to_vec() })
}

/// A profile of our own making, with its ICC form.
fn fitted(profile: ColorProfile, layout: Layout) -> Result<Stated, Unusable> {
    let profile = fit_to_layout(profile, layout)?;
    let mut icc = profile.encode().map_err(|error| Unusable::Reason(error.to_string()))?;
    // The encoder writes the time of day; the same picture must give the same bytes at any.
    if let Some(created) = icc.get_mut(CREATED) {
        created.copy_from_slice(&EPOCH);
    }
    Ok(Stated { profile, icc })
}

/// Where an ICC header holds its date (ICC.1:2022 section 7.2.8), and the first second of 2000 as it is written there.
const CREATED: Range<usize> = 24..36;
const EPOCH: [u8; 12] = [0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

/// Refuses a profile for other colorants than the pixels have. Gray pixels in an RGB space are its neutral axis.
fn fit_to_layout(profile: ColorProfile, layout: Layout) -> Result<ColorProfile, Unusable> {
    let (space, pixels) = (profile.color_space, layout_name(layout));
    match (space, layout) {
        (DataColorSpace::Gray, Layout::Gray | Layout::GrayAlpha)
        | (DataColorSpace::Rgb, Layout::Rgb | Layout::Rgba)
        | (DataColorSpace::Cmyk, Layout::Cmyk) => Ok(profile),
        (DataColorSpace::Rgb, Layout::Gray | Layout::GrayAlpha) if profile.green_trc.is_some() => {
            let mut gray = srgb_gray();
            gray.gray_trc = profile.green_trc;
            Ok(gray)
        }
        _ => Err(Unusable::Reason(format!("it is for {space:?}, the pixels are {pixels}"))),
    }
}

fn layout_name(layout: Layout) -> &'static str {
    match layout {
        Layout::Gray | Layout::GrayAlpha => "gray",
        Layout::Rgb | Layout::Rgba => "RGB",
        Layout::Cmyk => "CMYK",
    }
}

fn code_points(primaries: u8, transfer: u8) -> Option<ColorProfile> {
    let code_points = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    let profile = ColorProfile::new_from_cicp(code_points);
    profile.red_trc.is_some().then_some(profile)
}

/// sRGB's gamma as encoders write it in gAMA, times 100 000.
const SRGB_GAMMA: u32 = 45_455;

/// sRGB's chromaticities as encoders write them in cHRM, times 100 000.
const SRGB_CHROMATICITIES: [u32; 8] = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];

/// The profile that gAMA and cHRM state, or `None` where that is sRGB: files say "1/2.2" and mean its curve.
fn gamma_profile(gamma: Option<u32>, chromaticities: Option<[u32; 8]>) -> Option<ColorProfile> {
    let gamma = gamma.filter(|gamma| gamma.abs_diff(SRGB_GAMMA) > 500);
    let chromaticities = chromaticities.filter(|stated| {
        stated.iter().zip(SRGB_CHROMATICITIES).any(|(stated, srgb)| stated.abs_diff(srgb) > 200)
    });
    if gamma.is_none() && chromaticities.is_none() {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    // The code points would still say sRGB.
    profile.cicp = None;
    if let Some(points) = chromaticities {
        #[expect(clippy::cast_precision_loss, reason = "chromaticities are below 1, five digits")]
        let [wx, wy, rx, ry, gx, gy, bx, by] = points.map(|value| value as f32 / 100_000.0);
        if [wy, ry, gy, by].contains(&0.0) {
            return None;
        }
        let point = |x, y| Chromaticity { x, y };
        let primaries = ColorPrimaries { red: point(rx, ry), green: point(gx, gy), blue: point(bx, by) };
        profile.update_rgb_colorimetry(point(wx, wy).to_xyyb(), primaries);
    }
    if let Some(gamma) = gamma {
        #[expect(clippy::cast_possible_truncation, reason = "a curve's exponent")]
        let exponent = (100_000.0 / f64::from(gamma)) as f32;
        let curve = || Some(ToneReprCurve::Parametric(vec![exponent]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve(), curve(), curve());
    }
    Some(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_of_our_own_does_not_tell_the_time() {
        let linear = gamma_profile(Some(100_000), None).unwrap();
        let Ok(Stated { icc, .. }) = fitted(linear, Layout::Rgb) else { panic!("a profile") };
        assert_eq!(icc[CREATED], EPOCH);
        assert_eq!(icc[36..40], *b"acsp");
    }
}
