//! [`Tolerance`]: whether a decoder continues after a fault in the image data, and a record of the
//! damage.
//!
//! In: whether the caller accepts damage, and the faults that a decoder finds. Out: whether to
//! continue without the missing pixels, and the resulting [`Damage`]. Must not know formats.

use std::fmt::Display;

/// The first fault in a file, and the extent of the missing pixels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Damage {
    /// The byte offset in the file that decoding had reached.
    pub(crate) offset: usize,
    /// A description of the fault.
    pub(crate) reason: String,
    /// The fraction of pixels that are missing, from 0 to 1.
    pub(crate) missing: f64,
}

/// Whether faults in the image data are accepted, and the damage found so far.
#[derive(Debug, Default)]
pub(crate) struct Tolerance {
    accepts: bool,
    damage: Option<Damage>,
}

impl Tolerance {
    pub(crate) fn new(accepts: bool) -> Self {
        Self { accepts, damage: None }
    }

    /// Accepts no faults.
    #[cfg(any(feature = "parallel", test))]
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Returns whether decoding continues after the fault `reason` at byte `offset`. Records the
    /// first fault.
    pub(crate) fn accepts(&mut self, offset: usize, reason: impl Display) -> bool {
        if self.accepts && self.damage.is_none() {
            self.damage = Some(Damage { offset, reason: reason.to_string(), missing: 0.0 });
        }
        self.accepts
    }

    /// Whether faults are accepted at all.
    pub(crate) fn is_lenient(&self) -> bool {
        self.accepts
    }

    /// Whether a fault was accepted.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damage.is_some()
    }

    /// Records that `missing` of `total` equal parts of the picture are missing. Of several calls,
    /// such as one per component, the largest fraction counts.
    pub(crate) fn lacks(&mut self, missing: usize, total: usize) {
        if let Some(damage) = &mut self.damage {
            #[expect(clippy::cast_precision_loss, reason = "a fraction of at most a few billion parts")]
            let fraction = missing as f64 / total.max(1) as f64;
            damage.missing = damage.missing.max(fraction.min(1.0));
        }
    }

    pub(crate) fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }
}

/// The offset in `file` of `part`, which must be a slice of it.
pub(crate) fn offset_in(file: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(file.as_ptr().addr()).min(file.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_and_the_largest_loss_are_kept() {
        let mut tolerance = Tolerance::new(true);
        tolerance.lacks(1, 1);
        assert!(!tolerance.is_damaged());
        assert!(tolerance.accepts(7, "first") && tolerance.accepts(9, "second"));
        tolerance.lacks(1, 4);
        tolerance.lacks(1, 8);
        let damage = Damage { offset: 7, reason: "first".to_owned(), missing: 0.25 };
        assert_eq!(tolerance.damage(), Some(&damage));
        let mut none = Tolerance::none();
        assert!(!none.accepts(7, "first") && !none.is_damaged());
    }

    #[test]
    fn offsets_are_relative_to_the_file() {
        let file = [0; 9];
        assert_eq!(offset_in(&file, &file[4..6]), 4);
        assert_eq!(offset_in(&file, &file[9..]), 9);
    }
}
