//! The part of a source that a resample reads.
//!
//! In: a crop box, source and target sizes, a filter. Out: positions and sizes in the source.

use fast_image_resize::FilterType;

use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::{CropBox, Size};
use crate::render::frame::{Layout, sample_count};

/// Moves the far edges of `crop` into a picture of `size`; rounding may have moved them out.
pub(super) fn clip(crop: CropBox, size: Size) -> CropBox {
    let width = crop.width.min(f64::from(size.width) - crop.x);
    let height = crop.height.min(f64::from(size.height) - crop.y);
    CropBox { width, height, ..crop }
}

/// The smallest window of whole pixels, of a picture of `size`, that covers `part`: its position and
/// its size.
pub(super) fn window(part: CropBox, size: Size) -> (u32, u32, Size) {
    let span = |start: f64, length: f64, side: u32| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
        let (first, end) = (start.floor() as u32, (start + length).ceil() as u32);
        let first = first.min(side.saturating_sub(1));
        (first, end.clamp(first + 1, side.max(1)) - first)
    };
    let ((x, width), (y, height)) =
        (span(part.x, part.width, size.width), span(part.y, part.height, size.height));
    (x, y, Size::new(width, height))
}

/// The top-left corner of a crop that starts at a whole pixel and is as large as the target: its
/// pixels are copied, not resampled.
pub(super) fn whole_offset(crop: &CropBox, target: Size) -> Option<(usize, usize)> {
    let same = crop.width == f64::from(target.width) && crop.height == f64::from(target.height);
    let whole = crop.x.fract() == 0.0 && crop.y.fract() == 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and inside the picture"
    )]
    (same && whole).then_some((crop.x as usize, crop.y as usize))
}

/// The source rows within the support of the filter: the first one and their number.
pub(super) fn rows_in_support(crop: &CropBox, target: Size, source: Size, filter: FilterType) -> (u32, u32) {
    let support = if filter == FilterType::CatmullRom { 2.0 } else { 3.0 };
    let radius = support * (crop.height / f64::from(target.height)).max(1.0) + 1.0;
    let bottom = (crop.y + crop.height + radius).ceil().min(f64::from(source.height));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the picture")]
    let (top, bottom) = ((crop.y - radius).floor().max(0.0) as u32, bottom as u32);
    (top, bottom - top)
}

/// The number of samples in a picture.
///
/// # Errors
///
/// Out of memory if it exceeds `usize`.
pub(super) fn sample_len(size: Size, layout: Layout) -> Result<usize> {
    sample_count(size, layout).ok_or_else(|| Error::new(Stage::Resample, Cause::OutOfMemory(u64::MAX)))
}
