//! JPEG headers (ITU-T T.81 annex B): marker segments up to the first scan.
//!
//! In: a JPEG file. Out: its [`Header`]. Must not know how coefficients are coded.

use std::borrow::Cow;

use super::error::{cut_short, malformed};
use crate::container::Cursor;
use crate::container::jpeg::{APP0, APP1, APP2, APP13, APP14, Fault, SOS, next_segment};
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

/// Bytes of the SOI marker.
const SOI_LENGTH: usize = 2;

pub(super) fn read(bytes: &[u8]) -> Result<Header<'_>> {
    let mut segments = Segments::default();
    let mut at = SOI_LENGTH;
    loop {
        let segment = match next_segment(bytes, at) {
            Ok(Some(segment)) => segment,
            Ok(None) => break,
            Err(broken) if broken.fault == Fault::ShortLength => {
                let detail = format!("segment {:#04x} has a length below 2", broken.segment.marker);
                return Err(malformed(Format::Jpeg, detail));
            }
            // The file ends. The segments so far may suffice.
            Err(_) => break,
        };
        segments.add(segment.marker, segment.payload)?;
        if segment.marker == SOS {
            break;
        }
        at = segment.end();
    }
    segments.finish()
}

/// The contents of the segments up to the first scan.
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
            APP0 => self.hints.jfif |= payload.starts_with(b"JFIF\0"),
            APP14 if payload.starts_with(b"Adobe") => {
                self.hints.adobe = payload.get(11).copied().or(self.hints.adobe);
            }
            APP1 => {
                if let Some(packet) = payload.strip_prefix(XMP) {
                    add_more(&mut self.xmp, packet);
                } else if let Some(piece) = payload.strip_prefix(XMP_EXTENSION) {
                    add_more(&mut self.xmp_extension, piece);
                } else if tiff::after_identifier(payload).is_some_and(|block| !block.is_empty()) {
                    add_more(&mut self.exif, tiff::without_identifier(payload));
                }
            }
            APP2 => self.icc.extend(payload.strip_prefix(ICC)),
            APP13 => self.photoshop.extend(payload.strip_prefix(PHOTOSHOP)),
            SOS => self.scan = true,
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Header<'a>> {
        let Some(frame) = self.frame else {
            let detail =
                if self.scan { "the first scan precedes any frame header" } else { "no frame header" };
            return Err(malformed(Format::Jpeg, detail));
        };
        if !self.scan {
            return Err(malformed(Format::Jpeg, "no scan"));
        }
        let (mut exif, mut xmp) = (self.exif, self.xmp);
        // The first with a TIFF header. Its continuations, and other blocks, are further metadata.
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

/// The ICC profile, joined from its numbered chunks (ICC.1:2022 B.4).
fn profile(mut chunks: Vec<&[u8]>) -> Option<SourceColor<'_>> {
    if chunks.is_empty() {
        return None;
    }
    let damaged = |reason: &str| Some(SourceColor::Damaged(reason.to_owned()));
    chunks.sort_by_key(|chunk| chunk.first().copied());
    let mut parts = Vec::with_capacity(chunks.len());
    for (index, chunk) in chunks.iter().enumerate() {
        let [number, count, data @ ..] = chunk else { return damaged("a chunk is cut short") };
        if usize::from(*number) != index + 1 || usize::from(*count) != chunks.len() {
            return damaged("chunks are missing or duplicated");
        }
        parts.push(data);
    }
    Some(SourceColor::Icc(match parts.as_slice() {
        [only] => Cow::Borrowed(*only),
        many => Cow::Owned(many.concat()),
    }))
}

/// The blocks of IPTC records among Photoshop's image resources, without empty ones. A resource may
/// continue in the next segment.
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
