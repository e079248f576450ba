//! [`SourceColor`] -> a profile that fits the pixels.
//!
//! In: ICC bytes, code points, gamma and chromaticities, or the name of a space. Out: a parsed profile, and the form in
//! which it can be embedded. Must not know what the profile is used for.

use std::borrow::Cow;
use std::ops::Range;

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, CmsError, ColorPrimaries, ColorProfile, DataColorSpace,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics,
};

use super::hdr::{Hdr, Transfer};
use super::repair;
use crate::error::{Error, Stage};
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::Layout;
use crate::render::header::SourceColor;
use crate::render::zlib;

/// A profile larger than this is not taken for one: the largest known CMYK profiles have a few megabytes.
const MAX_PROFILE: usize = 8 << 20;

/// The space that a source states.
pub(super) enum Stated {
    Srgb,
    /// PQ or HLG.
    Hdr(Hdr),
    Profile(Box<Profile>),
}

/// A profile that fits the pixels: of the same colorants, or RGB for gray ones, which are its neutral axis.
pub(super) struct Profile {
    pub(super) profile: ColorProfile,
    /// The bytes that were embedded; `None` for a profile that was made here of another statement.
    embedded: Option<Vec<u8>>,
}

impl Profile {
    /// The profile as pixels of `layout` are converted by it: the neutral axis of an RGB profile for gray ones.
    pub(super) fn of(&self, layout: Layout) -> Result<Cow<'_, ColorProfile>, Unusable> {
        axis(&self.profile, layout)
    }

    /// The bytes to embed in a file of gray pixels if `gray`, else of RGB ones, and the profile that they hold; `None` if
    /// there is no such profile: a gray one is not for RGB pixels, an embedded RGB one not for gray pixels.
    pub(super) fn embeddable(&self, gray: bool) -> Option<(Vec<u8>, Cow<'_, ColorProfile>)> {
        let is_gray = self.profile.color_space == DataColorSpace::Gray;
        match &self.embedded {
            Some(icc) if is_gray == gray => Some((icc.clone(), Cow::Borrowed(&self.profile))),
            Some(_) => None,
            None => {
                let layout = if gray { Layout::Gray } else { Layout::Rgb };
                let profile = axis(&self.profile, layout).ok()?;
                Some((encoded(&profile).ok()?, profile))
            }
        }
    }
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

/// The space that `color` states for pixels of `layout`.
pub(super) fn stated(
    color: &SourceColor<'_>,
    layout: Layout,
    budget: &mut Budget<'_>,
) -> Result<Stated, Unusable> {
    let reason = |text: String| Unusable::Reason(text);
    let (profile, embedded) = match color {
        SourceColor::Damaged(text) => return Err(reason(text.clone())),
        SourceColor::Srgb | SourceColor::Cicp { primaries: 1, transfer: 13 } => return Ok(Stated::Srgb),
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
            None => return Ok(Stated::Srgb),
        },
        SourceColor::AdobeRgb => (ColorProfile::new_adobe_rgb(), None),
    };
    if let Some(hdr) = hdr_of(&profile).filter(|_| layout != Layout::Cmyk) {
        return Ok(Stated::Hdr(hdr));
    }
    axis(&profile, layout)?;
    Ok(Stated::Profile(Box::new(Profile { profile, embedded })))
}

/// PQ or HLG, where code points say so: of a cICP chunk, or in an ICC profile (ICC.1:2022 section 9.2.17), whose curves
/// are those of the peak.
fn hdr_of(profile: &ColorProfile) -> Option<Hdr> {
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
    space.red_trc.is_some().then(|| Hdr::new(transfer, space.rgb_to_xyz_matrix().v))
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

fn parse(bytes: &[u8]) -> Result<(ColorProfile, Option<Vec<u8>>), Unusable> {
    if bytes.len() > MAX_PROFILE {
        return Err(Unusable::Reason(format!(
            "it has {} bytes, at most {MAX_PROFILE} are read",
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

/// The ICC form of a profile of our own making.
fn encoded(profile: &ColorProfile) -> Result<Vec<u8>, CmsError> {
    let mut icc = profile.encode()?;
    // The encoder writes the time of day; the same picture must give the same bytes at any.
    if let Some(created) = icc.get_mut(CREATED) {
        created.copy_from_slice(&EPOCH);
    }
    Ok(icc)
}

/// Where an ICC header holds its date (ICC.1:2022 section 7.2.8), and the first second of 2000 as it is written there.
const CREATED: Range<usize> = 24..36;
const EPOCH: [u8; 12] = [0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

/// Refuses a profile for other colorants than the pixels have. Gray pixels in an RGB space are its neutral axis.
fn axis(profile: &ColorProfile, layout: Layout) -> Result<Cow<'_, ColorProfile>, Unusable> {
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
        let icc = encoded(&linear).unwrap();
        assert_eq!(icc[CREATED], EPOCH);
        assert_eq!(icc[36..40], *b"acsp");
    }
}
