//! CMYK to sRGB: through a profile with black point compensation, or by the plain formula without
//! one.
//!
//! In: ink coverage (0 is none, 255 full). Out: 8-bit RGB. Must not know where the pixels came
//! from.

use std::sync::Arc;

use moxcms::{
    CmsError, ColorProfile, Layout as Channels, ProfileVersion, ToneReprCurve, TransformF32Executor,
    TransformOptions,
};

use super::levels::{Levels, encode, level, levels};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::render::frame::{Image, Layout, Samples, multiply};

/// A transform to sRGB with black point compensation.
///
/// The compensation (ISO 18619) maps the source's black to sRGB's black by a linear scaling of XYZ.
/// Because black points and white are neutral, this equals the same scaling of each linear RGB
/// component, which a table can do after the transform.
pub(crate) struct CmykTransform {
    transform: Arc<TransformF32Executor>,
    /// The output level for each transformed component, quantized to 16 bits.
    levels: Box<Levels>,
}

/// The black point's luminance in the perceptual intent of version 4 (ICC.1:2022 section 6.3.4.3).
const PERCEPTUAL_BLACK: f64 = 0.003_473_1;

/// The luminance of L* = 50: nothing lighter is taken as black.
const LIGHTEST_BLACK: f64 = 0.184_186_5;

impl CmykTransform {
    pub(super) fn new(
        profile: &ColorProfile,
        srgb: &ColorProfile,
        options: TransformOptions,
    ) -> Result<Self, CmsError> {
        // The 16-bit transform of four channels always returns white (moxcms 0.8.1).
        let transform = profile.create_transform_f32(Channels::Rgba, srgb, Channels::Rgb, options)?;
        let black = black_luminance(profile, options)?;
        let compensated = levels(|light| encode(light * (1.0 - black) + black));
        Ok(Self { transform, levels: compensated })
    }

    pub(super) fn apply(
        &self,
        cmyk: &[u8],
        target: &mut [u8],
        budget: &mut Budget<'_>,
    ) -> Result<Result<(), CmsError>> {
        let chunk_pixels = CHUNK_PIXELS.min(cmyk.len() / 4);
        let mut wide = budget.zeroed::<f32>(Stage::Color, chunk_pixels * 4)?;
        let mut rgb = budget.zeroed::<f32>(Stage::Color, chunk_pixels * 3)?;
        for (cmyk, target) in cmyk.chunks(CHUNK_PIXELS * 4).zip(target.chunks_mut(CHUNK_PIXELS * 3)) {
            budget.check_interrupt(Stage::Color)?;
            let (wide, rgb) = (&mut wide[..cmyk.len()], &mut rgb[..target.len()]);
            wide.iter_mut().zip(cmyk).for_each(|(wide, ink)| *wide = f32::from(*ink) / 255.0);
            if let Err(error) = self.transform.transform(wide, rgb) {
                return Ok(Err(error));
            }
            target.iter_mut().zip(rgb).for_each(|(to, from)| *to = level(&self.levels, *from));
        }
        budget.release((chunk_pixels * 28) as u64);
        Ok(Ok(()))
    }
}

/// Pixels converted at once, between interrupt checks.
const CHUNK_PIXELS: usize = 16 << 10;

/// The luminance of the source's black point, by LittleCMS's rules for the perceptual intent: that
/// of full ink coverage, or 0 if the profile has no table for that intent.
fn black_luminance(profile: &ColorProfile, options: TransformOptions) -> Result<f64, CmsError> {
    if profile.lut_a_to_b_perceptual.is_none() {
        return Ok(0.0);
    }
    if profile.version() >= ProfileVersion::V4_0 {
        return Ok(PERCEPTUAL_BLACK);
    }
    // A linear space whose gamut contains all ink colors.
    let mut linear = ColorProfile::new_pro_photo_rgb();
    linear.cicp = None;
    let curve = || Some(ToneReprCurve::Parametric(vec![1.0]));
    (linear.red_trc, linear.green_trc, linear.blue_trc) = (curve(), curve(), curve());
    let transform = profile.create_transform_f32(Channels::Rgba, &linear, Channels::Rgb, options)?;
    let mut rgb = [0.0_f32; 3];
    transform.transform(&[1.0; 4], &mut rgb)?;
    let row = linear.rgb_to_xyz_matrix().v[1];
    let luminance: f64 = row.iter().zip(rgb).map(|(part, light)| part * f64::from(light)).sum();
    Ok(luminance.clamp(0.0, LIGHTEST_BLACK))
}

/// Converts CMYK pixels without a profile by the plain formula, in which each ink absorbs its share
/// of the light and black a share of the rest. Returns other pixels unchanged.
pub(super) fn convert_naively(pixels: Image, budget: &mut Budget<'_>) -> Result<Image> {
    let (Layout::Cmyk, Samples::Eight(cmyk)) = (pixels.layout, &pixels.samples) else { return Ok(pixels) };
    let (cmyk, _) = cmyk.as_chunks::<4>();
    let mut rgb = budget.zeroed::<u8>(Stage::Color, cmyk.len() * 3)?;
    let (targets, _) = rgb.as_chunks_mut::<3>();
    for (targets, cmyk) in targets.chunks_mut(CHECK_INTERVAL).zip(cmyk.chunks(CHECK_INTERVAL)) {
        budget.check_interrupt(Stage::Color)?;
        for (target, [c, m, y, k]) in targets.iter_mut().zip(cmyk) {
            *target = [c, m, y].map(|ink| multiply(255 - ink, 255 - k));
        }
    }
    budget.release(pixels.samples.bytes());
    Ok(Image::eight(pixels.size, Layout::Rgb, rgb))
}

/// Pixels converted by the plain formula between interrupt checks.
const CHECK_INTERVAL: usize = 256 << 10;
