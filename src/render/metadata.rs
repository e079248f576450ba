//! Metadata: (source, policy, output) -> what the output carries, and putting it there (contract section 2).
//!
//! In: what the source says besides its pixels. Out: edited blocks, each small enough for its container, then the
//! encoder's file with them in it. A block that cannot be kept is a warning, never an error. Knows nothing of pixels or
//! of how they were encoded.

mod container;
mod exif;
mod xmp;

use std::borrow::Cow;

use self::container::Part;
use crate::error::{Result, Stage};
use crate::fit::Size;
use crate::limits::Budget;
use crate::output::Format;
use crate::render::source::{MAX_UNPACKED_XMP, OutputColor, Source};
use crate::render::warning::Warning;
use crate::render::zlib;
use crate::variant::MetadataPolicy;

/// What the output carries.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    pub(crate) exif: Option<Vec<u8>>,
    pub(crate) xmp: Option<Vec<u8>>,
    pub(crate) iptc: Option<Vec<u8>>,
    pub(crate) icc: Option<Vec<u8>>,
}

/// Decides what an output of `format` and `size` carries of `source`, and warns of what `policy` keeps but cannot be.
///
/// A statement about color is corrected only if `color` says that the pixels are sRGB.
pub(crate) fn choose(
    source: &Source<'_>,
    policy: MetadataPolicy,
    format: Format,
    size: Size,
    color: OutputColor,
    warnings: &mut Vec<Warning>,
    budget: &Budget<'_>,
) -> Result<Carried> {
    let stopped = || budget.checkpoint(Stage::Metadata).is_err();
    let OutputColor { icc, srgb } = color;
    let mut fitting = |part, made: Option<Result<Vec<u8>, String>>| {
        let block = made?.and_then(|block| fit(block, part, format));
        block.map_err(|reason| warnings.push(Warning::MetadataDropped { what: name(part), reason })).ok()
    };
    let mut carried = Carried { icc: fitting(Part::Icc, icc.map(Ok)), ..Carried::default() };
    let (exif, xmp, iptc) = (source.exif.as_deref(), source.xmp.as_deref(), source.iptc.as_deref());
    match policy {
        MetadataPolicy::None => {}
        MetadataPolicy::Copyright => {
            carried.exif = fitting(Part::Exif, exif.and_then(|exif| exif::copyright(exif).transpose()));
        }
        MetadataPolicy::Keep => {
            carried.exif = fitting(Part::Exif, exif.map(|exif| exif::keep(exif, size, srgb)));
            let packet =
                xmp.map(|packet| Ok(Cow::Borrowed(packet))).or_else(|| source.xmp_zlib.map(unpacked));
            let kept =
                packet.map(|packet| packet.and_then(|packet| xmp::keep(&packet, size, srgb, &stopped)));
            carried.xmp = fitting(Part::Xmp, kept);
            let iptc = fitting(Part::Iptc, iptc.map(without_previews));
            carried.iptc = iptc.filter(|records| !records.is_empty());
        }
    }
    budget.checkpoint(Stage::Metadata)?;
    Ok(carried)
}

/// Puts `carried` into `encoded`, a file that an encoder here wrote without metadata; untouched if there is nothing.
pub(crate) fn attach(
    encoded: Vec<u8>,
    format: Format,
    size: Size,
    has_alpha: bool,
    carried: Carried,
) -> Result<Vec<u8>> {
    match carried {
        Carried { exif: None, xmp: None, iptc: None, icc: None } => Ok(encoded),
        carried => container::splice(encoded, format, size, has_alpha, carried),
    }
}

fn unpacked(stream: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    zlib::unpack(stream, MAX_UNPACKED_XMP).map(Cow::Owned)
}

/// Refuses a block that a file of `format` cannot hold.
fn fit(block: Vec<u8>, part: Part, format: Format) -> Result<Vec<u8>, String> {
    match container::room(format, part) {
        None => Err(format!("{format} has no place for it")),
        Some(room) if block.len() > room => {
            Err(format!("it is {} bytes, {format} holds at most {room}", block.len()))
        }
        Some(_) => Ok(block),
    }
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Exif => "EXIF",
        Part::Xmp => "XMP",
        Part::Iptc => "IPTC",
        Part::Icc => "profile",
    }
}

/// IPTC-IIM without the preview of the uncropped picture (record 2, datasets 200 to 202), up to where it stops being
/// records: readers go no further either.
fn without_previews(records: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(records.len());
    let mut rest = records;
    while let Some((head, length)) = dataset(rest) {
        let Some((whole, after)) = rest.split_at_checked(head.saturating_add(length)) else { break };
        if !matches!(whole, [_, 2, 200..=202, ..]) {
            out.extend_from_slice(whole);
        }
        rest = after;
    }
    // Nothing read is broken, nothing left was only a preview.
    if rest.len() == records.len() { Err("it holds no IIM record".to_owned()) } else { Ok(out) }
}

/// The lengths of the header and the value of the dataset that `records` begins with (IIM 4.2, section 1.5).
fn dataset(records: &[u8]) -> Option<(usize, usize)> {
    let &[0x1c, _, _, high, low, ref rest @ ..] = records else { return None };
    if high & 0x80 == 0 {
        return Some((5, usize::from(u16::from_be_bytes([high, low]))));
    }
    // An extended dataset: the field says how many bytes its length takes.
    let size = usize::from(u16::from_be_bytes([high & 0x7f, low]));
    let digits = rest.get(..size).filter(|_| size <= 4)?;
    let length = digits.iter().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte));
    Some((size.saturating_add(5), usize::try_from(length).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    const SIZE: Size = Size::new(40, 30);
    /// Big-endian: Orientation 6 and the copyright "(c)".
    const EXIF: &[u8] = b"MM\0\x2a\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\
                          \x82\x98\0\x02\0\0\0\x04(c)\0\0\0\0\0";
    const IPTC: &[u8] = b"\x1c\x02\x50\0\x02me\x1c\x02\xca\0\x02\xff\xd8\x1c\x02\x05\x80\x02\0\x01t";

    fn source() -> Source<'static> {
        Source {
            exif: Some(Cow::Borrowed(EXIF)),
            xmp: Some(Cow::Borrowed(b"<a tiff:Orientation='6'/>")),
            iptc: Some(Cow::Borrowed(IPTC)),
            ..Source::new(Format::Jpeg, 400, 300)
        }
    }

    fn chosen(source: &Source<'_>, policy: MetadataPolicy, format: Format) -> (Carried, Vec<String>) {
        let mut warnings = vec![];
        let limits = Limits::default();
        let budget = Budget::start(&limits, None);
        let color = OutputColor::default();
        let carried = choose(source, policy, format, SIZE, color, &mut warnings, &budget).unwrap();
        (carried, warnings.iter().map(Warning::to_string).collect())
    }

    #[test]
    fn each_policy_carries_what_the_contract_says() {
        let (carried, warnings) = chosen(&source(), MetadataPolicy::Keep, Format::Jpeg);
        let upright = [&EXIF[..19], &[1], &EXIF[20..]].concat();
        assert_eq!(carried.exif, Some(upright));
        assert_eq!(carried.xmp.as_deref(), Some(&b"<a tiff:Orientation='1'/>"[..]));
        assert_eq!(carried.iptc.as_deref(), Some(&b"\x1c\x02\x50\0\x02me\x1c\x02\x05\x80\x02\0\x01t"[..]));
        assert!(warnings.is_empty());

        let (carried, warnings) = chosen(&source(), MetadataPolicy::Copyright, Format::WebP);
        let copyright = b"MM\0\x2a\0\0\0\x08\0\x01\x82\x98\0\x02\0\0\0\x04(c)\0\0\0\0\0";
        assert_eq!(carried.exif.as_deref(), Some(&copyright[..]));
        assert!(carried.xmp.is_none() && carried.iptc.is_none() && warnings.is_empty());

        let (carried, warnings) = chosen(&source(), MetadataPolicy::None, Format::Gif);
        assert!(carried.exif.is_none() && carried.xmp.is_none() && warnings.is_empty());
    }

    #[test]
    fn what_a_format_cannot_hold_is_a_warning() {
        let (_, warnings) = chosen(&source(), MetadataPolicy::Keep, Format::Png);
        assert_eq!(warnings, ["IPTC dropped: png has no place for it"]);
        let (_, warnings) = chosen(&source(), MetadataPolicy::Keep, Format::Gif);
        assert_eq!(warnings.len(), 3);
        let (_, warnings) = chosen(&source(), MetadataPolicy::Copyright, Format::Gif);
        assert_eq!(warnings, ["EXIF dropped: gif has no place for it"]);

        let long = format!("<a>{}</a>", "x".repeat(70_000));
        let long = Source { xmp: Some(Cow::Owned(long.into_bytes())), ..source() };
        let (carried, warnings) = chosen(&long, MetadataPolicy::Keep, Format::Jpeg);
        assert!(carried.xmp.is_none());
        assert_eq!(warnings, ["XMP dropped: it is 70007 bytes, jpeg holds at most 65504"]);
        assert!(chosen(&long, MetadataPolicy::Keep, Format::WebP).0.xmp.is_some());
    }

    #[test]
    fn what_is_broken_is_a_warning() {
        let broken = Source {
            exif: Some(Cow::Borrowed(&EXIF[..30])),
            xmp: Some(Cow::Borrowed(b"<a>")),
            iptc: Some(Cow::Borrowed(b"not records")),
            ..source()
        };
        let (carried, warnings) = chosen(&broken, MetadataPolicy::Keep, Format::Jpeg);
        assert!(carried.exif.is_none() && carried.xmp.is_none() && carried.iptc.is_none());
        assert_eq!(warnings.len(), 3);
        assert_eq!(chosen(&broken, MetadataPolicy::Copyright, Format::Jpeg).1.len(), 1);
    }

    #[test]
    fn nothing_to_carry_leaves_the_file_alone() {
        let file = b"whatever".to_vec();
        let address = file.as_ptr();
        let out = attach(file, Format::Jpeg, SIZE, false, Carried::default()).unwrap();
        assert_eq!((out.as_ptr(), &out[..]), (address, &b"whatever"[..]));
    }

    #[test]
    fn iptc_truncated_at_every_offset() {
        for length in 0..IPTC.len() {
            assert_eq!(without_previews(&IPTC[..length]).is_ok(), length >= 7, "{length}");
        }
    }
}
