//! Converts pixels to sRGB by the color information of the source
//! ([contract section 1.3](crate::docs::contract#13-orientation-and-color)).
//!
//! In: pixels in the source's own color space, and its statements about it ([`SourceColor`]). Out:
//! sRGB pixels (gray stays gray), or unchanged ones with the profile to embed. A statement that is
//! damaged or does not fit the pixels is a warning, never an error, and the next one counts. Must
//! not know of formats, geometry or where a profile was stored.

mod cmyk;
mod fills;
mod hdr;
mod levels;
mod plan;
mod preserve;
mod profile;
mod repair;
mod transform_cache;

use std::sync::Arc;

use moxcms::{
    BarycentricWeightScale, CmsError, ColorProfile, InterpolationMethod, Layout as Channels, RenderingIntent,
    TransformExecutor, TransformOptions,
};

use self::cmyk::CmykTransform;
pub(crate) use self::fills::Fills;
pub(crate) use self::plan::{ColorStep, Plan};
use self::preserve::Preserved;
use self::profile::{ColorSpace, Profile, Unusable};
pub(crate) use self::transform_cache::TransformCache;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::options::ColorPolicy;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::Layout;
use crate::render::header::SourceColor;
use crate::render::warning::Warning;

/// What a plan must know of the output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    pub(crate) policy: ColorPolicy,
    /// Whether gray pixels are written as gray: the format has gray, and no colored background
    /// shows.
    pub(crate) gray: bool,
    pub(crate) fills: Fills,
}

impl Plan {
    /// Makes the plan for pixels of `layout`, with 16-bit samples if `sixteen`. `colors` are the
    /// source's statements in order of precedence; each that is unusable adds a warning, and the
    /// next one counts. Under `preserve`, CMYK and HDR pixels are converted all the same: the
    /// output cannot embed a profile for them.
    pub(crate) fn new(
        colors: &[SourceColor<'_>],
        (layout, sixteen): (Layout, bool),
        purpose: Purpose,
        cache: &mut TransformCache,
        warnings: &mut Vec<Warning>,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        for color in colors {
            // EXIF states this of the RGB pixels from which the CMYK pixels were made.
            if *color == SourceColor::AdobeRgb && layout == Layout::Cmyk {
                continue;
            }
            match Self::from_statement(color, (layout, sixteen), purpose, cache, budget) {
                Ok(plan) => return Ok(plan),
                Err(Unusable::Reason(reason)) => warnings.push(Warning::ProfileIgnored { reason }),
                Err(Unusable::Error(error)) => return Err(error),
            }
        }
        Ok(Self::without_profile(layout))
    }

    /// Makes the plan from one statement.
    fn from_statement(
        color: &SourceColor<'_>,
        (layout, sixteen): (Layout, bool),
        purpose: Purpose,
        cache: &mut TransformCache,
        budget: &mut Budget<'_>,
    ) -> Result<Self, Unusable> {
        let converts = purpose.policy == ColorPolicy::Srgb || layout == Layout::Cmyk;
        if converts && let Some(plan) = cache.get(color, (layout, sixteen)) {
            return Ok(plan);
        }
        let run_engine = |call: &mut dyn FnMut() -> Result<Self, CmsError>| {
            catch_panic(Stage::Color, "the color engine", || Ok(call()))
                .map_err(|error| Unusable::Reason(error.to_string()))?
                .map_err(|error| Unusable::Reason(error.to_string()))
        };
        let plan = match profile::resolve(color, layout, budget)? {
            ColorSpace::Srgb if layout == Layout::Cmyk => Self::NaiveCmyk,
            ColorSpace::Srgb => Self::Srgb,
            ColorSpace::Hdr(hdr) => Self::Hdr(Arc::new(hdr)),
            ColorSpace::Profile(profile) => {
                if !converts {
                    let plan = run_engine(&mut || Ok(Self::preserve(&profile, layout, purpose)))?;
                    if matches!(plan, Self::Preserved(_)) {
                        return Ok(plan);
                    }
                }
                let profile = profile.of(layout)?;
                run_engine(&mut || Self::transform(&profile, layout, sixteen))?
            }
        };
        if converts {
            cache.put(color, (layout, sixteen), &plan);
        }
        Ok(plan)
    }

    /// Preserves the pixels in the space of `profile`, if the output can embed it.
    fn preserve(profile: &Profile, layout: Layout, purpose: Purpose) -> Self {
        let Purpose { gray, fills, .. } = purpose;
        Preserved::new(profile, layout, gray, fills, options())
            .map_or(Self::Untagged, |preserved| Self::Preserved(Box::new(preserved)))
    }

    /// Converts from `profile` to sRGB; gray pixels stay gray.
    fn transform(profile: &ColorProfile, layout: Layout, sixteen: bool) -> Result<Self, CmsError> {
        let channels = match layout {
            Layout::Gray => Channels::Gray,
            Layout::GrayAlpha => Channels::GrayAlpha,
            Layout::Rgb => Channels::Rgb,
            Layout::Rgba => Channels::Rgba,
            Layout::Cmyk => {
                let transform = CmykTransform::new(profile, &ColorProfile::new_srgb(), options())?;
                return Ok(Self::Cmyk(Arc::new(transform)));
            }
        };
        let gray = matches!(layout, Layout::Gray | Layout::GrayAlpha);
        let srgb = if gray { profile::srgb_gray() } else { ColorProfile::new_srgb() };
        let (plan, identity) = if sixteen {
            let transform = profile.create_transform_16bit(channels, &srgb, channels, options())?;
            let identity = is_identity(&*transform, layout, 65_535, 257);
            (Self::Transform16(transform), identity)
        } else {
            let transform = profile.create_transform_8bit(channels, &srgb, channels, options())?;
            let identity = is_identity(&*transform, layout, 255, 1);
            (Self::Transform8(transform), identity)
        };
        Ok(if identity { Self::Srgb } else { plan })
    }
}

fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        interpolation_method: InterpolationMethod::Tetrahedral,
        barycentric_weight_scale: BarycentricWeightScale::High,
        ..TransformOptions::default()
    }
}

/// Whether a transform changes no color of a coarse grid by more than `tolerance`. The profile is
/// then another encoding of sRGB, and converting would only add rounding errors.
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
