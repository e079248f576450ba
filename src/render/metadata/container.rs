//! The containers' side of metadata: what each can hold, and splicing it into a file that an encoder here just wrote.
//!
//! In: a file without metadata, and blocks that fit. Out: the file with them, in the places and the order that its
//! format asks for. Knows nothing of what the blocks say. `img-parts` takes files apart and puts them together; what goes
//! where is decided here, since it places ICC before EXIF in JPEG and knows no XMP.

use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::{Png, PngChunk};
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::{self, WebP};
use img_parts::{Bytes, ImageEXIF, ImageICC};

use super::{Carried, Extension};
use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Size;
use crate::options::Format;

const EXIF_PREFIX: &[u8] = b"Exif\0\0";
const XMP_PREFIX: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP_EXTENSION_PREFIX: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC_PREFIX: &[u8] = b"ICC_PROFILE\0";
/// Photoshop's signature, and one resource: its type, id 0x0404 (IPTC-NAA) and empty name. The length follows.
const IPTC_PREFIX: &[u8] = b"Photoshop 3.0\x008BIM\x04\x04\0\0";
const PNG_XMP_PREFIX: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";

/// Most bytes that a JPEG segment holds after its length field.
const SEGMENT: usize = 65_533;
/// Bytes of a profile in one segment, after the prefix and the two counters.
const ICC_PIECE: usize = SEGMENT - ICC_PREFIX.len() - 2;
/// Bytes of an extended packet in one segment, after the prefix, its name, its length and the offset.
const XMP_PIECE: usize = SEGMENT - XMP_EXTENSION_PREFIX.len() - 40;
/// Stays below the 31 bits of PNG and the 32 of RIFF, whatever else is in the file.
const CHUNK: usize = 1 << 28;

/// What can be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Exif,
    Xmp,
    Iptc,
    Icc,
}

/// Most bytes of `part` that a file of `format` can hold; `None` if it has no place for it.
pub(super) fn room(format: Format, part: Part) -> Option<usize> {
    match (format, part) {
        (Format::Jpeg, Part::Exif) => Some(SEGMENT - EXIF_PREFIX.len()),
        (Format::Jpeg, Part::Xmp) => Some(SEGMENT - XMP_PREFIX.len()),
        // Less its length field, and even.
        (Format::Jpeg, Part::Iptc) => Some((SEGMENT - IPTC_PREFIX.len() - 4) & !1),
        (Format::Jpeg, Part::Icc) => Some(ICC_PIECE * 255),
        (Format::Png | Format::WebP, Part::Exif | Part::Xmp | Part::Icc) => Some(CHUNK),
        (Format::Png | Format::WebP, Part::Iptc) | (Format::Gif | Format::Avif, _) => None,
    }
}

/// Puts `carried`, each part of which fits its [`room`], into `encoded`.
pub(super) fn splice(
    encoded: Vec<u8>,
    format: Format,
    size: Size,
    has_alpha: bool,
    carried: Carried,
) -> Result<Vec<u8>> {
    match format {
        Format::Jpeg => jpeg(encoded, carried),
        Format::Png => png(encoded, carried),
        Format::WebP => webp(encoded, size, has_alpha, carried),
        Format::Gif | Format::Avif => Ok(encoded),
    }
}

/// After JFIF's APP0: EXIF, XMP and its extension, the profile in pieces, IPTC.
fn jpeg(encoded: Vec<u8>, carried: Carried) -> Result<Vec<u8>> {
    let mut jpeg = Jpeg::from_bytes(encoded.into()).map_err(broken)?;
    let mut new = vec![];
    if let Some(exif) = carried.exif {
        new.push(segment(markers::APP1, &[EXIF_PREFIX, &exif])?);
    }
    if let Some(xmp) = carried.xmp {
        new.push(segment(markers::APP1, &[XMP_PREFIX, &xmp])?);
    }
    if let Some(Extension { guid, packet }) = carried.xmp_extension {
        let length = u32::try_from(packet.len()).map_err(broken)?.to_be_bytes();
        for (index, piece) in packet.chunks(XMP_PIECE).enumerate() {
            let offset = u32::try_from(index * XMP_PIECE).map_err(broken)?.to_be_bytes();
            let parts = [XMP_EXTENSION_PREFIX, guid.as_bytes(), &length, &offset, piece];
            new.push(segment(markers::APP1, &parts)?);
        }
    }
    if let Some(icc) = carried.icc {
        let pieces = icc.chunks(ICC_PIECE);
        let count = u8::try_from(pieces.len()).map_err(broken)?;
        for (number, piece) in (1..=count).zip(pieces) {
            new.push(segment(markers::APP2, &[ICC_PREFIX, &[number, count], piece])?);
        }
    }
    if let Some(iptc) = carried.iptc {
        let length = u32::try_from(iptc.len()).map_err(broken)?.to_be_bytes();
        let padding: &[u8] = if iptc.len() % 2 == 1 { &[0] } else { &[] };
        new.push(segment(markers::APP13, &[IPTC_PREFIX, &length, &iptc, padding])?);
    }
    let segments = jpeg.segments_mut();
    let at = segments.iter().position(|segment| segment.marker() != markers::APP0).unwrap_or(segments.len());
    segments.splice(at..at, new);
    Ok(collected(jpeg.len(), jpeg.encoder()))
}

fn segment(marker: u8, parts: &[&[u8]]) -> Result<JpegSegment> {
    let contents = parts.concat();
    if contents.len() > SEGMENT {
        return Err(broken(format!("{} bytes for a JPEG segment", contents.len())));
    }
    Ok(JpegSegment::new_with_contents(marker, contents.into()))
}

/// After IHDR: the profile, EXIF, XMP.
fn png(encoded: Vec<u8>, carried: Carried) -> Result<Vec<u8>> {
    let mut png = Png::from_bytes(encoded.into()).map_err(broken)?;
    // Each goes to the front, so the last is the first.
    if let Some(xmp) = carried.xmp {
        let text = [PNG_XMP_PREFIX, &xmp].concat();
        let at = png.chunks().len().min(1);
        png.chunks_mut().insert(at, PngChunk::new(*b"iTXt", text.into()));
    }
    if let Some(exif) = carried.exif {
        png.set_exif(Some(exif.into()));
    }
    if let Some(icc) = carried.icc {
        // They would contradict it; the call below removes sRGB itself.
        png.chunks_mut().retain(|chunk| !matches!(&chunk.kind(), b"gAMA" | b"cHRM" | b"cICP"));
        png.set_icc_profile(Some(icc.into()));
    }
    Ok(collected(png.len(), png.encoder()))
}

const ICC_FLAG: u8 = 0x20;
const ALPHA_FLAG: u8 = 0x10;
const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;

/// VP8X, the profile, the image, EXIF, XMP (RFC 9649, section 2.7).
fn webp(encoded: Vec<u8>, size: Size, has_alpha: bool, carried: Carried) -> Result<Vec<u8>> {
    let mut webp = WebP::from_bytes(encoded.into()).map_err(broken)?;
    let alpha = webp.has_chunk(webp::CHUNK_ALPH) || (has_alpha && webp.has_chunk(webp::CHUNK_VP8L));
    // What an encoder said already, of alpha and animation, stays.
    let said = webp.chunk_by_id(webp::CHUNK_VP8X).and_then(|chunk| chunk.content().data()?.first().copied());
    let mut flags = said.unwrap_or(0) | if alpha { ALPHA_FLAG } else { 0 };
    webp.remove_chunks_by_id(webp::CHUNK_VP8X);

    let chunks = webp.chunks_mut();
    let mut add = |at: usize, id, flag, data: Option<Vec<u8>>| {
        if let Some(data) = data {
            flags |= flag;
            chunks.insert(at, RiffChunk::new(id, RiffContent::Data(data.into())));
        }
        chunks.len()
    };
    let end = add(0, webp::CHUNK_ICCP, ICC_FLAG, carried.icc);
    let end = add(end, webp::CHUNK_EXIF, EXIF_FLAG, carried.exif);
    add(end, webp::CHUNK_XMP, XMP_FLAG, carried.xmp);
    chunks.insert(0, RiffChunk::new(webp::CHUNK_VP8X, RiffContent::Data(vp8x(flags, size))));

    let length = usize::try_from(webp.len()).map_err(broken)?;
    Ok(collected(length, webp.encoder()))
}

/// Flags and the canvas, each side less one in 24 bits.
fn vp8x(flags: u8, size: Size) -> Bytes {
    let [a, b, c, _] = size.width.saturating_sub(1).to_le_bytes();
    let [d, e, f, _] = size.height.saturating_sub(1).to_le_bytes();
    Bytes::copy_from_slice(&[flags, 0, 0, 0, a, b, c, d, e, f])
}

fn collected(length: usize, pieces: impl Iterator<Item = Bytes>) -> Vec<u8> {
    let mut out = Vec::with_capacity(length);
    for piece in pieces {
        out.extend_from_slice(&piece);
    }
    out
}

/// The file is ours and what goes in was measured, so this is a bug.
fn broken(why: impl ToString) -> Error {
    Error::new(Stage::Metadata, Cause::Internal(format!("cannot write metadata: {}", why.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(300, 2);

    fn all() -> Carried {
        Carried {
            exif: Some(b"exif!".to_vec()),
            xmp: Some(b"<x/>".to_vec()),
            xmp_extension: None,
            iptc: Some(b"iptc!".to_vec()),
            icc: Some(vec![7; ICC_PIECE + 1]),
        }
    }

    #[test]
    fn jpeg_segments_stand_in_order() {
        let file = b"\xff\xd8\xff\xe0\0\x04ab\xff\xee\0\x04cd\xff\xda\0\x02entropy\xff\xd9".to_vec();
        let out = splice(file, Format::Jpeg, SIZE, false, all()).unwrap();
        let jpeg = Jpeg::from_bytes(out.clone().into()).unwrap();
        let order: Vec<_> = jpeg.segments().iter().map(JpegSegment::marker).collect();
        assert_eq!(order, [0xe0, 0xe1, 0xe1, 0xe2, 0xe2, 0xed, 0xee, 0xda]);
        assert_eq!(
            (jpeg.exif().unwrap(), jpeg.icc_profile().unwrap().len()),
            ("exif!".into(), ICC_PIECE + 1)
        );
        let iptc = jpeg.segment_by_marker(markers::APP13).unwrap().contents();
        assert_eq!(&iptc[..], b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x05iptc!\0");
        assert!(out.ends_with(b"entropy\xff\xd9"));
    }

    #[test]
    fn the_room_of_a_jpeg_is_exact() {
        let file = b"\xff\xd8\xff\xda\0\x02\xff\xd9".to_vec();
        let room = |part| room(Format::Jpeg, part).unwrap();
        let full = Carried {
            exif: Some(vec![0; room(Part::Exif)]),
            xmp: Some(vec![0; room(Part::Xmp)]),
            xmp_extension: None,
            iptc: Some(vec![0; room(Part::Iptc)]),
            icc: Some(vec![0; room(Part::Icc)]),
        };
        let jpeg =
            Jpeg::from_bytes(splice(file.clone(), Format::Jpeg, SIZE, false, full).unwrap().into()).unwrap();
        assert_eq!(jpeg.segments().len(), 1 + 3 + 255);
        for more in [
            Carried { exif: Some(vec![0; room(Part::Exif) + 1]), ..Carried::default() },
            Carried { xmp: Some(vec![0; room(Part::Xmp) + 1]), ..Carried::default() },
            Carried { iptc: Some(vec![0; room(Part::Iptc) + 1]), ..Carried::default() },
            Carried { icc: Some(vec![0; room(Part::Icc) + 1]), ..Carried::default() },
        ] {
            assert!(splice(file.clone(), Format::Jpeg, SIZE, false, more).is_err());
        }
    }

    #[test]
    fn png_chunks_stand_before_the_image() {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for kind in [b"IHDR", b"sRGB", b"PLTE", b"IDAT", b"IEND"] {
            file.extend(PngChunk::new(*kind, Bytes::new()).encoder().bytes());
        }
        let out = splice(file, Format::Png, SIZE, false, all()).unwrap();
        let png = Png::from_bytes(out.into()).unwrap();
        let order: Vec<_> = png.chunks().iter().map(PngChunk::kind).collect();
        assert_eq!(order, [b"IHDR", b"iCCP", b"eXIf", b"iTXt", b"PLTE", b"IDAT", b"IEND"].map(|kind| *kind));
    }

    #[test]
    fn webp_is_extended_and_says_so() {
        let file = |ids: &[&[u8; 4]]| {
            let chunk = |id: &&[u8; 4]| {
                let data: &[u8] = if *id == b"VP8X" { &[0x12, 0, 0, 0, 43, 1, 0, 1, 0, 0] } else { b"odd" };
                RiffChunk::new(**id, RiffContent::Data(Bytes::copy_from_slice(data)))
            };
            let subchunks = ids.iter().map(chunk).collect();
            let content = RiffContent::List { kind: Some(*b"WEBP"), subchunks };
            Vec::from(RiffChunk::new(*b"RIFF", content).encoder().bytes())
        };
        for (before, after, has_alpha, flags) in [
            (&[b"VP8 "][..], &[b"VP8X", b"ICCP", b"VP8 ", b"EXIF", b"XMP "][..], true, 0x2c),
            (&[b"VP8L"], &[b"VP8X", b"ICCP", b"VP8L", b"EXIF", b"XMP "], true, 0x3c),
            (&[b"VP8L"], &[b"VP8X", b"ICCP", b"VP8L", b"EXIF", b"XMP "], false, 0x2c),
            (
                &[b"VP8X", b"ALPH", b"VP8 "],
                &[b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"EXIF", b"XMP "],
                true,
                0x3e,
            ),
        ] {
            let out = splice(file(before), Format::WebP, SIZE, has_alpha, all()).unwrap();
            let webp = WebP::from_bytes(out.into()).unwrap();
            assert_eq!(
                webp.chunks().iter().map(RiffChunk::id).collect::<Vec<_>>(),
                after.iter().map(|id| **id).collect::<Vec<_>>()
            );
            assert_eq!(webp.dimensions(), Some((300, 2)));
            assert_eq!(webp.chunks()[0].content().data().unwrap()[0], flags);
        }
    }
}
