//! The contents of the gallery: the source image, and a row of variants for each box.
//!
//! In: nothing. Out: the values that `sheet` draws and `page` describes.

use cretula::{Fit, Format, Placement, Rendered};

use super::boxes::Bounds;

/// The image to show.
pub(super) struct Source {
    pub(super) name: String,
    /// The displayed size of the upload.
    pub(super) full: (u32, u32),
    /// The source of the variants: the upload, or a smaller copy of it.
    pub(super) bytes: Vec<u8>,
    pub(super) format: Format,
    pub(super) size: (u32, u32),
    pub(super) is_animated: bool,
}

/// A picture of the page, and its size.
pub(super) struct Picture {
    pub(super) file: &'static str,
    pub(super) size: (u32, u32),
}

/// All five fits for one box.
pub(super) struct Row {
    pub(super) bounds: Bounds,
    pub(super) cells: Vec<Cell>,
}

/// One variant.
pub(super) struct Cell {
    pub(super) fit: Fit,
    pub(super) placement: Placement,
    pub(super) rendered: Rendered,
    pub(super) file: String,
}
