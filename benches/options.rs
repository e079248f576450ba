//! The cost of each transformation option: 800 × 600 from a framed 12-megapixel JPEG of 3:2, from
//! bytes to bytes. For comparison: the same output without the option, in the same format.
//!
//! A JPEG usually stays in Y, Cb and Cr. Effects except sharpening, the border and `trim=border`
//! need RGB, and include the conversion. `benches/options` writes the record.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

mod pictures;

use std::hint::black_box;

use cretula::{Format, NegotiateOptions, Renderer, Request, Source, VariantOptions, negotiate};
use criterion::{Criterion, criterion_group, criterion_main};
use image::{Rgb, RgbImage};

use crate::pictures::{jpeg, photo};

const BOX: &str = "width=800,height=600,fit=cover";

/// The frame's width in source pixels: whole MCUs, so that its edges are sharp.
const FRAME: u32 = 64;

/// Groups of options: the first of each is what the others are compared with.
const GROUPS: [&[&str]; 4] = [
    &[
        "",
        "gravity=auto",
        "trim=64;64;64;64",
        "trim=border",
        "rotate=90",
        "rotate=180",
        "flip=h",
        "brightness=1.2",
        "contrast=1.2",
        "gamma=1.2",
        "saturation=1.2",
        "brightness=1.2,contrast=1.2,gamma=1.2,saturation=1.2",
        "blur=2",
        "blur=20",
        "blur=250",
        "sharpen=1",
        "border=10,border.color=red",
        "quality=50",
    ],
    &["format=baseline-jpeg", "format=jpeg"],
    &["format=png", "format=png,quality=80"],
    &["format=webp", "format=webp,compression=fast", "format=webp,quality=100"],
];

/// A photograph in a white frame, as a camera's file with quality 90.
fn framed(width: u32, height: u32) -> Vec<u8> {
    let mut framed = RgbImage::from_pixel(width, height, Rgb([255; 3]));
    let inside = photo(width - 2 * FRAME, height - 2 * FRAME);
    image::imageops::replace(&mut framed, &inside, FRAME.into(), FRAME.into());
    jpeg(&framed, 90, false)
}

fn request(options: &str) -> Request {
    // The turned picture is as large, so that the same scale is decoded.
    let bounds = if options == "rotate=90" { "width=600,height=800,fit=cover" } else { BOX };
    let text = if options.is_empty() { bounds.to_owned() } else { format!("{bounds},{options}") };
    Request::new(text.parse().unwrap())
}

/// The width and height of the output.
fn expected_size(options: &str) -> (u32, u32) {
    match options {
        "rotate=90" => (600, 800),
        _ if options.starts_with("border") => (820, 620),
        _ => (800, 600),
    }
}

fn expected_format(options: &str) -> Format {
    match options.strip_prefix("format=") {
        Some(format) if format.starts_with("png") => Format::Png,
        Some(format) if format.starts_with("webp") => Format::WebP,
        _ => Format::Jpeg,
    }
}

fn renders(c: &mut Criterion) {
    let file = framed(4256, 2832);
    let mut renderer = Renderer::new();
    let mut group = c.benchmark_group("options");
    group.sample_size(15);
    for options in GROUPS {
        let mut without = None;
        for &options in options {
            let request = request(options);
            let rendered = renderer.render(&file, &request).unwrap();
            assert_eq!((rendered.info.width, rendered.info.height), expected_size(options), "{options}");
            assert_eq!(rendered.info.format, expected_format(options), "{options}");
            match &without {
                None => without = Some(rendered.bytes),
                Some(without) => assert!(*without != rendered.bytes, "{options}: changes nothing"),
            }
            let name = if options.is_empty() { "none" } else { options };
            group.bench_function(name, |b| {
                b.iter(|| renderer.render(black_box(&file), &request).unwrap());
            });
        }
    }
    for options in ["format=json", "format=json,trim=border"] {
        let request = request(options);
        let answer = renderer.describe(&file, &request).unwrap();
        assert!(answer.starts_with(r#"{"width":800,"height":600,"original":"#), "{answer}");
        group.bench_function(options, |b| {
            b.iter(|| renderer.describe(black_box(&file), &request).unwrap());
        });
    }
    group.finish();
}

/// What a server does for each request, besides rendering.
fn texts(c: &mut Criterion) {
    let short = "w=400,sharpen=3";
    let long = "w=800,h=600,fit=cover,g=0.3x0.7,dpr=2,trim=10;20;30;40,rotate=90,flip=h,blur=2.5,sharpen=1,\
                brightness=1.1,contrast=1.1,gamma=0.9,saturation=1.2,background=rgb(255,0,0),\
                border=10,border.color=%23336699,q=80,f=webp,metadata=none,anim=false,scq=50";
    let accept = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
    let (source, options) = (Source::new(Format::Jpeg), NegotiateOptions::new());
    assert_eq!(parsed_and_printed(short), "width=400,sharpen=3");
    let canonical = parsed_and_printed(long);
    assert_eq!(parsed_and_printed(&canonical), canonical, "the canonical text is its own");
    assert_ne!(negotiate(accept, source, &options).format, Format::Jpeg, "the client takes better formats");

    let mut group = c.benchmark_group("options/text");
    for (name, text) in [("parse and print 2", short), ("parse and print 22", long)] {
        group.bench_function(name, |b| b.iter(|| parsed_and_printed(black_box(text))));
    }
    group.bench_function("negotiate", |b| {
        b.iter(|| negotiate(black_box(accept), black_box(source), &options));
    });
    group.finish();
}

fn parsed_and_printed(text: &str) -> String {
    text.parse::<VariantOptions>().unwrap().to_string()
}

criterion_group!(all, renders, texts);
criterion_main!(all);
