//! [`Part`]: an encoded part of the canvas of an animation.
//!
//! Plain data.

use crate::render::encode::difference::Area;

/// A part of the canvas as a file of its own.
pub(super) struct Part {
    pub(super) area: Area,
    pub(super) file: Vec<u8>,
    /// Whether it is blended with what is there; otherwise it replaces it.
    pub(super) blends: bool,
    pub(super) has_alpha: bool,
}
