//! Reading headers: each format, a JPEG of 12 megapixels without and with the metadata of a camera,
//! and a truncated file. For comparison: the headers read by decoders, libjpeg-turbo-rs for JPEG
//! and `image` for the rest. These return neither orientation nor metadata, but also prepare
//! decoding.
//!
//! The time does not depend on the size of the image, except for GIF, where all frames are counted.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

mod pictures;

use std::hint::black_box;
use std::io::Cursor;

use cretula::{ErrorKind, Fit, Format, Limits, probe};
use criterion::{Criterion, criterion_group, criterion_main};
use image::ImageReader;

use crate::pictures::{PHOTO, camera, render, with_metadata};

fn benches(c: &mut Criterion) {
    let limits = Limits::default();
    let large = camera(4000, 3000, false);
    let annotated = with_metadata(large.clone());
    let made = |format| render(PHOTO, Fit::Cover, 640, 480, format);

    let mut group = c.benchmark_group("probe");
    for (name, file, format, size, metadata) in [
        ("JPEG, 12 MP", &large, Format::Jpeg, (4000, 3000), false),
        ("JPEG, 12 MP, EXIF and a profile", &annotated, Format::Jpeg, (4000, 3000), true),
        ("PNG, 640×480", &made(Format::Png), Format::Png, (640, 480), false),
        ("WebP, 640×480", &made(Format::WebP), Format::WebP, (640, 480), false),
        ("GIF, 640×480", &made(Format::Gif), Format::Gif, (640, 480), false),
    ] {
        let info = probe(file, &limits).unwrap();
        assert_eq!((info.format, (info.width, info.height), info.frames), (format, size, 1), "{name}");
        assert_eq!((info.has_exif, info.has_profile), (metadata, metadata), "{name}");
        assert_eq!(decoders_size(file), size, "{name}");
        group.bench_function(name, |b| b.iter(|| probe(black_box(file), &limits).unwrap()));
        group.bench_function(format!("decoder's own/{name}"), |b| b.iter(|| decoders_size(black_box(file))));
    }
    let cut = &large[..100];
    assert_eq!(probe(cut, &limits).unwrap_err().kind(), ErrorKind::MalformedImage);
    group.bench_function("refusal, JPEG of 100 bytes", |b| {
        b.iter(|| probe(black_box(cut), &limits).unwrap_err());
    });
    group.finish();
}

fn decoders_size(file: &[u8]) -> (u32, u32) {
    if file.starts_with(&[0xff, 0xd8]) {
        let header = libjpeg_turbo_rs::probe(file).unwrap();
        return (u32::try_from(header.width).unwrap(), u32::try_from(header.height).unwrap());
    }
    ImageReader::new(Cursor::new(file)).with_guessed_format().unwrap().into_dimensions().unwrap()
}

criterion_group!(all, benches);
criterion_main!(all);
