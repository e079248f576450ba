//! Minimal support for three containers: inserting an EXIF block and an XMP packet into a file
//! without any, and finding them.

use cretula::Format;

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const PNG_XMP: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";

/// The metadata of a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blocks<'a> {
    /// Starts with the byte-order mark.
    pub exif: Option<&'a [u8]>,
    /// A packet.
    pub xmp: Option<&'a [u8]>,
}

/// `file`, which has no metadata, with `blocks` inserted; `None` if its format cannot hold them.
pub fn with(file: &[u8], format: Format, blocks: &Blocks<'_>) -> Option<Vec<u8>> {
    let exif = blocks.exif.map(|block| (EXIF, block));
    let mut out = Vec::new();
    match format {
        Format::Jpeg => {
            out.extend(&file[..2]);
            for (prefix, block) in [exif, blocks.xmp.map(|block| (XMP, block))].into_iter().flatten() {
                let length = u16::try_from(prefix.len() + block.len() + 2).ok()?;
                out.extend([0xff, 0xe1]);
                out.extend(length.to_be_bytes());
                out.extend(prefix);
                out.extend(block);
            }
            out.extend(&file[2..]);
        }
        Format::Png => {
            // After IHDR.
            out.extend(&file[..33]);
            let xmp = blocks.xmp.map(|packet| (b"iTXt", [PNG_XMP, packet].concat()));
            for (kind, data) in [blocks.exif.map(|block| (b"eXIf", block.to_vec())), xmp].into_iter().flatten() {
                out.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
                let body = [kind.as_slice(), &data].concat();
                out.extend(&body);
                out.extend(crc(&body).to_be_bytes());
            }
            out.extend(&file[33..]);
        }
        Format::WebP => {
            let size = cretula::probe(file, &cretula::Limits::default()).ok()?;
            let flags = u8::from(blocks.exif.is_some()) << 3 | u8::from(blocks.xmp.is_some()) << 2;
            let side = |side: u32| (side - 1).to_le_bytes();
            let header = [&[flags, 0, 0, 0], &side(size.width)[..3], &side(size.height)[..3]].concat();
            let chunks = [
                (b"VP8X".as_slice(), Some(header.as_slice())),
                // The lossy or lossless chunk with its padding.
                (&file[12..16], Some(&file[20..])),
                (b"EXIF", blocks.exif),
                (b"XMP ", blocks.xmp),
            ];
            out.extend(b"RIFF\0\0\0\0WEBP");
            for (kind, data) in chunks {
                let Some(data) = data else { continue };
                out.extend(kind);
                out.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
                out.extend(data);
                out.resize(out.len() + data.len() % 2, 0);
            }
            let length = u32::try_from(out.len() - 8).ok()?.to_le_bytes();
            out[4..8].copy_from_slice(&length);
        }
        _ => return None,
    }
    Some(out)
}

/// The metadata of `file`, which this library wrote.
pub fn blocks(file: &[u8], format: Format) -> Blocks<'_> {
    let mut found = Blocks::default();
    let mut at = match format {
        Format::Jpeg => 2,
        Format::Png => 8,
        _ => 12,
    };
    let number = |at: usize, bytes: usize| {
        let bytes = &file[at..at + bytes];
        bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    while at + 8 <= file.len() {
        match format {
            Format::Jpeg => {
                let (marker, data) = (file[at + 1], &file[at + 4..at + 2 + number(at + 2, 2)]);
                assert_eq!(file[at], 0xff);
                match marker {
                    0xda => break,
                    0xe1 if data.starts_with(EXIF) => found.exif = data.get(EXIF.len()..),
                    0xe1 => found.xmp = Some(data.strip_prefix(XMP).expect("EXIF or XMP")),
                    0xe0 | 0xe2 | 0xed | 0xee | 0xc0..=0xcf | 0xdb | 0xdd => {}
                    other => panic!("a segment of kind {other:x}"),
                }
                at += 2 + number(at + 2, 2);
            }
            Format::Png => {
                let data = &file[at + 8..at + 8 + number(at, 4)];
                match &file[at + 4..at + 8] {
                    b"eXIf" => found.exif = Some(data),
                    b"iTXt" => found.xmp = Some(data.strip_prefix(PNG_XMP).expect("XMP")),
                    kind => assert!(!matches!(kind, b"tEXt" | b"zTXt"), "text"),
                }
                at += 12 + data.len();
            }
            _ => {
                let length = u32::from_le_bytes(file[at + 4..at + 8].try_into().expect("four bytes")) as usize;
                let data = &file[at + 8..at + 8 + length];
                match &file[at..at + 4] {
                    b"EXIF" => found.exif = Some(data),
                    b"XMP " => found.xmp = Some(data),
                    kind => assert!(matches!(kind, b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ICCP"), "another chunk"),
                }
                at += 8 + length.next_multiple_of(2);
            }
        }
    }
    found
}

/// PNG's CRC (third edition, annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
