//! Geometry: `place` in each fit over all cases of `tests/cases/fit.toml`, from ordinary to
//! extreme. A figure covers all cases. For comparison, the same sizes in floating point, without
//! crop and offset: this shows the cost of exact integers.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

use std::collections::BTreeMap;
use std::hint::black_box;

use cretula::{Fit, VariantOptions, place};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    #[expect(dead_code, reason = "all other keys are fits")]
    name: String,
    source: String,
    #[serde(rename = "box")]
    bounds: String,
    #[serde(flatten)]
    by_fit: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
struct Expected {
    size: String,
}

type Sides = (u32, u32);

fn sides(text: &str) -> Sides {
    let (width, height) = text.split_once('x').unwrap();
    (width.parse().unwrap(), height.parse().unwrap())
}

fn benches(c: &mut Criterion) {
    let cases: Cases = toml::from_str(include_str!("../tests/cases/fit.toml")).unwrap();
    let expected = |case: &Case, fit: Fit| sides(&case.by_fit[fit.as_str()].size);
    let boxes: Vec<(Sides, Sides)> =
        cases.case.iter().map(|case| (sides(&case.source), sides(&case.bounds))).collect();
    let mut group = c.benchmark_group("fit");
    group.throughput(Throughput::Elements(boxes.len() as u64));
    for fit in Fit::REFERENCE {
        for ((source, bounds), case) in boxes.iter().zip(&cases.case) {
            assert_eq!(placed(fit, *source, *bounds), expected(case, fit), "{fit}: {source:?} in {bounds:?}");
        }
        group.bench_function(fit.as_str(), |b| {
            b.iter(|| {
                for (source, bounds) in black_box(&boxes) {
                    black_box(placed(fit, *source, *bounds));
                }
            });
        });
    }
    for ((source, bounds), case) in boxes.iter().zip(&cases.case) {
        let contain = expected(case, Fit::Contain);
        assert_eq!(floating(*source, *bounds), contain, "floating point: {source:?} in {bounds:?}");
    }
    group.bench_function("floating point/contain", |b| {
        b.iter(|| {
            for (source, bounds) in black_box(&boxes) {
                black_box(floating(*source, *bounds));
            }
        });
    });
    group.finish();
}

fn placed(fit: Fit, (width, height): Sides, bounds: Sides) -> Sides {
    let placement = black_box(place(width, height, &VariantOptions::new(fit, bounds.0, bounds.1)).unwrap());
    (placement.canvas.width, placement.canvas.height)
}

/// The size of `contain`, as most programs compute it.
fn floating(source: Sides, bounds: Sides) -> Sides {
    let (width, height) = (f64::from(source.0), f64::from(source.1));
    let scale = (f64::from(bounds.0) / width).min(f64::from(bounds.1) / height);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the bounds")]
    let side = |side: f64| (side * scale).round().max(1.0) as u32;
    (side(width), side(height))
}

criterion_group!(all, benches);
criterion_main!(all);
