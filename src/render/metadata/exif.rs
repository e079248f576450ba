//! The EXIF block of an output: the source's block edited in place (`keep`), or a new block with
//! only the Copyright tag (`copyright`).
//!
//! In: a block that starts at its byte-order mark, and the output's size and color space. Out: the
//! output's block and its losses, or why there is none. Kept bytes do not move, so offsets inside
//! maker notes stay valid. Thumbnails that only a maker note describes are left in place, because
//! the formats of maker notes are private. Must not know containers or policies.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod losses;
mod pictures;
mod scan;
mod tags;
#[cfg(test)]
mod tests;

use std::iter;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::pictures::Pictures;
use self::scan::{Directory, ExifScan};
use self::tags::{COPYRIGHT, DirectoryKind, EXIF_IFD, GPS_IFD, INTEROP_IFD};
use crate::geometry::Size;
use crate::render::tiff::{ByteOrder, Entry, ORIENTATION, Tiff, merged, subtracted};
use crate::render::warning::Warning;

/// The kept part of a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// `None` if the block is intact but nothing in it can be kept.
    pub(super) block: Option<Vec<u8>>,
    /// The losses, except pictures and statements that do not hold for the output.
    pub(super) losses: Vec<Warning>,
}

/// Edits a block for an output of `size` whose pixels are sRGB or, if not `srgb`, described by an
/// ICC profile.
///
/// A directory that is damaged or outside the block loses only its branch, a value outside the
/// block only its entry. `Err` says why the first directory cannot be read.
pub(super) fn keep(exif: &[u8], size: Size, srgb: bool) -> Result<Kept, String> {
    let tiff = Tiff::new(exif).ok_or("the block does not start with a TIFF header")?;
    let mut scan = ExifScan::new(tiff, srgb)?;
    let (edited, complaint) = scan.apply_edits(size, srgb);
    let Some(complaint) = complaint else { return Ok(kept(edited, scan)) };
    // A second reader rejects the block: find the branch that it rejects.
    for kind in [DirectoryKind::Interop, DirectoryKind::Gps, DirectoryKind::Exif] {
        let mut smaller = scan.clone();
        smaller.lose_directories(kind, &complaint);
        if let (edited, None) = smaller.apply_edits(size, srgb) {
            return Ok(kept(edited, smaller));
        }
    }
    Err(complaint)
}

fn kept(block: Option<Vec<u8>>, scan: ExifScan<'_>) -> Kept {
    Kept { block, losses: scan.losses.into_warnings() }
}

/// Makes a block that contains only the Copyright tag of IFD0, with its value copied byte for byte.
/// Returns `None` if the source has no such tag.
pub(super) fn copyright(exif: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let tiff = Tiff::new(exif).ok_or("the block does not start with a TIFF header")?;
    let ifd0 = tiff.ifd(tiff.first()).ok_or("IFD0 is outside the block")?;
    let Some(entry) = tiff.entries(ifd0).find(|entry| entry.tag == COPYRIGHT) else {
        return if ifd0.declared > ifd0.count { Err("IFD0 is truncated".into()) } else { Ok(None) };
    };
    let value = tiff.value(entry).ok_or("the copyright notice is outside the block")?;
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
    /// Returns an edited copy of the block (`None` if nothing is left) and the complaint of a
    /// second reader about it.
    fn apply_edits(&mut self, size: Size, srgb: bool) -> (Option<Vec<u8>>, Option<String>) {
        let tiff = self.tiff;
        self.propagate_removals(|directory| {
            let link = directory.kind == DirectoryKind::Ifd0
                && tiff.next(directory.ifd).is_some_and(|next| next != 0);
            link || tiff.entries(directory.ifd).any(|entry| {
                let present = tiff.bytes.get(editable_fields(entry));
                corrected_fields(tiff, directory.kind, entry, size, srgb)
                    .is_some_and(|new| present != Some(&new))
            })
        });
        let Some(ifd0) = self.directories.first() else { return (None, None) };
        if ifd0.removed_entries.len() >= ifd0.ifd.count {
            return (None, None);
        }
        let mut out = tiff.bytes.to_vec();
        for directory in self.directories.iter().filter(|directory| directory.is_edited()) {
            self.write(directory, size, srgb, &mut out);
        }
        self.erase(&mut out);
        let complaint = check_with_second_reader(&out, self.tolerated).err();
        (Some(out), complaint)
    }

    /// Writes a directory without its removed entries and without gaps, padded with zeros to its
    /// old length. The zeros also end the chain of directories.
    fn write(&self, directory: &Directory, size: Size, srgb: bool, out: &mut [u8]) {
        let tiff = self.tiff;
        let mut removed = directory.removed_entries.clone();
        removed.sort_unstable();
        let mut table = vec![];
        let mut count = 0_u16;
        for entry in tiff.entries(directory.ifd).filter(|entry| removed.binary_search(&entry.at).is_err()) {
            let whole = entry.at..entry.at.saturating_add(12);
            let start = table.len().saturating_add(2);
            table.extend_from_slice(tiff.bytes.get(whole).unwrap_or_default());
            if let Some(new) = corrected_fields(tiff, directory.kind, entry, size, srgb) {
                write_at(&mut table, start..start.saturating_add(10), &new);
            }
            count = count.saturating_add(1);
        }
        let place = self.edit_range(directory);
        let mut whole = tiff.order.bytes16(count).to_vec();
        whole.append(&mut table);
        whole.resize(place.len(), 0);
        write_at(out, place, &whole);
    }

    /// Zeroes the removed bytes that no kept part needs, and truncates the block where only zeros
    /// follow.
    fn erase(&self, out: &mut Vec<u8>) {
        // The header and the directories are kept, too.
        let directories = self.directories.iter().filter(|directory| !directory.removed);
        let tables = merged(directories.map(|directory| self.table(directory.ifd)).chain(iter::once(0..8)));
        let values = self.values.iter().filter(|value| !value.removed).map(|value| value.range.clone());
        let kept = merged(tables.iter().cloned().chain(values));
        let everything = || merged(iter::once(0..out.len()));
        let unclaimed = subtracted(&everything(), &kept);
        let removed = merged(self.removed_bytes.iter().chain(&self.pictures.removed_bytes).cloned());
        let stray = |piece: &Range<usize>| out.get(piece.clone()).is_some_and(pictures::may_hold_jpeg);
        let Pictures { may_be_anywhere, may_be_stray, .. } = self.pictures;
        let sweep = may_be_anywhere || (may_be_stray && subtracted(&unclaimed, &removed).iter().any(stray));
        let pieces = if sweep { unclaimed } else { subtracted(&removed, &kept) };
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

/// The corrected type, count and value of an entry that does not hold for the output or has an
/// unusual type.
fn corrected_fields(
    tiff: Tiff<'_>,
    directory: DirectoryKind,
    entry: Entry,
    size: Size,
    srgb: bool,
) -> Option<[u8; 10]> {
    let order = tiff.order;
    match (directory, entry.tag) {
        // The pixels are upright. Probing ignores an orientation in the Exif directory, but other
        // readers may not.
        (DirectoryKind::Ifd0 | DirectoryKind::Exif, ORIENTATION) => Some(short(order, 1)),
        (DirectoryKind::Ifd0, 0x0100) | (DirectoryKind::Exif, 0xa002) => Some(side(order, entry, size.width)),
        (DirectoryKind::Ifd0, 0x0101) | (DirectoryKind::Exif, 0xa003) => {
            Some(side(order, entry, size.height))
        }
        // ColorSpace, and InteroperabilityIndex R03, which means Adobe RGB.
        (DirectoryKind::Exif, 0xa001) if srgb => Some(short(order, 1)),
        (DirectoryKind::Interop, 0x0001) if srgb && tiff.value(entry) == Some(b"R03\0") => {
            Some(field(order, 2, 4, *b"R98\0"))
        }
        // Some readers only accept pointers of type LONG.
        (_, EXIF_IFD | GPS_IFD | INTEROP_IFD) => {
            tiff.number(entry, 0).map(|offset| field(order, 4, 1, order.bytes32(offset)))
        }
        _ => None,
    }
}

/// The bytes of an entry's type, count and value.
fn editable_fields(entry: Entry) -> Range<usize> {
    entry.at.saturating_add(2)..entry.at.saturating_add(12)
}

/// Rejects a block that a second reader (`kamadak-exif`) cannot read, in which it finds more faults
/// than were tolerated, or whose orientation it reads as anything other than 1.
fn check_with_second_reader(edited: &[u8], tolerated: usize) -> Result<(), String> {
    let read = || {
        let (exif, complaints) = match exif::Reader::new().continue_on_error(true).read_raw(edited.to_vec()) {
            Ok(exif) => (exif, vec![]),
            Err(exif::Error::PartialResult(partial)) => partial.into_inner(),
            Err(error) => return Err(error.to_string()),
        };
        if let Some(complaint) = complaints.get(tolerated) {
            return Err(complaint.to_string());
        }
        // Not `fields()`: it would copy every value, and all of them may overlap.
        let orientation = exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY);
        match orientation.map(|field| field.value.get_uint(0)) {
            None | Some(Some(1)) => Ok(()),
            Some(_) => Err("its orientation cannot be edited".to_owned()),
        }
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("the EXIF reader panicked".to_owned()))
}

fn short(order: ByteOrder, value: u16) -> [u8; 10] {
    let [a, b] = order.bytes16(value);
    field(order, 3, 1, [a, b, 0, 0])
}

/// A width or height in the entry's own type, or as LONG, which takes the same space, if that type
/// is too small.
fn side(order: ByteOrder, entry: Entry, side: u32) -> [u8; 10] {
    match u16::try_from(side) {
        Ok(side) if entry.kind == 3 => short(order, side),
        _ => field(order, 4, 1, order.bytes32(side)),
    }
}

fn field(order: ByteOrder, kind: u16, count: u32, value: [u8; 4]) -> [u8; 10] {
    let ([a, b], [c, d, e, f], [g, h, i, j]) = (order.bytes16(kind), order.bytes32(count), value);
    [a, b, c, d, e, f, g, h, i, j]
}

fn write_at(out: &mut [u8], place: Range<usize>, bytes: &[u8]) {
    if let Some(place) = out.get_mut(place).filter(|place| place.len() == bytes.len()) {
        place.copy_from_slice(bytes);
    }
}
