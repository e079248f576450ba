//! Metadata as found in users' files and in other projects' test images: partly damaged, in several
//! pieces, as text, or not true of the output. The files are built here; the reported files in
//! `tests/corpus/reported` are tested as well.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cretula::{
    Fit, Format, Limits, MetadataPolicy, OutputOptions, Rendered, Renderer, Request, VariantOptions, Warning,
    probe,
};
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::{Png, PngChunk};
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::WebP;
use img_parts::{Bytes, ImageEXIF};
use miniz_oxide::deflate::compress_to_vec_zlib;

const FORMATS: [Format; 3] = [Format::Jpeg, Format::Png, Format::WebP];
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENSION: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const GUID: &str = "0123456789ABCDEF0123456789ABCDEF";

/// Make, Orientation 6 and Copyright in IFD0, ISO in the Exif directory.
const EXIF: &[u8] = b"II\x2a\0\x08\0\0\0\x04\0\
    \x0f\x01\x02\0\x06\0\0\0\x50\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\
    \x98\x82\x02\0\x09\0\0\0\x56\0\0\0\x69\x87\x04\0\x01\0\0\0\x3e\0\0\0\0\0\0\0\
    \x01\0\x27\x88\x03\0\x01\0\0\0\x64\0\0\0\0\0\0\0Maker\0(c) Jane\0";

/// A small picture without metadata, 24 x 16.
fn plain(format: Format) -> Vec<u8> {
    let photo = include_bytes!("../images/rocket.jpg");
    let tiny = VariantOptions::new(Fit::Cover, 24, 16);
    Renderer::new()
        .render(photo, &Request::new(tiny).output(OutputOptions::new().format(format)))
        .unwrap()
        .bytes
}

fn jpeg(segments: &[(u8, &[&[u8]])]) -> Vec<u8> {
    let mut jpeg = Jpeg::from_bytes(plain(Format::Jpeg).into()).unwrap();
    let new =
        segments.iter().map(|(marker, parts)| JpegSegment::new_with_contents(*marker, parts.concat().into()));
    jpeg.segments_mut().splice(0..0, new);
    jpeg.encoder().bytes().to_vec()
}

fn png(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut png = Png::from_bytes(plain(Format::Png).into()).unwrap();
    let new = chunks.iter().map(|(kind, data)| PngChunk::new(**kind, data.clone().into()));
    png.chunks_mut().splice(1..1, new);
    png.encoder().bytes().to_vec()
}

fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut webp = WebP::from_bytes(plain(Format::WebP).into()).unwrap();
    let (width, height) = webp.dimensions().unwrap();
    let extended =
        [&[0x0c, 0, 0, 0][..], &(width - 1).to_le_bytes()[..3], &(height - 1).to_le_bytes()[..3]].concat();
    let new = chunks.iter().map(|(kind, data)| (**kind, data.to_vec()));
    let chunk = |(kind, data): ([u8; 4], Vec<u8>)| RiffChunk::new(kind, RiffContent::Data(data.into()));
    webp.chunks_mut().insert(0, chunk((*b"VP8X", extended)));
    webp.chunks_mut().extend(new.map(chunk));
    webp.encoder().bytes().to_vec()
}

fn rendered(file: &[u8], format: Format, policy: MetadataPolicy) -> Rendered {
    let variant = VariantOptions::new(Fit::ScaleDown, 12, 12).metadata(policy);
    Renderer::new().render(file, &Request::new(variant).output(OutputOptions::new().format(format))).unwrap()
}

fn said(rendered: &Rendered) -> Vec<String> {
    rendered.warnings.iter().map(Warning::to_string).collect()
}

fn keep(file: &[u8], format: Format) -> (Rendered, Vec<String>) {
    let rendered = rendered(file, format, MetadataPolicy::Keep);
    let said = said(&rendered);
    (rendered, said)
}

/// The EXIF block of an output.
fn exif_of(file: &Rendered) -> Option<Vec<u8>> {
    let bytes = Bytes::copy_from_slice(&file.bytes);
    let block = match file.info.format {
        Format::Jpeg => Jpeg::from_bytes(bytes).unwrap().exif(),
        Format::Png => Png::from_bytes(bytes).unwrap().exif(),
        _ => WebP::from_bytes(bytes).unwrap().exif(),
    };
    block.map(|block| block.to_vec())
}

/// The tags and values that another EXIF reader finds, as text.
fn fields(file: &Rendered) -> Vec<String> {
    let Some(block) = exif_of(file) else { return vec![] };
    let exif = exif::Reader::new().read_raw(block).unwrap();
    exif.fields().map(|field| format!("{}={}", field.tag, field.display_value())).collect()
}

/// The XMP packet of an output, and for JPEG the pieces of its extended packet.
fn xmp_of(file: &Rendered) -> (Option<String>, Vec<Vec<u8>>) {
    let bytes = Bytes::copy_from_slice(&file.bytes);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    match file.info.format {
        Format::Jpeg => {
            let jpeg = Jpeg::from_bytes(bytes).unwrap();
            let segments: Vec<_> =
                jpeg.segments_by_marker(markers::APP1).map(|s| s.contents().to_vec()).collect();
            let found = |prefix: &[u8]| -> Vec<Vec<u8>> {
                segments.iter().filter_map(|s| s.strip_prefix(prefix)).map(<[u8]>::to_vec).collect()
            };
            (found(XMP).first().map(|packet| text(packet)), found(EXTENSION))
        }
        Format::Png => {
            let png = Png::from_bytes(bytes).unwrap();
            let chunk = png.chunk_by_type(*b"iTXt");
            (chunk.map(|chunk| text(&chunk.contents()[b"XML:com.adobe.xmp\0\0\0\0\0".len()..])), vec![])
        }
        _ => {
            let webp = WebP::from_bytes(bytes).unwrap();
            let chunk = webp.chunk_by_id(*b"XMP ");
            (chunk.map(|chunk| text(chunk.content().data().unwrap())), vec![])
        }
    }
}

/// The Photoshop resources of a JPEG.
fn resources_of(file: &Rendered) -> Option<Vec<u8>> {
    let jpeg = Jpeg::from_bytes(Bytes::copy_from_slice(&file.bytes)).unwrap();
    jpeg.segment_by_marker(markers::APP13).map(|segment| segment.contents().to_vec())
}

fn packet(attributes: &str, elements: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description rdf:about='' xmlns:a='urn:a' xmlns:n='http://ns.adobe.com/xmp/note/' \
         xmlns:GDepth='http://ns.google.com/photos/1.0/depthmap/'{attributes}>{elements}</rdf:Description>\
         </rdf:RDF></x:xmpmeta>"
    )
}

const KEPT: [&str; 4] = [
    "Make=\"Maker\"",
    "Orientation=row 0 at top and column 0 at left",
    "Copyright=\"(c) Jane\"",
    "PhotographicSensitivity=100",
];

#[test]
fn the_exif_identifier_is_skipped_in_every_container() {
    for prefix in [&b"Exif\0\0"[..], b"Exif\0\xff", b"EXIF\0\0", b"Exif\0\0Exif\0\0", b"\0\0\0\x06Exif\0\0"] {
        let block = [prefix, EXIF].concat();
        let files = [
            jpeg(&[(markers::APP1, &[&block])]),
            png(&[(b"eXIf", block.clone())]),
            webp(&[(b"EXIF", &block)]),
        ];
        for (file, from) in files.iter().zip(FORMATS) {
            let info = probe(file, &Limits::default()).unwrap();
            assert_eq!((info.orientation, info.has_exif, info.width), (6, true, 16), "{from} {prefix:?}");
            for to in FORMATS {
                let (kept, said) = keep(file, to);
                assert_eq!((fields(&kept), said), (KEPT.map(str::to_owned).to_vec(), vec![]), "{from} {to}");
                let notice = rendered(file, to, MetadataPolicy::Copyright);
                assert_eq!(fields(&notice), ["Copyright=\"(c) Jane\""]);
                assert!(exif_of(&rendered(file, to, MetadataPolicy::None)).is_none());
            }
        }
    }
    assert!(!probe(&jpeg(&[(markers::APP1, &[b"Exif\0\0"])]), &Limits::default()).unwrap().has_exif);
}

#[test]
fn exif_continues_in_the_next_segment() {
    let id = &b"Exif\0\0"[..];
    let (start, _) = EXIF.split_at(70);
    for cut in [62, 70, 85] {
        let (start, rest) = EXIF.split_at(cut);
        let file = jpeg(&[(markers::APP1, &[id, start]), (markers::APP1, &[id, rest])]);
        let (kept, said) = keep(&file, Format::Png);
        assert_eq!((fields(&kept), said), (KEPT.map(str::to_owned).to_vec(), vec![]), "{cut}");
    }
    for cut in [30, 62, 85] {
        let (start, rest) = EXIF.split_at(cut);
        let file = jpeg(&[(markers::APP1, &[id, start]), (markers::APP1, &[id, rest])]);
        let notice = rendered(&file, Format::WebP, MetadataPolicy::Copyright);
        assert_eq!((fields(&notice), said(&notice)), (vec![KEPT[2].to_owned()], vec![]), "{cut}");
    }
    // Without its second half, the part that is there is kept.
    let (kept, said) = keep(&jpeg(&[(markers::APP1, &[id, start])]), Format::Jpeg);
    assert_eq!(fields(&kept), ["Orientation=row 0 at top and column 0 at left"]);
    assert_eq!(said.len(), 3, "{said:?}");
    // Too large for one segment of the output.
    let mut description = EXIF[..10].to_vec();
    description[8] = 5;
    description.extend([0x0e, 1, 2, 0]);
    description.extend(80_000_u32.to_le_bytes());
    description.extend(200_u32.to_le_bytes());
    description.extend(&EXIF[10..58]);
    let mut block = description;
    block.extend([0; 4]);
    block.resize(200, 0);
    block.extend(vec![b'd'; 79_999]);
    block.push(0);
    let (first, second) = block.split_at(60_000);
    let file = jpeg(&[(markers::APP1, &[id, first]), (markers::APP1, &[id, second])]);
    assert!(exif_of(&keep(&file, Format::Png).0).unwrap().len() > 80_000);
    let (kept, said) = keep(&file, Format::Jpeg);
    assert!(exif_of(&kept).unwrap().len() < 65_000, "the description is dropped, the rest is kept");
    assert!(said[0].starts_with("EXIF continuation dropped"), "{said:?}");
    // A second, separate block.
    let other = EXIF.iter().map(|byte| if *byte == b'J' { b'K' } else { *byte }).collect::<Vec<_>>();
    let file = jpeg(&[(markers::APP1, &[id, EXIF]), (markers::APP1, &[id, &other])]);
    let (kept, said) = keep(&file, Format::Jpeg);
    assert_eq!(
        (fields(&kept), said),
        (
            KEPT.map(str::to_owned).to_vec(),
            vec!["second EXIF block dropped: only the first is kept".to_owned()]
        )
    );
    let twice = jpeg(&[(markers::APP1, &[id, EXIF]), (markers::APP1, &[id, EXIF])]);
    assert_eq!(keep(&twice, Format::Jpeg).1, [""; 0]);
}

fn text(kind: &str, block: &[u8]) -> Vec<u8> {
    let digits: String = block.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<_> =
        digits.as_bytes().chunks(72).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("\n{kind}\n{:8}\n{}\n", block.len(), lines.join("\n")).into_bytes()
}

/// The chunk that ImageMagick would write, in each of the three text chunk types of PNG.
fn raw_profiles(kind: &str, block: &[u8]) -> [(&'static [u8; 4], Vec<u8>); 3] {
    let keyword = format!("Raw profile type {kind}\0");
    let text = text(kind, block);
    let packed = compress_to_vec_zlib(&text, 6);
    [
        (b"tEXt", [keyword.as_bytes(), &text].concat()),
        (b"zTXt", [keyword.as_bytes(), b"\0", &packed].concat()),
        (b"iTXt", [keyword.as_bytes(), b"\x01\0\0\0", &packed[..packed.len() - 4]].concat()),
    ]
}

#[test]
fn raw_profiles_are_metadata_without_effect_on_orientation() {
    let prefixed = [b"Exif\0\0", EXIF].concat();
    for (kind, block) in [("exif", &prefixed[..]), ("exif", EXIF), ("APP1", &prefixed)] {
        for (chunk, data) in raw_profiles(kind, block) {
            let file = png(&[(chunk, data)]);
            let info = probe(&file, &Limits::default()).unwrap();
            assert_eq!((info.orientation, info.has_exif, info.width), (1, true, 24), "{kind}");
            for to in FORMATS {
                let (kept, said) = keep(&file, to);
                assert_eq!((fields(&kept), said), (KEPT.map(str::to_owned).to_vec(), vec![]), "{kind} {to}");
                assert_eq!((kept.info.width, kept.info.height), (12, 8));
                let notice = rendered(&file, to, MetadataPolicy::Copyright);
                assert_eq!(fields(&notice), ["Copyright=\"(c) Jane\""]);
            }
        }
    }
    // An eXIf chunk takes precedence, and its orientation is applied.
    let other: Vec<u8> = EXIF.iter().map(|byte| if *byte == b'J' { b'K' } else { *byte }).collect();
    let [raw, ..] = raw_profiles("exif", &prefixed);
    let (kept, said) = keep(&png(&[raw, (b"eXIf", other)]), Format::Jpeg);
    assert!(
        fields(&kept).contains(&"Copyright=\"(c) Kane\"".to_owned())
            && said.is_empty()
            && kept.info.height == 12
    );
    // A broken text is dropped, with a warning.
    let [(chunk, mut broken), ..] = raw_profiles("exif", &prefixed);
    broken.truncate(broken.len() - 20);
    let (kept, said) = keep(&png(&[(chunk, broken)]), Format::Jpeg);
    assert!(fields(&kept).is_empty() && said.len() == 1 && said[0].starts_with("EXIF dropped"), "{said:?}");
}

#[test]
fn raw_profiles_hold_xmp_and_iptc() {
    let xmp = packet(" a:b='c'", "");
    let app1 = [XMP, xmp.as_bytes()].concat();
    for (kind, block) in [("xmp", xmp.as_bytes()), ("APP1", &app1)] {
        for (chunk, data) in raw_profiles(kind, block) {
            let file = png(&[(chunk, data)]);
            assert!(!probe(&file, &Limits::default()).unwrap().has_exif);
            for to in FORMATS {
                let (kept, said) = keep(&file, to);
                assert_eq!((xmp_of(&kept).0, said), (Some(xmp.clone()), vec![]), "{kind} {to}");
            }
        }
    }
    let records = &b"\x1c\x02\x50\0\x04Jane"[..];
    let resource = [b"8BIM\x04\x04\0\0\0\0\0\x09", records, b"\0"].concat();
    for (kind, block) in [("iptc", &resource[..]), ("iptc", records), ("8bim", &resource)] {
        for (chunk, data) in raw_profiles(kind, block) {
            let file = png(&[(chunk, data)]);
            let (kept, said) = keep(&file, Format::Jpeg);
            let found = resources_of(&kept).unwrap();
            assert!(found.windows(9).any(|window| window == records) && said.is_empty(), "{kind}");
            assert_eq!(keep(&file, Format::Png).1, ["IPTC dropped: png cannot store it"]);
        }
    }
}

#[test]
fn a_compressed_packet_may_lack_its_checksum() {
    let xmp = packet(" a:b='c'", "");
    let packed = compress_to_vec_zlib(xmp.as_bytes(), 6);
    for missing in 0..=4 {
        let text = [b"XML:com.adobe.xmp\0\x01\0\0\0", &packed[..packed.len() - missing]].concat();
        let (kept, said) = keep(&png(&[(b"iTXt", text)]), Format::WebP);
        assert_eq!((xmp_of(&kept).0, said), (Some(xmp.clone()), vec![]), "{missing}");
    }
}

fn extension(whole: &str, guid: &str) -> Vec<Vec<u8>> {
    let (length, piece) = (whole.len() as u32, whole.len().div_ceil(3));
    let number = |index: usize| ((index * piece) as u32).to_be_bytes();
    let pieces = whole.as_bytes().chunks(piece).enumerate();
    pieces
        .map(|(i, data)| [EXTENSION, guid.as_bytes(), &length.to_be_bytes(), &number(i), data].concat())
        .collect()
}

#[test]
fn extended_xmp_is_reassembled() {
    let main = packet(&format!(" a:b='c' n:HasExtendedXMP='{GUID}'"), "");
    let merged = |kept: &Rendered| {
        let (packet, pieces) = xmp_of(kept);
        let packet = packet.unwrap();
        assert!(packet.contains("a:b='c'") && !packet.contains("HasExtendedXMP") && pieces.is_empty());
        packet
    };
    let more = packet(" a:d='e' GDepth:Data='AAAA'", "<a:f>g</a:f>");
    let pieces = extension(&more, GUID);
    for order in [[0, 1, 2], [2, 0, 1]] {
        let mut segments: Vec<Vec<u8>> = order.iter().map(|&at| pieces[at].clone()).collect();
        segments.insert(1, [XMP, main.as_bytes()].concat());
        let parts: Vec<[&[u8]; 1]> = segments.iter().map(|segment| [&segment[..]]).collect();
        let file = jpeg(&parts.iter().map(|part| (markers::APP1, &part[..])).collect::<Vec<_>>());
        for to in FORMATS {
            let (kept, said) = keep(&file, to);
            let packet = merged(&kept);
            assert!(
                packet.contains("a:d='e'") && packet.contains("<a:f>g</a:f>") && !packet.contains("AAAA")
            );
            assert_eq!(
                said,
                [
                    "XMP properties dropped: depth data: the output does not have the data or pixels that they describe"
                ]
            );
        }
    }
    // The extended packet holds only properties about other data, is truncated, or belongs to
    // another packet.
    let only = packet(" GDepth:Data='AAAA'", "");
    let broken = &extension(&more, GUID)[..2];
    let foreign = extension(&more, "F123456789ABCDEF0123456789ABCDEF");
    for (pieces, warning) in [
        (&extension(&only, GUID)[..], "XMP properties dropped: depth data"),
        (broken, "extended XMP dropped: it is truncated"),
        (&foreign, "extended XMP dropped: no segment has the GUID"),
    ] {
        let first = [XMP, main.as_bytes()].concat();
        let parts: Vec<[&[u8]; 1]> =
            std::iter::once(&first).chain(pieces).map(|segment| [&segment[..]]).collect();
        let file = jpeg(&parts.iter().map(|part| (markers::APP1, &part[..])).collect::<Vec<_>>());
        for to in FORMATS {
            let (kept, said) = keep(&file, to);
            assert!(!merged(&kept).contains("a:d"));
            assert!(said.len() == 1 && said[0].starts_with(warning), "{said:?}");
        }
    }
    // The main packet refers to an extended packet that is absent: nothing is lost by rendering.
    let (kept, said) = keep(&jpeg(&[(markers::APP1, &[XMP, main.as_bytes()])]), Format::Jpeg);
    assert_eq!((merged(&kept), said), (packet(" a:b='c'", ""), vec![]));
}

#[test]
fn extended_xmp_too_large_for_a_segment_stays_extended_in_a_jpeg() {
    let main = packet(&format!(" a:b='c' n:HasExtendedXMP='{GUID}'"), "");
    let more = packet("", &format!("<a:long>{}</a:long>", "0123456789".repeat(16_000)));
    let pieces = extension(&more, GUID);
    let first = [XMP, main.as_bytes()].concat();
    let parts: Vec<[&[u8]; 1]> =
        std::iter::once(&first).chain(&pieces).map(|segment| [&segment[..]]).collect();
    let file = jpeg(&parts.iter().map(|part| (markers::APP1, &part[..])).collect::<Vec<_>>());
    let (kept, said) = keep(&file, Format::Jpeg);
    assert_eq!(said, [""; 0]);
    let (packet, pieces) = xmp_of(&kept);
    let packet = packet.unwrap();
    let whole: Vec<u8> = pieces.iter().flat_map(|piece| &piece[40..]).copied().collect();
    assert_eq!((String::from_utf8(whole).unwrap(), pieces.len()), (more.clone(), 3));
    let guid = std::str::from_utf8(&pieces[0][..32]).unwrap();
    assert!(packet.contains(&format!("HasExtendedXMP='{guid}'")) && packet.contains("a:b='c'"), "{packet}");
    // The output can be read again.
    let (again, said) = keep(&kept.bytes, Format::WebP);
    assert!(xmp_of(&again).0.unwrap().len() > 160_000 && said.is_empty());
    // In PNG and WebP, both fit in one packet.
    for to in [Format::Png, Format::WebP] {
        let (kept, said) = keep(&file, to);
        assert!(xmp_of(&kept).0.unwrap().contains("<a:long>0123") && said.is_empty());
    }
}

#[test]
fn a_different_second_packet_is_dropped_with_a_warning() {
    let (one, two) = (packet(" a:b='c'", ""), packet(" a:b='d'", ""));
    let file = |second: &str| {
        [
            jpeg(&[(markers::APP1, &[XMP, one.as_bytes()]), (markers::APP1, &[XMP, second.as_bytes()])]),
            png(&[one.as_str(), second]
                .map(|text| (b"iTXt", [b"XML:com.adobe.xmp\0\0\0\0\0", text.as_bytes()].concat()))),
            webp(&[(b"XMP ", one.as_bytes()), (b"XMP ", second.as_bytes())]),
        ]
    };
    for (second, warnings) in
        [(&one, vec![]), (&two, vec!["second XMP packet dropped: only the first is kept"])]
    {
        for file in file(second) {
            let (kept, said) = keep(&file, Format::Jpeg);
            assert_eq!(
                (xmp_of(&kept).0.as_deref(), said),
                (Some(&one[..]), warnings.iter().map(|w| (*w).to_owned()).collect())
            );
        }
    }
}

#[test]
fn iptc_may_have_several_blocks_or_none() {
    let resource = |records: &[u8]| {
        let length = (records.len() as u32).to_be_bytes();
        [b"8BIM\x04\x04\0\0", &length[..], records, &[0][..records.len() % 2]].concat()
    };
    let (jane, city) = (&b"\x1c\x02\x50\0\x04Jane"[..], &b"\x1c\x02\x5a\0\x04Rome"[..]);
    let id = &b"Photoshop 3.0\0"[..];
    let (first, second) = (resource(jane), resource(city));
    for file in [
        jpeg(&[(markers::APP13, &[id, &first, &second])]),
        jpeg(&[(markers::APP13, &[id, &first]), (markers::APP13, &[id, &second])]),
        jpeg(&[(markers::APP13, &[id, &resource(b""), &first]), (markers::APP13, &[id, &second, &first])]),
    ] {
        let (kept, said) = keep(&file, Format::Jpeg);
        assert_eq!(said, [""; 0]);
        assert_eq!(resources_of(&kept).unwrap(), [id, &resource(&[jane, city].concat())].concat());
    }
    let other = resource(b"\x1c\x02\x50\0\x04John");
    let (kept, said) = keep(&jpeg(&[(markers::APP13, &[id, &first, &other])]), Format::Jpeg);
    assert_eq!(said, ["second IPTC block dropped: the first has other values for the same datasets"]);
    assert_eq!(resources_of(&kept).unwrap(), [id, &first].concat());
    // macOS writes an empty block with its digest.
    let digest = [b"8BIM\x04\x25\0\0\0\0\0\x10", &[0xd4; 16][..]].concat();
    for empty in [&b""[..], b"\0\0"] {
        let file = jpeg(&[(markers::APP13, &[id, &resource(empty), &digest])]);
        for to in [Format::Jpeg, Format::Png, Format::WebP, Format::Gif] {
            assert_eq!(keep(&file, to).1, [""; 0]);
        }
    }
}

/// As many entries as fit, with values that overlap each other, including pointers and previews.
#[test]
fn hostile_exif_takes_bounded_time() {
    for tags in [
        &[0x0100_u16][..],
        &[0x0111, 0x0117],
        &[0x8769, 0x8825, 0x010f],
        &[0x0201, 0x0202],
        &[0x014a],
        &[0x927c, 0x8769],
        &[0x0112, 0xa005, 0x014a, 0x0201, 0x0202],
    ] {
        let count = 5400_u16;
        for wide in [1, 16_000, 60_000] {
            let mut block = [&b"II\x2a\0\x08\0\0\0"[..], &count.to_le_bytes()].concat();
            for (index, tag) in (0..count).zip(tags.iter().cycle()) {
                block.extend(tag.to_le_bytes());
                block.extend([if wide == 60_000 { 1 } else { 4 }, 0]);
                block.extend(if index % 2 == 0 { wide } else { 1_u32 }.to_le_bytes());
                block.extend((u32::from(index) * 2).to_le_bytes());
            }
            block.resize(65_000, 1);
            let file = png(&[(b"eXIf", block)]);
            let start = Instant::now();
            let kept = rendered(&file, Format::Png, MetadataPolicy::Keep);
            let took = start.elapsed();
            assert!(kept.warnings.len() < 40, "{}", kept.warnings.len());
            assert!(took < Duration::from_millis(1000), "{tags:x?} {wide}: {took:?}");
            if std::env::var_os("SHOW_TIMES").is_some() {
                eprintln!("{tags:x?} {wide}: {took:?}");
            }
        }
    }
}

/// The metadata kept from each reported file, and the warnings.
#[test]
fn reported_files_keep_their_intact_metadata() {
    let file = |name: &str| {
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/reported").join(name)).unwrap()
    };
    let (make, notice, iso) = (KEPT[0], KEPT[2], KEPT[3]);
    for (name, orientation, found) in [
        ("jpeg-exif-empty-gps.jpg", 1, &[make, notice, iso][..]),
        ("jpeg-exif-empty-ifd1.jpg", 1, &[make, notice, iso]),
        ("jpeg-exif-gps-pointer-slong.jpg", 1, &[make, iso, "GPSLatitudeRef=N"]),
        ("jpeg-orientation-slong.jpg", 6, &[make, KEPT[1]]),
        ("jpeg-exif-preview-in-exif-ifd.jpg", 1, &[make, iso]),
        ("png_exif_prefix.png", 6, &[KEPT[1]]),
        ("png-raw-profile-exif-orientation-6.png", 1, &[make, notice, KEPT[1]]),
    ] {
        let bytes = file(name);
        let info = probe(&bytes, &Limits::default()).unwrap();
        assert_eq!((info.orientation, info.has_exif), (orientation, true), "{name}");
        for to in FORMATS {
            let (kept, said) = keep(&bytes, to);
            let (mut have, mut want) =
                (fields(&kept), found.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>());
            have.sort();
            want.sort();
            assert_eq!((have, said), (want, vec![]), "{name} {to}");
        }
    }
    let preview = file("jpeg-exif-preview-in-exif-ifd.jpg");
    let at = memchr::memmem::find(&preview[20..], b"\xff\xd8\xff").unwrap() + 20;
    let picture = &preview[at + 20..at + 600];
    for to in FORMATS {
        let (kept, _) = keep(&preview, to);
        let shown =
            picture.windows(16).any(|part| memchr::memmem::find(&exif_of(&kept).unwrap(), part).is_some());
        assert!(!shown, "{to}");
    }
    let stale = file("xmp_stale_claims.jpg");
    for to in FORMATS {
        let (kept, said) = keep(&stale, to);
        let packet = xmp_of(&kept).0.unwrap();
        for gone in ["MotionPhoto=", "MicroVideo", "Item:", "hdrgm:V", "GDepth:D", "Pixels", "Regions"] {
            assert!(!packet.contains(gone), "{gone} in {packet}");
        }
        assert!(packet.contains("equirectangular"));
        assert_eq!(
            said,
            [
                "XMP properties dropped: a motion photo, a container of media, a gain map, depth data, panorama sizes, \
                           regions: the output does not have the data or pixels that they describe"
            ]
        );
        assert_eq!(said.len(), 1);
    }
}
