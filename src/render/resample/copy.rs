//! Copies pixels that need no resampling, with interrupt checks.

use super::passes::samples_per_band;
use super::region::sample_len;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::{Image, Samples};

/// Copies the window of `size` at (`x`, `y`).
pub(super) fn copy_window(
    pixels: &Image,
    (x, y): (usize, usize),
    size: Size,
    budget: &mut Budget<'_>,
) -> Result<Image> {
    let len = sample_len(size, pixels.layout)?;
    let channels = pixels.layout.channels();
    let stride = pixels.size.width as usize * channels;
    let (start, width) = (x * channels, size.width as usize * channels);
    let samples = match &pixels.samples {
        Samples::Eight(source) => {
            let mut target = budget.zeroed(Stage::Resample, len)?;
            copy_rows(source, stride, start, y, (&mut target, width), budget)?;
            Samples::Eight(target)
        }
        Samples::Sixteen(source) => {
            let mut target = budget.zeroed(Stage::Resample, len)?;
            copy_rows(source, stride, start, y, (&mut target, width), budget)?;
            Samples::Sixteen(target)
        }
    };
    Ok(Image { size, layout: pixels.layout, samples })
}

/// Fills `target`, whose rows have `width` samples, from the rows of `source` below `y`, each from
/// sample `start` on.
pub(super) fn copy_rows<T: Copy>(
    source: &[T],
    stride: usize,
    start: usize,
    y: usize,
    (target, width): (&mut [T], usize),
    budget: &Budget<'_>,
) -> Result<()> {
    let mut rows = source.chunks_exact(stride).skip(y);
    for band in target.chunks_mut(samples_per_band::<T>(width)) {
        budget.check_interrupt(Stage::Resample)?;
        for (to, from) in band.chunks_exact_mut(width).zip(rows.by_ref()) {
            if let Some(from) = from.get(start..start + width) {
                to.copy_from_slice(from);
            }
        }
    }
    Ok(())
}
