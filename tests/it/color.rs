//! Colors: the color statements of each container, and that every output shows the same colors.
//!
//! The expected values come from LittleCMS (Pillow's `ImageCms`), readers based on libjpeg, or
//! Chromium, as each test says; `tests/reference/pixels.py` compares with the first two directly.

mod hdr;

use cretula::{
    Color, ColorPolicy, Fit, Format, MetadataPolicy, OutputOptions, Rendered, Renderer, Request,
    VariantOptions, Warning,
};
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder};
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling};
use moxcms::ColorProfile;

const SIDE: u32 = 16;

/// A PNG of one color, with `chunks` before its image data.
fn png(color: ExtendedColorType, pixel: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let samples = pixel.repeat((SIDE * SIDE) as usize);
    PngEncoder::new(&mut bytes).write_image(&samples, SIDE, SIDE, color).unwrap();
    let rest = bytes.split_off(33);
    bytes.extend(chunks.concat());
    bytes.extend(rest);
    bytes
}

fn rgb8(pixel: [u8; 3], chunks: &[Vec<u8>]) -> Vec<u8> {
    png(ExtendedColorType::Rgb8, &pixel, chunks)
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for &byte in kind.iter().chain(data) {
        crc = (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)));
    }
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length, kind.as_slice(), data, &(!crc).to_be_bytes()].concat()
}

fn cicp(primaries: u8, transfer: u8) -> Vec<u8> {
    chunk(b"cICP", &[primaries, transfer, 0, 1])
}

/// An iCCP chunk with an uncompressed zlib stream; its checksum may be left out.
fn iccp(icc: &[u8], checksum: bool) -> Vec<u8> {
    let length = u16::try_from(icc.len()).unwrap();
    let mut data = b"name\0\0\x78\x01\x01".to_vec();
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(icc);
    if checksum {
        let (a, b) = icc.iter().fold((1_u32, 0_u32), |(a, b), byte| {
            let a = (a + u32::from(*byte)) % 65_521;
            (a, (b + a) % 65_521)
        });
        data.extend((b << 16 | a).to_be_bytes());
    }
    chunk(b"iCCP", &data)
}

fn icc(profile: &ColorProfile) -> Vec<u8> {
    profile.encode().unwrap()
}

/// EXIF with ColorSpace and an interoperability index.
fn exif(color_space: u16, index: &[u8; 4]) -> Vec<u8> {
    let mut block = b"MM\0\x2a\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0".to_vec();
    block.extend(b"\0\x02\xa0\x01\0\x03\0\0\0\x01");
    block.extend(color_space.to_be_bytes());
    block.extend(b"\0\0\xa0\x05\0\x04\0\0\0\x01\0\0\0\x38\0\0\0\0");
    block.extend(b"\0\x01\0\x01\0\x02\0\0\0\x04");
    block.extend(index);
    block.extend([0; 4]);
    block
}

/// A JPEG of one color, with `segments` at its start.
fn jpeg(format: PixelFormat, pixel: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    let samples = pixel.repeat((SIDE * SIDE) as usize);
    let bytes = Encoder::new(&samples, SIDE as usize, SIDE as usize, format)
        .quality(100)
        .subsampling(Subsampling::S444)
        .encode()
        .unwrap();
    [&bytes[..2], &segments.concat(), &bytes[2..]].concat()
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], length.as_slice(), data].concat()
}

fn app1(exif: &[u8]) -> Vec<u8> {
    segment(0xe1, &[b"Exif\0\0", exif].concat())
}

fn app2(icc: &[u8]) -> Vec<u8> {
    segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", icc].concat())
}

fn rendered(bytes: &[u8], fit: Fit, output: &OutputOptions) -> Rendered {
    // Twice as wide, so that `pad` pads.
    let variant = VariantOptions::new(fit, 2 * SIDE, SIDE).metadata(MetadataPolicy::Keep);
    Renderer::new().render(bytes, &Request::new(variant).output(output.clone())).unwrap()
}

fn preserve(format: Format) -> OutputOptions {
    OutputOptions::new().format(format).color(ColorPolicy::Preserve)
}

/// The pixel in the middle, converted to sRGB by everything the file states.
fn shown(bytes: &[u8]) -> [u8; 3] {
    pixel(&rendered(bytes, Fit::ScaleDown, &OutputOptions::new().format(Format::Png)).bytes)
}

/// The stored pixel in the middle of a PNG or WebP.
fn pixel(bytes: &[u8]) -> [u8; 3] {
    let picture = image::load_from_memory(bytes).unwrap().to_rgb8();
    picture.get_pixel(picture.width() / 2, picture.height() / 2).0
}

#[track_caller]
fn near(got: [u8; 3], wanted: [u8; 3], most: u8) {
    assert!(got.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= most), "{got:?}, not {wanted:?}");
}

/// The profile embedded in a rendered file.
fn profile(bytes: &[u8]) -> Option<ColorProfile> {
    let mut decoder: Box<dyn image::ImageDecoder> = match bytes {
        [0xff, 0xd8, ..] => {
            let at = bytes.windows(12).position(|part| part == b"ICC_PROFILE\0")?;
            let length = usize::from(u16::from_be_bytes([bytes[at - 2], bytes[at - 1]]));
            return Some(ColorProfile::new_from_slice(&bytes[at + 14..at - 2 + length]).unwrap());
        }
        [b'R', ..] => Box::new(image::codecs::webp::WebPDecoder::new(std::io::Cursor::new(bytes)).unwrap()),
        _ => Box::new(image::codecs::png::PngDecoder::new(std::io::Cursor::new(bytes)).unwrap()),
    };
    decoder.icc_profile().unwrap().map(|icc| ColorProfile::new_from_slice(&icc).unwrap())
}

fn space(bytes: &[u8]) -> Option<moxcms::DataColorSpace> {
    profile(bytes).map(|profile| profile.color_space)
}

/// A four-component JPEG of these coded samples, with an Adobe segment of this transform, a JFIF
/// segment, both or neither.
fn four(coded: [u8; 4], adobe: Option<u8>, jfif: bool) -> Vec<u8> {
    let bytes = jpeg(PixelFormat::Cmyk, &coded, &[]);
    // Remove the application segments that the encoder writes.
    let mut bare = vec![0xff, 0xd8];
    let mut at = 2;
    while let [0xff, marker @ (0xe0..=0xef | 0xdb | 0xc0..=0xc4), high, low] = bytes[at..at + 4] {
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker < 0xe0 {
            bare.extend(&bytes[at..end]);
        }
        at = end;
    }
    bare.extend(&bytes[at..]);
    let mut segments = Vec::new();
    if jfif {
        segments.extend(segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
    }
    if let Some(transform) = adobe {
        segments.extend(segment(0xee, &[b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat()));
    }
    bare.splice(2..2, segments);
    bare
}

/// As readers based on libjpeg (djpeg, Pillow, libvips) interpret them: inverted ink, with and
/// without an Adobe marker.
#[test]
fn four_components_are_inverted_ink_whatever_the_adobe_marker() {
    let plain = |ink: [u8; 4]| {
        let [c, m, y, k] = ink.map(|ink| u32::from(255 - ink));
        [c, m, y].map(|light| ((light * k + 127) / 255) as u8)
    };
    // The encoder may invert its input. An Adobe file of known meaning shows whether it does.
    let probe = four([200, 200, 200, 0], Some(0), false);
    let stores = shown(&probe) == plain([55, 55, 55, 255]);
    for ink in
        [[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 255, 0], [0, 0, 0, 255], [30, 90, 160, 40]]
    {
        let coded = if stores { ink.map(|ink| 255 - ink) } else { ink };
        for (adobe, jfif) in [(None, false), (None, true), (Some(0), false), (Some(0), true)] {
            near(shown(&four(coded, adobe, jfif)), plain(ink), 2);
        }
    }
    // YCCK: Y, Cb and Cr give ink, not inverted; black is stored inverted.
    for (coded, ink) in [
        ([255, 128, 128, 255], [255, 255, 255, 0]),
        ([0, 128, 128, 255], [0, 0, 0, 0]),
        ([76, 85, 255, 155], [254, 0, 0, 100]),
    ] {
        let coded = if stores { coded } else { coded.map(|sample: u8| 255 - sample) };
        near(shown(&four(coded, Some(2), false)), plain(ink), 3);
    }
}

/// LittleCMS: Adobe RGB (1998) 180, 120, 60 is sRGB 199, 121, 53.
#[test]
fn exif_that_states_adobe_rgb_replaces_a_missing_profile() {
    const ADOBE: [u8; 3] = [180, 120, 60];
    const SRGB: [u8; 3] = [199, 121, 53];
    let by_jpeg = |exif: &[u8]| jpeg(PixelFormat::Rgb, &ADOBE, &[app1(exif)]);
    let by_png = |exif: &[u8]| rgb8(ADOBE, &[chunk(b"eXIf", exif)]);
    let by_webp = |exif: &[u8]| {
        let output = OutputOptions::new().format(Format::WebP).quality(100);
        let bytes = rendered(&rgb8(ADOBE, &[]), Fit::ScaleDown, &output).bytes;
        let size = [SIDE - 1, SIDE - 1].map(|side| side.to_le_bytes());
        let header = [&[8, 0, 0, 0], &size[0][..3], &size[1][..3]].concat();
        let length = |data: &[u8]| u32::try_from(data.len()).unwrap().to_le_bytes();
        let mut body = [b"WEBPVP8X", length(&header).as_slice(), &header, &bytes[12..]].concat();
        body.extend([b"EXIF", length(exif).as_slice(), exif].concat());
        [b"RIFF", length(&body).as_slice(), &body].concat()
    };
    type Container<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;
    let containers: [(Container<'_>, u8); 3] = [(&by_jpeg, 2), (&by_png, 1), (&by_webp, 6)];
    for (container, most) in containers {
        for (color_space, index, converts) in
            [(0xffff, b"R03\0", true), (2, b"R98\0", true), (0xffff, b"R98\0", false), (1, b"R98\0", false)]
        {
            let source = container(&exif(color_space, index));
            near(shown(&source), if converts { SRGB } else { ADOBE }, most);
        }
        // Under `preserve`, an equivalent profile is embedded, and EXIF still states Adobe RGB.
        let source = container(&exif(0xffff, b"R03\0"));
        for format in [Format::Png, Format::Jpeg, Format::WebP] {
            let kept = rendered(&source, Fit::ScaleDown, &preserve(format).quality(100));
            assert_eq!(space(&kept.bytes), Some(moxcms::DataColorSpace::Rgb));
            near(shown(&kept.bytes), SRGB, 9);
            assert!(kept.bytes.windows(4).any(|part| part == b"R03\0"), "{format}");
            assert!(kept.warnings.is_empty());
        }
    }
    // A gray image: its axis has Adobe's gamma. LittleCMS: 60 is 57.
    let gray = jpeg(PixelFormat::Grayscale, &[60], &[app1(&exif(0xffff, b"R03\0"))]);
    near(shown(&gray), [57; 3], 1);
}

#[test]
fn usable_color_statements_take_precedence_over_exif() {
    let adobe = chunk(b"eXIf", &exif(0xffff, b"R03\0"));
    let pixel = [180, 120, 60];
    for other in [
        chunk(b"sRGB", &[0]),
        chunk(b"gAMA", &45_455_u32.to_be_bytes()),
        iccp(&icc(&ColorProfile::new_srgb()), true),
    ] {
        assert_eq!(shown(&rgb8(pixel, &[other, adobe.clone()])), pixel);
    }
    let damaged = rgb8(pixel, &[iccp(b"no profile", true), adobe]);
    near(shown(&damaged), [199, 121, 53], 1);
    let rendered = rendered(&damaged, Fit::ScaleDown, &OutputOptions::new());
    assert!(matches!(rendered.warnings[..], [Warning::ProfileIgnored { .. }]), "{:?}", rendered.warnings);
    // The same for an ICC profile in a JPEG. LittleCMS: Display P3 180, 120, 60 is sRGB 190, 117,
    // 45.
    let p3 = jpeg(
        PixelFormat::Rgb,
        &pixel,
        &[app1(&exif(2, b"R03\0")), app2(&icc(&ColorProfile::new_display_p3()))],
    );
    near(shown(&p3), [190, 117, 45], 3);
}

#[test]
fn metadata_states_srgb_only_if_pixels_are_srgb() {
    let says = |source: &[u8], output: &OutputOptions| {
        let bytes = rendered(source, Fit::ScaleDown, output).bytes;
        let at = bytes.windows(4).position(|part| part == b"\xa0\x01\0\x03").expect("ColorSpace");
        u16::from_be_bytes([bytes[at + 8], bytes[at + 9]])
    };
    let (srgb, kept) = (OutputOptions::new(), preserve(Format::Png));
    let with = |color_space, index, more: &[Vec<u8>]| {
        rgb8([180, 120, 60], &[&[chunk(b"eXIf", &exif(color_space, index))], more].concat())
    };
    // No usable color statement: the statement in EXIF is left unchanged.
    let silent = with(0xffff, b"R98\0", &[]);
    let damaged = with(0xffff, b"R98\0", &[iccp(b"no profile", true)]);
    // Converted; stated to be sRGB by a chunk that is not in the output; preserved.
    let adobe = with(0xffff, b"R03\0", &[]);
    let stated = with(2, b"R03\0", &[chunk(b"sRGB", &[0])]);
    let p3 = with(0xffff, b"R98\0", &[iccp(&icc(&ColorProfile::new_display_p3()), true)]);
    let identity = with(0xffff, b"R98\0", &[iccp(&icc(&ColorProfile::new_srgb()), true)]);
    for (source, converted, preserved) in [
        (&silent, 0xffff, 0xffff),
        (&damaged, 0xffff, 0xffff),
        (&adobe, 1, 0xffff),
        (&stated, 1, 1),
        (&p3, 1, 0xffff),
        (&identity, 1, 0xffff),
    ] {
        assert_eq!((says(source, &srgb), says(source, &kept)), (converted, preserved));
    }
    // Rendering that output again leaves its pixels unchanged.
    for source in [&adobe, &stated, &p3] {
        let once = rendered(source, Fit::ScaleDown, &srgb).bytes;
        assert_eq!(shown(&once), pixel(&once));
    }
}

#[test]
fn a_profile_whose_stream_lacks_its_checksum_is_used() {
    let source = rgb8([180, 120, 60], &[iccp(&icc(&ColorProfile::new_display_p3()), false)]);
    near(shown(&source), [190, 117, 45], 1);
    assert!(rendered(&source, Fit::ScaleDown, &OutputOptions::new()).warnings.is_empty());
}

/// XYZ tags with the nonstandard type signature that Corbis wrote; LittleCMS reads them.
#[test]
fn a_profile_with_corbis_xyz_tags_is_used_and_kept_readable() {
    let mut profile = icc(&ColorProfile::new_display_p3());
    while let Some(at) = profile.windows(8).position(|part| part == b"XYZ \0\0\0\0") {
        profile[at..at + 4].copy_from_slice(&[0x17, 0xa5, 0x05, 0xb8]);
    }
    let by_png = rgb8([180, 120, 60], &[iccp(&profile, true)]);
    let by_jpeg = jpeg(PixelFormat::Rgb, &[180, 120, 60], &[app2(&profile)]);
    for source in [by_png, by_jpeg] {
        near(shown(&source), [190, 117, 45], 3);
        let kept = rendered(&source, Fit::ScaleDown, &preserve(Format::Png));
        near(shown(&kept.bytes), [190, 117, 45], 3);
        assert!(kept.warnings.is_empty(), "{:?}", kept.warnings);
    }
}

/// Gray pixels with a linear profile: preserved if the output is gray, otherwise converted.
/// LittleCMS: 128 is 188.
#[test]
fn a_gray_profile_is_kept_in_a_gray_file_only() {
    let linear = iccp(&icc(&ColorProfile::new_gray_with_gamma(1.0)), true);
    let plain = png(ExtendedColorType::L8, &[128], std::slice::from_ref(&linear));
    let alpha = png(ExtendedColorType::La8, &[128, 255], std::slice::from_ref(&linear));
    let sixteen = png(ExtendedColorType::L16, &[128; 2], &[linear]);
    let red = Color::opaque(255, 0, 0);
    for source in [plain, alpha, sixteen] {
        for (fit, background, format, gray) in [
            (Fit::ScaleDown, Color::WHITE, Format::Png, true),
            (Fit::ScaleDown, Color::WHITE, Format::Jpeg, true),
            (Fit::ScaleDown, Color::WHITE, Format::WebP, false),
            (Fit::ScaleDown, Color::WHITE, Format::Gif, false),
            (Fit::Pad, Color::opaque(99, 99, 99), Format::Png, true),
            (Fit::Pad, red, Format::Png, false),
            (Fit::Pad, red, Format::Jpeg, false),
        ] {
            let kept = rendered(&source, fit, &preserve(format).background(background).quality(100));
            let wanted = gray.then_some(moxcms::DataColorSpace::Gray);
            if format != Format::Gif {
                assert_eq!(space(&kept.bytes), wanted, "{fit} {format}");
            }
            near(shown(&kept.bytes), [188; 3], 3);
            if let (Fit::Pad, Format::Png) = (fit, format) {
                let shown = rendered(&kept.bytes, Fit::ScaleDown, &OutputOptions::new());
                let corner = image::load_from_memory(&shown.bytes).unwrap().to_rgb8().get_pixel(1, 1).0;
                near(corner, [background.red, background.green, background.blue], 3);
            }
        }
    }
}

/// An RGB profile is not allowed in a gray file (PNG 11.3.2.3): gray pixels are written with three
/// channels.
#[test]
fn an_rgb_profile_is_kept_in_an_rgb_file_only() {
    let wide = iccp(&icc(&ColorProfile::new_pro_photo_rgb()), true);
    for (source, color) in [
        (png(ExtendedColorType::L8, &[100], std::slice::from_ref(&wide)), "gray"),
        (png(ExtendedColorType::La8, &[100, 255], std::slice::from_ref(&wide)), "gray and alpha"),
        (png(ExtendedColorType::L16, &[100; 2], std::slice::from_ref(&wide)), "gray of 16 bits"),
        (jpeg(PixelFormat::Grayscale, &[100], &[app2(&icc(&ColorProfile::new_pro_photo_rgb()))]), "JPEG"),
    ] {
        for format in [Format::Png, Format::Jpeg, Format::WebP] {
            let kept = rendered(&source, Fit::ScaleDown, &preserve(format).quality(100));
            assert_eq!(space(&kept.bytes), Some(moxcms::DataColorSpace::Rgb), "{color} {format}");
            // ProPhoto's gamma is 1.8. LittleCMS: 100 is 119.
            near(shown(&kept.bytes), [119; 3], 2);
            let srgb = rendered(&source, Fit::ScaleDown, &OutputOptions::new().format(format));
            assert_eq!(space(&srgb.bytes), None);
            near(shown(&srgb.bytes), [119; 3], 2);
        }
    }
    // A color space that is stated but not embedded can be written as a profile of either layout.
    let linear = png(ExtendedColorType::L8, &[128], &[chunk(b"gAMA", &100_000_u32.to_be_bytes())]);
    for (format, wanted) in
        [(Format::Png, moxcms::DataColorSpace::Gray), (Format::WebP, moxcms::DataColorSpace::Rgb)]
    {
        let kept = rendered(&linear, Fit::ScaleDown, &preserve(format));
        assert_eq!(space(&kept.bytes), Some(wanted));
        near(shown(&kept.bytes), [188; 3], 3);
    }
}

/// LittleCMS: sRGB 255, 0, 0 is Display P3 234, 51, 35.
#[test]
fn the_background_is_converted_to_the_space_of_kept_pixels() {
    let p3 = iccp(&icc(&ColorProfile::new_display_p3()), true);
    let red = Color::opaque(255, 0, 0);
    let corner =
        |rendered: &Rendered| image::load_from_memory(&rendered.bytes).unwrap().to_rgba8().get_pixel(1, 1).0;
    let opaque = rgb8([10, 200, 30], std::slice::from_ref(&p3));
    let clear = png(ExtendedColorType::Rgba8, &[10, 200, 30, 0], &[p3]);
    let output = preserve(Format::Png);
    let kept = rendered(&opaque, Fit::Pad, &output.clone().background(red));
    assert_eq!(corner(&kept), [234, 51, 35, 255]);
    assert_eq!(pixel(&kept.bytes), [10, 200, 30], "pixels are kept");
    let glass = Color { alpha: 100, ..red };
    assert_eq!(corner(&rendered(&opaque, Fit::Pad, &output.clone().background(glass))), [234, 51, 35, 100]);
    let nothing = Color { alpha: 0, ..red };
    assert_eq!(corner(&rendered(&opaque, Fit::Pad, &output.clone().background(nothing))), [0; 4]);
    assert_eq!(corner(&rendered(&opaque, Fit::Pad, &output)), [255; 4], "white is white");
    // Under transparency.
    let flat = rendered(&clear, Fit::ScaleDown, &preserve(Format::Jpeg).background(red).quality(100));
    near(shown(&flat.bytes), [255, 0, 0], 4);
    // Not if pixels are converted to sRGB.
    let srgb = rendered(&opaque, Fit::Pad, &OutputOptions::new().format(Format::Png).background(red));
    assert_eq!(corner(&srgb), [255, 0, 0, 255]);
}

/// A version 2 printer profile, from CMYK to Lab by lut16Type (ICC.1:2001-04 section 6.5.8): paper
/// is L* 100, full black ink L* 20, and each other ink absorbs a fifth of the remaining light.
fn printer() -> Vec<u8> {
    let mut table = Vec::new();
    for point in 0..16_u32 {
        let inks = [8, 4, 2, 1].map(|bit| point & bit != 0);
        let mut light = if inks[3] { 20.0 } else { 100.0 };
        for _ in inks[..3].iter().filter(|ink| **ink) {
            light *= if inks[3] { 1.0 } else { 0.8 };
        }
        // 16-bit Lab in version 2: L* 100 is 0xff00, neutral is 0x8000.
        table.extend(((light / 100.0 * 65_280.0_f64).round() as u16).to_be_bytes());
        table.extend(0x8000_u16.to_be_bytes());
        table.extend(0x8000_u16.to_be_bytes());
    }
    let mut lut = b"mft2\0\0\0\0\x04\x03\x02\0".to_vec();
    for value in [1_u32, 0, 0, 0, 1, 0, 0, 0, 1] {
        lut.extend((value << 16).to_be_bytes());
    }
    lut.extend([0, 2, 0, 2]);
    lut.extend([0, 0, 0xff, 0xff].repeat(4));
    lut.extend(table);
    lut.extend([0, 0, 0xff, 0xff].repeat(3));
    let white: Vec<u8> = [63_190_u32, 65_536, 54_061].iter().flat_map(|value| value.to_be_bytes()).collect();
    let tags: [(&[u8; 4], Vec<u8>); 2] =
        [(b"wtpt", [b"XYZ \0\0\0\0", white.as_slice()].concat()), (b"A2B0", lut)];
    let mut data = vec![0; 128];
    data.extend(2_u32.to_be_bytes());
    let mut at = 128 + 4 + 24;
    for (name, tag) in &tags {
        data.extend(*name);
        data.extend(u32::try_from(at).unwrap().to_be_bytes());
        data.extend(u32::try_from(tag.len()).unwrap().to_be_bytes());
        at += tag.len();
    }
    tags.iter().for_each(|(_, tag)| data.extend(tag));
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    data[..4].copy_from_slice(&length);
    data[8..24].copy_from_slice(b"\x02\x10\0\0prtrCMYKLab ");
    data[36..40].copy_from_slice(b"acsp");
    data[68..80].copy_from_slice(&white);
    data
}

/// The darkest color, L* 20, becomes black. The values are those of LittleCMS with black point
/// compensation.
#[test]
fn printer_black_becomes_black() {
    let source = |ink: [u8; 4]| {
        // As above: whether the encoder inverts its input.
        let stores = shown(&four([200, 200, 200, 0], Some(0), false)) == [0; 3];
        let coded = if stores { ink.map(|ink| 255 - ink) } else { ink };
        let mut bytes = four(coded, Some(0), false);
        bytes.splice(2..2, app2(&printer()));
        bytes
    };
    for (ink, level) in [
        ([0, 0, 0, 0], 255),
        ([255, 255, 255, 255], 0),
        ([0, 0, 0, 255], 0),
        // L* 80 and 64, which are 198 and 155 without compensation.
        ([255, 0, 0, 0], 196),
        ([255, 255, 0, 0], 151),
    ] {
        let source = source(ink);
        near(shown(&source), [level; 3], 1);
        // CMYK is never preserved.
        let kept = rendered(&source, Fit::ScaleDown, &preserve(Format::Png));
        assert_eq!(space(&kept.bytes), None);
        near(pixel(&kept.bytes), [level; 3], 1);
    }
}

#[test]
fn a_used_renderer_converts_colors_as_a_fresh_one() {
    let p3 = iccp(&icc(&ColorProfile::new_display_p3()), true);
    let adobe = chunk(b"eXIf", &exif(0xffff, b"R03\0"));
    let sources = [
        rgb8([180, 120, 60], &[cicp(9, 16)]),
        rgb8([180, 120, 60], &[cicp(9, 18)]),
        rgb8([180, 120, 60], &[cicp(12, 16), p3.clone()]),
        rgb8([180, 120, 60], &[cicp(9, 2), p3.clone()]),
        rgb8([180, 120, 60], &[p3, adobe.clone()]),
        rgb8([180, 120, 60], &[adobe]),
        png(ExtendedColorType::L8, &[99], &[iccp(&icc(&ColorProfile::new_pro_photo_rgb()), true)]),
    ];
    let outputs = [
        OutputOptions::new().format(Format::Png),
        preserve(Format::Png).background(Color::opaque(255, 0, 0)),
        preserve(Format::Png),
    ];
    let mut used = Renderer::new();
    for round in 0..3 {
        for (source, output) in
            sources.iter().flat_map(|source| outputs.iter().map(move |output| (source, output)))
        {
            let variant = VariantOptions::new(Fit::Pad, 30, 20).metadata(MetadataPolicy::Keep);
            let fresh =
                Renderer::new().render(source, &Request::new(variant).output(output.clone())).unwrap();
            assert_eq!(
                used.render(source, &Request::new(variant).output(output.clone())).unwrap(),
                fresh,
                "round {round}"
            );
        }
    }
}

/// The reported files behind some of these tests.
#[test]
fn reported_files() {
    let file = |name: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/reported");
        std::fs::read(folder.join(name)).unwrap()
    };
    let whole = VariantOptions::new(Fit::ScaleDown, 4000, 4000);
    let at = |name: &str, x: u32, y: u32| {
        let output = OutputOptions::new().format(Format::Png);
        let rendered =
            Renderer::new().render(&file(name), &Request::new(whole).output(output.clone())).unwrap();
        assert!(rendered.warnings.is_empty(), "{name}: {:?}", rendered.warnings);
        let picture: DynamicImage = image::load_from_memory(&rendered.bytes).unwrap();
        picture.to_rgb8().get_pixel(x, y).0
    };
    let patches = [[255; 3], [0, 255, 255], [255, 0, 255], [255, 255, 0], [0; 3], [255, 0, 0]];
    for (index, patch) in (0..).zip(patches) {
        near(at("cmyk_no_adobe_marker.jpg", 8 + 16 * index, 8), patch, 3);
    }
    near(at("adobergb_dcf_no_icc.jpg", 32, 32), [199, 121, 53], 2);
    near(at("png-iccp-no-adler.png", 8, 8), [174, 222, 0], 2);
    near(at("jpeg-icc-corbis-xyz.jpg", 8, 8), [217, 175, 155], 2);
}
