//! A resample of rows that are decoded on the way: each strip of them goes across as soon as it is there.
//!
//! In: [`Rows`] and where they go, which must be less wide. Out: pixels, as of a picture that was decoded first, to the bit.
//! Must not know who decodes.

use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4, U16, U16x2, U16x3, U16x4};
use fast_image_resize::{FilterType, PixelTrait};

use super::passes::{Sample, horizontal, vertical, view_mut};
use super::{Buffers, Resample, Scratch, Tools, bug, count, inside, lanczos3, rows_in_support};
use crate::error::{Result, Stage};
use crate::geometry::{Placement, Size};
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Rows, Samples};

/// Bytes of rows that are held at once, if that is more than a few. All weights are made anew for each strip.
const STRIP: usize = 1 << 20;
const FEW: usize = 8;

impl Scratch {
    /// Resamples rows as `placement` says.
    pub(crate) fn resample_rows(
        &mut self,
        rows: &mut Rows<'_>,
        placement: &Placement,
        budget: &mut Budget<'_>,
    ) -> Result<Image> {
        let (size, layout) = (placement.resize, rows.layout);
        let filter = if placement.enlarges() { FilterType::CatmullRom } else { lanczos3() };
        let crop = inside(placement.crop, rows.size);
        let resample = Resample { source: rows.size, layout, crop, target: size, filter };
        let len = count(size, layout)?;
        let Self { tools, eight, sixteen, .. } = self;
        let samples = if rows.sixteen {
            let mut target = budget.zeroed::<u16>(Stage::Resample, len)?;
            match layout {
                Layout::Gray => resample.stream::<U16, _>(rows, &mut target, tools, sixteen, budget),
                Layout::GrayAlpha => resample.stream::<U16x2, _>(rows, &mut target, tools, sixteen, budget),
                Layout::Rgb => resample.stream::<U16x3, _>(rows, &mut target, tools, sixteen, budget),
                Layout::Rgba | Layout::Cmyk => {
                    resample.stream::<U16x4, _>(rows, &mut target, tools, sixteen, budget)
                }
            }?;
            Samples::Sixteen(target)
        } else {
            let mut target = budget.zeroed::<u8>(Stage::Resample, len)?;
            match layout {
                Layout::Gray => resample.stream::<U8, _>(rows, &mut target, tools, eight, budget),
                Layout::GrayAlpha => resample.stream::<U8x2, _>(rows, &mut target, tools, eight, budget),
                Layout::Rgb => resample.stream::<U8x3, _>(rows, &mut target, tools, eight, budget),
                Layout::Rgba | Layout::Cmyk => {
                    resample.stream::<U8x4, _>(rows, &mut target, tools, eight, budget)
                }
            }?;
            Samples::Eight(target)
        };
        Ok(Image { size, layout, samples })
    }
}

impl Resample {
    fn stream<P: PixelTrait, T: Sample>(
        &self,
        rows: &mut Rows<'_>,
        target: &mut [T],
        tools: &mut Tools,
        buffers: &mut Buffers<T>,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let Self { source, layout, crop, target: target_size, filter } = *self;
        let (top, matter) = rows_in_support(&crop, target_size, source, filter);
        let stride = count(Size::new(source.width, 1), layout)?;
        let at_once = (STRIP / (stride * size_of::<T>())).max(FEW).min(source.height as usize);
        let middle = Size::new(target_size.width, matter);
        let (strip, between) = (at_once * stride, count(middle, layout)?);
        let working = ((strip + between) * size_of::<T>()) as u64;
        budget.reserve(Stage::Resample, working)?;
        let strip = buffers.premultiplied.zeroed(Stage::Resample, strip)?;
        let between = buffers.between.for_overwriting(Stage::Resample, between)?;
        let across_stride = between.len() / (matter as usize).max(1);

        let (top, bottom, height) = (top as usize, (top + matter) as usize, source.height as usize);
        let mut row = 0;
        while row < height {
            budget.check_interrupt(Stage::Decode)?;
            // A strip lies above what matters, in it, or below.
            let end = [top, bottom, height].into_iter().find(|&end| row < end).unwrap_or(height);
            let here = at_once.min(end - row);
            let strip = strip.get_mut(..here * stride).unwrap_or_default();
            rows.read(bytemuck::cast_slice_mut(strip))?;
            if (top..bottom).contains(&row) {
                let start = (row - top) * across_stride;
                let between = between.get_mut(start..start + here * across_stride).unwrap_or_default();
                self.strip::<P, T>(strip, between, here, tools, budget)?;
            }
            row += here;
        }
        catch_panic(Stage::Resample, "the resampler", || {
            let high = (crop.y - top as f64, crop.height);
            let resizers = tools.resizers(size_of_val(between), budget);
            vertical::<P, T>((between, middle), (target, target_size), high, filter, resizers, budget)?;
            if layout.has_alpha() {
                self.divide_alpha::<P, T>(target, tools, budget)?;
            }
            Ok(())
        })?;
        buffers.trim();
        budget.release(working);
        Ok(())
    }

    /// Takes `rows` of them across.
    fn strip<P: PixelTrait, T: Sample>(
        &self,
        strip: &mut [T],
        between: &mut [T],
        rows: usize,
        tools: &mut Tools,
        budget: &Budget<'_>,
    ) -> Result<()> {
        let rows = u32::try_from(rows).map_err(bug)?;
        let (size, target_size) = (Size::new(self.source.width, rows), Size::new(self.target.width, rows));
        catch_panic(Stage::Resample, "the resampler", || {
            if self.layout.has_alpha() {
                let mut colors = view_mut::<P, T>(strip, size)?;
                tools.alpha.multiply_alpha_inplace_typed(&mut colors).map_err(bug)?;
            }
            let wide = (self.crop.x, self.crop.width);
            let resizers = tools.at_least(1);
            horizontal::<P, T>((strip, size), (between, target_size), wide, self.filter, resizers, budget)
        })
    }
}
