//! Pixels + what the source says of their colors -> sRGB (contract section 1.3).
//!
//! In: pixels in the source's own space, and its [`SourceColor`]. Out: sRGB pixels (gray stays gray), or untouched ones
//! and the profile to embed. A damaged or unfitting profile is a warning, never an error. Must not know of formats,
//! geometry or where a profile was stored.

mod profile;

use moxcms::{
    BarycentricWeightScale, ColorProfile, InterpolationMethod, Layout as Lanes, RenderingIntent,
    TransformExecutor, TransformOptions,
};

use self::profile::Stated;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::output::ColorPolicy;
use crate::render::contain::contained;
use crate::render::pixels::{Layout, Pixels, Samples, multiply};
use crate::render::source::SourceColor;
use crate::render::warning::Warning;

/// Converts `pixels` to sRGB, or, under `preserve`, gives back the ICC profile that the output must carry instead.
pub(crate) fn convert(
    pixels: Pixels,
    color: Option<&SourceColor<'_>>,
    policy: ColorPolicy,
    warnings: &mut Vec<Warning>,
    budget: &mut Budget<'_>,
) -> Result<(Pixels, Option<Vec<u8>>)> {
    let ignored = |reason: String| Warning::ProfileIgnored { reason };
    let stated = match color.map(|color| profile::stated(color, pixels.layout, budget)) {
        None => None,
        Some(Ok(stated)) => stated,
        Some(Err(profile::Unusable::Reason(reason))) => {
            warnings.push(ignored(reason));
            None
        }
        Some(Err(profile::Unusable::Error(error))) => return Err(error),
    };
    let Some(Stated { profile, icc }) = stated else {
        return Ok((without_profile(pixels, budget)?, None));
    };
    if policy == ColorPolicy::Preserve && pixels.layout != Layout::Cmyk {
        return Ok((pixels, Some(icc)));
    }
    match transformed(&pixels, &profile, budget)? {
        Ok(Some(converted)) => {
            budget.release(pixels.samples.bytes());
            Ok((converted, None))
        }
        Ok(None) => Ok((pixels, None)),
        Err(reason) => {
            warnings.push(ignored(reason));
            Ok((without_profile(pixels, budget)?, None))
        }
    }
}

/// Pixels whose space is not stated are sRGB; ink without a profile converts by the plain formula.
fn without_profile(pixels: Pixels, budget: &mut Budget<'_>) -> Result<Pixels> {
    let (Layout::Cmyk, Samples::Eight(inks)) = (pixels.layout, &pixels.samples) else { return Ok(pixels) };
    let (inks, _) = inks.as_chunks::<4>();
    let mut rgb = budget.zeroed::<u8>(Stage::Color, inks.len() * 3)?;
    let (targets, _) = rgb.as_chunks_mut::<3>();
    for (target, [c, m, y, k]) in targets.iter_mut().zip(inks) {
        *target = [c, m, y].map(|ink| multiply(255 - ink, 255 - k));
    }
    budget.release(pixels.samples.bytes());
    Ok(Pixels::eight(pixels.size, Layout::Rgb, rgb))
}

/// A transform's outcome: pixels, or nothing to do, or why the profile cannot be used.
type Outcome = Result<Option<Pixels>, String>;

fn transformed(pixels: &Pixels, profile: &ColorProfile, budget: &mut Budget<'_>) -> Result<Outcome> {
    let (from, to, layout) = match pixels.layout {
        Layout::Gray => (Lanes::Gray, Lanes::Gray, Layout::Gray),
        Layout::GrayAlpha => (Lanes::GrayAlpha, Lanes::GrayAlpha, Layout::GrayAlpha),
        Layout::Rgb => (Lanes::Rgb, Lanes::Rgb, Layout::Rgb),
        Layout::Rgba => (Lanes::Rgba, Lanes::Rgba, Layout::Rgba),
        Layout::Cmyk => (Lanes::Rgba, Lanes::Rgb, Layout::Rgb),
    };
    let gray = matches!(pixels.layout, Layout::Gray | Layout::GrayAlpha);
    let srgb = if gray { profile::srgb_gray() } else { ColorProfile::new_srgb() };
    let options = TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        interpolation_method: InterpolationMethod::Tetrahedral,
        barycentric_weight_scale: BarycentricWeightScale::High,
        ..TransformOptions::default()
    };
    let count = pixels.samples.len() / pixels.layout.channels() * layout.channels();
    let size = pixels.size;
    contained(Stage::Color, "the color engine", || {
        let samples = match &pixels.samples {
            Samples::Eight(source) => {
                let transform = match profile.create_transform_8bit(from, &srgb, to, options) {
                    Ok(transform) => transform,
                    Err(error) => return Ok(Err(error.to_string())),
                };
                if pixels.layout != Layout::Cmyk && is_identity(&*transform, pixels.layout, 255, 1) {
                    return Ok(Ok(None));
                }
                let mut target = budget.zeroed::<u8>(Stage::Color, count)?;
                if let Err(error) = transform.transform(source, &mut target) {
                    return Ok(Err(error.to_string()));
                }
                Samples::Eight(target)
            }
            Samples::Sixteen(source) => {
                let transform = match profile.create_transform_16bit(from, &srgb, to, options) {
                    Ok(transform) => transform,
                    Err(error) => return Ok(Err(error.to_string())),
                };
                if is_identity(&*transform, pixels.layout, 65_535, 257) {
                    return Ok(Ok(None));
                }
                let mut target = budget.zeroed::<u16>(Stage::Color, count)?;
                if let Err(error) = transform.transform(source, &mut target) {
                    return Ok(Err(error.to_string()));
                }
                Samples::Sixteen(target)
            }
        };
        Ok(Ok(Some(Pixels { size, layout, samples })))
    })
}

/// Whether a transform changes no color of a coarse grid by more than `tolerance`: the profile is sRGB by another name,
/// and converting would only add rounding errors.
fn is_identity<T>(transform: &dyn TransformExecutor<T>, layout: Layout, max: u32, tolerance: u32) -> bool
where
    T: TryFrom<u32> + Into<u32> + Copy + Default,
{
    const STEPS: u32 = 6;
    let level = |step: u32| T::try_from(step * max / (STEPS - 1)).unwrap_or_default();
    let alpha = level(STEPS - 1);
    let mut grid = Vec::new();
    for (a, b, c) in
        (0..STEPS.pow(3)).map(|i| (level(i % STEPS), level(i / STEPS % STEPS), level(i / STEPS / STEPS)))
    {
        match layout {
            Layout::Gray => grid.push(a),
            Layout::GrayAlpha => grid.extend([a, alpha]),
            Layout::Rgb => grid.extend([a, b, c]),
            Layout::Rgba | Layout::Cmyk => grid.extend([a, b, c, alpha]),
        }
    }
    let mut converted = vec![T::default(); grid.len()];
    let near = |(a, b): (&T, &T)| Into::<u32>::into(*a).abs_diff((*b).into()) <= tolerance;
    transform.transform(&grid, &mut converted).is_ok() && grid.iter().zip(&converted).all(near)
}
