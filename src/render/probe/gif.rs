//! GIF headers (GIF89a): the block list, and the first frame.
//!
//! In: a GIF file. Out: its [`Header`]. Must not know how indices are packed.

use std::borrow::Cow;
use std::time::Duration;

use super::error::cut_short;
use crate::container::Cursor;
use crate::container::gif::{
    Block, color_table, join_sub_blocks, next_block, next_sub_block, skip_sub_blocks,
};
use crate::error::Result;
use crate::geometry::Size;
use crate::options::Format;
use crate::render::header::{GifFrame, Header, Payload, SourceColor};

/// The application extensions that give the loop count, in a sub-block of type 1.
const LOOPING: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];
const LOOP_COUNT: u8 = 1;

/// In hundredths of a second. Browsers show frames with a shorter delay for 100 ms.
const SHORTEST_DELAY: u16 = 2;

const XMP: &[u8] = b"XMP DataXMP";
const ICC: &[u8] = b"ICCRGBG1012";

/// The start of the "magic trailer" of XMP in a GIF. The packet is not divided into sub-blocks;
/// read as if it were, every byte of the trailer is a length that leads to the terminator (XMP part
/// 3, section 1.1.2).
const XMP_TRAILER: [u8; 3] = [0x01, 0xff, 0xfe];

pub(super) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    let mut cursor = Cursor::new(bytes);
    let (mut header, colors) = screen(&mut cursor).ok_or_else(|| cut_short(Format::Gif))?;
    let (mut frames, mut control, mut first) = (0u32, Control::default(), None);
    while let Some(block) = next_block(&mut cursor) {
        let read = match block {
            Block::Extension => extension(&mut cursor, &mut header, &mut control),
            Block::Image => {
                frames = frames.saturating_add(1);
                let Control { delay, transparent } = std::mem::take(&mut control);
                header.playback.duration = header.playback.duration.saturating_add(displayed_time(delay));
                image(&mut cursor, &mut header, &mut first, colors, transparent)
            }
        };
        if read.is_none() {
            break;
        }
    }
    header.payload = Payload::Gif(first);
    header.frames = frames.max(1);
    Ok(header)
}

/// The graphic control extension of the next image (section 23).
#[derive(Default)]
struct Control {
    /// In hundredths of a second.
    delay: u16,
    /// The transparent index.
    transparent: Option<u8>,
}

/// How long browsers show a frame.
fn displayed_time(delay: u16) -> Duration {
    let hundredths = if delay < SHORTEST_DELAY { 10 } else { delay };
    Duration::from_millis(u64::from(hundredths) * 10)
}

/// Header, logical screen descriptor, global color table.
fn screen<'a>(cursor: &mut Cursor<'a>) -> Option<(Header<'a>, Option<&'a [u8]>)> {
    let _signature = cursor.take(6)?;
    let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
    let [flags, _background, _aspect] = cursor.array()?;
    let colors = color_table(cursor, flags)?;
    Some((Header::new(Payload::Gif(None), width.into(), height.into()), colors))
}

/// An image descriptor and its data. `colors` is the global color table, `transparent` the index in
/// the last graphic control extension. `None` if the file ends before the block does.
fn image<'a>(
    cursor: &mut Cursor<'a>,
    header: &mut Header<'a>,
    first: &mut Option<GifFrame<'a>>,
    colors: Option<&'a [u8]>,
    transparent: Option<u8>,
) -> Option<()> {
    let rect @ [left, top, width, height] =
        [cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?];
    let size = Size::new(width.into(), height.into());
    let flags = cursor.u8()?;
    if first.is_none() {
        header.frame_pixels = size.area();
        // The canvas grows to hold the first frame, as in browsers; later frames are clipped to it.
        let Size { width: right, height: bottom } = header.stored;
        let end = |start: u16, length: u16| u32::from(start) + u32::from(length);
        header.stored = Size::new(right.max(end(left, width)), bottom.max(end(top, height)));
    }
    // The part of the canvas that a frame does not cover is transparent.
    header.has_alpha |= left != 0 || top != 0 || size != header.stored;
    let colors = color_table(cursor, flags)?.or(colors);
    let code_size = cursor.u8()?;
    // No index needs more than 8 bits, and larger codes can make a decoder rebuild a large table
    // for every code.
    if code_size > 8 && first.is_none() {
        header.broken = Some("the LZW minimum code size is above 8");
    }
    let data = cursor.rest();
    let is_whole = skip_sub_blocks(cursor).is_some();
    // If the file ends first, the decoder finds out whether the data suffice.
    let length = if is_whole { data.len() - cursor.rest().len() - 1 } else { data.len() };
    let blocks = data.get(..length)?;
    let interlaced = flags & 0x40 != 0;
    first.get_or_insert(GifFrame { rect, interlaced, colors, transparent, code_size, blocks });
    is_whole.then_some(())
}

/// A graphic control extension, a loop count, XMP or a color profile; any other extension is skipped.
/// `None` if the file ends before the block does.
fn extension<'a>(cursor: &mut Cursor<'a>, header: &mut Header<'a>, control: &mut Control) -> Option<()> {
    match cursor.u8()? {
        0xf9 => {
            let mut block = *cursor;
            let [_size, flags] = block.array()?;
            let (delay, index) = (block.u16_le()?, block.u8()?);
            header.has_alpha |= flags & 1 == 1;
            *control = Control { delay, transparent: (flags & 1 == 1).then_some(index) };
        }
        0xff => {
            let length = cursor.u8()?;
            let application = cursor.take(length.into())?;
            let start = *cursor;
            let mut end = *cursor;
            skip_sub_blocks(&mut end)?;
            if LOOPING.contains(&application) {
                header.playback.loop_count = loop_count(start).unwrap_or(header.playback.loop_count);
            } else if application == XMP && header.xmp.is_none() {
                let data = end.since(start);
                let packet = memchr::memmem::rfind(data, &XMP_TRAILER).and_then(|at| data.get(..at));
                header.xmp = packet.map(Cow::Borrowed);
            } else if application == ICC && header.color.is_empty() {
                header.color.push(SourceColor::Icc(Cow::Owned(join_sub_blocks(start))));
            }
        }
        _ => {}
    }
    skip_sub_blocks(cursor)
}

/// The number of plays, from a looping extension, which stores the repetitions after the first play.
fn loop_count(mut cursor: Cursor<'_>) -> Option<u32> {
    let mut data = Cursor::new(next_sub_block(&mut cursor)?.data);
    let is_loop_count = data.u8()? == LOOP_COUNT;
    let repetitions = u32::from(data.u16_le()?);
    is_loop_count.then_some(if repetitions == 0 { 0 } else { repetitions + 1 })
}
