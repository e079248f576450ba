//! The memory limit holds for malformed files and for bombs, as an allocator counts it.

use cretula::{
    ErrorKind, Fit, Format, Limits, MetadataPolicy, OutputOptions, Renderer, Request, VariantOptions,
};

use crate::allocator::peak_of;
use crate::bombs;
use crate::corpus::malformed;
use crate::thorough::every;

/// Bytes a call may hold beyond its budget: error texts, codec tables, resampler kernels.
const BESIDE: u64 = 1 << 20;

/// Renders under a budget. Returns the peak memory, and whether rendering succeeded.
fn held(bytes: &[u8], budget: u64, way: (Fit, u32, Format)) -> (u64, bool) {
    let mut limits = Limits::default();
    limits.max_memory_bytes = budget;
    let (fit, side, format) = way;
    let variant = VariantOptions::new(fit, side, side).metadata(MetadataPolicy::Keep);
    let (made, peak) = peak_of(|| {
        // A new renderer: buffers kept for its next call count, too.
        Renderer::with_limits(limits)
            .render(bytes, &Request::new(variant).output(OutputOptions::new().format(format)))
    });
    if let Err(error) = &made {
        assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
    }
    (peak, made.is_ok())
}

/// Each output format, with and without reduction.
const WAYS: [(Fit, u32, Format); 4] = [
    (Fit::Cover, 40, Format::Jpeg),
    (Fit::ScaleDown, 12_000, Format::Png),
    (Fit::Pad, 300, Format::Gif),
    (Fit::Contain, 500, Format::WebP),
];

#[test]
fn memory_stays_within_the_budget_for_every_malformed_file() {
    let mut over = Vec::new();
    for (number, (name, bytes)) in malformed().enumerate() {
        let runs = [(1 << 20, WAYS[number % 4]), (4 << 20, WAYS[(number + 1) % 4]), (400_000_000, WAYS[0])];
        // By default one of the three, another one for the next file.
        for (budget, way) in every(3, runs.into_iter().cycle().skip(number % 3).take(3)) {
            let (peak, _) = held(&bytes, budget, way);
            if peak > budget + BESIDE {
                over.push(format!("{peak} of {budget}: {name} {way:?}"));
            }
        }
    }
    assert!(over.is_empty(), "{}", over.join("\n"));
}

#[test]
fn memory_stays_within_the_budget_for_every_bomb() {
    let bombs = bombs::all();
    assert!(bombs.len() > 80, "{} bombs", bombs.len());
    let runs = [(4 << 20, &WAYS[..]), (32 << 20, &WAYS[..2]), (400_000_000, &WAYS[..1])];
    let runs = runs.into_iter().flat_map(|(budget, ways)| ways.iter().map(move |&way| (budget, way)));
    let all = bombs.iter().flat_map(|bomb| runs.clone().map(move |run| (bomb, run)));
    let mut over = Vec::new();
    // Two or three of the seven runs of each.
    for ((name, bytes), (budget, way)) in every(3, all) {
        let (peak, _) = held(bytes, budget, way);
        if peak > budget + BESIDE {
            over.push(format!("{peak} of {budget}: {name} {way:?}"));
        }
    }
    assert!(over.is_empty(), "{}", over.join("\n"));
}
