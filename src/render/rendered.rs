//! [`Rendered`]: a finished variant.
//!
//! Plain data.

use super::probe::ImageInfo;
use super::warning::Warning;

/// A finished variant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// The encoded file.
    pub bytes: Vec<u8>,
    /// What the file is: what [`probe`](crate::probe) says of `bytes`.
    pub info: ImageInfo,
    /// What could not be honored; the image was rendered all the same.
    pub warnings: Vec<Warning>,
}
