//! RIFF chunks, as WebP uses them (RFC 9649 section 2.3).
//!
//! In: a cursor behind the file header, or in the data of a chunk that holds chunks. Out: the next
//! chunk. Must not know what chunks mean.

use super::cursor::{Cursor, length};

/// A chunk, or the beginning of one that the file cuts off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    /// Whether the file holds all of `data`.
    pub(crate) is_whole: bool,
}

/// The next chunk; `None` at the end of the bytes, or if not even a type and a length are left.
pub(crate) fn next_chunk<'a>(cursor: &mut Cursor<'a>) -> Option<Chunk<'a>> {
    let kind = cursor.array()?;
    let length = length(cursor.u32_le()?);
    let data = cursor.take_at_most(length);
    let _padding = cursor.take_at_most(length % 2);
    Some(Chunk { kind, data, is_whole: data.len() == length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_chunks_are_padded_and_the_last_may_be_cut_off() {
        let file = b"ALPH\x03\0\0\0abc\0VP8 \x04\0\0\0de";
        let mut cursor = Cursor::new(file);
        let alpha = next_chunk(&mut cursor).unwrap();
        assert_eq!((&alpha.kind, alpha.data, alpha.is_whole), (b"ALPH", &b"abc"[..], true));
        let frame = next_chunk(&mut cursor).unwrap();
        assert_eq!((&frame.kind, frame.data, frame.is_whole), (b"VP8 ", &b"de"[..], false));
        assert!(next_chunk(&mut cursor).is_none());
        // Some writers leave out the last padding byte.
        let unpadded = next_chunk(&mut Cursor::new(b"XMP \x01\0\0\0x")).unwrap();
        assert!(unpadded.is_whole && unpadded.data == b"x");
    }
}
