//! `color = preserve`: keeps pixels in their own color space and embeds its profile.
//!
//! In: the profile, the layout of the pixels, and whether the output is gray. Out: the profile to
//! embed, pixels with the channels that it is for, and the fills in their space; `None` if no
//! profile can be embedded. Must not know of formats.

use moxcms::{CmsError, ColorProfile, Layout as Channels, TransformOptions};

use super::fills::Fills;
use super::profile::{self, Profile};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::options::Color;
use crate::render::frame::{Image, Layout, Samples};

/// The output of pixels in their own color space.
#[derive(Clone)]
pub(crate) struct Preserved {
    /// The profile to embed.
    pub(super) icc: Vec<u8>,
    /// Whether gray pixels become RGB because the profile is for RGB.
    pub(super) expand: bool,
    /// The colors around and behind the pixels, in their space.
    pub(super) fills: Fills,
}

impl Preserved {
    /// `gray` states whether gray pixels are written as gray. `None` if the pixels must be converted: a gray profile cannot be embedded in a
    /// file of RGB pixels, and a fill cannot be converted to a space whose profile has no
    /// inverse.
    pub(super) fn new(
        profile: &Profile,
        layout: Layout,
        gray: bool,
        fills: Fills,
        options: TransformOptions,
    ) -> Option<Self> {
        let source_gray = matches!(layout, Layout::Gray | Layout::GrayAlpha);
        // If only an RGB profile can be embedded, gray pixels become RGB.
        let (icc, space, gray) = match profile.embeddable(source_gray && gray) {
            Some((icc, space)) => (icc, space, source_gray && gray),
            None => {
                let (icc, space) = profile.embeddable(false)?;
                (icc, space, false)
            }
        };
        let converted =
            |fill: Option<Color>| fill.map(|fill| convert_fill(fill, &space, gray, options)).transpose().ok();
        let fills = Fills { background: converted(fills.background)?, border: converted(fills.border)? };
        Some(Self { icc, expand: source_gray && !gray, fills })
    }

    /// Expands gray pixels to RGB if the profile is for RGB.
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

/// Pixels expanded between interrupt checks.
const CHECK_INTERVAL: usize = 256 << 10;

/// Expands gray, with or without alpha, to RGB.
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

/// Converts the sRGB color `fill` to `space`.
fn convert_fill(
    fill: Color,
    space: &ColorProfile,
    gray: bool,
    options: TransformOptions,
) -> Result<Color, CmsError> {
    let (mut color, from) = ([fill.red, fill.green, fill.blue], [fill.red, fill.green, fill.blue]);
    if fill.alpha == 0 {
        // A transparent background has no color.
    } else if gray {
        let mut level = [0];
        let srgb = profile::srgb_gray();
        let transform = srgb.create_transform_8bit(Channels::Gray, space, Channels::Gray, options)?;
        transform.transform(&[fill.red], &mut level)?;
        color = [level[0]; 3];
    } else {
        let srgb = ColorProfile::new_srgb();
        let transform = srgb.create_transform_8bit(Channels::Rgb, space, Channels::Rgb, options)?;
        transform.transform(&from, &mut color)?;
    }
    let [red, green, blue] = color;
    Ok(Color { red, green, blue, alpha: fill.alpha })
}
