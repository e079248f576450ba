//! The horizontal and the vertical pass of a resample, on as many threads as there are resizers.
//!
//! In: samples, their size, and a range along one axis. Out: samples of the target size. In the
//! horizontal pass each thread takes some rows, in the vertical pass some columns, so every sample
//! is the same, to the bit, as on one thread. Large pictures are processed in bands, with an
//! interrupt check before each. Must not know of alpha or layouts.
//!
//! Sources are mutable slices although nothing is written to them: the resampler compiles its
//! kernels for each type of view, and one type for sources and targets halves them.

use fast_image_resize::images::TypedImage;
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::error::internal;
use super::pixel_type::Sample;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::threads;

/// Bytes processed between interrupt checks in a horizontal pass: about 20 ms of work. The filter
/// weights are computed again for each band. A vertical pass, or interleaving rows, takes that long
/// for half as many bytes.
pub(super) const BAND_BYTES: usize = 16 << 20;

/// The number of samples in a band of whole rows of `stride` samples; at least one row.
pub(super) fn samples_per_band<T>(stride: usize) -> usize {
    (BAND_BYTES / (stride * size_of::<T>()).max(1)).max(1) * stride.max(1)
}

/// Resamples rows to the target width, from the range of `length` columns that begins at `start`.
pub(super) fn horizontal<P: PixelTrait, T: Sample>(
    (source, size): (&mut [T], Size),
    (target, target_size): (&mut [T], Size),
    (start, length): (f64, f64),
    filter: FilterType,
    resizers: &mut [Resizer],
    budget: &Budget<'_>,
) -> Result<()> {
    let rows = size.height.div_ceil(u32::try_from(resizers.len()).unwrap_or(1)) as usize;
    let per_row = |samples: usize| samples / (size.height as usize).max(1);
    let (stride, target_stride) = (per_row(source.len()), per_row(target.len()));
    let parts =
        source.chunks_mut((rows * stride).max(1)).zip(target.chunks_mut((rows * target_stride).max(1)));
    let band_rows = (BAND_BYTES / (stride.max(target_stride) * size_of::<T>()).max(1)).max(1);
    let mut jobs: Vec<_> = resizers.iter_mut().zip(parts).collect();
    threads::for_each(jobs.len(), &mut jobs, |(resizer, (source, target))| {
        let sources = source.chunks_mut((band_rows * stride).max(1));
        let bands = sources.zip(target.chunks_mut((band_rows * target_stride).max(1)));
        for (source, target) in bands {
            budget.check_interrupt(Stage::Resample)?;
            let height = u32::try_from(source.len() / stride.max(1)).map_err(internal)?;
            let from = view::<P, T>(source, Size::new(size.width, height))?;
            let mut to = view::<P, T>(target, Size::new(target_size.width, height))?;
            let options = options(filter).crop(start, 0.0, length, height.into());
            resizer.resize_typed(&from, &mut to, &options).map_err(internal)?;
        }
        Ok(())
    })
}

/// Resamples columns to the target height, from the range of `length` rows that begins at `start`.
pub(super) fn vertical<P: PixelTrait, T: Sample>(
    (source, size): (&mut [T], Size),
    (target, target_size): (&mut [T], Size),
    (start, length): (f64, f64),
    filter: FilterType,
    resizers: &mut [Resizer],
    budget: &mut Budget<'_>,
) -> Result<()> {
    budget.check_interrupt(Stage::Resample)?;
    let (width, channels) = (size.width as usize, size_of::<P>() / size_of::<T>());
    let height = target_size.height as usize;
    let fewest = size_of_val(source).max(size_of_val(target)).div_ceil(BAND_BYTES / 2);
    let band_width = |bands: usize| width.div_ceil(bands.max(1)).next_multiple_of(16).min(width);
    let band_len = |bands: usize| band_width(bands) * channels * height;
    // Every thread needs a band of its own. If they do not fit, one thread suffices.
    let all = band_len(fewest.max(resizers.len())) * resizers.len() * size_of::<T>();
    let threads = if budget.check(Stage::Resample, all as u64).is_ok() { resizers.len() } else { 1 };
    let resizers = resizers.get_mut(..threads).unwrap_or_default();
    let bands = fewest.max(threads);
    let from = view::<P, T>(source, size)?;
    if bands < 2 {
        let Some(resizer) = resizers.first_mut() else { return Err(internal("no resizer")) };
        let options = options(filter).crop(0.0, start, size.width.into(), length);
        let mut to = view::<P, T>(target, target_size)?;
        return resizer.resize_typed(&from, &mut to, &options).map_err(internal);
    }
    // Bands of columns: the weights of rows depend, in their last bits, on where the box begins, so
    // bands of rows would give other results.
    let (band_width, band_len) = (band_width(bands), band_len(bands));
    let mut buffers = budget.zeroed::<T>(Stage::Resample, band_len * resizers.len())?;
    let bytes = size_of_val(&*buffers) as u64;
    let to_u32 = |length: usize| u32::try_from(length).map_err(internal);
    for first in (0..width).step_by(band_width * resizers.len()) {
        budget.check_interrupt(Stage::Resample)?;
        let lefts = (first..width).step_by(band_width);
        let mut jobs: Vec<_> =
            resizers.iter_mut().zip(lefts.zip(buffers.chunks_exact_mut(band_len.max(1)))).collect();
        threads::for_each(jobs.len(), &mut jobs, |(resizer, (left, band))| {
            let width = band_width.min(width - *left);
            let band = band.get_mut(..width * channels * height).unwrap_or_default();
            let mut to = view::<P, T>(band, Size::new(to_u32(width)?, target_size.height))?;
            let (left, width) = (f64::from(to_u32(*left)?), f64::from(to_u32(width)?));
            let options = options(filter).crop(left, start, width, length);
            resizer.resize_typed(&from, &mut to, &options).map_err(internal)
        })?;
        for (_, (left, band)) in jobs {
            let width = band_width.min(width - left);
            let rows = target.chunks_exact_mut(target_size.width as usize * channels);
            for (row, part) in rows.zip(band.chunks_exact(width * channels)) {
                let columns = left * channels..(left + width) * channels;
                row.get_mut(columns).unwrap_or_default().copy_from_slice(part);
            }
        }
    }
    budget.release(bytes);
    Ok(())
}

/// Resamples only the columns from `left` on that `target` has room for, on one thread.
pub(super) fn vertical_columns<P: PixelTrait, T: Sample>(
    (source, size): (&mut [T], Size),
    left: u32,
    (target, target_size): (&mut [T], Size),
    (start, length): (f64, f64),
    filter: FilterType,
    resizers: &mut [Resizer],
) -> Result<()> {
    let Some(resizer) = resizers.first_mut() else { return Err(internal("no resizer")) };
    let options = options(filter).crop(left.into(), start, target_size.width.into(), length);
    let (from, mut to) = (view::<P, T>(source, size)?, view::<P, T>(target, target_size)?);
    resizer.resize_typed(&from, &mut to, &options).map_err(internal)
}

fn options(filter: FilterType) -> ResizeOptions {
    ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false)
}

pub(super) fn view<P: PixelTrait, T: Sample>(samples: &mut [T], size: Size) -> Result<TypedImage<'_, P>> {
    TypedImage::from_buffer(size.width, size.height, bytemuck::cast_slice_mut(samples)).map_err(internal)
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
            let (columns, rows) = ((1.25, 50.5), (0.75, 41.0));
            let limits = Limits::default();
            let budget = &mut Budget::start(&limits, None);
            let mut source = source.clone();
            let (from, to) = ((&mut source[..], size), (&mut between[..], middle));
            horizontal::<P, T>(from, to, columns, lanczos3(), &mut resizers, budget).unwrap();
            let (from, to) = ((&mut between[..], middle), (&mut target[..], target_size));
            vertical::<P, T>(from, to, rows, lanczos3(), &mut resizers, budget).unwrap();
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

    /// Threads need memory that one thread does not.
    #[test]
    fn one_thread_works_where_the_memory_for_more_is_missing() {
        let (size, target_size) = (Size::new(64, 40), Size::new(64, 25));
        let mut source: Vec<u8> = (0..64 * 40).map(|i: usize| (i * 7919).to_le_bytes()[1]).collect();
        let mut resampled = |max_memory_bytes| {
            let limits = Limits { max_memory_bytes, ..Limits::default() };
            let (mut target, budget) = (vec![0; 64 * 25], &mut Budget::start(&limits, None));
            let (from, to) = ((&mut source[..], size), (&mut target[..], target_size));
            let mut resizers = [Resizer::new(), Resizer::new()];
            vertical::<U8, u8>(from, to, (0.0, 40.0), lanczos3(), &mut resizers, budget).unwrap();
            target
        };
        assert!(resampled(1) == resampled(1 << 20));
    }

    /// Compares a source larger than a band with pieces that are smaller.
    #[test]
    fn bands_do_not_change_the_result() {
        let (size, target_size, channels) = (Size::new(3001, 1900), Size::new(2611, 1707), 3);
        let grain = |i: usize| (i * 7919).to_le_bytes()[1];
        let count = |size: Size| size.width as usize * size.height as usize * channels;
        let middle = Size::new(target_size.width, size.height);
        assert!(count(middle) < BAND_BYTES && count(size) > BAND_BYTES);
        let mut source: Vec<u8> = (0..count(size)).map(grain).collect();
        let limits = Limits::default();
        let budget = &mut Budget::start(&limits, None);
        let (columns, rows) = ((0.25, 2990.5), (0.75, 1890.0));
        let mut between = vec![0; count(middle)];
        let resizers = &mut [Resizer::new()];
        horizontal::<U8x3, u8>(
            (&mut source, size),
            (&mut between, middle),
            columns,
            lanczos3(),
            resizers,
            budget,
        )
        .unwrap();
        let pairs =
            source.chunks_mut(size.width as usize * 3).zip(between.chunks(target_size.width as usize * 3));
        for (row, expected) in pairs.step_by(97) {
            let mut single = vec![0; expected.len()];
            let one = |size: Size| Size::new(size.width, 1);
            let to = (&mut single[..], one(target_size));
            horizontal::<U8x3, u8>((row, one(size)), to, columns, lanczos3(), resizers, budget).unwrap();
            assert!(single == expected);
        }
        // All columns of the source, in bands, and a hundred of them on their own.
        let tall = Size::new(size.width, target_size.height);
        let mut target = vec![0; count(tall)];
        vertical::<U8x3, u8>((&mut source, size), (&mut target, tall), rows, lanczos3(), resizers, budget)
            .unwrap();
        // More bands than threads.
        let mut threaded = vec![0; count(tall)];
        let mut pair = [Resizer::new(), Resizer::new()];
        vertical::<U8x3, u8>((&mut source, size), (&mut threaded, tall), rows, lanczos3(), &mut pair, budget)
            .unwrap();
        assert!(threaded == target);
        for left in [0, 1450, 2901] {
            let cut = |samples: &[u8]| -> Vec<u8> {
                let rows = samples.chunks(size.width as usize * 3);
                rows.flat_map(|row| &row[left * 3..(left + 100) * 3]).copied().collect()
            };
            let mut single = vec![0; 100 * 3 * target_size.height as usize];
            let (size, to) =
                (Size::new(100, size.height), (&mut single[..], Size::new(100, target_size.height)));
            vertical::<U8x3, u8>((&mut cut(&source), size), to, rows, lanczos3(), resizers, budget).unwrap();
            assert!(single == cut(&target), "{left}");
        }
        assert!(budget.reserve(Stage::Resample, limits.max_memory_bytes).is_ok(), "memory not given back");
    }

    #[test]
    fn a_cancelled_call_stops_in_both_passes() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let budget = &mut Budget::start(&limits, Some(&token));
        let (size, resizers) = (Size::new(4, 4), &mut [Resizer::new()]);
        let (mut source, half) = ([0_u8; 16], (0.0, 2.0));
        let to = (&mut [0_u8; 8][..], Size::new(2, 4));
        assert!(horizontal::<U8, u8>((&mut source, size), to, half, lanczos3(), resizers, budget).is_err());
        let to = (&mut [0_u8; 8][..], Size::new(4, 2));
        assert!(vertical::<U8, u8>((&mut source, size), to, half, lanczos3(), resizers, budget).is_err());
    }
}
