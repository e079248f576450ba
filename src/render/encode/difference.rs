//! Where a picture of an animation differs from the one before.
//!
//! In: two pictures of one size. Out: the area that has to be written, and its pixels. Must not know of formats.

use super::error::{internal, out_of_memory};
use super::step::Step;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;

/// Pixels compared or copied between interrupt checks.
const CHECK_INTERVAL: usize = 1 << 16;

/// A rectangle of the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Area {
    /// The whole canvas.
    pub(super) fn whole(size: Size) -> Self {
        Self { left: 0, top: 0, width: size.width as usize, height: size.height as usize }
    }

    pub(super) fn size(self) -> Result<Size> {
        let side = |side: usize| u32::try_from(side).map_err(internal);
        Ok(Size::new(side(self.width)?, side(self.height)?))
    }

    /// This area with its left and upper edge moved out to multiples of `step`.
    pub(super) fn aligned(self, step: usize) -> Self {
        let (left, top) = (self.left - self.left % step, self.top - self.top % step);
        let (width, height) = (self.width + self.left - left, self.height + self.top - top);
        Self { left, top, width, height }
    }

    #[cfg(feature = "webp-lossy")]
    pub(super) fn contains(self, (x, y): (usize, usize)) -> bool {
        (self.left..self.left + self.width).contains(&x) && (self.top..self.top + self.height).contains(&y)
    }

    /// This area's rows of a picture that is `width` pixels wide.
    pub(super) fn rows<T>(self, picture: &[T], width: usize) -> impl Iterator<Item = &[T]> {
        let rows = picture.chunks_exact(width.max(1)).skip(self.top).take(self.height);
        rows.filter_map(move |row| row.get(self.left..self.left + self.width))
    }
}

/// Checks that a step's pictures fill its canvas, which is `size`.
pub(super) fn check(step: &Step<'_>, size: Size) -> Result<()> {
    let pictures = [Some(step.picture), step.before, step.after];
    if step.size != size || pictures.iter().flatten().any(|picture| picture.len() as u64 != size.area()) {
        return Err(internal("the number of pixels does not match the canvas"));
    }
    Ok(())
}

/// Whether two pixels look the same: the color of a transparent pixel does not matter.
pub(super) fn same(one: [u8; 4], other: [u8; 4]) -> bool {
    one == other || (one[3] == 0 && other[3] == 0)
}

/// The smallest area with all pixels that look different in two pictures of `size`; `None` if there are none.
pub(super) fn changed(
    picture: &[[u8; 4]],
    before: &[[u8; 4]],
    size: Size,
    budget: &Budget<'_>,
) -> Result<Option<Area>> {
    let width = size.width as usize;
    let (mut left, mut right) = (usize::MAX, 0);
    let (mut top, mut bottom) = (None, 0);
    let rows = picture.chunks_exact(width.max(1)).zip(before.chunks_exact(width.max(1)));
    for (y, (new, old)) in rows.enumerate() {
        if y % (CHECK_INTERVAL / width.max(1) + 1) == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        if new == old {
            continue;
        }
        let mut pixels = new.iter().zip(old);
        let Some(first) = pixels.position(|(&new, &old)| !same(new, old)) else { continue };
        let last = new.iter().zip(old).rposition(|(&new, &old)| !same(new, old)).unwrap_or(first);
        (left, right) = (left.min(first), right.max(last));
        top.get_or_insert(y);
        bottom = y;
    }
    Ok(top.map(|top| Area { left, top, width: right + 1 - left, height: bottom + 1 - top }))
}

/// Appends the samples of an area of a picture.
pub(super) fn cut(
    picture: &[[u8; 4]],
    size: Size,
    area: Area,
    samples: &mut Vec<u8>,
    budget: &Budget<'_>,
) -> Result<()> {
    for (y, row) in area.rows(picture, size.width as usize).enumerate() {
        if y % (CHECK_INTERVAL / area.width.max(1) + 1) == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        samples.extend_from_slice(row.as_flattened());
    }
    Ok(())
}

/// How the pixels of an area can be written over what is there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Overlay {
    /// Pixels that stay as they are.
    pub(super) kept: usize,
    /// Whether every other pixel is opaque, so that blending replaces it.
    pub(super) blends: bool,
}

/// Appends the samples of an area, with pixels that stay as they are replaced by transparent ones.
pub(super) fn cut_changes(
    step: &Step<'_>,
    area: Area,
    samples: &mut Vec<u8>,
    budget: &Budget<'_>,
) -> Result<Overlay> {
    let width = step.size.width as usize;
    let mut overlay = Overlay { kept: 0, blends: step.before.is_some() };
    let Some(before) = step.before else { return Ok(overlay) };
    let rows = area.rows(step.picture, width).zip(area.rows(before, width));
    for (y, (new, old)) in rows.enumerate() {
        if y % (CHECK_INTERVAL / area.width.max(1) + 1) == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        for (&new, &old) in new.iter().zip(old) {
            let keep = same(new, old);
            overlay.kept += usize::from(keep);
            overlay.blends &= keep || new[3] == u8::MAX;
            samples.extend(if keep { [0; 4] } else { new });
        }
    }
    Ok(overlay)
}

/// Makes room for `bytes` more in a file whose capacity is reserved. Returns how much more is.
pub(super) fn grow(file: &mut Vec<u8>, bytes: usize, budget: &mut Budget<'_>) -> Result<u64> {
    let (length, capacity) = (file.len(), file.capacity());
    if bytes <= capacity - length {
        return Ok(0);
    }
    let target = (length + bytes).max(capacity.saturating_mul(2));
    let more = (target - capacity) as u64;
    budget.reserve(Stage::Encode, more)?;
    file.try_reserve_exact(target - length).map_err(|_| out_of_memory::<u8>(target))?;
    Ok(more)
}
