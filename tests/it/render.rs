//! The pipeline through the public API: images in, images out, and errors that name the fault.

use std::time::Duration;

use cretula::{
    CancelToken, Color, ColorPolicy, ErrorKind, Fit, Format, Limits, MetadataPolicy, OutputOptions, Renderer,
    Request, ShrinkOnLoad, VariantOptions, WebpOptions, probe,
};
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use moxcms::ColorProfile;

use crate::thorough::every;

const ROCKET: &[u8] = include_bytes!("../images/rocket.jpg");
const CHELSEA: &[u8] = include_bytes!("../images/chelsea.png");
const FORMATS: [Format; 4] = [Format::Jpeg, Format::Png, Format::WebP, Format::Gif];

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// As [`pixels`], at a given scale of decoding.
fn pixels_at(
    bytes: &[u8],
    variant: &VariantOptions,
    output: &OutputOptions,
    shrink: ShrinkOnLoad,
) -> DynamicImage {
    let request = Request::new(*variant).output(output.clone().format(Format::Png)).shrink(shrink);
    image::load_from_memory(&Renderer::new().render(bytes, &request).unwrap().bytes).unwrap()
}

/// Renders to PNG and decodes that with the `image` crate.
fn pixels(bytes: &[u8], variant: &VariantOptions, output: &OutputOptions) -> DynamicImage {
    let rendered = Renderer::new()
        .render(bytes, &Request::new(*variant).output(output.clone().format(Format::Png)))
        .unwrap();
    image::load_from_memory(&rendered.bytes).unwrap()
}

/// Four quadrants: red, green / blue, white.
fn corners(width: u32, height: u32) -> RgbImage {
    let (half_w, half_h) = (width / 2, height / 2);
    RgbImage::from_fn(width, height, |x, y| match (x < half_w, y < half_h) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (true, false) => Rgb([0, 0, 255]),
        (false, false) => Rgb([255, 255, 255]),
    })
}

#[test]
fn a_photograph_has_the_placed_size_in_every_fit_and_format() {
    let mut renderer = Renderer::new();
    let boxes = [(200, 200), (90, 300), (800, 400)];
    let variants =
        Fit::REFERENCE.into_iter().flat_map(|fit| boxes.map(|(w, h)| VariantOptions::new(fit, w, h)));
    let all =
        [ROCKET, CHELSEA].into_iter().flat_map(|bytes| variants.clone().map(move |variant| (bytes, variant)));
    let all = all.flat_map(|(bytes, variant)| FORMATS.map(|format| (bytes, variant, format)));
    for (bytes, variant, format) in every(7, all) {
        let info = probe(bytes, &Limits::default()).unwrap();
        let placed = cretula::place(info.width, info.height, &variant).unwrap();
        let request = Request::new(variant).output(OutputOptions::new().format(format));
        let rendered = renderer.render(bytes, &request).unwrap();
        let size = (rendered.info.width, rendered.info.height);
        assert_eq!(size, (placed.canvas.width, placed.canvas.height));
        let decoded = match format {
            // These tests decode JPEG only with the library itself.
            Format::Jpeg => {
                let same = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
                pixels(&rendered.bytes, &same, &OutputOptions::new())
            }
            _ => image::load_from_memory(&rendered.bytes).unwrap(),
        };
        assert_eq!((decoded.width(), decoded.height()), size);
        assert!(rendered.warnings.is_empty(), "{:?}", rendered.warnings);
    }
}

#[test]
fn corners_stay_in_their_places() {
    let source = png(corners(400, 200));
    let colors = |fit, w, h| {
        let picture = pixels(&source, &VariantOptions::new(fit, w, h), &OutputOptions::new()).to_rgb8();
        let (w, h) = picture.dimensions();
        [(1, 1), (w - 2, 1), (1, h - 2), (w - 2, h - 2)].map(|(x, y)| picture.get_pixel(x, y).0)
    };
    let four = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
    for fit in [Fit::ScaleDown, Fit::Contain, Fit::Cover, Fit::Crop] {
        assert_eq!(colors(fit, 100, 100), four, "{fit}");
    }
    // Padding above and below.
    assert_eq!(colors(Fit::Pad, 100, 100), [[255; 3]; 4]);
}

#[test]
fn a_source_of_the_output_size_is_not_resampled() {
    let picture = image::load_from_memory(CHELSEA).unwrap();
    for fit in Fit::REFERENCE {
        let variant = VariantOptions::new(fit, picture.width(), picture.height());
        assert_eq!(pixels(CHELSEA, &variant, &OutputOptions::new()), picture, "{fit}");
    }
    // Neither is a crop at whole pixels.
    let variant = VariantOptions::new(Fit::Crop, 401, 1000);
    let (cropped, whole) =
        (pixels(CHELSEA, &variant, &OutputOptions::new()), picture.crop_imm(25, 0, 401, 300));
    assert_eq!(cropped, whole);
}

#[test]
fn colors_of_transparent_pixels_never_bleed() {
    // A red disc on transparent pixels of bright green.
    let disc = RgbaImage::from_fn(400, 400, |x, y| {
        let inside = (x as i32 - 200).pow(2) + (y as i32 - 200).pow(2) < 150 * 150;
        if inside { Rgba([255, 0, 0, 255]) } else { Rgba([0, 255, 0, 0]) }
    });
    for (side, fit) in [(97, Fit::Cover), (1000, Fit::Contain), (250, Fit::Pad)] {
        let variant = VariantOptions::new(fit, side, side);
        let small = pixels(&png(disc.clone()), &variant, &OutputOptions::new()).to_rgba8();
        for pixel in small.pixels().filter(|pixel| pixel.0[3] > 8) {
            assert!(pixel.0[1] <= 2 && pixel.0[0] >= 250, "{side}: {pixel:?}");
        }
        // Flattened on red, everything must be red.
        let output =
            OutputOptions::new().format(Format::Jpeg).quality(100).background(Color::opaque(255, 0, 0));
        let flat = Renderer::new()
            .render(&png(disc.clone()), &Request::new(variant).output(output.clone()))
            .unwrap();
        let same = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
        for pixel in pixels(&flat.bytes, &same, &OutputOptions::new()).to_rgb8().pixels() {
            assert!(pixel.0[0] >= 252 && pixel.0[1] <= 3 && pixel.0[2] <= 3, "{side}: {pixel:?}");
        }
    }
}

#[test]
fn sixteen_bit_precision_is_kept_until_encoding() {
    // A slope so gentle that 8-bit arithmetic would give steps of the wrong width.
    let slope = image::ImageBuffer::<image::Luma<u16>, _>::from_fn(4096, 8, |x, _| {
        image::Luma([u16::try_from(x * 2).unwrap()])
    });
    let variant = VariantOptions::new(Fit::Contain, 1024, 8);
    let small = pixels(&png(DynamicImage::ImageLuma16(slope)), &variant, &OutputOptions::new());
    let small = small.as_luma8().expect("gray stays gray");
    for x in 8..1016 {
        // The center of output pixel x is at 4x + 1.5 in the source.
        let ideal = (f64::from(x) * 8.0 + 3.0) * 255.0 / 65_535.0;
        let got = f64::from(small.get_pixel(x, 1).0[0]);
        assert!((got - ideal).abs() <= 0.52, "x {x}: {got} for {ideal}");
    }
}

#[test]
fn background_fills_padding_and_transparency() {
    let clear = png(RgbaImage::from_pixel(10, 10, Rgba([9, 9, 9, 0])));
    let teal = OutputOptions::new().background(Color::opaque(0, 128, 128));
    let variant = VariantOptions::new(Fit::Pad, 30, 20);
    let padded = pixels(&clear, &variant, &teal).to_rgba8();
    assert_eq!(padded.get_pixel(0, 0).0, [0, 128, 128, 255]);
    assert_eq!(padded.get_pixel(15, 10).0[3], 0, "a source with alpha keeps it inside the padding");
    let flat = Renderer::new()
        .render(&clear, &Request::new(variant).output(teal.format(Format::Jpeg).quality(100)))
        .unwrap();
    let flat =
        pixels(&flat.bytes, &VariantOptions::new(Fit::ScaleDown, 99, 99), &OutputOptions::new()).to_rgb8();
    assert!(flat.pixels().all(|p| p.0[0] < 4 && p.0[1].abs_diff(128) < 4 && p.0[2].abs_diff(128) < 4));
}

#[test]
fn a_set_looks_like_separate_renders() {
    let mut renderer = Renderer::new();
    let mut requests = Vec::new();
    for fit in Fit::REFERENCE {
        for format in FORMATS {
            let output = OutputOptions::new().format(format);
            requests.push(Request::new(VariantOptions::new(fit, 120, 80)).output(output.clone()));
            requests.push(Request::new(VariantOptions::new(fit, 33, 77)).output(output.quality(95)));
        }
    }
    let set = renderer.render_all(ROCKET, &requests, None).unwrap();
    assert_eq!(set.len(), requests.len());
    for (request, from_set) in requests.iter().zip(&set) {
        let alone = renderer.render(ROCKET, request).unwrap();
        assert_eq!(
            (alone.info.width, alone.info.height, alone.info.format),
            (from_set.info.width, from_set.info.height, from_set.info.format)
        );
        // A set is decoded at the scale for its largest variant; a single variant may be decoded at
        // a smaller one.
        if alone.info.format == Format::Png {
            let [alone, from_set] =
                [alone, from_set.clone()].map(|r| image::load_from_memory(&r.bytes).unwrap().to_rgb8());
            let off: u32 =
                alone.as_raw().iter().zip(from_set.as_raw()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            let mean = f64::from(off) / alone.as_raw().len() as f64;
            assert!(mean < 3.0, "{request:?}: {mean}");
        }
    }
    assert!(renderer.render_all(ROCKET, &[], None).unwrap().is_empty());
}

#[test]
fn same_bytes_and_options_give_the_same_bytes() {
    let variant = VariantOptions::new(Fit::Cover, 77, 55);
    let render = |format| {
        Renderer::new()
            .render(ROCKET, &Request::new(variant).output(OutputOptions::new().format(format)))
            .unwrap()
    };
    for format in FORMATS {
        assert_eq!(render(format), render(format));
    }
}

#[test]
fn limit_errors_name_value_and_bound_and_leave_the_renderer_usable() {
    let variant = VariantOptions::new(Fit::Cover, 32, 32);
    let output = OutputOptions::new();
    let with = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        Renderer::with_limits(limits)
            .render(ROCKET, &Request::new(variant).output(output.clone()))
            .unwrap_err()
    };
    for (error, says) in [
        (with(|l| l.max_input_bytes = 1000), "the input is 112525 bytes, the limit is 1000"),
        (with(|l| l.max_side = 600), "the width is 640 pixels, the limit is 600"),
        (with(|l| l.max_pixels = 1000), "the image is 273280 pixels, the limit is 1000"),
        (with(|l| l.max_memory_bytes = 50_000), "bytes, the limit is 50000"),
    ] {
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert_eq!(error.http_status(), 413);
        assert!(error.to_string().contains(says), "{error}");
    }
    let late = with(|l| l.deadline = Some(Duration::ZERO));
    assert_eq!((late.kind(), late.http_status(), late.code()), (ErrorKind::DeadlineExceeded, 504, 9529));

    let mut renderer = Renderer::new();
    let token = CancelToken::new();
    token.cancel();
    let request = Request::new(variant).output(output.clone());
    let error = renderer.render_all(ROCKET, std::slice::from_ref(&request), Some(&token)).unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Cancelled, 499));
    assert!(renderer.render(ROCKET, &request).is_ok());
}

#[test]
fn arguments_are_checked_before_the_image() {
    let mut renderer = Renderer::new();
    let good = VariantOptions::new(Fit::Cover, 32, 32);
    for (w, h, says) in [
        (0, 5, "width must be a whole number of pixels from 1 to 12000, got 0"),
        (5, 12_001, "height must be a whole number of pixels from 1 to 12000, got 12001"),
    ] {
        let error = renderer.render(b"", &Request::new(VariantOptions::new(Fit::Cover, w, h))).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidArgument, says));
    }
    let error =
        renderer.render(b"", &Request::new(good).output(OutputOptions::new().quality(0))).unwrap_err();
    assert_eq!(error.to_string(), "quality must be a whole number from 1 to 100, got 0");
    let error = renderer
        .render(b"", &Request::new(good).output(OutputOptions::new().format(Format::Avif)))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
}

#[test]
fn unknown_formats_are_unsupported_and_broken_files_are_malformed() {
    let mut renderer = Renderer::new();
    let variant = VariantOptions::new(Fit::Cover, 32, 32);
    let mut error = |bytes: &[u8]| renderer.render(bytes, &Request::new(variant)).unwrap_err();
    let empty = error(b"");
    assert_eq!((empty.kind(), empty.code()), (ErrorKind::UnsupportedFormat, 9412));
    assert_eq!(empty.to_string(), "not an image: the input is empty");
    assert_eq!(error(b"%PDF-1.4 hello").kind(), ErrorKind::UnsupportedFormat);
    let short = error(&ROCKET[..2000]);
    assert_eq!((short.kind(), short.http_status(), short.code()), (ErrorKind::MalformedImage, 422, 9516));
}

/// A header that claims 65535 pixels per side is rejected by its numbers, before any allocation.
#[test]
fn a_giant_header_is_rejected_at_once() {
    let mut giant_png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x06\0\0\0".to_vec();
    giant_png.extend([0; 4]);
    let giant_jpeg = b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\
        \xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0";
    let giant_gif = b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\0;";
    let giant_webp = b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xfe\xff\0\xfe\xff\0";
    for bytes in [&giant_png[..], giant_jpeg, giant_gif, giant_webp] {
        let error = probe(bytes, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
        assert!(error.to_string().contains("65535 pixels, the limit is 12000"), "{error}");
    }
}

/// A small file of each format, truncated at every offset, gives an error, or the whole image if
/// only padding is missing.
#[test]
fn truncated_at_every_offset() {
    let mut renderer = Renderer::new();
    let small = VariantOptions::new(Fit::Cover, 24, 16).metadata(MetadataPolicy::Keep);
    for format in FORMATS {
        let output = OutputOptions::new().format(format);
        let whole = renderer.render(ROCKET, &Request::new(small).output(output.clone())).unwrap();
        let reference = renderer
            .render(&whole.bytes, &Request::new(small).output(OutputOptions::new().format(Format::Png)))
            .unwrap();
        for end in 0..whole.bytes.len() {
            let cut = &whole.bytes[..end];
            match renderer.render(cut, &Request::new(small).output(OutputOptions::new().format(Format::Png)))
            {
                Ok(rendered) => assert!(
                    rendered.bytes == reference.bytes,
                    "{format} cut at {end} of {}",
                    whole.bytes.len()
                ),
                Err(error) => {
                    let expected = [ErrorKind::MalformedImage, ErrorKind::UnsupportedFormat];
                    assert!(expected.contains(&error.kind()), "{format} cut at {end}: {error:?}");
                }
            }
        }
    }
}

#[test]
fn jpeg_chroma_is_subsampled_up_to_quality_90() {
    let sampling = |quality| {
        let output = OutputOptions::new().quality(quality);
        let bytes = Renderer::new()
            .render(ROCKET, &Request::new(VariantOptions::new(Fit::Cover, 64, 64)).output(output.clone()))
            .unwrap()
            .bytes;
        let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        bytes[frame + 11]
    };
    assert_eq!([1, 85, 90].map(sampling), [0x22; 3]);
    assert_eq!([91, 100].map(sampling), [0x11; 2]);
}

#[test]
fn gif_keeps_up_to_256_colors_exactly_and_dithers_more() {
    let flat = png(corners(60, 40));
    let variant = VariantOptions::new(Fit::ScaleDown, 60, 40);
    let gif = Renderer::new()
        .render(&flat, &Request::new(variant).output(OutputOptions::new().format(Format::Gif)))
        .unwrap();
    assert_eq!(image::load_from_memory(&gif.bytes).unwrap().to_rgb8(), corners(60, 40));

    let photo = image::load_from_memory(CHELSEA).unwrap().to_rgb8();
    let variant = VariantOptions::new(Fit::ScaleDown, 1000, 1000);
    let gif = Renderer::new()
        .render(CHELSEA, &Request::new(variant).output(OutputOptions::new().format(Format::Gif)))
        .unwrap();
    let gif = image::load_from_memory(&gif.bytes).unwrap().to_rgb8();
    // Dithered: each patch keeps its mean color closely, though single pixels do not.
    for (px, py) in [(0, 0), (100, 60), (200, 150), (360, 200)] {
        for channel in 0..3 {
            let mean = |picture: &RgbImage| {
                let sum: u32 = (0..40)
                    .flat_map(|y| (0..40).map(move |x| (px + x, py + y)))
                    .map(|(x, y)| u32::from(picture.get_pixel(x, y).0[channel]))
                    .sum();
                f64::from(sum) / 1600.0
            };
            assert!((mean(&photo) - mean(&gif)).abs() < 1.5, "patch {px},{py} channel {channel}");
        }
    }
}

#[test]
fn preserve_keeps_pixels_and_embeds_the_profile() {
    // A PNG that states linear light through gAMA.
    let mut bytes = png(RgbImage::from_pixel(8, 8, Rgb([128, 128, 128])));
    let gamma = [b"\0\0\0\x04gAMA\0\x01\x86\xa0".as_slice(), &[0x31, 0xe8, 0x96, 0x5f]].concat();
    bytes.splice(33..33, gamma);
    let variant = VariantOptions::new(Fit::ScaleDown, 8, 8);
    let srgb = pixels(&bytes, &variant, &OutputOptions::new()).to_rgb8();
    assert!(
        srgb.get_pixel(4, 4).0[0].abs_diff(188) <= 1,
        "linear 0.5 is sRGB 188: {:?}",
        srgb.get_pixel(4, 4)
    );
    let preserve = OutputOptions::new().color(ColorPolicy::Preserve);
    for format in FORMATS {
        let rendered = Renderer::new()
            .render(&bytes, &Request::new(variant).output(preserve.clone().format(format)))
            .unwrap();
        let info = probe(&rendered.bytes, &Limits::default()).unwrap();
        assert_eq!(info.has_profile, format != Format::Gif, "{format}");
        // Interpreted with its profile, the file shows the same gray.
        let seen = pixels(&rendered.bytes, &variant, &OutputOptions::new()).to_rgb8();
        assert!(seen.get_pixel(4, 4).0[0].abs_diff(188) <= 3, "{format}: {:?}", seen.get_pixel(4, 4));
    }
}

#[test]
fn lossless_output_is_rendered_from_twice_its_pixels() {
    // Decoded at 1/2, the 640 pixels of the photograph would be only 1.28 times the 250 of the
    // variant.
    let (whole, small) =
        (VariantOptions::new(Fit::ScaleDown, 640, 640), VariantOptions::new(Fit::ScaleDown, 250, 250));
    // Colors are converted after resampling, so compare without conversion.
    let output = OutputOptions::new().format(Format::Png).color(ColorPolicy::Preserve);
    let all = Renderer::new().render(ROCKET, &Request::new(whole).output(output.clone())).unwrap();
    let of_all = pixels(&all.bytes, &small, &output).to_rgb8();
    let off = |shrink| {
        let made = pixels_at(ROCKET, &small, &output, shrink).to_rgb8();
        made.as_raw().iter().zip(of_all.as_raw()).map(|(a, b)| a.abs_diff(*b)).max()
    };
    assert_eq!(off(ShrinkOnLoad::Fine), Some(0));
    assert!(off(ShrinkOnLoad::Fast) > Some(9), "`fast` is rendered from fewer pixels");
    assert_eq!(off(ShrinkOnLoad::Never), Some(0));
}

#[test]
fn shrink_never_renders_a_jpeg_from_all_its_pixels() {
    // 18 pixels of the photograph per pixel of the variant, from YCbCr planes; compared with a
    // rendering from a PNG of all pixels.
    let whole = VariantOptions::new(Fit::ScaleDown, 640, 640);
    let small = VariantOptions::new(Fit::ScaleDown, 150, 150);
    let output = OutputOptions::new().color(ColorPolicy::Preserve);
    let png = output.clone().format(Format::Png);
    let all = Renderer::new()
        .render(ROCKET, &Request::new(whole).output(png.clone()).shrink(ShrinkOnLoad::Never))
        .unwrap()
        .bytes;
    let of_all = pixels(&all, &small, &png).to_rgb8();
    assert!(pixels_at(ROCKET, &small, &png, ShrinkOnLoad::Never).to_rgb8() == of_all);
    let output = output.format(Format::Jpeg).quality(90);
    let off = |shrink| {
        let bytes = Renderer::new()
            .render(ROCKET, &Request::new(small).output(output.clone()).shrink(shrink))
            .unwrap()
            .bytes;
        let made = pixels(&bytes, &small, &png).to_rgb8();
        let squares =
            made.as_raw().iter().zip(of_all.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2));
        squares.sum::<u64>() as f64 / made.as_raw().len() as f64
    };
    let [never, fine, fast] = [ShrinkOnLoad::Never, ShrinkOnLoad::Fine, ShrinkOnLoad::Fast].map(off);
    assert!(never < fine && fine < fast, "{never} {fine} {fast}");
}

#[test]
fn more_effort_gives_a_smaller_webp_and_leaves_other_formats_unchanged() {
    let variant = VariantOptions::new(Fit::ScaleDown, 400, 400);
    let size = |format, effort| {
        let output = OutputOptions::new().format(format).webp(WebpOptions::new().effort(effort));
        Renderer::new().render(ROCKET, &Request::new(variant).output(output.clone())).unwrap().bytes.len()
    };
    if cfg!(feature = "webp-lossy") {
        assert!(
            size(Format::WebP, 6) < size(Format::WebP, 4) && size(Format::WebP, 4) < size(Format::WebP, 1)
        );
        assert_eq!(size(Format::WebP, 2), size(Format::WebP, WebpOptions::new().effort));
    }
    for format in [Format::Jpeg, Format::Png, Format::Gif] {
        assert_eq!(size(format, 1), size(format, 6), "{format}");
    }
}

#[test]
fn a_cached_profile_converts_as_a_new_one() {
    let picture = RgbImage::from_fn(40, 40, |x, y| Rgb([50 + 4 * x as u8, 200 - 3 * y as u8, 90]));
    let profiles = [
        ColorProfile::new_srgb(),
        ColorProfile::new_display_p3(),
        ColorProfile::new_bt2020(),
        ColorProfile::new_adobe_rgb(),
        ColorProfile::new_pro_photo_rgb(),
    ];
    let (variant, preserve) =
        (VariantOptions::new(Fit::Cover, 20, 20), OutputOptions::new().color(ColorPolicy::Preserve));
    let mut sources = Vec::new();
    for profile in profiles {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(profile.encode().unwrap()).unwrap();
        encoder.write_image(&picture, 40, 40, ExtendedColorType::Rgb8).unwrap();
        let whole = VariantOptions::new(Fit::ScaleDown, 40, 40);
        let jpeg = Renderer::new()
            .render(&bytes, &Request::new(whole).output(preserve.clone().format(Format::Jpeg)))
            .unwrap();
        sources.extend([bytes, jpeg.bytes]);
    }
    let mut kept = Renderer::new();
    let mut seen = Vec::new();
    for (round, source) in (0..3).flat_map(|round| sources.iter().map(move |source| (round, source))) {
        for output in [OutputOptions::new().format(Format::Png), preserve.clone()] {
            let rendered = kept.render(source, &Request::new(variant).output(output.clone())).unwrap();
            assert_eq!(
                rendered,
                Renderer::new().render(source, &Request::new(variant).output(output.clone())).unwrap(),
                "round {round}"
            );
            seen.push(rendered.bytes);
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 20, "all sources give different images, converted and not");
}
