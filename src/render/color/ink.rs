//! CMYK -> sRGB: through a profile with black point compensation, or by the plain formula without one.
//!
//! In: ink (0 is none, 255 full). Out: 8-bit RGB. Must not know where ink came from.

use std::sync::Arc;

use moxcms::{
    CmsError, ColorProfile, Layout as Lanes, ProfileVersion, ToneReprCurve, TransformF32Executor,
    TransformOptions,
};

use super::levels::{Levels, encode, level, levels};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::render::frame::{Image, Layout, Samples, multiply};

/// A transform to sRGB, and what becomes of each of its values at 16 bits: black point compensation (ISO 18619) moves black of
/// the source to black of sRGB by a linear scaling of XYZ. Black points are neutral, and so is white: that is the same
/// scaling of each of the linear components, and can follow the transform.
pub(crate) struct Inks {
    transform: Arc<TransformF32Executor>,
    levels: Box<Levels>,
}

/// Black of a version 4 profile's perceptual intent: luminance (ICC.1:2022 section 6.3.4.3).
const PERCEPTUAL_BLACK: f64 = 0.003_473_1;

/// Luminance of L* = 50: nothing lighter is taken for black.
const LIGHTEST_BLACK: f64 = 0.184_186_5;

impl Inks {
    pub(super) fn new(
        profile: &ColorProfile,
        srgb: &ColorProfile,
        options: TransformOptions,
    ) -> Result<Self, CmsError> {
        // Not its transform of 16 bits: of four inks that one makes white, whatever they are (moxcms 0.8.1).
        let transform = profile.create_transform_f32(Lanes::Rgba, srgb, Lanes::Rgb, options)?;
        let black = black(profile, options)?;
        let compensated = levels(|light| encode(light * (1.0 - black) + black));
        Ok(Self { transform, levels: compensated })
    }

    pub(super) fn apply(
        &self,
        inks: &[u8],
        target: &mut [u8],
        budget: &mut Budget<'_>,
    ) -> Result<Result<(), CmsError>> {
        let at_once = AT_ONCE.min(inks.len() / 4);
        let mut wide = budget.zeroed::<f32>(Stage::Color, at_once * 4)?;
        let mut rgb = budget.zeroed::<f32>(Stage::Color, at_once * 3)?;
        for (inks, target) in inks.chunks(AT_ONCE * 4).zip(target.chunks_mut(AT_ONCE * 3)) {
            budget.check_interrupt(Stage::Color)?;
            let (wide, rgb) = (&mut wide[..inks.len()], &mut rgb[..target.len()]);
            wide.iter_mut().zip(inks).for_each(|(wide, ink)| *wide = f32::from(*ink) / 255.0);
            if let Err(error) = self.transform.transform(wide, rgb) {
                return Ok(Err(error));
            }
            target.iter_mut().zip(rgb).for_each(|(to, from)| *to = level(&self.levels, *from));
        }
        budget.release((at_once * 28) as u64);
        Ok(Ok(()))
    }
}

/// Pixels that are converted at once, between two looks at the clock.
const AT_ONCE: usize = 16 << 10;

/// Luminance of the source's black, by LittleCMS's rules for the perceptual intent: that of full ink; none where the profile has
/// no table of that intent.
fn black(profile: &ColorProfile, options: TransformOptions) -> Result<f64, CmsError> {
    if profile.lut_a_to_b_perceptual.is_none() {
        return Ok(0.0);
    }
    if profile.version() >= ProfileVersion::V4_0 {
        return Ok(PERCEPTUAL_BLACK);
    }
    // A space that holds any ink, in linear light.
    let mut linear = ColorProfile::new_pro_photo_rgb();
    linear.cicp = None;
    let curve = || Some(ToneReprCurve::Parametric(vec![1.0]));
    (linear.red_trc, linear.green_trc, linear.blue_trc) = (curve(), curve(), curve());
    let transform = profile.create_transform_f32(Lanes::Rgba, &linear, Lanes::Rgb, options)?;
    let mut rgb = [0.0_f32; 3];
    transform.transform(&[1.0; 4], &mut rgb)?;
    let row = linear.rgb_to_xyz_matrix().v[1];
    let luminance: f64 = row.iter().zip(rgb).map(|(part, light)| part * f64::from(light)).sum();
    Ok(luminance.clamp(0.0, LIGHTEST_BLACK))
}

/// The formula for ink whose color nothing states: each ink takes its part of the light away, and black of what is left.
pub(super) fn plain(pixels: Image, budget: &mut Budget<'_>) -> Result<Image> {
    let (Layout::Cmyk, Samples::Eight(inks)) = (pixels.layout, &pixels.samples) else { return Ok(pixels) };
    let (inks, _) = inks.as_chunks::<4>();
    let mut rgb = budget.zeroed::<u8>(Stage::Color, inks.len() * 3)?;
    let (targets, _) = rgb.as_chunks_mut::<3>();
    for (targets, inks) in targets.chunks_mut(CHECK_INTERVAL).zip(inks.chunks(CHECK_INTERVAL)) {
        budget.check_interrupt(Stage::Color)?;
        for (target, [c, m, y, k]) in targets.iter_mut().zip(inks) {
            *target = [c, m, y].map(|ink| multiply(255 - ink, 255 - k));
        }
    }
    budget.release(pixels.samples.bytes());
    Ok(Image::eight(pixels.size, Layout::Rgb, rgb))
}

/// Pixels between two looks at the clock.
const CHECK_INTERVAL: usize = 256 << 10;
