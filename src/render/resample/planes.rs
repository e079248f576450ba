//! One-channel samples: four rows at a time go across as if they were the channels of one.
//!
//! In: planes and where they go. Out: planes of a finished picture's size. The resampler's kernel for four channels is
//! several times faster on the same samples than that for one, to the same bits. Must not know what a plane shows.

use fast_image_resize::pixels::{U8, U8x4};
use fast_image_resize::{FilterType, Resizer};

use super::passes::{BAND, horizontal, vertical};
use super::{Scratch, Tools, bug, copy_rows, inside, lanczos3, rows_in_support, whole_offset};
use crate::error::{Result, Stage};
use crate::geometry::{CropBox, Placement, Size};
use crate::limits::{Budget, Reused};
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Plane};
use crate::threads;

/// What goes between the two passes.
#[derive(Debug, Default)]
pub(super) struct RowQuads {
    /// Four rows each, interleaved, before and after the pass across.
    before: Reused<u8>,
    after: Reused<u8>,
    /// Rows again.
    rows: Reused<u8>,
}

/// One resample of one plane.
pub(super) struct GrayResample<'a> {
    pub(super) samples: &'a [u8],
    pub(super) stride: usize,
    pub(super) source: Size,
    /// Up to a few samples beyond the plane's edges, which go on there.
    pub(super) crop: CropBox,
    pub(super) target: Size,
    pub(super) filter: FilterType,
}

impl Scratch {
    /// Resamples luma to the placement's size and chroma to half of it, rounded up. `reversed` says whether the columns,
    /// the rows are stored last to first: where a side is odd, the chroma sample that has no second pixel is the last as
    /// displayed.
    pub(crate) fn resample_planes(
        &mut self,
        planes: &[Plane; 3],
        placement: &Placement,
        reversed: (bool, bool),
        budget: &mut Budget<'_>,
    ) -> Result<[Image; 3]> {
        let size = placement.resize;
        let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
        let mut resample = |plane: &Plane, luma: bool| {
            let crop = inside(plane.view.of(placement.crop), plane.size);
            let (crop, target) = if luma { (crop, size) } else { (around_pairs(crop, size, reversed), half) };
            let Plane { size: source, stride, ref samples, .. } = *plane;
            let gray = GrayResample { samples, stride, source, crop, target, filter: lanczos3() };
            let mut samples =
                budget.zeroed(Stage::Resample, target.width as usize * target.height as usize)?;
            gray.run(&mut samples, &mut self.tools, &mut self.row_quads, budget)?;
            Ok(Image::eight(target, Layout::Gray, samples))
        };
        let [y, cb, cr] = planes;
        Ok([resample(y, true)?, resample(cb, false)?, resample(cr, false)?])
    }
}

/// The box that pairs of pixels cover where the picture, of `size`, has an odd one left over.
fn around_pairs(crop: CropBox, size: Size, reversed: (bool, bool)) -> CropBox {
    let more = |length: f64, side: u32| if side % 2 == 1 { length / f64::from(side) } else { 0.0 };
    let (horizontal, vertical) = (more(crop.width, size.width), more(crop.height, size.height));
    CropBox {
        x: crop.x - if reversed.0 { horizontal } else { 0.0 },
        y: crop.y - if reversed.1 { vertical } else { 0.0 },
        width: crop.width + horizontal,
        height: crop.height + vertical,
    }
}

/// Whole samples that a box reaches beyond the first and the last of `side`.
fn beyond(start: f64, length: f64, side: u32) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
    let whole = |more: f64| more.max(0.0).ceil() as u32;
    (whole(-start), whole(start + length - f64::from(side)))
}

impl GrayResample<'_> {
    /// Across, then down.
    pub(super) fn run(
        &self,
        target: &mut [u8],
        tools: &mut Tools,
        row_quads: &mut RowQuads,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let Self { source, crop, target: target_size, .. } = *self;
        let (left, right) = beyond(crop.x, crop.width, source.width);
        let (above, below) = beyond(crop.y, crop.height, source.height);
        if let Some((x, y)) = whole_offset(&crop, target_size)
            && (left, right, above, below) == (0, 0, 0, 0)
        {
            return copy_rows(self.samples, self.stride, x, y, (target, target_size.width as usize), budget);
        }
        let (top, rows) = rows_in_support(&crop, target_size, source, self.filter);
        let (width, groups) = ((left + source.width + right) as usize, rows.div_ceil(4) as usize);
        let height = above + rows + below;
        let goal_width = target_size.width as usize;
        let (before, after) = (width * groups * 4, goal_width * groups * 4);
        let between = goal_width * height as usize;
        let working = (before + after + between) as u64;
        budget.reserve(Stage::Resample, working)?;
        let before = row_quads.before.for_overwriting(Stage::Resample, before)?;
        let after = row_quads.after.for_overwriting(Stage::Resample, after)?;
        let between = row_quads.rows.for_overwriting(Stage::Resample, between)?;

        let rows = rows as usize;
        let first = above as usize * goal_width;
        catch_panic(Stage::Resample, "the resampler", || {
            let inner = between.get_mut(first..first + rows * goal_width).unwrap_or_default();
            let resizers = tools.resizers(before.len(), budget);
            let wide = (crop.x + f64::from(left), crop.width);
            self.horizontal(
                (before, width),
                (after, inner),
                (top as usize, rows, left as usize),
                wide,
                resizers,
                budget,
            )?;
            let last = first + (rows - 1) * goal_width;
            for above in (0..above as usize).map(|row| row * goal_width) {
                between.copy_within(first..first + goal_width, above);
            }
            for below in (0..below as usize).map(|row| first + (rows + row) * goal_width) {
                between.copy_within(last..last + goal_width, below);
            }
            let high = (crop.y - f64::from(top) + f64::from(above), crop.height);
            let between = (&*between, Size::new(target_size.width, height));
            vertical::<U8, u8>(between, (target, target_size), high, self.filter, resizers, budget)
        })?;
        for buffer in [&mut row_quads.before, &mut row_quads.after, &mut row_quads.rows] {
            buffer.trim();
        }
        budget.release(working);
        Ok(())
    }

    /// Rows from `top` on across, some on each thread: four as one in `before`, those again in `after`, rows again in
    /// `inner`.
    fn horizontal(
        &self,
        (before, width): (&mut [u8], usize),
        (after, inner): (&mut [u8], &mut [u8]),
        (top, rows, left): (usize, usize, usize),
        wide: (f64, f64),
        resizers: &mut [Resizer],
        budget: &Budget<'_>,
    ) -> Result<()> {
        let goal_width = self.target.width as usize;
        let groups = rows.div_ceil(4).div_ceil(resizers.len());
        let befores = before.chunks_mut(groups * width * 4);
        let parts = befores.zip(after.chunks_mut(groups * goal_width * 4));
        let parts = parts.zip(inner.chunks_mut(groups * goal_width * 4)).enumerate();
        let mut jobs: Vec<_> = resizers.chunks_mut(1).zip(parts).collect();
        let at_once = (BAND / 2 / (width.max(goal_width) * 4)).max(1);
        threads::for_each(jobs.len(), &mut jobs, |(resizer, (part, ((before, after), inner)))| {
            let befores = before.chunks_mut(at_once * width * 4);
            let bands = befores.zip(after.chunks_mut(at_once * goal_width * 4));
            let bands = bands.zip(inner.chunks_mut(at_once * goal_width * 4));
            for (band, ((before, after), inner)) in bands.enumerate() {
                let above = (*part * groups + band * at_once) * 4;
                for (group, row_quads) in before.as_chunks_mut::<4>().0.chunks_exact_mut(width).enumerate() {
                    let line = |i: usize| {
                        let start = (top + (above + group * 4 + i).min(rows - 1)) * self.stride;
                        self.samples.get(start..start + self.source.width as usize).unwrap_or_default()
                    };
                    interleave([line(0), line(1), line(2), line(3)], row_quads, left);
                }
                let side = |side: usize| u32::try_from(side).map_err(bug);
                let height = side(before.len() / (width * 4))?;
                let (size, target_size) =
                    (Size::new(side(width)?, height), Size::new(self.target.width, height));
                horizontal::<U8x4, u8>(
                    (before, size),
                    (after, target_size),
                    wide,
                    self.filter,
                    resizer,
                    budget,
                )?;
                for (four, row_quads) in
                    inner.chunks_mut(goal_width * 4).zip(after.chunks_exact(goal_width * 4))
                {
                    for (lane, row) in four.chunks_exact_mut(goal_width).enumerate() {
                        take_lane(row_quads, lane, row);
                    }
                }
            }
            Ok(())
        })
    }
}

/// Four rows as one of four channels, `left` samples in; their edges go on to both sides.
fn interleave([a, b, c, d]: [&[u8]; 4], row_quads: &mut [[u8; 4]], left: usize) {
    let Some((before, rest)) = row_quads.split_at_mut_checked(left) else { return };
    let Some((inner, after)) = rest.split_at_mut_checked(a.len()) else { return };
    for ((((quad, &a), &b), &c), &d) in inner.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *quad = [a, b, c, d];
    }
    if let (Some(&first), Some(&last)) = (inner.first(), inner.last()) {
        before.fill(first);
        after.fill(last);
    }
}

/// One of four channels.
fn take_lane(row_quads: &[u8], lane: usize, row: &mut [u8]) {
    let shift = lane * 8;
    for (sample, quad) in row.iter_mut().zip(row_quads.as_chunks::<4>().0) {
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
        gray.run(&mut target, &mut Tools::default(), &mut RowQuads::default(), &mut budget).unwrap();
        assert!(budget.reserve(Stage::Resample, limits.max_memory_bytes).is_ok(), "memory not given back");
        target
    }

    #[test]
    fn four_rows_at_a_time_are_the_one_channel_kernel_to_the_bit() {
        for (width, height, x, y, w, h, goal_width, goal_height) in [
            (64, 48, 0.0, 0.0, 64.0, 48.0, 20, 15),
            (61, 47, 3.25, 1.5, 50.0, 41.5, 33, 27),
            (17, 1, 0.0, 0.0, 17.0, 1.0, 5, 1),
            (3, 90, 0.5, 10.0, 2.0, 70.0, 2, 9),
        ] {
            let samples = plane(width, height);
            let (source, target) = (Size::new(width, height), Size::new(goal_width, goal_height));
            let crop = CropBox { x, y, width: w, height: h };
            let filter = FilterType::Lanczos3;
            let ours = run(&GrayResample {
                samples: &samples,
                stride: width as usize,
                source,
                crop,
                target,
                filter,
            });

            let resizers = &mut [Resizer::new()];
            let mut middle = vec![0; (goal_width * height) as usize];
            let mut theirs = vec![0; ours.len()];
            let between = Size::new(goal_width, height);
            let limits = Limits::default();
            let budget = &mut Budget::start(&limits, None);
            let (from, to) = ((&samples[..], source), (&mut middle[..], between));
            horizontal::<U8, u8>(from, to, (x, w), filter, resizers, budget).unwrap();
            let (from, to) = ((&middle[..], between), (&mut theirs[..], target));
            vertical::<U8, u8>(from, to, (y, h), filter, resizers, budget).unwrap();
            assert!(ours == theirs, "{width}x{height} to {goal_width}x{goal_height}");
        }
    }

    #[test]
    fn rows_in_any_number_of_parts_are_the_same() {
        let samples = plane(90, 61);
        let (source, target) = (Size::new(90, 61), Size::new(31, 20));
        let crop = CropBox { x: 2.5, y: 1.25, width: 80.0, height: 57.5 };
        let gray = GrayResample { samples: &samples, stride: 90, source, crop, target, filter: lanczos3() };
        let (rows, groups) = (61, 16);
        let horizontal = |threads: usize| {
            let mut resizers: Vec<Resizer> = (0..threads).map(|_| Resizer::new()).collect();
            let (mut before, mut after) = (vec![0; 90 * groups * 4], vec![0; 31 * groups * 4]);
            let mut inner = vec![0; 31 * rows];
            let wide = (crop.x, crop.width);
            let limits = Limits::default();
            let budget = &Budget::start(&limits, None);
            let (before, after) = ((&mut before[..], 90), (&mut after[..], &mut inner[..]));
            gray.horizontal(before, after, (0, rows, 0), wide, &mut resizers, budget).unwrap();
            inner
        };
        let one = horizontal(1);
        for threads in 2..20 {
            assert!(horizontal(threads) == one, "{threads}");
        }
    }

    #[test]
    fn a_box_beyond_the_edge_sees_the_edge_go_on() {
        let (width, height) = (40, 30);
        let samples = plane(width, height);
        // The same plane with one more column and row on each side, the edge's.
        let wide = (0..height + 2).flat_map(|y| (0..width + 2).map(move |x| (x, y)));
        let inner = |at: u32, side: u32| at.clamp(1, side) as usize - 1;
        let wide: Vec<u8> =
            wide.map(|(x, y)| samples[inner(y, height) * width as usize + inner(x, width)]).collect();
        for (x, y) in [(-0.5, -0.25), (0.5, 0.5), (-1.0, 1.0)] {
            let (target, filter) = (Size::new(10, 8), FilterType::Lanczos3);
            let at = |x, y| CropBox { x, y, width: 40.0, height: 30.0 };
            let source = Size::new(width, height);
            let stride = width as usize;
            let ours =
                run(&GrayResample { samples: &samples, stride, source, crop: at(x, y), target, filter });
            let (source, stride) = (Size::new(width + 2, height + 2), stride + 2);
            let crop = at(x + 1.0, y + 1.0);
            let theirs = run(&GrayResample { samples: &wide, stride, source, crop, target, filter });
            // Where a filter reaches beyond what goes on, it is cut off there.
            let off = ours.iter().zip(&theirs).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(off <= 12, "{x}, {y}: off by {off}");
        }
    }
}
