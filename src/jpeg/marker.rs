//! Marker segments (T.81 B.1.1) in the words of this decoder: segments with a wrong length are
//! malformed files. Where each begins and ends is [`container::jpeg`](crate::container::jpeg)'s.
//!
//! In: the file and a position outside entropy-coded data, or inside it for [`scan_data_end`]. Out:
//! the next segment. Must not know what segments mean.

use memchr::memchr;

use super::error::malformed;
use crate::container::jpeg::{self, BrokenSegment, Fault};
pub(super) use crate::container::jpeg::{APP0, APP14, DHT, DQT, DRI, EOI, SOS, Segment};
use crate::error::Result;

/// The next segment from `at` on, or `None` at the end of the image or of the file.
pub(super) fn next_segment(bytes: &[u8], at: usize) -> Result<Option<Segment<'_>>> {
    jpeg::next_segment(bytes, at).map_err(|BrokenSegment { segment, fault }| {
        let marker = segment.offset - 3;
        match (fault, bytes.get(segment.offset - 2..).and_then(<[u8]>::first_chunk)) {
            (Fault::ShortLength | Fault::CutOff, Some(&length)) => {
                malformed(marker, format_args!("invalid segment length {}", u16::from_be_bytes(length)))
            }
            _ => malformed(marker, "truncated segment"),
        }
    })
}

/// Where the entropy-coded data around `at` end: at the first marker other than a restart marker,
/// or at the end of the file.
pub(super) fn scan_data_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr(0xff, bytes.get(at..).unwrap_or_default()) {
        at += found;
        match bytes.get(at + 1) {
            Some(0xff) => at += 1,
            Some(0x00 | 0x01 | 0xd0..=0xd7) => at += 2,
            Some(_) => return at,
            None => break,
        }
    }
    bytes.len()
}
