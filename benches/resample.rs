//! Reducing 1600 × 1200 to 320 × 240, gray, RGB and RGBA, by Lanczos3. For comparison: only
//! `fast_image_resize`, whose kernels the library uses. By itself it starts with the vertical pass,
//! which is faster; the library starts with the horizontal pass, like Pillow. Since each pass
//! rounds, some samples differ by one.
//!
//! The library has no API for pixels: each figure includes decoding an uncompressed PNG, which is
//! measured separately, and encoding a small one, which takes under a millisecond. YCbCr planes of
//! a JPEG, which are resampled without conversion to pixels, are measured in `decode.rs`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

mod pictures;

use std::hint::black_box;

use cretula::{Fit, Format, Renderer, Request, VariantOptions};
use criterion::{Criterion, criterion_group, criterion_main};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::DynamicImage;

use crate::pictures::{output, photo, png, stored_png, vignette};

const TARGET: (u32, u32) = (320, 240);

fn benches(c: &mut Criterion) {
    let rgb = photo(1600, 1200);
    let rgba = DynamicImage::from(vignette(&rgb));
    let rgb = DynamicImage::from(rgb);

    let mut group = c.benchmark_group("resample");
    let gray = DynamicImage::from(rgb.to_luma8());
    for (name, kind, picture) in
        [("gray", PixelType::U8, gray), ("RGB", PixelType::U8x3, rgb), ("RGBA", PixelType::U8x4, rgba)]
    {
        let file = stored_png(&picture);
        let (mut renderer, mut resizer) = (Renderer::new(), Resizer::new());
        let options = VariantOptions::new(Fit::Cover, TARGET.0, TARGET.1);
        let output = output(Format::Png);

        let ours = renderer.render(&file, &Request::new(options).output(output.clone())).unwrap().bytes;
        let ours = image::load_from_memory(&ours).unwrap();
        let theirs = alone(&mut resizer, &picture, kind);
        assert_eq!((ours.width(), ours.height(), ours.color()), (TARGET.0, TARGET.1, picture.color()));
        let apart = mean_distance(ours.as_bytes(), theirs.buffer());
        assert!(apart < 0.25, "{name}: differs by {apart}");

        group.bench_function(name, |b| {
            b.iter(|| {
                renderer.render(black_box(&file), &Request::new(options).output(output.clone())).unwrap()
            });
        });
        group.bench_function(format!("fast_image_resize alone/{name}"), |b| {
            b.iter(|| alone(&mut resizer, black_box(&picture), kind));
        });
        group.bench_function(format!("part/decode {name}"), |b| {
            b.iter(|| image::load_from_memory(black_box(&file)).unwrap());
        });
        group.bench_function(format!("part/encode {name}"), |b| b.iter(|| png(black_box(&ours))));
    }
    group.finish();
}

fn alone(resizer: &mut Resizer, picture: &DynamicImage, kind: PixelType) -> Image<'static> {
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_bytes(), kind).unwrap();
    let mut target = Image::new(TARGET.0, TARGET.1, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    resizer.resize(&source, &mut target, &options).unwrap();
    target
}

fn mean_distance(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}

criterion_group!(all, benches);
criterion_main!(all);
