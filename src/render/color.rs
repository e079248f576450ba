//! Pixels + what the source states of their colors -> sRGB (contract section 1.3).
//!
//! In: pixels in the source's own space, and its statements ([`SourceColor`]). Out: sRGB pixels (gray stays gray), or untouched
//! ones with the profile to embed. A statement that is damaged or does not fit is a warning, never an error; the next one counts.
//! Must not know of formats, geometry or where a profile was stored.

mod hdr;
mod ink;
mod kept;
mod levels;
mod profile;
mod repair;
mod transform_cache;

use std::fmt;
use std::sync::Arc;

use moxcms::{
    BarycentricWeightScale, CmsError, ColorProfile, InterpolationMethod, Layout as Lanes, RenderingIntent,
    Transform8BitExecutor, Transform16BitExecutor, TransformExecutor, TransformOptions,
};

use self::hdr::Hdr;
use self::ink::Inks;
use self::kept::Kept;
use self::profile::{Profile, Stated, Unusable};
pub(crate) use self::transform_cache::TransformCache;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::options::{Color, ColorPolicy};
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Samples};
use crate::render::header::{OutputColor, SourceColor};
use crate::render::warning::Warning;

/// What is to become of the colors of pixels of one layout and depth.
#[derive(Clone)]
pub(crate) enum Plan {
    /// Nothing is stated that can be used: samples stay what they are, and are taken as sRGB.
    Unstated,
    /// They are sRGB: samples stay what they are.
    Srgb,
    /// Samples stay what they are, in the space of a profile that the output carries.
    Kept(Box<Kept>),
    /// Ink without a profile converts by the plain formula.
    Ink,
    /// A transform to sRGB.
    Eight(Arc<Transform8BitExecutor>),
    Sixteen(Arc<Transform16BitExecutor>),
    Inks(Arc<Inks>),
    Hdr(Arc<Hdr>),
}

/// What happens to colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColorStep {
    AssumeSrgb,
    Srgb,
    Preserve,
    InkFormula,
    ConvertInk,
    Convert,
    ToneMap,
}

impl fmt::Display for ColorStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AssumeSrgb => "unchanged, assumed to be sRGB",
            Self::Srgb => "unchanged, sRGB",
            Self::Preserve => "unchanged, with its profile",
            Self::InkFormula => "CMYK to sRGB by formula",
            Self::ConvertInk => "CMYK to sRGB by profile",
            Self::Convert => "converted to sRGB",
            Self::ToneMap => "HDR tone mapped to sRGB",
        })
    }
}

/// What the plan is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    pub(crate) policy: ColorPolicy,
    /// Whether gray pixels are written as gray: the format has gray, and no color is put under or around them.
    pub(crate) gray: bool,
    /// The background, if any of it shows: sRGB.
    pub(crate) fill: Option<Color>,
}

impl Plan {
    /// For pixels of `layout`, of 16 bits if `sixteen`. Under `preserve`, pixels are kept in a space that the output can carry a
    /// profile of: not ink, not HDR.
    pub(crate) fn new(
        colors: &[SourceColor<'_>],
        (layout, sixteen): (Layout, bool),
        purpose: Purpose,
        known: &mut TransformCache,
        warnings: &mut Vec<Warning>,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        for color in colors {
            // EXIF states it of RGB; the RGB that ink once was made of is gone.
            if *color == SourceColor::AdobeRgb && layout == Layout::Cmyk {
                continue;
            }
            match Self::by(color, (layout, sixteen), purpose, known, budget) {
                Ok(plan) => return Ok(plan),
                Err(Unusable::Reason(reason)) => warnings.push(Warning::ProfileIgnored { reason }),
                Err(Unusable::Error(error)) => return Err(error),
            }
        }
        Ok(Self::without_profile(layout))
    }

    /// By one statement.
    fn by(
        color: &SourceColor<'_>,
        (layout, sixteen): (Layout, bool),
        purpose: Purpose,
        known: &mut TransformCache,
        budget: &mut Budget<'_>,
    ) -> Result<Self, Unusable> {
        let converts = purpose.policy == ColorPolicy::Srgb || layout == Layout::Cmyk;
        if converts && let Some(plan) = known.get(color, (layout, sixteen)) {
            return Ok(plan);
        }
        let engine = |made: &mut dyn FnMut() -> Result<Self, CmsError>| {
            catch_panic(Stage::Color, "the color engine", || Ok(made()))
                .map_err(|error| Unusable::Reason(error.to_string()))?
                .map_err(|error| Unusable::Reason(error.to_string()))
        };
        let plan = match profile::stated(color, layout, budget)? {
            Stated::Srgb if layout == Layout::Cmyk => Self::Ink,
            Stated::Srgb => Self::Srgb,
            Stated::Hdr(hdr) => Self::Hdr(Arc::new(hdr)),
            Stated::Profile(profile) => {
                if !converts {
                    let kept = engine(&mut || Ok(Self::kept(&profile, layout, purpose)))?;
                    if matches!(kept, Self::Kept(_)) {
                        return Ok(kept);
                    }
                }
                let fitting = profile.of(layout)?;
                engine(&mut || Self::transform(&fitting, layout, sixteen))?
            }
        };
        if converts {
            known.put(color, (layout, sixteen), &plan);
        }
        Ok(plan)
    }

    /// What is done where no profile is stated, or none that can be used: pixels are taken for sRGB.
    fn without_profile(layout: Layout) -> Self {
        if layout == Layout::Cmyk { Self::Ink } else { Self::Unstated }
    }

    /// Keeps the pixels in the space of `profile`, if the output can carry it.
    fn kept(profile: &Profile, layout: Layout, purpose: Purpose) -> Self {
        let Purpose { gray, fill, .. } = purpose;
        Kept::new(profile, layout, gray, fill, options())
            .map_or(Self::Unstated, |kept| Self::Kept(Box::new(kept)))
    }

    fn transform(profile: &ColorProfile, layout: Layout, sixteen: bool) -> Result<Self, CmsError> {
        let lanes = match layout {
            Layout::Gray => Lanes::Gray,
            Layout::GrayAlpha => Lanes::GrayAlpha,
            Layout::Rgb => Lanes::Rgb,
            Layout::Rgba => Lanes::Rgba,
            Layout::Cmyk => {
                return Ok(Self::Inks(Arc::new(Inks::new(profile, &ColorProfile::new_srgb(), options())?)));
            }
        };
        let gray = matches!(layout, Layout::Gray | Layout::GrayAlpha);
        let srgb = if gray { profile::srgb_gray() } else { ColorProfile::new_srgb() };
        let (plan, identity) = if sixteen {
            let transform = profile.create_transform_16bit(lanes, &srgb, lanes, options())?;
            let identity = is_identity(&*transform, layout, 65_535, 257);
            (Self::Sixteen(transform), identity)
        } else {
            let transform = profile.create_transform_8bit(lanes, &srgb, lanes, options())?;
            let identity = is_identity(&*transform, layout, 255, 1);
            (Self::Eight(transform), identity)
        };
        Ok(if identity { Self::Srgb } else { plan })
    }

    /// What it does, for a reader.
    pub(crate) fn step(&self) -> ColorStep {
        match self {
            Self::Unstated => ColorStep::AssumeSrgb,
            Self::Srgb => ColorStep::Srgb,
            Self::Kept(_) => ColorStep::Preserve,
            Self::Ink => ColorStep::InkFormula,
            Self::Inks(_) => ColorStep::ConvertInk,
            Self::Eight(_) | Self::Sixteen(_) => ColorStep::Convert,
            Self::Hdr(_) => ColorStep::ToneMap,
        }
    }

    /// Whether samples stay what they are.
    pub(crate) fn keeps(&self) -> bool {
        matches!(self, Self::Unstated | Self::Srgb | Self::Kept(_))
    }

    /// The background in the space that pixels are kept in; `None` if that is sRGB, or if none of it shows.
    pub(crate) fn fill(&self) -> Option<Color> {
        if let Self::Kept(kept) = self { kept.fill } else { None }
    }

    /// What the output has to say of its colors once the plan was carried out.
    pub(crate) fn output(self) -> OutputColor {
        match self {
            Self::Unstated => OutputColor { icc: None, srgb: false },
            Self::Kept(kept) => OutputColor { icc: Some(kept.icc), srgb: false },
            _ => OutputColor { icc: None, srgb: true },
        }
    }

    /// Converts `pixels`, which must be such as the plan was made for.
    pub(crate) fn apply(
        self,
        pixels: Image,
        warnings: &mut Vec<Warning>,
        budget: &mut Budget<'_>,
    ) -> Result<(Image, OutputColor)> {
        let layout = if pixels.layout == Layout::Cmyk { Layout::Rgb } else { pixels.layout };
        let lanes = (pixels.layout.channels(), layout.channels());
        let count = pixels.samples.len() / lanes.0 * lanes.1;
        let converted = catch_panic(Stage::Color, "the color engine", || {
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
                (Self::Inks(inks), Samples::Eight(source)) => {
                    let mut target = budget.zeroed::<u8>(Stage::Color, count)?;
                    inks.apply(source, &mut target, budget)?.map(|()| Some(Samples::Eight(target)))
                }
                (Self::Hdr(hdr), _) => Ok(Some(hdr.apply(&pixels, budget)?)),
                _ => Ok(None),
            })
        })?;
        match (converted, self) {
            (Ok(Some(samples)), plan) => {
                budget.release(pixels.samples.bytes());
                Ok((Image { size: pixels.size, layout, samples }, plan.output()))
            }
            (Ok(None), Self::Kept(kept)) => Ok((kept.apply(pixels, budget)?, Self::Kept(kept).output())),
            (Ok(None), Self::Ink) => Ok((ink::plain(pixels, budget)?, Self::Ink.output())),
            (Ok(None), plan) => Ok((pixels, plan.output())),
            (Err(error), _) => {
                warnings.push(Warning::ProfileIgnored { reason: error.to_string() });
                let plan = Self::without_profile(pixels.layout);
                Ok((ink::plain(pixels, budget)?, plan.output()))
            }
        }
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

/// Pixels between two looks at the clock; a multiple of what vectors hold.
const CHECK_INTERVAL: usize = 256 << 10;

/// Runs a transform from pixels of so many channels to others.
fn convert<T: Copy + Default>(
    transform: &dyn TransformExecutor<T>,
    (source, target): (&[T], &mut [T]),
    (from, to): (usize, usize),
    budget: &Budget<'_>,
) -> Result<Result<(), CmsError>> {
    for (source, target) in source.chunks(CHECK_INTERVAL * from).zip(target.chunks_mut(CHECK_INTERVAL * to)) {
        budget.check_interrupt(Stage::Color)?;
        if let Err(error) = transform.transform(source, target) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
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
