//! WebP: lossy and lossless through libwebp (feature `webp-lossy`), otherwise lossless through
//! `image-webp`.
//!
//! In: any layout except CMYK; gray is expanded to RGB because WebP has no gray. Out: a WebP file.

pub(super) mod animation;
#[cfg(feature = "webp-lossy")]
mod lossy;
mod part;

use std::borrow::Cow;

use super::error::internal;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
#[cfg(not(feature = "webp-lossy"))]
use crate::limits::Interrupt;
use crate::options::WebpOptions;
use crate::render::frame::Layout;

/// What an encoder holds for lossless output besides the pixels: an ARGB copy, hash chains, backward references.
pub(super) const LOSSLESS_BYTES_PER_PIXEL: u64 = 24;

/// Pixels expanded between interrupt checks.
const CHECK_INTERVAL: usize = 1 << 20;

pub(super) fn encode(
    samples: &[u8],
    size: Size,
    layout: Layout,
    options: WebpOptions,
    budget: &mut Budget<'_>,
) -> Result<Vec<u8>> {
    let (samples, alpha) = match layout {
        Layout::Rgb => (Cow::Borrowed(samples), false),
        Layout::Rgba => (Cow::Borrowed(samples), true),
        Layout::Gray => {
            let mut rgb = budget.zeroed::<u8>(Stage::Encode, samples.len() * 3)?;
            let (pixels, _) = rgb.as_chunks_mut::<3>();
            for (pixels, samples) in pixels.chunks_mut(CHECK_INTERVAL).zip(samples.chunks(CHECK_INTERVAL)) {
                budget.check_interrupt(Stage::Encode)?;
                pixels.iter_mut().zip(samples).for_each(|(pixel, gray)| *pixel = [*gray; 3]);
            }
            (Cow::Owned(rgb), false)
        }
        Layout::GrayAlpha => {
            let mut rgba = budget.zeroed::<u8>(Stage::Encode, samples.len() * 2)?;
            let (pixels, _) = rgba.as_chunks_mut::<4>();
            let (sources, _) = samples.as_chunks::<2>();
            for (pixels, sources) in pixels.chunks_mut(CHECK_INTERVAL).zip(sources.chunks(CHECK_INTERVAL)) {
                budget.check_interrupt(Stage::Encode)?;
                let both = pixels.iter_mut().zip(sources);
                both.for_each(|(pixel, [gray, alpha])| *pixel = [*gray, *gray, *gray, *alpha]);
            }
            (Cow::Owned(rgba), true)
        }
        Layout::Cmyk => return Err(internal("WebP cannot store CMYK")),
    };
    let bytes = write(&samples, size, alpha, options, budget.interrupt())?;
    if let Cow::Owned(expanded) = samples {
        budget.release(expanded.len() as u64);
    }
    Ok(bytes)
}

#[cfg(feature = "webp-lossy")]
use super::libwebp::encode as write;

#[cfg(not(feature = "webp-lossy"))]
fn write(samples: &[u8], size: Size, alpha: bool, _: WebpOptions, _: Interrupt<'_>) -> Result<Vec<u8>> {
    let color = if alpha { image_webp::ColorType::Rgba8 } else { image_webp::ColorType::Rgb8 };
    let mut bytes = Vec::new();
    image_webp::WebPEncoder::new(&mut bytes)
        .encode(samples, size.width, size.height, color)
        .map_err(internal)?;
    Ok(bytes)
}
