//! Pixels + what the source says of their colors -> sRGB (contract section 1.3).
//!
//! In: pixels in the source's own space, and its [`SourceColor`]. Out: sRGB pixels (gray stays gray), or untouched ones
//! and the profile to embed. A damaged or unfitting profile is a warning, never an error. Must not know of formats,
//! geometry or where a profile was stored.

mod known;
mod profile;

use std::sync::Arc;

use moxcms::{
    BarycentricWeightScale, CmsError, ColorProfile, InterpolationMethod, Layout as Lanes, RenderingIntent,
    Transform8BitExecutor, Transform16BitExecutor, TransformExecutor, TransformOptions,
};

pub(crate) use self::known::Known;
use self::profile::Stated;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::output::ColorPolicy;
use crate::render::contain::contained;
use crate::render::pixels::{Layout, Pixels, Samples, multiply};
use crate::render::source::SourceColor;
use crate::render::warning::Warning;

/// What is to become of the colors of pixels of one layout and depth.
#[derive(Clone)]
pub(crate) enum Plan {
    /// Samples stay what they are; the ICC profile that the output must carry, if any.
    Keep(Option<Vec<u8>>),
    /// Ink without a profile converts by the plain formula.
    Ink,
    /// A transform to sRGB.
    Eight(Arc<Transform8BitExecutor>),
    Sixteen(Arc<Transform16BitExecutor>),
}

impl Plan {
    /// For pixels of `layout`, of 16 bits if `sixteen`. Under `preserve`, profiles are kept, but of ink.
    pub(crate) fn new(
        color: Option<&SourceColor<'_>>,
        (layout, sixteen): (Layout, bool),
        policy: ColorPolicy,
        known: &mut Known,
        warnings: &mut Vec<Warning>,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let Some(color) = color else { return Ok(Self::without_profile(layout)) };
        let converts = policy == ColorPolicy::Srgb || layout == Layout::Cmyk;
        if converts && let Some(plan) = known.get(color, (layout, sixteen)) {
            return Ok(plan);
        }
        let (profile, icc) = match profile::stated(color, layout, budget) {
            Ok(Some(Stated { profile, icc })) => (profile, icc),
            Ok(None) => return Ok(Self::without_profile(layout)),
            Err(profile::Unusable::Reason(reason)) => {
                warnings.push(Warning::ProfileIgnored { reason });
                return Ok(Self::without_profile(layout));
            }
            Err(profile::Unusable::Error(error)) => return Err(error),
        };
        if !converts {
            return Ok(Self::Keep(Some(icc)));
        }
        let made =
            contained(Stage::Color, "the color engine", || Ok(Self::transform(&profile, layout, sixteen)))?;
        match made {
            Ok(plan) => {
                known.put(color, (layout, sixteen), &plan);
                Ok(plan)
            }
            Err(error) => {
                warnings.push(Warning::ProfileIgnored { reason: error.to_string() });
                Ok(Self::without_profile(layout))
            }
        }
    }

    /// What is done where no profile is stated, or none that can be used: pixels are taken for sRGB.
    fn without_profile(layout: Layout) -> Self {
        if layout == Layout::Cmyk { Self::Ink } else { Self::Keep(None) }
    }

    fn transform(profile: &ColorProfile, layout: Layout, sixteen: bool) -> Result<Self, CmsError> {
        let (from, to) = match layout {
            Layout::Gray => (Lanes::Gray, Lanes::Gray),
            Layout::GrayAlpha => (Lanes::GrayAlpha, Lanes::GrayAlpha),
            Layout::Rgb => (Lanes::Rgb, Lanes::Rgb),
            Layout::Rgba => (Lanes::Rgba, Lanes::Rgba),
            Layout::Cmyk => (Lanes::Rgba, Lanes::Rgb),
        };
        let gray = matches!(layout, Layout::Gray | Layout::GrayAlpha);
        let srgb = if gray { profile::srgb_gray() } else { ColorProfile::new_srgb() };
        let options = TransformOptions {
            rendering_intent: RenderingIntent::Perceptual,
            interpolation_method: InterpolationMethod::Tetrahedral,
            barycentric_weight_scale: BarycentricWeightScale::High,
            ..TransformOptions::default()
        };
        let (plan, identity) = if sixteen {
            let transform = profile.create_transform_16bit(from, &srgb, to, options)?;
            let identity = is_identity(&*transform, layout, 65_535, 257);
            (Self::Sixteen(transform), identity)
        } else {
            let transform = profile.create_transform_8bit(from, &srgb, to, options)?;
            let identity = layout != Layout::Cmyk && is_identity(&*transform, layout, 255, 1);
            (Self::Eight(transform), identity)
        };
        Ok(if identity { Self::Keep(None) } else { plan })
    }

    /// Converts `pixels`, which must be such as the plan was made for, and gives back the profile that the output must
    /// carry.
    pub(crate) fn apply(
        self,
        pixels: Pixels,
        warnings: &mut Vec<Warning>,
        budget: &mut Budget<'_>,
    ) -> Result<(Pixels, Option<Vec<u8>>)> {
        let layout = if pixels.layout == Layout::Cmyk { Layout::Rgb } else { pixels.layout };
        let lanes = (pixels.layout.channels(), layout.channels());
        let count = pixels.samples.len() / lanes.0 * lanes.1;
        let converted = contained(Stage::Color, "the color engine", || {
            Ok(match (&self, &pixels.samples) {
                (Self::Eight(transform), Samples::Eight(source)) => {
                    let mut target = budget.zeroed::<u8>(Stage::Color, count)?;
                    convert(&**transform, (source, &mut target), lanes, budget)?
                        .map(|()| Some(Samples::Eight(target)))
                }
                (Self::Sixteen(transform), Samples::Sixteen(source)) => {
                    let mut target = budget.zeroed::<u16>(Stage::Color, count)?;
                    convert(&**transform, (source, &mut target), lanes, budget)?
                        .map(|()| Some(Samples::Sixteen(target)))
                }
                _ => Ok(None),
            })
        })?;
        match (converted, self) {
            (Ok(Some(samples)), _) => {
                budget.release(pixels.samples.bytes());
                Ok((Pixels { size: pixels.size, layout, samples }, None))
            }
            (Ok(None), Self::Keep(profile)) => Ok((pixels, profile)),
            (Ok(None), _) => Ok((without_profile(pixels, budget)?, None)),
            (Err(error), _) => {
                warnings.push(Warning::ProfileIgnored { reason: error.to_string() });
                Ok((without_profile(pixels, budget)?, None))
            }
        }
    }
}

/// Pixels between two looks at the clock; a multiple of what vectors hold.
const PATIENCE: usize = 256 << 10;

/// Runs a transform from pixels of so many channels to others.
fn convert<T: Copy + Default>(
    transform: &dyn TransformExecutor<T>,
    (source, target): (&[T], &mut [T]),
    (from, to): (usize, usize),
    budget: &Budget<'_>,
) -> Result<Result<(), CmsError>> {
    for (source, target) in source.chunks(PATIENCE * from).zip(target.chunks_mut(PATIENCE * to)) {
        budget.checkpoint(Stage::Color)?;
        if let Err(error) = transform.transform(source, target) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// Pixels whose space is not stated are sRGB; ink without a profile converts by the plain formula.
fn without_profile(pixels: Pixels, budget: &mut Budget<'_>) -> Result<Pixels> {
    let (Layout::Cmyk, Samples::Eight(inks)) = (pixels.layout, &pixels.samples) else { return Ok(pixels) };
    let (inks, _) = inks.as_chunks::<4>();
    let mut rgb = budget.zeroed::<u8>(Stage::Color, inks.len() * 3)?;
    let (targets, _) = rgb.as_chunks_mut::<3>();
    for (targets, inks) in targets.chunks_mut(PATIENCE).zip(inks.chunks(PATIENCE)) {
        budget.checkpoint(Stage::Color)?;
        for (target, [c, m, y, k]) in targets.iter_mut().zip(inks) {
            *target = [c, m, y].map(|ink| multiply(255 - ink, 255 - k));
        }
    }
    budget.release(pixels.samples.bytes());
    Ok(Pixels::eight(pixels.size, Layout::Rgb, rgb))
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
