//! Finds the pictures inside an EXIF block: thumbnails, previews, strips, tiles. All are removed,
//! because they show the uncropped source.
//!
//! In: a directory, a chain of directories, or an entry that points to directories. Out: the bytes
//! of the pictures and of the directories and values that only describe them; or that a picture may
//! be anywhere, because its description is damaged.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::ops::Range;

use super::tags::{IMAGE_DATA, JPEG};
use crate::render::tiff::{Entry, Ifd, Place, Tiff};

/// Maximum number of thumbnail directories that are followed, and of JPEG files whose bounds are
/// searched for; far more than any camera writes.
const MAX_THUMBNAILS: usize = 8;
/// Maximum number of image pieces; far more than any camera writes.
const MAX_PIECES: usize = 1 << 16;

const JPEG_START: &[u8] = b"\xff\xd8";
/// The start marker and the first byte of the next marker.
const JPEG_BEGINNING: &[u8] = b"\xff\xd8\xff";
const JPEG_END: &[u8] = b"\xff\xd9";

#[derive(Debug, Clone, Default)]
pub(super) struct Pictures {
    /// The bytes of the pieces, and of the directories and values that describe them.
    pub(super) removed_bytes: Vec<Range<usize>>,
    /// The pieces that are JPEG files, from the start to the end if it is known.
    pub(super) jpegs: Vec<Range<usize>>,
    /// There may be a picture whose position is unknown.
    pub(super) may_be_anywhere: bool,
    /// An unreferenced JPEG file may be a picture, because a chain of directories starts with an
    /// empty one, a directory that seldom has pictures is outside the block, or there is no JPEG
    /// file where one should be.
    pub(super) may_be_stray: bool,
    seen: Vec<usize>,
    pieces: usize,
    searches: usize,
}

impl Pictures {
    /// Adds the previews of a SubIFDs entry, each of which has its own directory.
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

    /// Adds the directory at `offset` and those chained to it, with their pictures.
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
            if ifd.declared == 0 {
                self.may_be_stray |= offset == start;
                return;
            }
            let placed = |entry| matches!(tiff.place(entry), Place::Inline(_) | Place::Apart(_));
            self.may_be_anywhere |= ifd.declared > ifd.count || !tiff.entries(ifd).all(placed);
            let entries = ifd.entries();
            self.removed_bytes.push(entries.start..entries.end.saturating_add(4).min(tiff.bytes.len()));
            for entry in tiff.entries(ifd) {
                if let Place::Apart(range) = tiff.place(entry) {
                    self.removed_bytes.push(range);
                }
            }
            self.add_data(tiff, ifd);
            let Some(next) = tiff.next(ifd) else { return };
            offset = next;
        }
    }

    /// Adds the bytes that pairs of offset and length entries point to, clipped to the block.
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
            // An offset without a length, or the reverse, means that there is a picture somewhere.
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

    /// Adds one piece, which may be a whole JPEG file and must be one if `should_be`.
    fn add_piece(&mut self, bytes: &[u8], piece: Range<usize>, should_be: bool) {
        let found = bytes.get(piece.clone()).unwrap_or_default();
        let starts = found.starts_with(JPEG_START);
        if !starts && !should_be {
            return self.removed_bytes.push(piece);
        }
        self.searches = self.searches.saturating_add(1);
        if self.searches > MAX_THUMBNAILS {
            self.may_be_anywhere = true;
            return self.removed_bytes.push(piece);
        }
        // Some writers store a wrong offset.
        self.may_be_stray |= !starts;
        let start = if starts { Some(0) } else { memchr::memmem::find(found, JPEG_BEGINNING) };
        let Some(start) = start else { return self.removed_bytes.push(piece) };
        let file = piece.start.saturating_add(start)..piece.end;
        // Some writers store a length that is too small or too large: rely on the end marker.
        let last = memchr::memmem::rfind(found, JPEG_END);
        let rest = bytes.get(piece.end..).unwrap_or_default();
        let beyond = || memchr::memmem::find(rest, JPEG_END).map_or(bytes.len(), |at| end(piece.end, at));
        let last = last.map(|at| end(piece.start, at)).filter(|end| *end > file.start);
        self.removed_bytes.push(piece.start..piece.end.max(last.unwrap_or_else(beyond)));
        // Only bytes that certainly belong to the picture may remove a value that overlaps it.
        self.jpegs.push(file.start..last.unwrap_or(file.end));
    }
}

/// The end of an end marker found `at` bytes after `start`.
fn end(start: usize, at: usize) -> usize {
    start.saturating_add(at).saturating_add(JPEG_END.len())
}

/// Whether a JPEG file may start in `bytes`.
pub(super) fn may_hold_jpeg(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, JPEG_BEGINNING).is_some()
}
