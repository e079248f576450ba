//! A JPEG decoder (ITU-T T.81) that shrinks while it decodes: 8-bit Huffman baseline, extended and
//! progressive, at full size or at 1/2, 1/4 or 1/8, for any window of the picture.
//!
//! In: a file, a [`Scale`], a [`Window`], a [`Detail`] and a budget.
//! Out: interleaved samples (gray, RGB, or four components as coded), or one [`Plane`] per
//! component.
//!
//! Only the data that the result needs are decoded: coefficients above the scale are skipped code
//! by code, rows below the window are not read at all. Truncated or malformed data are an error
//! that names the byte offset, unless the caller tolerates damage: then missing blocks have no
//! coefficients, which shows as gray. Must not depend on anything except damage, errors, limits and
//! threads.

// Helpers of the parallel decoder live beside the code that they belong to, so that only two places
// name the feature: the module below and its caller in `decoder.rs`.
#![cfg_attr(
    not(feature = "parallel"),
    expect(dead_code, reason = "helpers that only the parallel decoder calls")
)]

mod assemble;
mod bits;
mod block;
mod coefficients;
mod color;
mod cpu;
mod decoder;
mod error;
mod frame;
mod header;
mod huffman;
mod idct;
mod marker;
mod multi_scan;
#[cfg(feature = "parallel")]
mod parallel;
mod plane;
mod scaling;
mod scan;
mod scan_header;
mod scan_selection;
#[cfg(target_arch = "x86_64")]
mod simd;
mod single_scan;
mod sink;
mod standard;
mod stream;
mod tables;
#[cfg(test)]
mod tests;
mod upsample;

pub(crate) use self::color::{Coding, Hints, rgb};
pub(crate) use self::decoder::Decoder;
pub(crate) use self::plane::Plane;
pub(crate) use self::scaling::{Detail, Scale, Window};
