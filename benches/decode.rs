//! Variants of a 12-megapixel JPEG, from bytes to bytes, one for each scale of decoding; beside them what the encoder
//! takes of it, and what another decoder takes for all pixels.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

use std::hint::black_box;

use cretula::{Fit, Format, OutputOptions, Renderer, VariantOptions};
use criterion::{Criterion, criterion_group, criterion_main};
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling, decompress_to};

const PHOTO: &[u8] = include_bytes!("../tests/images/rocket.jpg");

/// The photograph at another size, as RGB, with the grain that a camera adds: without it there would be too little to
/// decode.
fn samples(width: u32, height: u32) -> Vec<u8> {
    let png = variant(PHOTO, Fit::Cover, width, height, Format::Png);
    let mut samples = image::load_from_memory(&png).unwrap().into_rgb8().into_raw();
    let mut state = 0x2545_f491_u32;
    for pixel in samples.chunks_exact_mut(3) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let grain = i16::from(state.to_le_bytes()[1] % 15) - 7;
        for sample in pixel {
            *sample = u8::try_from((i16::from(*sample) + grain).clamp(0, 255)).unwrap();
        }
    }
    samples
}

/// Those samples as a camera's file: quality 90, 4:2:0.
fn camera(width: u32, height: u32, progressive: bool) -> Vec<u8> {
    encoded(&samples(width, height), width, height, 90, progressive)
}

fn encoded(samples: &[u8], width: u32, height: u32, quality: u8, progressive: bool) -> Vec<u8> {
    Encoder::new(samples, width as usize, height as usize, PixelFormat::Rgb)
        .quality(quality)
        .subsampling(Subsampling::S420)
        .progressive(progressive)
        .encode()
        .unwrap()
}

fn variant(file: &[u8], fit: Fit, width: u32, height: u32, format: Format) -> Vec<u8> {
    let mut output = OutputOptions::new().format(format);
    if format == Format::Jpeg {
        output = output.quality(80);
    }
    let rendered = Renderer::new().render(file, &VariantOptions::new(fit, width, height), &output).unwrap();
    assert!(rendered.width <= width && rendered.height <= height);
    rendered.bytes
}

fn benches(c: &mut Criterion) {
    let (large, small) = (camera(4000, 3000, false), camera(800, 600, false));
    let progressive = camera(4000, 3000, true);
    assert!((2_500_000..5_000_000).contains(&large.len()), "{} bytes, not a camera's", large.len());

    // Full size is libjpeg-turbo's own, to the bit.
    let whole = variant(&small, Fit::ScaleDown, 800, 600, Format::Png);
    let theirs = decompress_to(&small, PixelFormat::Rgb).unwrap();
    assert_eq!(image::load_from_memory(&whole).unwrap().into_rgb8().into_raw(), theirs.data);

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
        let bytes = variant(file, fit, side, side, Format::Jpeg);
        let shown = decompress_to(&bytes, PixelFormat::Rgb).unwrap();
        let height = if fit == Fit::Cover { side } else { side * 3 / 4 };
        assert_eq!((shown.width, shown.height), (side as usize, height as usize), "{name}");
        let mut renderer = Renderer::new();
        let options = VariantOptions::new(fit, side, side);
        let output = OutputOptions::new().format(Format::Jpeg).quality(80);
        group.bench_function(name, |b| {
            b.iter(|| renderer.render(black_box(file), &options, &output).unwrap());
        });
    }
    #[cfg(feature = "parallel")]
    for (name, fit, side, format) in [
        ("an eighth: cover 320", Fit::Cover, 320, Format::Jpeg),
        ("a half: scale-down 1600", Fit::ScaleDown, 1600, Format::Jpeg),
        ("full size: scale-down 4000", Fit::ScaleDown, 4000, Format::Jpeg),
    ] {
        let options = VariantOptions::new(fit, side, side);
        let output = OutputOptions::new().format(format).quality(80);
        let mut answers = Vec::new();
        for threads in [1, 2] {
            let mut renderer = Renderer::new();
            renderer.set_threads(std::num::NonZeroUsize::new(threads).unwrap());
            answers.push(renderer.render(&large, &options, &output).unwrap());
            group.bench_function(format!("12 MP on {threads} threads, {name}"), |b| {
                b.iter(|| renderer.render(black_box(&large), &options, &output).unwrap());
            });
        }
        assert_eq!(answers[0], answers[1], "{name}");
    }
    let (width, height) = (1600, 1200);
    let variant = samples(width, height);
    group.bench_function("part/encode 1600×1200", |b| {
        b.iter(|| encoded(black_box(&variant), width, height, 80, false));
    });
    group.bench_function("libjpeg-turbo-rs/12 MP, all pixels, nothing else", |b| {
        b.iter(|| decompress_to(black_box(&large), PixelFormat::Rgb).unwrap());
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
