//! Resamples a picture from a fractional box to a given size
//! ([contract section 1.2](crate::docs::contract#12-pixels)).
//!
//! In: decoded pixels, planes or rows, possibly already scaled by the decoder, and their placement
//! in stored orientation. Out: pixels of the placement's `resize` size, in the same layout and
//! depth. Shrinking uses Lanczos3, enlarging Catmull-Rom; alpha is premultiplied before and divided
//! out after. Must not know of formats, color or metadata.

mod copy;
mod error;
mod interleaved;
mod lanczos;
mod passes;
mod pixel_type;
mod planes;
mod region;
mod retained;
mod rows;
mod scratch;

pub(crate) use self::retained::Retained;
pub(crate) use self::scratch::Scratch;
