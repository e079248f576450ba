//! [`Wanted`]: what a variant needs of the decoded image.
//!
//! Plain data, in terms of the stored pixels. Knows nothing of formats.

use crate::geometry::{CropBox, Offset, Placement, Size};
use crate::options::{Fidelity, ShrinkOnLoad};

/// What a variant needs of the decoded image, in terms of the stored pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) placement: Placement,
    pub(crate) shrink: ShrinkOnLoad,
    pub(crate) fidelity: Fidelity,
}

impl Wanted {
    /// All of an image of the size `stored`, with every bit.
    pub(crate) fn whole(stored: Size) -> Self {
        let crop = CropBox { x: 0.0, y: 0.0, width: stored.width.into(), height: stored.height.into() };
        let placement =
            Placement { source: stored, crop, resize: stored, canvas: stored, offset: Offset { x: 0, y: 0 } };
        Self { placement, shrink: ShrinkOnLoad::Never, fidelity: Fidelity::Lossless }
    }
}

/// Whether there is a single variant, narrower than its source: it can be resampled while rows are decoded.
pub(super) fn shrunk_once(wanted: &[Wanted]) -> bool {
    let shrinks = |wanted: &Wanted| wanted.placement.crop.width > f64::from(wanted.placement.resize.width);
    matches!(wanted, [one] if shrinks(one))
}
