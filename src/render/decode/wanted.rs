//! [`Wanted`]: the part of the stored pixels that a variant needs, and how exactly.
//!
//! Plain data. Knows nothing of formats.

use crate::geometry::{CropBox, Offset, Placement, Size};
use crate::options::{Fidelity, ShrinkOnLoad};

/// The needs of one variant, in terms of the stored pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) placement: Placement,
    /// The only pixels that the variant may show, and that may show through at its edges; `None`:
    /// all.
    pub(crate) region: Option<CropBox>,
    pub(crate) shrink: ShrinkOnLoad,
    pub(crate) fidelity: Fidelity,
    /// Whether all of the image is needed, because it is examined before it is placed.
    pub(crate) whole: bool,
}

impl Wanted {
    /// All pixels of an image of the size `stored`, bit-exact.
    pub(crate) fn whole(stored: Size) -> Self {
        let crop = CropBox { x: 0.0, y: 0.0, width: stored.width.into(), height: stored.height.into() };
        let placement =
            Placement { source: stored, crop, resize: stored, canvas: stored, offset: Offset { x: 0, y: 0 } };
        Self {
            placement,
            region: None,
            shrink: ShrinkOnLoad::Never,
            fidelity: Fidelity::Lossless,
            whole: true,
        }
    }

    /// The same at the scale of the source.
    pub(crate) fn unscaled(self) -> Self {
        Self { shrink: ShrinkOnLoad::Never, ..self }
    }
}

/// Whether rows can be resampled while they are decoded: there is one variant, narrower than its
/// crop, that needs neither the whole image nor a part of its rows.
pub(super) fn can_stream(wanted: &[Wanted]) -> bool {
    let shrinks = |wanted: &Wanted| wanted.placement.crop.width > f64::from(wanted.placement.resize.width);
    matches!(wanted, [one] if shrinks(one) && !one.whole && one.region.is_none())
}
