//! Negotiation: the output format for a client.

use std::ffi::c_char;

use cretula::{NegotiateOptions, Source, negotiate};

use crate::error::cretula_error;
use crate::failure::Failure;
use crate::guard;
use crate::handle::New;
use crate::output;
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_INVALID_ARGUMENT, cretula_status};

/// What negotiation has to know of a source.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_source {
    /// Set by CRETULA_SOURCE_INIT.
    pub struct_size: usize,
    /// CRETULA_FORMAT_* of the file.
    pub format: i32,
    /// 1 if some pixel may be transparent, else 0.
    pub has_alpha: u32,
    /// Frames of an animation; 0 or 1 for a still image.
    pub frames: u32,
    /// Always 0.
    pub reserved: u32,
}

/// Options of negotiation. A field of 0 selects its default; a NULL pointer to the struct selects all
/// defaults.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_negotiate_options {
    /// Set by CRETULA_NEGOTIATE_OPTIONS_INIT.
    pub struct_size: usize,
    /// Pixels of the output. Default: unknown, not limited.
    pub output_pixels: u64,
    /// AVIF is not chosen for more pixels. Default 1 440 000.
    pub max_avif_pixels: u64,
}

/// Chooses the output format, a CRETULA_FORMAT_*, from the value of a client's Accept header: AVIF or
/// WebP if the header names it and this version writes it, else the format of the source, or JPEG, or
/// PNG if there is alpha. No header makes this fail. The answer depends on the header: send
/// "Vary: Accept".
///
/// CRETULA_ERR_UNKNOWN_CONSTANT for an unknown format.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_negotiate(
    accept: In<c_char>,
    accept_len: usize,
    source: In<cretula_source>,
    options: In<cretula_negotiate_options>,
    out: Out<i32>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let accept = accept.bytes(accept_len, "accept")?;
        let given = source.read()?;
        let format = output::format(given.format)?.ok_or_else(|| {
            let message = "format of cretula_source must be that of the file, got CRETULA_FORMAT_SOURCE";
            Failure::misuse(CRETULA_ERR_INVALID_ARGUMENT, message)
        })?;
        let has_alpha = output::at_most("has_alpha", given.has_alpha, 0, 1)? == 1;
        let source = Source::new(format).has_alpha(has_alpha).frames(given.frames.max(1));
        let mut chosen = NegotiateOptions::new();
        if let Some(options) = options.read_if_given()? {
            chosen.output_pixels = Some(options.output_pixels).filter(|pixels| *pixels > 0);
            if options.max_avif_pixels > 0 {
                chosen.max_avif_pixels = options.max_avif_pixels;
            }
        }
        out.put(output::number(negotiate(accept, source, &chosen).format));
        Ok(())
    })
}
