//! Metadata: (source, policy, output) -> what the output carries, and putting it there (contract section 2).
//!
//! In: what the source says besides its pixels. Out: edited blocks, each small enough for its container, then the
//! encoder's file with them in it. A block that cannot be kept is a warning, never an error. Knows nothing of pixels or
//! of how they were encoded.

mod container;
mod exif;
mod gather;
mod iptc;
mod md5;
mod xmp;

use self::container::Part;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::Format;
use crate::options::MetadataPolicy;
use crate::render::header::{Header, OutputColor};
use crate::render::warning::Warning;

/// What the output carries.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    pub(crate) exif: Option<Vec<u8>>,
    pub(crate) xmp: Option<Vec<u8>>,
    /// What that packet has no room for; never without it.
    pub(crate) xmp_extension: Option<Extension>,
    pub(crate) iptc: Option<Vec<u8>>,
    pub(crate) icc: Option<Vec<u8>>,
}

/// What XMP says that has no room in one packet (JPEG).
#[derive(Debug)]
pub(crate) struct Extension {
    /// Its name, which the packet gives.
    guid: String,
    packet: Vec<u8>,
}

/// Decides what an output of `format` and `size` carries of `source`, and warns of what `policy` keeps but cannot be.
///
/// A statement about color is corrected only if `color` says that the pixels are sRGB.
pub(crate) fn choose(
    source: &Header<'_>,
    policy: MetadataPolicy,
    format: Format,
    size: Size,
    color: OutputColor,
    warnings: &mut Vec<Warning>,
    budget: &Budget<'_>,
) -> Result<Carried> {
    let stopped = || budget.check_interrupt(Stage::Metadata).is_err();
    let OutputColor { icc, srgb } = color;
    let mut carried = Carried::default();
    let mut output = Output { format, truth: (size, srgb), warnings, stopped: &stopped };
    carried.icc = output.fitting(Part::Icc, icc.map(Ok));
    match policy {
        MetadataPolicy::None => {}
        MetadataPolicy::Copyright => {
            let first = gather::exif(source).map(|exif| exif.and_then(|exif| exif::copyright(&exif)));
            // The notice may be in what continues the block.
            let whole = match first {
                Some(Err(_)) => gather::continued_exif(source).map(|whole| exif::copyright(&whole)),
                _ => None,
            };
            let notice = whole.filter(Result::is_ok).or(first).and_then(Result::transpose);
            carried.exif = output.fitting(Part::Exif, notice);
        }
        MetadataPolicy::Keep => {
            carried.exif = output.exif(source);
            (carried.xmp, carried.xmp_extension) = output.xmp(source);
            carried.iptc = output.iptc(source);
            for block in &source.more.damaged {
                output.lost(block, "the checksum of its chunk is wrong");
            }
        }
    }
    budget.check_interrupt(Stage::Metadata)?;
    Ok(carried)
}

/// An output that keeps what it can hold.
struct Output<'a> {
    format: Format,
    /// Its size, and whether its pixels are sRGB.
    truth: (Size, bool),
    warnings: &'a mut Vec<Warning>,
    stopped: &'a dyn Fn() -> bool,
}

impl Output<'_> {
    /// The block, if it was made and there is a place for it.
    fn fitting(&mut self, part: Part, made: Option<Result<Vec<u8>, String>>) -> Option<Vec<u8>> {
        let block = made?.and_then(|block| fit(block, part, self.format));
        block.map_err(|reason| self.lost(name(part), reason)).ok()
    }

    fn lost(&mut self, what: &'static str, reason: impl Into<String>) {
        self.warnings.push(Warning::MetadataDropped { what, reason: reason.into() });
    }

    /// Whether there is no place for `part`; then one warning says so.
    fn lacks(&self, part: Part) -> bool {
        container::room(self.format, part).is_none()
    }

    fn exif(&mut self, source: &Header<'_>) -> Option<Vec<u8>> {
        let (size, srgb) = self.truth;
        let kept = match gather::exif(source)? {
            Ok(exif) => exif::keep(&exif, size, srgb),
            Err(reason) => Err(reason),
        };
        if self.lacks(Part::Exif) && !matches!(kept, Ok(exif::Kept { block: None, .. })) {
            return self.fitting(Part::Exif, Some(Ok(vec![])));
        }
        // As other readers do: what continues the first block belongs to it, if that makes it more whole.
        let whole = gather::continued_exif(source);
        let whole = whole.as_ref().map(|whole| exif::keep(whole, size, srgb));
        let losses = |kept: &Result<exif::Kept, String>| match kept {
            Ok(kept) => kept.losses.len(),
            Err(_) => usize::MAX,
        };
        let fits = |kept: &exif::Kept| {
            kept.block
                .as_ref()
                .is_none_or(|block| container::room(self.format, Part::Exif) >= Some(block.len()))
        };
        let kept = match whole {
            Some(Ok(whole)) if fits(&whole) && whole.losses.len() <= losses(&kept) => Ok(whole),
            Some(_) => {
                self.lost("EXIF continuation", "with it the first block is damaged or too large");
                kept
            }
            None => kept,
        };
        if gather::has_second_exif(source) {
            self.lost("second EXIF block", "the first one counts");
        }
        match kept {
            Ok(exif::Kept { block: Some(block), losses }) => {
                let block = self.fitting(Part::Exif, Some(Ok(block)))?;
                self.warnings.extend(losses);
                Some(block)
            }
            Ok(exif::Kept { block: None, losses }) => {
                self.warnings.extend(losses);
                None
            }
            Err(reason) => self.fitting(Part::Exif, Some(Err(reason))),
        }
    }

    fn xmp(&mut self, source: &Header<'_>) -> (Option<Vec<u8>>, Option<Extension>) {
        let pieces = &source.more.xmp_extension;
        let Some(packet) = gather::xmp(source) else {
            if !pieces.is_empty() && !self.lacks(Part::Xmp) {
                self.lost("extended XMP", "there is no packet that it extends");
            }
            return (None, None);
        };
        if self.lacks(Part::Xmp) {
            return (self.fitting(Part::Xmp, Some(Ok(vec![]))), None);
        }
        if gather::has_second_xmp(source) {
            self.lost("second XMP packet", "the first one counts");
        }
        let packet = packet.as_deref().map_err(Clone::clone);
        let main = packet.clone().and_then(|packet| xmp::keep(packet, self.truth, None, self.stopped));
        let main = match main {
            Ok(main) => main,
            Err(reason) => return (self.fitting(Part::Xmp, Some(Err(reason))), None),
        };
        let extension = (!pieces.is_empty()).then(|| {
            let guid = main.extension.as_deref().ok_or("the packet does not name it")?;
            let extension = xmp::assemble(pieces, guid)?;
            xmp::keep(&extension, self.truth, None, self.stopped)
        });
        let (extension, claims) = match extension {
            None => (None, main.claims),
            Some(Ok(extension)) => (
                Some(extension.packet).filter(|packet| xmp::says_anything(packet)),
                main.claims.and(extension.claims),
            ),
            Some(Err(reason)) => {
                self.lost("extended XMP", reason);
                (None, main.claims)
            }
        };
        if let Some(reason) = claims.reason() {
            self.lost("XMP properties", reason);
        }
        let Some(extension) = extension else {
            return (self.fitting(Part::Xmp, Some(Ok(main.packet))), None);
        };
        let merged = xmp::merge(&main.packet, &extension).ok_or("it is not RDF".to_owned());
        let merged = merged.and_then(|merged| fit(merged, Part::Xmp, self.format));
        let reason = match merged {
            Ok(merged) => return (Some(merged), None),
            Err(reason) => reason,
        };
        if self.format == Format::Jpeg {
            let guid = md5::hex(&extension);
            let named = packet.and_then(|packet| xmp::keep(packet, self.truth, Some(&guid), self.stopped));
            if let Ok(named) = named.and_then(|named| fit(named.packet, Part::Xmp, self.format)) {
                return (Some(named), Some(Extension { guid, packet: extension }));
            }
        }
        self.lost("extended XMP", reason);
        (self.fitting(Part::Xmp, Some(Ok(main.packet))), None)
    }

    fn iptc(&mut self, source: &Header<'_>) -> Option<Vec<u8>> {
        let blocks = match gather::iptc(source) {
            Ok(blocks) => blocks,
            Err(reason) => return self.fitting(Part::Iptc, Some(Err(reason))),
        };
        let iptc::Kept { records, damage, second } = iptc::keep(&blocks);
        if self.lacks(Part::Iptc) {
            let any = records.is_some() || damage.is_some();
            return self.fitting(Part::Iptc, any.then(|| Ok(vec![])));
        }
        let what = if records.is_some() { "IPTC records" } else { name(Part::Iptc) };
        damage.into_iter().for_each(|reason| self.lost(what, reason));
        second.into_iter().for_each(|reason| self.lost("second IPTC block", reason));
        self.fitting(Part::Iptc, records.map(Ok))
    }
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
        Carried { exif: None, xmp: None, iptc: None, icc: None, .. } => Ok(encoded),
        carried => container::splice(encoded, format, size, has_alpha, carried),
    }
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::limits::Limits;

    const SIZE: Size = Size::new(40, 30);
    /// Big-endian: Orientation 6 and the copyright "(c)".
    const EXIF: &[u8] = b"MM\0\x2a\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\
                          \x82\x98\0\x02\0\0\0\x04(c)\0\0\0\0\0";
    const IPTC: &[u8] = b"\x1c\x02\x50\0\x02me\x1c\x02\xca\0\x02\xff\xd8\x1c\x02\x05\x80\x02\0\x01t";

    fn source() -> Header<'static> {
        Header {
            exif: Some(Cow::Borrowed(EXIF)),
            xmp: Some(Cow::Borrowed(b"<a tiff:Orientation='6'/>")),
            iptc: Some(Cow::Borrowed(IPTC)),
            ..Header::new(Format::Jpeg, 400, 300)
        }
    }

    fn chosen(source: &Header<'_>, policy: MetadataPolicy, format: Format) -> (Carried, Vec<String>) {
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
        let long = Header { xmp: Some(Cow::Owned(long.into_bytes())), ..source() };
        let (carried, warnings) = chosen(&long, MetadataPolicy::Keep, Format::Jpeg);
        assert!(carried.xmp.is_none());
        assert_eq!(warnings, ["XMP dropped: it is 70007 bytes, jpeg holds at most 65504"]);
        assert!(chosen(&long, MetadataPolicy::Keep, Format::WebP).0.xmp.is_some());
    }

    #[test]
    fn what_is_broken_is_a_warning() {
        let broken = Header {
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
}
