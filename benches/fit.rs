//! Geometry: `place` in each fit over all cases of `tests/cases/fit.toml`, from ordinary to extreme; a figure is for all of
//! them. Beside it the same sizes in floating point, without crop and offset: what exact integers cost.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

use std::hint::black_box;

use cretula::{Fit, VariantOptions, place};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    fits: [Fit; 5],
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    source: (u32, u32),
    #[serde(rename = "box")]
    bounds: (u32, u32),
    size: [(u32, u32); 5],
}

fn benches(c: &mut Criterion) {
    let Cases { fits, case: cases } = toml::from_str(include_str!("../tests/cases/fit.toml")).unwrap();
    let mut group = c.benchmark_group("fit");
    group.throughput(Throughput::Elements(cases.len() as u64));
    for (column, fit) in fits.into_iter().enumerate() {
        for Case { source, bounds, size } in &cases {
            assert_eq!(placed(fit, *source, *bounds), size[column], "{fit}: {source:?} in {bounds:?}");
        }
        group.bench_function(fit.as_str(), |b| {
            b.iter(|| {
                for Case { source, bounds, .. } in black_box(&cases) {
                    black_box(placed(fit, *source, *bounds));
                }
            });
        });
    }
    for Case { source, bounds, size } in &cases {
        assert_eq!(floating(*source, *bounds), size[1], "floating point: {source:?} in {bounds:?}");
    }
    group.bench_function("floating point/contain", |b| {
        b.iter(|| {
            for Case { source, bounds, .. } in black_box(&cases) {
                black_box(floating(*source, *bounds));
            }
        });
    });
    group.finish();
}

fn placed(fit: Fit, (width, height): (u32, u32), bounds: (u32, u32)) -> (u32, u32) {
    let placement = black_box(place(width, height, &VariantOptions::new(fit, bounds.0, bounds.1)).unwrap());
    (placement.canvas.width, placement.canvas.height)
}

/// The size of `contain`, as most programs compute it.
fn floating(source: (u32, u32), bounds: (u32, u32)) -> (u32, u32) {
    let (width, height) = (f64::from(source.0), f64::from(source.1));
    let scale = (f64::from(bounds.0) / width).min(f64::from(bounds.1) / height);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the bounds")]
    let side = |side: f64| (side * scale).round().max(1.0) as u32;
    (side(width), side(height))
}

criterion_group!(all, benches);
criterion_main!(all);
