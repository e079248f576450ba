//! PNG headers (W3C PNG, third edition): the chunk list, image data skipped.
//!
//! In: a PNG file. Out: its [`Source`]. Must not know how rows are filtered or packed.

use super::cursor::{Cursor, len};
use super::{cut_short, malformed};
use crate::error::Result;
use crate::output::Format;
use crate::render::source::{PngText, RawKind, RawProfile, Source, SourceColor, add_more};

const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";
/// What the keywords of ImageMagick's and GIMP's text chunks start with; the kind of block follows.
const RAW_PROFILE: &[u8] = b"Raw profile type ";

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
            b"eXIf" => source.add_exif(data),
            b"tEXt" | b"zTXt" | b"iTXt" => text_chunk(kind, data, &mut source),
            // Statements about color count only before the image data.
            _ if !seen_data => colors.add(kind, data),
            _ => {}
        }
    }
    source.color = colors.best();
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

/// What a text chunk says: an XMP packet, or one of the blocks that ImageMagick writes as text.
fn text_chunk<'a>(kind: [u8; 4], data: &'a [u8], source: &mut Source<'a>) {
    let packet = data.starts_with(XMP_KEYWORD);
    if !packet && !data.get(..RAW_PROFILE.len()).is_some_and(|start| start.eq_ignore_ascii_case(RAW_PROFILE))
    {
        return;
    }
    let Some((keyword, text)) = text(kind, data) else { return };
    if packet {
        match text {
            PngText::Plain(packet) => source.add_xmp(packet),
            PngText::Zlib(stream) if source.xmp.is_none() && source.xmp_zlib.is_none() => {
                source.xmp_zlib = Some(stream);
            }
            PngText::Zlib(stream) => add_more(&mut source.more.xmp, stream),
        }
    } else if let Some(kind) = keyword.get(RAW_PROFILE.len()..).and_then(RawKind::of)
        && source.more.raw.iter().all(|raw| raw.kind != kind)
    {
        source.more.raw.push(RawProfile { kind, text });
    }
}

/// Keyword and text of a tEXt, zTXt or iTXt chunk (PNG section 11.3.3).
fn text(kind: [u8; 4], data: &[u8]) -> Option<(&[u8], PngText<'_>)> {
    let end = data.iter().take(80).position(|byte| *byte == 0)?;
    let (keyword, rest) = (data.get(..end)?, data.get(end + 1..)?);
    let text = match (&kind, rest) {
        (b"tEXt", text) => PngText::Plain(text),
        (b"zTXt", [0, stream @ ..]) => PngText::Zlib(stream),
        (b"iTXt", [compressed, 0, rest @ ..]) => {
            let mut parts = rest.splitn(3, |byte| *byte == 0);
            let (_language, _translated, text) = (parts.next()?, parts.next()?, parts.next()?);
            match compressed {
                0 => PngText::Plain(text),
                1 => PngText::Zlib(text),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some((keyword, text))
}

#[derive(Default)]
struct Colors<'a> {
    cicp: Option<SourceColor<'a>>,
    profile: Option<SourceColor<'a>>,
    srgb: bool,
    gamma: Option<u32>,
    chromaticities: Option<[u32; 8]>,
}

impl<'a> Colors<'a> {
    fn add(&mut self, kind: [u8; 4], data: &'a [u8]) {
        let mut cursor = Cursor::new(data);
        match &kind {
            // Only RGB of full range can be meant in a PNG.
            b"cICP" => {
                if let [primaries, transfer, 0, 1] = *data {
                    self.cicp = Some(SourceColor::Cicp { primaries, transfer });
                }
            }
            b"iCCP" => self.profile = Some(profile(data)),
            b"sRGB" => self.srgb = true,
            b"gAMA" => self.gamma = cursor.u32_be().filter(|gamma| *gamma > 0),
            b"cHRM" => self.chromaticities = chromaticities(&mut cursor),
            _ => {}
        }
    }

    /// The statement that holds, by the order of PNG section 4.3.
    fn best(self) -> Option<SourceColor<'a>> {
        let Self { cicp, profile, srgb, gamma, chromaticities } = self;
        cicp.or(profile).or_else(|| {
            let stated = !srgb && (gamma.is_some() || chromaticities.is_some());
            stated.then_some(SourceColor::Gamma { gamma, chromaticities })
        })
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
