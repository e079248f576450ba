//! [`Tolerance`]: what a decoder does where a file is damaged.
//!
//! In: whether the caller accepts damage, and the faults that a decoder finds. Out: whether to go on without the pixels that
//! are missing, and, in the end, the [`Damage`]. Must not know of formats.

use std::fmt::Display;

/// The first fault of a file, and how much of its picture is missing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Damage {
    /// The byte of the file that decoding reached.
    pub(crate) offset: usize,
    /// What is wrong there.
    pub(crate) reason: String,
    /// The share of the pixels that are missing, from 0 to 1.
    pub(crate) missing: f64,
}

/// Whether faults of the image data are accepted, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Tolerance {
    accepts: bool,
    damage: Option<Damage>,
}

impl Tolerance {
    pub(crate) fn new(accepts: bool) -> Self {
        Self { accepts, damage: None }
    }

    /// Faults are errors.
    #[cfg(any(feature = "parallel", test))]
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Whether decoding goes on after the fault `reason` at byte `offset`. The first one is recorded.
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

    /// Records that `missing` of `total` equal parts of the picture are missing. Of several such statements, one for each
    /// component, the worst counts.
    pub(crate) fn lacks(&mut self, missing: usize, total: usize) {
        if let Some(damage) = &mut self.damage {
            #[expect(clippy::cast_precision_loss, reason = "a share, of at most some billions")]
            let share = missing as f64 / total.max(1) as f64;
            damage.missing = damage.missing.max(share.min(1.0));
        }
    }

    pub(crate) fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }
}

/// Where `part`, which is borrowed from `file`, begins in it.
pub(crate) fn offset_in(file: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(file.as_ptr().addr()).min(file.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_and_the_worst_loss_count() {
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
    fn offsets_are_of_the_file() {
        let file = [0; 9];
        assert_eq!(offset_in(&file, &file[4..6]), 4);
        assert_eq!(offset_in(&file, &file[9..]), 9);
    }
}
