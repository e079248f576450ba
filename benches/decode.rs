//! Variants of a 12-megapixel JPEG, from bytes to bytes, one for each decoding scale (the smallest
//! that still covers the target size: [`ShrinkOnLoad::Fast`]). For comparison: the time of the
//! encoder, and another decoder at full size.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

mod pictures;

use std::hint::black_box;

use cretula::{Fit, Format, Renderer, Request, ShrinkOnLoad, VariantOptions};
use criterion::{Criterion, criterion_group, criterion_main};
use libjpeg_turbo_rs::{PixelFormat, decompress_to};

use crate::pictures::{camera, jpeg, output, photo, render, shown};

fn benches(c: &mut Criterion) {
    let (large, small) = (camera(4000, 3000, false), camera(800, 600, false));
    let progressive = camera(4000, 3000, true);
    assert!((2_500_000..5_000_000).contains(&large.len()), "{} bytes, unlike a camera file", large.len());

    // At full size, the pixels are bit-exact with libjpeg-turbo.
    let whole = render(&small, Fit::ScaleDown, 800, 600, Format::Png);
    assert_eq!(shown(&whole), shown(&small));

    let mut group = c.benchmark_group("decode");
    group.sample_size(15);
    for (name, file, fit, side) in [
        ("12 MP, an eighth: cover 320", &large, Fit::Cover, 320),
        ("12 MP, an eighth, progressive: cover 320", &progressive, Fit::Cover, 320),
        ("12 MP, a quarter: scale-down 900", &large, Fit::ScaleDown, 900),
        ("12 MP, a half: scale-down 1600", &large, Fit::ScaleDown, 1600),
        ("12 MP, full size: scale-down 2400", &large, Fit::ScaleDown, 2400),
        ("0.5 MP, a half: cover 200", &small, Fit::Cover, 200),
    ] {
        let mut renderer = Renderer::new();
        let options = VariantOptions::new(fit, side, side);
        let request = Request::new(options).output(output(Format::Jpeg)).shrink(ShrinkOnLoad::Fast);
        let bytes = renderer.render(file, &request).unwrap().bytes;
        let height = if fit == Fit::Cover { side } else { side * 3 / 4 };
        assert_eq!(shown(&bytes).dimensions(), (side, height), "{name}");
        group.bench_function(name, |b| {
            b.iter(|| renderer.render(black_box(file), &request).unwrap());
        });
    }
    for (name, fit, side) in [
        ("an eighth: cover 320", Fit::Cover, 320),
        ("a half: scale-down 1600", Fit::ScaleDown, 1600),
        ("full size: scale-down 4000", Fit::ScaleDown, 4000),
    ] {
        let options = VariantOptions::new(fit, side, side);
        let request = Request::new(options).output(output(Format::Jpeg)).shrink(ShrinkOnLoad::Fast);
        let mut answers = Vec::new();
        for threads in [1, 2] {
            let mut renderer = Renderer::new();
            renderer.set_threads(std::num::NonZeroUsize::new(threads).unwrap());
            answers.push(renderer.render(&large, &request).unwrap());
            group.bench_function(format!("12 MP on {threads} threads, {name}"), |b| {
                b.iter(|| renderer.render(black_box(&large), &request).unwrap());
            });
        }
        assert_eq!(answers[0], answers[1], "{name}");
    }
    let variant = photo(1600, 1200);
    group.bench_function("part/encode 1600×1200", |b| b.iter(|| jpeg(black_box(&variant), 80, false)));
    group.bench_function("libjpeg-turbo-rs/12 MP, all pixels, nothing else", |b| {
        b.iter(|| decompress_to(black_box(&large), PixelFormat::Rgb).unwrap());
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
