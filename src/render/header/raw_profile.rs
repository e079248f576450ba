//! Metadata that ImageMagick, GIMP and others store as text in PNG files: `Raw profile type exif`
//! and similar.
//!
//! In: the text of such a chunk, possibly compressed. Out: an upper bound on the block's size, and
//! the block's bytes. The text is a name, a length and hexadecimal digits, separated by line ends.
//! Must not know the contents of the blocks.

use crate::render::tiff;
use crate::render::zlib;

/// Number of characters examined to recognize a block: name, length and the first digits.
const HEAD: usize = 256;

/// The kind of a block, by the keyword of its chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RawKind {
    Exif,
    /// The payload of a JPEG's APP1 segment: EXIF or XMP.
    App1,
    Xmp,
    /// Photoshop image resources, or bare IPTC-IIM records.
    Iptc,
    /// Photoshop image resources.
    Resources,
}

impl RawKind {
    /// The kind named at the end of a keyword.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let kinds: [(&[u8], Self); 5] = [
            (b"exif", Self::Exif),
            (b"APP1", Self::App1),
            (b"xmp", Self::Xmp),
            (b"iptc", Self::Iptc),
            (b"8bim", Self::Resources),
        ];
        kinds.iter().find(|kind| name.eq_ignore_ascii_case(kind.0)).map(|kind| kind.1)
    }
}

/// The text of a PNG chunk, as stored in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PngText<'a> {
    Plain(&'a [u8]),
    /// A zlib stream.
    Zlib(&'a [u8]),
}

/// A block stored as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawProfile<'a> {
    pub(crate) kind: RawKind,
    pub(crate) text: PngText<'a>,
}

impl RawProfile<'_> {
    /// An upper bound on the length of the decompressed text.
    pub(crate) fn at_most(&self) -> usize {
        match self.text {
            PngText::Plain(text) => text.len(),
            PngText::Zlib(stream) => zlib::max_unpacked(stream.len()),
        }
    }

    /// Whether the block is EXIF, judged by its first bytes.
    pub(crate) fn is_exif(&self) -> bool {
        match (self.kind, self.text) {
            (RawKind::Exif, _) => true,
            (RawKind::App1, PngText::Plain(text)) => {
                begins_as_exif(text.get(..HEAD.min(text.len())).unwrap_or_default())
            }
            (RawKind::App1, PngText::Zlib(stream)) => {
                let mut head = [0; HEAD];
                let length = zlib::head(stream, &mut head);
                begins_as_exif(head.get(..length).unwrap_or_default())
            }
            _ => false,
        }
    }

    /// Decodes the block.
    pub(crate) fn unpack(&self) -> Result<Vec<u8>, String> {
        match self.text {
            PngText::Plain(text) => block(text),
            PngText::Zlib(stream) => block(&zlib::unpack(stream, zlib::MAX_METADATA)?),
        }
    }
}

fn begins_as_exif(text: &[u8]) -> bool {
    let Some((_, digits)) = split(text) else { return false };
    let start: Vec<u8> = pairs(digits).map_while(Result::ok).take(16).collect();
    tiff::after_identifier(&start).is_some()
}

/// The bytes that the text encodes.
fn block(text: &[u8]) -> Result<Vec<u8>, String> {
    let (length, digits) = split(text).ok_or("its text does not start with a name and a length")?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(length.min(digits.len() / 2));
    for byte in pairs(digits).take(length) {
        bytes.push(byte?);
    }
    if bytes.len() < length {
        return Err(format!("it is truncated: {} of {length} bytes", bytes.len()));
    }
    Ok(bytes)
}

/// The declared length, and the digits.
fn split(text: &[u8]) -> Option<(u64, &[u8])> {
    let text = text.trim_ascii_start();
    let line = text.iter().position(|byte| *byte == b'\n')?;
    let text = text.get(line..)?.trim_ascii_start();
    let line = text.iter().position(u8::is_ascii_whitespace)?;
    let (length, digits) = text.split_at_checked(line)?;
    Some((str::from_utf8(length).ok()?.parse().ok()?, digits))
}

/// The bytes encoded as pairs of hexadecimal digits, ignoring white space.
fn pairs(digits: &[u8]) -> impl Iterator<Item = Result<u8, String>> {
    let mut digits = digits.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != 0);
    std::iter::from_fn(move || {
        let (high, low) = (digits.next()?, digits.next()?);
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        Some(match (value(*high), value(*low)) {
            (Some(high), Some(low)) => Ok(high << 4 | low),
            _ => Err("its text is not hexadecimal".to_owned()),
        })
    })
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;

    use super::*;

    #[test]
    fn text_is_decoded_from_a_name_a_length_and_digits() {
        for text in
            ["\nexif\n       4\n49492a\n00\n", "exif\n4\n49492A00", "\r\n exif\r\n 4\r\n4949 2a00ffff\n"]
        {
            assert_eq!(block(text.as_bytes()), Ok(b"II\x2a\0".to_vec()), "{text}");
        }
        for bad in [
            "",
            "exif",
            "\nexif\n",
            "\nexif\nfour\n00",
            "\nexif\n4\n49492a",
            "\nexif\n2\n4g00",
            "\nexif\n4\n494",
        ] {
            assert!(block(bad.as_bytes()).is_err(), "{bad}");
        }
        // A hostile length must not reserve memory.
        assert!(block(b"\nexif\n 18446744073709551615\n00").is_err());
    }

    #[test]
    fn exif_is_recognized_by_its_first_bytes() {
        let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        for (start, exif) in
            [(&b"Exif\0\0II\x2a\0"[..], true), (b"http://ns.adobe.com/xap/1.0/\0<x/>", false)]
        {
            let whole = [start, &[7; 3000]].concat();
            let text = format!("\nAPP1\n    {}\n{}\n", whole.len(), digits(&whole));
            let stream = compress_to_vec_zlib(text.as_bytes(), 6);
            for text in [PngText::Plain(text.as_bytes()), PngText::Zlib(&stream)] {
                let raw = RawProfile { kind: RawKind::App1, text };
                assert_eq!((raw.is_exif(), raw.unpack()), (exif, Ok(whole.clone())));
                assert!(raw.at_most() >= whole.len() * 2);
            }
        }
        for broken in [&b""[..], b"\x78\x9c", b"not zlib"] {
            assert!(!RawProfile { kind: RawKind::App1, text: PngText::Zlib(broken) }.is_exif());
        }
    }
}
