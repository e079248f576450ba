//! PNG chunks (PNG third edition, section 5.3) and their checksums.
//!
//! In: a cursor behind the signature. Out: the next chunk, or the run of IDAT chunks. Must not know
//! what other chunks mean.

use super::cursor::{Cursor, length};

/// A chunk, or the beginning of one that the file cuts off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    /// The chunk from its length to its checksum.
    pub(crate) bytes: &'a [u8],
    /// `None` if the file ends first.
    checksum: Option<u32>,
}

impl Chunk<'_> {
    /// Whether the file holds all of the chunk.
    pub(crate) fn is_whole(&self) -> bool {
        self.checksum.is_some()
    }

    /// Whether the checksum is right. A chunk that is cut off has none that could be wrong.
    pub(crate) fn is_sound(&self) -> bool {
        let covered = self.bytes.get(4..8 + self.data.len()).unwrap_or_default();
        self.checksum.is_none_or(|checksum| crc32fast::hash(covered) == checksum)
    }
}

/// Appends a chunk whose data is `parts`. `None`, and nothing is appended, if that is too long.
pub(crate) fn add_chunk(out: &mut Vec<u8>, kind: &[u8; 4], parts: &[&[u8]]) -> Option<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.extend(u32::try_from(length).ok()?.to_be_bytes());
    let mut checksum = crc32fast::Hasher::new();
    for part in [&kind[..]].iter().chain(parts) {
        checksum.update(part);
        out.extend_from_slice(part);
    }
    out.extend(checksum.finalize().to_be_bytes());
    Some(())
}

/// The next chunk; `None` at the end of the bytes, or if not even a length and a type are left.
pub(crate) fn next_chunk<'a>(cursor: &mut Cursor<'a>) -> Option<Chunk<'a>> {
    let start = *cursor;
    let length = length(cursor.u32_be()?);
    let kind = cursor.array()?;
    let data = cursor.take_at_most(length);
    let checksum = if data.len() == length { cursor.u32_be() } else { None };
    if checksum.is_none() {
        cursor.take_at_most(usize::MAX);
    }
    Some(Chunk { kind, data, bytes: cursor.since(start), checksum })
}

/// The chunks that `bytes` consist of.
pub(crate) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut cursor = Cursor::new(bytes);
    std::iter::from_fn(move || next_chunk(&mut cursor))
}

/// Takes the IDAT chunks that come next, the last of which may be cut off. Empty if another chunk
/// comes next.
pub(crate) fn image_data<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    let start = *cursor;
    while cursor.rest().get(4..8) == Some(b"IDAT") {
        next_chunk(cursor);
    }
    cursor.since(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        let body = [&kind[..], data].concat();
        [&length[..], &body, &crc32fast::hash(&body).to_be_bytes()].concat()
    }

    #[test]
    fn a_chunk_cut_at_any_offset_is_not_whole() {
        let bytes = chunk(b"tEXt", b"abc");
        for len in 0..=bytes.len() {
            let mut cursor = Cursor::new(bytes.get(..len).unwrap());
            let chunk = next_chunk(&mut cursor);
            assert_eq!(chunk.is_some(), len >= 8, "{len}");
            let Some(chunk) = chunk else { continue };
            assert_eq!(chunk.is_whole(), len == bytes.len(), "{len}");
            assert_eq!(chunk.data.len(), (len - 8).min(3), "{len}");
            assert!(chunk.is_sound() && chunk.bytes.len() == len && cursor.rest().is_empty(), "{len}");
        }
    }

    #[test]
    fn a_changed_byte_makes_the_checksum_wrong() {
        let bytes = chunk(b"tEXt", b"abc");
        for at in 4..bytes.len() {
            let mut bytes = bytes.clone();
            *bytes.get_mut(at).unwrap() ^= 1;
            assert!(!next_chunk(&mut Cursor::new(&bytes)).unwrap().is_sound(), "{at}");
        }
    }

    #[test]
    fn image_data_are_the_run_of_idat_chunks() {
        let run = [chunk(b"IDAT", b"abc"), chunk(b"IDAT", b""), chunk(b"IDAT", b"d")].concat();
        let file = [&run[..], &chunk(b"IEND", b"")].concat();
        let mut cursor = Cursor::new(&file);
        assert_eq!(image_data(&mut cursor), run);
        assert_eq!(image_data(&mut cursor), b"");
        assert_eq!(next_chunk(&mut cursor).unwrap().kind, *b"IEND");
        assert_eq!(chunks(&run).map(|chunk| chunk.data).collect::<Vec<_>>(), [&b"abc"[..], b"", b"d"]);
        // Cut off.
        let cut = run.get(..run.len() - 1).unwrap();
        assert_eq!(image_data(&mut Cursor::new(cut)), cut);
        assert!(chunks(cut).map(|chunk| chunk.is_whole()).eq([true, true, false]));
    }
}
