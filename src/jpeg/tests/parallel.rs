//! Several threads against one: the same pixels, the same planes, the same errors, whatever the file.

use proptest::prelude::*;

use super::super::cpu::{Cpu, Portable};
use super::super::parallel::Split;
use super::super::scaling::ComponentGeometry;
use super::super::sink::Sink;
use super::super::{Decoder, Detail, Scale, Window};
use super::coder::Random;
use super::stream::{Hint, Made, Process, Spec};
use super::{plain, spec};
use crate::damage::Tolerance;
use crate::error::{ErrorKind, Result, Stage};
use crate::limits::{Budget, CancelToken, Limits};

/// Shares of a few bytes, so that small pictures have some.
fn small(threads: usize) -> Split {
    Split { threads, least: 24, reach: 160 }
}

/// Fills a canvas; says whether many threads did it.
fn fill<P: Cpu>(
    decoder: &Decoder<'_>,
    cpu: P,
    split: Split,
    shapes: &[ComponentGeometry],
    canvas: &mut Sink,
    budget: &mut Budget<'_>,
) -> Result<bool> {
    let streams =
        decoder.first.components.len() == decoder.frame.components.len() && !decoder.frame.progressive;
    let spent = budget.spent();
    let joined = streams && decoder.fill_by_many(cpu, split, shapes, canvas, budget)?;
    assert_eq!(budget.spent(), spent, "memory not given back");
    if !joined {
        decoder.fill(cpu, true, shapes, canvas, &mut Tolerance::none(), budget)?;
    }
    Ok(joined)
}

fn many<P: Cpu>(
    decoder: &Decoder<'_>,
    cpu: P,
    split: Split,
    scale: Scale,
    window: Window,
    budget: &mut Budget<'_>,
) -> Result<(Vec<u8>, bool)> {
    let shapes = decoder
        .shapes(|component| ComponentGeometry::for_pixels(&decoder.frame, component, scale, Detail::Exact));
    let mut canvas = Sink::of_pixels(&decoder.frame, &shapes, decoder.coding, scale, window, budget)?;
    let joined = fill(decoder, cpu, split, &shapes, &mut canvas, budget)?;
    Ok((canvas.into_pixels(budget), joined))
}

fn many_planes<P: Cpu>(
    decoder: &Decoder<'_>,
    cpu: P,
    split: Split,
    (scale, chroma): (Scale, Scale),
    window: Window,
    budget: &mut Budget<'_>,
) -> Result<(Vec<Vec<u8>>, bool)> {
    let shapes = decoder.shapes(|component| {
        ComponentGeometry::for_planes(&decoder.frame, component, (scale, chroma), Detail::Exact)
    });
    let mut canvas = Sink::of_planes(&decoder.frame, &shapes, scale, window, budget)?;
    let joined = fill(decoder, cpu, split, &shapes, &mut canvas, budget)?;
    Ok((canvas.into_planes().into_iter().map(|plane| plane.into_samples()).collect(), joined))
}

/// Whether many threads did it, if anyone could; panics where what they say is not what one says.
fn same(decoder: &Decoder<'_>, split: Split, scale: Scale, window: Window) -> Option<bool> {
    #[cfg(target_arch = "x86_64")]
    if let Some(wide) = super::super::simd::avx2::Avx2::detect() {
        return same_on(decoder, wide, split, scale, window);
    }
    same_on(decoder, Portable, split, scale, window)
}

fn same_on<P: Cpu>(
    decoder: &Decoder<'_>,
    cpu: P,
    split: Split,
    scale: Scale,
    window: Window,
) -> Option<bool> {
    let limits = Limits { max_memory_bytes: 64 << 20, ..Limits::default() };
    let start = || Budget::start(&limits, None);
    let one = decoder.decode_on(cpu, scale, window, Detail::Exact, &mut Tolerance::none(), &mut start());
    let many = many(decoder, cpu, split, scale, window, &mut start());
    let joined = agreed(one, many);
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
        let many = many_planes(decoder, cpu, split, (scale, chroma), window, &mut start());
        // A wrong guess reads nonsense, and what of it is a fault hangs on what is kept: planes may be joined where pixels are not.
        let too = agreed(planes, many);
        assert_eq!(too.is_some(), joined.is_some(), "{split:?} {scale:?} {window:?}");
    }
    joined
}

/// Whether many threads did it, if anyone could; panics where what they say is not what one says.
fn agreed<T: PartialEq>(one: Result<T>, many: Result<(T, bool)>) -> Option<bool> {
    match (one, many) {
        (Ok(one), Ok((many, joined))) => {
            assert!(one == many, "other samples, joined: {joined}");
            Some(joined)
        }
        (Err(one), Err(many)) => {
            assert_eq!(many.to_string(), one.to_string());
            None
        }
        (one, many) => panic!("{:?}, but {:?}", one.err(), many.err()),
    }
}

fn whole(decoder: &Decoder<'_>, scale: Scale) -> Window {
    let side = |side: usize| scale.of(side as u32) as usize;
    Window { x: 0, y: 0, width: side(decoder.frame.width), height: side(decoder.frame.height) }
}

fn some(decoder: &Decoder<'_>, scale: Scale, random: &mut Random) -> Window {
    let Window { width, height, .. } = whole(decoder, scale);
    let (x, y) = (random.below(width), random.below(height));
    Window { x, y, width: 1 + random.below(width - x), height: 1 + random.below(height - y) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn any_file_is_the_same_to_any_number_of_threads(
        spec in spec(prop_oneof![Just(Process::Baseline), Just(Process::Extended)])
    ) {
        let made = spec.make();
        let decoder = Decoder::read_header(&made.bytes).unwrap();
        let mut random = Random::new(spec.seed);
        for scale in Scale::ALL {
            for threads in [2, 3, 5] {
                prop_assert!(same(&decoder, small(threads), scale, whole(&decoder, scale)).is_some());
                let window = some(&decoder, scale, &mut random);
                prop_assert!(same(&decoder, small(threads), scale, window).is_some());
            }
        }
    }

    #[test]
    fn any_broken_file_is_the_same_to_any_number_of_threads(
        spec in spec(prop_oneof![Just(Process::Baseline), Just(Process::Extended)])
    ) {
        let Made { mut bytes, .. } = spec.make();
        let mut random = Random::new(spec.seed);
        for _ in 0..1 + random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = random.next() as u8;
        }
        bytes.truncate(random.below(3 * bytes.len()));
        if let Ok(decoder) = Decoder::read_header(&bytes) {
            for (scale, threads) in Scale::ALL.into_iter().zip([2, 3, 5, 2]) {
                same(&decoder, small(threads), scale, whole(&decoder, scale));
                same(&decoder, small(threads), scale, some(&decoder, scale, &mut random));
            }
        }
    }
}

/// Files that shares of are worth reading: of every usual sampling, of colors, gray and ink.
fn files(width: usize, height: usize, busy: usize, interval: usize) -> Vec<Made> {
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
        // As many scans as there must be, and usual codes.
        let made = (0..).map(|more| Spec {
            busy,
            interval: Some(interval),
            seed: seed + 100 * more,
            ..plain(Process::Baseline, width, height, factors)
        });
        made.map(|spec| spec.make()).find(|made| made.data.len() == 1).unwrap()
    };
    (0..).zip(&factors).map(make).collect()
}

#[test]
fn sound_files_are_joined_from_their_shares() {
    let (mut joined, mut alone) = (0, 0);
    for made in files(473, 311, 30, 0) {
        let decoder = Decoder::read_header(&made.bytes).unwrap();
        let mut random = Random::new(3);
        for scale in Scale::ALL {
            for threads in [2, 3, 5, 16] {
                let split = Split { threads, least: 1000, reach: 8 * 500 };
                for window in [whole(&decoder, scale), some(&decoder, scale, &mut random)] {
                    match same(&decoder, split, scale, window) {
                        Some(true) => joined += 1,
                        _ => alone += 1,
                    }
                }
            }
        }
    }
    assert!(alone * 10 < joined, "{joined} joined, {alone} not");
}

/// Where a restart marker stands between two rows of MCUs, a thread can begin.
#[test]
fn files_with_restart_markers_are_shared_out_at_them() {
    let (mut shared, mut alone) = (0, 0);
    for (made, interval) in [1, 2, 5, 30, 60, 90]
        .into_iter()
        .flat_map(|interval| files(473, 311, 30, interval).into_iter().map(move |made| (made, interval)))
    {
        let decoder = Decoder::read_header(&made.bytes).unwrap();
        let mut random = Random::new(interval as u64);
        let (limits, across) = (Limits::default(), decoder.frame.mcus().0);
        for (scale, threads) in Scale::ALL.into_iter().zip([2, 3, 5, 16]) {
            let split = Split { threads, least: 1000, reach: 8 * 500 };
            assert!(same(&decoder, split, scale, some(&decoder, scale, &mut random)).is_some());
            let (window, mut budget) = (whole(&decoder, scale), Budget::start(&limits, None));
            let many = many_planes(&decoder, Portable, split, (scale, scale), window, &mut budget).unwrap();
            let one = decoder
                .decode_planes(scale, scale, window, Detail::Exact, &mut Tolerance::none(), &mut budget)
                .unwrap();
            assert!(many.0 == one.into_iter().map(|plane| plane.into_samples()).collect::<Vec<_>>());
            if many.1 {
                shared += 1
            } else {
                alone += 1
            }
            assert!(many.1 || across % interval != 0, "{across} MCUs a row, a marker each {interval}");
        }
    }
    assert!(shared > 90, "{shared} shared out, {alone} not");
}

#[test]
fn planes_may_be_joined_where_pixels_are_not() {
    let factors = vec![(1, 2), (1, 1), (1, 1)];
    let spec = Spec {
        hint: Hint::Nothing,
        busy: 29,
        interval: Some(0),
        seed: 7_913_500_039_737_135_695,
        ..plain(Process::Extended, 65, 81, &factors)
    };
    let made = spec.make();
    let decoder = Decoder::read_header(&made.bytes).unwrap();
    assert!(same(&decoder, small(3), Scale::Full, whole(&decoder, Scale::Full)).is_some());
}

/// A file cut or broken at any byte is refused by many threads as by one.
#[test]
fn cut_or_corrupt_at_every_byte_is_the_same() {
    let (mut joined, mut alone, mut refused) = (0, 0, 0);
    let without = files(45, 37, 15, 0).into_iter().map(|made| (made, 1));
    for (made, step) in without.chain(files(45, 37, 15, 3).into_iter().map(|made| (made, 7))) {
        let data = made.data[0].clone();
        for at in data.clone().step_by(step) {
            let mut corrupt = made.bytes.clone();
            corrupt[at] ^= 1 << (at % 8);
            for (turn, bytes) in [&made.bytes[..at], &corrupt].into_iter().enumerate() {
                let decoder = Decoder::read_header(bytes).unwrap();
                let scale = Scale::ALL[(at + turn) % 4];
                let split = small([2, 3, 5][at / 4 % 3]);
                match same(&decoder, split, scale, whole(&decoder, scale)) {
                    Some(true) => joined += 1,
                    Some(false) => alone += 1,
                    None => refused += 1,
                }
            }
        }
    }
    assert!(joined > 500 && refused > 1000, "{joined} joined, {alone} not, {refused} refused");
}

/// Where memory is enough for one thread, it is for many.
#[test]
fn no_limit_that_one_thread_keeps_is_too_tight_for_many() {
    let made = files(473, 311, 30, 0).swap_remove(4);
    let decoder = Decoder::read_header(&made.bytes).unwrap();
    let split = Split { threads: 3, least: 1000, reach: 4000 };
    let (mut joined, mut alone) = (0, 0);
    for scale in Scale::ALL {
        let window = whole(&decoder, scale);
        for max_memory_bytes in (0..40).map(|step| step * 40_000) {
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
            let many = many(&decoder, Portable, split, scale, window, &mut budget);
            assert_eq!(one.is_ok(), many.is_ok(), "{max_memory_bytes} bytes");
            if let (Ok(one), Ok((many, together))) = (one, many) {
                assert!(one == many);
                assert_eq!(budget.spent(), many.len() as u64);
                if together { joined += 1 } else { alone += 1 }
            }
        }
    }
    assert!(joined > 10 && alone > 3, "{joined} joined, {alone} not");
}

#[test]
fn cancel_and_deadline_stop_all_threads() {
    let made = files(473, 311, 30, 0).swap_remove(4);
    let decoder = Decoder::read_header(&made.bytes).unwrap();
    let split = Split { threads: 3, least: 1000, reach: 4000 };
    let window = whole(&decoder, Scale::Full);
    let token = CancelToken::new();
    token.cancel();
    let limits = Limits::default();
    let mut budget = Budget::start(&limits, Some(&token));
    let error = many(&decoder, Portable, split, Scale::Full, window, &mut budget).unwrap_err();
    assert_eq!((error.kind(), error.stage()), (ErrorKind::Cancelled, Stage::Decode));
    let limits = Limits { deadline: Some(std::time::Duration::ZERO), ..Limits::default() };
    let error =
        many(&decoder, Portable, split, Scale::Full, window, &mut Budget::start(&limits, None)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
}
