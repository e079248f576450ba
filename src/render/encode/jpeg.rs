//! JPEG through `libjpeg-turbo-rs`: baseline, 4:2:0 up to quality 90 and 4:4:4 above, chroma averaged.
//!
//! In: gray, RGB, or planes. Out: a JFIF file.

use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling, compress_raw};

use super::bug;
use crate::error::Result;
use crate::fit::Size;
use crate::render::pixels::Layout;

/// The highest quality whose chroma is halved both ways.
const MAX_420_QUALITY: u8 = 90;

pub(super) fn halves_chroma(quality: u8) -> bool {
    quality <= MAX_420_QUALITY
}

/// Encodes Y, Cb and Cr, chroma with half the samples a side.
pub(super) fn encode_planes(planes: [&[u8]; 3], size: Size, quality: u8) -> Result<Vec<u8>> {
    let (width, height) = (size.width as usize, size.height as usize);
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let (widths, heights) = ([width, half_width, half_width], [height, half_height, half_height]);
    compress_raw(&planes, &widths, &heights, width, height, quality, Subsampling::S420).map_err(bug)
}

pub(super) fn encode(samples: &[u8], size: Size, layout: Layout, quality: u8) -> Result<Vec<u8>> {
    let format = match layout {
        Layout::Gray => PixelFormat::Grayscale,
        Layout::Rgb => PixelFormat::Rgb,
        other => return Err(bug(format!("JPEG cannot hold {other:?}"))),
    };
    let subsampling = if halves_chroma(quality) { Subsampling::S420 } else { Subsampling::S444 };
    Encoder::new(samples, size.width as usize, size.height as usize, format)
        .quality(quality)
        .force_baseline(true)
        .subsampling(subsampling)
        .encode()
        .map_err(bug)
}
