//! GIF compared with the `image` crate, which unpacks a frame at once. The files have flat colors,
//! so that codes span rows.

use cretula::{Fit, Format, OutputOptions, Renderer, Request, VariantOptions};
use image::codecs::gif::GifEncoder;
use image::{Rgb, RgbImage, Rgba, RgbaImage};

fn render(bytes: &[u8], format: Format) -> Result<Vec<u8>, cretula::Error> {
    let whole = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
    Renderer::new()
        .render(bytes, &Request::new(whole).output(OutputOptions::new().format(format)))
        .map(|made| made.bytes)
}

/// A bar on a background: long runs.
fn flat(width: u32, height: u32) -> RgbImage {
    let bar = |y: u32| (height / 3..height / 2).contains(&y);
    RgbImage::from_fn(width, height, |_, y| if bar(y) { Rgb([10, 200, 30]) } else { Rgb([250, 240, 230]) })
}

fn png(picture: &RgbImage) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

#[test]
fn written_files_decode_at_any_size() {
    for width in (1..24).chain([99, 128, 255, 256, 257, 1000]) {
        for height in [1, 2, 3, 5, 17, 40, 64, 100, 257] {
            let picture = flat(width, height);
            let gif = render(&png(&picture), Format::Gif).unwrap();
            assert!(
                image::load_from_memory(&gif).unwrap().to_rgb8() == picture,
                "{width}x{height} by the image crate"
            );
            let back = render(&gif, Format::Png).unwrap();
            assert!(image::load_from_memory(&back).unwrap().to_rgb8() == picture, "{width}x{height}");
        }
    }
}

/// The files are written by another encoder and partly transparent.
#[test]
fn files_of_another_encoder_decode_at_any_size() {
    for width in (1..24).chain([99, 256, 1000]) {
        for height in [1, 3, 17, 64, 257] {
            let picture = RgbaImage::from_fn(width, height, |x, y| {
                if (x + y) % 97 < 90 { Rgba([x.to_le_bytes()[0] & 0xc0, 90, 30, 255]) } else { Rgba([0; 4]) }
            });
            let mut gif = Vec::new();
            GifEncoder::new(&mut gif)
                .encode(&picture, width, height, image::ExtendedColorType::Rgba8)
                .unwrap();
            let theirs = image::load_from_memory(&gif).unwrap().to_rgba8();
            let ours = render(&gif, Format::Png).unwrap();
            let ours = image::load_from_memory(&ours).unwrap().to_rgba8();
            let same = ours.pixels().zip(theirs.pixels()).all(|(a, b)| a == b || (a[3] == 0 && b[3] == 0));
            assert!(same && ours.dimensions() == theirs.dimensions(), "{width}x{height}");
        }
    }
}

/// A file truncated within its frame is rejected unless all color indices are there: only the end
/// code, the terminator and the trailer may be missing.
#[test]
fn a_truncated_frame_is_rejected() {
    let gif = render(&png(&flat(60, 90)), Format::Gif).unwrap();
    let whole = render(&gif, Format::Png).unwrap();
    for length in 0..gif.len() {
        match render(&gif[..length], Format::Png) {
            Ok(shown) => {
                assert!(length + 4 >= gif.len() && shown == whole, "{length} of {} bytes", gif.len())
            }
            Err(_) => assert!(length + 2 < gif.len(), "{length} of {} bytes", gif.len()),
        }
    }
}
