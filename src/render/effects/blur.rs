//! Gaussian blur.
//!
//! In: 8-bit pixels and a standard deviation. Out: the pixels, blurred in place. Beyond its edges,
//! the picture continues with the nearest pixel. Pixels weigh by their alpha. Must not know of the
//! filter's shape.
//!
//! Rows and columns take the same path: some lines are copied to a strip that fits in the cache,
//! side by side, and filtered together. Between the two directions samples have 16 bits, are
//! premultiplied, and 255 times as large, so that only the end result is rounded.

use super::gaussian::{FULL, Gaussian, LANES, Lanes};
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::{Layout, sample_count};

/// The bytes of memory that [`apply`] needs besides the image.
pub(super) fn memory(size: Size, layout: Layout, sigma: f64) -> u64 {
    let samples = sample_count(size, layout).unwrap_or(usize::MAX) as u64;
    let strip = strip_len(size, &Gaussian::new(sigma)) as u64 * size_of::<Lanes>() as u64;
    samples.saturating_mul(2).saturating_add(strip)
}

fn strip_len(size: Size, gaussian: &Gaussian) -> usize {
    (size.width.max(size.height) as usize).saturating_add(2 * gaussian.reach())
}

/// Blurs an image.
pub(super) fn apply(
    samples: &mut [u8],
    size: Size,
    layout: Layout,
    sigma: f64,
    budget: &mut Budget<'_>,
) -> Result<()> {
    match layout {
        Layout::Gray => blur::<1, false>(samples, size, sigma, budget),
        Layout::GrayAlpha => blur::<2, true>(samples, size, sigma, budget),
        Layout::Rgb => blur::<3, false>(samples, size, sigma, budget),
        Layout::Rgba => blur::<4, true>(samples, size, sigma, budget),
        Layout::Cmyk => blur::<4, false>(samples, size, sigma, budget),
    }
}

fn blur<const N: usize, const ALPHA: bool>(
    samples: &mut [u8],
    size: Size,
    sigma: f64,
    budget: &mut Budget<'_>,
) -> Result<()> {
    let gaussian = Gaussian::new(sigma);
    let before = budget.spent();
    let mut strip = budget.zeroed::<Lanes>(Stage::Effects, strip_len(size, &gaussian))?;
    let mut between = budget.zeroed::<u16>(Stage::Effects, samples.len())?;
    blur_rows::<N, ALPHA>(samples, &mut between, size, &gaussian, &mut strip, budget)?;
    blur_columns::<N, ALPHA>(&between, samples, size, &gaussian, &mut strip, budget)?;
    budget.release(budget.spent() - before);
    Ok(())
}

fn blur_rows<const N: usize, const ALPHA: bool>(
    samples: &[u8],
    between: &mut [u16],
    size: Size,
    gaussian: &Gaussian,
    strip: &mut [Lanes],
    budget: &Budget<'_>,
) -> Result<()> {
    let (width, row_len) = (size.width as usize, size.width as usize * N);
    let rows = LANES / N * row_len;
    let strip = &mut strip[..width + 2 * gaussian.reach()];
    for (rows, blurred) in samples.chunks(rows).zip(between.chunks_mut(rows)) {
        budget.check_interrupt(Stage::Effects)?;
        gather_rows::<N, ALPHA>(rows, row_len, &mut strip[gaussian.reach()..][..width]);
        extend(strip, gaussian.reach());
        gaussian.filter(strip);
        scatter_rows::<N>(&strip[..width], row_len, blurred);
    }
    Ok(())
}

fn blur_columns<const N: usize, const ALPHA: bool>(
    between: &[u16],
    samples: &mut [u8],
    size: Size,
    gaussian: &Gaussian,
    strip: &mut [Lanes],
    budget: &Budget<'_>,
) -> Result<()> {
    let (row_len, height) = (size.width as usize * N, size.height as usize);
    let strip = &mut strip[..height + 2 * gaussian.reach()];
    for left in (0..row_len).step_by(LANES) {
        budget.check_interrupt(Stage::Effects)?;
        let right = row_len.min(left + LANES);
        for (row, lanes) in between.chunks_exact(row_len).zip(&mut strip[gaussian.reach()..]) {
            lanes[..right - left].copy_from_slice(&row[left..right]);
        }
        extend(strip, gaussian.reach());
        gaussian.filter(strip);
        for (row, lanes) in samples.chunks_exact_mut(row_len).zip(&*strip) {
            finish::<N, ALPHA>(lanes, &mut row[left..right]);
        }
    }
    Ok(())
}

/// Pixels of a row that are copied before those of the next: their places stay in the first cache.
const TILE: usize = 128;

/// Copies rows to the strip, premultiplied.
fn gather_rows<const N: usize, const ALPHA: bool>(rows: &[u8], row_len: usize, strip: &mut [Lanes]) {
    for (tile, strip) in strip.chunks_mut(TILE).enumerate() {
        for (lane, row) in (0..).step_by(N).zip(rows.chunks_exact(row_len)) {
            let (pixels, _) = row[tile * TILE * N..].as_chunks::<N>();
            for (lanes, pixel) in strip.iter_mut().zip(pixels) {
                let Some(place) = lanes[lane..].first_chunk_mut::<N>() else { continue };
                let alpha = if ALPHA { u16::from(pixel[N - 1]) } else { 255 };
                *place = pixel.map(|sample| u16::from(sample) * alpha);
                if ALPHA {
                    place[N - 1] = alpha * 255;
                }
            }
        }
    }
}

fn scatter_rows<const N: usize>(strip: &[Lanes], row_len: usize, rows: &mut [u16]) {
    for (tile, strip) in strip.chunks(TILE).enumerate() {
        for (lane, row) in (0..).step_by(N).zip(rows.chunks_exact_mut(row_len)) {
            let (pixels, _) = row[tile * TILE * N..].as_chunks_mut::<N>();
            for (lanes, pixel) in strip.iter().zip(pixels) {
                pixel.copy_from_slice(&lanes[lane..lane + N]);
            }
        }
    }
}

/// Repeats the first and the last sample beyond the ends.
fn extend(strip: &mut [Lanes], reach: usize) {
    let end = strip.len() - reach;
    let (first, last) = (strip[reach], strip[end - 1]);
    strip[..reach].fill(first);
    strip[end..].fill(last);
}

/// Rounds to 8 bits, and divides color by alpha.
fn finish<const N: usize, const ALPHA: bool>(lanes: &Lanes, samples: &mut [u8]) {
    if !ALPHA {
        for (sample, &lane) in samples.iter_mut().zip(lanes) {
            *sample = level(lane);
        }
        return;
    }
    for (pixel, lanes) in samples.as_chunks_mut::<N>().0.iter_mut().zip(lanes.as_chunks::<N>().0) {
        let alpha = u32::from(lanes[N - 1]);
        *pixel = lanes.map(|lane| {
            let quotient = (u32::from(lane) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
            u8::try_from(quotient).unwrap_or(u8::MAX)
        });
        pixel[N - 1] = level(lanes[N - 1]);
    }
}

fn level(lane: u16) -> u8 {
    u8::try_from((lane.min(FULL) + 127) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::error::ErrorKind;
    use crate::limits::{CancelToken, Limits};
    use crate::thorough::every;

    const LAYOUTS: [Layout; 5] = [Layout::Gray, Layout::GrayAlpha, Layout::Rgb, Layout::Rgba, Layout::Cmyk];

    /// One of each filter, and both ends of the range.
    const SIGMAS: [f64; 7] = [0.5, 1.0, 1.9, 2.0, 7.5, 60.0, 125.0];

    fn blurred(samples: &[u8], size: Size, layout: Layout, sigma: f64) -> Vec<u8> {
        let (mut samples, limits) = (samples.to_vec(), Limits::default());
        apply(&mut samples, size, layout, sigma, &mut Budget::start(&limits, None)).unwrap();
        samples
    }

    /// Random levels; most alphas are 0 or 255.
    fn picture() -> impl Strategy<Value = (Size, Layout, Vec<u8>)> {
        (1..45_u32, 1..45_u32, select(LAYOUTS.to_vec())).prop_flat_map(|(width, height, layout)| {
            // A third is 0, a third 255. (`prop_oneof!` takes longer than the tests themselves.)
            let level = (-256..512_i16).prop_map(|level| level.clamp(0, 255).to_le_bytes()[0]);
            let size = Size::new(width, height);
            let len = sample_count(size, layout).unwrap();
            (Just(size), Just(layout), vec(level, len))
        })
    }

    fn sigma() -> impl Strategy<Value = f64> {
        prop_oneof![1..9_u8, 9..=250_u8].prop_map(|blur| f64::from(blur) / 2.0)
    }

    /// The picture with the pixels at `places`, in this order.
    fn moved(samples: &[u8], layout: Layout, places: impl Iterator<Item = usize>) -> Vec<u8> {
        let channels = layout.channels();
        places.flat_map(|at| samples[at * channels..][..channels].to_vec()).collect()
    }

    fn mirrored(samples: &[u8], size: Size, layout: Layout) -> Vec<u8> {
        let (width, height) = (size.width as usize, size.height as usize);
        let places = (0..height).flat_map(|y| (0..width).rev().map(move |x| y * width + x));
        moved(samples, layout, places)
    }

    fn flipped(samples: &[u8], size: Size, layout: Layout) -> Vec<u8> {
        let (width, height) = (size.width as usize, size.height as usize);
        let places = (0..height).rev().flat_map(|y| (0..width).map(move |x| y * width + x));
        moved(samples, layout, places)
    }

    fn transposed(samples: &[u8], size: Size, layout: Layout) -> Vec<u8> {
        let (width, height) = (size.width as usize, size.height as usize);
        moved(samples, layout, (0..width).flat_map(|x| (0..height).map(move |y| y * width + x)))
    }

    /// The samples, each color times its alpha: levels from 0 to 255.
    fn premultiplied(samples: &[u8], layout: Layout) -> Vec<f64> {
        let weigh = |pixel: &[u8]| {
            let (alpha, colors) = pixel.split_last().unwrap();
            let weight = f64::from(*alpha) / 255.0;
            let colors = colors.iter().map(|&color| f64::from(color) * weight);
            colors.chain([f64::from(*alpha)]).collect::<Vec<_>>()
        };
        match layout.has_alpha() {
            true => samples.chunks(layout.channels()).flat_map(weigh).collect(),
            false => samples.iter().copied().map(f64::from).collect(),
        }
    }

    /// Convolution with a sampled Gaussian along the lines that begin at `starts`.
    fn convolve_lines(
        samples: &mut [f64],
        starts: impl Iterator<Item = usize>,
        step: usize,
        len: usize,
        sigma: f64,
    ) {
        let reach = (6.0 * sigma).ceil();
        let offsets: Vec<f64> = (0..).map(|at| f64::from(at) - reach).take_while(|x| *x <= reach).collect();
        let weights: Vec<f64> = offsets.iter().map(|x| (-x * x / (2.0 * sigma * sigma)).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let before = offsets.len() / 2;
        for start in starts {
            let line: Vec<f64> = (0..len).map(|at| samples[start + at * step]).collect();
            for at in 0..len {
                let nearest = |tap: usize| line[(at + tap).saturating_sub(before).min(len - 1)];
                let total: f64 = weights.iter().enumerate().map(|(tap, weight)| weight * nearest(tap)).sum();
                samples[start + at * step] = total / sum;
            }
        }
    }

    /// The exact result, premultiplied.
    fn exact(samples: &[u8], size: Size, layout: Layout, sigma: f64) -> Vec<f64> {
        let mut exact = premultiplied(samples, layout);
        let (width, height) = (size.width as usize, size.height as usize);
        let channels = layout.channels();
        let row_len = width * channels;
        let rows = (0..height).flat_map(|y| (0..channels).map(move |channel| y * row_len + channel));
        convolve_lines(&mut exact, rows, channels, width, sigma);
        convolve_lines(&mut exact, 0..row_len, row_len, height, sigma);
        exact
    }

    #[test]
    fn flat_pictures_stay_as_they_are() {
        let sizes = [(1, 1), (1, 70), (70, 1), (31, 33), (293, 3), (3, 300)];
        let sizes = sizes.into_iter().flat_map(|size| LAYOUTS.map(|layout| (size, layout)));
        let all = sizes.flat_map(|(size, layout)| SIGMAS.map(|sigma| (size, layout, sigma)));
        for ((width, height), layout, sigma) in every(11, all) {
            let size = Size::new(width, height);
            for pixel in [[0, 0, 0, 1], [255; 4], [1, 127, 128, 254], [254, 255, 0, 129]] {
                let pixel = &pixel[4 - layout.channels()..];
                let flat = pixel.repeat(sample_count(size, Layout::Gray).unwrap());
                assert!(blurred(&flat, size, layout, sigma) == flat, "{size:?} {layout:?} {sigma} {pixel:?}");
            }
        }
    }

    /// Also where the picture is much smaller than the filter.
    #[test]
    fn one_pixel_amid_black_is_a_gaussian() {
        for (sigma, side) in [(0.5, 9), (1.0, 15), (3.0, 41), (10.0, 101)] {
            let size = Size::new(side, side);
            let mut samples = vec![0; sample_count(size, Layout::Gray).unwrap()];
            let center = samples.len() / 2;
            samples[center] = 255;
            let shown = blurred(&samples, size, Layout::Gray, sigma);
            let expected = exact(&samples, size, Layout::Gray, sigma);
            for (shown, expected) in shown.iter().zip(expected) {
                assert!((f64::from(*shown) - expected).abs() < 1.0, "{sigma}: {shown}, {expected}");
            }
        }
    }

    /// Half black, half white: the greatest error, which the module of the filter states.
    #[test]
    fn edges_are_right_within_a_level() {
        for sigma in every(5, (1..=250_u8).step_by(3)).map(|blur| f64::from(blur) / 2.0) {
            let size = Size::new(90, 2);
            let row: Vec<u8> = (0..90).map(|x| if x < 45 { 0 } else { 255 }).collect();
            let samples = row.repeat(2);
            let shown = blurred(&samples, size, Layout::Gray, sigma);
            for (x, (shown, exact)) in
                shown.iter().zip(exact(&samples, size, Layout::Gray, sigma)).enumerate()
            {
                let rounded = exact.round();
                assert!((f64::from(*shown) - rounded).abs() <= 1.0, "{sigma}, {x}: {shown}, {exact}");
            }
        }
    }

    /// Noise, with the same seed in every run.
    #[test]
    fn results_are_those_of_a_direct_convolution() {
        let mut state = 0x2545_f491_u32;
        let mut level = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        };
        for blur in every(5, (1..=250_u8).step_by(3)).chain([250]) {
            let (sigma, size) = (f64::from(blur) / 2.0, Size::new(u32::from(blur % 37) + 1, 23));
            let samples: Vec<u8> = (0..sample_count(size, Layout::Rgb).unwrap()).map(|_| level()).collect();
            let shown = blurred(&samples, size, Layout::Rgb, sigma);
            let exact = exact(&samples, size, Layout::Rgb, sigma);
            let errors = shown.iter().zip(&exact).map(|(&shown, exact)| f64::from(shown) - exact);
            for error in errors.clone() {
                assert!(error.abs() <= 1.0, "{sigma}: {error}");
            }
            // Rounding alone gives 0.29.
            let squares = errors.map(|error| error * error).sum::<f64>() / exact.len() as f64;
            assert!(squares.sqrt() < 0.4, "{sigma}: {}", squares.sqrt());
        }
    }

    #[test]
    fn opaque_pictures_are_blurred_as_without_alpha() {
        let size = Size::new(40, 33);
        let rgb: Vec<u8> = (0..40 * 33 * 3_u32).map(|at| (at * at / 7 % 256).to_le_bytes()[0]).collect();
        let rgba: Vec<u8> = rgb.chunks(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
        for sigma in SIGMAS {
            let without = blurred(&rgb, size, Layout::Rgb, sigma);
            let with = blurred(&rgba, size, Layout::Rgba, sigma);
            for (pixel, without) in with.chunks(4).zip(without.chunks(3)) {
                assert_eq!((&pixel[..3], pixel[3]), (without, 255), "{sigma}");
            }
        }
    }

    #[test]
    fn a_limit_of_the_stated_memory_is_enough_and_not_too_much() {
        let sizes = [(1, 1), (100, 7), (7, 100)];
        for ((width, height), layout) in
            sizes.into_iter().flat_map(|size| LAYOUTS.map(|layout| (size, layout)))
        {
            let size = Size::new(width, height);
            let samples = &mut vec![9; sample_count(size, layout).unwrap()];
            for sigma in SIGMAS {
                let mut limits =
                    Limits { max_memory_bytes: memory(size, layout, sigma), ..Limits::default() };
                let mut budget = Budget::start(&limits, None);
                apply(samples, size, layout, sigma, &mut budget).unwrap();
                assert_eq!(budget.spent(), 0, "memory not given back");
                limits.max_memory_bytes -= 1;
                let error =
                    apply(samples, size, layout, sigma, &mut Budget::start(&limits, None)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::LimitExceeded);
            }
        }
        assert_eq!(memory(Size::new(u32::MAX, u32::MAX), Layout::Rgba, 125.0), u64::MAX);
    }

    #[test]
    fn a_cancelled_call_stops_before_any_pixel_changes() {
        let (token, limits, size) = (CancelToken::new(), Limits::default(), Size::new(3, 2));
        token.cancel();
        let mut samples = *b"abcdef";
        let mut budget = Budget::start(&limits, Some(&token));
        let error = apply(&mut samples, size, Layout::Gray, 1.0, &mut budget).unwrap_err();
        assert_eq!((error.kind(), &samples), (ErrorKind::Cancelled, b"abcdef"));
    }

    /// Both directions take far longer than the deadline: only the first check may find it ahead.
    #[test]
    fn a_deadline_ends_either_direction() {
        let limits = Limits { deadline: Some(Duration::from_millis(1)), ..Limits::default() };
        let gaussian = Gaussian::new(125.0);
        let mut strip = vec![[0; LANES]; 2 * gaussian.reach() + 1];
        let (mut samples, mut between) = (vec![255; 200_000], vec![0; 200_000]);

        let (size, budget) = (Size::new(1, 200_000), Budget::start(&limits, None));
        let rows = blur_rows::<1, false>(&samples, &mut between, size, &gaussian, &mut strip, &budget);
        assert_eq!(rows.unwrap_err().kind(), ErrorKind::DeadlineExceeded);
        assert_eq!(between.last(), Some(&0), "the last row is not reached");

        let (size, budget) = (Size::new(200_000, 1), Budget::start(&limits, None));
        let columns = blur_columns::<1, false>(&between, &mut samples, size, &gaussian, &mut strip, &budget);
        assert_eq!(columns.unwrap_err().kind(), ErrorKind::DeadlineExceeded);
        assert_eq!(samples.last(), Some(&255), "the last column is not reached");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn any_picture_is_right_within_two_levels((size, layout, samples) in picture(), sigma in sigma()) {
            let shown = blurred(&samples, size, layout, sigma);
            let exact = exact(&samples, size, layout, sigma);
            let channels = layout.channels();
            for (shown, exact) in shown.chunks(channels).zip(exact.chunks(channels)) {
                let alpha = if layout.has_alpha() { exact[channels - 1] } else { 255.0 };
                for (channel, (&shown, &exact)) in shown.iter().zip(exact).enumerate() {
                    let color = layout.has_alpha() && channel + 1 < channels;
                    let exact = if color { exact / alpha.max(1e-9) * 255.0 } else { exact };
                    // Most are right within one level. A color is a quotient: errors of both its
                    // terms count, divided by alpha.
                    let (error, most) = match color {
                        true => ((f64::from(shown) - exact).abs(), 0.5 + 2.0 * (255.0 + exact) / alpha.max(1e-9)),
                        false => ((f64::from(shown) - exact.round()).abs(), 2.0),
                    };
                    prop_assert!(error <= most, "sigma {sigma}, channel {channel}: {shown}, {exact}, {alpha}");
                }
            }
        }

        /// A ground that is wider than the filter: nothing is repeated beyond the edges but ground.
        #[test]
        fn the_mean_is_kept(
            samples in vec(any::<u8>(), 24 * 24),
            ground: u8,
            sigma in (1..9_u8).prop_map(|blur| f64::from(blur) / 2.0),
        ) {
            let margin = Gaussian::new(sigma).reach();
            let side = 24 + 2 * margin;
            let mut wide = vec![ground; side * side];
            for (y, row) in samples.chunks(24).enumerate() {
                wide[(margin + y) * side + margin..][..24].copy_from_slice(row);
            }
            let size = Size::new(u32::try_from(side).unwrap(), u32::try_from(side).unwrap());
            let shown = blurred(&wide, size, Layout::Gray, sigma);
            let mean = |samples: &[u8]| {
                samples.iter().map(|&level| f64::from(level)).sum::<f64>() / samples.len() as f64
            };
            let change = mean(&shown) - mean(&wide);
            prop_assert!(change.abs() < 0.1, "{change}");
        }

        /// Each filter is symmetric in exact arithmetic. Rows come before columns, and are rounded
        /// to 1/255 level between, so that a transposed picture may differ where the result is near
        /// half a level.
        #[test]
        fn flips_and_transposition_commute((size, layout, samples) in picture(), sigma in sigma()) {
            let shown = blurred(&samples, size, layout, sigma);
            let mirror = blurred(&mirrored(&samples, size, layout), size, layout, sigma);
            prop_assert!(mirror == mirrored(&shown, size, layout));
            let flip = blurred(&flipped(&samples, size, layout), size, layout, sigma);
            prop_assert!(flip == flipped(&shown, size, layout));
            let turned = Size::new(size.height, size.width);
            let transposition = blurred(&transposed(&samples, size, layout), turned, layout, sigma);
            let pairs = transposition.into_iter().zip(transposed(&shown, size, layout));
            if layout.has_alpha() {
                let channels = layout.channels();
                for (at, (a, b)) in pairs.enumerate().filter(|(at, _)| at % channels == channels - 1) {
                    prop_assert!(a.abs_diff(b) <= 1, "{at}: {a} {b}");
                }
            } else {
                for (at, (a, b)) in pairs.enumerate() {
                    prop_assert!(a.abs_diff(b) <= 1, "{at}: {a} {b}");
                }
            }
        }

        #[test]
        fn the_color_of_invisible_pixels_does_not_matter(
            (size, layout, samples) in picture().prop_filter("alpha", |(_, layout, _)| layout.has_alpha()),
            color: u8,
            sigma in sigma(),
        ) {
            let mut recolored = samples.clone();
            for pixel in recolored.chunks_mut(layout.channels()).filter(|pixel| pixel.ends_with(&[0])) {
                pixel.fill(color);
                pixel[layout.channels() - 1] = 0;
            }
            prop_assert!(blurred(&samples, size, layout, sigma) == blurred(&recolored, size, layout, sigma));
        }
    }
}
