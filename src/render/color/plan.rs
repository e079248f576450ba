//! [`Plan`]: the color conversion of one picture, and its execution.
//!
//! In: a plan and the pixels that it was made for. Out: sRGB pixels, or unchanged ones with the
//! profile to embed. Must not know how the source stated its colors.

use std::fmt;
use std::sync::Arc;

use moxcms::{CmsError, Transform8BitExecutor, Transform16BitExecutor, TransformExecutor};

use super::cmyk::{self, CmykTransform};
use super::fills::Fills;
use super::hdr::HdrTransform;
use super::preserve::Preserved;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Samples};
use crate::render::header::OutputColor;
use crate::render::warning::Warning;

/// How the colors of pixels of one layout and depth are converted.
#[derive(Clone)]
pub(crate) enum Plan {
    /// There is no usable profile: samples are unchanged and taken as sRGB.
    Untagged,
    /// The pixels are sRGB already: samples are unchanged.
    Srgb,
    /// Samples are unchanged, and the output embeds their profile.
    Preserved(Box<Preserved>),
    /// CMYK without a profile, converted by the plain formula.
    NaiveCmyk,
    /// A transform to sRGB, for 8-bit samples.
    Transform8(Arc<Transform8BitExecutor>),
    /// A transform to sRGB, for 16-bit samples.
    Transform16(Arc<Transform16BitExecutor>),
    /// CMYK with a profile.
    Cmyk(Arc<CmykTransform>),
    /// PQ or HLG.
    Hdr(Arc<HdrTransform>),
}

/// What a plan does, without the transform that does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColorStep {
    AssumeSrgb,
    Srgb,
    Preserve,
    CmykByFormula,
    CmykByProfile,
    Convert,
    ToneMap,
}

impl fmt::Display for ColorStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AssumeSrgb => "unchanged, assumed to be sRGB",
            Self::Srgb => "unchanged, sRGB",
            Self::Preserve => "unchanged, with its profile",
            Self::CmykByFormula => "CMYK to sRGB by formula",
            Self::CmykByProfile => "CMYK to sRGB by profile",
            Self::Convert => "converted to sRGB",
            Self::ToneMap => "HDR tone mapped to sRGB",
        })
    }
}

impl Plan {
    /// The plan if the source has no profile, or none that is usable: pixels are taken as sRGB.
    pub(super) fn without_profile(layout: Layout) -> Self {
        if layout == Layout::Cmyk { Self::NaiveCmyk } else { Self::Untagged }
    }

    /// What the plan does, for a reader.
    pub(crate) fn step(&self) -> ColorStep {
        match self {
            Self::Untagged => ColorStep::AssumeSrgb,
            Self::Srgb => ColorStep::Srgb,
            Self::Preserved(_) => ColorStep::Preserve,
            Self::NaiveCmyk => ColorStep::CmykByFormula,
            Self::Cmyk(_) => ColorStep::CmykByProfile,
            Self::Transform8(_) | Self::Transform16(_) => ColorStep::Convert,
            Self::Hdr(_) => ColorStep::ToneMap,
        }
    }

    /// Whether the plan leaves all samples unchanged.
    pub(crate) fn keeps_samples(&self) -> bool {
        matches!(self, Self::Untagged | Self::Srgb | Self::Preserved(_))
    }

    /// The colors around and behind the pixels in the preserved color space; none if the output is
    /// sRGB, or none shows.
    pub(crate) fn fills(&self) -> Fills {
        if let Self::Preserved(preserved) = self { preserved.fills } else { Fills::default() }
    }

    /// The color space of the output after this plan was applied.
    pub(crate) fn output(self) -> OutputColor {
        match self {
            Self::Untagged => OutputColor { icc: None, srgb: false },
            Self::Preserved(preserved) => OutputColor { icc: Some(preserved.icc), srgb: false },
            _ => OutputColor { icc: None, srgb: true },
        }
    }

    /// Converts `pixels`, which must have the layout and depth that the plan was made for. If the
    /// profile's transform fails, warns and converts as if there were no profile.
    pub(crate) fn apply(
        self,
        pixels: Image,
        warnings: &mut Vec<Warning>,
        budget: &mut Budget<'_>,
    ) -> Result<(Image, OutputColor)> {
        let layout = if pixels.layout == Layout::Cmyk { Layout::Rgb } else { pixels.layout };
        let channels = (pixels.layout.channels(), layout.channels());
        let count = pixels.samples.len() / channels.0 * channels.1;
        let converted = catch_panic(Stage::Color, "the color engine", || {
            Ok(match (&self, &pixels.samples) {
                (Self::Transform8(transform), Samples::Eight(source)) => {
                    let mut target = budget.zeroed::<u8>(Stage::Color, count)?;
                    convert(&**transform, (source, &mut target), channels, budget)?
                        .map(|()| Some(Samples::Eight(target)))
                }
                (Self::Transform16(transform), Samples::Sixteen(source)) => {
                    let mut target = budget.zeroed::<u16>(Stage::Color, count)?;
                    convert(&**transform, (source, &mut target), channels, budget)?
                        .map(|()| Some(Samples::Sixteen(target)))
                }
                (Self::Cmyk(cmyk), Samples::Eight(source)) => {
                    let mut target = budget.zeroed::<u8>(Stage::Color, count)?;
                    cmyk.apply(source, &mut target, budget)?.map(|()| Some(Samples::Eight(target)))
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
            (Ok(None), Self::Preserved(preserved)) => {
                Ok((preserved.apply(pixels, budget)?, Self::Preserved(preserved).output()))
            }
            (Ok(None), Self::NaiveCmyk) => {
                Ok((cmyk::convert_naively(pixels, budget)?, Self::NaiveCmyk.output()))
            }
            (Ok(None), plan) => Ok((pixels, plan.output())),
            (Err(error), _) => {
                warnings.push(Warning::ProfileIgnored { reason: error.to_string() });
                let plan = Self::without_profile(pixels.layout);
                Ok((cmyk::convert_naively(pixels, budget)?, plan.output()))
            }
        }
    }
}

/// Pixels converted between interrupt checks; a multiple of the vector width.
const CHECK_INTERVAL: usize = 256 << 10;

/// Runs a transform from pixels of `from` channels to pixels of `to` channels.
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
