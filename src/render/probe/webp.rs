//! WebP headers (RFC 9649): the RIFF chunk list, image data skipped.
//!
//! In: a WebP file. Out: its [`Header`]; its frames, one by one. Must not know how VP8 and VP8L code
//! pixels.

use std::borrow::Cow;
use std::time::Duration;

use super::error::{cut_short, malformed};
use crate::container::Cursor;
use crate::container::riff::{Chunk, next_chunk};
use crate::error::Result;
use crate::geometry::Size;
use crate::options::Format;
use crate::render::header::{
    Blend, Disposal, FrameData, Header, Payload, SourceColor, SourceFrame, WebPData, WebPFrame,
};

/// Bytes of the file header: `RIFF`, the file's size, `WEBP`.
const FILE_HEADER: usize = 12;
const ALPHA_FLAG: u8 = 0x10;

pub(super) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    let mut cursor = Cursor::new(bytes);
    let file_header = cursor.take(FILE_HEADER);
    let Some(Chunk { kind, data, is_whole }) = next_chunk(&mut cursor) else {
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
    header.cut_short = !is_whole;
    if kind == *b"VP8X" {
        let moves = further_chunks(&mut header, cursor);
        header.frames_cut |= moves && ends_early(file_header, bytes.len());
        header.has_alpha = draws_alpha(&header);
    }
    Ok(header)
}

/// Whether the file has fewer bytes than its header states. Some writers leave out the last padding
/// byte.
fn ends_early(file_header: Option<&[u8]>, length: usize) -> bool {
    let stated = file_header.and_then(|header| header.get(4..8)?.first_chunk().copied());
    stated.is_some_and(|stated| u64::from(u32::from_le_bytes(stated)) + 8 > length as u64 + 1)
}

/// A VP8 key frame's header (RFC 6386 section 9.1).
fn lossy(data: &[u8]) -> Option<Header<'_>> {
    let mut cursor = Cursor::new(data);
    let _frame_tag = cursor.take(3)?;
    let _start_code = cursor.take(3)?;
    let (width, height) = (cursor.u16_le()? & 0x3fff, cursor.u16_le()? & 0x3fff);
    let frame = full_canvas(WebPData::Lossy(data), width.into(), height.into());
    Some(Header::new(Payload::WebP(Some(frame)), width.into(), height.into()))
}

/// A VP8L header (RFC 9649 section 3.4): width - 1 and height - 1 in 14 bits each, then the alpha
/// bit.
fn lossless(data: &[u8]) -> Option<Header<'_>> {
    let mut cursor = Cursor::new(data);
    let _signature = cursor.u8()?;
    let bits = cursor.u32_le()?;
    let (width, height) = ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
    let frame = full_canvas(WebPData::Lossless(data), width, height);
    Some(Header { has_alpha: bits >> 28 & 1 == 1, ..Header::new(Payload::WebP(Some(frame)), width, height) })
}

/// A frame without alpha that covers the canvas.
fn full_canvas(bitstream: WebPData<'_>, width: u32, height: u32) -> WebPFrame<'_> {
    WebPFrame { bitstream, alpha: None, rect: [0, 0, width, height] }
}

/// A VP8X header (section 2.7): flags, and width - 1 and height - 1 of the canvas.
fn extended(data: &[u8]) -> Option<Header<'_>> {
    let mut cursor = Cursor::new(data);
    let flags = cursor.u8()?;
    let _reserved = cursor.take(3)?;
    let (width, height) = (cursor.u24_le()? + 1, cursor.u24_le()? + 1);
    Some(Header { has_alpha: flags & ALPHA_FLAG != 0, ..Header::new(Payload::WebP(None), width, height) })
}

/// The rectangle of an animation frame: half of left and top, width - 1, height - 1 (section
/// 2.7.1.1).
fn frame_rect(cursor: &mut Cursor<'_>) -> Option<[u32; 4]> {
    let (left, top) = (cursor.u24_le()?, cursor.u24_le()?);
    Some([left * 2, top * 2, cursor.u24_le()? + 1, cursor.u24_le()? + 1])
}

/// How many times an animation plays, behind its background color (section 2.7.1.1).
fn loop_count(data: &[u8]) -> Option<u32> {
    let mut cursor = Cursor::new(data);
    let _background = cursor.take(4)?;
    cursor.u16_le().map(u32::from)
}

/// How long a frame is shown, behind its rectangle.
fn frame_delay(data: &[u8]) -> Option<Duration> {
    let mut cursor = Cursor::new(data);
    let _rect = frame_rect(&mut cursor)?;
    cursor.u24_le().map(|milliseconds| Duration::from_millis(milliseconds.into()))
}

/// An animation frame. `None` without image data.
fn frame(data: &[u8]) -> Option<WebPFrame<'_>> {
    let mut cursor = Cursor::new(data);
    let rect = frame_rect(&mut cursor)?;
    let _duration_and_flags = cursor.take(4)?;
    let mut alpha = None;
    loop {
        let Chunk { kind, data, .. } = next_chunk(&mut cursor)?;
        let bitstream = match &kind {
            b"VP8 " => WebPData::Lossy(data),
            b"VP8L" => WebPData::Lossless(data),
            b"ALPH" => {
                alpha = Some(data);
                continue;
            }
            _ => continue,
        };
        return Some(WebPFrame { bitstream, alpha, rect });
    }
}

/// The frames of an animation, as [`read`] counts them.
pub(super) fn frames<'a>(bytes: &'a [u8], canvas: Size) -> impl Iterator<Item = SourceFrame<'a>> {
    let mut cursor = Cursor::new(bytes);
    let _file_header = cursor.take(FILE_HEADER);
    std::iter::from_fn(move || next_chunk(&mut cursor))
        .filter(|chunk| &chunk.kind == b"ANMF")
        .map(move |chunk| source_frame(chunk.data, canvas))
}

/// Offset of the flags of a frame, behind its rectangle and its duration.
const FLAGS_AT: usize = 15;
const NO_BLEND_FLAG: u8 = 0x02;
const DISPOSE_FLAG: u8 = 0x01;

/// An ANMF chunk (section 2.7.1.1).
fn source_frame(data: &[u8], canvas: Size) -> SourceFrame<'_> {
    let rect @ [left, top, width, height] = frame_rect(&mut Cursor::new(data)).unwrap_or_default();
    let read = frame(data);
    let inside = left.saturating_add(width) <= canvas.width && top.saturating_add(height) <= canvas.height;
    let broken = match read {
        None => Some("a frame has no image data"),
        Some(_) if !inside => Some("a frame is not inside the canvas"),
        Some(_) => None,
    };
    let frame = read.unwrap_or(WebPFrame { bitstream: WebPData::Lossy(&[]), alpha: None, rect });
    let flags = data.get(FLAGS_AT).copied().unwrap_or_default();
    SourceFrame {
        data: FrameData::WebP(frame),
        left,
        top,
        size: Size::new(width, height),
        has_alpha: frame_has_alpha(&frame),
        delay: frame_delay(data).unwrap_or_default(),
        blend: if flags & NO_BLEND_FLAG == 0 { Blend::Over } else { Blend::Replace },
        disposal: if flags & DISPOSE_FLAG == 0 { Disposal::Keep } else { Disposal::Clear },
        broken,
    }
}

fn frame_has_alpha(frame: &WebPFrame<'_>) -> bool {
    match frame.bitstream {
        WebPData::Lossy(_) => frame.alpha.is_some(),
        WebPData::Lossless(data) => lossless(data).is_some_and(|header| header.has_alpha),
    }
}

/// Whether a pixel may be transparent. Derived from the image data, because the flag in the header
/// is often wrong. For an animation the flag counts, too: it may be true of a later frame.
fn draws_alpha(header: &Header<'_>) -> bool {
    let Payload::WebP(Some(frame)) = header.payload else {
        return header.has_alpha;
    };
    let frame_alpha = frame_has_alpha(&frame);
    let [left, top, width, height] = frame.rect;
    let covers = (left, top) == (0, 0) && Size::new(width, height) == header.stored;
    frame_alpha || !covers || header.frames > 1 && header.has_alpha
}

/// Reads the chunks after VP8X. Returns whether there are frames of an animation.
fn further_chunks<'a>(header: &mut Header<'a>, mut cursor: Cursor<'a>) -> bool {
    let (mut frames, mut alpha, mut first) = (0u32, None, None);
    let Size { width, height } = header.stored;
    while let Some(Chunk { kind, data, is_whole }) = next_chunk(&mut cursor) {
        // Only the first frame of an animation is decoded.
        if !is_whole && first.is_none() && matches!(&kind, b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF") {
            header.cut_short = true;
        }
        match &kind {
            b"ICCP" if header.color.is_empty() => header.color.push(SourceColor::Icc(Cow::Borrowed(data))),
            b"EXIF" => header.add_exif(data),
            b"ALPH" if alpha.is_none() => alpha = Some(data),
            b"VP8 " if first.is_none() => {
                first = Some(WebPFrame { alpha, ..full_canvas(WebPData::Lossy(data), width, height) });
            }
            b"VP8L" if first.is_none() => {
                first = Some(full_canvas(WebPData::Lossless(data), width, height));
            }
            // Some writers end the name with NUL, like a C string.
            b"XMP " | b"XMP\0" => header.add_xmp(data),
            b"ANIM" => header.playback.loop_count = loop_count(data).unwrap_or(1),
            b"ANMF" => {
                let delay = frame_delay(data).unwrap_or_default();
                header.playback.duration = header.playback.duration.saturating_add(delay);
                let [.., width, height] = frame_rect(&mut Cursor::new(data)).unwrap_or_default();
                let pixels = Size::new(width, height).area();
                if frames == 0 {
                    first = frame(data);
                    header.frame_pixels = pixels;
                }
                header.frames_cut |= !is_whole && frames > 0;
                header.animation_pixels = header.animation_pixels.saturating_add(pixels);
                frames = frames.saturating_add(1);
            }
            _ => {}
        }
    }
    header.payload = Payload::WebP(first);
    header.frames = frames.max(1);
    frames > 0
}
