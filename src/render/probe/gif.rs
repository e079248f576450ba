//! GIF headers (GIF89a): the block list and the frames.
//!
//! In: a GIF file. Out: its [`Header`]; its frames, one by one. Must not know how indices are packed.

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
use crate::render::header::{
    Blend, Disposal, FrameData, GifFrame, Header, Payload, SourceColor, SourceFrame,
};

/// The application extensions that give the loop count, in a sub-block of type 1.
const LOOPING: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];
const LOOP_COUNT: u8 = 1;

/// In hundredths of a second. Browsers show frames with a shorter delay for 100 ms.
const SHORTEST_DELAY: u16 = 2;

/// The last byte of a whole file.
const TRAILER: u8 = 0x3b;

/// The label of a graphic control extension.
const GRAPHIC_CONTROL: u8 = 0xf9;

const XMP: &[u8] = b"XMP DataXMP";
const ICC: &[u8] = b"ICCRGBG1012";

/// The start of the "magic trailer" of XMP in a GIF. The packet is not divided into sub-blocks;
/// read as if it were, every byte of the trailer is a length that leads to the terminator (XMP part
/// 3, section 1.1.2).
const XMP_TRAILER: [u8; 3] = [0x01, 0xff, 0xfe];

/// What browsers take for the color table of a frame if there is none.
static BLACK: [u8; 3 * 256] = [0; 3 * 256];

/// Why a frame is not decoded: no index needs more than 8 bits, and larger codes can make a decoder
/// rebuild a large table for every code.
const LARGE_CODES: &str = "the LZW minimum code size is above 8";

pub(super) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    let mut cursor = Cursor::new(bytes);
    let (mut header, colors) = screen(&mut cursor).ok_or_else(|| cut_short(Format::Gif))?;
    let (mut frames, mut control, mut first) = (0u32, Control::default(), None);
    while let Some(block) = next_block(&mut cursor) {
        let (before, frames_before) = (cursor, frames);
        let read = match block {
            Block::Extension => extension(&mut cursor, &mut header, &mut control),
            Block::Image => {
                let control = std::mem::take(&mut control);
                let read = image(&mut cursor, colors, control.transparent);
                if let Some(Image { frame, .. }) = read {
                    frames = frames.saturating_add(1);
                    header.playback.duration =
                        header.playback.duration.saturating_add(control.displayed_time());
                    header.animation_pixels = header.animation_pixels.saturating_add(area(&frame));
                    first.get_or_insert_with(|| {
                        add_first(&mut header, &frame);
                        frame
                    });
                }
                read.filter(|image| image.is_whole).map(|_| ())
            }
        };
        if read.is_none() {
            // A first frame that is cut off is a matter of its decoder.
            let starts = |block: &[u8]| block.first().is_none_or(|label| *label == GRAPHIC_CONTROL);
            header.frames_cut = frames_before > 0 && (block == Block::Image || starts(before.rest()));
            break;
        }
    }
    let read = bytes.len() - cursor.rest().len();
    let ends = bytes.get(..read).is_some_and(|read| read.ends_with(&[TRAILER]));
    header.frames_cut |= frames > 0 && control.is_pending && !ends;
    header.payload = Payload::Gif(first);
    header.frames = frames.max(1);
    Ok(header)
}

/// The frames of a GIF, as [`read`] counts them.
pub(super) fn frames(bytes: &[u8]) -> impl Iterator<Item = SourceFrame<'_>> {
    let mut cursor = Cursor::new(bytes);
    let mut screen = screen(&mut cursor);
    let mut control = Control::default();
    std::iter::from_fn(move || {
        let (header, colors) = screen.as_mut()?;
        loop {
            match next_block(&mut cursor)? {
                Block::Extension => extension(&mut cursor, header, &mut control)?,
                Block::Image => {
                    let control = std::mem::take(&mut control);
                    let colors = colors.or(Some(&BLACK));
                    let Image { frame, .. } = image(&mut cursor, colors, control.transparent)?;
                    return Some(source_frame(frame, &control));
                }
            }
        }
    })
}

fn source_frame<'a>(frame: GifFrame<'a>, control: &Control) -> SourceFrame<'a> {
    let [left, top, width, height] = frame.rect.map(u32::from);
    SourceFrame {
        left,
        top,
        size: Size::new(width, height),
        // Pixels without a color are transparent.
        has_alpha: true,
        delay: control.displayed_time(),
        blend: Blend::Over,
        disposal: control.disposal,
        broken: (frame.code_size > 8).then_some(LARGE_CODES),
        data: FrameData::Gif(frame),
    }
}

fn area(frame: &GifFrame<'_>) -> u64 {
    let [_, _, width, height] = frame.rect.map(u64::from);
    width * height
}

/// The graphic control extension of the next image (section 23).
struct Control {
    /// In hundredths of a second.
    delay: u16,
    /// The transparent index.
    transparent: Option<u8>,
    disposal: Disposal,
    /// Whether it was read, and its image was not.
    is_pending: bool,
}

impl Default for Control {
    fn default() -> Self {
        Self { delay: 0, transparent: None, disposal: Disposal::Keep, is_pending: false }
    }
}

impl Control {
    fn new(flags: u8, delay: u16, index: u8) -> Self {
        let disposal = match flags >> 2 & 7 {
            2 => Disposal::Clear,
            // Browsers take 4 for 3: early documents gave it this meaning.
            3 | 4 => Disposal::Restore,
            _ => Disposal::Keep,
        };
        Self { delay, transparent: (flags & 1 == 1).then_some(index), disposal, is_pending: true }
    }

    /// How long browsers show the frame.
    fn displayed_time(&self) -> Duration {
        let hundredths = if self.delay < SHORTEST_DELAY { 10 } else { self.delay };
        Duration::from_millis(u64::from(hundredths) * 10)
    }
}

/// Header, logical screen descriptor, global color table.
fn screen<'a>(cursor: &mut Cursor<'a>) -> Option<(Header<'a>, Option<&'a [u8]>)> {
    let _signature = cursor.take(6)?;
    let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
    let [flags, _background, _aspect] = cursor.array()?;
    let colors = color_table(cursor, flags)?;
    Some((Header::new(Payload::Gif(None), width.into(), height.into()), colors))
}

/// An image block.
#[derive(Clone, Copy)]
struct Image<'a> {
    frame: GifFrame<'a>,
    /// Whether the file holds all of it.
    is_whole: bool,
}

/// Reads an image descriptor and its data. `colors` is the global color table, `transparent` the index
/// in the last graphic control extension. `None` if the file ends before the data start.
fn image<'a>(
    cursor: &mut Cursor<'a>,
    colors: Option<&'a [u8]>,
    transparent: Option<u8>,
) -> Option<Image<'a>> {
    let rect = [cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?];
    let flags = cursor.u8()?;
    let colors = color_table(cursor, flags)?.or(colors);
    let code_size = cursor.u8()?;
    let data = cursor.rest();
    let is_whole = skip_sub_blocks(cursor).is_some();
    // If the file ends first, the decoder finds out whether the data suffice.
    let length = if is_whole { data.len() - cursor.rest().len() - 1 } else { data.len() };
    let blocks = data.get(..length)?;
    let interlaced = flags & 0x40 != 0;
    let frame = GifFrame { rect, interlaced, colors, transparent, code_size, blocks };
    Some(Image { frame, is_whole })
}

/// Adds what follows from the first frame.
fn add_first(header: &mut Header<'_>, frame: &GifFrame<'_>) {
    let [left, top, width, height] = frame.rect;
    let size = Size::new(width.into(), height.into());
    header.frame_pixels = size.area();
    // The canvas grows to hold the first frame, as in browsers; later frames are clipped to it.
    let Size { width: right, height: bottom } = header.stored;
    let end = |start: u16, length: u16| u32::from(start) + u32::from(length);
    header.stored = Size::new(right.max(end(left, width)), bottom.max(end(top, height)));
    // The part of the canvas that a frame does not cover is transparent.
    header.has_alpha |= left != 0 || top != 0 || size != header.stored;
    if frame.code_size > 8 {
        header.broken = Some(LARGE_CODES);
    }
}

/// A graphic control extension, a loop count, XMP or a color profile; any other extension is skipped.
/// `None` if the file ends before the block does.
fn extension<'a>(cursor: &mut Cursor<'a>, header: &mut Header<'a>, control: &mut Control) -> Option<()> {
    match cursor.u8()? {
        GRAPHIC_CONTROL => {
            let mut block = *cursor;
            let [_size, flags] = block.array()?;
            let (delay, index) = (block.u16_le()?, block.u8()?);
            header.has_alpha |= flags & 1 == 1;
            *control = Control::new(flags, delay, index);
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
