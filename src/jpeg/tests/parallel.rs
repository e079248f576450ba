//! Several threads against one: the same pixels, planes and errors for any file.

use proptest::prelude::*;

use super::super::cpu::{Cpu, Portable};
use super::super::parallel::{self, Split};
use super::super::scaling::ComponentGeometry;
use super::super::sink::Sink;
use super::super::{Decoder, Detail, Scale, Window};
use super::coder::Random;
use super::stream::{Hint, Process, Spec, TestFile};
use super::{plain, spec};
use crate::damage::Tolerance;
use crate::error::{ErrorKind, Result, Stage};
use crate::limits::{Budget, CancelToken, Limits};
use crate::thorough::{cases, every, share};

/// Segments of a few bytes, so that small pictures have several.
fn tiny_split(threads: usize) -> Split {
    Split { threads, min_bytes: 24, overlap_bits: 160 }
}

/// Fills a sink as [`Decoder::fill`] does, with any split. Returns whether the parallel decoder did
/// it.
fn fill<P: Cpu>(
    decoder: &Decoder<'_>,
    cpu: P,
    split: Split,
    geometries: &[ComponentGeometry],
    sink: &mut Sink,
    budget: &mut Budget<'_>,
) -> Result<bool> {
    let spent = budget.spent();
    let stitched = decoder.header.is_single_scan()
        && decoder.header.has_end()
        && parallel::fill(&decoder.header, cpu, split, geometries, sink, budget)?;
    assert_eq!(budget.spent(), spent, "memory not released");
    if !stitched {
        decoder.fill(cpu, true, geometries, sink, &mut Tolerance::none(), budget)?;
    }
    Ok(stitched)
}

fn decode_parallel<P: Cpu>(
    decoder: &Decoder<'_>,
    cpu: P,
    split: Split,
    scale: Scale,
    window: Window,
    budget: &mut Budget<'_>,
) -> Result<(Vec<u8>, bool)> {
    let geometries = decoder.geometries(|component| {
        ComponentGeometry::for_pixels(&decoder.header.frame, component, scale, Detail::Exact)
    });
    let mut sink =
        Sink::for_pixels(&decoder.header.frame, &geometries, decoder.header.coding, scale, window, budget)?;
    let stitched = fill(decoder, cpu, split, &geometries, &mut sink, budget)?;
    Ok((sink.into_pixels(budget), stitched))
}

fn decode_planes_parallel<P: Cpu>(
    decoder: &Decoder<'_>,
    cpu: P,
    split: Split,
    (scale, chroma): (Scale, Scale),
    window: Window,
    budget: &mut Budget<'_>,
) -> Result<(Vec<Vec<u8>>, bool)> {
    let geometries = decoder.geometries(|component| {
        ComponentGeometry::for_planes(&decoder.header.frame, component, (scale, chroma), Detail::Exact)
    });
    let mut sink = Sink::for_planes(&decoder.header.frame, &geometries, scale, window, budget)?;
    let stitched = fill(decoder, cpu, split, &geometries, &mut sink, budget)?;
    Ok((sink.into_planes().into_iter().map(|plane| plane.into_samples()).collect(), stitched))
}

/// Decodes on one thread and on several, and panics if the results differ. Returns whether the
/// parallel decoder produced them; `None` if both failed.
fn assert_same(decoder: &Decoder<'_>, split: Split, scale: Scale, window: Window) -> Option<bool> {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = super::super::simd::avx2::Avx2::detect() {
        return assert_same_on(decoder, avx2, split, scale, window);
    }
    assert_same_on(decoder, Portable, split, scale, window)
}

fn assert_same_on<P: Cpu>(
    decoder: &Decoder<'_>,
    cpu: P,
    split: Split,
    scale: Scale,
    window: Window,
) -> Option<bool> {
    let limits = Limits { max_memory_bytes: 64 << 20, ..Limits::default() };
    let start = || Budget::start(&limits, None);
    let one = decoder.decode_on(cpu, scale, window, Detail::Exact, &mut Tolerance::none(), &mut start());
    let many = decode_parallel(decoder, cpu, split, scale, window, &mut start());
    let stitched = assert_agreement(one, many);
    for chroma in [scale, Scale::Eighth] {
        let planes = decoder.decode_planes_on(
            cpu,
            (scale, chroma),
            window,
            Detail::Exact,
            &mut Tolerance::none(),
            &mut start(),
        );
        let planes =
            planes.map(|planes| planes.into_iter().map(|plane| plane.into_samples()).collect::<Vec<_>>());
        let many = decode_planes_parallel(decoder, cpu, split, (scale, chroma), window, &mut start());
        // A segment that starts mid-stream yields garbage, and whether that counts as a fault
        // depends on the coefficients that are kept: planes may be stitched where pixels are not.
        let planes_stitched = assert_agreement(planes, many);
        assert_eq!(planes_stitched.is_some(), stitched.is_some(), "{split:?} {scale:?} {window:?}");
    }
    stitched
}

/// Panics if the results differ. Returns whether the parallel decoder produced them; `None` if both
/// failed.
fn assert_agreement<T: PartialEq>(one: Result<T>, many: Result<(T, bool)>) -> Option<bool> {
    match (one, many) {
        (Ok(one), Ok((many, stitched))) => {
            assert!(one == many, "other samples, stitched: {stitched}");
            Some(stitched)
        }
        (Err(one), Err(many)) => {
            assert_eq!(many.to_string(), one.to_string());
            None
        }
        (one, many) => panic!("{:?}, but {:?}", one.err(), many.err()),
    }
}

fn whole_window(decoder: &Decoder<'_>, scale: Scale) -> Window {
    let side = |side: usize| scale.of(side as u32) as usize;
    Window { x: 0, y: 0, width: side(decoder.header.frame.width), height: side(decoder.header.frame.height) }
}

fn random_window(decoder: &Decoder<'_>, scale: Scale, random: &mut Random) -> Window {
    let Window { width, height, .. } = whole_window(decoder, scale);
    let (x, y) = (random.below(width), random.below(height));
    Window { x, y, width: 1 + random.below(width - x), height: 1 + random.below(height - y) }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn valid_files_decode_the_same_on_any_number_of_threads(
        spec in spec(prop_oneof![Just(Process::Baseline), Just(Process::Extended)])
    ) {
        let file = spec.make();
        let decoder = Decoder::read_header(&file.bytes).unwrap();
        let mut random = Random::new(spec.seed);
        for scale in Scale::ALL {
            for threads in [2, 3, 5] {
                prop_assert!(assert_same(&decoder, tiny_split(threads), scale, whole_window(&decoder, scale)).is_some());
                let window = random_window(&decoder, scale, &mut random);
                prop_assert!(assert_same(&decoder, tiny_split(threads), scale, window).is_some());
            }
        }
    }

    #[test]
    fn malformed_files_decode_the_same_on_any_number_of_threads(
        spec in spec(prop_oneof![Just(Process::Baseline), Just(Process::Extended)])
    ) {
        let TestFile { mut bytes, .. } = spec.make();
        let mut random = Random::new(spec.seed);
        for _ in 0..1 + random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = random.next() as u8;
        }
        bytes.truncate(random.below(3 * bytes.len()));
        if let Ok(decoder) = Decoder::read_header(&bytes) {
            for (scale, threads) in Scale::ALL.into_iter().zip([2, 3, 5, 2]) {
                assert_same(&decoder, tiny_split(threads), scale, whole_window(&decoder, scale));
                assert_same(&decoder, tiny_split(threads), scale, random_window(&decoder, scale, &mut random));
            }
        }
    }
}

/// Files that are worth splitting: every common sampling; gray, color and CMYK.
fn files(width: usize, height: usize, busy: usize, interval: usize) -> Vec<TestFile> {
    let factors: [&[(usize, usize)]; 7] = [
        &[(1, 1)],
        &[(1, 1), (1, 1), (1, 1)],
        &[(2, 1), (1, 1), (1, 1)],
        &[(1, 2), (1, 1), (1, 1)],
        &[(2, 2), (1, 1), (1, 1)],
        &[(4, 1), (1, 1), (2, 1)],
        &[(2, 2), (1, 1), (1, 2), (2, 1)],
    ];
    let make = |(seed, factors): (u64, &&[(usize, usize)])| {
        // Only files with one scan, which use standard codes.
        let file = (0..).map(|more| Spec {
            busy,
            interval: Some(interval),
            seed: seed + 100 * more,
            ..plain(Process::Baseline, width, height, factors)
        });
        file.map(|spec| spec.make()).find(|file| file.data.len() == 1).unwrap()
    };
    (0..).zip(&factors).map(make).collect()
}

#[test]
fn valid_files_are_stitched_from_segments() {
    let (mut stitched, mut single) = (0, 0);
    for file in files(473, 311, 30, 0) {
        let decoder = Decoder::read_header(&file.bytes).unwrap();
        let mut random = Random::new(3);
        let all = Scale::ALL.into_iter().flat_map(|scale| [2, 3, 5, 16].map(|threads| (scale, threads)));
        for (scale, threads) in every(3, all) {
            let split = Split { threads, min_bytes: 1000, overlap_bits: 8 * 500 };
            for window in [whole_window(&decoder, scale), random_window(&decoder, scale, &mut random)] {
                match assert_same(&decoder, split, scale, window) {
                    Some(true) => stitched += 1,
                    _ => single += 1,
                }
            }
        }
    }
    assert!(stitched > 50, "{stitched} stitched");
    assert!(single * 10 < stitched, "{stitched} stitched, {single} not");
}

/// A thread can start where a restart marker is between two rows of MCUs.
#[test]
fn files_with_restart_markers_are_split_at_them() {
    let (mut split_count, mut single) = (0, 0);
    for (file, interval) in [1, 2, 5, 30, 60, 90]
        .into_iter()
        .flat_map(|interval| files(473, 155, 30, interval).into_iter().map(move |file| (file, interval)))
    {
        let decoder = Decoder::read_header(&file.bytes).unwrap();
        let mut random = Random::new(interval as u64);
        let (limits, mcu_columns) = (Limits::default(), decoder.header.frame.mcus().0);
        for (scale, threads) in Scale::ALL.into_iter().zip([2, 3, 5, 16]) {
            let split = Split { threads, min_bytes: 500, overlap_bits: 8 * 500 };
            assert!(
                assert_same(&decoder, split, scale, random_window(&decoder, scale, &mut random)).is_some()
            );
            let (window, mut budget) = (whole_window(&decoder, scale), Budget::start(&limits, None));
            let many = decode_planes_parallel(&decoder, Portable, split, (scale, scale), window, &mut budget)
                .unwrap();
            let one = decoder
                .decode_planes(scale, scale, window, Detail::Exact, &mut Tolerance::none(), &mut budget)
                .unwrap();
            assert!(many.0 == one.into_iter().map(|plane| plane.into_samples()).collect::<Vec<_>>());
            if many.1 {
                split_count += 1
            } else {
                single += 1
            }
            assert!(
                many.1 || mcu_columns % interval != 0,
                "{mcu_columns} MCUs per row, restart interval {interval}"
            );
        }
    }
    assert!(split_count > 90, "{split_count} split, {single} not");
}

#[test]
fn planes_may_be_stitched_where_pixels_are_not() {
    let factors = vec![(1, 2), (1, 1), (1, 1)];
    let spec = Spec {
        hint: Hint::None,
        busy: 29,
        interval: Some(0),
        seed: 7_913_500_039_737_135_695,
        ..plain(Process::Extended, 65, 81, &factors)
    };
    let file = spec.make();
    let decoder = Decoder::read_header(&file.bytes).unwrap();
    assert!(assert_same(&decoder, tiny_split(3), Scale::Full, whole_window(&decoder, Scale::Full)).is_some());
}

/// A file that is truncated or corrupted at any byte is refused by several threads as by one.
#[test]
fn truncation_or_corruption_at_every_byte_gives_the_same_answer() {
    let (mut stitched, mut single, mut refused) = (0, 0, 0);
    let without = files(45, 37, 15, 0).into_iter().map(|file| (file, 1));
    for (file, step) in without.chain(files(45, 37, 15, 3).into_iter().map(|file| (file, 7))) {
        let data = file.data[0].clone();
        for at in every(5, data.clone().step_by(step)) {
            let mut corrupt = file.bytes.clone();
            corrupt[at] ^= 1 << (at % 8);
            for (turn, bytes) in [&file.bytes[..at], &corrupt].into_iter().enumerate() {
                let decoder = Decoder::read_header(bytes).unwrap();
                let scale = Scale::ALL[(at + turn) % 4];
                let split = tiny_split([2, 3, 5][at / 4 % 3]);
                match assert_same(&decoder, split, scale, whole_window(&decoder, scale)) {
                    Some(true) => stitched += 1,
                    Some(false) => single += 1,
                    None => refused += 1,
                }
            }
        }
    }
    let [few, many] = [500, 1000].map(|count| share(5, count));
    assert!(stitched > few && refused > many, "{stitched} stitched, {single} not, {refused} refused");
}

/// A file that ends after the rows that a window needs is refused, with restart markers as without.
#[test]
fn files_that_end_below_the_window_are_refused() {
    for interval in [0, 1] {
        let file =
            Spec { interval: Some(interval), ..plain(Process::Baseline, 33, 65, &[(2, 1), (1, 1), (1, 1)]) };
        let bytes = file.make().bytes;
        let decoder = Decoder::read_header(&bytes[..bytes.len() - 8]).unwrap();
        for scale in Scale::ALL {
            let window = Window { height: 1, ..whole_window(&decoder, scale) };
            assert_eq!(assert_same(&decoder, tiny_split(2), scale, window), None, "{interval}, {scale:?}");
        }
    }
}

/// If memory suffices for one thread, it does for several.
#[test]
fn many_threads_fit_any_memory_limit_that_one_thread_fits() {
    let file = files(473, 311, 30, 0).swap_remove(4);
    let decoder = Decoder::read_header(&file.bytes).unwrap();
    let split = Split { threads: 3, min_bytes: 1000, overlap_bits: 4000 };
    let (mut stitched, mut single) = (0, 0);
    for scale in Scale::ALL {
        let window = whole_window(&decoder, scale);
        for max_memory_bytes in every(3, (0..40).map(|step| step * 40_000)) {
            let limits = Limits { max_memory_bytes, ..Limits::default() };
            let one = decoder.decode_on(
                Portable,
                scale,
                window,
                Detail::Exact,
                &mut Tolerance::none(),
                &mut Budget::start(&limits, None),
            );
            let mut budget = Budget::start(&limits, None);
            let many = decode_parallel(&decoder, Portable, split, scale, window, &mut budget);
            assert_eq!(one.is_ok(), many.is_ok(), "{max_memory_bytes} bytes");
            if let (Ok(one), Ok((many, is_stitched))) = (one, many) {
                assert!(one == many);
                assert_eq!(budget.spent(), many.len() as u64);
                if is_stitched { stitched += 1 } else { single += 1 }
            }
        }
    }
    let [many, few] = [10, 3].map(|count| share(3, count));
    assert!(stitched > many && single > few, "{stitched} stitched, {single} not");
}

#[test]
fn cancel_and_deadline_stop_all_threads() {
    let file = files(473, 311, 30, 0).swap_remove(4);
    let decoder = Decoder::read_header(&file.bytes).unwrap();
    let split = Split { threads: 3, min_bytes: 1000, overlap_bits: 4000 };
    let window = whole_window(&decoder, Scale::Full);
    let token = CancelToken::new();
    token.cancel();
    let limits = Limits::default();
    let mut budget = Budget::start(&limits, Some(&token));
    let error = decode_parallel(&decoder, Portable, split, Scale::Full, window, &mut budget).unwrap_err();
    assert_eq!((error.kind(), error.stage()), (ErrorKind::Cancelled, Stage::Decode));
    let limits = Limits { deadline: Some(std::time::Duration::ZERO), ..Limits::default() };
    let error =
        decode_parallel(&decoder, Portable, split, Scale::Full, window, &mut Budget::start(&limits, None))
            .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
}
