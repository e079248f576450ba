//! `color = preserve`: pixels that stay in their own space, in a file whose profile must be one of the written layout.
//!
//! In: the stated profile, the layout of the pixels, and what the file will be. Out: the profile to embed, pixels with the
//! channels that it is for, and the background in their space; or that there is no such profile. Must not know of formats.

use moxcms::{CmsError, ColorProfile, Layout as Lanes, TransformOptions};

use super::profile::{self, Profile};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::options::Color;
use crate::render::frame::{Image, Layout, Samples};

/// How pixels are kept.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(super) icc: Vec<u8>,
    /// Whether gray pixels become RGB, because the profile is one.
    pub(super) expand: bool,
    /// The background in the space of the pixels.
    pub(super) fill: Option<Color>,
}

impl Kept {
    /// `gray` says whether gray pixels are written as gray, `fill` is the background if any of it shows. `None` where the
    /// pixels must be converted: an embedded gray profile cannot be in a file of RGB pixels, and a background cannot be
    /// converted to a space that has only a way out.
    pub(super) fn new(
        profile: &Profile,
        layout: Layout,
        gray: bool,
        fill: Option<Color>,
        options: TransformOptions,
    ) -> Option<Self> {
        let source_gray = matches!(layout, Layout::Gray | Layout::GrayAlpha);
        // An embedded RGB profile makes RGB of gray pixels, too.
        let (icc, space, gray) = match profile.embeddable(source_gray && gray) {
            Some((icc, space)) => (icc, space, source_gray && gray),
            None => {
                let (icc, space) = profile.embeddable(false)?;
                (icc, space, false)
            }
        };
        let fill = match fill {
            Some(fill) => Some(converted(fill, &space, gray, options).ok()?),
            None => None,
        };
        Some(Self { icc, expand: source_gray && !gray, fill })
    }

    /// Gives gray pixels three channels if the profile is for them.
    pub(super) fn apply(&self, pixels: Image, budget: &mut Budget<'_>) -> Result<Image> {
        let layout = match pixels.layout {
            Layout::Gray if self.expand => Layout::Rgb,
            Layout::GrayAlpha if self.expand => Layout::Rgba,
            _ => return Ok(pixels),
        };
        let channels = (pixels.layout.channels(), layout.channels());
        let count = pixels.samples.len() / channels.0 * channels.1;
        let samples = match &pixels.samples {
            Samples::Eight(samples) => {
                let mut target = budget.zeroed::<u8>(Stage::Color, count)?;
                expand(samples, &mut target, channels, budget)?;
                Samples::Eight(target)
            }
            Samples::Sixteen(samples) => {
                let mut target = budget.zeroed::<u16>(Stage::Color, count)?;
                expand(samples, &mut target, channels, budget)?;
                Samples::Sixteen(target)
            }
        };
        budget.release(pixels.samples.bytes());
        Ok(Image { size: pixels.size, layout, samples })
    }
}

/// Pixels between two looks at the clock.
const CHECK_INTERVAL: usize = 256 << 10;

/// Gray, or gray and alpha, to as many channels and two more.
fn expand<T: Copy>(
    source: &[T],
    target: &mut [T],
    (from, to): (usize, usize),
    budget: &Budget<'_>,
) -> Result<()> {
    for (source, target) in source.chunks(CHECK_INTERVAL * from).zip(target.chunks_mut(CHECK_INTERVAL * to)) {
        budget.check_interrupt(Stage::Color)?;
        for (pixel, rgb) in source.chunks_exact(from).zip(target.chunks_exact_mut(to)) {
            match (pixel, rgb) {
                ([gray], [r, g, b]) => [*r, *g, *b] = [*gray; 3],
                ([gray, alpha], [r, g, b, a]) => [*r, *g, *b, *a] = [*gray, *gray, *gray, *alpha],
                _ => {}
            }
        }
    }
    Ok(())
}

/// An sRGB color in another space.
fn converted(
    fill: Color,
    space: &ColorProfile,
    gray: bool,
    options: TransformOptions,
) -> Result<Color, CmsError> {
    let (mut color, from) = ([fill.red, fill.green, fill.blue], [fill.red, fill.green, fill.blue]);
    if fill.alpha == 0 {
        // It has none.
    } else if gray {
        let mut level = [0];
        let srgb = profile::srgb_gray();
        let transform = srgb.create_transform_8bit(Lanes::Gray, space, Lanes::Gray, options)?;
        transform.transform(&[fill.red], &mut level)?;
        color = [level[0]; 3];
    } else {
        let srgb = ColorProfile::new_srgb();
        let transform = srgb.create_transform_8bit(Lanes::Rgb, space, Lanes::Rgb, options)?;
        transform.transform(&from, &mut color)?;
    }
    let [red, green, blue] = color;
    Ok(Color { red, green, blue, alpha: fill.alpha })
}
