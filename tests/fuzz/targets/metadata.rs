//! Any EXIF block and XMP packet, in any container, under any policy: the blocks of the variant
//! parse, and hold nothing that the policy forbids or that is not true of the output (section 2 of
//! the contract).
#![no_main]

use std::sync::LazyLock;

use cretula::{Fit, Format, MetadataPolicy, OutputOptions, Renderer, VariantOptions, probe, Request};
use cretula_fuzz::container::{self, Blocks};
use cretula_fuzz::{Choices, fair, small_limits};
use libfuzzer_sys::fuzz_target;

const FORMATS: [Format; 3] = [Format::Jpeg, Format::Png, Format::WebP];
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const XMP: &str = "http://ns.adobe.com/xap/1.0/";
/// Namespaces whose properties are about data or pixels that no output has.
const GONE: [&str; 5] = [
    "http://ns.google.com/photos/1.0/depthmap/",
    "http://ns.google.com/photos/1.0/container/",
    "http://ns.google.com/photos/1.0/image/",
    "http://ns.adobe.com/hdr-gain-map/1.0/",
    "http://www.metadataworkinggroup.com/schemas/regions/",
];
/// JPEGInterchangeFormat, StripOffsets and TileOffsets: images inside the block.
const PICTURES: [u16; 3] = [0x0201, 0x0111, 0x0144];

/// A small image in each format, without metadata.
static PLAIN: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    let photo = include_bytes!("../../images/rocket.jpg");
    FORMATS.map(|format| {
        let tiny = VariantOptions::new(Fit::Cover, 12, 8);
        Renderer::new().render(photo, &Request::new(tiny).output(OutputOptions::new().format(format))).expect("a photograph").bytes
    })
});

fuzz_target!(|input: &[u8]| {
    let Some((mut choices, blocks)) = Choices::split(input, 6) else { return };
    let (from, to) = (choices.of(&[0, 1, 2]), choices.of(&FORMATS));
    let policy = choices.of(&MetadataPolicy::ALL);
    let turned = choices.byte() % 2 == 0;
    let (exif, xmp) = blocks.split_at(usize::from(choices.short()).min(blocks.len()));
    let given = Blocks { exif: some(exif), xmp: some(xmp) };
    let Some(file) = container::with(&PLAIN[from], FORMATS[from], &given) else { return };

    let limits = small_limits();
    let (side, output) = (if turned { 12 } else { 7 }, OutputOptions::new().format(to));
    let variant = VariantOptions::new(Fit::ScaleDown, side, side).metadata(policy);
    let rendered = match Renderer::with_limits(limits.clone()).render(&file, &Request::new(variant).output(output.clone())) {
        Ok(rendered) => rendered,
        Err(error) => return fair(&error),
    };
    let carried = container::blocks(&rendered.bytes, to);
    let info = probe(&rendered.bytes, &limits).expect("our file");
    assert_eq!(info.has_exif, carried.exif.is_some());
    assert_eq!((info.width, info.height, info.orientation), (rendered.info.width, rendered.info.height, 1));
    match policy {
        MetadataPolicy::None => assert!(carried.exif.is_none() && carried.xmp.is_none()),
        MetadataPolicy::Copyright => {
            assert!(carried.xmp.is_none());
            if let Some(exif) = carried.exif {
                let fields = read(exif);
                let [field] = fields.fields().collect::<Vec<_>>()[..] else { panic!("more than the copyright") };
                assert_eq!((field.tag, field.ifd_num), (exif::Tag::Copyright, exif::In::PRIMARY));
            }
        }
        _ => {
            if let Some(exif) = carried.exif {
                kept(&read(exif), rendered.info.width, rendered.info.height);
            }
            if let Some(packet) = carried.xmp {
                kept_packet(xmp, packet);
            }
        }
    }
});

fn some(block: &[u8]) -> Option<&[u8]> {
    (!block.is_empty()).then_some(block)
}

/// Parses the block with an independent reader, which may skip entries that only the maker defines.
fn read(block: &[u8]) -> exif::Exif {
    let mut reader = exif::Reader::new();
    let read = reader.continue_on_error(true).read_raw(block.to_vec());
    read.or_else(|error| error.distill_partial_result(|_| {})).expect("our block")
}

fn kept(exif: &exif::Exif, width: u32, height: u32) {
    for field in exif.fields() {
        assert_eq!(field.ifd_num, exif::In::PRIMARY, "a thumbnail's directory: {field:?}");
        assert!(!PICTURES.contains(&field.tag.number()), "an image: {field:?}");
        let whole = field.value.get_uint(0);
        match field.tag {
            exif::Tag::Orientation => assert!(matches!(whole, None | Some(1)), "{field:?}"),
            exif::Tag::PixelXDimension => assert!(whole.is_none_or(|value| value == width), "{field:?}"),
            exif::Tag::PixelYDimension => assert!(whole.is_none_or(|value| value == height), "{field:?}"),
            _ => {}
        }
    }
}

fn kept_packet(source: &[u8], packet: &[u8]) {
    let packet = std::str::from_utf8(packet).expect("UTF-8");
    let document = match roxmltree::Document::parse(packet) {
        Ok(document) => document,
        Err(error) => {
            let source = std::str::from_utf8(source).expect("it was kept");
            assert!(roxmltree::Document::parse(source).is_err(), "broken by our edit: {error}");
            return;
        }
    };
    for node in document.descendants() {
        assert!(!node.has_tag_name((XMP, "Thumbnails")), "a thumbnail of the source");
        let spaces = node.attributes().map(|attribute| attribute.namespace());
        for space in spaces.chain([node.tag_name().namespace()]).flatten() {
            assert!(!GONE.contains(&space), "a property about other data");
        }
        let attribute = node.attribute((TIFF, "Orientation"));
        let element = node.has_tag_name((TIFF, "Orientation")).then(|| node.text()).flatten();
        for orientation in [attribute, element].into_iter().flatten() {
            assert_eq!(orientation.trim(), "1");
        }
    }
}
