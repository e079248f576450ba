//! Which directories, entries and bytes of an EXIF block stay and which go, before a byte is changed.
//!
//! In: a block with a valid header. Out: its kept directories and values, the entries and bytes that go, and warnings
//! for what is lost: a branch that is damaged goes alone. Knows the tags that point somewhere; nothing of the output's
//! size or how the edits are made.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::ops::Range;

use super::losses::Losses;
use super::pictures::Pictures;
use crate::render::tiff::{Entry, Ifd, Place, Tiff, overlap};

pub(super) const EXIF_IFD: u16 = 0x8769;
pub(super) const GPS_IFD: u16 = 0x8825;
pub(super) const INTEROP_IFD: u16 = 0xa005;
const MAKER_NOTE: u16 = 0x927c;
const SUB_IFDS: u16 = 0x014a;
const ICC_PROFILE: u16 = 0x8773;
/// XMP and Photoshop resources as entries: second copies that nobody edits, often with a thumbnail inside.
const COPIES: [u16; 2] = [0x02bc, 0x8649];
/// SubjectArea (Exif and TIFF/EP) and SubjectLocation: coordinates in the pixels of the source.
const COORDINATES: [u16; 2] = [0x9214, 0xa214];
/// Offsets and lengths of pictures inside the block: a JPEG, strips, tiles. Their place is IFD1, but old writers have
/// thumbnails in IFD0, some in the Exif directory, and a block that once was a TIFF file has strips.
pub(super) const IMAGE_DATA: [[u16; 2]; 3] = [[0x0201, 0x0202], [0x0111, 0x0117], [0x0144, 0x0145]];

/// Most directories that are kept; cameras write four.
const MAX_DIRECTORIES: usize = 8;
/// Most pointers that are followed, to whatever end.
const MAX_POINTERS: usize = 16;

/// A kind of directory that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Ifd0,
    Exif,
    Gps,
    Interop,
}

impl Room {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ifd0 => "EXIF IFD0",
            Self::Exif => "EXIF Exif directory",
            Self::Gps => "EXIF GPS directory",
            Self::Interop => "EXIF Interop directory",
        }
    }
}

/// A directory that is kept.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    pub(super) room: Room,
    pub(super) ifd: Ifd,
    /// The directory that points here and the position of the entry that does; `None` for IFD0.
    parent: Option<(usize, usize)>,
    /// Positions of the entries that go, unordered.
    pub(super) removed: Vec<usize>,
    /// It goes, because nothing is left in it.
    pub(super) gone: bool,
    /// Its bytes were found to change, and what overlaps it went.
    changes: bool,
}

/// The value of a kept entry that lies apart from it.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) range: Range<usize>,
    directory: usize,
    entry: Entry,
    pub(super) gone: bool,
}

/// What of the block is kept and what goes.
#[derive(Debug, Clone)]
pub(super) struct ExifScan<'a> {
    pub(super) tiff: Tiff<'a>,
    pub(super) directories: Vec<Directory>,
    pub(super) values: Vec<Value>,
    /// What the removed entries and directories occupied or pointed to; kept bytes may be among it.
    pub(super) doomed: Vec<Range<usize>>,
    pub(super) pictures: Pictures,
    pub(super) losses: Losses,
    /// Oddities that a stricter reader would complain of.
    pub(super) forgiven: usize,
    /// A maker note that goes on beyond the block: the directory and the entry.
    stray_note: Option<(usize, Entry)>,
    /// Pointers followed.
    pointers: usize,
}

impl<'a> ExifScan<'a> {
    /// Walks the block; `Err` says why not even its first directory can be read.
    pub(super) fn of(tiff: Tiff<'a>, srgb: bool) -> Result<Self, String> {
        let ifd0 = tiff.ifd(tiff.first()).ok_or("IFD0 lies outside the block")?;
        if ifd0.stated > ifd0.count {
            return Err("IFD0 is cut off".to_owned());
        }
        if ifd0.at < 8 {
            return Err("IFD0 overlaps the header".to_owned());
        }
        let mut scan = Self {
            tiff,
            directories: vec![Directory::new(Room::Ifd0, ifd0, None)],
            values: vec![],
            doomed: vec![],
            pictures: Pictures::default(),
            losses: Losses::default(),
            forgiven: 0,
            stray_note: None,
            pointers: 0,
        };
        let mut index = 0_usize;
        while let Some(directory) = scan.directories.get(index) {
            scan.walk(index, directory.ifd, srgb);
            index = index.saturating_add(1);
        }
        match tiff.next(ifd0) {
            Some(ifd1) => scan.pictures.add_chain(tiff, ifd1),
            None => scan.forgive(),
        }
        // Where everything that nobody refers to is erased, so is the rest of it.
        if scan.pictures.may_be_anywhere
            && let Some((directory, entry)) = scan.stray_note
        {
            scan.lose(directory, entry, "the value goes on beyond the block");
        }
        Ok(scan)
    }

    /// Sorts the entries of one directory.
    fn walk(&mut self, index: usize, ifd: Ifd, srgb: bool) {
        let tiff = self.tiff;
        for entry in tiff.entries(ifd) {
            match entry.tag {
                EXIF_IFD => self.follow(index, Room::Exif, entry),
                GPS_IFD => self.follow(index, Room::Gps, entry),
                INTEROP_IFD => self.follow(index, Room::Interop, entry),
                SUB_IFDS => {
                    self.remove(index, entry);
                    self.pictures.add_sub_ifds(tiff, entry);
                }
                ICC_PROFILE if srgb => self.remove(index, entry),
                tag if COPIES.contains(&tag)
                    || COORDINATES.contains(&tag)
                    || IMAGE_DATA.as_flattened().contains(&tag) =>
                {
                    self.remove(index, entry);
                }
                _ => self.keep(index, entry),
            }
        }
        self.pictures.add_data(tiff, ifd);
        // Some writers have other data there, and every reader looks at IFD0's alone.
        if index > 0 && tiff.next(ifd) != Some(0) {
            self.forgive();
        }
    }

    /// Takes up the directory that `entry` points to, if it is whole and apart from all others; else the entry goes.
    fn follow(&mut self, parent: usize, room: Room, entry: Entry) {
        let tiff = self.tiff;
        self.pointers = self.pointers.saturating_add(1);
        if self.pointers > MAX_POINTERS {
            self.pictures.may_be_anywhere = true;
            self.remove(parent, entry);
            return self.losses.add(room.name(), "the block has too many directories");
        }
        let offset = tiff.number(entry, 0);
        let Some(ifd) = offset.and_then(|offset| tiff.ifd(offset)) else {
            self.remove(parent, entry);
            // Previews may be in it. The Exif directory has the maker note besides, which is lost with it; otherwise
            // the note may refer to bytes that nothing else does.
            self.pictures.may_be_anywhere |= room == Room::Exif;
            self.pictures.may_be_stray = true;
            let why = if offset.is_some() {
                "it is outside the block"
            } else {
                "the pointer to it is not a number"
            };
            return self.losses.add(room.name(), why);
        };
        // A pointer to nothing, or to a directory with nothing in it.
        if offset == Some(0) || ifd.stated == 0 {
            return self.remove(parent, entry);
        }
        let table = ifd.entries();
        let same = self.directories.iter().any(|other| other.ifd == ifd && other.room == room);
        let taken =
            ifd.at < 8 || self.directories.iter().any(|other| overlap(&self.edit_range(other), &table));
        let why = if ifd.stated > ifd.count {
            self.pictures.may_be_anywhere = true;
            self.doomed.push(table);
            "it is cut off"
        } else if taken {
            "it overlaps another directory"
        } else if self.directories.len() >= MAX_DIRECTORIES {
            self.pictures.may_be_anywhere = true;
            "the block has too many directories"
        } else {
            if entry.count != 1 || entry.kind != 4 {
                self.doom_value(entry);
            }
            return self.directories.push(Directory::new(room, ifd, Some((parent, entry.at))));
        };
        self.pictures.add_data(tiff, ifd);
        self.remove(parent, entry);
        if !same {
            self.losses.add(room.name(), why);
        }
    }

    fn keep(&mut self, directory: usize, entry: Entry) {
        match self.tiff.place(entry) {
            Place::Apart(range) => self.values.push(Value { range, directory, entry, gone: false }),
            // What there is of it may be all that its maker wrote.
            Place::Outside if entry.tag == MAKER_NOTE => {
                self.forgive();
                self.stray_note = Some((directory, entry));
            }
            Place::Outside => self.lose(directory, entry, "its value is outside the block"),
            Place::Inline(_) | Place::Untyped => {}
        }
    }

    fn forgive(&mut self) {
        self.forgiven = self.forgiven.saturating_add(1);
    }

    /// Removes an entry that should stay.
    fn lose(&mut self, directory: usize, entry: Entry, why: &str) {
        let Some(Directory { room, removed, .. }) = self.directories.get_mut(directory) else { return };
        removed.push(entry.at);
        self.losses.add_tag(*room, entry.tag, why);
    }

    fn remove(&mut self, directory: usize, entry: Entry) {
        if let Some(directory) = self.directories.get_mut(directory) {
            directory.removed.push(entry.at);
        }
        self.doom_value(entry);
    }

    fn doom_value(&mut self, entry: Entry) {
        if let Place::Apart(range) = self.tiff.place(entry) {
            self.doomed.push(range);
        }
    }

    /// Removes what an edit of the directories would change, and directories in which nothing is left, until nothing
    /// more goes. `changes` says whether a directory of which no entry goes changes.
    pub(super) fn settle(&mut self, changes: impl Fn(&Directory) -> bool) {
        // A picture that is erased takes with it what is said to lie in it.
        let mut edited: Vec<_> = self.pictures.jpegs.clone();
        loop {
            self.lose_overlapping(&edited);
            self.remove_emptied();
            edited.clear();
            for index in 0..self.directories.len() {
                let Some(directory) = self.directories.get(index) else { continue };
                let table = self.edit_range(directory);
                let shortened = !directory.removed.is_empty();
                let covered = || self.values.iter().any(|value| !value.gone && overlap(&value.range, &table));
                // Only for the sake of what it says of colors, no value goes.
                let spared = directory.room == Room::Interop && !shortened && covered();
                if directory.changes || directory.gone || spared || !(shortened || changes(directory)) {
                    continue;
                }
                edited.push(table);
                if let Some(directory) = self.directories.get_mut(index) {
                    directory.changes = true;
                }
            }
            if edited.is_empty() {
                return;
            }
        }
    }

    fn lose_overlapping(&mut self, edited: &[Range<usize>]) {
        for value in &mut self.values {
            let in_picture = self.pictures.jpegs.iter().any(|range| overlap(range, &value.range));
            if value.gone || !edited.iter().any(|range| overlap(range, &value.range)) {
                continue;
            }
            let in_table = self.directories.iter().any(|other| {
                let table = other.ifd.entries().start..other.ifd.entries().end.saturating_add(4);
                !other.gone && overlap(&table, &value.range)
            });
            // Makers have thumbnails in their notes, which are erased there and leave the rest.
            if value.entry.tag == MAKER_NOTE && in_picture && !in_table {
                continue;
            }
            value.gone = true;
            if let Some(Directory { room, removed, .. }) = self.directories.get_mut(value.directory) {
                removed.push(value.entry.at);
                self.losses.add_tag(*room, value.entry.tag, "its value overlaps a directory or a thumbnail");
            }
        }
    }

    /// Removes the pointers to directories whose entries all go.
    fn remove_emptied(&mut self) {
        // Those that are pointed to come after those that point.
        for index in (1..self.directories.len()).rev() {
            let Some(directory) = self.directories.get_mut(index) else { continue };
            if directory.gone || directory.removed.len() < directory.ifd.count {
                continue;
            }
            directory.gone = true;
            let (parent, table) = (directory.parent, directory.ifd.entries());
            self.doomed.push(table);
            if let Some((parent, entry)) = parent
                && let Some(parent) = self.directories.get_mut(parent)
            {
                parent.removed.push(entry);
            }
        }
    }

    /// Removes all directories of one kind, and what they point to, because `why`.
    pub(super) fn lose_room(&mut self, room: Room, why: &str) {
        let mut lost = vec![];
        for (index, directory) in self.directories.iter_mut().enumerate() {
            let inside = directory.parent.is_some_and(|(parent, _)| lost.contains(&parent));
            if (directory.room == room || inside) && !directory.gone {
                directory.removed = self.tiff.entries(directory.ifd).map(|entry| entry.at).collect();
                lost.push(index);
            }
        }
        for value in self.values.iter_mut().filter(|value| lost.contains(&value.directory)) {
            value.gone = true;
            self.doomed.push(value.range.clone());
        }
        if !lost.is_empty() {
            self.losses.add(room.name(), why);
        }
    }

    /// From the count to the end of the offset of the next directory, as far as the block goes.
    pub(super) fn table(&self, ifd: Ifd) -> Range<usize> {
        let entries = ifd.entries();
        entries.start..entries.end.saturating_add(4).min(self.tiff.bytes.len())
    }

    /// The part of a directory that an edit may change: IFD0's link is cut.
    pub(super) fn edit_range(&self, directory: &Directory) -> Range<usize> {
        match directory.room {
            Room::Ifd0 => self.table(directory.ifd),
            Room::Exif | Room::Gps | Room::Interop => directory.ifd.entries(),
        }
    }
}

impl Directory {
    fn new(room: Room, ifd: Ifd, parent: Option<(usize, usize)>) -> Self {
        Self { room, ifd, parent, removed: vec![], gone: false, changes: false }
    }

    /// Whether its edits are made: whatever they would have changed has gone.
    pub(super) fn is_edited(&self) -> bool {
        self.changes && !self.gone
    }
}
