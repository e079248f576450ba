//! Decides which directories, entries and bytes of an EXIF block are kept and which are removed,
//! before any byte is changed.
//!
//! In: a block with a valid header. Out: the kept directories and values, the removed entries and
//! bytes, and warnings for the losses: a damaged branch is removed without the others. Must not
//! know the output's size or how the edits are made.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::ops::Range;

use super::losses::Losses;
use super::pictures::Pictures;
use super::tags::{
    COORDINATES, COPIES, DirectoryKind, EXIF_IFD, GPS_IFD, ICC_PROFILE, IMAGE_DATA, INTEROP_IFD, MAKER_NOTE,
    SUB_IFDS,
};
use crate::render::tiff::{Entry, Ifd, Place, Tiff, overlap};

/// Maximum number of directories that are kept; cameras write four.
const MAX_DIRECTORIES: usize = 8;
/// Maximum number of pointers that are followed, valid or not.
const MAX_POINTERS: usize = 16;

/// A directory that is kept, at least at first.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    pub(super) kind: DirectoryKind,
    pub(super) ifd: Ifd,
    /// The index of the parent directory and the position of its entry that points here; `None` for
    /// IFD0.
    parent: Option<(usize, usize)>,
    /// Positions of the removed entries, unordered.
    pub(super) removed_entries: Vec<usize>,
    /// Whether the directory is removed because all of its entries are.
    pub(super) removed: bool,
    /// Whether an edit changes the directory's bytes; the values that overlap it are then removed.
    changes: bool,
}

/// The value of a kept entry that is stored apart from the entry.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) range: Range<usize>,
    directory: usize,
    entry: Entry,
    pub(super) removed: bool,
}

/// The kept and the removed parts of a block.
#[derive(Debug, Clone)]
pub(super) struct ExifScan<'a> {
    pub(super) tiff: Tiff<'a>,
    pub(super) directories: Vec<Directory>,
    pub(super) values: Vec<Value>,
    /// The bytes that removed entries and directories occupied or pointed to. They may include kept
    /// bytes.
    pub(super) removed_bytes: Vec<Range<usize>>,
    pub(super) pictures: Pictures,
    pub(super) losses: Losses,
    /// Number of tolerated faults that a stricter reader reports.
    pub(super) tolerated: usize,
    /// A maker note that extends beyond the block: the directory's index and the entry.
    cut_maker_note: Option<(usize, Entry)>,
    /// Number of pointers followed.
    pointers: usize,
}

impl<'a> ExifScan<'a> {
    /// Scans the block. `Err` says why its first directory cannot be read.
    pub(super) fn new(tiff: Tiff<'a>, srgb: bool) -> Result<Self, String> {
        let ifd0 = tiff.ifd(tiff.first()).ok_or("IFD0 is outside the block")?;
        if ifd0.declared > ifd0.count {
            return Err("IFD0 is truncated".to_owned());
        }
        if ifd0.at < 8 {
            return Err("IFD0 overlaps the header".to_owned());
        }
        let mut scan = Self {
            tiff,
            directories: vec![Directory::new(DirectoryKind::Ifd0, ifd0, None)],
            values: vec![],
            removed_bytes: vec![],
            pictures: Pictures::default(),
            losses: Losses::default(),
            tolerated: 0,
            cut_maker_note: None,
            pointers: 0,
        };
        let mut index = 0_usize;
        while let Some(directory) = scan.directories.get(index) {
            scan.scan_directory(index, directory.ifd, srgb);
            index = index.saturating_add(1);
        }
        match tiff.next(ifd0) {
            Some(ifd1) => scan.pictures.add_chain(tiff, ifd1),
            None => scan.tolerate(),
        }
        // All unreferenced bytes will be erased, among them the part of this note that is inside
        // the block.
        if scan.pictures.may_be_anywhere
            && let Some((directory, entry)) = scan.cut_maker_note
        {
            scan.lose(directory, entry, "its value extends beyond the block");
        }
        Ok(scan)
    }

    /// Keeps, removes or follows each entry of one directory.
    fn scan_directory(&mut self, index: usize, ifd: Ifd, srgb: bool) {
        let tiff = self.tiff;
        for entry in tiff.entries(ifd) {
            match entry.tag {
                EXIF_IFD => self.follow(index, DirectoryKind::Exif, entry),
                GPS_IFD => self.follow(index, DirectoryKind::Gps, entry),
                INTEROP_IFD => self.follow(index, DirectoryKind::Interop, entry),
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
        // Some writers store other data here, and readers only follow the link of IFD0.
        if index > 0 && tiff.next(ifd) != Some(0) {
            self.tolerate();
        }
    }

    /// Adds the directory that `entry` points to if it is complete and overlaps no other; otherwise
    /// removes the entry.
    fn follow(&mut self, parent: usize, kind: DirectoryKind, entry: Entry) {
        let tiff = self.tiff;
        self.pointers = self.pointers.saturating_add(1);
        if self.pointers > MAX_POINTERS {
            self.pictures.may_be_anywhere = true;
            self.remove(parent, entry);
            return self.losses.add(kind, "the block has too many directories");
        }
        let offset = tiff.number(entry, 0);
        let Some(ifd) = offset.and_then(|offset| tiff.ifd(offset)) else {
            self.remove(parent, entry);
            // The directory may have contained previews. If it is the Exif directory, the maker
            // note is lost with it; otherwise the note may refer to bytes that nothing else refers
            // to, which must not be erased.
            self.pictures.may_be_anywhere |= kind == DirectoryKind::Exif;
            self.pictures.may_be_stray = true;
            let why = if offset.is_some() {
                "it is outside the block"
            } else {
                "the pointer to it is not a number"
            };
            return self.losses.add(kind, why);
        };
        // A null pointer, or an empty directory.
        if offset == Some(0) || ifd.declared == 0 {
            return self.remove(parent, entry);
        }
        let table = ifd.entries();
        let same = self.directories.iter().any(|other| other.ifd == ifd && other.kind == kind);
        let taken =
            ifd.at < 8 || self.directories.iter().any(|other| overlap(&self.edit_range(other), &table));
        let why = if ifd.declared > ifd.count {
            self.pictures.may_be_anywhere = true;
            self.removed_bytes.push(table);
            "it is truncated"
        } else if taken {
            "it overlaps another directory"
        } else if self.directories.len() >= MAX_DIRECTORIES {
            self.pictures.may_be_anywhere = true;
            "the block has too many directories"
        } else {
            if entry.count != 1 || entry.kind != 4 {
                self.mark_value_removed(entry);
            }
            return self.directories.push(Directory::new(kind, ifd, Some((parent, entry.at))));
        };
        self.pictures.add_data(tiff, ifd);
        self.remove(parent, entry);
        if !same {
            self.losses.add(kind, why);
        }
    }

    fn keep(&mut self, directory: usize, entry: Entry) {
        match self.tiff.place(entry) {
            Place::Apart(range) => self.values.push(Value { range, directory, entry, removed: false }),
            // The part inside the block may be all that the camera wrote.
            Place::Outside if entry.tag == MAKER_NOTE => {
                self.tolerate();
                self.cut_maker_note = Some((directory, entry));
            }
            Place::Outside => self.lose(directory, entry, "its value is outside the block"),
            Place::Inline(_) | Place::Untyped => {}
        }
    }

    fn tolerate(&mut self) {
        self.tolerated = self.tolerated.saturating_add(1);
    }

    /// Removes an entry that should have been kept, and records the loss.
    fn lose(&mut self, directory: usize, entry: Entry, why: &str) {
        let Some(Directory { kind, removed_entries, .. }) = self.directories.get_mut(directory) else {
            return;
        };
        removed_entries.push(entry.at);
        self.losses.add_tag(*kind, entry.tag, why);
    }

    fn remove(&mut self, directory: usize, entry: Entry) {
        if let Some(directory) = self.directories.get_mut(directory) {
            directory.removed_entries.push(entry.at);
        }
        self.mark_value_removed(entry);
    }

    fn mark_value_removed(&mut self, entry: Entry) {
        if let Place::Apart(range) = self.tiff.place(entry) {
            self.removed_bytes.push(range);
        }
    }

    /// Removes values that an edit of a directory would overwrite, and directories without entries,
    /// until nothing more is removed. `changes` says whether an edit changes a directory none of
    /// whose entries is removed.
    pub(super) fn propagate_removals(&mut self, changes: impl Fn(&Directory) -> bool) {
        // An erased picture removes the values that are stored inside it.
        let mut edited: Vec<_> = self.pictures.jpegs.clone();
        loop {
            self.lose_overlapping(&edited);
            self.remove_emptied();
            edited.clear();
            for index in 0..self.directories.len() {
                let Some(directory) = self.directories.get(index) else { continue };
                let table = self.edit_range(directory);
                let shortened = !directory.removed_entries.is_empty();
                let covered =
                    || self.values.iter().any(|value| !value.removed && overlap(&value.range, &table));
                // Correcting the color statement does not justify losing a value.
                let spared = directory.kind == DirectoryKind::Interop && !shortened && covered();
                if directory.changes || directory.removed || spared || !(shortened || changes(directory)) {
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
            if value.removed || !edited.iter().any(|range| overlap(range, &value.range)) {
                continue;
            }
            let in_table = self.directories.iter().any(|other| {
                let table = other.ifd.entries().start..other.ifd.entries().end.saturating_add(4);
                !other.removed && overlap(&table, &value.range)
            });
            // Maker notes may contain thumbnails: erase those and keep the rest of the note.
            if value.entry.tag == MAKER_NOTE && in_picture && !in_table {
                continue;
            }
            value.removed = true;
            if let Some(Directory { kind, removed_entries, .. }) = self.directories.get_mut(value.directory) {
                removed_entries.push(value.entry.at);
                self.losses.add_tag(*kind, value.entry.tag, "its value overlaps a directory or a thumbnail");
            }
        }
    }

    /// Removes directories without entries, and the pointers to them.
    fn remove_emptied(&mut self) {
        // Children come after their parents.
        for index in (1..self.directories.len()).rev() {
            let Some(directory) = self.directories.get_mut(index) else { continue };
            if directory.removed || directory.removed_entries.len() < directory.ifd.count {
                continue;
            }
            directory.removed = true;
            let (parent, table) = (directory.parent, directory.ifd.entries());
            self.removed_bytes.push(table);
            if let Some((parent, entry)) = parent
                && let Some(parent) = self.directories.get_mut(parent)
            {
                parent.removed_entries.push(entry);
            }
        }
    }

    /// Removes all directories of one kind and everything they point to, and records `why`.
    pub(super) fn lose_directories(&mut self, kind: DirectoryKind, why: &str) {
        let mut lost = vec![];
        for (index, directory) in self.directories.iter_mut().enumerate() {
            let inside = directory.parent.is_some_and(|(parent, _)| lost.contains(&parent));
            if (directory.kind == kind || inside) && !directory.removed {
                directory.removed_entries = self.tiff.entries(directory.ifd).map(|entry| entry.at).collect();
                lost.push(index);
            }
        }
        for value in self.values.iter_mut().filter(|value| lost.contains(&value.directory)) {
            value.removed = true;
            self.removed_bytes.push(value.range.clone());
        }
        if !lost.is_empty() {
            self.losses.add(kind, why);
        }
    }

    /// From the entry count to the end of the link to the next directory, clipped to the block.
    pub(super) fn table(&self, ifd: Ifd) -> Range<usize> {
        let entries = ifd.entries();
        entries.start..entries.end.saturating_add(4).min(self.tiff.bytes.len())
    }

    /// The part of a directory that an edit may change. In IFD0 this includes the link, which is
    /// set to 0.
    pub(super) fn edit_range(&self, directory: &Directory) -> Range<usize> {
        match directory.kind {
            DirectoryKind::Ifd0 => self.table(directory.ifd),
            DirectoryKind::Exif | DirectoryKind::Gps | DirectoryKind::Interop => directory.ifd.entries(),
        }
    }
}

impl Directory {
    fn new(kind: DirectoryKind, ifd: Ifd, parent: Option<(usize, usize)>) -> Self {
        Self { kind, ifd, parent, removed_entries: vec![], removed: false, changes: false }
    }

    /// Whether the edits of this directory are to be made.
    pub(super) fn is_edited(&self) -> bool {
        self.changes && !self.removed
    }
}
