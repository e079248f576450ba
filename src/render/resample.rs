//! (Pixels, Placement, scratch) -> Pixels: one resample from a fractional box (contract section 1.2).
//!
//! In: decoded pixels, whole or already shrunk by the decoder, and where they go, as the stored pixels see it. Out:
//! pixels of the placement's `resize` size, same layout and depth. Shrinking is Lanczos3, enlarging Catmull-Rom; alpha
//! is premultiplied for it and divided out after. Must not know of formats, color or metadata.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::error::{Cause, Error, Result, Stage};
use crate::fit::{CropBox, Placement, Size};
use crate::limits::Budget;
use crate::render::contain::contained;
use crate::render::pixels::{Layout, Pixels, Samples, sample_count};

/// Buffers that one resample leaves for the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    resizer: Resizer,
}

impl Scratch {
    /// Resamples `pixels` as `placement` says.
    pub(crate) fn resample(
        &mut self,
        pixels: &Pixels,
        placement: &Placement,
        budget: &mut Budget<'_>,
    ) -> Result<Pixels> {
        let crop = scaled_crop(placement, pixels.size);
        let size = placement.resize;
        let len = sample_count(size, pixels.layout)
            .ok_or_else(|| Error::new(Stage::Resample, Cause::OutOfMemory(u64::MAX)))?;
        if let Some((x, y)) = whole_offset(&crop, size) {
            return copy_window(pixels, x, y, size, len, budget);
        }

        let working = working_memory(pixels, size);
        budget.reserve(Stage::Resample, working)?;
        let filter = if placement.enlarges() { FilterType::CatmullRom } else { FilterType::Lanczos3 };
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(filter))
            .crop(crop.x, crop.y, crop.width, crop.height)
            .use_alpha(pixels.layout.has_alpha());
        let mut resize = |source: &[u8], target: &mut [u8], kind: PixelType| {
            contained(Stage::Resample, "the resampler", || {
                let source = ImageRef::new(pixels.size.width, pixels.size.height, source, kind).map_err(bug)?;
                let mut target = Image::from_slice_u8(size.width, size.height, target, kind).map_err(bug)?;
                self.resizer.resize(&source, &mut target, &options).map_err(bug)
            })
        };
        let samples = match &pixels.samples {
            Samples::Eight(source) => {
                let mut target = budget.zeroed::<u8>(Stage::Resample, len)?;
                let kind = match pixels.layout {
                    Layout::Gray => PixelType::U8,
                    Layout::GrayAlpha => PixelType::U8x2,
                    Layout::Rgb => PixelType::U8x3,
                    Layout::Rgba | Layout::Cmyk => PixelType::U8x4,
                };
                resize(source, &mut target, kind)?;
                Samples::Eight(target)
            }
            Samples::Sixteen(source) => {
                let mut target = budget.zeroed::<u16>(Stage::Resample, len)?;
                let kind = match pixels.layout {
                    Layout::Gray => PixelType::U16,
                    Layout::GrayAlpha => PixelType::U16x2,
                    Layout::Rgb => PixelType::U16x3,
                    Layout::Rgba | Layout::Cmyk => PixelType::U16x4,
                };
                resize(bytemuck::cast_slice(source), bytemuck::cast_slice_mut(&mut target), kind)?;
                Samples::Sixteen(target)
            }
        };
        // The scratch stays with the renderer; a large one would outlive the call that paid for it.
        if self.resizer.size_of_internal_buffers() > KEPT_SCRATCH {
            self.resizer.reset_internal_buffers();
        }
        budget.release(working);
        Ok(Pixels { size, layout: pixels.layout, samples })
    }
}

/// Bytes of scratch that a renderer keeps between calls.
const KEPT_SCRATCH: usize = 64 << 20;

/// The crop in the pixels that the decoder handed out, which may be a shrunk picture of the same view.
fn scaled_crop(placement: &Placement, decoded: Size) -> CropBox {
    if decoded == placement.source {
        return placement.crop;
    }
    let across = f64::from(decoded.width) / f64::from(placement.source.width);
    let down = f64::from(decoded.height) / f64::from(placement.source.height);
    let CropBox { x, y, width, height } = placement.crop;
    let (x, y) = (x * across, y * down);
    // Rounding must not push the far edge out of the picture.
    let width = (width * across).min(f64::from(decoded.width) - x);
    let height = (height * down).min(f64::from(decoded.height) - y);
    CropBox { x, y, width, height }
}

/// The top-left corner, if the crop starts between no two pixels and is as large as the target: then nothing is
/// resampled and pixels pass through.
fn whole_offset(crop: &CropBox, target: Size) -> Option<(usize, usize)> {
    let same = crop.width == f64::from(target.width) && crop.height == f64::from(target.height);
    let whole = crop.x.fract() == 0.0 && crop.y.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and inside the picture")]
    (same && whole).then_some((crop.x as usize, crop.y as usize))
}

fn copy_window(
    pixels: &Pixels,
    x: usize,
    y: usize,
    size: Size,
    len: usize,
    budget: &mut Budget<'_>,
) -> Result<Pixels> {
    let channels = pixels.layout.channels();
    let stride = pixels.size.width as usize * channels;
    let (start, width) = (x * channels, size.width as usize * channels);
    let samples = match &pixels.samples {
        Samples::Eight(source) => {
            let mut target = budget.zeroed(Stage::Resample, len)?;
            copy_rows(source, stride, start, y, &mut target, width);
            Samples::Eight(target)
        }
        Samples::Sixteen(source) => {
            let mut target = budget.zeroed(Stage::Resample, len)?;
            copy_rows(source, stride, start, y, &mut target, width);
            Samples::Sixteen(target)
        }
    };
    Ok(Pixels { size, layout: pixels.layout, samples })
}

fn copy_rows<T: Copy>(source: &[T], stride: usize, start: usize, y: usize, target: &mut [T], width: usize) {
    for (from, to) in source.chunks_exact(stride).skip(y).zip(target.chunks_exact_mut(width)) {
        if let Some(from) = from.get(start..start + width) {
            to.copy_from_slice(from);
        }
    }
}

/// What the resampler holds beside source and target: a premultiplied copy of a source with alpha, and the picture
/// after the first of its two passes.
fn working_memory(pixels: &Pixels, target: Size) -> u64 {
    let sample = pixels.samples.bytes() / (pixels.samples.len() as u64).max(1);
    let pixel = pixels.layout.channels() as u64 * sample;
    let premultiplied = if pixels.layout.has_alpha() { pixels.samples.bytes() } else { 0 };
    let tall = u64::from(target.width) * u64::from(pixels.size.height);
    let wide = u64::from(pixels.size.width) * u64::from(target.height);
    premultiplied + tall.max(wide) * pixel
}

fn bug(error: impl std::fmt::Display) -> Error {
    Error::new(Stage::Resample, Cause::Internal(error.to_string()))
}
