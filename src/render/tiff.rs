//! A reader of TIFF directories in untrusted bytes: the entries of an EXIF block and the positions
//! of their values.
//!
//! In: a block that starts at its byte-order mark. Out: positions, numbers, and `None` for anything
//! outside the block. It never panics, never follows a pointer by itself (so cycles cannot trap it)
//! and allocates nothing, except in the range arithmetic at the end. Must not know the meaning of
//! tags other than Orientation, which `probe` needs.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::ops::Range;

/// The Orientation tag.
pub(crate) const ORIENTATION: u16 = 0x0112;

/// The orientation in IFD0 of an EXIF block, from 1 to 8; 1 if it is missing, unreadable or out of
/// range.
///
/// The directory may be truncated after this tag.
pub(crate) fn orientation(exif: &[u8]) -> u16 {
    let read = || {
        let tiff = Tiff::new(exif)?;
        let entry = tiff.entries(tiff.ifd(tiff.first())?).find(|entry| entry.tag == ORIENTATION)?;
        u16::try_from(tiff.number(entry, 0)?).ok()
    };
    read().filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

/// The bytes after the identifier of an EXIF block, which JPEG requires and some writers copy into
/// other containers; `None` without an identifier.
///
/// As tolerant as exiftool: accepts up to four bytes before it, any case, and any second byte after
/// the first zero.
pub(crate) fn after_identifier(bytes: &[u8]) -> Option<&[u8]> {
    (0..=4_usize).find_map(|garbage| {
        let (name, rest) = bytes.get(garbage..)?.split_first_chunk::<4>()?;
        match rest {
            [0, _, block @ ..] if name.eq_ignore_ascii_case(b"exif") => Some(block),
            _ => None,
        }
    })
}

/// A block without the identifiers before its byte-order mark; some writers add two.
pub(crate) fn without_identifier(bytes: &[u8]) -> &[u8] {
    let mut block = bytes;
    for _ in 0..2 {
        match after_identifier(block) {
            Some(rest) if !has_header(block) => block = rest,
            _ => break,
        }
    }
    block
}

/// Whether a block starts with a TIFF header.
pub(crate) fn has_header(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II\x2a\0") || bytes.starts_with(b"MM\0\x2a")
}

/// The byte order of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(crate) fn bytes16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    pub(crate) fn bytes32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }
}

/// An EXIF block with a valid TIFF header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tiff<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) order: ByteOrder,
    first: u32,
}

/// A directory: its position, the number of entries it declares, and the number of those inside the
/// block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ifd {
    pub(crate) at: usize,
    pub(crate) declared: usize,
    pub(crate) count: usize,
}

/// A directory entry: its position (it is 12 bytes long), tag, type and number of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: usize,
    pub(crate) tag: u16,
    pub(crate) kind: u16,
    pub(crate) count: u32,
}

/// The position of an entry's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the entry itself.
    Inline(Range<usize>),
    /// Elsewhere in the block.
    Apart(Range<usize>),
    /// At least partly outside the block.
    Outside,
    /// Unknown, because the size of the type is unknown.
    Untyped,
}

impl<'a> Tiff<'a> {
    /// Reads the header.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let order = match bytes.get(..4)? {
            b"II\x2a\0" => ByteOrder::Little,
            b"MM\0\x2a" => ByteOrder::Big,
            _ => return None,
        };
        let headless = Self { bytes, order, first: 0 };
        Some(Self { first: headless.u32(4)?, ..headless })
    }

    /// The offset of IFD0.
    pub(crate) fn first(&self) -> u32 {
        self.first
    }

    /// The directory at `offset`; `None` if its entry count is outside the block.
    pub(crate) fn ifd(&self, offset: u32) -> Option<Ifd> {
        let at = usize::try_from(offset).ok()?;
        let declared = usize::from(self.u16(at)?);
        let room = self.bytes.len().saturating_sub(at).saturating_sub(2) / 12;
        Some(Ifd { at, declared, count: declared.min(room) })
    }

    /// The entries of `ifd` that are inside the block, in file order.
    pub(crate) fn entries(&self, ifd: Ifd) -> impl Iterator<Item = Entry> + use<'a> {
        let tiff = *self;
        (0..ifd.count).map_while(move |index| {
            let at = ifd.at.checked_add(2)?.checked_add(index.checked_mul(12)?)?;
            Some(Entry {
                at,
                tag: tiff.u16(at)?,
                kind: tiff.u16(at.checked_add(2)?)?,
                count: tiff.u32(at.checked_add(4)?)?,
            })
        })
    }

    /// The offset of the directory after `ifd`, 0 if there is none; `None` if the block ends before
    /// the offset.
    pub(crate) fn next(&self, ifd: Ifd) -> Option<u32> {
        if ifd.declared > ifd.count { None } else { self.u32(ifd.entries().end) }
    }

    /// The position of the value of `entry`.
    pub(crate) fn place(&self, entry: Entry) -> Place {
        let Some(unit) = unit_size(entry.kind) else { return Place::Untyped };
        let size = usize::try_from(entry.count).ok().and_then(|count| count.checked_mul(unit));
        let field = entry.at.saturating_add(8);
        match size {
            Some(size) if size <= 4 => Place::Inline(field..field.saturating_add(size)),
            Some(size) => self.range(field, size).map_or(Place::Outside, Place::Apart),
            None => Place::Outside,
        }
    }

    /// The bytes of the value of `entry`, if its type is known and it is inside the block.
    pub(crate) fn value(&self, entry: Entry) -> Option<&'a [u8]> {
        match self.place(entry) {
            Place::Inline(range) | Place::Apart(range) => self.bytes.get(range),
            Place::Outside | Place::Untyped => None,
        }
    }

    /// The number at `index` in the value of `entry`, if its type is an integer type and it is not
    /// negative.
    pub(crate) fn number(&self, entry: Entry, index: usize) -> Option<u32> {
        let value = self.value(entry)?;
        let at = |unit: usize| index.checked_mul(unit);
        let within = Tiff { bytes: value, ..*self };
        let (number, most) = match entry.kind {
            1 => (value.get(index).copied().map(u32::from)?, u32::MAX),
            6 => (value.get(index).copied().map(u32::from)?, 0x7f),
            3 => (within.u16(at(2)?).map(u32::from)?, u32::MAX),
            8 => (within.u16(at(2)?).map(u32::from)?, 0x7fff),
            4 | 13 => (within.u32(at(4)?)?, u32::MAX),
            9 => (within.u32(at(4)?)?, 0x7fff_ffff),
            _ => return None,
        };
        (number <= most).then_some(number)
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let bytes = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self.order {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self.order {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        })
    }

    /// The `size` bytes that the offset at `field` points to.
    fn range(&self, field: usize, size: usize) -> Option<Range<usize>> {
        let start = usize::try_from(self.u32(field)?).ok()?;
        let end = start.checked_add(size)?;
        (end <= self.bytes.len()).then_some(start..end)
    }
}

impl Ifd {
    /// The bytes from the entry count to the end of the last entry inside the block.
    pub(crate) fn entries(&self) -> Range<usize> {
        let size = self.count.saturating_mul(12).saturating_add(2);
        self.at..self.at.saturating_add(size)
    }
}

/// Bytes per value of a type: TIFF 6.0, type 13 (IFD) of TIFF/EP, and type 129 (UTF-8) of EXIF 3.0.
fn unit_size(kind: u16) -> Option<usize> {
    match kind {
        1 | 2 | 6 | 7 | 129 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 => Some(8),
        _ => None,
    }
}

/// Whether two ranges have a byte in common.
pub(crate) fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// The union of `ranges`, as ranges that are in order and separate.
pub(crate) fn merged(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut sorted: Vec<_> = ranges.filter(|range| !range.is_empty()).collect();
    sorted.sort_unstable_by_key(|range| range.start);
    let mut out: Vec<Range<usize>> = vec![];
    for range in sorted {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// `ranges` without `holes`, both as returned by [`merged`].
pub(crate) fn subtracted(ranges: &[Range<usize>], holes: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut out = vec![];
    let mut holes = holes.iter().peekable();
    for range in ranges {
        let mut start = range.start;
        while let Some(hole) = holes.peek().filter(|hole| hole.start < range.end) {
            if start < hole.start {
                out.push(start..hole.start);
            }
            start = start.max(hole.end);
            if hole.end > range.end {
                // It may reach into the next range, too.
                break;
            }
            holes.next();
        }
        if start < range.end {
            out.push(start..range.end);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(order: ByteOrder, entries: &[(u16, u16, u32, [u8; 4])], next: u32) -> Vec<u8> {
        let mut bytes = match order {
            ByteOrder::Little => b"II\x2a\0\x08\0\0\0".to_vec(),
            ByteOrder::Big => b"MM\0\x2a\0\0\0\x08".to_vec(),
        };
        bytes.extend(order.bytes16(u16::try_from(entries.len()).unwrap()));
        for (tag, kind, count, value) in entries {
            bytes.extend(order.bytes16(*tag));
            bytes.extend(order.bytes16(*kind));
            bytes.extend(order.bytes32(*count));
            bytes.extend(value);
        }
        bytes.extend(order.bytes32(next));
        bytes
    }

    #[test]
    fn orientation_is_read_in_both_byte_orders_and_every_integer_type() {
        for value in 0..=9 {
            let expected = if (1..=8).contains(&value) { value } else { 1 };
            let byte = u8::try_from(value).unwrap();
            let little = |kind| block(ByteOrder::Little, &[(ORIENTATION, kind, 1, [byte, 0, 0, 0])], 0);
            assert_eq!([1, 3, 4, 6, 8, 9, 13].map(|kind| orientation(&little(kind))), [expected; 7]);
            let big = |kind, at: usize| {
                let mut field = [0; 4];
                field[at] = byte;
                block(ByteOrder::Big, &[(ORIENTATION, kind, 1, field)], 0)
            };
            let kinds = [(1, 0), (3, 1), (4, 3), (6, 0), (8, 1), (9, 3)];
            assert_eq!(kinds.map(|(kind, at)| orientation(&big(kind, at))), [expected; 6]);
        }
    }

    #[test]
    fn negative_numbers_are_none_and_the_first_of_several_is_used() {
        for kind in [6, 8, 9] {
            let bytes = block(ByteOrder::Little, &[(ORIENTATION, kind, 1, [0xfe, 0xff, 0xff, 0xff])], 0);
            let tiff = Tiff::new(&bytes).unwrap();
            let entry = tiff.entries(tiff.ifd(8).unwrap()).next().unwrap();
            assert_eq!((tiff.number(entry, 0), orientation(&bytes)), (None, 1), "{kind}");
        }
        let two = block(ByteOrder::Little, &[(ORIENTATION, 3, 2, [6, 0, 8, 0])], 0);
        assert_eq!(orientation(&two), 6);
    }

    #[test]
    fn identifiers_are_found_as_exiftool_finds_them() {
        for prefix in [
            &b"Exif\0\0"[..],
            b"Exif\0\xff",
            b"EXIF\0\0",
            b"exif\0\x01",
            b"Exif\0\0Exif\0\0",
            b"\0\0\0\x06Exif\0\0",
            b"",
        ] {
            assert_eq!(without_identifier(&[prefix, b"II\x2a\0"].concat()), b"II\x2a\0", "{prefix:?}");
        }
        assert_eq!(after_identifier(b"12345Exif\0\0II"), None);
        assert_eq!(after_identifier(b"Exif\0"), None);
        assert_eq!(after_identifier(b"http://ns.adobe.com/xap/1.0/\0"), None);
    }

    #[test]
    fn orientation_is_read_only_from_ifd0() {
        let mut bytes = block(ByteOrder::Little, &[(0x8769, 4, 1, [26, 0, 0, 0])], 26);
        let sub = block(ByteOrder::Little, &[(ORIENTATION, 3, 1, [6, 0, 0, 0])], 0);
        bytes.extend(&sub[8..]);
        assert_eq!(orientation(&bytes), 1);
        let text = block(ByteOrder::Little, &[(ORIENTATION, 2, 1, [6, 0, 0, 0])], 0);
        assert_eq!(orientation(&text), 1);
    }

    #[test]
    fn a_truncated_directory_yields_its_complete_entries() {
        let mut bytes = block(ByteOrder::Big, &[(ORIENTATION, 3, 1, [0, 6, 0, 0])], 0);
        bytes[9] = 200;
        assert_eq!(orientation(&bytes), 6);
        let tiff = Tiff::new(&bytes).unwrap();
        let ifd = tiff.ifd(8).unwrap();
        assert_eq!((ifd.declared, ifd.count, tiff.next(ifd)), (200, 1, None));
    }

    #[test]
    fn hostile_offsets_and_counts_are_outside_the_block() {
        for (kind, count, offset) in
            [(2, 5, u32::MAX), (12, u32::MAX, 8), (4, 2, 20), (7, u32::MAX, u32::MAX)]
        {
            let bytes = block(ByteOrder::Little, &[(1, kind, count, offset.to_le_bytes())], 0);
            let tiff = Tiff::new(&bytes).unwrap();
            let entry = tiff.entries(tiff.ifd(8).unwrap()).next().unwrap();
            assert_eq!((tiff.place(entry), tiff.value(entry)), (Place::Outside, None));
        }
        let tiff = Tiff::new(b"II\x2a\0\xff\xff\xff\xff").unwrap();
        assert_eq!(tiff.ifd(tiff.first()), None);
    }

    #[test]
    fn truncated_at_every_offset() {
        let bytes = block(ByteOrder::Big, &[(1, 2, 9, [0, 0, 0, 8]), (ORIENTATION, 3, 1, [0, 3, 0, 0])], 8);
        for length in 0..bytes.len() {
            let expected = if length < 34 { 1 } else { 3 };
            assert_eq!(orientation(&bytes[..length]), expected, "{length}");
        }
    }

    #[test]
    fn holes_are_subtracted_from_ranges() {
        let sub = |ranges: &[Range<usize>], holes: &[Range<usize>]| {
            subtracted(&merged(ranges.iter().cloned()), &merged(holes.iter().cloned()))
        };
        assert_eq!(merged([5..9, 1..3, 3..4, 7..8, 20..20].into_iter()), [1..4, 5..9]);
        assert_eq!(sub(&[0..10, 20..30], &[2..3, 5..22, 29..40]), [0..2, 3..5, 22..29]);
        assert!(sub(&[0..10, 10..30], &[0..20, 20..50]).is_empty());
        assert_eq!(sub(&[5..6, 8..9], &[]), [5..6, 8..9]);
    }
}
