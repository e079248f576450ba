//! A Gaussian filter along one axis, for many lines at once: the cost does not depend on the
//! standard deviation.
//!
//! In: a standard deviation, and a strip of lines that are extended beyond both ends. Out: the
//! filtered strip. Must not know of pixels.
//!
//! Below a standard deviation of 2, the weights are samples of the Gaussian. Above, three box
//! filters with fractional widths (Gwosdek et al., "Theoretical foundations of Gaussian convolution
//! by extended box filtering", 2011) are followed by the weights c, 1 − 2c, c at a distance of 1.2
//! standard deviations. Three boxes alone are too light at the tails: their kurtosis is −0.4, and
//! near the edge of black and white, the result is wrong by 2.5 levels. The last filter has the
//! opposite kurtosis, which leaves 0.5 levels there, and 1.9 levels for the worst line of pixels.

use super::power::exp;

/// The number of lines that are filtered together.
pub(super) const LANES: usize = 32;

/// One sample of each line, at most [`FULL`].
pub(super) type Lanes = [u16; LANES];

/// The greatest sample: sums of the widest box must not overflow.
pub(super) const FULL: u16 = 255 * 255;

/// The greatest standard deviation.
pub(super) const MAX_SIGMA: f64 = 125.0;

/// A sequence of filters that together are a Gaussian.
#[derive(Debug)]
pub(super) struct Gaussian(Vec<Filter>);

/// A symmetric filter. Its output is shorter than its input by its reach at both ends.
#[derive(Debug)]
enum Filter {
    /// Distances from the first sample, and weights, whose sum is 2^16.
    Taps(Vec<(usize, u16)>),
    /// The mean of `2 · radius + 1` samples and, with the weight `edge / 256`, of the sample beside
    /// them at each end. `scale` is 2^32 divided by the sum of the weights in units of 1/256.
    Box { radius: usize, edge: u8, scale: u32 },
}

impl Gaussian {
    pub(super) fn new(sigma: f64) -> Self {
        let sigma = sigma.clamp(0.25, MAX_SIGMA);
        if sigma < 2.0 {
            return Self(vec![sampled(sigma)]);
        }
        let distance = (1.2 * sigma).ceil();
        let q = distance * distance / (sigma * sigma);
        // c makes the fourth cumulant 0, where it can, and otherwise as small as possible: in units
        // of the standard deviation, that of the boxes is −0.4·(1 − 2cq)², that of the last filter
        // 2cq²·(1 − 6c).
        let b = 2.0 * q * q + 1.6 * q;
        let c = (b - (b * b - 21.76 * q * q).max(0.0).sqrt()) / (27.2 * q * q);
        let variance = (sigma * sigma - 2.0 * c * distance * distance) / 3.0;
        let (c, distance) = (integer(c * 65_536.0), integer(distance) as usize);
        let weight = u16::try_from(c).unwrap_or(0);
        let middle = u16::try_from(65_536 - 2 * u32::from(weight)).unwrap_or(u16::MAX);
        let last = Filter::Taps(vec![(0, weight), (distance, middle), (2 * distance, weight)]);
        Self(vec![extended_box(variance), extended_box(variance), extended_box(variance), last])
    }

    /// How many samples the input must extend beyond each end of the output.
    pub(super) fn reach(&self) -> usize {
        self.0.iter().map(Filter::reach).sum()
    }

    /// Filters the strip in place. The result is at its start, shorter by twice the reach.
    pub(super) fn filter(&self, mut strip: &mut [Lanes]) {
        for filter in &self.0 {
            let len = strip.len().saturating_sub(2 * filter.reach());
            match filter {
                Filter::Taps(taps) => convolve(strip, len, taps),
                Filter::Box { radius, edge, scale } => average(strip, len, *radius, *edge, *scale),
            }
            strip = strip.get_mut(..len).unwrap_or_default();
        }
    }
}

impl Filter {
    fn reach(&self) -> usize {
        match self {
            Self::Taps(taps) => taps.last().map_or(0, |(distance, _)| distance / 2),
            Self::Box { radius, .. } => radius + 1,
        }
    }
}

/// The Gaussian at whole numbers up to 3.5 standard deviations.
fn sampled(sigma: f64) -> Filter {
    let reach = integer((3.5 * sigma).ceil());
    let density = |x: f64| exp(-x * x / (2.0 * sigma * sigma));
    let side: Vec<f64> = (1..=reach).map(|x| density(f64::from(x))).collect();
    let sum = 1.0 + 2.0 * side.iter().sum::<f64>();
    let side: Vec<u16> =
        side.iter().map(|weight| u16::try_from(integer(weight / sum * 65_536.0)).unwrap_or(0)).collect();
    let rest = 65_536 - 2 * side.iter().map(|&weight| u32::from(weight)).sum::<u32>();
    let middle = u16::try_from(rest).unwrap_or(u16::MAX);
    let weights = side.iter().rev().copied().chain([middle]).chain(side.iter().copied());
    Filter::Taps(weights.enumerate().collect())
}

/// The box filter of a variance of at least 1/4.
fn extended_box(variance: f64) -> Filter {
    // The widest box whose variance is not greater, then the weight of the edge that adds the rest.
    let radius = ((12.0 * variance + 1.0).sqrt() - 1.0) / 2.0;
    let r = radius.floor();
    let edge =
        (2.0 * r + 1.0) * (r * (r + 1.0) - 3.0 * variance) / (6.0 * (variance - (r + 1.0) * (r + 1.0)));
    let edge = u8::try_from(integer(edge * 256.0)).unwrap_or(u8::MAX);
    let sum = (2.0 * r + 1.0) * 256.0 + 2.0 * f64::from(edge);
    Filter::Box { radius: integer(r) as usize, edge, scale: integer(4_294_967_296.0 / sum) }
}

/// Rounds a number that is not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
fn integer(x: f64) -> u32 {
    (x + 0.5) as u32
}

/// Writes weighted sums to the first `len` places: a place is read for the last time before it is
/// written.
fn convolve(strip: &mut [Lanes], len: usize, taps: &[(usize, u16)]) {
    for start in 0..len {
        let mut sums = [1_u32 << 15; LANES];
        for &(distance, weight) in taps {
            for (sum, sample) in sums.iter_mut().zip(strip[start + distance]) {
                // At most 2^16 · FULL + 2^15.
                *sum = sum.wrapping_add(u32::from(sample) * u32::from(weight));
            }
        }
        strip[start] = sums.map(high);
    }
}

/// Writes the means of a box to the first `len` places, from sums that slide along the strip.
fn average(strip: &mut [Lanes], len: usize, radius: usize, edge: u8, scale: u32) {
    let mut sums = [0_u32; LANES];
    for samples in strip.iter().skip(1).take(2 * radius + 1) {
        for (sum, &sample) in sums.iter_mut().zip(samples) {
            *sum = sum.wrapping_add(u32::from(sample));
        }
    }
    let edge = u16::from(edge);
    for start in 0..len {
        let (left, first, right) = (strip[start], strip[start + 1], strip[start + 2 * radius + 2]);
        let means = &mut strip[start];
        for lane in 0..LANES {
            // Below 2^32: 257 samples of FULL, in units of 1/256.
            let edges = u32::from(left[lane]) * u32::from(edge);
            let edges = edges.wrapping_add(u32::from(right[lane]) * u32::from(edge));
            let total = (sums[lane] << 8).wrapping_add(edges);
            means[lane] = quotient(total, scale);
            let moved = u32::from(right[lane]).wrapping_sub(u32::from(first[lane]));
            sums[lane] = sums[lane].wrapping_add(moved);
        }
    }
}

/// `total · scale / 2^32`, rounded; never above [`FULL`] by more than 1.
#[expect(clippy::cast_possible_truncation, reason = "a mean of 16-bit samples")]
fn quotient(total: u32, scale: u32) -> u16 {
    (u64::from(total).wrapping_mul(u64::from(scale)).wrapping_add(1 << 31) >> 32) as u16
}

fn high(sum: u32) -> u16 {
    (sum >> 16) as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What becomes of one sample of [`FULL`] amid zeros, from the center outwards.
    fn response(gaussian: &Gaussian) -> Vec<f64> {
        let reach = gaussian.reach();
        let mut strip = vec![[0; LANES]; 4 * reach + 1];
        strip[2 * reach] = [FULL; LANES];
        gaussian.filter(&mut strip);
        (0..=reach)
            .map(|distance| {
                let [before, after] = [strip[reach - distance], strip[reach + distance]];
                assert_eq!(before, after, "the filter is symmetric");
                assert!(before.iter().all(|&sample| sample == before[0]), "all lanes are alike");
                f64::from(before[0])
            })
            .collect()
    }

    /// Half of all blurs, 0.5 to 125.
    fn sigmas() -> impl Iterator<Item = f64> {
        (1..=60).chain((61..=250).step_by(7)).chain([250]).map(|blur| f64::from(blur) / 2.0)
    }

    #[test]
    fn weights_sum_to_1_and_have_the_variance() {
        for sigma in sigmas() {
            let response = response(&Gaussian::new(sigma));
            let side = |power: i32| -> f64 {
                let terms = response.iter().enumerate().skip(1);
                2.0 * terms.map(|(x, weight)| weight * (x as f64).powi(power)).sum::<f64>()
            };
            let sum = response[0] + side(0);
            // Four filters round each sample by half, and the tails are long.
            let rounding = 0.5 * response.len() as f64;
            assert!((sum - f64::from(FULL)).abs() < 2.0 + rounding, "{sigma}: {sum}");
            // Samples of a narrow Gaussian have a smaller variance than itself.
            let densities =
                (1..=60).map(|x| (f64::from(x * x), (f64::from(-x * x) / (2.0 * sigma * sigma)).exp()));
            let expected = match sigma < 2.0 {
                true => {
                    let (sum, squares) = densities.fold((0.5, 0.0), |(sum, squares), (square, density)| {
                        (sum + density, squares + square * density)
                    });
                    squares / sum
                }
                false => sigma * sigma,
            };
            let variance = side(2) / sum;
            assert!((variance / expected - 1.0).abs() < 0.02, "{sigma}: {variance}, {expected}");
        }
    }

    /// The integral of the filter is compared with that of the Gaussian, in levels.
    #[test]
    fn the_edge_of_black_and_white_is_right_within_half_a_level() {
        for sigma in sigmas() {
            let gaussian = Gaussian::new(sigma);
            let reach = gaussian.reach();
            let mut strip = vec![[0; LANES]; 4 * reach + 2];
            strip[2 * reach + 1..].fill([FULL; LANES]);
            gaussian.filter(&mut strip);
            let far = (8.0 * sigma).ceil();
            let density = |x: f64| (-x * x / (2.0 * sigma * sigma)).exp();
            let whole: f64 =
                (0..).map(f64::from).take_while(|x| *x <= 2.0 * far).map(|x| density(x - far)).sum();
            let mut exact = 0.0;
            for (x, lanes) in strip[..=reach].iter().rev().enumerate() {
                // Half of the filter without its center, then ever less.
                exact = if x == 0 { (whole - 1.0) / 2.0 } else { exact - density(x as f64) };
                let error = f64::from(lanes[0]) / 255.0 - exact / whole * 255.0;
                assert!(error.abs() < 0.52, "sigma {sigma}, {x} from the edge: {error}");
            }
        }
    }

    /// The worst line is white where the filter exceeds the Gaussian, and black elsewhere.
    #[test]
    fn the_worst_line_is_right_within_two_levels() {
        // Beyond, single weights are too small for samples of 16 bits.
        for sigma in sigmas().take_while(|sigma| *sigma <= 20.0) {
            let response = response(&Gaussian::new(sigma));
            let density = |x: usize| (-(x as f64).powi(2) / (2.0 * sigma * sigma)).exp();
            let far = response.len() + 100;
            let sum = 1.0 + 2.0 * (1..far).map(density).sum::<f64>();
            let error = |x: usize| {
                let weight = response.get(x).copied().unwrap_or(0.0) / f64::from(FULL);
                255.0 * (weight - density(x) / sum).max(0.0)
            };
            let error = error(0) + 2.0 * (1..far).map(error).sum::<f64>();
            assert!(error < 2.0, "sigma {sigma}: {error}");
        }
    }

    #[test]
    fn the_most_white_does_not_overflow() {
        for sigma in sigmas() {
            let gaussian = Gaussian::new(sigma);
            let mut strip = vec![[FULL; LANES]; 2 * gaussian.reach() + 3];
            gaussian.filter(&mut strip);
            assert!(strip[..3].iter().all(|lanes| *lanes == [FULL; LANES]), "{sigma}");
        }
    }

    #[test]
    fn sigmas_out_of_range_are_clamped() {
        for (sigma, nearest) in [(0.0, 0.25), (0.1, 0.25), (1e9, MAX_SIGMA), (f64::INFINITY, MAX_SIGMA)] {
            let [given, clamped] = [sigma, nearest].map(|sigma| format!("{:?}", Gaussian::new(sigma)));
            assert_eq!(given, clamped);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn a_flat_line_keeps_its_level(blur in 1..=250_u8, level in 0..=FULL, len in 1..40_usize) {
            let gaussian = Gaussian::new(f64::from(blur) / 2.0);
            let mut strip = vec![[level; LANES]; 2 * gaussian.reach() + len];
            gaussian.filter(&mut strip);
            prop_assert!(strip[..len].iter().all(|lanes| *lanes == [level; LANES]));
        }

        #[test]
        fn the_sum_is_kept(
            blur in 1..=250_u8,
            samples in proptest::collection::vec(proptest::array::uniform32(0..=FULL), 1..40),
        ) {
            let gaussian = Gaussian::new(f64::from(blur) / 2.0);
            let mut strip = vec![[0; LANES]; 4 * gaussian.reach() + samples.len()];
            strip[2 * gaussian.reach()..][..samples.len()].copy_from_slice(&samples);
            gaussian.filter(&mut strip);
            let blurred = &strip[..2 * gaussian.reach() + samples.len()];
            for lane in 0..LANES {
                let sum = |lines: &[Lanes]| lines.iter().map(|lanes| f64::from(lanes[lane])).sum::<f64>();
                let (before, after) = (sum(&samples), sum(blurred));
                // Each of four filters rounds by half a unit, and a box scales by 2^-17 wrong at most.
                let most = 2.0 * blurred.len() as f64 + before * 3e-5;
                prop_assert!((before - after).abs() <= most, "{before} {after}");
            }
        }
    }
}
