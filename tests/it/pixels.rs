//! Pixels in and out: `Renderer::decode`, `Renderer::render_pixels`, lossless WebP.

use cretula::{
    Color, DecodeOptions, ErrorKind, Fit, Format, Limits, OutputOptions, PixelLayout, Pixels, Renderer,
    Request, VariantOptions, WebpOptions,
};

use crate::reuse::every_layout;

fn whole() -> VariantOptions {
    VariantOptions::new(Fit::ScaleDown, 12_000, 12_000)
}

fn png() -> OutputOptions {
    OutputOptions::new().format(Format::Png)
}

/// The pixels of a PNG as another decoder sees them.
fn rgba(png: &[u8]) -> Vec<u8> {
    image::load_from_memory_with_format(png, image::ImageFormat::Png).unwrap().into_rgba8().into_raw()
}

#[test]
fn decoding_gives_the_pixels_of_a_png() {
    let mut renderer = Renderer::new();
    for image in every_layout(61, 47) {
        let decoded = renderer.decode(&image, &DecodeOptions::new()).unwrap();
        let rendered = renderer.render(&image, &Request::new(whole()).output(png())).unwrap();
        assert_eq!(
            (decoded.pixels.width(), decoded.pixels.height()),
            (rendered.info.width, rendered.info.height)
        );
        assert_eq!(decoded.pixels.layout(), PixelLayout::Rgba);
        assert_eq!(decoded.warnings, rendered.warnings);
        assert!(decoded.pixels.samples() == rgba(&rendered.bytes));
    }
}

#[test]
fn pixels_render_as_a_png_of_them_does() {
    let mut renderer = Renderer::new();
    let (width, height) = (61, 47);
    for layout in PixelLayout::ALL {
        let samples: Vec<u8> =
            (0..width * height * layout.channels()).map(|i| (i * 7 + i / 61 * 3) as u8).collect();
        let pixels = Pixels::new(width as u32, height as u32, layout, samples).unwrap();
        let file = renderer.render_pixels(&pixels, &Request::new(whole()).output(png())).unwrap().bytes;
        for (fit, format) in Fit::REFERENCE.into_iter().zip([
            Format::Png,
            Format::Jpeg,
            Format::WebP,
            Format::Gif,
            Format::Png,
        ]) {
            for side in [20, 100] {
                let output = OutputOptions::new().format(format).background(Color::opaque(10, 200, 30));
                let request = Request::new(VariantOptions::new(fit, side, 30)).output(output);
                let direct = renderer.render_pixels(&pixels, &request).unwrap();
                let by_file = renderer.render(&file, &request).unwrap();
                assert!(direct.bytes == by_file.bytes, "{layout:?} {fit} {format} {side}");
            }
        }
    }
}

#[test]
fn without_a_format_pixels_become_jpeg_or_png() {
    for (layout, format) in
        PixelLayout::ALL.into_iter().zip([Format::Jpeg, Format::Png, Format::Jpeg, Format::Png])
    {
        let pixels = Pixels::new(2, 2, layout, vec![9; 4 * layout.channels()]).unwrap();
        let rendered = Renderer::new().render_pixels(&pixels, &Request::new(whole())).unwrap();
        assert_eq!(rendered.info.format, format, "{layout:?}");
    }
}

#[test]
fn pixels_are_subject_to_limits() {
    let mut limits = Limits::default();
    limits.max_pixels = 99;
    let pixels = Pixels::new(10, 10, PixelLayout::Gray, vec![0; 100]).unwrap();
    let error = Renderer::with_limits(limits).render_pixels(&pixels, &Request::new(whole())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn lossless_webp_keeps_every_pixel() {
    let mut renderer = Renderer::new();
    let lossless = OutputOptions::new().format(Format::WebP).webp(WebpOptions::new().lossless(true));
    for image in every_layout(61, 47) {
        let exact = renderer.render(&image, &Request::new(whole()).output(png())).unwrap();
        let webp = renderer.render(&image, &Request::new(whole()).output(lossless.clone())).unwrap();
        let back = renderer.decode(&webp.bytes, &DecodeOptions::new()).unwrap();
        let (mut expected, mut found) = (rgba(&exact.bytes), back.pixels.into_samples());
        // The color of a fully transparent pixel cannot be seen.
        for samples in [&mut expected, &mut found] {
            samples.chunks_exact_mut(4).filter(|pixel| pixel[3] == 0).for_each(|pixel| pixel.fill(0));
        }
        assert!(found == expected);
    }
}

#[test]
fn a_cleared_renderer_gives_the_same_bytes() {
    let mut renderer = Renderer::new();
    let request = Request::new(VariantOptions::new(Fit::Cover, 50, 50));
    for image in every_layout(61, 47) {
        let before = renderer.render(&image, &request).unwrap();
        renderer.clear();
        assert!(renderer.render(&image, &request).unwrap() == before);
    }
}

#[cfg(feature = "image")]
#[test]
fn pixels_convert_from_and_to_dynamic_images() {
    for layout in PixelLayout::ALL {
        let samples: Vec<u8> = (0..6 * layout.channels()).map(|i| i as u8 * 9).collect();
        let pixels = Pixels::new(3, 2, layout, samples).unwrap();
        let image = image::DynamicImage::from(pixels.clone());
        assert_eq!((image.width(), image.height()), (3, 2));
        assert_eq!(Pixels::try_from(image).unwrap(), pixels);
    }
    let empty = image::DynamicImage::new_rgb8(0, 3);
    assert_eq!(Pixels::try_from(empty).unwrap_err().kind(), ErrorKind::InvalidArgument);
}
