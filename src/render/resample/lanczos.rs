//! The Lanczos filter of radius 3, at the cost of one ten-term cosine series.
//!
//! In: a distance in samples of the coarser grid. Out: a weight within 1e-9 of
//! `sin(πx) sin(πx/3) / (π²x²/3)`. For a small variant, computing the weights costs as much as
//! applying them, and nearly all of that is library sines.

use std::f64::consts::{FRAC_PI_2, PI};

use fast_image_resize::{Filter, FilterType};

const RADIUS: f64 = 3.0;

/// The filter as `fast_image_resize` takes it.
pub(super) fn lanczos3() -> FilterType {
    // `new` fails only for a radius that is not positive.
    Filter::new("Lanczos3", weight, RADIUS).map_or(FilterType::Lanczos3, FilterType::Custom)
}

fn weight(x: f64) -> f64 {
    let x = x.abs();
    if x >= RADIUS {
        return 0.0;
    }
    // The weight is within 1e-8 of 1, and the formula would divide by zero.
    if x < 1e-5 {
        return 1.0;
    }
    // sin(πx) = sin(3y) = 3 sin(y) - 4 sin(y)³.
    let y = x * (PI / RADIUS);
    let squared = sine(y).powi(2);
    squared * (3.0 - 4.0 * squared) / (3.0 * y * y)
}

/// The sine of `y` in 0 to π, within 1e-14: the Taylor series of the cosine about π/2.
fn sine(y: f64) -> f64 {
    const TERMS: [f64; 10] = [
        -1.0 / 6_402_373_705_728_000.0,
        1.0 / 20_922_789_888_000.0,
        -1.0 / 87_178_291_200.0,
        1.0 / 479_001_600.0,
        -1.0 / 3_628_800.0,
        1.0 / 40_320.0,
        -1.0 / 720.0,
        1.0 / 24.0,
        -1.0 / 2.0,
        1.0,
    ];
    let squared = (y - FRAC_PI_2).powi(2);
    TERMS.iter().fold(0.0, |sum, term| sum * squared + term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_match_the_definition() {
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
        for step in -350_000..=350_000 {
            let x = f64::from(step) / 100_000.0;
            let defined = if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 };
            assert!((weight(x) - defined).abs() < 1e-9, "{x}: {} is not {defined}", weight(x));
        }
        for x in [1e-300, 1e-9, 9.999e-6, 1.001e-5, 2.999_999_999] {
            assert!((weight(x) - sinc(x) * sinc(x / 3.0)).abs() < 1e-9, "{x}");
        }
    }
}
