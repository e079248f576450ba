//! JPEG headers (ITU-T T.81 annex B): marker segments up to the first scan.
//!
//! In: a JPEG file. Out: its [`Source`]. Must not know how coefficients are coded.

use std::borrow::Cow;

use super::cursor::{Cursor, len};
use super::{cut_short, malformed};
use crate::error::Result;
use crate::output::Format;
use crate::render::source::{JpegFrame, Source, SourceColor};

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
const IPTC_RESOURCE: u16 = 0x0404;

pub(super) fn read(bytes: &[u8]) -> Result<Source<'_>> {
    let mut segments = Segments::default();
    let mut cursor = Cursor::new(bytes);
    let _soi = cursor.take(2);
    while let Some((marker, payload)) = next_segment(&mut cursor)? {
        segments.add(marker, payload)?;
        if marker == 0xda {
            break;
        }
    }
    segments.finish(bytes.len() - cursor.rest().len())
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
    frame: Option<Frame>,
    scan: bool,
    exif: Option<&'a [u8]>,
    xmp: Option<&'a [u8]>,
    icc: Vec<&'a [u8]>,
    photoshop: Vec<&'a [u8]>,
}

/// A frame header (T.81 B.2.2).
struct Frame {
    process: u8,
    precision: u8,
    height: u16,
    width: u16,
    /// Sampling factors of each component.
    sampling: Vec<(u8, u8)>,
}

impl<'a> Segments<'a> {
    fn add(&mut self, marker: u8, payload: &'a [u8]) -> Result<()> {
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf if self.frame.is_none() => {
                self.frame = Some(frame(marker, payload).ok_or_else(|| cut_short(Format::Jpeg))?);
            }
            0xe1 => {
                if let Some(block) = payload.strip_prefix(EXIF) {
                    self.exif.get_or_insert(block);
                } else if let Some(packet) = payload.strip_prefix(XMP) {
                    self.xmp.get_or_insert(packet);
                }
            }
            0xe2 => self.icc.extend(payload.strip_prefix(ICC)),
            0xed => self.photoshop.extend(payload.strip_prefix(PHOTOSHOP)),
            0xda => self.scan = true,
            _ => {}
        }
        Ok(())
    }

    fn finish(self, scan_offset: usize) -> Result<Source<'a>> {
        let Some(frame) = self.frame else {
            let detail =
                if self.scan { "a scan comes before any frame header" } else { "it has no frame header" };
            return Err(malformed(Format::Jpeg, detail));
        };
        if !self.scan {
            return Err(malformed(Format::Jpeg, "it has no scan"));
        }
        Ok(Source {
            bit_depth: frame.precision,
            color: profile(self.icc).into_iter().collect(),
            exif: self.exif.map(Cow::Borrowed),
            xmp: self.xmp.map(Cow::Borrowed),
            iptc: iptc(&self.photoshop),
            jpeg: Some(JpegFrame {
                process: frame.process,
                components: u8::try_from(frame.sampling.len()).unwrap_or(u8::MAX),
                scan_offset,
                coefficients: frame.coefficients(),
            }),
            ..Source::new(Format::Jpeg, frame.width.into(), frame.height.into())
        })
    }
}

fn frame(marker: u8, payload: &[u8]) -> Option<Frame> {
    let mut cursor = Cursor::new(payload);
    let (precision, height, width) = (cursor.u8()?, cursor.u16_be()?, cursor.u16_be()?);
    let components = cursor.u8()?;
    let sampling = (0..components)
        .map(|_| cursor.array().map(|[_id, factors, _table]: [u8; 3]| (factors >> 4, factors & 15)))
        .collect::<Option<_>>()?;
    Some(Frame { process: marker & 15, precision, height, width, sampling })
}

impl Frame {
    /// Samples of all components, padded to whole MCUs.
    fn coefficients(&self) -> u64 {
        let max =
            |side: fn(&(u8, u8)) -> u8| u64::from(self.sampling.iter().map(side).max().unwrap_or(1).max(1));
        let (h_max, v_max) = (max(|s| s.0), max(|s| s.1));
        let columns = u64::from(self.width).div_ceil(8 * h_max);
        let rows = u64::from(self.height).div_ceil(8 * v_max);
        let blocks: u64 = self.sampling.iter().map(|s| u64::from(s.0) * u64::from(s.1)).sum();
        columns * rows * blocks * 64
    }
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

/// The IPTC records among Photoshop's image resources; a resource may go on from one segment to the next.
fn iptc<'a>(segments: &[&'a [u8]]) -> Option<Cow<'a, [u8]>> {
    match segments {
        [] => None,
        [only] => resource(only, IPTC_RESOURCE).map(Cow::Borrowed),
        many => resource(&many.concat(), IPTC_RESOURCE).map(|data| Cow::Owned(data.to_vec())),
    }
}

/// The data of one Photoshop image resource: `8BIM`, id, padded Pascal string, length, padded data.
fn resource(resources: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut cursor = Cursor::new(resources);
    loop {
        if cursor.array()? != *b"8BIM" {
            return None;
        }
        let id = cursor.u16_be()?;
        let name = usize::from(cursor.u8()?);
        cursor.take(name + usize::from(name % 2 == 0))?;
        let length = len(cursor.u32_be()?);
        let data = cursor.take(length)?;
        if id == wanted {
            return Some(data);
        }
        cursor.take(length % 2)?;
    }
}
