//! YCbCr planes that go from the decoder straight to the JPEG and WebP encoders give the same image
//! as pixels that are converted to RGB and back: chroma is aligned with luma in every orientation,
//! sampling and size, including odd sizes.

use cretula::{Fit, Format, OutputOptions, Renderer, Request, VariantOptions};
use image::RgbImage;
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling};

use crate::thorough::every;

/// Red increases to the right and blue downward, as steeply as 8 bits allow.
fn slopes(width: usize, height: usize, subsampling: Subsampling) -> Vec<u8> {
    let level = |at: usize, side: usize| u8::try_from(at * 255 / (side - 1)).unwrap();
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| [level(x, width), 128, level(y, height)])
        .collect();
    Encoder::new(&pixels, width, height, PixelFormat::Rgb)
        .quality(100)
        .subsampling(subsampling)
        .encode()
        .unwrap()
}

/// The file with an EXIF block that holds only an orientation.
fn oriented(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let exif = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0";
    [&jpeg[..2], exif, &[orientation, 0, 0, 0, 0, 0, 0, 0], &jpeg[2..]].concat()
}

fn seen(bytes: &[u8], format: Format) -> RgbImage {
    let whole = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
    let png = OutputOptions::new().format(Format::Png);
    let bytes = match format {
        // These tests decode JPEG with the library itself, to PNG, which goes through pixels.
        Format::Jpeg => {
            &Renderer::new().render(bytes, &Request::new(whole).output(png.clone())).unwrap().bytes
        }
        _ => bytes,
    };
    image::load_from_memory(bytes).unwrap().to_rgb8()
}

/// The largest difference between the means of two corresponding columns or rows, except those at
/// the edges, where subsampled chroma ends; and the difference between the means of the whole
/// images.
fn differences(a: &RgbImage, b: &RgbImage) -> [f64; 2] {
    assert_eq!(a.dimensions(), b.dimensions());
    let (width, height) = a.dimensions();
    let mean = |pixels: &mut dyn Iterator<Item = (u32, u32)>| {
        let (mut sums, mut count) = ([0_i32; 3], 0);
        for (x, y) in pixels {
            for (sum, (a, b)) in sums.iter_mut().zip(a.get_pixel(x, y).0.into_iter().zip(b.get_pixel(x, y).0))
            {
                *sum += i32::from(a) - i32::from(b);
            }
            count += 1;
        }
        sums.map(|sum| f64::from(sum.abs()) / f64::from(count)).into_iter().fold(0.0, f64::max)
    };
    let columns = (1..width - 1).map(|x| mean(&mut (0..height).map(|y| (x, y))));
    let inside = columns.fold(0.0, f64::max);
    let rows = (1..height - 1).map(|y| mean(&mut (0..width).map(|x| (x, y))));
    let inside = rows.fold(inside, f64::max);
    [inside, mean(&mut (0..width).flat_map(|x| (0..height).map(move |y| (x, y))))]
}

/// The planes of a lossy WebP have a different range from those of a JPEG.
#[test]
fn webp_planes_keep_their_colors() {
    let mut renderer = Renderer::new();
    let whole = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
    let sharp = |format| OutputOptions::new().format(format).quality(90);
    let jpeg = slopes(211, 173, Subsampling::S444);
    let source = renderer.render(&jpeg, &Request::new(whole).output(sharp(Format::WebP))).unwrap().bytes;
    for (fit, width, height) in [(Fit::ScaleDown, 97, 97), (Fit::Cover, 60, 60), (Fit::ScaleDown, 400, 400)] {
        let variant = VariantOptions::new(fit, width, height);
        let exact = seen(
            &renderer.render(&source, &Request::new(variant).output(sharp(Format::Png))).unwrap().bytes,
            Format::Png,
        );
        for format in [Format::Jpeg, Format::WebP] {
            let short = seen(
                &renderer.render(&source, &Request::new(variant).output(sharp(format))).unwrap().bytes,
                format,
            );
            let [inside, all] = differences(&short, &exact);
            assert!(all < 1.0 && inside < 5.0, "{fit:?} {width}x{height}, {format}: {inside}, {all}");
        }
    }
}

#[test]
fn chroma_is_aligned_with_luma_in_every_orientation_sampling_and_size() {
    let mut renderer = Renderer::new();
    let whole = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
    let variants = [
        (Fit::Crop, 21, 21),
        (Fit::Cover, 20, 20),
        (Fit::Cover, 21, 34),
        (Fit::ScaleDown, 97, 97),
        (Fit::ScaleDown, 400, 400),
    ];
    for sampling in
        [Subsampling::S420, Subsampling::S444, Subsampling::S422, Subsampling::S440, Subsampling::S411]
    {
        let stored = slopes(211, 173, sampling);
        for orientation in 1..=8 {
            let source = oriented(&stored, orientation);
            // By default two of the five, others for the next orientation.
            let turned = variants.into_iter().cycle().skip(usize::from(orientation)).take(5);
            for (fit, width, height) in every(3, turned) {
                let variant = VariantOptions::new(fit, width, height);
                let mut render = |source: &[u8], variant: &VariantOptions, format| {
                    let output = OutputOptions::new().format(format).quality(90);
                    renderer.render(source, &Request::new(*variant).output(output.clone())).unwrap().bytes
                };
                let exact = render(&source, &variant, Format::Png);
                for format in [Format::Jpeg, Format::WebP] {
                    let short = seen(&render(&source, &variant, format), format);
                    // The same pixels through the same encoder, from a file without planes.
                    let long = seen(&render(&exact, &whole, format), format);
                    let exact = seen(&exact, Format::Png);
                    let [inside, all] = differences(&short, &exact);
                    let [inside_by_pixels, _] = differences(&long, &exact);
                    let case = format!(
                        "{sampling:?}, orientation {orientation}, {fit:?} {width}x{height}, {format}"
                    );
                    // At 21 pixels, one pixel is 12 levels of the slope: chroma misaligned by an
                    // eighth of a pixel would show.
                    assert!(all < 1.5, "{case}: all is off by {all}");
                    // With a chroma sample for every fourth pixel only, pixels have steps that
                    // planes do not have.
                    let most = if sampling == Subsampling::S411 { 16.0 } else { inside_by_pixels + 2.5 };
                    assert!(
                        inside < most,
                        "{case}: a row or column is off by {inside}, by pixels {inside_by_pixels}"
                    );
                }
            }
        }
    }
}
