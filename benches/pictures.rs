//! The images of the benches: a photograph from `tests/images` at the sizes of a camera, in each
//! format, with the metadata of a camera; and helpers to decode the output.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::io::Cursor;

use cretula::{Fit, Format, OutputOptions, Renderer, Request, VariantOptions};
use exif::experimental::Writer;
use exif::{Field, In, Tag, Value};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, RgbImage, Rgba, RgbaImage};
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::{ImageEXIF, ImageICC};
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling, decompress_to};
use moxcms::ColorProfile;

/// 640 × 427.
pub(crate) const PHOTO: &[u8] = include_bytes!("../tests/images/rocket.jpg");

/// The photograph at another size, with the noise of a camera: without it, there would be too
/// little data to decode.
pub(crate) fn photo(width: u32, height: u32) -> RgbImage {
    let mut photo = shown(&render(PHOTO, Fit::Cover, width, height, Format::Png));
    let mut state = 0x2545_f491_u32;
    for pixel in photo.pixels_mut() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let grain = i16::from(state.to_le_bytes()[1] % 15) - 7;
        for sample in &mut pixel.0 {
            *sample = u8::try_from((i16::from(*sample) + grain).clamp(0, 255)).unwrap();
        }
    }
    photo
}

/// The image with a soft-edged ellipse as alpha: transparent, opaque, and every level in between.
pub(crate) fn vignette(picture: &RgbImage) -> RgbaImage {
    let from_centre = |at: u32, side: u32| 2.0 * f64::from(at) / f64::from(side) - 1.0;
    RgbaImage::from_fn(picture.width(), picture.height(), |x, y| {
        let distance = from_centre(x, picture.width()).hypot(from_centre(y, picture.height()));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
        let alpha = ((1.25 - distance).clamp(0.0, 0.5) * 510.0) as u8;
        let [red, green, blue] = picture.get_pixel(x, y).0;
        Rgba([red, green, blue, alpha])
    })
}

/// The photograph as a file of a camera: quality 90, 4:2:0.
pub(crate) fn camera(width: u32, height: u32, progressive: bool) -> Vec<u8> {
    jpeg(&photo(width, height), 90, progressive)
}

/// A JPEG, 4:2:0.
pub(crate) fn jpeg(picture: &RgbImage, quality: u8, progressive: bool) -> Vec<u8> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Encoder::new(picture, width, height, PixelFormat::Rgb)
        .quality(quality)
        .subsampling(Subsampling::S420)
        .progressive(progressive)
        .encode()
        .unwrap()
}

/// A PNG with the settings of the library.
pub(crate) fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_color(match picture.color().channel_count() {
        1 => png::ColorType::Grayscale,
        2 => png::ColorType::GrayscaleAlpha,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    });
    encoder.set_deflate_compression(png::DeflateCompression::FdeflateUltraFast);
    encoder.set_filter(png::Filter::Adaptive);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(picture.as_bytes()).unwrap();
    writer.finish().unwrap();
    file
}

/// An uncompressed PNG, which costs almost nothing to decode.
pub(crate) fn stored_png(picture: &DynamicImage) -> Vec<u8> {
    encoded(picture, CompressionType::Uncompressed, FilterType::NoFilter)
}

fn encoded(picture: &DynamicImage, compression: CompressionType, filter: FilterType) -> Vec<u8> {
    let mut file = Vec::new();
    picture.write_with_encoder(PngEncoder::new_with_quality(&mut file, compression, filter)).unwrap();
    file
}

/// A JPEG with the metadata of a camera and an editor: EXIF with a thumbnail, XMP, and Display P3.
pub(crate) fn with_metadata(file: Vec<u8>) -> Vec<u8> {
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let text = |tag, text: &str| field(tag, Value::Ascii(vec![text.as_bytes().to_vec()]));
    let fields = [
        text(Tag::Make, "Camera"),
        text(Tag::Model, "One"),
        field(Tag::Orientation, Value::Short(vec![1])),
        text(Tag::Artist, "A Photographer"),
        text(Tag::Copyright, "(c) A Photographer"),
        text(Tag::DateTimeOriginal, "2026:11:25 12:00:00"),
        field(Tag::MakerNote, Value::Undefined(vec![0x5a; 2000], 0)),
    ];
    let thumbnail = jpeg(&photo(160, 120), 80, false);
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    writer.set_jpeg(&thumbnail, In::THUMBNAIL);
    let mut exif = Cursor::new(Vec::new());
    writer.write(&mut exif, false).unwrap();

    let subjects = "<rdf:li>a rocket</rdf:li>".repeat(40);
    let xmp = format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>\
         <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'>\
         <dc:subject><rdf:Bag>{subjects}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    );
    let mut file = Jpeg::from_bytes(file.into()).unwrap();
    let xmp = JpegSegment::new_with_contents(markers::APP1, xmp.into_bytes().into());
    file.segments_mut().insert(1, xmp);
    file.set_icc_profile(Some(ColorProfile::new_display_p3().encode().unwrap().into()));
    file.set_exif(Some(exif.into_inner().into()));
    file.encoder().bytes().to_vec()
}

/// A variant, at quality 80 where the format has one.
pub(crate) fn render(file: &[u8], fit: Fit, width: u32, height: u32, format: Format) -> Vec<u8> {
    Renderer::new()
        .render(file, &Request::new(VariantOptions::new(fit, width, height)).output(output(format)))
        .unwrap()
        .bytes
}

/// Quality 80 where the format has one.
pub(crate) fn output(format: Format) -> OutputOptions {
    let output = OutputOptions::new().format(format);
    if matches!(format, Format::Jpeg | Format::WebP) { output.quality(80) } else { output }
}

/// The pixels of a file, by other decoders.
pub(crate) fn shown(file: &[u8]) -> RgbImage {
    if !file.starts_with(&[0xff, 0xd8]) {
        return image::load_from_memory(file).unwrap().into_rgb8();
    }
    let decoded = decompress_to(file, PixelFormat::Rgb).unwrap();
    let [width, height] = [decoded.width, decoded.height].map(|side| u32::try_from(side).unwrap());
    RgbImage::from_raw(width, height, decoded.data).unwrap()
}
