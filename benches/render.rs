//! Complete tasks, from bytes to bytes: those of `peers/tasks.py` on images derived from one
//! photograph; three variants of one source as a set, compared with three renders; a reused
//! renderer, compared with a new one for each call.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

mod pictures;

use std::hint::black_box;

use cretula::{Fit, Format, Renderer, Request, VariantOptions};
use criterion::{Criterion, criterion_group, criterion_main};

use crate::pictures::{camera, output, photo, png, render, shown, stored_png, vignette};

fn benches(c: &mut Criterion) {
    let large = camera(4000, 3000, false);
    tasks(c, &large);
    set(c, &large);
    reuse(c, &camera(800, 600, false));
}

fn tasks(c: &mut Criterion, large: &Vec<u8>) {
    let progressive = camera(4000, 3000, true);
    let picture = photo(2048, 1536);
    let (rgb, rgba) = (png(&picture.clone().into()), png(&vignette(&picture).into()));
    let webp = render(&rgb, Fit::ScaleDown, 2048, 1536, Format::WebP);
    let small = camera(800, 600, false);

    let mut group = c.benchmark_group("render");
    group.sample_size(15);
    for (name, file, fit, side, format) in [
        ("T1: 12 MP JPEG, cover 320, JPEG", large, Fit::Cover, 320, Format::Jpeg),
        ("T2: 12 MP JPEG, scale-down 1600, JPEG", large, Fit::ScaleDown, 1600, Format::Jpeg),
        ("T3: 12 MP progressive JPEG, cover 320, JPEG", &progressive, Fit::Cover, 320, Format::Jpeg),
        ("T4: 3 MP PNG RGBA, scale-down 800, PNG", &rgba, Fit::ScaleDown, 800, Format::Png),
        ("T5: 3 MP PNG RGB, scale-down 800, WebP", &rgb, Fit::ScaleDown, 800, Format::WebP),
        ("T6: 3 MP WebP, scale-down 640, JPEG", &webp, Fit::ScaleDown, 640, Format::Jpeg),
        ("T7: 12 MP JPEG, scale-down 1024, WebP", large, Fit::ScaleDown, 1024, Format::WebP),
        ("T8: 0.5 MP JPEG, cover 200, JPEG", &small, Fit::Cover, 200, Format::Jpeg),
    ] {
        let mut renderer = Renderer::new();
        let (options, output) = (VariantOptions::new(fit, side, side), output(format));
        let rendered = renderer.render(file, &Request::new(options).output(output.clone())).unwrap();
        let height = if fit == Fit::Cover { side } else { side * 3 / 4 };
        assert_eq!(shown(&rendered.bytes).dimensions(), (side, height), "{name}");
        assert_eq!(rendered.info.format, format, "{name}");
        group.bench_function(name, |b| {
            b.iter(|| {
                renderer.render(black_box(file), &Request::new(options).output(output.clone())).unwrap()
            });
        });
    }
    group.finish();
}

/// The usual variants of an upload: a hero, a card, a thumbnail.
fn set(c: &mut Criterion, large: &[u8]) {
    let requests = [
        VariantOptions::new(Fit::ScaleDown, 1600, 1600),
        VariantOptions::new(Fit::Cover, 640, 360),
        VariantOptions::new(Fit::Crop, 160, 160),
    ]
    .map(|variant| Request::new(variant).output(output(Format::Jpeg)));
    let mut renderer = Renderer::new();
    let together = renderer.render_all(large, &requests, None).unwrap();
    let sizes: Vec<_> = together.iter().map(|rendered| shown(&rendered.bytes).dimensions()).collect();
    assert_eq!(sizes, [(1600, 1200), (640, 360), (160, 160)]);
    assert_eq!(apart(&mut renderer, large, &requests), sizes);

    let mut group = c.benchmark_group("render/three variants of 12 MP");
    group.sample_size(15);
    group.bench_function("as a set", |b| {
        b.iter(|| renderer.render_all(black_box(large), &requests, None).unwrap());
    });
    group.bench_function("one by one", |b| b.iter(|| apart(&mut renderer, black_box(large), &requests)));
    group.finish();
}

fn apart(renderer: &mut Renderer, file: &[u8], requests: &[Request]) -> Vec<(u32, u32)> {
    let size = |request: &Request| {
        let rendered = black_box(renderer.render(file, request).unwrap());
        (rendered.info.width, rendered.info.height)
    };
    requests.iter().map(size).collect()
}

/// A renderer keeps the buffers of the resampler: RGBA needs the most.
fn reuse(c: &mut Criterion, small: &Vec<u8>) {
    let rgba = stored_png(&vignette(&photo(800, 600)).into());
    let mut group = c.benchmark_group("render/renderer");
    for (name, file, format) in
        [("JPEG, cover 200", small, Format::Jpeg), ("stored PNG RGBA, cover 200", &rgba, Format::Png)]
    {
        let (options, output) = (VariantOptions::new(Fit::Cover, 200, 200), output(format));
        let mut kept = Renderer::new();
        let first = kept.render(file, &Request::new(options).output(output.clone())).unwrap();
        assert_eq!(
            kept.render(file, &Request::new(options).output(output.clone())).unwrap(),
            first,
            "{name}"
        );
        group.bench_function(format!("{name}, kept"), |b| {
            b.iter(|| kept.render(black_box(file), &Request::new(options).output(output.clone())).unwrap());
        });
        group.bench_function(format!("{name}, new"), |b| {
            b.iter(|| {
                Renderer::new()
                    .render(black_box(file), &Request::new(options).output(output.clone()))
                    .unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
