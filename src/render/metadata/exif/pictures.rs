//! The pictures inside an EXIF block, all of which show the uncropped source and go: thumbnails, previews, strips, tiles.
//!
//! In: a directory, a chain of them, or an entry that points to some. Out: the bytes of the pictures and of what is only
//! there to describe them; or that a picture may be anywhere, because what should say where it is is damaged.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::ops::Range;

use super::scan::IMAGE_DATA;
use crate::render::tiff::{Entry, Ifd, Place, Tiff};

/// Directories of thumbnails that are looked at, JPEG files, and pieces of images; far above what any camera writes.
const MAX_THUMBNAILS: usize = 8;
const MAX_PIECES: usize = 1 << 16;

/// JPEGInterchangeFormat, the offset of a whole JPEG file.
const JPEG: u16 = 0x0201;
const JPEG_START: &[u8] = b"\xff\xd8";
/// Its start marker, and the beginning of the next.
const JPEG_BEGINNING: &[u8] = b"\xff\xd8\xff";
const JPEG_END: &[u8] = b"\xff\xd9";

#[derive(Debug, Clone, Default)]
pub(super) struct Pictures {
    /// The pieces, and the directories and values that describe them.
    pub(super) doomed: Vec<Range<usize>>,
    /// The pieces that are JPEG files, from their start to their end as far as it is known.
    pub(super) jpegs: Vec<Range<usize>>,
    /// Nothing says where a picture is that may be there.
    pub(super) may_be_anywhere: bool,
    /// A chain of directories starts with an empty one, a directory that seldom has pictures is outside the block, or
    /// there is no JPEG file where one should be: one that nothing refers to may be a picture.
    pub(super) may_be_stray: bool,
    seen: Vec<usize>,
    pieces: usize,
    searches: usize,
}

impl Pictures {
    /// The previews of a SubIFDs entry, each with a directory of its own.
    pub(super) fn add_sub_ifds(&mut self, tiff: Tiff<'_>, entry: Entry) {
        let count = usize::try_from(entry.count).unwrap_or(usize::MAX);
        let offsets = (0..MAX_THUMBNAILS).map_while(|index| tiff.number(entry, index));
        let mut read = 0_usize;
        for offset in offsets {
            self.add_chain(tiff, offset);
            read = read.saturating_add(1);
        }
        self.may_be_anywhere |= read < count;
    }

    /// The directory at `offset` and all that are chained to it, with what they hold.
    pub(super) fn add_chain(&mut self, tiff: Tiff<'_>, mut offset: u32) {
        let start = offset;
        while offset != 0 {
            let Some(ifd) = tiff.ifd(offset) else {
                self.may_be_anywhere = true;
                return;
            };
            if self.seen.contains(&ifd.at) {
                return;
            }
            if self.seen.len() >= MAX_THUMBNAILS {
                self.may_be_anywhere = true;
                return;
            }
            self.seen.push(ifd.at);
            if ifd.stated == 0 {
                self.may_be_stray |= offset == start;
                return;
            }
            let placed = |entry| matches!(tiff.place(entry), Place::Inline(_) | Place::Apart(_));
            self.may_be_anywhere |= ifd.stated > ifd.count || !tiff.entries(ifd).all(placed);
            let entries = ifd.entries();
            self.doomed.push(entries.start..entries.end.saturating_add(4).min(tiff.bytes.len()));
            for entry in tiff.entries(ifd) {
                if let Place::Apart(range) = tiff.place(entry) {
                    self.doomed.push(range);
                }
            }
            self.add_data(tiff, ifd);
            let Some(next) = tiff.next(ifd) else { return };
            offset = next;
        }
    }

    /// The bytes that pairs of entries, offsets and lengths, point to; as much of them as there is.
    pub(super) fn add_data(&mut self, tiff: Tiff<'_>, ifd: Ifd) {
        let mut found: [[Vec<Entry>; 2]; 3] = Default::default();
        for entry in tiff.entries(ifd) {
            for (tags, lists) in IMAGE_DATA.iter().zip(&mut found) {
                for (_, list) in tags.iter().zip(lists).filter(|(tag, _)| **tag == entry.tag) {
                    list.push(entry);
                }
            }
        }
        for [offsets, lengths] in found {
            // One without the other says that there is a picture, and not where.
            self.may_be_anywhere |= offsets.len() != lengths.len();
            for (offsets, lengths) in offsets.into_iter().zip(lengths) {
                self.add_pieces(tiff, offsets, lengths);
            }
        }
    }

    fn add_pieces(&mut self, tiff: Tiff<'_>, offsets: Entry, lengths: Entry) {
        self.may_be_anywhere |= offsets.count != lengths.count;
        let count = usize::try_from(offsets.count.max(lengths.count)).unwrap_or(usize::MAX);
        for index in 0..count {
            let (Some(offset), Some(length)) = (tiff.number(offsets, index), tiff.number(lengths, index))
            else {
                self.may_be_anywhere = true;
                return;
            };
            if self.pieces >= MAX_PIECES {
                self.may_be_anywhere = true;
                return;
            }
            self.pieces = self.pieces.saturating_add(1);
            let clip = |at: u32| usize::try_from(at).map_or(tiff.bytes.len(), |at| at.min(tiff.bytes.len()));
            let piece = clip(offset)..clip(offset.saturating_add(length));
            self.add_piece(tiff.bytes, piece, offsets.tag == JPEG);
        }
    }

    /// One piece, which should be a whole JPEG file or may be one.
    fn add_piece(&mut self, bytes: &[u8], piece: Range<usize>, should_be: bool) {
        let found = bytes.get(piece.clone()).unwrap_or_default();
        let starts = found.starts_with(JPEG_START);
        if !starts && !should_be {
            return self.doomed.push(piece);
        }
        self.searches = self.searches.saturating_add(1);
        if self.searches > MAX_THUMBNAILS {
            self.may_be_anywhere = true;
            return self.doomed.push(piece);
        }
        // Offsets are wrong, too.
        self.may_be_stray |= !starts;
        let start = if starts { Some(0) } else { memchr::memmem::find(found, JPEG_BEGINNING) };
        let Some(start) = start else { return self.doomed.push(piece) };
        let file = piece.start.saturating_add(start)..piece.end;
        // Lengths are wrong in both directions: the file's own end marker knows better.
        let last = memchr::memmem::rfind(found, JPEG_END);
        let rest = bytes.get(piece.end..).unwrap_or_default();
        let beyond = || memchr::memmem::find(rest, JPEG_END).map_or(bytes.len(), |at| end(piece.end, at));
        let last = last.map(|at| end(piece.start, at)).filter(|end| *end > file.start);
        self.doomed.push(piece.start..piece.end.max(last.unwrap_or_else(beyond)));
        // What only may belong to it must not cost a value its place.
        self.jpegs.push(file.start..last.unwrap_or(file.end));
    }
}

/// Where an end marker ends that was found `at` bytes after `start`.
fn end(start: usize, at: usize) -> usize {
    start.saturating_add(at).saturating_add(JPEG_END.len())
}

/// Whether a JPEG file may start in `bytes`.
pub(super) fn may_hold_jpeg(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, JPEG_BEGINNING).is_some()
}
