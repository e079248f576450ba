//! Selects the metadata of an output file and writes it into the file
//! ([contract section 2](crate::docs::contract#2-metadata-policies)).
//!
//! In: the source's header, the policy and the output's format, size and colors. Out: edited blocks
//! that each fit into the container, then the encoder's file with the blocks in it. A block that
//! cannot be kept is a warning, never an error. Must not know pixels or how they were encoded.

mod blocks;
mod container;
mod exif;
mod gather;
mod iptc;
mod md5;
mod xmp;

use self::blocks::{BlockKind, Blocks, XmpExtension};
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::{Format, MetadataPolicy};
use crate::render::header::{Header, OutputColor};
use crate::render::warning::Warning;

/// Selects the metadata that an output of `format` and `size` carries, and adds a warning for
/// everything that `policy` keeps but the output cannot carry.
///
/// Statements about color are corrected only if `color` says that the pixels are sRGB.
pub(crate) fn choose(
    source: &Header<'_>,
    policy: MetadataPolicy,
    format: Format,
    size: Size,
    color: OutputColor,
    warnings: &mut Vec<Warning>,
    budget: &Budget<'_>,
) -> Result<Blocks> {
    let should_stop = || budget.check_interrupt(Stage::Metadata).is_err();
    let OutputColor { icc, srgb } = color;
    let mut blocks = Blocks::default();
    let mut output = Output { format, facts: (size, srgb), warnings, should_stop: &should_stop };
    blocks.icc = output.accept(BlockKind::Icc, icc.map(Ok));
    match policy {
        MetadataPolicy::None => {}
        MetadataPolicy::Copyright => {
            let first = gather::exif(source).map(|exif| exif.and_then(|exif| exif::copyright(&exif)));
            // The notice may be in a continuation of the block.
            let whole = match first {
                Some(Err(_)) => gather::continued_exif(source).map(|whole| exif::copyright(&whole)),
                _ => None,
            };
            let notice = whole.filter(Result::is_ok).or(first).and_then(Result::transpose);
            blocks.exif = output.accept(BlockKind::Exif, notice);
        }
        MetadataPolicy::Keep => {
            blocks.exif = output.exif(source);
            (blocks.xmp, blocks.xmp_extension) = output.xmp(source);
            blocks.iptc = output.iptc(source);
            for block in &source.more.damaged {
                output.warn(block, "the checksum of its chunk is wrong");
            }
        }
    }
    budget.check_interrupt(Stage::Metadata)?;
    Ok(blocks)
}

/// The output: keeps the blocks that it can store and adds warnings for the others.
struct Output<'a> {
    format: Format,
    /// The output's size, and whether its pixels are sRGB.
    facts: (Size, bool),
    warnings: &'a mut Vec<Warning>,
    should_stop: &'a dyn Fn() -> bool,
}

impl Output<'_> {
    /// Returns the block if it could be made and fits; warns if not.
    fn accept(&mut self, kind: BlockKind, made: Option<Result<Vec<u8>, String>>) -> Option<Vec<u8>> {
        let block = made?.and_then(|block| check_capacity(block, kind, self.format));
        block.map_err(|reason| self.warn(kind.name(), reason)).ok()
    }

    /// Warns that `format` cannot store a block of this kind.
    fn refuse(&mut self, kind: BlockKind) {
        self.accept(kind, Some(Ok(vec![])));
    }

    fn warn(&mut self, what: &'static str, reason: impl Into<String>) {
        self.warnings.push(Warning::MetadataDropped { what, reason: reason.into() });
    }

    fn cannot_store(&self, kind: BlockKind) -> bool {
        container::capacity(self.format, kind).is_none()
    }

    fn exif(&mut self, source: &Header<'_>) -> Option<Vec<u8>> {
        let (size, srgb) = self.facts;
        let kept = match gather::exif(source)? {
            Ok(exif) => exif::keep(&exif, size, srgb),
            Err(reason) => Err(reason),
        };
        if self.cannot_store(BlockKind::Exif) && !matches!(kept, Ok(exif::Kept { block: None, .. })) {
            self.refuse(BlockKind::Exif);
            return None;
        }
        // Like other readers, append the continuation to the first block unless that loses more
        // entries.
        let whole = gather::continued_exif(source);
        let whole = whole.as_ref().map(|whole| exif::keep(whole, size, srgb));
        let losses = |kept: &Result<exif::Kept, String>| match kept {
            Ok(kept) => kept.losses.len(),
            Err(_) => usize::MAX,
        };
        let fits = |kept: &exif::Kept| {
            kept.block
                .as_ref()
                .is_none_or(|block| container::capacity(self.format, BlockKind::Exif) >= Some(block.len()))
        };
        let kept = match whole {
            Some(Ok(whole)) if fits(&whole) && whole.losses.len() <= losses(&kept) => Ok(whole),
            Some(_) => {
                self.warn("EXIF continuation", "the first block is damaged or too large when it is appended");
                kept
            }
            None => kept,
        };
        if gather::has_second_exif(source) {
            self.warn("second EXIF block", "only the first is kept");
        }
        match kept {
            Ok(exif::Kept { block: Some(block), losses }) => {
                let block = self.accept(BlockKind::Exif, Some(Ok(block)))?;
                self.warnings.extend(losses);
                Some(block)
            }
            Ok(exif::Kept { block: None, losses }) => {
                self.warnings.extend(losses);
                None
            }
            Err(reason) => self.accept(BlockKind::Exif, Some(Err(reason))),
        }
    }

    fn xmp(&mut self, source: &Header<'_>) -> (Option<Vec<u8>>, Option<XmpExtension>) {
        let segments = &source.more.xmp_extension;
        let Some(packet) = gather::xmp(source) else {
            if !segments.is_empty() && !self.cannot_store(BlockKind::Xmp) {
                self.warn("extended XMP", "there is no main packet");
            }
            return (None, None);
        };
        if self.cannot_store(BlockKind::Xmp) {
            self.refuse(BlockKind::Xmp);
            return (None, None);
        }
        if gather::has_second_xmp(source) {
            self.warn("second XMP packet", "only the first is kept");
        }
        let packet = packet.as_deref().map_err(Clone::clone);
        let main = packet.clone().and_then(|packet| xmp::keep(packet, self.facts, None, self.should_stop));
        let main = match main {
            Ok(main) => main,
            Err(reason) => return (self.accept(BlockKind::Xmp, Some(Err(reason))), None),
        };
        let extension = (!segments.is_empty()).then(|| {
            let guid = main.extension.as_deref().ok_or("the main packet does not name it")?;
            let extension = xmp::assemble(segments, guid)?;
            xmp::keep(&extension, self.facts, None, self.should_stop)
        });
        let (extension, claims) = match extension {
            None => (None, main.claims),
            Some(Ok(extension)) => (
                Some(extension.packet).filter(|packet| xmp::has_properties(packet)),
                main.claims.and(extension.claims),
            ),
            Some(Err(reason)) => {
                self.warn("extended XMP", reason);
                (None, main.claims)
            }
        };
        if let Some(reason) = claims.reason() {
            self.warn("XMP properties", reason);
        }
        let Some(extension) = extension else {
            return (self.accept(BlockKind::Xmp, Some(Ok(main.packet))), None);
        };
        let merged = xmp::merge(&main.packet, &extension).ok_or("it is not RDF".to_owned());
        let merged = merged.and_then(|merged| check_capacity(merged, BlockKind::Xmp, self.format));
        let reason = match merged {
            Ok(merged) => return (Some(merged), None),
            Err(reason) => reason,
        };
        if self.format == Format::Jpeg {
            let guid = md5::hex(&extension);
            let named =
                packet.and_then(|packet| xmp::keep(packet, self.facts, Some(&guid), self.should_stop));
            let named = named.and_then(|named| check_capacity(named.packet, BlockKind::Xmp, self.format));
            if let Ok(named) = named {
                return (Some(named), Some(XmpExtension { guid, packet: extension }));
            }
        }
        self.warn("extended XMP", reason);
        (self.accept(BlockKind::Xmp, Some(Ok(main.packet))), None)
    }

    fn iptc(&mut self, source: &Header<'_>) -> Option<Vec<u8>> {
        let blocks = match gather::iptc(source) {
            Ok(blocks) => blocks,
            Err(reason) => return self.accept(BlockKind::Iptc, Some(Err(reason))),
        };
        let iptc::Kept { records, damage, second } = iptc::keep(&blocks);
        if self.cannot_store(BlockKind::Iptc) {
            if records.is_some() || damage.is_some() {
                self.refuse(BlockKind::Iptc);
            }
            return None;
        }
        let what = if records.is_some() { "IPTC records" } else { BlockKind::Iptc.name() };
        damage.into_iter().for_each(|reason| self.warn(what, reason));
        second.into_iter().for_each(|reason| self.warn("second IPTC block", reason));
        self.accept(BlockKind::Iptc, records.map(Ok))
    }
}

/// Writes `blocks` into `encoded`, a file that an encoder of this crate wrote without metadata.
/// Returns `encoded` itself if there are none.
pub(crate) fn attach(
    encoded: Vec<u8>,
    format: Format,
    size: Size,
    has_alpha: bool,
    blocks: Blocks,
) -> Result<Vec<u8>> {
    if blocks.is_empty() { Ok(encoded) } else { container::splice(encoded, format, size, has_alpha, blocks) }
}

/// Returns `block` if a file of `format` can store it.
fn check_capacity(block: Vec<u8>, kind: BlockKind, format: Format) -> Result<Vec<u8>, String> {
    match container::capacity(format, kind) {
        None => Err(format!("{format} cannot store it")),
        Some(capacity) if block.len() > capacity => {
            Err(format!("it is {} bytes, but {format} can store at most {capacity}", block.len()))
        }
        Some(_) => Ok(block),
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
            ..Header::of_jpeg(400, 300)
        }
    }

    fn chosen(source: &Header<'_>, policy: MetadataPolicy, format: Format) -> (Blocks, Vec<String>) {
        let mut warnings = vec![];
        let limits = Limits::default();
        let budget = Budget::start(&limits, None);
        let color = OutputColor::default();
        let blocks = choose(source, policy, format, SIZE, color, &mut warnings, &budget).unwrap();
        (blocks, warnings.iter().map(Warning::to_string).collect())
    }

    #[test]
    fn each_policy_selects_the_blocks_of_the_contract() {
        let (blocks, warnings) = chosen(&source(), MetadataPolicy::Keep, Format::Jpeg);
        let upright = [&EXIF[..19], &[1], &EXIF[20..]].concat();
        assert_eq!(blocks.exif, Some(upright));
        assert_eq!(blocks.xmp.as_deref(), Some(&b"<a tiff:Orientation='1'/>"[..]));
        assert_eq!(blocks.iptc.as_deref(), Some(&b"\x1c\x02\x50\0\x02me\x1c\x02\x05\x80\x02\0\x01t"[..]));
        assert!(warnings.is_empty());

        let (blocks, warnings) = chosen(&source(), MetadataPolicy::Copyright, Format::WebP);
        let copyright = b"MM\0\x2a\0\0\0\x08\0\x01\x82\x98\0\x02\0\0\0\x04(c)\0\0\0\0\0";
        assert_eq!(blocks.exif.as_deref(), Some(&copyright[..]));
        assert!(blocks.xmp.is_none() && blocks.iptc.is_none() && warnings.is_empty());

        let (blocks, warnings) = chosen(&source(), MetadataPolicy::None, Format::Gif);
        assert!(blocks.exif.is_none() && blocks.xmp.is_none() && warnings.is_empty());
    }

    #[test]
    fn a_block_that_the_format_cannot_store_is_a_warning() {
        let (_, warnings) = chosen(&source(), MetadataPolicy::Keep, Format::Png);
        assert_eq!(warnings, ["IPTC dropped: png cannot store it"]);
        let (_, warnings) = chosen(&source(), MetadataPolicy::Keep, Format::Gif);
        assert_eq!(warnings.len(), 3);
        let (_, warnings) = chosen(&source(), MetadataPolicy::Copyright, Format::Gif);
        assert_eq!(warnings, ["EXIF dropped: gif cannot store it"]);

        let long = format!("<a>{}</a>", "x".repeat(70_000));
        let long = Header { xmp: Some(Cow::Owned(long.into_bytes())), ..source() };
        let (blocks, warnings) = chosen(&long, MetadataPolicy::Keep, Format::Jpeg);
        assert!(blocks.xmp.is_none());
        assert_eq!(warnings, ["XMP dropped: it is 70007 bytes, but jpeg can store at most 65504"]);
        assert!(chosen(&long, MetadataPolicy::Keep, Format::WebP).0.xmp.is_some());
    }

    #[test]
    fn a_broken_block_is_a_warning() {
        let broken = Header {
            exif: Some(Cow::Borrowed(&EXIF[..30])),
            xmp: Some(Cow::Borrowed(b"<a>")),
            iptc: Some(Cow::Borrowed(b"not records")),
            ..source()
        };
        let (blocks, warnings) = chosen(&broken, MetadataPolicy::Keep, Format::Jpeg);
        assert!(blocks.exif.is_none() && blocks.xmp.is_none() && blocks.iptc.is_none());
        assert_eq!(warnings.len(), 3);
        assert_eq!(chosen(&broken, MetadataPolicy::Copyright, Format::Jpeg).1.len(), 1);
    }

    #[test]
    fn without_blocks_the_file_is_returned_unchanged() {
        let file = b"whatever".to_vec();
        let address = file.as_ptr();
        let out = attach(file, Format::Jpeg, SIZE, false, Blocks::default()).unwrap();
        assert_eq!((out.as_ptr(), &out[..]), (address, &b"whatever"[..]));
    }
}
