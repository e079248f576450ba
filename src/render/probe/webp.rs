//! WebP headers (RFC 9649): the RIFF chunk list, image data skipped.
//!
//! In: a WebP file. Out: its [`Header`]. Must not know how either bitstream is coded.

use std::borrow::Cow;

use super::cursor::{Cursor, len};
use super::error::{cut_short, malformed};
use crate::error::Result;
use crate::geometry::Size;
use crate::options::Format;
use crate::render::header::{Header, Payload, SourceColor, WebPData, WebPFrame};

const ALPHA_FLAG: u8 = 0x10;

pub(super) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    let mut cursor = Cursor::new(bytes);
    let _riff = cursor.take(12);
    let Some(Chunk { kind, data, whole }) = next_chunk(&mut cursor) else {
        return Err(cut_short(Format::WebP));
    };
    let header = match &kind {
        b"VP8 " => lossy(data),
        b"VP8L" => lossless(data),
        b"VP8X" => extended(data),
        _ => {
            let name = kind.escape_ascii();
            return Err(malformed(
                Format::WebP,
                format!("its first chunk is '{name}', not 'VP8 ', 'VP8L' or 'VP8X'"),
            ));
        }
    };
    let mut header = header.ok_or_else(|| cut_short(Format::WebP))?;
    header.cut_short = !whole;
    if kind == *b"VP8X" {
        further_chunks(&mut header, cursor);
        header.has_alpha = draws_alpha(&header);
    }
    Ok(header)
}

struct Chunk<'a> {
    kind: [u8; 4],
    /// Its data, or their beginning if the file cuts them short.
    data: &'a [u8],
    whole: bool,
}

fn next_chunk<'a>(cursor: &mut Cursor<'a>) -> Option<Chunk<'a>> {
    let kind = cursor.array()?;
    let length = len(cursor.u32_le()?);
    let data = cursor.take(length.min(cursor.rest().len()))?;
    cursor.take((length % 2).min(cursor.rest().len()))?;
    Some(Chunk { kind, data, whole: data.len() == length })
}

/// A VP8 key frame's header (RFC 6386 section 9.1).
fn lossy(data: &[u8]) -> Option<Header<'_>> {
    let mut cursor = Cursor::new(data);
    let _frame_tag = cursor.take(3)?;
    let _start_code = cursor.take(3)?;
    let (width, height) = (cursor.u16_le()? & 0x3fff, cursor.u16_le()? & 0x3fff);
    let frame = whole(WebPData::Lossy(data), width.into(), height.into());
    Some(Header::new(Payload::WebP(Some(frame)), width.into(), height.into()))
}

/// A VP8L header (RFC 9649 section 3.4): 14 bits each of width and height less 1, then the alpha bit.
fn lossless(data: &[u8]) -> Option<Header<'_>> {
    let mut cursor = Cursor::new(data);
    let _signature = cursor.u8()?;
    let bits = cursor.u32_le()?;
    let (width, height) = ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
    let frame = whole(WebPData::Lossless(data), width, height);
    Some(Header { has_alpha: bits >> 28 & 1 == 1, ..Header::new(Payload::WebP(Some(frame)), width, height) })
}

/// A picture that fills its canvas.
fn whole(coded: WebPData<'_>, width: u32, height: u32) -> WebPFrame<'_> {
    WebPFrame { coded, alpha: None, place: [0, 0, width, height] }
}

fn extended(data: &[u8]) -> Option<Header<'_>> {
    let mut cursor = Cursor::new(data);
    let flags = cursor.u8()?;
    let _reserved = cursor.take(3)?;
    let (width, height) = (cursor.u24_le()? + 1, cursor.u24_le()? + 1);
    Some(Header { has_alpha: flags & ALPHA_FLAG != 0, ..Header::new(Payload::WebP(None), width, height) })
}

/// Where an animation's frame lies: its offsets by half, width and height less 1 (section 2.7.1.1).
fn frame_place(cursor: &mut Cursor<'_>) -> Option<[u32; 4]> {
    let (left, top) = (cursor.u24_le()?, cursor.u24_le()?);
    Some([left * 2, top * 2, cursor.u24_le()? + 1, cursor.u24_le()? + 1])
}

/// The picture of an animation's frame.
fn frame(data: &[u8]) -> Option<WebPFrame<'_>> {
    let mut cursor = Cursor::new(data);
    let place = frame_place(&mut cursor)?;
    let _duration_and_flags = cursor.take(4)?;
    let mut alpha = None;
    loop {
        let Chunk { kind, data, .. } = next_chunk(&mut cursor)?;
        let coded = match &kind {
            b"VP8 " => WebPData::Lossy(data),
            b"VP8L" => WebPData::Lossless(data),
            b"ALPH" => {
                alpha = Some(data);
                continue;
            }
            _ => continue,
        };
        return Some(WebPFrame { coded, alpha, place });
    }
}

/// Whether a pixel may be transparent: by what is drawn, for the header's flag is often wrong. Of an animation the flag counts,
/// too: it may be meant of a later frame.
fn draws_alpha(header: &Header<'_>) -> bool {
    let Payload::WebP(Some(WebPFrame { coded, alpha, place: [left, top, width, height] })) = header.payload
    else {
        return header.has_alpha;
    };
    let frame_alpha = match coded {
        WebPData::Lossy(_) => alpha.is_some(),
        WebPData::Lossless(data) => lossless(data).is_some_and(|header| header.has_alpha),
    };
    let covers = (left, top) == (0, 0) && Size::new(width, height) == header.stored;
    frame_alpha || !covers || header.frames > 1 && header.has_alpha
}

fn further_chunks<'a>(header: &mut Header<'a>, mut cursor: Cursor<'a>) {
    let (mut frames, mut alpha, mut picture) = (0u32, None, None);
    let still = |coded, alpha, size: Size| WebPFrame { coded, alpha, place: [0, 0, size.width, size.height] };
    while let Some(Chunk { kind, data, whole }) = next_chunk(&mut cursor) {
        // Of an animation the first frame is drawn.
        if !whole && picture.is_none() && matches!(&kind, b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF") {
            header.cut_short = true;
        }
        match &kind {
            b"ICCP" if header.color.is_empty() => header.color.push(SourceColor::Icc(Cow::Borrowed(data))),
            b"EXIF" => header.add_exif(data),
            b"ALPH" if alpha.is_none() => alpha = Some(data),
            b"VP8 " if picture.is_none() => {
                picture = Some(still(WebPData::Lossy(data), alpha, header.stored));
            }
            b"VP8L" if picture.is_none() => {
                picture = Some(still(WebPData::Lossless(data), None, header.stored));
            }
            // Some writers end the name like a C string.
            b"XMP " | b"XMP\0" => header.add_xmp(data),
            b"ANMF" => {
                if frames == 0 {
                    picture = frame(data);
                    let [.., width, height] = frame_place(&mut Cursor::new(data)).unwrap_or_default();
                    header.frame_pixels = Size::new(width, height).area();
                }
                frames = frames.saturating_add(1);
            }
            _ => {}
        }
    }
    header.payload = Payload::WebP(picture);
    header.frames = frames.max(1);
}
