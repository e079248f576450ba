//! GIF headers (GIF89a): the block list, and where the first frame's data lie.
//!
//! In: a GIF file. Out: its [`Header`]. Must not know how indices are packed.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::error::cut_short;
use crate::error::Result;
use crate::geometry::Size;
use crate::options::Format;
use crate::render::header::{GifFrame, Header, Payload, SourceColor};

const XMP: &[u8] = b"XMP DataXMP";
const ICC: &[u8] = b"ICCRGBG1012";

/// XMP in a GIF is not cut into sub-blocks; instead a "magic trailer" that starts like this makes any reader that
/// takes it for sub-blocks land on the terminator (XMP part 3, section 1.1.2).
const XMP_TRAILER: [u8; 3] = [0x01, 0xff, 0xfe];

pub(super) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    let mut cursor = Cursor::new(bytes);
    let (mut header, colors) = screen(&mut cursor).ok_or_else(|| cut_short(Format::Gif))?;
    let (mut frames, mut transparent, mut first) = (0u32, None, None);
    while let Some(introducer) = cursor.u8() {
        let read = match introducer {
            0x21 => extension(&mut cursor, &mut header, &mut transparent),
            0x2c => {
                frames = frames.saturating_add(1);
                image(&mut cursor, &mut header, &mut first, colors, transparent.take())
            }
            0x3b => break,
            // Padding between blocks is tolerated, as decoders do.
            _ => Some(()),
        };
        if read.is_none() {
            break;
        }
    }
    header.payload = Payload::Gif(first);
    header.frames = frames.max(1);
    Ok(header)
}

/// Header, logical screen descriptor, global color table.
fn screen<'a>(cursor: &mut Cursor<'a>) -> Option<(Header<'a>, Option<&'a [u8]>)> {
    cursor.take(6)?;
    let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
    let [flags, _background, _aspect] = cursor.array()?;
    let colors = color_table(cursor, flags)?;
    Some((Header::new(Payload::Gif(None), width.into(), height.into()), colors))
}

/// The table that `flags` say there is; `None` if it is cut short.
fn color_table<'a>(cursor: &mut Cursor<'a>, flags: u8) -> Option<Option<&'a [u8]>> {
    if flags & 0x80 == 0 {
        return Some(None);
    }
    cursor.take(3 << ((flags & 7) + 1)).map(Some)
}

/// An image descriptor and its data. `colors` is the global table, `transparent` what the last graphic control said.
fn image<'a>(
    cursor: &mut Cursor<'a>,
    header: &mut Header<'a>,
    first: &mut Option<GifFrame<'a>>,
    colors: Option<&'a [u8]>,
    transparent: Option<u8>,
) -> Option<()> {
    let place @ [left, top, width, height] =
        [cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?];
    let size = Size::new(width.into(), height.into());
    let flags = cursor.u8()?;
    if first.is_none() {
        header.frame_pixels = size.area();
        // The canvas grows to hold the first frame, as browsers have it; later frames are cut off at its edges.
        let Size { width: right, height: bottom } = header.stored;
        let reach = |start: u16, length: u16| u32::from(start) + u32::from(length);
        header.stored = Size::new(right.max(reach(left, width)), bottom.max(reach(top, height)));
    }
    // What a frame leaves uncovered is transparent.
    header.has_alpha |= left != 0 || top != 0 || size != header.stored;
    let colors = color_table(cursor, flags)?.or(colors);
    let code_size = cursor.u8()?;
    // Above 8 no index needs it, and a decoder that lets it pass can be made to rebuild a large table for each code.
    if code_size > 8 && first.is_none() {
        header.broken = Some("its LZW minimum code size is above 8");
    }
    let data = cursor.rest();
    let ended = skip_sub_blocks(cursor).is_some();
    // Where the file ends first, the decoder finds out whether the data are whole.
    let length = if ended { data.len() - cursor.rest().len() - 1 } else { data.len() };
    let blocks = data.get(..length)?;
    let interlaced = flags & 0x40 != 0;
    first.get_or_insert(GifFrame { place, interlaced, colors, transparent, code_size, blocks });
    ended.then_some(())
}

fn extension<'a>(
    cursor: &mut Cursor<'a>,
    header: &mut Header<'a>,
    transparent: &mut Option<u8>,
) -> Option<()> {
    match cursor.u8()? {
        0xf9 => {
            let mut block = *cursor;
            let [_size, flags, _, _, index] = block.array()?;
            header.has_alpha |= flags & 1 == 1;
            *transparent = (flags & 1 == 1).then_some(index);
        }
        0xff => {
            let length = cursor.u8()?;
            let application = cursor.take(length.into())?;
            let data = cursor.rest();
            let mut end = *cursor;
            skip_sub_blocks(&mut end)?;
            let data = data.get(..data.len() - end.rest().len())?;
            if application == XMP && header.xmp.is_none() {
                let packet = memchr::memmem::rfind(data, &XMP_TRAILER).and_then(|at| data.get(..at));
                header.xmp = packet.map(Cow::Borrowed);
            } else if application == ICC && header.color.is_empty() {
                header.color.push(SourceColor::Icc(Cow::Owned(joined_sub_blocks(Cursor::new(data)))));
            }
        }
        _ => {}
    }
    skip_sub_blocks(cursor)
}

fn skip_sub_blocks(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        match cursor.u8()? {
            0 => return Some(()),
            length => cursor.take(length.into())?,
        };
    }
}

fn joined_sub_blocks(mut cursor: Cursor<'_>) -> Vec<u8> {
    let mut joined = Vec::new();
    while let Some(length @ 1..) = cursor.u8() {
        let Some(block) = cursor.take(length.into()) else { break };
        joined.extend_from_slice(block);
    }
    joined
}
