//! `e^x` and `x^y`, computed from the four operations of arithmetic. The standard library's differ
//! from system to system in the last bits.
//!
//! In: numbers. Out: values within 1e-12. Must not know what they are for.

use std::f64::consts::LN_2;

/// `e^x` for `x` up to 0.
pub(super) fn exp(x: f64) -> f64 {
    // The result would be below 1e-300.
    if x < -700.0 {
        return 0.0;
    }
    // The Taylor series of e^(x / 1024), squared ten times.
    let x = x / 1024.0;
    let series = (1..=16).rev().fold(1.0, |sum, n| 1.0 + sum * x / f64::from(n));
    (0..10).fold(series, |root, _| root * root)
}

/// `base^exponent` for a base of 0 to 1 and an exponent above 0.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if base <= 0.0 { 0.0 } else { exp(ln(base) * exponent) }
}

/// The natural logarithm of `x` above 0, up to 1.
fn ln(x: f64) -> f64 {
    let (mut mantissa, mut halvings) = (x, 0.0);
    while mantissa < 0.7 {
        mantissa *= 2.0;
        halvings += 1.0;
    }
    // ln(m) = 2 artanh(z), a series in odd powers of z, which is at most 0.18.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let series = (0..12).rev().fold(0.0, |sum, n| sum * z * z + 1.0 / f64::from(2 * n + 1));
    2.0 * z * series - halvings * LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_match_the_standard_library() {
        for step in 0..=100_000 {
            let x = f64::from(step) / 100_000.0;
            for exponent in [1e-6, 0.001, 0.1, 0.454_545, 0.5, 1.0, 2.2, 10.0, 1000.0] {
                assert!((power(x, exponent) - x.powf(exponent)).abs() < 1e-12, "{x} ^ {exponent}");
            }
            assert!((exp(-x * 30.0) - (-x * 30.0).exp()).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn extremes_are_finite() {
        for x in [f64::MIN_POSITIVE, 5e-324, 1e-100] {
            assert!((power(x, 1e-3) - x.powf(1e-3)).abs() < 1e-12, "{x}");
            assert_eq!(power(x, 1e6), 0.0);
        }
        assert_eq!((power(0.0, 1e-6), power(1.0, 1e6)), (0.0, 1.0));
    }
}
