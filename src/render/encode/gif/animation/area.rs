//! [`Area`]: a rectangle of pixels.
//!
//! In: rows of pixels. Out: the smallest rectangle that holds some of them.

/// Columns from `left` to before `right`, rows from `top` to before `bottom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

impl Area {
    pub(super) const EMPTY: Self = Self { left: usize::MAX, top: usize::MAX, right: 0, bottom: 0 };

    /// The pixel at the top left.
    pub(super) const CORNER: Self = Self { left: 0, top: 0, right: 1, bottom: 1 };

    pub(super) fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    pub(super) fn width(self) -> usize {
        self.right.saturating_sub(self.left)
    }

    pub(super) fn height(self) -> usize {
        self.bottom.saturating_sub(self.top)
    }

    /// The smallest area that holds both.
    pub(super) fn union(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Grows to hold the pixels of row `y` of which `has` is true, given as an iterator over all of
    /// its pixels.
    pub(super) fn add_row<I>(&mut self, y: usize, row: I)
    where
        I: DoubleEndedIterator<Item = bool> + ExactSizeIterator + Clone,
    {
        let Some(left) = row.clone().position(|has| has) else { return };
        let right = row.clone().rposition(|has| has).map_or(left, |last| last + 1);
        *self = self.union(Self { left, top: y, right, bottom: y + 1 });
    }
}
