//! Limits on the cost of an image.

use std::time::Duration;

use cretula::Limits;

use crate::failure::Result;
use crate::slice::In;

/// Limits for one call. A field of 0 selects its default; a NULL pointer to the struct selects all
/// defaults.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_limits {
    /// Set by CRETULA_LIMITS_INIT.
    pub struct_size: usize,
    /// Maximum bytes of an input. Default 10 000 000.
    pub max_input_bytes: u64,
    /// Maximum pixels of one frame of a source. Default 100 000 000.
    pub max_pixels: u64,
    /// Maximum pixels over all frames of an animated source. Default 50 000 000.
    pub max_total_pixels: u64,
    /// Maximum bytes held at once for one call, excluding the input. Default 400 000 000.
    pub max_memory_bytes: u64,
    /// Maximum width and height in pixels, of sources and of variants. Default 12 000.
    pub max_side: u32,
    /// Maximum frames of an animated source. Default 10 000.
    pub max_frames: u32,
    /// Maximum milliseconds for one call. Default: no deadline.
    pub deadline_ms: u64,
}

/// The limits for the core.
pub(crate) fn read(limits: &In<cretula_limits>) -> Result<Limits> {
    let mut read = Limits::default();
    let Some(given) = limits.read_if_given()? else { return Ok(read) };
    let or = |value: u64, default: u64| if value == 0 { default } else { value };
    let or_small = |value: u32, default: u32| if value == 0 { default } else { value };
    read.max_input_bytes = or(given.max_input_bytes, read.max_input_bytes);
    read.max_pixels = or(given.max_pixels, read.max_pixels);
    read.max_total_pixels = or(given.max_total_pixels, read.max_total_pixels);
    read.max_memory_bytes = or(given.max_memory_bytes, read.max_memory_bytes);
    read.max_side = or_small(given.max_side, read.max_side);
    read.max_frames = or_small(given.max_frames, read.max_frames);
    read.deadline = (given.deadline_ms > 0).then(|| Duration::from_millis(given.deadline_ms));
    Ok(read)
}
