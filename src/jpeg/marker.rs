//! Marker segments (T.81 B.1.1): where each begins and ends.
//!
//! In: the file and a position outside entropy-coded data, or inside it for [`scan_data_end`]. Out:
//! the next segment. Must not know what segments mean.

use memchr::memchr;

use super::error::malformed;
use crate::error::Result;

pub(super) const SOI: u8 = 0xd8;
pub(super) const EOI: u8 = 0xd9;
pub(super) const SOS: u8 = 0xda;
pub(super) const DQT: u8 = 0xdb;
pub(super) const DHT: u8 = 0xc4;
pub(super) const DRI: u8 = 0xdd;
pub(super) const APP0: u8 = 0xe0;
pub(super) const APP14: u8 = 0xee;

/// A marker and the parameters after its length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    pub(super) payload: &'a [u8],
    /// Where the payload begins in the file.
    pub(super) offset: usize,
}

impl Segment<'_> {
    /// Where the segment ends in the file.
    pub(super) fn end(&self) -> usize {
        self.offset + self.payload.len()
    }
}

/// The next segment from `at` on, or `None` at the end of the image or of the file. Bytes between
/// segments are skipped, as in every decoder.
pub(super) fn next_segment(bytes: &[u8], mut at: usize) -> Result<Option<Segment<'_>>> {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(found) = memchr(0xff, rest) else { return Ok(None) };
        at += found + 1;
        let Some(&marker) = bytes.get(at) else { return Ok(None) };
        match marker {
            0xff => {}
            EOI => return Ok(None),
            0x00 | 0x01 | 0xd0..=SOI => at += 1,
            _ => {
                let Some(&[high, low]) = bytes.get(at + 1..).and_then(<[u8]>::first_chunk) else {
                    return Err(malformed(at, "truncated segment"));
                };
                let length = usize::from(u16::from_be_bytes([high, low]));
                let offset = at + 3;
                if length < 2 && is_optional(marker) {
                    at = offset;
                    continue;
                }
                let payload = length.checked_sub(2).and_then(|length| bytes.get(offset..offset + length));
                let payload =
                    payload.ok_or_else(|| malformed(at, format_args!("invalid segment length {length}")))?;
                return Ok(Some(Segment { marker, payload, offset }));
            }
        }
    }
}

/// Whether the picture is the same without the segment. If so, a length too small to cover itself
/// is ignored, as in libjpeg.
fn is_optional(marker: u8) -> bool {
    matches!(marker, 0xe0..=0xfe)
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
