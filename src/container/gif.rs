//! GIF blocks and sub-blocks (GIF89a sections 15 to 27).
//!
//! In: a cursor behind the global color table. Out: which block comes next; the sub-blocks of its
//! data. Must not know what a block says.

use super::cursor::Cursor;

/// A block, by its introducer; its contents come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    Extension,
    Image,
}

/// Takes the introducer of the next block. `None` at the trailer, or where the file ends without
/// one. Other bytes between blocks are skipped, as decoders do.
pub(crate) fn next_block(cursor: &mut Cursor<'_>) -> Option<Block> {
    loop {
        match cursor.u8()? {
            0x21 => return Some(Block::Extension),
            0x2c => return Some(Block::Image),
            0x3b => return None,
            _ => {}
        }
    }
}

/// Takes the color table that the packed field `flags` of a descriptor announces, if it does.
/// `None` if the file ends first.
pub(crate) fn color_table<'a>(cursor: &mut Cursor<'a>, flags: u8) -> Option<Option<&'a [u8]>> {
    if flags & 0x80 == 0 {
        return Some(None);
    }
    cursor.take(3 << ((flags & 7) + 1)).map(Some)
}

/// The data of one sub-block; a whole one without data is the terminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubBlock<'a> {
    pub(crate) data: &'a [u8],
    /// Whether the file holds all of `data`.
    pub(crate) is_whole: bool,
}

/// Takes the next sub-block; `None` at the end of the bytes.
pub(crate) fn next_sub_block<'a>(cursor: &mut Cursor<'a>) -> Option<SubBlock<'a>> {
    let length = usize::from(cursor.u8()?);
    let data = cursor.take_at_most(length);
    Some(SubBlock { data, is_whole: data.len() == length })
}

/// Takes sub-blocks up to and including the terminator. `None` if the file ends first.
pub(crate) fn skip_sub_blocks(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        match next_sub_block(cursor)? {
            SubBlock { is_whole: false, .. } => return None,
            SubBlock { data: [], .. } => return Some(()),
            _ => {}
        }
    }
}

/// The data of the whole sub-blocks up to the terminator, joined.
pub(crate) fn join_sub_blocks(mut cursor: Cursor<'_>) -> Vec<u8> {
    let mut joined = Vec::new();
    while let Some(SubBlock { data: data @ [_, ..], is_whole: true }) = next_sub_block(&mut cursor) {
        joined.extend_from_slice(data);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_end_at_the_trailer_and_padding_is_skipped() {
        let mut cursor = Cursor::new(b"\0\0\x21\x07\x2c\x3b\x21");
        assert_eq!(next_block(&mut cursor), Some(Block::Extension));
        assert_eq!(next_block(&mut cursor), Some(Block::Image));
        assert_eq!(next_block(&mut cursor), None);
        assert_eq!(cursor.rest(), b"\x21");
    }

    #[test]
    fn sub_blocks_end_at_the_terminator() {
        let file = b"\x02ab\x01c\0rest";
        let mut cursor = Cursor::new(file);
        assert_eq!(join_sub_blocks(cursor), b"abc");
        assert_eq!(skip_sub_blocks(&mut cursor), Some(()));
        assert_eq!(cursor.rest(), b"rest");
        for len in 0..6 {
            let cut = file.get(..len).unwrap();
            assert_eq!(skip_sub_blocks(&mut Cursor::new(cut)), None, "{len}");
        }
        let cut = next_sub_block(&mut Cursor::new(b"\x02a"));
        assert_eq!(cut, Some(SubBlock { data: b"a", is_whole: false }));
    }

    #[test]
    fn color_tables_have_3_bytes_per_entry() {
        let bytes = [7; 12];
        assert_eq!(color_table(&mut Cursor::new(&bytes), 0x01), Some(None));
        assert_eq!(color_table(&mut Cursor::new(&bytes), 0x80), Some(Some(&bytes[..6])));
        assert_eq!(color_table(&mut Cursor::new(&bytes), 0x81), Some(Some(&bytes[..])));
        assert_eq!(color_table(&mut Cursor::new(&bytes), 0x82), None);
    }
}
