//! JPEG headers (ITU-T T.81 annex B): marker segments up to the first scan.
//!
//! In: a JPEG file. Out: its [`Header`]. Must not know how coefficients are coded.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::error::{cut_short, malformed};
use crate::error::Result;
use crate::jpeg::{Coding, Hints};
use crate::options::Format;
use crate::render::header::{Header, JpegFrame, MoreMetadata, Payload, SourceColor, add_more, resources};
use crate::render::tiff;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP_EXTENSION: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
const IPTC_RESOURCE: u16 = 0x0404;

pub(super) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    let mut segments = Segments::default();
    let mut cursor = Cursor::new(bytes);
    let _soi = cursor.take(2);
    while let Some((marker, payload)) = next_segment(&mut cursor)? {
        segments.add(marker, payload)?;
        if marker == 0xda {
            break;
        }
    }
    segments.finish()
}

/// The next marker segment, or `None` where the header ends: at end of image, or of the bytes.
fn next_segment<'a>(cursor: &mut Cursor<'a>) -> Result<Option<(u8, &'a [u8])>> {
    loop {
        // Between segments, anything up to the next marker is passed over, as every decoder does.
        let Some(position) = memchr::memchr(0xff, cursor.rest()) else { return Ok(None) };
        cursor.take(position + 1);
        let marker = loop {
            match cursor.u8() {
                Some(0xff) => {}
                Some(marker) => break marker,
                None => return Ok(None),
            }
        };
        match marker {
            0xd9 => return Ok(None),
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            _ => {
                let Some(length) = cursor.u16_be() else { return Ok(None) };
                let Some(length) = length.checked_sub(2) else {
                    // Application data and comments go on behind the length, as libjpeg reads them.
                    if matches!(marker, 0xe0..=0xfe) {
                        continue;
                    }
                    let detail = format!("segment {marker:#04x} has a length below 2");
                    return Err(malformed(Format::Jpeg, detail));
                };
                return Ok(cursor.take(length.into()).map(|payload| (marker, payload)));
            }
        }
    }
}

#[derive(Default)]
struct Segments<'a> {
    frame: Option<Frame<'a>>,
    hints: Hints,
    scan: bool,
    exif: Vec<&'a [u8]>,
    xmp: Vec<&'a [u8]>,
    xmp_extension: Vec<&'a [u8]>,
    icc: Vec<&'a [u8]>,
    photoshop: Vec<&'a [u8]>,
}

/// A frame header (T.81 B.2.2).
struct Frame<'a> {
    precision: u8,
    height: u16,
    width: u16,
    /// Identifier, sampling factors and quantization table of each component.
    components: &'a [[u8; 3]],
}

impl Frame<'_> {
    fn coding(&self, hints: Hints) -> Coding {
        let ids: Vec<u8> = self.components.iter().map(|[id, ..]| *id).collect();
        Coding::new(&ids, hints)
    }
}

impl<'a> Segments<'a> {
    fn add(&mut self, marker: u8, payload: &'a [u8]) -> Result<()> {
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf if self.frame.is_none() => {
                self.frame = Some(frame(payload).ok_or_else(|| cut_short(Format::Jpeg))?);
            }
            0xe0 => self.hints.jfif |= payload.starts_with(b"JFIF\0"),
            0xee if payload.starts_with(b"Adobe") => {
                self.hints.adobe = payload.get(11).copied().or(self.hints.adobe);
            }
            0xe1 => {
                if let Some(packet) = payload.strip_prefix(XMP) {
                    add_more(&mut self.xmp, packet);
                } else if let Some(piece) = payload.strip_prefix(XMP_EXTENSION) {
                    add_more(&mut self.xmp_extension, piece);
                } else if tiff::after_identifier(payload).is_some_and(|block| !block.is_empty()) {
                    add_more(&mut self.exif, tiff::without_identifier(payload));
                }
            }
            0xe2 => self.icc.extend(payload.strip_prefix(ICC)),
            0xed => self.photoshop.extend(payload.strip_prefix(PHOTOSHOP)),
            0xda => self.scan = true,
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Header<'a>> {
        let Some(frame) = self.frame else {
            let detail =
                if self.scan { "a scan comes before any frame header" } else { "it has no frame header" };
            return Err(malformed(Format::Jpeg, detail));
        };
        if !self.scan {
            return Err(malformed(Format::Jpeg, "it has no scan"));
        }
        let (mut exif, mut xmp) = (self.exif, self.xmp);
        // The first that is a block; what continues it, or comes beside it, is for those who want more.
        let block = exif.iter().position(|block| tiff::has_header(block)).unwrap_or(0);
        let mut iptc = iptc(&self.photoshop);
        Ok(Header {
            bit_depth: frame.precision,
            color: profile(self.icc).into_iter().collect(),
            exif: (block < exif.len()).then(|| Cow::Borrowed(exif.remove(block))),
            xmp: (!xmp.is_empty()).then(|| Cow::Borrowed(xmp.remove(0))),
            iptc: (!iptc.is_empty()).then(|| iptc.remove(0)),
            more: MoreMetadata {
                exif,
                xmp,
                xmp_extension: self.xmp_extension,
                iptc,
                ..MoreMetadata::default()
            },
            ..Header::new(
                Payload::Jpeg(JpegFrame { coding: frame.coding(self.hints) }),
                frame.width.into(),
                frame.height.into(),
            )
        })
    }
}

fn frame(payload: &[u8]) -> Option<Frame<'_>> {
    let mut cursor = Cursor::new(payload);
    let (precision, height, width) = (cursor.u8()?, cursor.u16_be()?, cursor.u16_be()?);
    let count = usize::from(cursor.u8()?);
    let (components, _) = cursor.take(3 * count)?.as_chunks();
    Some(Frame { precision, height, width, components })
}

/// Puts an ICC profile together from its numbered chunks (ICC.1:2022 B.4).
fn profile(mut chunks: Vec<&[u8]>) -> Option<SourceColor<'_>> {
    if chunks.is_empty() {
        return None;
    }
    let damaged = |reason: &str| Some(SourceColor::Damaged(reason.to_owned()));
    chunks.sort_by_key(|chunk| chunk.first().copied());
    let mut parts = Vec::with_capacity(chunks.len());
    for (index, chunk) in chunks.iter().enumerate() {
        let [number, count, data @ ..] = chunk else { return damaged("a chunk of it is cut short") };
        if usize::from(*number) != index + 1 || usize::from(*count) != chunks.len() {
            return damaged("chunks of it are missing or doubled");
        }
        parts.push(data);
    }
    Some(SourceColor::Icc(match parts.as_slice() {
        [only] => Cow::Borrowed(*only),
        many => Cow::Owned(many.concat()),
    }))
}

/// The blocks of IPTC records among Photoshop's image resources; a resource may go on from one segment to the next.
/// One that is empty is none.
fn iptc<'a>(segments: &[&'a [u8]]) -> Vec<Cow<'a, [u8]>> {
    match segments {
        [] => vec![],
        [only] => resources(only, IPTC_RESOURCE).map(Cow::Borrowed).collect(),
        many => {
            let whole = many.concat();
            resources(&whole, IPTC_RESOURCE).map(|data| Cow::Owned(data.to_vec())).collect()
        }
    }
}
