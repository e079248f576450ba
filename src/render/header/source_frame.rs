//! [`SourceFrame`]: one frame of an animation, as stored.
//!
//! Plain data, borrowed from the input.

use std::time::Duration;

use super::frame_data::{GifFrame, PngImage, WebPFrame};
use crate::geometry::Size;

/// One frame of an animation, as stored, and what happens to the canvas before and after it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceFrame<'a> {
    pub(crate) data: FrameData<'a>,
    /// The position on the canvas; the frame may extend beyond it.
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) size: Size,
    /// Whether its pixels may be transparent.
    pub(crate) has_alpha: bool,
    /// How long it is shown.
    pub(crate) delay: Duration,
    pub(crate) blend: Blend,
    pub(crate) disposal: Disposal,
    /// Why its data must not be passed to a decoder.
    pub(crate) broken: Option<&'static str>,
}

/// The data of a frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FrameData<'a> {
    Gif(GifFrame<'a>),
    WebP(WebPFrame<'a>),
    /// The image of a PNG with IHDR and IDAT of its own, made by [`SourceFrame::header`].
    Png(PngFrame<'a>),
}

/// One frame of an APNG (PNG third edition, section 11.3.6).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PngFrame<'a> {
    /// The still image of the file: its color type, palette and transparency are those of the frame.
    pub(crate) image: PngImage<'a>,
    /// IHDR with the size of the frame, then its data as IDAT chunks.
    pub(crate) chunks: Vec<u8>,
}

/// Bytes of an IHDR chunk.
pub(crate) const IHDR_BYTES: usize = 25;

/// How a frame is drawn on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blend {
    /// Its pixels replace those of the canvas.
    Replace,
    /// Its pixels are drawn over those of the canvas.
    Over,
}

/// What happens to the part of the canvas that a frame covers when its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposal {
    Keep,
    /// It becomes transparent, as in browsers.
    Clear,
    /// It becomes what it was before the frame.
    Restore,
}

impl SourceFrame<'_> {
    /// The number of pixels, as stored.
    pub(crate) fn pixels(&self) -> u64 {
        self.size.area()
    }

    /// Bytes of its data that are a copy.
    pub(crate) fn copied_bytes(&self) -> u64 {
        match &self.data {
            FrameData::Gif(_) | FrameData::WebP(_) => 0,
            FrameData::Png(frame) => frame.chunks.len() as u64,
        }
    }
}
