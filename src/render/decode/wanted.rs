//! [`Wanted`]: the part of the stored pixels that a variant needs, and how exactly.
//!
//! Plain data. Knows nothing of formats.

use crate::geometry::{CropBox, Offset, Placement, Size};
use crate::options::{Fidelity, ShrinkOnLoad};

/// The needs of one variant, in terms of the stored pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) placement: Placement,
    pub(crate) shrink: ShrinkOnLoad,
    pub(crate) fidelity: Fidelity,
}

impl Wanted {
    /// All pixels of an image of the size `stored`, bit-exact.
    pub(crate) fn whole(stored: Size) -> Self {
        let crop = CropBox { x: 0.0, y: 0.0, width: stored.width.into(), height: stored.height.into() };
        let placement =
            Placement { source: stored, crop, resize: stored, canvas: stored, offset: Offset { x: 0, y: 0 } };
        Self { placement, shrink: ShrinkOnLoad::Never, fidelity: Fidelity::Lossless }
    }
}

/// Whether rows can be resampled while they are decoded: there is one variant, narrower than its
/// crop.
pub(super) fn can_stream(wanted: &[Wanted]) -> bool {
    let shrinks = |wanted: &Wanted| wanted.placement.crop.width > f64::from(wanted.placement.resize.width);
    matches!(wanted, [one] if shrinks(one))
}
