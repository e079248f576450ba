//! JPEG marker segments (T.81 B.1.1).
//!
//! In: the file and an offset outside entropy-coded data. Out: the next segment. As lenient as
//! libjpeg: bytes between segments are skipped. Must not know what segments mean.

use memchr::memchr;

pub(crate) const SOI: u8 = 0xd8;
pub(crate) const EOI: u8 = 0xd9;
pub(crate) const SOS: u8 = 0xda;
pub(crate) const DHT: u8 = 0xc4;
pub(crate) const DQT: u8 = 0xdb;
pub(crate) const DRI: u8 = 0xdd;
pub(crate) const APP0: u8 = 0xe0;
pub(crate) const APP1: u8 = 0xe1;
pub(crate) const APP2: u8 = 0xe2;
pub(crate) const APP13: u8 = 0xed;
pub(crate) const APP14: u8 = 0xee;
const TEM: u8 = 0x01;
const RST0: u8 = 0xd0;
const COM: u8 = 0xfe;

/// A marker and its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment<'a> {
    pub(crate) marker: u8,
    /// The parameters, without the length.
    pub(crate) payload: &'a [u8],
    /// Offset of the payload in the file.
    pub(crate) offset: usize,
}

impl Segment<'_> {
    /// Offset of the first byte after the segment.
    pub(crate) fn end(&self) -> usize {
        self.offset + self.payload.len()
    }
}

/// A segment whose length cannot be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BrokenSegment<'a> {
    /// Its payload is the part that the file holds.
    pub(crate) segment: Segment<'a>,
    pub(crate) fault: Fault,
}

/// Why a segment cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The file ends in or before the length.
    NoLength,
    /// The length is below 2: it does not cover itself.
    ShortLength,
    /// The file ends before the payload does.
    CutOff,
}

/// The first segment at or after `at`, or `None` at the end of the image or of the file.
///
/// Skips markers without parameters, and application data and comments whose length is below 2:
/// libjpeg goes on after such a length, too.
pub(crate) fn next_segment(file: &[u8], mut at: usize) -> Result<Option<Segment<'_>>, BrokenSegment<'_>> {
    loop {
        let Some(found) = memchr(0xff, file.get(at..).unwrap_or_default()) else { return Ok(None) };
        at += found + 1;
        let Some(&marker) = file.get(at) else { return Ok(None) };
        match marker {
            EOI => return Ok(None),
            // A fill byte; the marker follows.
            0xff => {}
            0x00 | TEM | RST0..=SOI => at += 1,
            _ => {
                let offset = at + 3;
                let broken =
                    |fault, payload| BrokenSegment { segment: Segment { marker, payload, offset }, fault };
                let Some(&length) = file.get(at + 1..).and_then(<[u8]>::first_chunk) else {
                    return Err(broken(Fault::NoLength, &[]));
                };
                let Some(length) = u16::from_be_bytes(length).checked_sub(2) else {
                    if matches!(marker, APP0..=COM) {
                        at = offset;
                        continue;
                    }
                    return Err(broken(Fault::ShortLength, &[]));
                };
                let rest = file.get(offset..).unwrap_or_default();
                return match rest.get(..length.into()) {
                    Some(payload) => Ok(Some(Segment { marker, payload, offset })),
                    None => Err(broken(Fault::CutOff, rest)),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_between_segments_and_useless_lengths_are_skipped() {
        // Garbage, a restart marker, APP5 and COM of length 0 and 1, fill bytes, then APP1 "ab".
        let file =
            b"\xff\xd8zz\xff\x00\xff\xd3\xff\xe5\0\0\xff\xfe\0\x01\xff\xff\xff\xe1\0\x04ab\xff\xd9\xff\xda";
        let segment = next_segment(file, 0).unwrap().unwrap();
        assert_eq!((segment.marker, segment.payload, segment.offset), (APP1, &b"ab"[..], 22));
        assert_eq!(segment.end(), 24);
        assert_eq!(next_segment(file, segment.end()), Ok(None));
        assert_eq!(next_segment(file, file.len() + 1), Ok(None));
    }

    #[test]
    fn a_file_cut_at_any_offset_has_a_broken_segment_or_none() {
        let file = b"\xff\xd8\xff\xdb\0\x05abc";
        let fault = |len| next_segment(file.get(..len).unwrap(), 0).map_err(|broken| broken.fault);
        for (len, expected) in [
            (3, Ok(None)),
            (4, Err(Fault::NoLength)),
            (5, Err(Fault::NoLength)),
            (6, Err(Fault::CutOff)),
            (8, Err(Fault::CutOff)),
            (9, Ok(Some(Segment { marker: 0xdb, payload: b"abc", offset: 6 }))),
        ] {
            assert_eq!(fault(len), expected, "{len}");
        }
        let broken = next_segment(file.get(..8).unwrap(), 0).unwrap_err();
        assert_eq!((broken.segment.payload, broken.segment.offset), (&b"ab"[..], 6));
    }

    #[test]
    fn a_length_that_does_not_cover_itself_is_a_fault_of_a_table() {
        let broken = next_segment(b"\xff\xd8\xff\xc4\0\x01\xff\xd9", 2).unwrap_err();
        assert_eq!((broken.segment.marker, broken.fault), (0xc4, Fault::ShortLength));
    }
}
