//! (Pixels, Placement, scratch) -> Pixels: one resample from a fractional box (contract section 1.2).
//!
//! In: decoded pixels, whole or already shrunk by the decoder, and where they go, as the stored pixels see it. Out:
//! pixels of the placement's `resize` size, same layout and depth. Shrinking is Lanczos3, enlarging Catmull-Rom; alpha
//! is premultiplied for it and divided out after. Must not know of formats, color or metadata.

mod lanczos;
mod passes;
mod planes;
mod rows;

use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4, U16, U16x2, U16x3, U16x4};
use fast_image_resize::{FilterType, MulDiv, PixelTrait, Resizer};

use self::lanczos::lanczos3;
use self::passes::{BAND, Sample, horizontal, vertical, view, view_mut};
use self::planes::{GrayResample, RowQuads};
use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::{CropBox, Placement, Size};
use crate::limits::{Budget, Reused};
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Samples, SourceRegion, sample_count};

/// Buffers that one resample leaves for the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    tools: Tools,
    eight: Buffers<u8>,
    sixteen: Buffers<u16>,
    row_quads: RowQuads,
}

#[derive(Debug, Default)]
struct Tools {
    /// One a thread.
    resizers: Vec<Resizer>,
    alpha: MulDiv,
}

impl Tools {
    /// As many resizers as threads are worth it for so many bytes.
    fn resizers(&mut self, bytes: usize, budget: &Budget<'_>) -> &mut [Resizer] {
        self.at_least(budget.threads().min(bytes / THREAD_BYTES).max(1))
    }

    fn at_least(&mut self, count: usize) -> &mut [Resizer] {
        if self.resizers.len() < count {
            self.resizers.resize_with(count, Resizer::default);
        }
        &mut self.resizers[..count]
    }
}

/// Bytes of a source that a thread is worth.
const THREAD_BYTES: usize = 512 << 10;

/// What the two passes need beside source and target.
#[derive(Debug, Default)]
struct Buffers<T> {
    /// The rows that matter of a source with alpha, premultiplied.
    premultiplied: Reused<T>,
    /// The picture between the two passes.
    between: Reused<T>,
}

impl Scratch {
    /// Resamples `pixels`, which are `view` of the source, as `placement` says.
    pub(crate) fn resample(
        &mut self,
        pixels: &Image,
        view: SourceRegion,
        placement: &Placement,
        budget: &mut Budget<'_>,
    ) -> Result<Image> {
        let crop = inside(view.of(placement.crop), pixels.size);
        let (size, layout) = (placement.resize, pixels.layout);
        let len = count(size, layout)?;
        if let Some((x, y)) = whole_offset(&crop, size) {
            return copy_window(pixels, x, y, size, len, budget);
        }
        let filter = if placement.enlarges() { FilterType::CatmullRom } else { lanczos3() };
        let resample = Resample { source: pixels.size, layout, crop, target: size, filter };
        let Self { tools, eight, sixteen, row_quads } = self;
        let samples = match &pixels.samples {
            Samples::Eight(source) if layout == Layout::Gray && !resample.goes_down_first() => {
                let mut target = budget.zeroed::<u8>(Stage::Resample, len)?;
                let stride = pixels.size.width as usize;
                let gray =
                    GrayResample { samples: source, stride, source: pixels.size, crop, target: size, filter };
                gray.run(&mut target, tools, row_quads, budget)?;
                Samples::Eight(target)
            }
            Samples::Eight(source) => {
                let mut target = budget.zeroed::<u8>(Stage::Resample, len)?;
                catch_panic(Stage::Resample, "the resampler", || match layout {
                    Layout::Gray => resample.run::<U8, _>(source, &mut target, tools, eight, budget),
                    Layout::GrayAlpha => resample.run::<U8x2, _>(source, &mut target, tools, eight, budget),
                    Layout::Rgb => resample.run::<U8x3, _>(source, &mut target, tools, eight, budget),
                    Layout::Rgba | Layout::Cmyk => {
                        resample.run::<U8x4, _>(source, &mut target, tools, eight, budget)
                    }
                })?;
                Samples::Eight(target)
            }
            Samples::Sixteen(source) => {
                let mut target = budget.zeroed::<u16>(Stage::Resample, len)?;
                catch_panic(Stage::Resample, "the resampler", || match layout {
                    Layout::Gray => resample.run::<U16, _>(source, &mut target, tools, sixteen, budget),
                    Layout::GrayAlpha => {
                        resample.run::<U16x2, _>(source, &mut target, tools, sixteen, budget)
                    }
                    Layout::Rgb => resample.run::<U16x3, _>(source, &mut target, tools, sixteen, budget),
                    Layout::Rgba | Layout::Cmyk => {
                        resample.run::<U16x4, _>(source, &mut target, tools, sixteen, budget)
                    }
                })?;
                Samples::Sixteen(target)
            }
        };
        Ok(Image { size, layout, samples })
    }
}

/// One resample.
struct Resample {
    source: Size,
    layout: Layout,
    crop: CropBox,
    target: Size,
    filter: FilterType,
}

impl Resample {
    /// First across, then down, unless the target is wider and lower than the source. The order shows where a filter's
    /// overshoot is clipped between the passes; this is the one that Pillow takes. `P` is the resampler's pixel of samples
    /// `T`: named here, so that no other kind of pixel is compiled.
    fn run<P: PixelTrait, T: Sample>(
        &self,
        source: &[T],
        target: &mut [T],
        tools: &mut Tools,
        buffers: &mut Buffers<T>,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let Self { source: size, layout, crop, target: target_size, filter } = *self;
        let (top, rows) = rows_in_support(&crop, target_size, size, filter);
        let stride = count(Size::new(size.width, 1), layout)?;
        let start = top as usize * stride;
        let mut source = source.get(start..start + rows as usize * stride).unwrap_or_default();
        let cut = Size::new(size.width, rows);
        let middle = if self.goes_down_first() {
            Size::new(size.width, target_size.height)
        } else {
            Size::new(target_size.width, rows)
        };

        let premultiplied = if layout.has_alpha() { source.len() } else { 0 };
        let between = count(middle, layout)?;
        let working = ((premultiplied + between) * size_of::<T>()) as u64;
        budget.reserve(Stage::Resample, working)?;
        if premultiplied > 0 {
            let multiplied = buffers.premultiplied.for_overwriting(Stage::Resample, premultiplied)?;
            let band = band::<T>(stride);
            for (plain, multiplied) in source.chunks(band).zip(multiplied.chunks_mut(band)) {
                budget.check_interrupt(Stage::Resample)?;
                let size = Size::new(cut.width, u32::try_from(plain.len() / stride).map_err(bug)?);
                let (plain, mut multiplied) = (view::<P, T>(plain, size)?, view_mut(multiplied, size)?);
                tools.alpha.multiply_alpha_typed(&plain, &mut multiplied).map_err(bug)?;
            }
            source = multiplied;
        }
        let between = buffers.between.for_overwriting(Stage::Resample, between)?;
        let resizers = tools.resizers(size_of_val(source), budget);
        let (wide, high) = ((crop.x, crop.width), (crop.y - f64::from(top), crop.height));
        if self.goes_down_first() {
            vertical::<P, T>((source, cut), (between, middle), high, filter, resizers, budget)?;
            horizontal::<P, T>((between, middle), (target, target_size), wide, filter, resizers, budget)?;
        } else {
            horizontal::<P, T>((source, cut), (between, middle), wide, filter, resizers, budget)?;
            vertical::<P, T>((between, middle), (target, target_size), high, filter, resizers, budget)?;
        }
        if layout.has_alpha() {
            self.divide_alpha::<P, T>(target, tools, budget)?;
        }
        buffers.trim();
        budget.release(working);
        Ok(())
    }

    /// Takes alpha out of the target's colors again.
    fn divide_alpha<P: PixelTrait, T: Sample>(
        &self,
        target: &mut [T],
        tools: &Tools,
        budget: &Budget<'_>,
    ) -> Result<()> {
        let stride = count(Size::new(self.target.width, 1), self.layout)?;
        for band in target.chunks_mut(band::<T>(stride)) {
            budget.check_interrupt(Stage::Resample)?;
            let height = u32::try_from(band.len() / stride).map_err(bug)?;
            let mut colors = view_mut::<P, T>(band, Size::new(self.target.width, height))?;
            tools.alpha.divide_alpha_inplace_typed(&mut colors).map_err(bug)?;
        }
        Ok(())
    }

    /// Whether the target is wider and lower than the source.
    fn goes_down_first(&self) -> bool {
        self.target.width > self.source.width && self.target.height < self.source.height
    }
}

/// As many samples as a band has in whole rows of `stride`.
fn band<T>(stride: usize) -> usize {
    (BAND / (stride * size_of::<T>()).max(1)).max(1) * stride.max(1)
}

/// The rows of the source that any row of the target draws on: (first, number).
fn rows_in_support(crop: &CropBox, target: Size, source: Size, filter: FilterType) -> (u32, u32) {
    let support = if filter == FilterType::CatmullRom { 2.0 } else { 3.0 };
    let radius = support * (crop.height / f64::from(target.height)).max(1.0) + 1.0;
    let bottom = (crop.y + crop.height + radius).ceil().min(f64::from(source.height));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the picture")]
    let (top, bottom) = ((crop.y - radius).floor().max(0.0) as u32, bottom as u32);
    (top, bottom - top)
}

impl<T: Sample> Buffers<T> {
    /// Frees what is too large to keep between calls.
    fn trim(&mut self) {
        self.premultiplied.trim();
        self.between.trim();
    }
}

fn count(size: Size, layout: Layout) -> Result<usize> {
    sample_count(size, layout).ok_or_else(|| Error::new(Stage::Resample, Cause::OutOfMemory(u64::MAX)))
}

/// The crop, its far edge in the picture whatever rounding did.
fn inside(crop: CropBox, size: Size) -> CropBox {
    let width = crop.width.min(f64::from(size.width) - crop.x);
    let height = crop.height.min(f64::from(size.height) - crop.y);
    CropBox { width, height, ..crop }
}

/// The top-left corner, if the crop starts between no two pixels and is as large as the target: then nothing is
/// resampled and pixels pass through.
fn whole_offset(crop: &CropBox, target: Size) -> Option<(usize, usize)> {
    let same = crop.width == f64::from(target.width) && crop.height == f64::from(target.height);
    let whole = crop.x.fract() == 0.0 && crop.y.fract() == 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and inside the picture"
    )]
    (same && whole).then_some((crop.x as usize, crop.y as usize))
}

fn copy_window(
    pixels: &Image,
    x: usize,
    y: usize,
    size: Size,
    len: usize,
    budget: &mut Budget<'_>,
) -> Result<Image> {
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

fn copy_rows<T: Copy>(
    source: &[T],
    stride: usize,
    start: usize,
    y: usize,
    (target, width): (&mut [T], usize),
    budget: &Budget<'_>,
) -> Result<()> {
    let mut rows = source.chunks_exact(stride).skip(y);
    for band in target.chunks_mut(band::<T>(width)) {
        budget.check_interrupt(Stage::Resample)?;
        for (to, from) in band.chunks_exact_mut(width).zip(rows.by_ref()) {
            if let Some(from) = from.get(start..start + width) {
                to.copy_from_slice(from);
            }
        }
    }
    Ok(())
}

fn bug(error: impl std::fmt::Display) -> Error {
    Error::new(Stage::Resample, Cause::Internal(error.to_string()))
}
