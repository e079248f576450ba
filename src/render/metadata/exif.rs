//! EXIF for a variant: the source's block edited in place (`keep`), or a new one with only the Copyright tag.
//!
//! In: a block from its byte-order mark on, and the size and colors of the output. Out: the output's block and what it
//! lost, or why there is none. No byte that is kept moves, so the offsets inside maker notes stay valid. Knows nothing
//! of containers or policies. Thumbnails inside maker notes are left where they are: only the maker knows them.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod losses;
mod pictures;
mod scan;
#[cfg(test)]
mod tests;

use std::iter;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::pictures::Pictures;
use self::scan::{Directory, EXIF_IFD, ExifScan, GPS_IFD, INTEROP_IFD, Room};
use crate::geometry::Size;
use crate::render::tiff::{Entry, ORIENTATION, Order, Tiff, merged, subtracted};
use crate::render::warning::Warning;

const COPYRIGHT: u16 = 0x8298;

/// What is kept of a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// `None` if nothing in it can be kept, though nothing is broken.
    pub(super) block: Option<Vec<u8>>,
    /// What it lost, besides pictures and statements that are not true of the output.
    pub(super) losses: Vec<Warning>,
}

/// The block under `keep`, for an output of `size` pixels that are sRGB or, if not, described by an ICC profile.
///
/// A directory that is damaged or elsewhere costs its own branch, a value that is elsewhere its own entry. `Err` says
/// why there is no first directory to start from.
pub(super) fn keep(exif: &[u8], size: Size, srgb: bool) -> Result<Kept, String> {
    let tiff = Tiff::new(exif).ok_or("the block does not start with a TIFF header")?;
    let mut scan = ExifScan::of(tiff, srgb)?;
    let (edited, complaint) = scan.edited(size, srgb);
    let Some(complaint) = complaint else { return Ok(kept(edited, scan)) };
    // Another reader complains: of which branch?
    for room in [Room::Interop, Room::Gps, Room::Exif] {
        let mut smaller = scan.clone();
        smaller.lose_room(room, &complaint);
        if let (edited, None) = smaller.edited(size, srgb) {
            return Ok(kept(edited, smaller));
        }
    }
    Err(complaint)
}

fn kept(block: Option<Vec<u8>>, scan: ExifScan<'_>) -> Kept {
    Kept { block, losses: scan.losses.into_warnings() }
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

impl ExifScan<'_> {
    /// A copy of the block with all edits made, `None` if nothing is left of it; and what another reader says of it.
    fn edited(&mut self, size: Size, srgb: bool) -> (Option<Vec<u8>>, Option<String>) {
        let tiff = self.tiff;
        self.settle(|directory| {
            let link = directory.room == Room::Ifd0 && tiff.next(directory.ifd).is_some_and(|next| next != 0);
            link || tiff.entries(directory.ifd).any(|entry| {
                let present = tiff.bytes.get(edited_part(entry));
                rewritten(tiff, directory.room, entry, size, srgb).is_some_and(|new| present != Some(&new))
            })
        });
        let Some(ifd0) = self.directories.first() else { return (None, None) };
        if ifd0.removed.len() >= ifd0.ifd.count {
            return (None, None);
        }
        let mut out = tiff.bytes.to_vec();
        for directory in self.directories.iter().filter(|directory| directory.is_edited()) {
            self.write(directory, size, srgb, &mut out);
        }
        self.erase(&mut out);
        let complaint = second_opinion(&out, self.forgiven).err();
        (Some(out), complaint)
    }

    /// Writes a directory without its removed entries, closing the gaps. What is left at its end is zeros, which are
    /// also the end of the chain of directories.
    fn write(&self, directory: &Directory, size: Size, srgb: bool, out: &mut [u8]) {
        let tiff = self.tiff;
        let mut removed = directory.removed.clone();
        removed.sort_unstable();
        let mut table = vec![];
        let mut count = 0_u16;
        for entry in tiff.entries(directory.ifd).filter(|entry| removed.binary_search(&entry.at).is_err()) {
            let whole = entry.at..entry.at.saturating_add(12);
            let start = table.len().saturating_add(2);
            table.extend_from_slice(tiff.bytes.get(whole).unwrap_or_default());
            if let Some(new) = rewritten(tiff, directory.room, entry, size, srgb) {
                put(&mut table, start..start.saturating_add(10), &new);
            }
            count = count.saturating_add(1);
        }
        let place = self.edit_range(directory);
        let mut whole = tiff.order.bytes16(count).to_vec();
        whole.append(&mut table);
        whole.resize(place.len(), 0);
        put(out, place, &whole);
    }

    /// Zeroes what is doomed and needed by nothing that is kept, and cuts it off where it ends the block.
    fn erase(&self, out: &mut Vec<u8>) {
        // The header and the directories themselves are kept too.
        let directories = self.directories.iter().filter(|directory| !directory.gone);
        let tables = merged(directories.map(|directory| self.table(directory.ifd)).chain(iter::once(0..8)));
        let values = self.values.iter().filter(|value| !value.gone).map(|value| value.range.clone());
        let kept = merged(tables.iter().cloned().chain(values));
        let everything = || merged(iter::once(0..out.len()));
        let unclaimed = subtracted(&everything(), &kept);
        let doomed = merged(self.doomed.iter().chain(&self.pictures.doomed).cloned());
        let stray = |piece: &Range<usize>| out.get(piece.clone()).is_some_and(pictures::may_hold_jpeg);
        let Pictures { may_be_anywhere, may_be_stray, .. } = self.pictures;
        let sweep = may_be_anywhere || (may_be_stray && subtracted(&unclaimed, &doomed).iter().any(stray));
        let pieces = if sweep { unclaimed } else { subtracted(&doomed, &kept) };
        let jpegs = subtracted(&merged(self.pictures.jpegs.iter().cloned()), &tables);
        for piece in pieces.iter().chain(&jpegs) {
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

/// Type, count and value of an entry that the output makes untrue, or that is written in an odd way.
fn rewritten(tiff: Tiff<'_>, room: Room, entry: Entry, size: Size, srgb: bool) -> Option<[u8; 10]> {
    let order = tiff.order;
    match (room, entry.tag) {
        // Pixels are upright; an orientation in the wrong directory is not obeyed, but some reader might.
        (Room::Ifd0 | Room::Exif, ORIENTATION) => Some(short(order, 1)),
        (Room::Ifd0, 0x0100) | (Room::Exif, 0xa002) => Some(side(order, entry, size.width)),
        (Room::Ifd0, 0x0101) | (Room::Exif, 0xa003) => Some(side(order, entry, size.height)),
        // ColorSpace; and InteroperabilityIndex, whose R03 would go on saying Adobe RGB.
        (Room::Exif, 0xa001) if srgb => Some(short(order, 1)),
        (Room::Interop, 0x0001) if srgb && tiff.value(entry) == Some(b"R03\0") => {
            Some(field(order, 2, 4, *b"R98\0"))
        }
        // Some readers take pointers of one type only.
        (_, EXIF_IFD | GPS_IFD | INTEROP_IFD) => {
            tiff.number(entry, 0).map(|offset| field(order, 4, 1, order.bytes32(offset)))
        }
        _ => None,
    }
}

/// Type, count and value of an entry.
fn edited_part(entry: Entry) -> Range<usize> {
    entry.at.saturating_add(2)..entry.at.saturating_add(12)
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
