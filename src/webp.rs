//! WebP's bitstreams: lossless and alpha (RFC 9649, sections 3 and 2.7.1.2) and lossy (RFC 6386).
//!
//! In: the data of a chunk, a budget. Out: rows of pixels, or planes. Every table and picture is paid for before it is
//! made, and the clock is looked at between rows. Data that end early or break the code are errors. Must not know of
//! containers, nor of anything else but errors and limits.

mod alpha;
mod bits;
mod lossless;
mod lossy;
mod vp8;

pub(crate) use self::lossless::Decoder as Lossless;
pub(crate) use self::lossy::Lossy;
pub(crate) use self::vp8::Frame;

use crate::error::{Cause, Error, Stage};

/// What is wrong with a bitstream.
fn malformed(detail: &str) -> Error {
    Error::new(Stage::Decode, Cause::Malformed { format: "webp", detail: detail.to_owned() })
}
