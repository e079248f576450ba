//! The decoder against files from an independent writer, and against a reference that is plain and
//! slow.
//!
//! Every file that [`stream`] makes is valid, and its contents are known from its coefficients. The
//! decoder must match the reference bit for bit: the accurate transform, the upsampling and the
//! colors of libjpeg at full size, and the results at 1/4 and 1/8. Where a block becomes 4 by 4
//! samples, it must match within one per sample.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "tests fail by panicking, and overflow is one way to"
)]

mod coder;
mod entropy;
#[cfg(feature = "parallel")]
mod parallel;
mod reference;
mod script;
mod stream;

use proptest::prelude::*;

use self::coder::Random;
use self::stream::{Hint, Process, Spec, TestFile};
use super::cpu::Portable;
use super::plane::Plane;
use super::{Decoder, Detail, Scale, Window};
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::{Budget, Limits};
use crate::thorough::{cases, every};

const DETAILS: [Detail; 2] = [Detail::Coarse, Detail::Exact];

/// The same detail in the type of the reference.
fn reference_detail(detail: Detail) -> reference::Detail {
    match detail {
        Detail::Coarse => reference::Detail::Coarse,
        Detail::Exact => reference::Detail::Exact,
    }
}

/// Decodes under a small memory limit, of which everything except the pixels must be released, and
/// compares with the portable code: pixels or error must be the same.
fn decode(bytes: &[u8], scale: Scale, window: Window, detail: Detail) -> Result<Vec<u8>> {
    let limits = Limits { max_memory_bytes: 64 << 20, ..Limits::default() };
    let decoder = Decoder::read_header(bytes)?;
    let plain = decoder.decode_on(
        Portable,
        scale,
        window,
        detail,
        &mut Tolerance::none(),
        &mut Budget::start(&limits, None),
    );
    let mut budget = Budget::start(&limits, None);
    let pixels = decoder.decode(scale, window, detail, &mut Tolerance::none(), &mut budget);
    match (&pixels, &plain) {
        (Ok(pixels), Ok(plain)) => {
            assert!(pixels == plain, "{scale:?}: the portable code gives another picture")
        }
        (pixels, plain) => {
            let message = |result: &Result<Vec<u8>>| result.as_ref().err().map(ToString::to_string);
            assert_eq!(message(pixels), message(plain), "{scale:?}: the portable code gives another error");
        }
    }
    let pixels = pixels?;
    let left = limits.max_memory_bytes - pixels.len() as u64;
    assert!(budget.reserve(Stage::Decode, left).is_ok(), "memory not released");
    assert!(budget.reserve(Stage::Decode, 1).is_err(), "memory released twice");
    Ok(pixels)
}

/// Decodes at every scale, the whole picture and a window, and reports the first difference from
/// the reference.
fn compare_pixels(file: &TestFile, random: &mut Random) -> std::result::Result<(), String> {
    for (scale, detail) in Scale::ALL.into_iter().flat_map(|scale| DETAILS.map(|detail| (scale, detail))) {
        let expected = file.expected(scale.eighths() as usize, reference_detail(detail));
        let (width, height) = (expected.width, expected.height);
        let (x, y) = (random.below(width), random.below(height));
        let part = Window { x, y, width: 1 + random.below(width - x), height: 1 + random.below(height - y) };
        for window in [Window { x: 0, y: 0, width, height }, part] {
            let decoded = decode(&file.bytes, scale, window, detail)
                .map_err(|e| format!("{scale:?} {detail:?} {window:?}: {e}"))?;
            let stride = expected.channels * width;
            let (left, length) = (window.x * expected.channels, window.width * expected.channels);
            let rows = expected.pixels.chunks(stride).skip(window.y).take(window.height);
            let wanted: Vec<u8> = rows.flat_map(|row| &row[left..left + length]).copied().collect();
            if decoded.len() != wanted.len() {
                return Err(format!("{scale:?} {window:?}: {} samples, not {}", decoded.len(), wanted.len()));
            }
            let wrong = decoded.iter().zip(&wanted).position(|(a, b)| a.abs_diff(*b) > expected.tolerance);
            if let Some(at) = wrong {
                let (pixel, channel) = (at / expected.channels, at % expected.channels);
                let (x, y) = (pixel % window.width, pixel / window.width);
                let (got, wanted) = (decoded[at], wanted[at]);
                return Err(format!("{scale:?} {window:?}: {got} at {x},{y},{channel}, not {wanted}"));
            }
        }
    }
    Ok(())
}

/// Decodes planes at every scale, for the whole picture and a window: they must match the reference
/// and cover the window.
fn compare_planes(file: &TestFile, random: &mut Random) -> std::result::Result<(), String> {
    let decoder = Decoder::read_header(&file.bytes).map_err(|e| e.to_string())?;
    let scales = Scale::ALL.into_iter().flat_map(|scale| Scale::ALL.map(|chroma| (scale, chroma)));
    for (scale, chroma) in scales.filter(|(scale, chroma)| chroma <= scale) {
        let side = |side: usize| scale.of(u32::try_from(side).unwrap()) as usize;
        let (width, height) = (side(file.width), side(file.height));
        let (x, y) = (random.below(width), random.below(height));
        let part = Window { x, y, width: 1 + random.below(width - x), height: 1 + random.below(height - y) };
        for detail in DETAILS {
            let (eighths, of_chroma) = (scale.eighths() as usize, chroma.eighths() as usize);
            let expected = file.expected_planes(eighths, of_chroma, reference_detail(detail));
            for window in [Window { x: 0, y: 0, width, height }, part] {
                compare_planes_of(&decoder, (scale, chroma), detail, window, &expected)
                    .map_err(|e| format!("{scale:?} {chroma:?} {detail:?} {window:?}: {e}"))?;
            }
        }
    }
    Ok(())
}

/// Decodes the planes of a window, also with the portable code.
fn compare_planes_of(
    decoder: &Decoder<'_>,
    scales: (Scale, Scale),
    detail: Detail,
    window: Window,
    expected: &[reference::ExpectedPlane],
) -> std::result::Result<(), String> {
    let limits = Limits::default();
    let (mut budget, mut other) = (Budget::start(&limits, None), Budget::start(&limits, None));
    let planes = decoder
        .decode_planes(scales.0, scales.1, window, detail, &mut Tolerance::none(), &mut budget)
        .map_err(|e| e.to_string())?;
    let plain = decoder
        .decode_planes_on(Portable, scales, window, detail, &mut Tolerance::none(), &mut other)
        .map_err(|e| e.to_string())?;
    for (index, ((plane, plain), expected)) in planes.into_iter().zip(plain).zip(expected).enumerate() {
        compare_plane(plane, plain, scales.0, window, expected)
            .map_err(|e| format!("component {index}: {e}"))?;
    }
    Ok(())
}

fn compare_plane(
    plane: Plane,
    plain: Plane,
    scale: Scale,
    window: Window,
    expected: &reference::ExpectedPlane,
) -> std::result::Result<(), String> {
    let ((left, top), (wide, high)) = ((plane.left(), plane.top()), plane.size());
    let (across, down) = plane.density();
    let unit = f64::from(scale.eighths()) / 8.0;
    let reaches = |start: usize, length: usize, density: f64| {
        ((start as f64 / unit * density), ((start + length) as f64 / unit * density).ceil())
    };
    let (first, end) = reaches(window.x, window.width, across);
    if (left as f64) > first || ((left + wide) as f64) < end.min(expected.width as f64) {
        return Err(format!("columns {left} to {} of {first} to {end}", left + wide));
    }
    let (first, end) = reaches(window.y, window.height, down);
    if (top as f64) > first || ((top + high) as f64) < end.min(expected.height as f64) {
        return Err(format!("lines {top} to {} of {first} to {end}", top + high));
    }
    let stride = plane.stride();
    let (samples, plain) = (plane.into_samples(), plain.into_samples());
    if samples != plain {
        return Err("the portable code gives another plane".to_owned());
    }
    for y in 0..high {
        let got = &samples[y * stride..][..wide];
        let wanted = &expected.samples[(top + y) * expected.width + left..][..wide];
        let off = |(got, wanted): (&u8, &u8)| got.abs_diff(*wanted) > expected.tolerance;
        if let Some(x) = got.iter().zip(wanted).position(off) {
            return Err(format!("{} at {x},{y}, not {}", got[x], wanted[x]));
        }
    }
    Ok(())
}

/// A side; most are little longer than a block or an MCU.
fn side() -> impl Strategy<Value = usize> {
    prop_oneof![1..=9_usize, 1..=40_usize, 1..=100_usize]
}

fn factors() -> impl Strategy<Value = Vec<(usize, usize)>> {
    let factor = || (1..=4_usize, 1..=4_usize);
    let usual =
        prop_oneof![Just((1, 1)), Just((2, 1)), Just((1, 2)), Just((2, 2)), Just((4, 1)), Just((4, 2))];
    prop_oneof![
        1 => factor().prop_map(|factor| vec![factor]),
        3 => usual.prop_map(|luma| vec![luma, (1, 1), (1, 1)]),
        3 => prop::collection::vec(factor(), 3),
        2 => prop::collection::vec(factor(), 4),
    ]
}

fn spec(process: impl Strategy<Value = Process>) -> impl Strategy<Value = Spec> {
    let hint = prop_oneof![
        2 => Just(Hint::None),
        2 => Just(Hint::Jfif),
        1 => (0..3_u8).prop_map(Hint::Adobe)
    ];
    let interval = prop_oneof![2 => Just(None), 1 => Just(Some(0)), 1 => (1..6_usize).prop_map(Some)];
    let rest =
        (hint, prop_oneof![Just(0), 0..20_usize, 0..=100_usize], any::<bool>(), interval, any::<u64>());
    (process, side(), side(), factors(), rest).prop_map(|(process, width, height, factors, rest)| {
        let (hint, busy, clutter, interval, seed) = rest;
        Spec { process, width, height, factors, hint, busy, clutter, interval, extreme: false, seed }
    })
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn planes_match_the_reference(
        spec in spec(prop_oneof![Just(Process::Baseline), Just(Process::Extended), Just(Process::Progressive)])
    ) {
        let file = spec.make();
        prop_assert_eq!(compare_planes(&file, &mut Random::new(spec.seed)), Ok(()));
    }

    #[test]
    fn sequential_files_match_the_reference(
        spec in spec(prop_oneof![Just(Process::Baseline), Just(Process::Extended)])
    ) {
        let file = spec.make();
        prop_assert_eq!(compare_pixels(&file, &mut Random::new(spec.seed)), Ok(()));
    }

    #[test]
    fn progressive_files_match_the_reference(spec in spec(Just(Process::Progressive))) {
        let file = spec.make();
        prop_assert_eq!(compare_pixels(&file, &mut Random::new(spec.seed)), Ok(()));
    }
}

proptest! {
    #![proptest_config(cases(400))]

    /// Most damage is in the entropy-coded data, because most bytes are; about half of the files
    /// are truncated, too.
    #[test]
    fn malformed_files_give_pixels_or_an_error(
        spec in spec(prop_oneof![Just(Process::Baseline), Just(Process::Extended), Just(Process::Progressive)])
    ) {
        let TestFile { mut bytes, .. } = spec.make();
        let mut random = Random::new(spec.seed);
        for _ in 0..1 + random.below(8) {
            let at = random.below(bytes.len());
            bytes[at] = random.next() as u8;
        }
        bytes.truncate(random.below(2 * bytes.len()));
        if let Ok(decoder) = Decoder::read_header(&bytes) {
            let (width, height) = (decoder.header.frame.width as u32, decoder.header.frame.height as u32);
            for scale in Scale::ALL {
                let (width, height) = (scale.of(width) as usize, scale.of(height) as usize);
                let (x, y) = (random.below(width), random.below(height));
                for window in [
                    Window { x: 0, y: 0, width, height },
                    Window { x, y, width: width - x, height: 1 + random.below(height - y) },
                ] {
                    let samples = window.width * window.height * decoder.coding().channels();
                    if let Ok(pixels) = decode(&bytes, scale, window, Detail::Coarse) {
                        prop_assert_eq!(pixels.len(), samples);
                    }
                }
            }
        }
    }
}

#[test]
fn reference_table_matches_the_transform_of_t81() {
    assert!(reference::worst_of_table() < 1.6, "{}", reference::worst_of_table());
}

fn plain(process: Process, width: usize, height: usize, factors: &[(usize, usize)]) -> Spec {
    let factors = factors.to_vec();
    let (hint, busy, clutter, interval, extreme) = (Hint::Jfif, 0, false, Some(0), false);
    Spec { process, width, height, factors, hint, busy, clutter, interval, extreme, seed: 0 }
}

/// A scan longer than a chunk of a stream, with and without restarts.
#[test]
fn long_scans_match_the_reference() {
    // A progressive picture has several scans.
    let pictures = [(Process::Baseline, 489, 349), (Process::Progressive, 789, 499)];
    for (seed, (process, width, height)) in (0..).zip(pictures) {
        for interval in [0, 7] {
            let spec = plain(process, width, height, &[(2, 2), (1, 1), (1, 1)]);
            let file = Spec { busy: 100, interval: Some(interval), seed, ..spec }.make();
            let longest = file.data.iter().map(std::ops::Range::len).max();
            assert!(longest > Some(48 << 10), "{longest:?}");
            assert_eq!(
                compare_pixels(&file, &mut Random::new(seed)),
                Ok(()),
                "{process:?}, restart interval {interval}"
            );
        }
    }
}

/// Runs of empty bands over as many blocks as one code can express, and further runs after them.
#[test]
fn longest_runs_of_empty_bands_are_decoded() {
    for seed in every(3, 0..3) {
        let file = Spec { seed, ..plain(Process::Progressive, 1456, 1451, &[(1, 1)]) }.make();
        for scale in [Scale::Eighth, Scale::Full] {
            let expected = file.expected(scale.eighths() as usize, reference::Detail::Exact);
            let (width, height) = (expected.width, expected.height);
            let decoded =
                decode(&file.bytes, scale, Window { x: 0, y: 0, width, height }, Detail::Exact).unwrap();
            assert!(decoded == expected.pixels, "seed {seed}, {scale:?}");
        }
    }
}

/// No data that the syntax allows exceed the buffer: 31 bits for every coefficient.
#[test]
fn longest_possible_blocks_fit_the_buffer() {
    let samplings: [&[(usize, usize)]; 4] =
        [&[(1, 1)], &[(1, 1), (1, 1), (1, 1)], &[(2, 2), (1, 2), (2, 2)], &[(4, 2), (1, 1), (1, 1)]];
    for (seed, factors) in (0..).zip(samplings) {
        for interval in [0, 9] {
            let spec = plain(Process::Extended, 333, 222, factors);
            let file =
                Spec { extreme: true, interval: Some(interval), hint: Hint::Adobe(0), seed, ..spec }.make();
            for scale in Scale::ALL {
                let expected = file.expected(scale.eighths() as usize, reference::Detail::Exact);
                let (width, height) = (expected.width, expected.height);
                let decoded = decode(&file.bytes, scale, Window { x: 0, y: 0, width, height }, Detail::Exact);
                let decoded = decoded.unwrap_or_else(|error| panic!("{factors:?} {scale:?}: {error}"));
                // At 1/8 without subsampling, each pixel is the mean of a block.
                if scale == Scale::Eighth && factors.iter().all(|&factor| factor == (1, 1)) {
                    assert!(decoded == expected.pixels, "{factors:?}, restart interval {interval}");
                }
            }
        }
    }
}

/// The part of a file before a cut in its data can be decoded, and the error for the rest names the
/// cut.
#[test]
fn rows_below_the_window_are_not_read() {
    let file = Spec { busy: 20, ..plain(Process::Baseline, 40, 400, &[(1, 1)]) }.make();
    let [data] = &file.data[..] else { panic!("{:?}", file.data) };
    let cut = data.start + data.len() / 2;
    let bytes = &[&file.bytes[..cut], &[0xff, 0xd9]].concat();
    let expected = file.expected(8, reference::Detail::Exact);
    let top =
        decode(bytes, Scale::Full, Window { x: 0, y: 0, width: 40, height: 64 }, Detail::Exact).unwrap();
    assert!(top == expected.pixels[..top.len()]);
    // Without an EOI marker these rows are read, because data could be missing there.
    let cut_off = &file.bytes[..cut];
    let window = Window { x: 0, y: 0, width: 40, height: 64 };
    assert!(decode(cut_off, Scale::Full, window, Detail::Exact).is_err());
    for scale in Scale::ALL {
        let whole = Window { x: 0, y: 0, width: scale.of(40) as usize, height: scale.of(400) as usize };
        let error = decode(bytes, scale, whole, Detail::Exact).unwrap_err().to_string();
        assert!(error.contains(&format!("end too early at byte {cut}")), "{error}");
    }
}

/// A file without DC scans violates T.81 G.1.1.1 but is decoded as if they were all zero, at every
/// scale.
#[test]
fn a_progressive_file_without_dc_scans_decodes_at_every_scale() {
    let mut bytes = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    bytes.extend([1; 64]);
    bytes.extend(b"\xff\xc2\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0");
    // One code of one bit: the end of the band.
    bytes.extend(b"\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(b"\xff\xda\0\x08\x01\x01\0\x01\x3f\0\x7f\xff\xd9");
    for scale in Scale::ALL {
        let side = scale.of(8) as usize;
        let decoded = decode(&bytes, scale, Window { x: 0, y: 0, width: side, height: side }, Detail::Exact);
        assert_eq!(decoded.unwrap(), vec![128; side * side], "{scale:?}");
    }
}
