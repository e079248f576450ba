//! JPEG through `libjpeg-turbo-rs`: baseline, 4:2:0 up to quality 90 and 4:4:4 above, chroma averaged.
//!
//! In: gray or RGB. Out: a JFIF file.

use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling};

use super::bug;
use crate::error::Result;
use crate::fit::Size;
use crate::render::pixels::Layout;

/// The highest quality whose chroma is halved both ways.
const MAX_420_QUALITY: u8 = 90;

pub(super) fn encode(samples: &[u8], size: Size, layout: Layout, quality: u8) -> Result<Vec<u8>> {
    let format = match layout {
        Layout::Gray => PixelFormat::Grayscale,
        Layout::Rgb => PixelFormat::Rgb,
        other => return Err(bug(format!("JPEG cannot hold {other:?}"))),
    };
    let subsampling = if quality <= MAX_420_QUALITY { Subsampling::S420 } else { Subsampling::S444 };
    Encoder::new(samples, size.width as usize, size.height as usize, format)
        .quality(quality)
        .force_baseline(true)
        .subsampling(subsampling)
        .encode()
        .map_err(bug)
}
