//! Gathers each kind of metadata from a source: from its own blocks, from pieces, or from text in a
//! PNG.
//!
//! In: a source's header. Out: one assembled block of each kind, before editing. A block in binary
//! form supersedes the same kind as text, which then does not count as lost. Must not know policies
//! or the contents of blocks.

use std::borrow::Cow;

use crate::options::Format;
use crate::render::header::{Header, RawKind, resources};
use crate::render::tiff;
use crate::render::zlib;

const XMP_PREFIX: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const IPTC_RESOURCE: u16 = 0x0404;

type Block<'a> = Result<Cow<'a, [u8]>, String>;

/// The first EXIF block.
pub(super) fn exif<'a>(source: &'a Header<'_>) -> Option<Block<'a>> {
    if let Some(exif) = &source.exif {
        return Some(Ok(Cow::Borrowed(exif)));
    }
    let block = raw(source, RawKind::Exif).or_else(|| app1(source, true))?;
    Some(block.map(|block| Cow::Owned(tiff::without_identifier(&block).to_vec())))
}

/// The first EXIF block and its continuations (JPEG), which have no TIFF header of their own.
/// `None` without continuations.
pub(super) fn continued_exif(source: &Header<'_>) -> Option<Vec<u8>> {
    if source.format() != Format::Jpeg {
        return None;
    }
    let first = source.exif.as_deref().filter(|first| tiff::has_header(first))?;
    let mut rest = source.more.exif.iter().filter(|block| !tiff::has_header(block)).peekable();
    rest.peek()?;
    let mut whole = first.to_vec();
    rest.for_each(|block| whole.extend_from_slice(block));
    Some(whole)
}

/// Whether there is an independent EXIF block that differs from the first.
pub(super) fn has_second_exif(source: &Header<'_>) -> bool {
    let continues = |block: &[u8]| source.format() == Format::Jpeg && !tiff::has_header(block);
    source.more.exif.iter().any(|block| !continues(block) && Some(*block) != source.exif.as_deref())
}

/// The first XMP packet.
pub(super) fn xmp<'a>(source: &'a Header<'_>) -> Option<Block<'a>> {
    if let Some(packet) = &source.xmp {
        return Some(Ok(Cow::Borrowed(packet)));
    }
    if let Some(stream) = source.xmp_zlib {
        return Some(zlib::unpack(stream, zlib::MAX_METADATA).map(Cow::Owned));
    }
    let block = raw(source, RawKind::Xmp).or_else(|| app1(source, false))?;
    Some(block.map(|block| match block.strip_prefix(XMP_PREFIX) {
        Some(packet) => Cow::Owned(packet.to_vec()),
        None => Cow::Owned(block),
    }))
}

/// Whether there is an XMP packet that differs from the first.
pub(super) fn has_second_xmp(source: &Header<'_>) -> bool {
    let first = |packet: &[u8]| Some(packet) == source.xmp.as_deref() || Some(packet) == source.xmp_zlib;
    source.more.xmp.iter().any(|packet| !first(packet)) || (source.xmp.is_some() && source.xmp_zlib.is_some())
}

/// All blocks of IPTC records, in file order.
pub(super) fn iptc<'a>(source: &'a Header<'_>) -> Result<Vec<Cow<'a, [u8]>>, String> {
    let own = source.iptc.iter().chain(&source.more.iptc).map(|block| Cow::Borrowed(&**block));
    let mut blocks: Vec<Cow<'a, [u8]>> = own.collect();
    for kind in [RawKind::Iptc, RawKind::Resources] {
        if !blocks.is_empty() {
            break;
        }
        let Some(block) = raw(source, kind) else { continue };
        let block = block?;
        let list = block.strip_prefix(b"Photoshop 3.0\0").unwrap_or(&block);
        if block.first() == Some(&0x1c) {
            blocks.push(Cow::Owned(block));
        } else {
            blocks.extend(resources(list, IPTC_RESOURCE).map(|records| Cow::Owned(records.to_vec())));
        }
    }
    Ok(blocks)
}

/// A JPEG's APP1 segment stored as text, if it is EXIF (`exif`) or is not (`!exif`).
fn app1(source: &Header<'_>, exif: bool) -> Option<Result<Vec<u8>, String>> {
    let found = source.more.raw.iter().find(|raw| raw.kind == RawKind::App1)?;
    (found.is_exif() == exif).then(|| found.unpack().map_err(|reason| format!("as text: {reason}")))
}

/// A block stored as text.
fn raw(source: &Header<'_>, kind: RawKind) -> Option<Result<Vec<u8>, String>> {
    let found = source.more.raw.iter().find(|raw| raw.kind == kind)?;
    Some(found.unpack().map_err(|reason| format!("as text: {reason}")))
}
