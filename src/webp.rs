//! WebP's bitstreams: lossless and alpha (RFC 9649 sections 3 and 2.7.1.2), and lossy (RFC 6386).
//!
//! In: the data of a chunk, a budget. Out: rows of pixels, or planes. Memory for every table and
//! image is reserved before it is allocated, and interrupts are checked between rows. Truncated and
//! malformed data are errors. Must not know of containers, nor of any module but errors, damage and
//! limits.

mod alpha;
mod bit_reader;
mod error;
mod lossless;
mod lossy;
mod vp8;

pub(crate) use self::lossless::Decoder as Lossless;
pub(crate) use self::lossy::Lossy;
pub(crate) use self::vp8::Frame;
