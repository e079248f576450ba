//! PNG headers (PNG third edition): the chunk list, image data skipped; the frames of an animation.
//!
//! In: a PNG file. Out: its [`Header`]. An ancillary chunk with a wrong checksum is ignored; the
//! decoder checks the checksums of critical chunks. Must not know how rows are filtered or packed.

mod frames;

pub(super) use self::frames::frames;

use self::frames::{FrameControl, SIGNATURE_LENGTH};
use super::error::{cut_short, malformed};
use crate::container::Cursor;
use crate::container::png::{Chunk, image_data, next_chunk};
use crate::error::Result;
use crate::options::Format;
use crate::render::header::{Header, Payload, PngImage, PngText, RawKind, RawProfile, SourceColor, add_more};
use crate::render::warning::Warning;

const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";
/// The start of the keywords of ImageMagick's and GIMP's text chunks; the kind of block follows.
const RAW_PROFILE: &[u8] = b"Raw profile type ";

pub(super) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    let mut cursor = Cursor::new(bytes);
    let _signature = cursor.take(SIGNATURE_LENGTH);
    let (ihdr, chunk) = match next_chunk(&mut cursor) {
        Some(chunk) if &chunk.kind == b"IHDR" && chunk.is_whole() => (Ihdr::read(chunk.data), chunk),
        _ => return Err(malformed(Format::Png, "the first chunk is not a complete IHDR")),
    };
    let ihdr = ihdr.ok_or_else(|| cut_short(Format::Png))?;
    let (is_gray, header) = (ihdr.is_gray(), chunk.bytes);
    let mut image = PngImage { header, is_gray, palette: None, transparency: None, data: &[] };
    let mut header = ihdr.header(image.clone());
    let mut colors = Colors::default();
    let (mut announced, mut frames, mut ended) = (0, 0, false);
    loop {
        if image.data.is_empty() {
            image.data = image_data(&mut cursor);
        }
        let seen_data = !image.data.is_empty();
        let Some(chunk) = next_chunk(&mut cursor).filter(Chunk::is_whole) else { break };
        let Chunk { kind, data, .. } = chunk;
        if is_read(&kind) && !chunk.is_sound() {
            let what = format!("{} chunk", kind.escape_ascii());
            let reason = "its checksum is wrong".to_owned();
            header.warnings.push(Warning::PartIgnored { what, reason });
            continue;
        }
        match &kind {
            b"IEND" => {
                ended = true;
                break;
            }
            // In a truecolor image, PLTE only suggests a palette for displays with few colors.
            b"PLTE" if !seen_data && ihdr.is_indexed() => {
                // Section 11.2.2.
                if !data.len().is_multiple_of(3) || data.len() > 3 * 256 {
                    header.broken = Some("the length of PLTE is not a multiple of 3, or is above 768");
                }
                image.palette = image.palette.or(Some(chunk.bytes));
            }
            b"tRNS" if !seen_data => {
                image.transparency = image.transparency.or_else(|| ihdr.transparency(data));
                header.has_alpha |= image.transparency.is_some();
            }
            b"acTL" if !seen_data => {
                let mut cursor = Cursor::new(data);
                if announced > 0 {
                    continue;
                }
                announced = cursor.u32_be().unwrap_or(0);
                header.playback.loop_count = cursor.u32_be().unwrap_or(1);
                // The default image is drawn, as by readers without support for animation.
                header.frame_pixels = header.stored.area();
            }
            b"fcTL" if frames < announced => {
                let Some(FrameControl { size, delay, .. }) = FrameControl::read(data) else { continue };
                frames += 1;
                header.animation_pixels = header.animation_pixels.saturating_add(size.area());
                if chunk.is_sound() {
                    header.playback.duration = header.playback.duration.saturating_add(delay);
                }
            }
            b"IHDR" | b"IDAT" | b"PLTE" | b"fcTL" => {}
            // Section 5.4: an image with an unknown critical chunk cannot be displayed.
            [first, ..] if first.is_ascii_uppercase() && !seen_data => {
                header.broken = Some("unknown critical chunk");
            }
            b"eXIf" => header.add_exif(data),
            b"tEXt" | b"zTXt" | b"iTXt" => text_chunk(&chunk, &mut header),
            // Color chunks count only before the image data.
            _ if !seen_data => colors.add(kind, data),
            _ => {}
        }
    }
    header.frames = frames.max(1);
    header.frames_cut = !ended && announced > 1;
    colors.finish(&mut header);
    header.payload = Payload::Png(image);
    Ok(header)
}

/// Whether an ancillary chunk's checksum is checked on reading. Text chunks have their own check.
fn is_read(kind: &[u8; 4]) -> bool {
    matches!(kind, b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"iCCP" | b"cICP" | b"eXIf" | b"acTL")
}

/// An IHDR chunk (section 11.2.1).
#[derive(Clone, Copy)]
struct Ihdr {
    width: u32,
    height: u32,
    bit_depth: u8,
    color_type: u8,
}

impl Ihdr {
    fn read(data: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(data);
        let (width, height) = (cursor.u32_be()?, cursor.u32_be()?);
        Some(Self { width, height, bit_depth: cursor.u8()?, color_type: cursor.u8()? })
    }

    fn header<'a>(self, image: PngImage<'a>) -> Header<'a> {
        let Self { width, height, bit_depth, color_type } = self;
        Header {
            bit_depth,
            has_alpha: color_type & 4 != 0,
            ..Header::new(Payload::Png(image), width, height)
        }
    }

    fn is_gray(self) -> bool {
        matches!(self.color_type, 0 | 4)
    }

    fn is_indexed(self) -> bool {
        self.color_type == 3
    }

    /// The data of tRNS, if they fit the color type. Bits of a sample above the bit depth do not
    /// count (section 11.3.1.1).
    fn transparency(self, data: &[u8]) -> Option<Vec<u8>> {
        let samples = match self.color_type {
            0 => 1,
            2 => 3,
            3 if (1..=256).contains(&data.len()) => return Some(data.to_vec()),
            _ => return None,
        };
        let mask = u16::MAX >> (16 - u32::from(self.bit_depth.clamp(1, 16)));
        let (values, []) = data.as_chunks::<2>() else { return None };
        let masked = values.iter().flat_map(|value| (u16::from_be_bytes(*value) & mask).to_be_bytes());
        (values.len() == samples).then(|| masked.collect())
    }
}

/// Adds the content of a text chunk: an XMP packet, or a block that ImageMagick writes as text.
fn text_chunk<'a>(chunk: &Chunk<'a>, header: &mut Header<'a>) {
    let Chunk { kind, data, .. } = *chunk;
    let is_xmp = data.starts_with(XMP_KEYWORD);
    let is_raw_profile =
        data.get(..RAW_PROFILE.len()).is_some_and(|start| start.eq_ignore_ascii_case(RAW_PROFILE));
    if !is_xmp && !is_raw_profile {
        return;
    }
    if !chunk.is_sound() {
        add_more(&mut header.more.damaged, if is_xmp { "XMP" } else { "raw profile" });
        return;
    }
    let Some((keyword, text)) = text(kind, data) else { return };
    if is_xmp {
        match text {
            PngText::Plain(packet) => header.add_xmp(packet),
            PngText::Zlib(stream) if header.xmp.is_none() && header.xmp_zlib.is_none() => {
                header.xmp_zlib = Some(stream);
            }
            PngText::Zlib(stream) => add_more(&mut header.more.xmp, stream),
        }
    } else if let Some(kind) = keyword.get(RAW_PROFILE.len()..).and_then(RawKind::of)
        && header.more.raw.iter().all(|raw| raw.kind != kind)
    {
        header.more.raw.push(RawProfile { kind, text });
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

/// The color chunks before the image data.
#[derive(Default)]
struct Colors<'a> {
    cicp: Option<SourceColor<'a>>,
    /// Why a cICP chunk is ignored.
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
                // Decoders return RGB as stored. Browsers ignore both of these, too.
                [_, _, 0, 0] => self.bad_cicp = Some("narrow-range samples are not supported"),
                [_, _, _, 0 | 1] => self.bad_cicp = Some("PNG samples are RGB, but it gives another matrix"),
                _ => self.bad_cicp = Some("it is not four valid bytes"),
            },
            b"iCCP" => self.profile = Some(profile(data)),
            b"sRGB" => self.srgb = true,
            b"gAMA" => self.gamma = cursor.u32_be().filter(|gamma| *gamma > 0),
            b"cHRM" => self.chromaticities = chromaticities(&mut cursor),
            _ => {}
        }
    }

    /// Stores the statements in the order of precedence of section 4.3.
    fn finish(self, header: &mut Header<'a>) {
        let Self { cicp, bad_cicp, profile, srgb, gamma, chromaticities } = self;
        if let Some(reason) = bad_cicp.filter(|_| cicp.is_none()) {
            let (what, reason) = ("cICP chunk".to_owned(), reason.to_owned());
            header.warnings.push(Warning::PartIgnored { what, reason });
        }
        let rest = if srgb {
            Some(SourceColor::Srgb)
        } else {
            let stated = gamma.is_some() || chromaticities.is_some();
            stated.then_some(SourceColor::Gamma { gamma, chromaticities })
        };
        header.color = [cicp, profile, rest].into_iter().flatten().collect();
    }
}

/// An iCCP chunk: name, compression method 0, zlib stream.
fn profile(data: &[u8]) -> SourceColor<'_> {
    let name_end = data.iter().take(80).position(|byte| *byte == 0);
    match name_end.and_then(|end| data.get(end + 1..)) {
        Some([0, stream @ ..]) => SourceColor::IccZlib(stream),
        _ => SourceColor::Damaged("the iCCP chunk is malformed".to_owned()),
    }
}

fn chromaticities(cursor: &mut Cursor<'_>) -> Option<[u32; 8]> {
    let mut values = [0; 8];
    for value in &mut values {
        *value = cursor.u32_be()?;
    }
    Some(values)
}
