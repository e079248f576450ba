//! Unsharp masking, compared with the formulas of its documentation.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::error::ErrorKind;
use crate::limits::{CancelToken, Limits};
use crate::render::frame::sample_count;

const LAYOUTS: [Layout; 4] = [Layout::Gray, Layout::GrayAlpha, Layout::Rgb, Layout::Rgba];

fn sharpened_in(range: YuvRange, samples: &[u8], size: Size, layout: Layout, amount: f64) -> Vec<u8> {
    let (mut samples, limits) = (samples.to_vec(), Limits::default());
    let budget = &mut Budget::start(&limits, None);
    apply(&mut samples, size, layout, Decimal::from_f64(amount), range, budget).unwrap();
    samples
}

fn sharpened(samples: &[u8], size: Size, layout: Layout, amount: f64) -> Vec<u8> {
    sharpened_in(YuvRange::Full, samples, size, layout, amount)
}

/// Levels from `levels`; every second alpha is 0 or 255.
fn picture_of(
    layouts: &'static [Layout],
    levels: std::ops::RangeInclusive<u8>,
) -> impl Strategy<Value = (Size, Layout, Vec<u8>)> {
    (1..30_u32, 1..30_u32, select(layouts)).prop_flat_map(move |(width, height, layout)| {
        let size = Size::new(width, height);
        // A third each is the lowest, the highest, and between. (`prop_oneof!` takes longer than the
        // tests themselves.)
        let (low, high) = (i16::from(*levels.start()), i16::from(*levels.end()));
        let count = high - low + 1;
        let color =
            (low - count..high + 1 + count).prop_map(move |level| level.clamp(low, high).to_le_bytes()[0]);
        let alpha = (-128..384_i16).prop_map(|level| level.clamp(0, 255).to_le_bytes()[0]);
        let pixel = (proptest::array::uniform3(color), alpha).prop_map(move |(color, alpha)| {
            let colors = if matches!(layout, Layout::Rgb | Layout::Rgba) { 3 } else { 1 };
            let alpha = layout.has_alpha().then_some(alpha);
            color[..colors].iter().copied().chain(alpha).collect::<Vec<_>>()
        });
        let pixels = vec(pixel, sample_count(size, Layout::Gray).unwrap());
        (Just(size), Just(layout), pixels.prop_map(|pixels| pixels.concat()))
    })
}

fn picture() -> impl Strategy<Value = (Size, Layout, Vec<u8>)> {
    picture_of(&LAYOUTS, 0..=255)
}

fn amount() -> impl Strategy<Value = f64> {
    prop_oneof![Just(1.0), Just(10.0), (0..=10_000_u32).prop_map(|amount| f64::from(amount) / 1000.0)]
}

/// The picture with the pixels at `places`, in this order.
fn moved(samples: &[u8], layout: Layout, places: impl Iterator<Item = usize>) -> Vec<u8> {
    let channels = layout.channels();
    places.flat_map(|at| samples[at * channels..][..channels].to_vec()).collect()
}

/// Mirrored, upside down, and transposed.
fn turned(samples: &[u8], size: Size, layout: Layout) -> [(Size, Vec<u8>); 3] {
    let (width, height) = (size.width as usize, size.height as usize);
    let rows = || (0..height).map(move |y| y * width);
    let mirrored = rows().flat_map(|row| (0..width).rev().map(move |x| row + x));
    let flipped = rows().rev().flat_map(|row| row..row + width);
    let transposed = (0..width).flat_map(|x| rows().map(move |row| row + x));
    [
        (size, moved(samples, layout, mirrored)),
        (size, moved(samples, layout, flipped)),
        (Size::new(size.height, size.width), moved(samples, layout, transposed)),
    ]
}

/// Luma and alpha of a pixel.
fn luma_and_alpha(pixel: &[u8], layout: Layout) -> (f64, f64) {
    let alpha = if layout.has_alpha() { f64::from(pixel[pixel.len() - 1]) } else { 255.0 };
    match *pixel {
        [red, green, blue, ..] => {
            (0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue), alpha)
        }
        _ => (f64::from(pixel[0]), alpha),
    }
}

/// Luma as a decoder or encoder of JPEG rounds it.
fn rounded_luma(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    u8::try_from((299 * red + 587 * green + 114 * blue + 500) / 1000).unwrap()
}

/// The formulas of this module for one pixel, in floating point: the wanted change, the least and
/// the greatest one.
fn formulas(pixels: &[(f64, f64)], size: Size, at: usize, amount: f64) -> [f64; 3] {
    let (width, height) = (size.width as usize, size.height as usize);
    let around = |reach: usize| {
        let (x, y) = (at % width, at / width);
        let near =
            move |middle: usize, step: usize, len: usize| (middle + step).saturating_sub(reach).min(len - 1);
        let steps = 0..2 * reach + 1;
        steps.clone().flat_map(move |down| {
            steps.clone().map(move |right| (near(x, right, width), near(y, down, height), right, down))
        })
    };
    let weights = [1.0, 4.0, 6.0, 4.0, 1.0];
    let (mut sum, mut weight) = (0.0, 0.0);
    for (x, y, right, down) in around(2) {
        let (luma, alpha) = pixels[y * width + x];
        sum += luma * alpha * weights[right] * weights[down];
        weight += alpha * weights[right] * weights[down];
    }
    let visible: Vec<f64> = around(1)
        .map(|(x, y, ..)| pixels[y * width + x])
        .filter(|(_, alpha)| *alpha > 0.0)
        .map(|(luma, _)| luma)
        .collect();
    let lowest = visible.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = visible.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let luma = pixels[at].0;
    [amount / 2.0 * (luma - sum / weight), lowest - amount - luma, highest + amount - luma]
}

#[test]
fn flat_pictures_stay_as_they_are() {
    for (width, height) in [(1, 1), (1, 70), (70, 1), (2, 2), (3, 300), (300, 3)] {
        let size = Size::new(width, height);
        for (layout, amount) in LAYOUTS.into_iter().flat_map(|layout| [0.5, 1.0, 10.0].map(|a| (layout, a))) {
            for pixel in [[0, 0, 0, 0], [255; 4], [1, 127, 128, 254], [254, 255, 0, 1]] {
                let pixel = &pixel[4 - layout.channels()..];
                let flat = pixel.repeat(sample_count(size, Layout::Gray).unwrap());
                let shown = sharpened(&flat, size, layout, amount);
                assert!(shown == flat, "{size:?} {layout:?} {amount} {pixel:?}");
            }
        }
    }
}

#[test]
fn an_edge_overshoots_by_the_amount() {
    let row = [[100_u8; 10], [150; 10]].concat();
    let size = Size::new(20, 5);
    for (amount, [low, high]) in [(0.0, [100, 150]), (1.0, [99, 151]), (4.0, [96, 154]), (10.0, [90, 160])] {
        let shown = sharpened(&row.repeat(5), size, Layout::Gray, amount);
        assert_eq!([shown.iter().min(), shown.iter().max()], [Some(&low), Some(&high)], "{amount}");
        assert_eq!([shown[0], shown[19]], [100, 150], "nothing changes far from the edge");
    }
}

#[test]
fn results_do_not_leave_the_range_of_levels() {
    let size = Size::new(16, 16);
    let board = |[black, white]: [u8; 2]| -> Vec<u8> {
        (0..256).map(|at| if (at % 16 / 3 + at / 48) % 2 == 0 { black } else { white }).collect()
    };
    let [full, video] = [[0, 255], [16, 235]].map(board);
    assert!(sharpened(&full, size, Layout::Gray, 10.0) == full, "black and white cannot overshoot");
    assert!(sharpened_in(YuvRange::Video, &video, size, Layout::Gray, 10.0) == video);
    let levels = sharpened(&video, size, Layout::Gray, 10.0);
    assert_eq!((levels.iter().min(), levels.iter().max()), (Some(&6), Some(&245)));
    // Levels outside of the range are not clipped, but do not leave it further.
    let outside = board([5, 250]);
    let levels = sharpened_in(YuvRange::Video, &outside, size, Layout::Gray, 10.0);
    assert_eq!((levels.iter().min(), levels.iter().max()), (Some(&5), Some(&250)));
}

#[test]
fn cmyk_stays_as_it_is() {
    let inks = [0, 255, 17, 90, 255, 0, 3, 200];
    assert_eq!(sharpened(&inks, Size::new(2, 1), Layout::Cmyk, 10.0), inks);
}

#[test]
fn a_limit_of_the_stated_memory_is_enough_and_not_too_much() {
    for (width, layout) in [1, 2, 100].into_iter().flat_map(|width| LAYOUTS.map(|layout| (width, layout))) {
        let (size, amount) = (Size::new(width, 7), Decimal::ONE);
        let samples = &mut vec![9; sample_count(size, layout).unwrap()];
        let mut limits = Limits { max_memory_bytes: memory(size), ..Limits::default() };
        let mut budget = Budget::start(&limits, None);
        apply(samples, size, layout, amount, YuvRange::Full, &mut budget).unwrap();
        assert_eq!(budget.spent(), 0, "memory not given back");
        limits.max_memory_bytes -= 1;
        let budget = &mut Budget::start(&limits, None);
        let error = apply(samples, size, layout, amount, YuvRange::Full, budget).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
}

#[test]
fn a_cancelled_call_stops_before_any_pixel_changes() {
    let (token, limits) = (CancelToken::new(), Limits::default());
    token.cancel();
    let (mut samples, size) = (*b"abcdef", Size::new(3, 2));
    let budget = &mut Budget::start(&limits, Some(&token));
    let error = apply(&mut samples, size, Layout::Gray, Decimal::ONE, YuvRange::Full, budget).unwrap_err();
    assert_eq!((error.kind(), &samples), (ErrorKind::Cancelled, b"abcdef"));
}

/// The whole picture takes far longer than the deadline: only the first check may find it ahead.
#[test]
fn a_deadline_ends_the_loop() {
    let limits = Limits { deadline: Some(Duration::from_millis(1)), ..Limits::default() };
    let size = Size::new(2000, 4000);
    let before: Vec<u8> = [0, 255].repeat(4_000_000);
    let mut samples = before.clone();
    let budget = &mut Budget::start(&limits, None);
    let amount = Decimal::from_f64(0.5);
    let error = apply(&mut samples, size, Layout::Gray, amount, YuvRange::Full, budget).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn an_amount_of_0_changes_nothing((size, layout, samples) in picture()) {
        prop_assert!(sharpened(&samples, size, layout, 0.0) == samples);
    }

    /// Colors from 80 to 140 with changes of up to 60 + 10 are not clipped, so that all three
    /// change alike.
    #[test]
    fn changes_are_those_of_the_formulas((size, layout, samples) in picture_of(&LAYOUTS, 80..=140), amount in amount()) {
        let shown = sharpened(&samples, size, layout, amount);
        let channels = layout.channels();
        let pixels: Vec<_> =
            samples.chunks(channels).map(|pixel| luma_and_alpha(pixel, layout)).collect();
        let colors = if layout.has_alpha() { channels - 1 } else { channels };
        for (at, (before, after)) in samples.chunks(channels).zip(shown.chunks(channels)).enumerate() {
            let change = i16::from(after[0]) - i16::from(before[0]);
            for color in 0..colors {
                prop_assert_eq!(i16::from(after[color]) - i16::from(before[color]), change);
            }
            prop_assert_eq!(&after[colors..], &before[colors..], "alpha stays");
            if pixels[at].1 == 0.0 {
                prop_assert_eq!(change, 0, "invisible pixels stay");
                continue;
            }
            let [wanted, least, most] = formulas(&pixels, size, at, amount);
            let change = f64::from(change);
            // Luma is rounded to 1/16 level.
            prop_assert!((least - 0.15..=most + 0.15).contains(&change), "{change}: {least} to {most}");
            // The change, and its bounds, are whole levels.
            let expected = wanted.clamp(least, most);
            prop_assert!((change - expected).abs() < 1.3, "{change}, {expected}: {wanted} in {least} to {most}");
        }
    }

    /// Sums are exact, so that the order of directions does not matter.
    #[test]
    fn flips_and_transposition_commute((size, layout, samples) in picture(), amount in amount()) {
        let shown = turned(&sharpened(&samples, size, layout, amount), size, layout);
        for ((size, before), (_, after)) in turned(&samples, size, layout).into_iter().zip(shown) {
            prop_assert!(sharpened(&before, size, layout, amount) == after);
        }
    }

    #[test]
    fn the_color_of_invisible_pixels_does_not_matter(
        (size, layout, samples) in picture_of(&[Layout::GrayAlpha, Layout::Rgba], 0..=255),
        color: u8,
        amount in amount(),
    ) {
        let channels = layout.channels();
        let recolor = |samples: &[u8]| -> Vec<u8> {
            let mut samples = samples.to_vec();
            for pixel in samples.chunks_mut(channels).filter(|pixel| pixel.ends_with(&[0])) {
                pixel.fill(color);
                pixel[channels - 1] = 0;
            }
            samples
        };
        let shown = sharpened(&recolor(&samples), size, layout, amount);
        prop_assert!(shown == recolor(&sharpened(&samples, size, layout, amount)));
    }

    #[test]
    fn opaque_and_gray_pictures_give_the_same_in_every_layout(
        (size, _, samples) in picture_of(&[Layout::Rgb], 0..=255),
        amount in amount(),
    ) {
        let opaque: Vec<u8> = samples.chunks(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect();
        let with: Vec<u8> = sharpened(&opaque, size, Layout::Rgba, amount);
        let without = sharpened(&samples, size, Layout::Rgb, amount);
        prop_assert!(with.chunks(4).flat_map(|pixel| &pixel[..3]).eq(&without));

        let gray: Vec<u8> = samples.chunks(3).map(|rgb| rgb[0]).collect();
        let luma = sharpened(&gray, size, Layout::Gray, amount);
        for layout in LAYOUTS {
            let channels = layout.channels();
            let spread = |gray: &[u8]| -> Vec<u8> {
                let colors = if layout.has_alpha() { channels - 1 } else { channels };
                let pixel = |&gray: &u8| std::iter::repeat_n(gray, colors).chain(layout.has_alpha().then_some(255));
                gray.iter().flat_map(pixel).collect()
            };
            prop_assert!(sharpened(&spread(&gray), size, layout, amount) == spread(&luma));
        }
    }

    /// An image in Y, Cb and Cr is sharpened as if it were RGB. Y of the RGB picture is not a
    /// whole level, which makes a difference of half a level in each term.
    #[test]
    fn luma_of_a_sharpened_picture_is_its_sharpened_luma(
        (size, layout, samples) in picture_of(&[Layout::Rgb], 80..=140),
        amount in amount(),
    ) {
        let luma_of = |samples: &[u8]| -> Vec<f64> {
            samples.chunks(3).map(|pixel| luma_and_alpha(pixel, layout).0).collect()
        };
        let plane: Vec<u8> = samples.chunks(3).map(rounded_luma).collect();
        let plane = sharpened(&plane, size, Layout::Gray, amount);
        let shown = luma_of(&sharpened(&samples, size, layout, amount));
        for (plane, shown) in plane.into_iter().zip(shown) {
            let error = (f64::from(plane) - shown).abs();
            prop_assert!(error < 2.0 + amount / 2.0, "{plane}, {shown}");
        }
    }

    #[test]
    fn video_range_is_kept((size, layout, samples) in picture_of(&[Layout::Gray], 16..=235), amount in amount()) {
        let shown = sharpened_in(YuvRange::Video, &samples, size, layout, amount);
        prop_assert!(shown.iter().all(|level| (16..=235).contains(level)));
        let pixels: Vec<_> = samples.iter().map(|&level| (f64::from(level), 255.0)).collect();
        for (at, (&before, &after)) in samples.iter().zip(&shown).enumerate() {
            // What may exceed the range around is as many levels of video range.
            let [_, least, most] = formulas(&pixels, size, at, amount * 219.0 / 255.0);
            let change = f64::from(after) - f64::from(before);
            prop_assert!((least - 0.01..=most + 0.01).contains(&change), "{change}: {least} to {most}");
        }
    }
}
