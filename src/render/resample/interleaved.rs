//! Resamples interleaved pixels of any layout and depth.
//!
//! In: an [`Image`] and its placement. Out: the resampled image. Gray of 8 bits goes through
//! [`super::planes`] where possible, which is faster.

use fast_image_resize::{FilterType, PixelTrait};

use super::copy::copy_window;
use super::error::internal;
use super::lanczos::lanczos3;
use super::passes::{horizontal, samples_per_band, vertical, view};
use super::pixel_type::{Sample, call_with_pixel_type};
use super::planes::GrayResample;
use super::region::{clip, rows_in_support, sample_len, whole_offset, window};
use super::scratch::{Engine, PassBuffers, Scratch};
use crate::error::{Result, Stage};
use crate::geometry::{CropBox, Placement, Size};
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Samples, SourceRegion};

impl Scratch {
    /// Resamples `pixels`, which show `view` of the source, as `placement` says. Nothing outside of
    /// the box `region` of the source is read.
    pub(crate) fn resample(
        &mut self,
        pixels: &mut Image,
        view: SourceRegion,
        region: Option<CropBox>,
        placement: &Placement,
        budget: &mut Budget<'_>,
    ) -> Result<Image> {
        if let Some(region) = region {
            let (x, y, size) = window(view.of(region), pixels.size);
            let mut inside = copy_window(pixels, (x as usize, y as usize), size, budget)?;
            let resampled = self.resample(&mut inside, view.shifted(x, y), None, placement, budget)?;
            budget.release(inside.samples.bytes());
            inside.into_buffer().into_iter().for_each(|buffer| budget.recycle(buffer));
            return Ok(resampled);
        }
        let crop = clip(view.of(placement.crop), pixels.size);
        let (source, target) = (pixels.size, placement.resize);
        if let Some(offset) = whole_offset(&crop, target) {
            return copy_window(pixels, offset, target, budget);
        }
        let resample = Resample::new(source, pixels.layout, crop, placement);
        let Self { engine, buffers, quads } = self;
        let samples = match &mut pixels.samples {
            Samples::Eight(samples) if pixels.layout == Layout::Gray && !resample.vertical_first() => {
                let mut resampled =
                    budget.zeroed::<u8>(Stage::Resample, sample_len(target, Layout::Gray)?)?;
                let (stride, filter) = (source.width as usize, resample.filter);
                let gray = GrayResample { samples, stride, source, crop, target, filter };
                gray.run(&mut resampled, engine, quads, budget)?;
                Samples::Eight(resampled)
            }
            Samples::Eight(samples) => {
                Samples::Eight(resample.run(samples, engine, &mut buffers.eight, budget)?)
            }
            Samples::Sixteen(samples) => {
                Samples::Sixteen(resample.run(samples, engine, &mut buffers.sixteen, budget)?)
            }
        };
        Ok(Image { size: target, layout: pixels.layout, samples })
    }
}

/// One resample of interleaved pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resample {
    pub(super) source: Size,
    pub(super) layout: Layout,
    pub(super) crop: CropBox,
    pub(super) target: Size,
    pub(super) filter: FilterType,
}

impl Resample {
    /// From `crop` of a source of `size` to the size of `placement`.
    pub(super) fn new(size: Size, layout: Layout, crop: CropBox, placement: &Placement) -> Self {
        let filter = if placement.enlarges() { FilterType::CatmullRom } else { lanczos3() };
        Self { source: size, layout, crop, target: placement.resize, filter }
    }

    fn run<T: Sample>(
        &self,
        source: &mut [T],
        engine: &mut Engine,
        buffers: &mut PassBuffers<T>,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<T>> {
        let mut target = budget.zeroed::<T>(Stage::Resample, sample_len(self.target, self.layout)?)?;
        catch_panic(Stage::Resample, "the resampler", || {
            call_with_pixel_type!(self.run_as::<T>(source, &mut target, engine, buffers, budget))
        })?;
        Ok(target)
    }

    /// The horizontal pass comes first, unless the target is wider and less high than the source.
    /// The order is visible because a filter's overshoot is clipped between the passes; this order
    /// is Pillow's.
    fn run_as<P: PixelTrait, T: Sample>(
        &self,
        source: &mut [T],
        target: &mut [T],
        engine: &mut Engine,
        buffers: &mut PassBuffers<T>,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let Self { source: source_size, layout, crop, target: target_size, filter } = *self;
        let (top, rows) = rows_in_support(&crop, target_size, source_size, filter);
        let stride = sample_len(Size::new(source_size.width, 1), layout)?;
        let start = top as usize * stride;
        let mut source = source.get_mut(start..start + rows as usize * stride).unwrap_or_default();
        let size = Size::new(source_size.width, rows);
        let middle = if self.vertical_first() {
            Size::new(source_size.width, target_size.height)
        } else {
            Size::new(target_size.width, rows)
        };

        let premultiplied = if layout.has_alpha() { source.len() } else { 0 };
        let between = sample_len(middle, layout)?;
        let working = ((premultiplied + between) * size_of::<T>()) as u64;
        budget.reserve(Stage::Resample, working)?;
        if premultiplied > 0 {
            let multiplied = buffers.rows.for_overwriting(Stage::Resample, premultiplied)?;
            let band = samples_per_band::<T>(stride);
            for (plain, multiplied) in source.chunks_mut(band).zip(multiplied.chunks_mut(band)) {
                budget.check_interrupt(Stage::Resample)?;
                let band_size = Size::new(size.width, u32::try_from(plain.len() / stride).map_err(internal)?);
                let (plain, mut multiplied) = (view::<P, T>(plain, band_size)?, view(multiplied, band_size)?);
                engine.alpha.multiply_alpha_typed(&plain, &mut multiplied).map_err(internal)?;
            }
            source = multiplied;
        }
        let between = buffers.between.for_overwriting(Stage::Resample, between)?;
        let resizers = engine.resizers(size_of_val(source), budget);
        let (columns, rows) = ((crop.x, crop.width), (crop.y - f64::from(top), crop.height));
        if self.vertical_first() {
            vertical::<P, T>((source, size), (between, middle), rows, filter, resizers, budget)?;
            horizontal::<P, T>((between, middle), (target, target_size), columns, filter, resizers, budget)?;
        } else {
            horizontal::<P, T>((source, size), (between, middle), columns, filter, resizers, budget)?;
            vertical::<P, T>((between, middle), (target, target_size), rows, filter, resizers, budget)?;
        }
        if layout.has_alpha() {
            self.divide_alpha::<P, T>(target, engine, budget)?;
        }
        buffers.trim();
        budget.release(working);
        Ok(())
    }

    /// Divides the target's colors by its alpha.
    pub(super) fn divide_alpha<P: PixelTrait, T: Sample>(
        &self,
        target: &mut [T],
        engine: &Engine,
        budget: &Budget<'_>,
    ) -> Result<()> {
        let stride = sample_len(Size::new(self.target.width, 1), self.layout)?;
        for band in target.chunks_mut(samples_per_band::<T>(stride)) {
            budget.check_interrupt(Stage::Resample)?;
            let height = u32::try_from(band.len() / stride).map_err(internal)?;
            let mut pixels = view::<P, T>(band, Size::new(self.target.width, height))?;
            engine.alpha.divide_alpha_inplace_typed(&mut pixels).map_err(internal)?;
        }
        Ok(())
    }

    /// Whether the target is wider and less high than the source.
    pub(super) fn vertical_first(&self) -> bool {
        self.target.width > self.source.width && self.target.height < self.source.height
    }
}
