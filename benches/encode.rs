//! Encoding a variant of 320 × 240 in each format, from a source of exactly that size. For
//! comparison: only the encoder, for JPEG and PNG; the files must be identical.
//!
//! The source is an uncompressed PNG: the figures otherwise include only the time to read it, which
//! is measured separately.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

mod pictures;

use std::hint::black_box;

use cretula::{Fit, Format, Renderer, Request, VariantOptions};
use criterion::{Criterion, criterion_group, criterion_main};
use image::DynamicImage;

use crate::pictures::{jpeg, output, photo, png, shown, stored_png};

const SIZE: (u32, u32) = (320, 240);

fn benches(c: &mut Criterion) {
    let picture = photo(SIZE.0, SIZE.1);
    let pixels = DynamicImage::from(picture.clone());
    let file = stored_png(&pixels);
    let mut renderer = Renderer::new();
    let options = VariantOptions::new(Fit::ScaleDown, SIZE.0, SIZE.1);

    let mut group = c.benchmark_group("encode");
    for format in [Format::Jpeg, Format::Png, Format::WebP, Format::Gif] {
        let output = output(format);
        let bytes = renderer.render(&file, &Request::new(options).output(output.clone())).unwrap().bytes;
        assert_eq!(shown(&bytes).dimensions(), SIZE, "{format}");
        match format {
            Format::Jpeg => {
                assert!(bytes == jpeg(&picture, 80, false), "differs from the JPEG of the encoder")
            }
            Format::Png => {
                assert!(bytes == png(&pixels), "differs from the PNG of the encoder");
                assert_eq!(shown(&bytes), picture);
            }
            _ => {}
        }
        group.bench_function(format.as_str(), |b| {
            b.iter(|| {
                renderer.render(black_box(&file), &Request::new(options).output(output.clone())).unwrap()
            });
        });
    }
    group.bench_function("encoder alone/jpeg", |b| b.iter(|| jpeg(black_box(&picture), 80, false)));
    group.bench_function("encoder alone/png", |b| b.iter(|| png(black_box(&pixels))));
    group.bench_function("part/decode the source", |b| {
        b.iter(|| image::load_from_memory(black_box(&file)).unwrap());
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
