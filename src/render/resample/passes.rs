//! The two passes of a resample, on as many threads as there are resizers.
//!
//! In: samples, their size, and a box along one side. Out: samples of the goal's size. Across, each thread takes some rows;
//! down, some columns: so each sample is what it would be on one thread, to the bit. Must not know of alpha or layouts.

#[cfg(feature = "parallel")]
use std::num::NonZeroU32;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
#[cfg(feature = "parallel")]
use fast_image_resize::{ImageView, ImageViewMut};

use super::bug;
use crate::crew;
use crate::error::Result;
use crate::fit::Size;

/// What pixels are made of.
pub(super) trait Sample: bytemuck::Pod + Send + Sync {}

impl Sample for u8 {}
impl Sample for u16 {}

/// Resamples rows to the goal's width, from a box of `length` columns, of which the first is `start`.
pub(super) fn across<P: PixelTrait, T: Sample>(
    (source, size): (&[T], Size),
    (target, goal): (&mut [T], Size),
    (start, length): (f64, f64),
    filter: FilterType,
    resizers: &mut [Resizer],
) -> Result<()> {
    let rows = size.height.div_ceil(u32::try_from(resizers.len()).unwrap_or(1)) as usize;
    let per_row = |samples: usize| samples / (size.height as usize).max(1);
    let (from, to) = (per_row(source.len()), per_row(target.len()));
    let parts = source.chunks((rows * from).max(1)).zip(target.chunks_mut((rows * to).max(1)));
    let mut jobs: Vec<_> = resizers.iter_mut().zip(parts).collect();
    crew::each(&mut jobs, |(resizer, (source, target))| {
        let height = u32::try_from(source.len() / from.max(1)).map_err(bug)?;
        let from = view::<P, T>(source, Size::new(size.width, height))?;
        let mut to = view_mut::<P, T>(target, Size::new(goal.width, height))?;
        let options = options(filter).crop(start, 0.0, length, height.into());
        resizer.resize_typed(&from, &mut to, &options).map_err(bug)
    })
}

/// Resamples columns to the goal's height, from a box of `length` rows, of which the first is `start`.
pub(super) fn down<P: PixelTrait, T: Sample>(
    (source, size): (&[T], Size),
    (target, goal): (&mut [T], Size),
    (start, length): (f64, f64),
    filter: FilterType,
    resizers: &mut [Resizer],
) -> Result<()> {
    let (from, mut to) = (view::<P, T>(source, size)?, view_mut::<P, T>(target, goal)?);
    let options = |width: u32| options(filter).crop(0.0, start, width.into(), length);
    // Parts are of types of their own, for which all kernels are compiled again: two megabytes that one thread does not need.
    #[cfg(feature = "parallel")]
    if let Some(count) = u32::try_from(resizers.len()).ok().and_then(NonZeroU32::new)
        && count.get() > 1
        && let Some(width) = NonZeroU32::new(size.width)
        && let Some(sources) = from.split_by_width(0, width, count)
        && let Some(targets) = to.split_by_width_mut(0, width, count)
    {
        let mut jobs: Vec<_> = resizers.iter_mut().zip(sources.into_iter().zip(targets)).collect();
        return crew::each(&mut jobs, |(resizer, (source, target))| {
            resizer.resize_typed(source, target, &options(source.width())).map_err(bug)
        });
    }
    let Some(resizer) = resizers.first_mut() else { return Err(bug("no resizer")) };
    resizer.resize_typed(&from, &mut to, &options(size.width)).map_err(bug)
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
    use crate::render::resample::lanczos::lanczos3;

    fn same<P: PixelTrait, T: Sample + std::fmt::Debug>(channels: usize, sample: impl Fn(usize) -> T) {
        let (size, goal) = (Size::new(57, 43), Size::new(23, 19));
        let count = |size: Size| (size.width * size.height) as usize * channels;
        let source: Vec<T> = (0..count(size)).map(sample).collect();
        let run = |threads: usize| {
            let mut resizers: Vec<Resizer> = (0..threads).map(|_| Resizer::new()).collect();
            let middle = Size::new(goal.width, size.height);
            let (mut between, mut target) =
                (vec![T::zeroed(); count(middle)], vec![T::zeroed(); count(goal)]);
            let (wide, high) = ((1.25, 50.5), (0.75, 41.0));
            across::<P, T>((&source, size), (&mut between, middle), wide, lanczos3(), &mut resizers).unwrap();
            down::<P, T>((&between, middle), (&mut target, goal), high, lanczos3(), &mut resizers).unwrap();
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
}
