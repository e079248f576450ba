//! Writes metadata blocks into JPEG, PNG and WebP files, and says how much each format can store.
//!
//! In: a file that an encoder of this crate wrote without metadata, and blocks within its capacity.
//! Out: the file with the blocks at the positions and in the order that its format requires. Must
//! not know the contents of the blocks.

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::blocks::{BlockKind, Blocks, XmpExtension};
use crate::container::png;
use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Size;
use crate::options::Format;

const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP13: u8 = 0xed;

const EXIF_PREFIX: &[u8] = b"Exif\0\0";
const XMP_PREFIX: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP_EXTENSION_PREFIX: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC_PREFIX: &[u8] = b"ICC_PROFILE\0";
/// Photoshop's signature, then an image resource: its type, the id 0x0404 (IPTC-NAA) and an empty
/// name. The length follows.
const IPTC_PREFIX: &[u8] = b"Photoshop 3.0\x008BIM\x04\x04\0\0";
const PNG_XMP_PREFIX: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";
/// The name of a profile, then compression method 0.
const PNG_ICC_PREFIX: &[u8] = b"icc\0\0";

/// Maximum bytes of a JPEG segment after its length field.
const SEGMENT: usize = 65_533;
/// Maximum profile bytes in one segment, after the prefix and the two counters.
const ICC_PIECE: usize = SEGMENT - ICC_PREFIX.len() - 2;
/// Maximum bytes of an extended packet in one segment, after the prefix, GUID, length and offset.
const XMP_PIECE: usize = SEGMENT - XMP_EXTENSION_PREFIX.len() - 40;
/// Keeps the file below the 31-bit lengths of PNG and the 32-bit lengths of RIFF, whatever else is
/// in it.
const CHUNK: usize = 1 << 28;

/// Compression level of a profile in a PNG.
const ICC_LEVEL: u8 = 10;

/// Maximum bytes of a block of `kind` in a file of `format`; `None` if the format cannot store this
/// kind.
pub(super) fn capacity(format: Format, kind: BlockKind) -> Option<usize> {
    match (format, kind) {
        (Format::Jpeg, BlockKind::Exif) => Some(SEGMENT - EXIF_PREFIX.len()),
        (Format::Jpeg, BlockKind::Xmp) => Some(SEGMENT - XMP_PREFIX.len()),
        // Minus the length field, and even.
        (Format::Jpeg, BlockKind::Iptc) => Some((SEGMENT - IPTC_PREFIX.len() - 4) & !1),
        (Format::Jpeg, BlockKind::Icc) => Some(ICC_PIECE * 255),
        (Format::Png | Format::WebP, BlockKind::Exif | BlockKind::Xmp | BlockKind::Icc) => Some(CHUNK),
        (Format::Png | Format::WebP, BlockKind::Iptc) | (Format::Gif | Format::Avif, _) => None,
    }
}

/// Inserts `blocks`, each within its [`capacity`], into `encoded`.
pub(super) fn splice(
    encoded: Vec<u8>,
    format: Format,
    size: Size,
    has_alpha: bool,
    blocks: Blocks,
) -> Result<Vec<u8>> {
    match format {
        Format::Jpeg => jpeg(&encoded, blocks),
        Format::Png => png(&encoded, blocks),
        Format::WebP => webp(&encoded, size, has_alpha, blocks),
        Format::Gif | Format::Avif => Ok(encoded),
    }
}

/// After JFIF's APP0: EXIF, XMP and its extension, the profile in pieces, IPTC.
fn jpeg(encoded: &[u8], blocks: Blocks) -> Result<Vec<u8>> {
    let mut new = vec![];
    if let Some(exif) = blocks.exif {
        add_segment(&mut new, APP1, &[EXIF_PREFIX, &exif])?;
    }
    if let Some(xmp) = blocks.xmp {
        add_segment(&mut new, APP1, &[XMP_PREFIX, &xmp])?;
    }
    if let Some(XmpExtension { guid, packet }) = blocks.xmp_extension {
        let length = u32::try_from(packet.len()).map_err(broken)?.to_be_bytes();
        for (index, piece) in packet.chunks(XMP_PIECE).enumerate() {
            let offset = u32::try_from(index * XMP_PIECE).map_err(broken)?.to_be_bytes();
            let parts = [XMP_EXTENSION_PREFIX, guid.as_bytes(), &length, &offset, piece];
            add_segment(&mut new, APP1, &parts)?;
        }
    }
    if let Some(icc) = blocks.icc {
        let pieces = icc.chunks(ICC_PIECE);
        let count = u8::try_from(pieces.len()).map_err(broken)?;
        for (number, piece) in (1..=count).zip(pieces) {
            add_segment(&mut new, APP2, &[ICC_PREFIX, &[number, count], piece])?;
        }
    }
    if let Some(iptc) = blocks.iptc {
        let length = u32::try_from(iptc.len()).map_err(broken)?.to_be_bytes();
        let padding: &[u8] = if iptc.len() % 2 == 1 { &[0] } else { &[] };
        add_segment(&mut new, APP13, &[IPTC_PREFIX, &length, &iptc, padding])?;
    }
    let (head, rest) = split_after_app0(encoded).ok_or_else(|| broken("the JPEG is cut off"))?;
    Ok([head, &new, rest].concat())
}

/// Splits a JPEG after its start marker and the APP0 segments that follow it.
fn split_after_app0(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 2;
    while let [0xff, APP0, high, low, ..] = file.get(at..)? {
        at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
    }
    file.split_at_checked(at)
}

/// Appends a JPEG segment whose payload is `parts`.
fn add_segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) -> Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // The length counts itself.
    let Ok(field) = u16::try_from(length + 2) else {
        return Err(broken(format!("{length} bytes do not fit into a JPEG segment")));
    };
    out.extend([0xff, marker]);
    out.extend(field.to_be_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}

/// After IHDR: the profile, EXIF, XMP.
fn png(encoded: &[u8], blocks: Blocks) -> Result<Vec<u8>> {
    let mut new = vec![];
    let has_icc = blocks.icc.is_some();
    if let Some(icc) = blocks.icc {
        add_png_chunk(&mut new, b"iCCP", &[PNG_ICC_PREFIX, &compress_to_vec_zlib(&icc, ICC_LEVEL)])?;
    }
    if let Some(exif) = blocks.exif {
        add_png_chunk(&mut new, b"eXIf", &[&exif])?;
    }
    if let Some(xmp) = blocks.xmp {
        add_png_chunk(&mut new, b"iTXt", &[PNG_XMP_PREFIX, &xmp])?;
    }
    let mut out = Vec::with_capacity(encoded.len() + new.len());
    let (signature, mut rest) = encoded.split_at_checked(8).ok_or_else(|| broken("the PNG is cut off"))?;
    out.extend_from_slice(signature);
    while !rest.is_empty() {
        let (kind, chunk, next) = png_chunk(rest).ok_or_else(|| broken("the PNG is cut off"))?;
        // These would contradict the profile.
        if !has_icc || !matches!(&kind, b"sRGB" | b"gAMA" | b"cHRM" | b"cICP") {
            out.extend_from_slice(chunk);
        }
        // Once, after the first chunk.
        out.append(&mut new);
        rest = next;
    }
    Ok(out)
}

/// The type of the first PNG chunk of `chunks`, the whole chunk, and the chunks after it.
fn png_chunk(chunks: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (length, rest) = chunks.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (chunk, next) = chunks.split_at_checked(length.checked_add(12)?)?;
    Some((*rest.first_chunk()?, chunk, next))
}

/// Appends a PNG chunk whose data is `parts`.
fn add_png_chunk(out: &mut Vec<u8>, kind: &[u8; 4], parts: &[&[u8]]) -> Result<()> {
    png::add_chunk(out, kind, parts).ok_or_else(|| broken("a chunk is too long"))
}

const ICC_FLAG: u8 = 0x20;
const ALPHA_FLAG: u8 = 0x10;
const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;

/// VP8X, the profile, the image, EXIF, XMP (RFC 9649, section 2.7).
fn webp(encoded: &[u8], size: Size, has_alpha: bool, blocks: Blocks) -> Result<Vec<u8>> {
    let Blocks { exif, xmp, icc, .. } = blocks;
    let (_, mut rest) = encoded.split_at_checked(12).ok_or_else(|| broken("the WebP is cut off"))?;
    let (mut image, mut flags) = (vec![], 0);
    while !rest.is_empty() {
        let (kind, chunk, next) = riff_chunk(rest).ok_or_else(|| broken("the WebP is cut off"))?;
        match &kind {
            // Keep the encoder's flags for alpha and animation.
            b"VP8X" => flags |= chunk.get(8).copied().unwrap_or(0),
            b"ALPH" => flags |= ALPHA_FLAG,
            b"VP8L" if has_alpha => flags |= ALPHA_FLAG,
            _ => {}
        }
        if &kind != b"VP8X" {
            image.push(chunk);
        }
        rest = next;
    }
    for (block, flag) in [(&icc, ICC_FLAG), (&exif, EXIF_FLAG), (&xmp, XMP_FLAG)] {
        if block.is_some() {
            flags |= flag;
        }
    }
    let added = [&icc, &exif, &xmp].into_iter().flatten().map(|block| block.len() + 9).sum::<usize>();
    let mut out = Vec::with_capacity(encoded.len() + added + 18);
    out.extend(b"RIFF\0\0\0\0WEBP");
    add_riff_chunk(&mut out, b"VP8X", &vp8x(flags, size))?;
    if let Some(icc) = icc {
        add_riff_chunk(&mut out, b"ICCP", &icc)?;
    }
    image.into_iter().for_each(|chunk| out.extend_from_slice(chunk));
    if let Some(exif) = exif {
        add_riff_chunk(&mut out, b"EXIF", &exif)?;
    }
    if let Some(xmp) = xmp {
        add_riff_chunk(&mut out, b"XMP ", &xmp)?;
    }
    let length = u32::try_from(out.len() - 8).map_err(broken)?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Ok(out)
}

/// The data of VP8X: flags, then the canvas's width and height minus one, 24 bits each.
fn vp8x(flags: u8, size: Size) -> [u8; 10] {
    let [a, b, c, _] = size.width.saturating_sub(1).to_le_bytes();
    let [d, e, f, _] = size.height.saturating_sub(1).to_le_bytes();
    [flags, 0, 0, 0, a, b, c, d, e, f]
}

/// The id of the first RIFF chunk of `chunks`, the whole chunk with its padding, and the chunks
/// after it.
fn riff_chunk(chunks: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (id, rest) = chunks.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*rest.first_chunk()?)).ok()?;
    let (chunk, next) = chunks.split_at_checked(length.checked_next_multiple_of(2)?.checked_add(8)?)?;
    Some((*id, chunk, next))
}

/// Appends a RIFF chunk, padded to an even length.
fn add_riff_chunk(out: &mut Vec<u8>, id: &[u8; 4], data: &[u8]) -> Result<()> {
    out.extend(id);
    out.extend(u32::try_from(data.len()).map_err(broken)?.to_le_bytes());
    out.extend_from_slice(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
    Ok(())
}

/// An internal error: this crate wrote the file, and the blocks were checked against [`capacity`].
fn broken(why: impl ToString) -> Error {
    Error::new(Stage::Metadata, Cause::Internal(format!("cannot write metadata: {}", why.to_string())))
}

#[cfg(test)]
mod tests {
    use img_parts::jpeg::{Jpeg, JpegSegment, markers};
    use img_parts::png::{Png, PngChunk};
    use img_parts::riff::{RiffChunk, RiffContent};
    use img_parts::webp::WebP;
    use img_parts::{Bytes, ImageEXIF, ImageICC};

    use super::*;

    const SIZE: Size = Size::new(300, 2);

    fn all() -> Blocks {
        Blocks {
            exif: Some(b"exif!".to_vec()),
            xmp: Some(b"<x/>".to_vec()),
            xmp_extension: None,
            iptc: Some(b"iptc!".to_vec()),
            icc: Some(vec![7; ICC_PIECE + 1]),
        }
    }

    #[test]
    fn jpeg_segments_are_in_order() {
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
    fn the_capacity_of_a_jpeg_is_exact() {
        let file = b"\xff\xd8\xff\xda\0\x02\xff\xd9".to_vec();
        let capacity = |kind| capacity(Format::Jpeg, kind).unwrap();
        let full = Blocks {
            exif: Some(vec![0; capacity(BlockKind::Exif)]),
            xmp: Some(vec![0; capacity(BlockKind::Xmp)]),
            xmp_extension: None,
            iptc: Some(vec![0; capacity(BlockKind::Iptc)]),
            icc: Some(vec![0; capacity(BlockKind::Icc)]),
        };
        let jpeg =
            Jpeg::from_bytes(splice(file.clone(), Format::Jpeg, SIZE, false, full).unwrap().into()).unwrap();
        assert_eq!(jpeg.segments().len(), 1 + 3 + 255);
        for more in [
            Blocks { exif: Some(vec![0; capacity(BlockKind::Exif) + 1]), ..Blocks::default() },
            Blocks { xmp: Some(vec![0; capacity(BlockKind::Xmp) + 1]), ..Blocks::default() },
            Blocks { iptc: Some(vec![0; capacity(BlockKind::Iptc) + 1]), ..Blocks::default() },
            Blocks { icc: Some(vec![0; capacity(BlockKind::Icc) + 1]), ..Blocks::default() },
        ] {
            assert!(splice(file.clone(), Format::Jpeg, SIZE, false, more).is_err());
        }
    }

    #[test]
    fn png_chunks_precede_the_image_data() {
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
    fn png_chunks_precede_the_frames_of_an_animation() {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        let kinds = [b"IHDR", b"acTL", b"fcTL", b"IDAT", b"fcTL", b"fdAT", b"IEND"];
        for kind in kinds {
            file.extend(PngChunk::new(*kind, Bytes::new()).encoder().bytes());
        }
        let out = splice(file, Format::Png, SIZE, false, all()).unwrap();
        let png = Png::from_bytes(out.into()).unwrap();
        let order: Vec<_> = png.chunks().iter().map(PngChunk::kind).collect();
        let [header, frames @ ..] = kinds;
        let expected = [&[header, b"iCCP", b"eXIf", b"iTXt"][..], &frames].concat();
        assert_eq!(order, expected.into_iter().copied().collect::<Vec<_>>());
    }

    #[test]
    fn webp_gets_a_vp8x_chunk_with_the_right_flags() {
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
            (
                &[b"VP8X", b"ANIM", b"ANMF", b"ANMF"],
                &[b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ANMF", b"EXIF", b"XMP "],
                false,
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
