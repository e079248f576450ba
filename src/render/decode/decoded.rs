//! [`Decoded`]: the result of a decoder.
//!
//! Plain data. Knows nothing of formats.

use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::{Image, Layout, Plane, Rows, SourceRegion, YuvRange, sample_count};

/// A decoded image.
#[derive(Debug)]
pub(crate) enum Decoded<'a> {
    /// Rows that are decoded while the only variant is resampled.
    Rows(Rows<'a>),
    /// Pixels and the region of the source that they show.
    Image(Image, SourceRegion),
    /// Y, Cb and Cr as the file stores them.
    YuvImage([Plane; 3], YuvRange),
}

impl Decoded<'_> {
    /// Makes its buffers available to later images. Releases the memory that a row decoder
    /// reserved.
    pub(crate) fn recycle(self, budget: &mut Budget<'_>) {
        match self {
            Self::Rows(rows) => budget.release(rows.reserved),
            Self::Image(image, _) => {
                image.into_buffer().into_iter().for_each(|buffer| budget.recycle(buffer))
            }
            Self::YuvImage(planes, _) => planes.into_iter().for_each(|plane| budget.recycle(plane.samples)),
        }
    }
}

impl From<Image> for Decoded<'_> {
    fn from(image: Image) -> Self {
        Self::Image(image, SourceRegion::WHOLE)
    }
}

/// The number of samples of an image, or an error if it overflows `usize`.
pub(super) fn count(size: Size, layout: Layout) -> Result<usize> {
    sample_count(size, layout).ok_or_else(|| Error::new(Stage::Decode, Cause::OutOfMemory(u64::MAX)))
}
