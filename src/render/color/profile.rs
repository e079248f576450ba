//! Turns a [`SourceColor`] into a profile that fits the pixels.
//!
//! In: ICC bytes, code points, gamma and chromaticities, or the name of a color space. Out: a
//! parsed profile, and the form in which it can be embedded. Must not know what the profile is used
//! for.

use std::borrow::Cow;
use std::ops::Range;

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, CmsError, ColorPrimaries, ColorProfile, DataColorSpace,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics,
};

use super::hdr::{HdrTransform, Transfer};
use super::repair;
use crate::error::{Error, Stage};
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::Layout;
use crate::render::header::SourceColor;
use crate::render::zlib;

/// The maximum size of a profile in bytes; the largest known CMYK profiles have a few megabytes.
const MAX_PROFILE: usize = 8 << 20;

/// A color space stated by a source.
pub(super) enum ColorSpace {
    Srgb,
    /// PQ or HLG.
    Hdr(HdrTransform),
    Profile(Box<Profile>),
}

/// A profile that fits the pixels: it has the same colorants, or it is RGB and the pixels are gray,
/// on its neutral axis.
pub(super) struct Profile {
    pub(super) profile: ColorProfile,
    /// The bytes embedded in the source; `None` for a profile made here from another statement.
    embedded: Option<Vec<u8>>,
}

impl Profile {
    /// The profile for converting pixels of `layout`: for gray pixels the neutral axis of an RGB
    /// profile.
    pub(super) fn of(&self, layout: Layout) -> Result<Cow<'_, ColorProfile>, Unusable> {
        fit_to_layout(&self.profile, layout)
    }

    /// The bytes to embed in a file of gray pixels if `gray`, otherwise of RGB pixels, and the
    /// profile that they encode. `None` if the profile is of the other kind: gray for RGB pixels,
    /// or an embedded RGB profile for gray pixels.
    pub(super) fn embeddable(&self, gray: bool) -> Option<(Vec<u8>, Cow<'_, ColorProfile>)> {
        let is_gray = self.profile.color_space == DataColorSpace::Gray;
        match &self.embedded {
            Some(icc) if is_gray == gray => Some((icc.clone(), Cow::Borrowed(&self.profile))),
            Some(_) => None,
            None => {
                let layout = if gray { Layout::Gray } else { Layout::Rgb };
                let profile = fit_to_layout(&self.profile, layout).ok()?;
                Some((encode(&profile).ok()?, profile))
            }
        }
    }
}

/// Why a statement gives no [`ColorSpace`].
pub(super) enum Unusable {
    /// The profile is damaged or does not fit the pixels: a warning.
    Reason(String),
    /// The call fails.
    Error(Error),
}

impl From<Error> for Unusable {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The color space that `color` states for pixels of `layout`.
pub(super) fn resolve(
    color: &SourceColor<'_>,
    layout: Layout,
    budget: &mut Budget<'_>,
) -> Result<ColorSpace, Unusable> {
    let reason = |text: String| Unusable::Reason(text);
    let (profile, embedded) = match color {
        SourceColor::Damaged(text) => return Err(reason(text.clone())),
        SourceColor::Srgb | SourceColor::Cicp { primaries: 1, transfer: 13 } => return Ok(ColorSpace::Srgb),
        SourceColor::Icc(bytes) => parse(bytes)?,
        SourceColor::IccZlib(stream) => parse(&unpack(stream, budget)?)?,
        SourceColor::Cicp { primaries, transfer } => {
            let profile = code_points(*primaries, *transfer).ok_or_else(|| {
                reason(format!("unknown code points: primaries {primaries}, transfer {transfer}"))
            })?;
            (profile, None)
        }
        SourceColor::Gamma { gamma, chromaticities } => match gamma_profile(*gamma, *chromaticities) {
            Some(profile) => (profile, None),
            None => return Ok(ColorSpace::Srgb),
        },
        SourceColor::AdobeRgb => (ColorProfile::new_adobe_rgb(), None),
    };
    if let Some(hdr) = hdr_of(&profile).filter(|_| layout != Layout::Cmyk) {
        return Ok(ColorSpace::Hdr(hdr));
    }
    fit_to_layout(&profile, layout)?;
    Ok(ColorSpace::Profile(Box::new(Profile { profile, embedded })))
}

/// The PQ or HLG transform if code points state one: in a cICP chunk or an ICC profile (ICC.1:2022
/// section 9.2.17). The curves of such an ICC profile are scaled to the peak and are not used.
fn hdr_of(profile: &ColorProfile) -> Option<HdrTransform> {
    let stated = profile.cicp.filter(|_| profile.color_space == DataColorSpace::Rgb)?;
    let transfer = match stated.transfer_characteristics {
        TransferCharacteristics::Smpte2084 => Transfer::Pq,
        TransferCharacteristics::Hlg => Transfer::Hlg,
        _ => return None,
    };
    let space = ColorProfile::new_from_cicp(CicpProfile {
        transfer_characteristics: TransferCharacteristics::Linear,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
        color_primaries: stated.color_primaries,
    });
    space.red_trc.is_some().then(|| HdrTransform::new(transfer, space.rgb_to_xyz_matrix().v))
}

/// A gray color space with sRGB's transfer curve.
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

fn parse(bytes: &[u8]) -> Result<(ColorProfile, Option<Vec<u8>>), Unusable> {
    if bytes.len() > MAX_PROFILE {
        return Err(Unusable::Reason(format!(
            "profile has {} bytes, the maximum is {MAX_PROFILE}",
            bytes.len()
        )));
    }
    let mut bytes = bytes.to_vec();
    repair::restore_tag_types(&mut bytes);
    let profile =
        catch_panic(Stage::Color, "the profile parser", || Ok(ColorProfile::new_from_slice(&bytes)))
            .map_err(|error| Unusable::Reason(error.to_string()))?
            .map_err(|error| Unusable::Reason(error.to_string()))?;
    Ok((profile, Some(bytes)))
}

/// The ICC form of a profile that was made here.
fn encode(profile: &ColorProfile) -> Result<Vec<u8>, CmsError> {
    let mut icc = profile.encode()?;
    // The encoder writes the current time, but the same input must always give the same bytes.
    if let Some(created) = icc.get_mut(CREATED) {
        created.copy_from_slice(&EPOCH);
    }
    Ok(icc)
}

/// The creation date in an ICC header (ICC.1:2022 section 7.2.8), and the first second of 2000 in
/// its encoding.
const CREATED: Range<usize> = 24..36;
const EPOCH: [u8; 12] = [0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

/// The profile for pixels of `layout`; for gray pixels the neutral axis of an RGB profile. Fails if
/// the profile is for other colorants.
fn fit_to_layout(profile: &ColorProfile, layout: Layout) -> Result<Cow<'_, ColorProfile>, Unusable> {
    let (space, pixels) = (profile.color_space, layout_name(layout));
    match (space, layout) {
        (DataColorSpace::Gray, Layout::Gray | Layout::GrayAlpha)
        | (DataColorSpace::Rgb, Layout::Rgb | Layout::Rgba)
        | (DataColorSpace::Cmyk, Layout::Cmyk) => Ok(Cow::Borrowed(profile)),
        (DataColorSpace::Rgb, Layout::Gray | Layout::GrayAlpha) if profile.green_trc.is_some() => {
            let mut gray = srgb_gray();
            gray.gray_trc = profile.green_trc.clone();
            Ok(Cow::Owned(gray))
        }
        _ => Err(Unusable::Reason(format!("profile is for {space:?}, the pixels are {pixels}"))),
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

/// sRGB's gamma as encoders write it to gAMA, times 100,000.
const SRGB_GAMMA: u32 = 45_455;

/// sRGB's chromaticities as encoders write them to cHRM, times 100,000.
const SRGB_CHROMATICITIES: [u32; 8] = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];

/// The profile stated by gAMA and cHRM; `None` if that is sRGB. Files that state a gamma of 1/2.2
/// mean sRGB's curve.
fn gamma_profile(gamma: Option<u32>, chromaticities: Option<[u32; 8]>) -> Option<ColorProfile> {
    let gamma = gamma.filter(|gamma| gamma.abs_diff(SRGB_GAMMA) > 500);
    let chromaticities = chromaticities.filter(|stated| {
        stated.iter().zip(SRGB_CHROMATICITIES).any(|(stated, srgb)| stated.abs_diff(srgb) > 200)
    });
    if gamma.is_none() && chromaticities.is_none() {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    // The code points of the base profile would still state sRGB.
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
    fn encoded_profiles_have_a_fixed_date() {
        let linear = gamma_profile(Some(100_000), None).unwrap();
        let icc = encode(&linear).unwrap();
        assert_eq!(icc[CREATED], EPOCH);
        assert_eq!(icc[36..40], *b"acsp");
    }
}
