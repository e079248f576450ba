//! PNG headers (W3C PNG, third edition): the chunk list, image data skipped.
//!
//! In: a PNG file. Out: its [`Source`]. Must not know how rows are filtered or packed.

use std::borrow::Cow;

use super::cursor::{Cursor, len};
use super::{cut_short, malformed};
use crate::error::Result;
use crate::output::Format;
use crate::render::source::{Source, SourceColor};
use crate::render::warning::Warning;

const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";

pub(super) fn read(bytes: &[u8]) -> Result<Source<'_>> {
    let mut cursor = Cursor::new(bytes);
    let _signature = cursor.take(8);
    let header = match next_chunk(&mut cursor) {
        Some((kind, data)) if &kind == b"IHDR" => data,
        _ => return Err(malformed(Format::Png, "its first chunk is not a whole IHDR")),
    };
    let mut source = header_chunk(header).ok_or_else(|| cut_short(Format::Png))?;
    let mut colors = Colors::default();
    let mut seen_data = false;
    while let Some((kind, data)) = next_chunk(&mut cursor) {
        match &kind {
            b"IEND" => break,
            b"IDAT" => seen_data = true,
            b"tRNS" => source.has_alpha = true,
            // Section 11.2.2. `png` panics on both.
            b"PLTE" if !data.len().is_multiple_of(3) || data.len() > 3 * 256 => {
                source.broken = Some("the length of its palette is no multiple of 3, or more than 768");
            }
            b"acTL" if !seen_data => source.frames = Cursor::new(data).u32_be().unwrap_or(1).max(1),
            b"fcTL" => source.frame_pixels = source.frame_pixels.saturating_add(frame_area(data)),
            b"eXIf" => source.exif = source.exif.or(Some(Cow::Borrowed(data))),
            b"iTXt" if source.xmp.is_none() => match xmp(data) {
                Some(Packet::Plain(packet)) => source.xmp = Some(Cow::Borrowed(packet)),
                Some(Packet::Zlib(stream)) => source.xmp_zlib = Some(stream),
                None => {}
            },
            // Statements about color count only before the image data.
            _ if !seen_data => colors.add(kind, data),
            _ => {}
        }
    }
    colors.finish(&mut source);
    Ok(source)
}

/// The next chunk's type and data; its checksum is the decoder's matter.
fn next_chunk<'a>(cursor: &mut Cursor<'a>) -> Option<([u8; 4], &'a [u8])> {
    let length = len(cursor.u32_be()?);
    let kind = cursor.array()?;
    let data = cursor.take(length)?;
    cursor.take(4)?;
    Some((kind, data))
}

fn header_chunk(data: &[u8]) -> Option<Source<'static>> {
    let mut cursor = Cursor::new(data);
    let (width, height) = (cursor.u32_be()?, cursor.u32_be()?);
    let (bit_depth, color_type) = (cursor.u8()?, cursor.u8()?);
    Some(Source { bit_depth, has_alpha: color_type & 4 != 0, ..Source::new(Format::Png, width, height) })
}

/// The area of an APNG frame (fcTL): sequence number, then width and height.
fn frame_area(data: &[u8]) -> u64 {
    let mut cursor = Cursor::new(data);
    let sides = (cursor.u32_be(), cursor.u32_be(), cursor.u32_be());
    let (_sequence, Some(width), Some(height)) = sides else { return 0 };
    u64::from(width) * u64::from(height)
}

/// An XMP packet as it stands in the file.
enum Packet<'a> {
    Plain(&'a [u8]),
    Zlib(&'a [u8]),
}

/// The packet of an iTXt chunk with XMP's keyword: compression flag and method, language, translated keyword, text.
fn xmp(data: &[u8]) -> Option<Packet<'_>> {
    let [compressed, 0, rest @ ..] = data.strip_prefix(XMP_KEYWORD)? else { return None };
    let mut parts = rest.splitn(3, |byte| *byte == 0);
    let (_language, _translated, text) = (parts.next()?, parts.next()?, parts.next()?);
    match compressed {
        0 => Some(Packet::Plain(text)),
        1 => Some(Packet::Zlib(text)),
        _ => None,
    }
}

#[derive(Default)]
struct Colors<'a> {
    cicp: Option<SourceColor<'a>>,
    /// Why a cICP chunk is not used.
    bad_cicp: Option<&'static str>,
    profile: Option<SourceColor<'a>>,
    srgb: bool,
    gamma: Option<u32>,
    chromaticities: Option<[u32; 8]>,
}

impl<'a> Colors<'a> {
    fn add(&mut self, kind: [u8; 4], data: &'a [u8]) {
        let mut cursor = Cursor::new(data);
        match &kind {
            b"cICP" => match *data {
                [primaries, transfer, 0, 1] => self.cicp = Some(SourceColor::Cicp { primaries, transfer }),
                // Decoders hand out RGB as it is stored: browsers ignore both of these, too.
                [_, _, 0, 0] => self.bad_cicp = Some("narrow-range samples are not supported"),
                [_, _, _, 0 | 1] => self.bad_cicp = Some("PNG samples are RGB, it states another matrix"),
                _ => self.bad_cicp = Some("it does not have four valid bytes"),
            },
            b"iCCP" => self.profile = Some(profile(data)),
            b"sRGB" => self.srgb = true,
            b"gAMA" => self.gamma = cursor.u32_be().filter(|gamma| *gamma > 0),
            b"cHRM" => self.chromaticities = chromaticities(&mut cursor),
            _ => {}
        }
    }

    /// The statements by the order of PNG section 4.3.
    fn finish(self, source: &mut Source<'a>) {
        let Self { cicp, bad_cicp, profile, srgb, gamma, chromaticities } = self;
        if let Some(reason) = bad_cicp.filter(|_| cicp.is_none()) {
            let (what, reason) = ("cICP chunk".to_owned(), reason.to_owned());
            source.warnings.push(Warning::PartIgnored { what, reason });
        }
        let rest = if srgb {
            Some(SourceColor::Srgb)
        } else {
            let stated = gamma.is_some() || chromaticities.is_some();
            stated.then_some(SourceColor::Gamma { gamma, chromaticities })
        };
        source.color = [cicp, profile, rest].into_iter().flatten().collect();
    }
}

/// An iCCP chunk: name, compression method 0, zlib stream.
fn profile(data: &[u8]) -> SourceColor<'_> {
    let name_end = data.iter().take(80).position(|byte| *byte == 0);
    match name_end.and_then(|end| data.get(end + 1..)) {
        Some([0, stream @ ..]) => SourceColor::IccZlib(stream),
        _ => SourceColor::Damaged("its iCCP chunk is broken".to_owned()),
    }
}

fn chromaticities(cursor: &mut Cursor<'_>) -> Option<[u32; 8]> {
    let mut values = [0; 8];
    for value in &mut values {
        *value = cursor.u32_be()?;
    }
    Some(values)
}
