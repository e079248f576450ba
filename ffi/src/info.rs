//! Info: the properties of an image.

use cretula::{ImageInfo, probe};

use crate::error::cretula_error;
use crate::guard;
use crate::handle::New;
use crate::limits::{self, cretula_limits};
use crate::output;
use crate::slice::{In, Out};
use crate::status::cretula_status;

/// The properties of an image, read from its header.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_info {
    /// Set by CRETULA_INFO_INIT.
    pub struct_size: usize,
    /// CRETULA_FORMAT_*, as recognized from the bytes.
    pub format: i32,
    /// Width in pixels as displayed, with the orientation applied.
    pub width: u32,
    /// Height in pixels as displayed, with the orientation applied.
    pub height: u32,
    /// EXIF orientation, 1 to 8; 1 if there is none.
    pub orientation: u32,
    /// Frames of an animation; 1 for a still image.
    pub frames: u32,
    /// Bits per sample as stored; for a palette, bits per index.
    pub bit_depth: u32,
    /// 1 if some pixel may be transparent, else 0.
    pub has_alpha: u32,
    /// 1 if an ICC profile is embedded, else 0.
    pub has_profile: u32,
    /// 1 if an EXIF block is embedded, else 0.
    pub has_exif: u32,
    /// The number of times an animation plays, or 0 if it repeats endlessly; 1 for a still image.
    pub loop_count: u32,
    /// How long an animation takes to play once, in milliseconds; 0 for a still image. Delays below
    /// 20 ms in a GIF count as 100 ms, as in browsers.
    pub duration_ms: u64,
}

/// Reads the header of an image. Takes microseconds, and no memory for pixels.
///
/// CRETULA_ERR_UNSUPPORTED_FORMAT if the bytes are not JPEG, PNG, WebP or GIF;
/// CRETULA_ERR_MALFORMED_IMAGE if the header is malformed or truncated; CRETULA_ERR_LIMIT_EXCEEDED
/// if the input or the size in its header exceeds the limits.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_probe(
    src: In<u8>,
    src_len: usize,
    limits: In<cretula_limits>,
    out: Out<cretula_info>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.growing_slot()?.required()?;
        let limits = limits::read(&limits)?;
        out.put(to_native(&probe(src.bytes(src_len, "src")?, &limits)?));
        Ok(())
    })
}

/// The properties for C.
pub(crate) fn to_native(info: &ImageInfo) -> cretula_info {
    cretula_info {
        struct_size: size_of::<cretula_info>(),
        format: output::number(info.format),
        width: info.width,
        height: info.height,
        orientation: info.orientation.into(),
        frames: info.frames,
        bit_depth: info.bit_depth.into(),
        has_alpha: info.has_alpha.into(),
        has_profile: info.has_profile.into(),
        has_exif: info.has_exif.into(),
        loop_count: info.loop_count,
        duration_ms: info.duration_ms,
    }
}
