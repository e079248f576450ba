//! Resamples rows while they are decoded: each strip goes through the horizontal pass at once.
//!
//! In: [`Rows`] and their placement; the target must be less wide than the source. Out: the same
//! pixels, to the bit, as for a picture that was decoded first. Must not know the decoder.

use fast_image_resize::PixelTrait;

use super::error::internal;
use super::interleaved::Resample;
use super::passes::{horizontal, vertical, view};
use super::pixel_type::{Sample, call_with_pixel_type};
use super::region::{clip, rows_in_support, sample_len};
use super::scratch::{Buffers, Engine, PassBuffers, Scratch};
use crate::error::{Result, Stage};
use crate::geometry::{Placement, Size};
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Rows, Samples};

/// Size of a strip in bytes, unless that is fewer than [`MIN_ROWS`] rows. The filter weights are
/// computed again for each strip.
const STRIP_BYTES: usize = 1 << 20;
const MIN_ROWS: usize = 8;

impl Scratch {
    /// Resamples rows as `placement` says.
    pub(crate) fn resample_rows(
        &mut self,
        rows: &mut Rows<'_>,
        placement: &Placement,
        budget: &mut Budget<'_>,
    ) -> Result<Image> {
        let (size, layout) = (placement.resize, rows.layout);
        let resample = Resample::new(rows.size, layout, clip(placement.crop, rows.size), placement);
        let Self { engine, buffers: Buffers { eight, sixteen }, .. } = self;
        let samples = if rows.sixteen {
            Samples::Sixteen(resample.stream(rows, engine, sixteen, budget)?)
        } else {
            Samples::Eight(resample.stream(rows, engine, eight, budget)?)
        };
        Ok(Image { size, layout, samples })
    }
}

impl Resample {
    fn stream<T: Sample>(
        &self,
        rows: &mut Rows<'_>,
        engine: &mut Engine,
        buffers: &mut PassBuffers<T>,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<T>> {
        let mut target = budget.zeroed::<T>(Stage::Resample, sample_len(self.target, self.layout)?)?;
        call_with_pixel_type!(self.stream_as::<T>(rows, &mut target, engine, buffers, budget))?;
        Ok(target)
    }

    fn stream_as<P: PixelTrait, T: Sample>(
        &self,
        rows: &mut Rows<'_>,
        target: &mut [T],
        engine: &mut Engine,
        buffers: &mut PassBuffers<T>,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let Self { source, layout, crop, target: target_size, filter } = *self;
        let (top, needed) = rows_in_support(&crop, target_size, source, filter);
        let stride = sample_len(Size::new(source.width, 1), layout)?;
        let strip_rows = (STRIP_BYTES / (stride * size_of::<T>())).max(MIN_ROWS).min(source.height as usize);
        let middle = Size::new(target_size.width, needed);
        let (strip, between) = (strip_rows * stride, sample_len(middle, layout)?);
        let working = ((strip + between) * size_of::<T>()) as u64;
        budget.reserve(Stage::Resample, working)?;
        let strip = buffers.rows.zeroed(Stage::Resample, strip)?;
        let between = buffers.between.for_overwriting(Stage::Resample, between)?;
        let between_stride = between.len() / (needed as usize).max(1);

        let (top, bottom, height) = (top as usize, (top + needed) as usize, source.height as usize);
        let mut row = 0;
        while row < height {
            budget.check_interrupt(Stage::Decode)?;
            // A strip does not cross the edges of the needed rows.
            let end = [top, bottom, height].into_iter().find(|&end| row < end).unwrap_or(height);
            let count = strip_rows.min(end - row);
            let strip = strip.get_mut(..count * stride).unwrap_or_default();
            rows.read(bytemuck::cast_slice_mut(strip))?;
            if (top..bottom).contains(&row) {
                let start = (row - top) * between_stride;
                let between = between.get_mut(start..start + count * between_stride).unwrap_or_default();
                self.resample_strip::<P, T>(strip, between, count, engine, budget)?;
            }
            row += count;
        }
        catch_panic(Stage::Resample, "the resampler", || {
            let rows = (crop.y - top as f64, crop.height);
            let resizers = engine.resizers(size_of_val(between), budget);
            vertical::<P, T>((between, middle), (target, target_size), rows, filter, resizers, budget)?;
            if layout.has_alpha() {
                self.divide_alpha::<P, T>(target, engine, budget)?;
            }
            Ok(())
        })?;
        buffers.trim();
        budget.release(working);
        Ok(())
    }

    /// Resamples `rows` rows to the target width.
    fn resample_strip<P: PixelTrait, T: Sample>(
        &self,
        strip: &mut [T],
        between: &mut [T],
        rows: usize,
        engine: &mut Engine,
        budget: &Budget<'_>,
    ) -> Result<()> {
        let rows = u32::try_from(rows).map_err(internal)?;
        let (size, target_size) = (Size::new(self.source.width, rows), Size::new(self.target.width, rows));
        catch_panic(Stage::Resample, "the resampler", || {
            if self.layout.has_alpha() {
                let mut pixels = view::<P, T>(strip, size)?;
                engine.alpha.multiply_alpha_inplace_typed(&mut pixels).map_err(internal)?;
            }
            let columns = (self.crop.x, self.crop.width);
            let resizers = engine.resizer();
            horizontal::<P, T>((strip, size), (between, target_size), columns, self.filter, resizers, budget)
        })
    }
}
