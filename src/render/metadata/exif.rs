//! EXIF for a variant: the source's block edited in place (`keep`), or a new one with the Copyright tag alone.
//!
//! In: a block from its byte-order mark on, and what the output looks like. Out: the output's block, or why there is
//! none. No byte that is kept changes its place, so the offsets inside maker notes stay true. Knows nothing of
//! containers or policies. Thumbnails hidden inside maker notes are left where they are: only the maker knows them.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod survey;

use std::iter;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::survey::{Room, Survey};
use crate::fit::Size;
use crate::render::tiff::{Entry, ORIENTATION, Order, Tiff, merged, overlap, subtracted};

const COPYRIGHT: u16 = 0x8298;

/// The block under `keep`, for an output of `size` pixels that are sRGB or, if not, described by an ICC profile.
///
/// `Err` says what is broken in the block. Forgiven are the oddities of real cameras: directories that are followed by
/// something else than their end, a maker note or interoperability directory that has lost its way.
pub(super) fn keep(exif: &[u8], size: Size, srgb: bool) -> Result<Vec<u8>, String> {
    let tiff = Tiff::new(exif).ok_or("the block does not start with a TIFF header")?;
    let survey = Survey::of(tiff, srgb)?;
    let edited = survey.edited(size, srgb);
    second_opinion(&edited, survey.forgiven)?;
    Ok(edited)
}

/// A new block with the Copyright tag of IFD0 alone, its value byte for byte; `None` if the source has none.
pub(super) fn copyright(exif: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let tiff = Tiff::new(exif).ok_or("the block does not start with a TIFF header")?;
    let ifd0 = tiff.ifd(tiff.first()).ok_or("IFD0 lies outside the block")?;
    let Some(entry) = tiff.entries(ifd0).find(|entry| entry.tag == COPYRIGHT) else {
        return if ifd0.stated > ifd0.count { Err("IFD0 is cut off".into()) } else { Ok(None) };
    };
    let value = tiff.value(entry).ok_or("the copyright notice lies outside the block")?;
    if value.is_empty() {
        return Ok(None);
    }
    let order = tiff.order;
    let mut block = exif.get(..4).unwrap_or_default().to_vec();
    block.extend(order.bytes32(8));
    block.extend(order.bytes16(1));
    block.extend(order.bytes16(COPYRIGHT));
    block.extend(order.bytes16(entry.kind));
    block.extend(order.bytes32(entry.count));
    if let Some(padding) = [0; 4].get(value.len()..) {
        block.extend(value);
        block.extend(padding);
        block.extend(order.bytes32(0));
    } else {
        block.extend(order.bytes32(26));
        block.extend(order.bytes32(0));
        block.extend(value);
    }
    Ok(Some(block))
}

impl Survey<'_> {
    /// A copy of the block with all edits made.
    fn edited(&self, size: Size, srgb: bool) -> Vec<u8> {
        let mut out = self.tiff.bytes.to_vec();
        for &(room, ifd) in &self.rooms {
            let table = ifd.entries();
            if room == Room::Interop && self.kept.iter().any(|value| overlap(value, &table)) {
                continue;
            }
            for entry in self.tiff.entries(ifd) {
                if let Some(new) = self.rewritten(room, entry, size, srgb) {
                    put(&mut out, entry.at.saturating_add(2)..entry.at.saturating_add(12), &new);
                }
            }
        }
        self.shorten_ifd0(&mut out);
        self.erase(&mut out);
        out
    }

    /// Type, count and value of an entry that the output makes untrue.
    fn rewritten(&self, room: Room, entry: Entry, size: Size, srgb: bool) -> Option<[u8; 10]> {
        let order = self.tiff.order;
        match (room, entry.tag) {
            // Pixels are upright; an orientation in the wrong directory is not obeyed, but some reader might.
            (Room::Ifd0 | Room::Exif, ORIENTATION) => Some(short(order, 1)),
            (Room::Ifd0, 0x0100) | (Room::Exif, 0xa002) => Some(side(order, entry, size.width)),
            (Room::Ifd0, 0x0101) | (Room::Exif, 0xa003) => Some(side(order, entry, size.height)),
            // ColorSpace; and InteroperabilityIndex, whose R03 would go on saying Adobe RGB.
            (Room::Exif, 0xa001) if srgb => Some(short(order, 1)),
            (Room::Interop, 0x0001) if srgb && self.tiff.value(entry) == Some(b"R03\0") => {
                Some(field(order, 2, 4, *b"R98\0"))
            }
            _ => None,
        }
    }

    /// Closes the gaps that removed entries leave in IFD0 and unlinks what follows it. Only entries move.
    fn shorten_ifd0(&self, out: &mut [u8]) {
        let Some(&(_, ifd0)) = self.rooms.first() else { return };
        let entries = self.tiff.entries(ifd0).filter(|entry| self.removed.binary_search(&entry.at).is_err());
        let mut table = vec![];
        let mut count = 0_u16;
        for entry in entries {
            table.extend_from_slice(out.get(entry.at..entry.at.saturating_add(12)).unwrap_or_default());
            count = count.saturating_add(1);
        }
        let place = self.table(ifd0);
        let mut whole = self.tiff.order.bytes16(count).to_vec();
        whole.append(&mut table);
        whole.resize(place.len(), 0);
        put(out, place, &whole);
    }

    /// Zeroes what is doomed and needed by nothing that is kept, and cuts it off where it ends the block.
    fn erase(&self, out: &mut Vec<u8>) {
        // The header and the directories themselves are kept too.
        let tables = self.rooms.iter().map(|&(_, ifd)| self.table(ifd));
        let kept = merged(tables.chain(self.kept.iter().cloned()).chain(iter::once(0..8)));
        let pieces = subtracted(&merged(self.doomed.iter().cloned()), &kept);
        for piece in &pieces {
            if let Some(bytes) = out.get_mut(piece.clone()) {
                bytes.fill(0);
            }
        }
        let floor = kept.last().map_or(0, |range| range.end);
        for piece in pieces.iter().rev() {
            let rest_is_empty = out.get(piece.end..).is_some_and(|rest| rest.iter().all(|&byte| byte == 0));
            if piece.start < floor || !rest_is_empty {
                break;
            }
            out.truncate(piece.start);
        }
    }
}

/// Refuses what another reader cannot read, complains of more than was forgiven, or would still turn.
fn second_opinion(edited: &[u8], forgiven: usize) -> Result<(), String> {
    let read = || {
        let (exif, complaints) = match exif::Reader::new().continue_on_error(true).read_raw(edited.to_vec()) {
            Ok(exif) => (exif, vec![]),
            Err(exif::Error::PartialResult(partial)) => partial.into_inner(),
            Err(error) => return Err(error.to_string()),
        };
        if let Some(complaint) = complaints.get(forgiven) {
            return Err(complaint.to_string());
        }
        // Not `fields()`: it would copy every value, and they may all overlap.
        let orientation = exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY);
        match orientation.map(|field| field.value.get_uint(0)) {
            None | Some(Some(1)) => Ok(()),
            Some(_) => Err("its orientation cannot be edited".to_owned()),
        }
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("the EXIF reader panicked".to_owned()))
}

fn short(order: Order, value: u16) -> [u8; 10] {
    let [a, b] = order.bytes16(value);
    field(order, 3, 1, [a, b, 0, 0])
}

/// A side in the type it was in, unless that is too small for it: then LONG, which takes the same room.
fn side(order: Order, entry: Entry, side: u32) -> [u8; 10] {
    match u16::try_from(side) {
        Ok(side) if entry.kind == 3 => short(order, side),
        _ => field(order, 4, 1, order.bytes32(side)),
    }
}

fn field(order: Order, kind: u16, count: u32, value: [u8; 4]) -> [u8; 10] {
    let ([a, b], [c, d, e, f], [g, h, i, j]) = (order.bytes16(kind), order.bytes32(count), value);
    [a, b, c, d, e, f, g, h, i, j]
}

fn put(out: &mut [u8], place: Range<usize>, bytes: &[u8]) {
    if let Some(place) = out.get_mut(place).filter(|place| place.len() == bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::survey::{EXIF_IFD, GPS_IFD, INTEROP_IFD};
    use super::*;

    const SIZE: Size = Size::new(320, 70_000);
    type Tag<'a> = (u16, u16, u32, &'a [u8]);

    /// A directory at `at`: its entries with their values apart behind it, and the offset of the next.
    fn directory(order: Order, at: usize, entries: &[Tag<'_>], next: u32) -> Vec<u8> {
        let mut table = order.bytes16(u16::try_from(entries.len()).unwrap()).to_vec();
        let mut values: Vec<u8> = vec![];
        let after = at + 2 + 12 * entries.len() + 4;
        for &(tag, kind, count, value) in entries {
            table.extend(order.bytes16(tag));
            table.extend(order.bytes16(kind));
            table.extend(order.bytes32(count));
            if value.len() <= 4 {
                table.extend(value);
                table.resize(table.len() + 4 - value.len(), 0);
            } else {
                table.extend(order.bytes32(u32::try_from(after + values.len()).unwrap()));
                values.extend(value);
            }
        }
        table.extend(order.bytes32(next));
        table.extend(values);
        table
    }

    /// IFD0 at 8, Exif at 200, GPS at 300, Interop at 400, IFD1 at 500 with a thumbnail at 600.
    fn camera(order: Order) -> Vec<u8> {
        let (long, short) = (|n| order.bytes32(n), |n| order.bytes16(n));
        let mut bytes = if order == Order::Little { b"II\x2a\0".to_vec() } else { b"MM\0\x2a".to_vec() };
        bytes.extend(long(8));
        let mut place = |at: usize, entries: &[Tag<'_>], next| {
            bytes.resize(at, 0xee);
            bytes.extend(directory(order, at, entries, next));
        };
        place(
            8,
            &[
                (0x0100, 3, 1, &short(4000)),
                (0x0101, 3, 1, &short(3000)),
                (0x010f, 2, 6, b"Maker\0"),
                (ORIENTATION, 3, 1, &short(6)),
                (0x02bc, 1, 5, b"<xmp>"),
                (COPYRIGHT, 2, 9, b"foto\0edi\0"),
                (EXIF_IFD, 4, 1, &long(200)),
                (GPS_IFD, 4, 1, &long(300)),
            ],
            500,
        );
        place(
            200,
            &[
                (0x927c, 7, 10, b"maker note"),
                (0xa001, 3, 1, &short(0xffff)),
                (0xa002, 4, 1, &long(4000)),
                (0xa003, 3, 1, &short(3000)),
                (INTEROP_IFD, 4, 1, &long(400)),
            ],
            0,
        );
        place(300, &[(2, 5, 3, &[9; 24])], 0);
        place(400, &[(1, 2, 4, b"R03\0")], 0);
        let thumbnail: &[Tag<'_>] =
            &[(0x0201, 4, 1, &long(600)), (0x0202, 4, 1, &long(50)), (0x010e, 2, 8, b"thumb 1\0")];
        place(500, thumbnail, 0);
        bytes.resize(600, 0);
        bytes.resize(650, 0xd8);
        bytes
    }

    fn number(block: &[u8], directory: u32, tag: u16) -> Option<(u16, u32)> {
        let tiff = Tiff::new(block).unwrap();
        let entry = tiff.entries(tiff.ifd(directory).unwrap()).find(|entry| entry.tag == tag)?;
        Some((entry.kind, tiff.number(entry, 0)?))
    }

    #[test]
    fn keep_corrects_what_the_output_makes_untrue() {
        for order in [Order::Little, Order::Big] {
            let before = camera(order);
            let after = keep(&before, SIZE, true).unwrap();
            assert_eq!(number(&after, 8, ORIENTATION), Some((3, 1)));
            assert_eq!(number(&after, 8, 0x0100), Some((3, 320)));
            assert_eq!(number(&after, 8, 0x0101), Some((4, 70_000)));
            assert_eq!(number(&after, 200, 0xa002), Some((4, 320)));
            assert_eq!(number(&after, 200, 0xa003), Some((4, 70_000)));
            assert_eq!(number(&after, 200, 0xa001), Some((3, 1)));
            let tiff = Tiff::new(&after).unwrap();
            assert_eq!(tiff.next(tiff.ifd(8).unwrap()), Some(0));
            assert_eq!(tiff.ifd(8).unwrap().count, 7);
            // The rest is where it was, and what was removed is gone.
            assert_eq!(after.get(300..350), before.get(300..350));
            for (text, kept) in [
                ("Maker\0", 1),
                ("maker note", 1),
                ("foto\0edi", 1),
                ("R98\0", 1),
                ("R03", 0),
                ("<xmp>", 0),
                ("thumb", 0),
            ] {
                let found = after.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
                assert_eq!(found, kept, "{text}");
            }
            assert_eq!(after.len(), 500);

            let preserved = keep(&before, SIZE, false).unwrap();
            assert_eq!(number(&preserved, 200, 0xa001), Some((3, 0xffff)));
            assert!(preserved.windows(4).any(|window| window == b"R03\0"));
        }
    }

    #[test]
    fn erasing_spares_what_is_still_referenced() {
        // The thumbnail is said to be the whole block, and IFD1 chained to IFD0.
        let mut hostile = camera(Order::Big);
        hostile[510..514].copy_from_slice(&[0; 4]);
        hostile[522..526].copy_from_slice(&[0xff; 4]);
        hostile[538..542].copy_from_slice(&[0, 0, 0, 8]);
        let after = keep(&hostile, SIZE, true).unwrap();
        assert!(after.windows(10).any(|window| window == b"maker note"));
        assert_eq!(after.get(300..342), hostile.get(300..342));
        assert!(!after.contains(&0xd8) && !after.contains(&0xee));
    }

    #[test]
    fn broken_blocks_are_refused() {
        let good = camera(Order::Little);
        let with = |at: usize, bytes: &[u8]| {
            let mut block = good.clone();
            block[at..at + bytes.len()].copy_from_slice(bytes);
            keep(&block, SIZE, true)
        };
        let entry = |index: usize| 10 + 12 * index;
        assert!(with(4, &[0xff; 4]).is_err(), "IFD0 outside");
        assert!(with(4, &[0; 4]).is_err(), "IFD0 in the header");
        assert!(with(8, &[0xff; 2]).is_err(), "IFD0 cut off");
        assert!(with(entry(2) + 8, &[0xff; 4]).is_err(), "a value outside");
        assert!(with(entry(2) + 8, &[12, 0, 0, 0]).is_err(), "a value in IFD0");
        assert!(with(entry(6) + 8, &[8, 0, 0, 0]).is_err(), "Exif is IFD0");
        assert!(with(entry(6) + 8, &[107, 0, 0, 0]).is_err(), "Exif in the end of IFD0");
        assert!(with(entry(7) + 8, &[200, 0, 0, 0]).is_err(), "GPS is Exif");
        assert!(with(entry(7) + 8, &[0xff, 0xff, 0, 0]).is_err(), "GPS outside");
        assert!(with(entry(6) + 2, &[2]).is_err(), "a pointer that is text");

        let without_gps = with(entry(7) + 8, &[0; 4]).unwrap();
        assert_eq!(number(&without_gps, 8, GPS_IFD), None);
        assert!(with(202 + 8, &[0xff; 4]).is_ok(), "the maker note outside");
        assert!(with(202 + 4 * 12 + 8, &[0xff; 4]).is_ok(), "Interop outside");
        assert!(with(202 + 5 * 12, &[1, 2, 3, 4]).is_ok(), "Exif followed by something");
        assert!(with(entry(8), &[0xff; 4]).is_err(), "IFD1 outside: where is the thumbnail?");
    }

    #[test]
    fn copyright_is_copied_byte_for_byte() {
        for order in [Order::Little, Order::Big] {
            for (kind, value) in [
                (2, &b"photographer\0editor\0"[..]),
                (2, b"(c)\0"),
                (129, "© Zoë\0".as_bytes()),
                (7, b"1"),
                (1, b"12345"),
            ] {
                let count = u32::try_from(value.len()).unwrap();
                let mut source = camera(order).get(..4).unwrap().to_vec();
                source.extend(order.bytes32(8));
                source.extend(directory(
                    order,
                    8,
                    &[(0x010e, 2, 5, b"text\0"), (COPYRIGHT, kind, count, value)],
                    0,
                ));
                let block = copyright(&source).unwrap().unwrap();
                let tiff = Tiff::new(&block).unwrap();
                let ifd = tiff.ifd(tiff.first()).unwrap();
                let entry = tiff.entries(ifd).next().unwrap();
                assert_eq!((entry.tag, entry.kind, tiff.value(entry)), (COPYRIGHT, kind, Some(value)));
                assert_eq!((tiff.order, ifd.count, tiff.next(ifd)), (order, 1, Some(0)));
                assert_eq!(block.len(), if value.len() > 4 { 26 + value.len() } else { 26 });
            }
        }
        let mut none = camera(Order::Big);
        none[10 + 12 * 5] = 0;
        assert_eq!(copyright(&none), Ok(None));
        assert!(copyright(b"Exif\0\0MM").is_err());
    }

    #[test]
    fn truncated_at_every_offset() {
        for order in [Order::Little, Order::Big] {
            let whole = camera(order);
            for length in 0..whole.len() {
                let cut = whole.get(..length).unwrap();
                // Only the thumbnail itself may be cut: it is erased all the same.
                assert_eq!(keep(cut, SIZE, true).is_ok(), length >= 550, "{length}");
                assert_eq!(copyright(cut).is_ok(), length >= 130, "{length}");
            }
        }
    }
}
