//! One-channel samples: four rows at a time go across as if they were the channels of one.
//!
//! In: planes and where they go. Out: planes of a finished picture's size. The resampler's kernel for four channels is
//! several times faster on the same samples than that for one, to the same bits. Must not know what a plane shows.

use fast_image_resize::pixels::{U8, U8x4};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::{Scratch, bug, copy_rows, grown, inside, kept, rows_that_matter, view, view_mut, whole_offset};
use crate::error::{Result, Stage};
use crate::fit::{CropBox, Placement, Size};
use crate::limits::Budget;
use crate::render::contain::contained;
use crate::render::pixels::{Layout, Pixels, Plane, Planes};

/// What goes between the two passes.
#[derive(Debug, Default)]
pub(super) struct Quads {
    /// Four rows each, interleaved, before and after the pass across.
    before: Vec<u8>,
    after: Vec<u8>,
    /// Rows again.
    rows: Vec<u8>,
}

/// One resample of one plane.
pub(super) struct Lone<'a> {
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
    ) -> Result<Planes> {
        let size = placement.resize;
        let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
        let mut resample = |plane: &Plane, luma: bool| {
            let crop = inside(plane.view.of(placement.crop), plane.size);
            let (crop, target) = if luma { (crop, size) } else { (around_pairs(crop, size, reversed), half) };
            let Plane { size: source, stride, ref samples, .. } = *plane;
            let lone = Lone { samples, stride, source, crop, target, filter: FilterType::Lanczos3 };
            let mut samples =
                budget.zeroed(Stage::Resample, target.width as usize * target.height as usize)?;
            lone.run(&mut samples, &mut self.tools.resizer, &mut self.quads, budget)?;
            Ok(Pixels::eight(target, Layout::Gray, samples))
        };
        let [y, cb, cr] = planes;
        Ok(Planes([resample(y, true)?, resample(cb, false)?, resample(cr, false)?]))
    }
}

/// The box that pairs of pixels cover where the picture, of `size`, has an odd one left over.
fn around_pairs(crop: CropBox, size: Size, reversed: (bool, bool)) -> CropBox {
    let more = |length: f64, side: u32| if side % 2 == 1 { length / f64::from(side) } else { 0.0 };
    let (across, down) = (more(crop.width, size.width), more(crop.height, size.height));
    CropBox {
        x: crop.x - if reversed.0 { across } else { 0.0 },
        y: crop.y - if reversed.1 { down } else { 0.0 },
        width: crop.width + across,
        height: crop.height + down,
    }
}

/// Whole samples that a box reaches beyond the first and the last of `side`.
fn beyond(start: f64, length: f64, side: u32) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
    let whole = |more: f64| more.max(0.0).ceil() as u32;
    (whole(-start), whole(start + length - f64::from(side)))
}

impl Lone<'_> {
    /// Across, then down.
    pub(super) fn run(
        &self,
        target: &mut [u8],
        resizer: &mut Resizer,
        quads: &mut Quads,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let Self { source, crop, target: goal, .. } = *self;
        let (left, right) = beyond(crop.x, crop.width, source.width);
        let (above, below) = beyond(crop.y, crop.height, source.height);
        if let Some((x, y)) = whole_offset(&crop, goal)
            && (left, right, above, below) == (0, 0, 0, 0)
        {
            copy_rows(self.samples, self.stride, x, y, target, goal.width as usize);
            return Ok(());
        }
        let (top, rows) = rows_that_matter(&crop, goal, source, self.filter);
        let (width, groups) = (left + source.width + right, rows.div_ceil(4));
        let height = above + rows + below;
        let [across, groups_len, goal_width] = [width, groups, goal.width].map(|side| side as usize);
        let (before, after) = (across * groups_len * 4, goal_width * groups_len * 4);
        let between = goal_width * height as usize;
        let working = (before + after + between) as u64;
        budget.reserve(Stage::Resample, working)?;
        let before = grown(&mut quads.before, before)?;
        let after = grown(&mut quads.after, after)?;
        let between = grown(&mut quads.rows, between)?;

        let rows = rows as usize;
        for (group, quads) in before.as_chunks_mut::<4>().0.chunks_exact_mut(across).enumerate() {
            let line = |i: usize| {
                let start = (top as usize + (group * 4 + i).min(rows - 1)) * self.stride;
                self.samples.get(start..start + source.width as usize).unwrap_or_default()
            };
            interleave([line(0), line(1), line(2), line(3)], quads, left as usize);
        }
        contained(Stage::Resample, "the resampler", || {
            let options = |x: f64, y: f64, width: f64, height: f64| {
                let convolution = ResizeAlg::Convolution(self.filter);
                ResizeOptions::new().resize_alg(convolution).use_alpha(false).crop(x, y, width, height)
            };
            let from = view::<U8x4, u8>(before, width, groups)?;
            let mut to = view_mut::<U8x4, u8>(after, goal.width, groups)?;
            let x = crop.x + f64::from(left);
            resizer.resize_typed(&from, &mut to, &options(x, 0.0, crop.width, groups.into())).map_err(bug)?;
            budget.checkpoint(Stage::Resample)?;
            let first = above as usize * goal_width;
            let inner = between.get_mut(first..first + rows * goal_width).unwrap_or_default();
            for (four, quads) in inner.chunks_mut(goal_width * 4).zip(after.chunks_exact(goal_width * 4)) {
                for (lane, row) in four.chunks_exact_mut(goal_width).enumerate() {
                    take_lane(quads, lane, row);
                }
            }
            let last = first + (rows - 1) * goal_width;
            for above in (0..above as usize).map(|row| row * goal_width) {
                between.copy_within(first..first + goal_width, above);
            }
            for below in (0..below as usize).map(|row| first + (rows + row) * goal_width) {
                between.copy_within(last..last + goal_width, below);
            }
            let from = view::<U8, u8>(between, goal.width, height)?;
            let mut to = view_mut::<U8, u8>(target, goal.width, goal.height)?;
            let y = crop.y - f64::from(top) + f64::from(above);
            resizer
                .resize_typed(&from, &mut to, &options(0.0, y, goal.width.into(), crop.height))
                .map_err(bug)
        })?;
        for buffer in [&mut quads.before, &mut quads.after, &mut quads.rows] {
            kept(buffer);
        }
        budget.release(working);
        Ok(())
    }
}

/// Four rows as one of four channels, `left` samples in; their edges go on to both sides.
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

/// One of four channels.
fn take_lane(quads: &[u8], lane: usize, row: &mut [u8]) {
    let shift = lane * 8;
    for (sample, quad) in row.iter_mut().zip(quads.as_chunks::<4>().0) {
        #[expect(clippy::cast_possible_truncation, reason = "one byte of four")]
        let byte = (u32::from_le_bytes(*quad) >> (shift & 31)) as u8;
        *sample = byte;
    }
}
