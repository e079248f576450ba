//! The two passes of a resample, on as many threads as there are resizers.
//!
//! In: samples, their size, and a box along one side. Out: samples of the goal's size. Across, each thread takes some rows;
//! down, some columns: so each sample is what it would be on one thread, to the bit. What takes long goes in bands, with a look
//! at the clock before each. Must not know of alpha or layouts.

#[cfg(feature = "parallel")]
use std::num::NonZeroU32;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
#[cfg(feature = "parallel")]
use fast_image_resize::{ImageView, ImageViewMut};

use super::bug;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::threads;

/// What pixels are made of.
pub(super) trait Sample: bytemuck::Pod + Send + Sync {}

impl Sample for u8 {}
impl Sample for u16 {}

/// Bytes between two looks at the clock, across: some 20 ms. All weights are made anew for each band. Down, and where rows are
/// interleaved, half as many take as long.
pub(super) const BAND: usize = 16 << 20;

/// Resamples rows to the goal's width, from a box of `length` columns, of which the first is `start`.
pub(super) fn horizontal<P: PixelTrait, T: Sample>(
    (source, size): (&[T], Size),
    (target, target_size): (&mut [T], Size),
    (start, length): (f64, f64),
    filter: FilterType,
    resizers: &mut [Resizer],
    budget: &Budget<'_>,
) -> Result<()> {
    let rows = size.height.div_ceil(u32::try_from(resizers.len()).unwrap_or(1)) as usize;
    let per_row = |samples: usize| samples / (size.height as usize).max(1);
    let (from, to) = (per_row(source.len()), per_row(target.len()));
    let parts = source.chunks((rows * from).max(1)).zip(target.chunks_mut((rows * to).max(1)));
    let at_once = (BAND / (from.max(to) * size_of::<T>()).max(1)).max(1);
    let mut jobs: Vec<_> = resizers.iter_mut().zip(parts).collect();
    threads::for_each(jobs.len(), &mut jobs, |(resizer, (source, target))| {
        let bands = source.chunks((at_once * from).max(1)).zip(target.chunks_mut((at_once * to).max(1)));
        for (source, target) in bands {
            budget.check_interrupt(Stage::Resample)?;
            let height = u32::try_from(source.len() / from.max(1)).map_err(bug)?;
            let from = view::<P, T>(source, Size::new(size.width, height))?;
            let mut to = view_mut::<P, T>(target, Size::new(target_size.width, height))?;
            let options = options(filter).crop(start, 0.0, length, height.into());
            resizer.resize_typed(&from, &mut to, &options).map_err(bug)?;
        }
        Ok(())
    })
}

/// Resamples columns to the goal's height, from a box of `length` rows, of which the first is `start`.
pub(super) fn vertical<P: PixelTrait, T: Sample>(
    (source, size): (&[T], Size),
    (target, target_size): (&mut [T], Size),
    (start, length): (f64, f64),
    filter: FilterType,
    resizers: &mut [Resizer],
    budget: &mut Budget<'_>,
) -> Result<()> {
    budget.check_interrupt(Stage::Resample)?;
    let bands = size_of_val(source).max(size_of_val(target)).div_ceil(BAND / 2);
    // Parts are of types of their own, for which all kernels are compiled again: two megabytes that one thread does not need.
    #[cfg(feature = "parallel")]
    if resizers.len() > 1
        && let Some(count) = u32::try_from(bands.max(resizers.len())).ok().and_then(NonZeroU32::new)
        && let Some(width) = NonZeroU32::new(size.width)
        && let Some(sources) = view::<P, T>(source, size)?.split_by_width(0, width, count)
        && let Some(targets) = view_mut::<P, T>(target, target_size)?.split_by_width_mut(0, width, count)
    {
        let mut parts = sources.into_iter().zip(targets).peekable();
        while parts.peek().is_some() {
            budget.check_interrupt(Stage::Resample)?;
            let mut jobs: Vec<_> = resizers.iter_mut().zip(parts.by_ref()).collect();
            threads::for_each(jobs.len(), &mut jobs, |(resizer, (source, target))| {
                let options = options(filter).crop(0.0, start, source.width().into(), length);
                resizer.resize_typed(source, target, &options).map_err(bug)
            })?;
        }
        return Ok(());
    }
    let Some(resizer) = resizers.first_mut() else { return Err(bug("no resizer")) };
    let from = view::<P, T>(source, size)?;
    if bands < 2 {
        let options = options(filter).crop(0.0, start, size.width.into(), length);
        return resizer
            .resize_typed(&from, &mut view_mut::<P, T>(target, target_size)?, &options)
            .map_err(bug);
    }
    // Some columns at once: rows have weights that hang on where a box begins, to the last bit.
    let at_once = (size.width as usize).div_ceil(bands).next_multiple_of(16).min(size.width as usize);
    let lane = size_of::<P>() / size_of::<T>();
    let height = target_size.height as usize;
    let mut band = budget.zeroed::<T>(Stage::Resample, at_once * lane * height)?;
    let bytes = size_of_val(&*band) as u64;
    let side = |side: usize| u32::try_from(side).map_err(bug);
    for left in (0..size.width as usize).step_by(at_once) {
        budget.check_interrupt(Stage::Resample)?;
        let width = at_once.min(size.width as usize - left);
        let band = band.get_mut(..width * lane * height).unwrap_or_default();
        let mut to = view_mut::<P, T>(band, Size::new(side(width)?, target_size.height))?;
        let options = options(filter).crop(f64::from(side(left)?), start, f64::from(side(width)?), length);
        resizer.resize_typed(&from, &mut to, &options).map_err(bug)?;
        let rows = target.chunks_exact_mut(target_size.width as usize * lane);
        for (row, part) in rows.zip(band.chunks_exact(width * lane)) {
            row.get_mut(left * lane..(left + width) * lane).unwrap_or_default().copy_from_slice(part);
        }
    }
    budget.release(bytes);
    Ok(())
}

fn options(filter: FilterType) -> ResizeOptions {
    ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false)
}

pub(super) fn view<P: PixelTrait, T: Sample>(samples: &[T], size: Size) -> Result<TypedImageRef<'_, P>> {
    TypedImageRef::from_buffer(size.width, size.height, bytemuck::cast_slice(samples)).map_err(bug)
}

pub(super) fn view_mut<P: PixelTrait, T: Sample>(samples: &mut [T], size: Size) -> Result<TypedImage<'_, P>> {
    TypedImage::from_buffer(size.width, size.height, bytemuck::cast_slice_mut(samples)).map_err(bug)
}

#[cfg(test)]
mod tests {
    use fast_image_resize::pixels::{U8, U8x3, U16x4};

    use super::*;
    use crate::limits::{CancelToken, Limits};
    use crate::render::resample::lanczos::lanczos3;

    fn same<P: PixelTrait, T: Sample + std::fmt::Debug>(channels: usize, sample: impl Fn(usize) -> T) {
        let (size, target_size) = (Size::new(57, 43), Size::new(23, 19));
        let count = |size: Size| (size.width * size.height) as usize * channels;
        let source: Vec<T> = (0..count(size)).map(sample).collect();
        let run = |threads: usize| {
            let mut resizers: Vec<Resizer> = (0..threads).map(|_| Resizer::new()).collect();
            let middle = Size::new(target_size.width, size.height);
            let (mut between, mut target) =
                (vec![T::zeroed(); count(middle)], vec![T::zeroed(); count(target_size)]);
            let (wide, high) = ((1.25, 50.5), (0.75, 41.0));
            let limits = Limits::default();
            let budget = &mut Budget::start(&limits, None);
            let (from, to) = ((&source[..], size), (&mut between[..], middle));
            horizontal::<P, T>(from, to, wide, lanczos3(), &mut resizers, budget).unwrap();
            let (from, to) = ((&between[..], middle), (&mut target[..], target_size));
            vertical::<P, T>(from, to, high, lanczos3(), &mut resizers, budget).unwrap();
            bytemuck::cast_slice::<T, u8>(&target).to_vec()
        };
        let one = run(1);
        assert!(one.iter().any(|&sample| sample != 0));
        for threads in 2..30 {
            assert!(run(threads) == one, "{threads}");
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let grain = |i: usize| (i * 7919).to_le_bytes();
        same::<U8, u8>(1, |i| grain(i)[1]);
        same::<U8x3, u8>(3, |i| grain(i)[1]);
        same::<U16x4, u16>(4, |i| u16::from_le_bytes([grain(i)[0], grain(i)[1]]));
    }

    /// Larger than a band, against the same in pieces that are smaller.
    #[test]
    fn bands_are_the_same_bits() {
        let (size, target_size, channels) = (Size::new(3001, 1900), Size::new(2611, 1707), 3);
        let grain = |i: usize| (i * 7919).to_le_bytes()[1];
        let count = |size: Size| size.width as usize * size.height as usize * channels;
        let middle = Size::new(target_size.width, size.height);
        assert!(count(middle) < BAND && count(size) > BAND);
        let source: Vec<u8> = (0..count(size)).map(grain).collect();
        let limits = Limits::default();
        let budget = &mut Budget::start(&limits, None);
        let (wide, high) = ((0.25, 2990.5), (0.75, 1890.0));
        let mut between = vec![0; count(middle)];
        let resizers = &mut [Resizer::new()];
        horizontal::<U8x3, u8>((&source, size), (&mut between, middle), wide, lanczos3(), resizers, budget)
            .unwrap();
        let rows = source.chunks(size.width as usize * 3).zip(between.chunks(target_size.width as usize * 3));
        for (row, expected) in rows.step_by(97) {
            let mut alone = vec![0; expected.len()];
            let one = |size: Size| Size::new(size.width, 1);
            let to = (&mut alone[..], one(target_size));
            horizontal::<U8x3, u8>((row, one(size)), to, wide, lanczos3(), resizers, budget).unwrap();
            assert!(alone == expected);
        }
        // Columns of the whole source, taken down in bands, and a hundred of them alone.
        let tall = Size::new(size.width, target_size.height);
        let mut target = vec![0; count(tall)];
        vertical::<U8x3, u8>((&source, size), (&mut target, tall), high, lanczos3(), resizers, budget)
            .unwrap();
        // More bands than threads.
        let mut shared = vec![0; count(tall)];
        let mut pair = [Resizer::new(), Resizer::new()];
        vertical::<U8x3, u8>((&source, size), (&mut shared, tall), high, lanczos3(), &mut pair, budget)
            .unwrap();
        assert!(shared == target);
        for left in [0, 1450, 2901] {
            let cut = |samples: &[u8]| -> Vec<u8> {
                let rows = samples.chunks(size.width as usize * 3);
                rows.flat_map(|row| &row[left * 3..(left + 100) * 3]).copied().collect()
            };
            let mut alone = vec![0; 100 * 3 * target_size.height as usize];
            let (size, to) =
                (Size::new(100, size.height), (&mut alone[..], Size::new(100, target_size.height)));
            vertical::<U8x3, u8>((&cut(&source), size), to, high, lanczos3(), resizers, budget).unwrap();
            assert!(alone == cut(&target), "{left}");
        }
        assert!(budget.reserve(Stage::Resample, limits.max_memory_bytes).is_ok(), "memory not given back");
    }

    #[test]
    fn both_passes_stop_when_asked() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let budget = &mut Budget::start(&limits, Some(&token));
        let (size, resizers) = (Size::new(4, 4), &mut [Resizer::new()]);
        let (source, half) = ([0_u8; 16], (0.0, 2.0));
        let to = (&mut [0_u8; 8][..], Size::new(2, 4));
        assert!(horizontal::<U8, u8>((&source, size), to, half, lanczos3(), resizers, budget).is_err());
        let to = (&mut [0_u8; 8][..], Size::new(4, 2));
        assert!(vertical::<U8, u8>((&source, size), to, half, lanczos3(), resizers, budget).is_err());
    }
}
