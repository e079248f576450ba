//! [`Step`]: a picture of an animation, as the encoder of a format gets it.
//!
//! Plain data.

use crate::geometry::Size;

/// A picture of an animation, and what is shown before and after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) size: Size,
    /// The whole canvas, alpha not premultiplied. Differs from `before`, unless frames are written
    /// whole.
    pub(super) picture: &'a [[u8; 4]],
    /// What was to be shown before; `None` for the first.
    pub(super) before: Option<&'a [[u8; 4]]>,
    /// What is to be shown afterwards; `None` for the last.
    pub(super) after: Option<&'a [[u8; 4]]>,
    /// In the format's unit of time.
    pub(super) delay: u32,
}
