//! What of an EXIF block stays and what goes, before a byte is changed.
//!
//! In: a block with a valid header. Out: its kept directories and values, the entries and bytes that go, or what is
//! broken in it. Knows the tags that point somewhere; nothing of the output's size or how the edits are made.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::ops::Range;

use crate::render::tiff::{Entry, Ifd, Place, Tiff, overlap};

pub(super) const EXIF_IFD: u16 = 0x8769;
pub(super) const GPS_IFD: u16 = 0x8825;
pub(super) const INTEROP_IFD: u16 = 0xa005;
const MAKER_NOTE: u16 = 0x927c;
const SUB_IFDS: u16 = 0x014a;
const ICC_PROFILE: u16 = 0x8773;
/// XMP and Photoshop resources as entries of IFD0: second copies that nobody edits, often with a thumbnail inside.
const COPIES: [u16; 2] = [0x02bc, 0x8649];
/// Offsets and lengths of pictures inside the block: a JPEG, strips, tiles. Their place is IFD1, but old writers have
/// thumbnails in IFD0, and a block that once was a TIFF file has strips there.
const IMAGE_DATA: [[u16; 2]; 3] = [[0x0201, 0x0202], [0x0111, 0x0117], [0x0144, 0x0145]];

/// Directories of thumbnails that are looked at, and pieces of one image; far above what any camera writes.
const MAX_THUMBNAILS: usize = 8;
const MAX_PIECES: usize = 4096;

/// A directory that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Ifd0,
    Exif,
    Gps,
    Interop,
}

/// What of the block is kept and what goes.
pub(super) struct Survey<'a> {
    pub(super) tiff: Tiff<'a>,
    pub(super) rooms: Vec<(Room, Ifd)>,
    /// Values of kept entries that lie apart from them.
    pub(super) kept: Vec<Range<usize>>,
    /// Entries of IFD0 that go: their positions, ascending.
    pub(super) removed: Vec<usize>,
    /// What the removed entries and directories occupied or pointed to; kept bytes may be among it.
    pub(super) doomed: Vec<Range<usize>>,
    /// Oddities that a stricter reader would complain of.
    pub(super) forgiven: usize,
    /// Directories of thumbnails seen.
    thumbnails: usize,
}

impl<'a> Survey<'a> {
    /// Walks the block, or says what is broken in it.
    pub(super) fn of(tiff: Tiff<'a>, srgb: bool) -> Result<Self, String> {
        let mut survey = Self {
            tiff,
            rooms: vec![],
            kept: vec![],
            removed: vec![],
            doomed: vec![],
            forgiven: 0,
            thumbnails: 0,
        };
        let ifd0 = survey.enter(Room::Ifd0, tiff.first())?;
        for entry in tiff.entries(ifd0) {
            match entry.tag {
                EXIF_IFD => survey.follow(Room::Exif, entry)?,
                GPS_IFD => survey.follow(Room::Gps, entry)?,
                SUB_IFDS => survey.remove_sub_ifds(entry)?,
                ICC_PROFILE if srgb => survey.remove(entry),
                tag if COPIES.contains(&tag) || IMAGE_DATA.as_flattened().contains(&tag) => {
                    survey.remove(entry)
                }
                _ => survey.keep(entry)?,
            }
        }
        survey.doom_image_data(ifd0);
        match tiff.next(ifd0) {
            Some(ifd1) => survey.doom_chain(ifd1)?,
            None => survey.forgive(),
        }
        if survey.removed.len() == ifd0.count {
            return Err("IFD0 holds nothing that could be kept".to_owned());
        }
        survey.check_overlaps()?;
        Ok(survey)
    }

    /// Takes up the directory at `offset`, whole and apart from all others, or refuses the block.
    fn enter(&mut self, room: Room, offset: u32) -> Result<Ifd, String> {
        let refuse = |why: &str| Err(format!("the {room:?} directory {why}"));
        let Some(ifd) = self.tiff.ifd(offset) else { return refuse("lies outside the block") };
        if ifd.stated > ifd.count {
            return refuse("is cut off");
        }
        if ifd.count == 0 {
            return refuse("is empty");
        }
        let table = ifd.entries();
        let mut taken = self.rooms.iter().map(|&(room, other)| match room {
            // The offset behind it will be edited.
            Room::Ifd0 => self.table(other),
            Room::Exif | Room::Gps | Room::Interop => other.entries(),
        });
        if ifd.at < 8 || taken.any(|other| overlap(&other, &table)) {
            return refuse("overlaps another");
        }
        self.rooms.push((room, ifd));
        Ok(ifd)
    }

    /// Goes where the pointer in `entry` of IFD0 shows. A pointer to nothing is removed.
    fn follow(&mut self, room: Room, entry: Entry) -> Result<(), String> {
        let offset = self.pointer(entry).ok_or_else(|| format!("the pointer to {room:?} is not one"))?;
        if offset == 0 {
            self.removed.push(entry.at);
            return Ok(());
        }
        let ifd = self.enter(room, offset)?;
        self.expect_end(ifd);
        for entry in self.tiff.entries(ifd) {
            match entry.tag {
                INTEROP_IFD if room == Room::Exif => self.follow_interop(entry),
                MAKER_NOTE => self.keep_if_there(entry),
                _ => self.keep(entry)?,
            }
        }
        Ok(())
    }

    /// Few readers look at this directory and many editors break it: kept if it can be, else left as it is.
    fn follow_interop(&mut self, entry: Entry) {
        let entered = self.pointer(entry).and_then(|offset| self.enter(Room::Interop, offset).ok());
        let Some(ifd) = entered else {
            self.forgive();
            return self.keep_if_there(entry);
        };
        self.expect_end(ifd);
        for entry in self.tiff.entries(ifd) {
            self.keep_if_there(entry);
        }
    }

    fn pointer(&mut self, entry: Entry) -> Option<u32> {
        match (entry.kind, entry.count) {
            (4, 1) => {}
            (13, 1) => self.forgive(),
            _ => return None,
        }
        self.tiff.number(entry, 0)
    }

    fn keep(&mut self, entry: Entry) -> Result<(), String> {
        match self.tiff.place(entry) {
            Place::Apart(range) => self.kept.push(range),
            Place::Outside => return Err(format!("the value of tag {:#06x} lies outside it", entry.tag)),
            Place::Inline(_) | Place::Untyped => {}
        }
        Ok(())
    }

    fn keep_if_there(&mut self, entry: Entry) {
        if self.keep(entry).is_err() {
            self.forgive();
        }
    }

    fn forgive(&mut self) {
        self.forgiven = self.forgiven.saturating_add(1);
    }

    fn expect_end(&mut self, ifd: Ifd) {
        if self.tiff.next(ifd) != Some(0) {
            self.forgive();
        }
    }

    fn remove(&mut self, entry: Entry) {
        self.removed.push(entry.at);
        self.doom_value(entry);
    }

    /// Previews, each with a directory of its own.
    fn remove_sub_ifds(&mut self, entry: Entry) -> Result<(), String> {
        self.remove(entry);
        let tiff = self.tiff;
        (0..MAX_THUMBNAILS)
            .map_while(|index| tiff.number(entry, index))
            .try_for_each(|offset| self.doom_chain(offset))
    }

    /// Dooms the directory at `offset` and all that are chained to it, with what they hold; refuses the block if one
    /// is damaged, for then the picture it tells of may be anywhere in the block and could not be erased.
    fn doom_chain(&mut self, mut offset: u32) -> Result<(), String> {
        while self.thumbnails < MAX_THUMBNAILS && offset != 0 {
            let Some(ifd) = self.tiff.ifd(offset).filter(|ifd| self.is_sound(*ifd)) else {
                return Err("the directory of a thumbnail is damaged".to_owned());
            };
            self.thumbnails = self.thumbnails.saturating_add(1);
            self.doomed.push(self.table(ifd));
            for entry in self.tiff.entries(ifd) {
                self.doom_value(entry);
            }
            self.doom_image_data(ifd);
            let Some(next) = self.tiff.next(ifd) else { return Ok(()) };
            offset = next;
        }
        Ok(())
    }

    /// Whether a directory is whole, each entry has a type and a place, and no offset of image data lacks its length.
    fn is_sound(&self, ifd: Ifd) -> bool {
        let has = |tag| self.tiff.entries(ifd).any(|entry| entry.tag == tag);
        let placed = |entry| matches!(self.tiff.place(entry), Place::Inline(_) | Place::Apart(_));
        ifd.count > 0
            && ifd.stated == ifd.count
            && self.tiff.entries(ifd).all(placed)
            && IMAGE_DATA.iter().all(|[offsets, lengths]| has(*offsets) == has(*lengths))
    }

    fn doom_value(&mut self, entry: Entry) {
        if let Place::Apart(range) = self.tiff.place(entry) {
            self.doomed.push(range);
        }
    }

    /// Dooms the bytes that pairs of tags, offsets and lengths, point to; as much of them as there is.
    fn doom_image_data(&mut self, ifd: Ifd) {
        let tiff = self.tiff;
        let find = |tag| tiff.entries(ifd).find(|entry| entry.tag == tag);
        for [offsets, lengths] in IMAGE_DATA {
            let (Some(offsets), Some(lengths)) = (find(offsets), find(lengths)) else { continue };
            let pieces = (0..MAX_PIECES)
                .map_while(|index| Some((tiff.number(offsets, index)?, tiff.number(lengths, index)?)));
            for (offset, length) in pieces {
                let clip =
                    |at: u32| usize::try_from(at).map_or(tiff.bytes.len(), |at| at.min(tiff.bytes.len()));
                self.doomed.push(clip(offset)..clip(offset.saturating_add(length)));
            }
        }
    }

    /// From the count to the end of the offset of the next directory, as far as the block goes.
    pub(super) fn table(&self, ifd: Ifd) -> Range<usize> {
        let entries = ifd.entries();
        entries.start..entries.end.saturating_add(4).min(self.tiff.bytes.len())
    }

    /// Refuses a block in which an edit would change a value that is kept.
    fn check_overlaps(&self) -> Result<(), String> {
        for &(room, ifd) in &self.rooms {
            let edited = match room {
                Room::Ifd0 => self.table(ifd),
                Room::Exif => ifd.entries(),
                Room::Gps | Room::Interop => continue,
            };
            if self.kept.iter().any(|value| overlap(value, &edited)) {
                return Err(format!("a value overlaps the {room:?} directory"));
            }
        }
        Ok(())
    }
}
