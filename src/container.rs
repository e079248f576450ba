//! One walker per container: JPEG marker segments, PNG chunks, RIFF chunks, GIF blocks.
//!
//! In: the bytes of a file. Out: its pieces, as slices of those bytes. Must not know what a piece
//! means: that is up to the readers and writers of each format.

#![deny(clippy::indexing_slicing)]

mod cursor;
pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod riff;

pub(crate) use self::cursor::Cursor;
