//! Resamples one-channel pictures: the horizontal pass takes four rows at a time, interleaved as if
//! they were the channels of one row.
//!
//! In: planes and their placement. Out: planes of the target size. On the same samples, the
//! resampler's kernel for four channels is several times faster than the one for one channel and
//! gives the same bits. Must not know what a plane shows.

use fast_image_resize::pixels::{U8, U8x4};
use fast_image_resize::{FilterType, Resizer};

use super::copy::copy_rows;
use super::error::internal;
use super::lanczos::lanczos3;
use super::passes::{BAND_BYTES, horizontal, vertical};
use super::region::{clip, rows_in_support, whole_offset, window};
use super::scratch::{Engine, RowQuads, Scratch};
use crate::error::{Result, Stage};
use crate::geometry::{CropBox, Placement, Size};
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Plane};
use crate::threads;

/// One resample of one plane with 8-bit samples.
pub(super) struct GrayResample<'a> {
    pub(super) samples: &'a [u8],
    pub(super) stride: usize,
    pub(super) source: Size,
    /// May extend a few samples beyond the plane's edges; edge samples are repeated there.
    pub(super) crop: CropBox,
    pub(super) target: Size,
    pub(super) filter: FilterType,
}

impl Scratch {
    /// Resamples luma to the placement's size and chroma to half of it, rounded up, from nothing
    /// outside of the box `region` of the source. `reversed`
    /// states whether columns and rows are stored in reverse of the displayed order: where a side
    /// is odd, the chroma sample that covers a single pixel is the last one as displayed.
    pub(crate) fn resample_planes(
        &mut self,
        planes: &[Plane; 3],
        region: Option<CropBox>,
        placement: &Placement,
        reversed: (bool, bool),
        budget: &mut Budget<'_>,
    ) -> Result<[Image; 3]> {
        let size = placement.resize;
        let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
        let mut resample = |plane: &Plane, luma: bool| {
            let Plane { size: source, stride, ref samples, view } = *plane;
            let (x, y, source) = match region {
                Some(region) => window(view.of(region), source),
                None => (0, 0, source),
            };
            let samples = samples.get(y as usize * stride + x as usize..).unwrap_or_default();
            let crop = clip(view.shifted(x, y).of(placement.crop), source);
            let (crop, target) = if luma { (crop, size) } else { (around_pairs(crop, size, reversed), half) };
            let gray = GrayResample { samples, stride, source, crop, target, filter: lanczos3() };
            let mut samples =
                budget.zeroed(Stage::Resample, target.width as usize * target.height as usize)?;
            gray.run(&mut samples, &mut self.engine, &mut self.quads, budget)?;
            Ok(Image::eight(target, Layout::Gray, samples))
        };
        let [y, cb, cr] = planes;
        Ok([resample(y, true)?, resample(cb, false)?, resample(cr, false)?])
    }
}

/// Enlarges `crop`, whose pixels become `size`, by one target pixel along each odd side, so that
/// chroma samples cover whole pairs of pixels.
fn around_pairs(crop: CropBox, size: Size, reversed: (bool, bool)) -> CropBox {
    let pixel = |length: f64, side: u32| if side % 2 == 1 { length / f64::from(side) } else { 0.0 };
    let (horizontal, vertical) = (pixel(crop.width, size.width), pixel(crop.height, size.height));
    CropBox {
        x: crop.x - if reversed.0 { horizontal } else { 0.0 },
        y: crop.y - if reversed.1 { vertical } else { 0.0 },
        width: crop.width + horizontal,
        height: crop.height + vertical,
    }
}

/// How many whole samples a range extends before the first and after the last of `side` samples.
fn overhang(start: f64, length: f64, side: u32) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
    let whole = |length: f64| length.max(0.0).ceil() as u32;
    (whole(-start), whole(start + length - f64::from(side)))
}

impl GrayResample<'_> {
    /// Runs the horizontal pass, then the vertical one.
    pub(super) fn run(
        &self,
        target: &mut [u8],
        engine: &mut Engine,
        quads: &mut RowQuads,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let Self { source, crop, target: target_size, .. } = *self;
        let (left, right) = overhang(crop.x, crop.width, source.width);
        let (above, below) = overhang(crop.y, crop.height, source.height);
        if let Some((x, y)) = whole_offset(&crop, target_size)
            && (left, right, above, below) == (0, 0, 0, 0)
        {
            return copy_rows(self.samples, self.stride, x, y, (target, target_size.width as usize), budget);
        }
        let (top, rows) = rows_in_support(&crop, target_size, source, self.filter);
        let (width, groups) = ((left + source.width + right) as usize, rows.div_ceil(4) as usize);
        let height = above + rows + below;
        let target_width = target_size.width as usize;
        let (interleaved, resampled) = (width * groups * 4, target_width * groups * 4);
        let between = target_width * height as usize;
        let working = (interleaved + resampled + between) as u64;
        budget.reserve(Stage::Resample, working)?;
        let interleaved = quads.interleaved.for_overwriting(Stage::Resample, interleaved)?;
        let resampled = quads.resampled.for_overwriting(Stage::Resample, resampled)?;
        let between = quads.rows.for_overwriting(Stage::Resample, between)?;

        let rows = rows as usize;
        let first = above as usize * target_width;
        catch_panic(Stage::Resample, "the resampler", || {
            let inner = between.get_mut(first..first + rows * target_width).unwrap_or_default();
            let resizers = engine.resizers(interleaved.len(), budget);
            let columns = (crop.x + f64::from(left), crop.width);
            self.horizontal(
                (interleaved, width),
                (resampled, inner),
                (top as usize, rows, left as usize),
                columns,
                resizers,
                budget,
            )?;
            let last = first + (rows - 1) * target_width;
            for above in (0..above as usize).map(|row| row * target_width) {
                between.copy_within(first..first + target_width, above);
            }
            for below in (0..below as usize).map(|row| first + (rows + row) * target_width) {
                between.copy_within(last..last + target_width, below);
            }
            let range = (crop.y - f64::from(top) + f64::from(above), crop.height);
            let between = (between, Size::new(target_size.width, height));
            vertical::<U8, u8>(between, (target, target_size), range, self.filter, resizers, budget)
        })?;
        quads.trim();
        budget.release(working);
        Ok(())
    }

    /// The horizontal pass over `rows` rows from `top` on, some on each thread: interleaves rows
    /// four at a time into `interleaved`, resamples them to `resampled`, and separates them into `inner`.
    fn horizontal(
        &self,
        (interleaved, width): (&mut [u8], usize),
        (resampled, inner): (&mut [u8], &mut [u8]),
        (top, rows, left): (usize, usize, usize),
        columns: (f64, f64),
        resizers: &mut [Resizer],
        budget: &Budget<'_>,
    ) -> Result<()> {
        let target_width = self.target.width as usize;
        let groups = rows.div_ceil(4).div_ceil(resizers.len());
        let parts = interleaved.chunks_mut(groups * width * 4);
        let parts = parts.zip(resampled.chunks_mut(groups * target_width * 4));
        let parts = parts.zip(inner.chunks_mut(groups * target_width * 4)).enumerate();
        let mut jobs: Vec<_> = resizers.chunks_mut(1).zip(parts).collect();
        let band_groups = (BAND_BYTES / 2 / (width.max(target_width) * 4)).max(1);
        threads::for_each(jobs.len(), &mut jobs, |(resizer, (part, ((interleaved, resampled), inner)))| {
            let bands = interleaved.chunks_mut(band_groups * width * 4);
            let bands = bands.zip(resampled.chunks_mut(band_groups * target_width * 4));
            let bands = bands.zip(inner.chunks_mut(band_groups * target_width * 4));
            for (band, ((interleaved, resampled), inner)) in bands.enumerate() {
                let above = (*part * groups + band * band_groups) * 4;
                for (group, quads) in interleaved.as_chunks_mut::<4>().0.chunks_exact_mut(width).enumerate() {
                    let row = |i: usize| {
                        let start = (top + (above + group * 4 + i).min(rows - 1)) * self.stride;
                        self.samples.get(start..start + self.source.width as usize).unwrap_or_default()
                    };
                    interleave([row(0), row(1), row(2), row(3)], quads, left);
                }
                let to_u32 = |length: usize| u32::try_from(length).map_err(internal);
                let height = to_u32(interleaved.len() / (width * 4))?;
                let (size, target_size) =
                    (Size::new(to_u32(width)?, height), Size::new(self.target.width, height));
                horizontal::<U8x4, u8>(
                    (interleaved, size),
                    (resampled, target_size),
                    columns,
                    self.filter,
                    resizer,
                    budget,
                )?;
                for (rows, quads) in
                    inner.chunks_mut(target_width * 4).zip(resampled.chunks_exact(target_width * 4))
                {
                    for (lane, row) in rows.chunks_exact_mut(target_width).enumerate() {
                        extract_lane(quads, lane, row);
                    }
                }
            }
            Ok(())
        })
    }
}

/// Interleaves four rows as the channels of one, beginning `left` pixels in; their edge samples are
/// repeated to fill both sides.
fn interleave([a, b, c, d]: [&[u8]; 4], quads: &mut [[u8; 4]], left: usize) {
    let Some((before, rest)) = quads.split_at_mut_checked(left) else { return };
    let Some((inner, after)) = rest.split_at_mut_checked(a.len()) else { return };
    for ((((quad, &a), &b), &c), &d) in inner.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *quad = [a, b, c, d];
    }
    if let (Some(&first), Some(&last)) = (inner.first(), inner.last()) {
        before.fill(first);
        after.fill(last);
    }
}

/// Copies channel `lane` of four to `row`.
fn extract_lane(quads: &[u8], lane: usize, row: &mut [u8]) {
    let shift = lane * 8;
    for (sample, quad) in row.iter_mut().zip(quads.as_chunks::<4>().0) {
        #[expect(clippy::cast_possible_truncation, reason = "one byte of four")]
        let byte = (u32::from_le_bytes(*quad) >> (shift & 31)) as u8;
        *sample = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn plane(width: u32, height: u32) -> Vec<u8> {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_le_bytes()[3]
        };
        (0..width * height).map(|_| next()).collect()
    }

    fn run(gray: &GrayResample<'_>) -> Vec<u8> {
        let limits = Limits::default();
        let mut target = vec![0; gray.target.width as usize * gray.target.height as usize];
        let mut budget = Budget::start(&limits, None);
        gray.run(&mut target, &mut Engine::default(), &mut RowQuads::default(), &mut budget).unwrap();
        assert!(budget.reserve(Stage::Resample, limits.max_memory_bytes).is_ok(), "memory not given back");
        target
    }

    #[test]
    fn four_rows_at_a_time_equal_the_one_channel_kernel_to_the_bit() {
        for (width, height, x, y, w, h, target_width, target_height) in [
            (64, 48, 0.0, 0.0, 64.0, 48.0, 20, 15),
            (61, 47, 3.25, 1.5, 50.0, 41.5, 33, 27),
            (17, 1, 0.0, 0.0, 17.0, 1.0, 5, 1),
            (3, 90, 0.5, 10.0, 2.0, 70.0, 2, 9),
        ] {
            let samples = plane(width, height);
            let (source, target) = (Size::new(width, height), Size::new(target_width, target_height));
            let crop = CropBox { x, y, width: w, height: h };
            let filter = FilterType::Lanczos3;
            let actual = run(&GrayResample {
                samples: &samples,
                stride: width as usize,
                source,
                crop,
                target,
                filter,
            });

            let resizers = &mut [Resizer::new()];
            let mut middle = vec![0; (target_width * height) as usize];
            let mut expected = vec![0; actual.len()];
            let between = Size::new(target_width, height);
            let limits = Limits::default();
            let budget = &mut Budget::start(&limits, None);
            let mut samples = samples.clone();
            let (from, to) = ((&mut samples[..], source), (&mut middle[..], between));
            horizontal::<U8, u8>(from, to, (x, w), filter, resizers, budget).unwrap();
            let (from, to) = ((&mut middle[..], between), (&mut expected[..], target));
            vertical::<U8, u8>(from, to, (y, h), filter, resizers, budget).unwrap();
            assert!(actual == expected, "{width}x{height} to {target_width}x{target_height}");
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_rows() {
        let samples = plane(90, 61);
        let (source, target) = (Size::new(90, 61), Size::new(31, 20));
        let crop = CropBox { x: 2.5, y: 1.25, width: 80.0, height: 57.5 };
        let gray = GrayResample { samples: &samples, stride: 90, source, crop, target, filter: lanczos3() };
        let (rows, groups) = (61, 16);
        let horizontal = |threads: usize| {
            let mut resizers: Vec<Resizer> = (0..threads).map(|_| Resizer::new()).collect();
            let (mut interleaved, mut resampled) = (vec![0; 90 * groups * 4], vec![0; 31 * groups * 4]);
            let mut inner = vec![0; 31 * rows];
            let columns = (crop.x, crop.width);
            let limits = Limits::default();
            let budget = &Budget::start(&limits, None);
            let (interleaved, resampled) = ((&mut interleaved[..], 90), (&mut resampled[..], &mut inner[..]));
            gray.horizontal(interleaved, resampled, (0, rows, 0), columns, &mut resizers, budget).unwrap();
            inner
        };
        let one = horizontal(1);
        for threads in 2..20 {
            assert!(horizontal(threads) == one, "{threads}");
        }
    }

    #[test]
    fn edge_samples_repeat_beyond_the_plane() {
        let (width, height) = (40, 30);
        let samples = plane(width, height);
        // The same plane with its edges repeated once on each side.
        let padded = (0..height + 2).flat_map(|y| (0..width + 2).map(move |x| (x, y)));
        let inner = |at: u32, side: u32| at.clamp(1, side) as usize - 1;
        let padded: Vec<u8> =
            padded.map(|(x, y)| samples[inner(y, height) * width as usize + inner(x, width)]).collect();
        for (x, y) in [(-0.5, -0.25), (0.5, 0.5), (-1.0, 1.0)] {
            let (target, filter) = (Size::new(10, 8), FilterType::Lanczos3);
            let at = |x, y| CropBox { x, y, width: 40.0, height: 30.0 };
            let source = Size::new(width, height);
            let stride = width as usize;
            let actual =
                run(&GrayResample { samples: &samples, stride, source, crop: at(x, y), target, filter });
            let (source, stride) = (Size::new(width + 2, height + 2), stride + 2);
            let crop = at(x + 1.0, y + 1.0);
            let expected = run(&GrayResample { samples: &padded, stride, source, crop, target, filter });
            // The filter is cut off where its support extends beyond the repeated samples.
            let off = actual.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(off <= 12, "{x}, {y}: off by {off}");
        }
    }
}
