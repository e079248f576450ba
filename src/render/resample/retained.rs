//! [`Retained`]: a resampled picture that is kept up to date while parts of its source change.
//!
//! In: a source of 8-bit RGBA, the box of it that has changed, its placement. Out: the picture, the
//! same to the bit as if all of the source were resampled. The picture between the passes is kept: of
//! the rows that have changed, the horizontal pass is done again, and of the columns that depend on
//! them, the vertical one. Must not know of animations.

use fast_image_resize::pixels::U8x4;

use super::copy::copy_rows;
use super::error::internal;
use super::interleaved::Resample;
use super::passes::{BAND_BYTES, horizontal, vertical, vertical_columns, view};
use super::region::{clip, rows_in_support, sample_len, whole_offset, window};
use super::scratch::Scratch;
use crate::error::{Result, Stage};
use crate::geometry::{CropBox, Placement, Size};
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Samples, SourceRegion};
use crate::render::framing::PixelBox;

/// A resampled picture, and what is needed to update it.
#[derive(Debug)]
pub(crate) struct Retained {
    placement: Placement,
    region: Option<CropBox>,
    /// The part of the source that may be read.
    window: PixelBox,
    resample: Resample,
    /// The window's rows in the support of the filter: the first, and their number.
    support: (u32, u32),
    /// The window's rows in the support, at the target's width; empty if nothing is resampled.
    between: Vec<u8>,
    target: Image,
}

/// Bytes of the source that go through the horizontal pass at once.
const STRIP_BYTES: usize = 256 << 10;

/// The radius of the widest filter in target pixels, and source pixels that are added to it because
/// edges are fractional.
const RADIUS: f64 = 3.0;
const MARGIN: f64 = 2.0;

const LAYOUT: Layout = Layout::Rgba;

impl Retained {
    /// The picture for a source of `size`, before anything of it is resampled.
    pub(crate) fn new(
        size: Size,
        region: Option<CropBox>,
        placement: &Placement,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let (x, y, size) = region.map_or((0, 0, size), |region| window(region, size));
        let crop = clip(SourceRegion::WHOLE.shifted(x, y).of(placement.crop), size);
        let resample = Resample::new(size, LAYOUT, crop, placement);
        let target = placement.resize;
        let support = rows_in_support(&crop, target, size, resample.filter);
        let is_resampled = whole_offset(&crop, target).is_none() && !resample.vertical_first();
        let kept = if is_resampled { sample_len(Size::new(target.width, support.1), LAYOUT)? } else { 0 };
        let between = budget.zeroed::<u8>(Stage::Resample, kept)?;
        let samples = budget.zeroed::<u8>(Stage::Resample, sample_len(target, LAYOUT)?)?;
        let target = Image::eight(target, LAYOUT, samples);
        let window = PixelBox { x, y, size };
        Ok(Self { placement: *placement, region, window, resample, support, between, target })
    }

    pub(crate) fn picture(&self) -> &Image {
        &self.target
    }

    /// Returns its memory.
    pub(crate) fn recycle(self, budget: &mut Budget<'_>) {
        let Self { between, target, .. } = self;
        for buffer in target.into_buffer().into_iter().chain([between]) {
            budget.release(buffer.len() as u64);
            budget.recycle(buffer);
        }
    }

    /// The columns of the target that depend on the window's columns from `start` on.
    fn columns(&self, start: u32, length: u32) -> (u32, u32) {
        let Resample { crop, target, .. } = self.resample;
        let scale = crop.width / f64::from(target.width);
        let reach = RADIUS * scale.max(1.0) + MARGIN;
        let first = ((f64::from(start) - reach - crop.x) / scale).floor().max(0.0);
        let end = (f64::from(start) + f64::from(length) + reach - crop.x) / scale;
        let end = end.ceil().clamp(0.0, target.width.into());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to the target's width"
        )]
        (first as u32, end as u32)
    }
}

impl Scratch {
    /// Resamples again what depends on the box `changed` of `source`. Returns whether the picture may
    /// have changed.
    pub(crate) fn update(
        &mut self,
        retained: &mut Retained,
        source: &mut Image,
        changed: PixelBox,
        budget: &mut Budget<'_>,
    ) -> Result<bool> {
        let Some(changed) = inside(changed, retained.window) else { return Ok(false) };
        let Resample { crop, target, .. } = retained.resample;
        if retained.resample.vertical_first() {
            let placement = retained.placement;
            let resampled =
                self.resample(source, SourceRegion::WHOLE, retained.region, &placement, budget)?;
            let before = std::mem::replace(&mut retained.target, resampled);
            budget.release(before.samples.bytes());
            before.into_buffer().into_iter().for_each(|buffer| budget.recycle(buffer));
            return Ok(true);
        }
        let (Samples::Eight(samples), Samples::Eight(to)) = (&source.samples, &mut retained.target.samples)
        else {
            return Err(internal("only samples of 8 bits are retained"));
        };
        let stride = source.size.width as usize * LAYOUT.channels();
        let PixelBox { x, y, .. } = retained.window;
        if let Some((left, top)) = whole_offset(&crop, target) {
            let (start, width) = ((x as usize + left) * LAYOUT.channels(), target.width as usize);
            let to = (&mut to[..], width * LAYOUT.channels());
            copy_rows(samples, stride, start, y as usize + top, to, budget)?;
            return Ok(true);
        }
        let (first, count) = retained.support;
        let rows = (changed.y.max(first), (changed.y + changed.size.height).min(first + count));
        let columns = retained.columns(changed.x, changed.size.width);
        if rows.0 >= rows.1 || columns.0 >= columns.1 {
            return Ok(false);
        }
        catch_panic(Stage::Resample, "the resampler", || {
            self.update_rows(retained, (samples, stride), rows, budget)
        })?;
        catch_panic(Stage::Resample, "the resampler", || self.update_columns(retained, columns, budget))?;
        Ok(true)
    }

    /// The horizontal pass of the window's rows from the first to the second of `rows`.
    fn update_rows(
        &mut self,
        retained: &mut Retained,
        (samples, stride): (&[u8], usize),
        rows: (u32, u32),
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let Resample { source, crop, target, filter, .. } = retained.resample;
        let Self { engine, buffers, .. } = self;
        let width = source.width as usize * LAYOUT.channels();
        let between_stride = target.width as usize * LAYOUT.channels();
        let strip_rows = (STRIP_BYTES / width).clamp(1, (rows.1 - rows.0) as usize);
        let working = strip_rows * width;
        budget.reserve(Stage::Resample, working as u64)?;
        let strip = buffers.eight.rows.for_overwriting(Stage::Resample, working)?;
        let start = retained.window.x as usize * LAYOUT.channels();
        let top = (rows.0 - retained.support.0) as usize * between_stride;
        let length = (rows.1 - rows.0) as usize * between_stride;
        let between = retained.between.get_mut(top..top + length).unwrap_or_default();
        let mut next = (retained.window.y + rows.0) as usize;
        for between in between.chunks_mut(strip_rows * between_stride) {
            let count = between.len() / between_stride;
            let strip = strip.get_mut(..count * width).unwrap_or_default();
            copy_rows(samples, stride, start, next, (strip, width), budget)?;
            next += count;
            let height = u32::try_from(count).map_err(internal)?;
            let size = Size::new(source.width, height);
            engine
                .alpha
                .multiply_alpha_inplace_typed(&mut view::<U8x4, u8>(strip, size)?)
                .map_err(internal)?;
            let to = (between, Size::new(target.width, height));
            let columns = (crop.x, crop.width);
            horizontal::<U8x4, u8>((strip, size), to, columns, filter, engine.resizer(), budget)?;
        }
        buffers.eight.trim();
        budget.release(working as u64);
        Ok(())
    }

    /// The vertical pass of the target's columns from the first to the second of `columns`.
    fn update_columns(
        &mut self,
        retained: &mut Retained,
        columns: (u32, u32),
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let Retained { resample, support, between, target: Image { samples, .. }, .. } = retained;
        let Samples::Eight(samples) = samples else {
            return Err(internal("only samples of 8 bits are retained"));
        };
        let Resample { crop, target, filter, .. } = *resample;
        let size = Size::new(target.width, support.1);
        let rows = (crop.y - f64::from(support.0), crop.height);
        let part = Size::new(columns.1 - columns.0, target.height);
        let channels = LAYOUT.channels();
        let is_large = part.width as usize * size.height as usize * channels > BAND_BYTES / 2;
        if part.width == target.width || is_large {
            let resizers = self.engine.resizers(between.len(), budget);
            vertical::<U8x4, u8>((between, size), (samples, target), rows, filter, resizers, budget)?;
            return resample.divide_alpha::<U8x4, u8>(samples, &self.engine, budget);
        }
        let len = sample_len(part, LAYOUT)?;
        budget.reserve(Stage::Resample, len as u64)?;
        let made = self.buffers.eight.between.for_overwriting(Stage::Resample, len)?;
        let from = (&mut between[..], size);
        vertical_columns::<U8x4, u8>(from, columns.0, (made, part), rows, filter, self.engine.resizer())?;
        let divided = Resample { target: part, ..*resample };
        divided.divide_alpha::<U8x4, u8>(made, &self.engine, budget)?;
        let (start, width) = (columns.0 as usize * channels, part.width as usize * channels);
        let rows = samples.chunks_exact_mut(target.width as usize * channels);
        for (row, made) in rows.zip(made.chunks_exact(width)) {
            row.get_mut(start..start + width).unwrap_or_default().copy_from_slice(made);
        }
        budget.release(len as u64);
        Ok(())
    }
}

/// The part of `changed` inside `window`, relative to it.
fn inside(changed: PixelBox, window: PixelBox) -> Option<PixelBox> {
    let span = |start: u32, length: u32, origin: u32, extent: u32| {
        let first = start.max(origin);
        let end = start.saturating_add(length).min(origin + extent);
        (first < end).then(|| (first - origin, end - first))
    };
    let (x, width) = span(changed.x, changed.size.width, window.x, window.size.width)?;
    let (y, height) = span(changed.y, changed.size.height, window.y, window.size.height)?;
    Some(PixelBox { x, y, size: Size::new(width, height) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Bounds, Fit, Gravity, place};
    use crate::limits::Limits;

    /// Random boxes of a picture change, also to transparent: at every step the retained picture is
    /// that of a resample of all of it.
    #[test]
    fn an_updated_picture_is_the_same_to_the_bit() {
        let limits = Limits::default();
        let budget = &mut Budget::start(&limits, None);
        let mut state = 1_u32;
        let mut random = move |bound: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % bound
        };
        let byte = |value: u32| value.to_le_bytes()[0];
        let size = Size::new(197, 143);
        let part = CropBox { x: 10.5, y: 3.0, width: 150.25, height: 120.0 };
        for (fit, width, height, region) in [
            (Fit::Cover, 31, 57, None),
            (Fit::Contain, 90, 90, None),
            (Fit::Squeeze, 7, 100, Some(part)),
            (Fit::Contain, 400, 300, None),
            (Fit::Squeeze, 250, 40, None),
            (Fit::ScaleDown, 197, 143, None),
            (Fit::Crop, 190, 130, None),
            (Fit::Cover, 3, 3, None),
        ] {
            let bounds = Bounds { width: Some(width), height: Some(height) };
            let mut placement = place(size, bounds, fit, Gravity::HALVES).unwrap();
            if region.is_some() {
                placement.crop = part;
            }
            let (mut updating, mut whole) = (Scratch::default(), Scratch::default());
            let samples = (0..197 * 143 * 4).map(|_| byte(random(256))).collect();
            let mut source = Image::eight(size, LAYOUT, samples);
            let mut retained = Retained::new(size, region, &placement, budget).unwrap();
            let mut changed = PixelBox::whole(size);
            for step in 0..30 {
                let updated = updating.update(&mut retained, &mut source, changed, budget).unwrap();
                let expected =
                    whole.resample(&mut source, SourceRegion::WHOLE, region, &placement, budget).unwrap();
                assert!(*retained.picture() == expected, "{fit} {width}x{height}, step {step}");
                assert!(updated || step > 0);
                let (x, y) = (random(197), random(143));
                let most = if step % 3 == 0 { 4 } else { 200 };
                let size = Size::new(1 + random(197 - x).min(most), 1 + random(143 - y).min(most));
                changed = PixelBox { x, y, size };
                let Samples::Eight(samples) = &mut source.samples else { panic!("8 bits") };
                for row in samples.chunks_mut(197 * 4).skip(y as usize).take(size.height as usize) {
                    for sample in &mut row[x as usize * 4..(x + size.width) as usize * 4] {
                        *sample = byte(random(256));
                    }
                }
            }
            retained.recycle(budget);
        }
    }
}
