//! [`Decimal`]: a non-negative decimal number with six digits after the point.
//!
//! In: text, or a float. Out: an exact number that can be compared, hashed and printed. Must not
//! know what it counts.

use std::fmt;

/// A decimal number from 0 to 4294, exact to a millionth.
///
/// Options are decimal numbers, not floats, so that they can be compared, hashed and printed as
/// they were given.
///
/// ```
/// use cretula::Decimal;
/// assert_eq!(Decimal::parse("1.50"), Some(Decimal::from_millionths(1_500_000)));
/// assert_eq!(Decimal::from_f64(0.1).to_string(), "0.1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(u32);

impl Decimal {
    /// 0.
    pub const ZERO: Self = Self(0);
    /// 1.
    pub const ONE: Self = Self(Self::PER_UNIT);

    const PER_UNIT: u32 = 1_000_000;

    /// `millionths / 1 000 000`.
    pub const fn from_millionths(millionths: u32) -> Self {
        Self(millionths)
    }

    /// The number in millionths.
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// The nearest decimal; the bound that `value` exceeds, and 0 for NaN.
    pub fn from_f64(value: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
        Self((value * f64::from(Self::PER_UNIT)).round() as u32)
    }

    /// The nearest float.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / f64::from(Self::PER_UNIT)
    }

    /// Parses digits with at most one point: `3`, `0.5`, `.5`, `1.`. Digits after the sixth are
    /// rounded half up. `None` for anything else, and for numbers above 4294.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() > 40 || whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let whole = if whole.is_empty() { 0 } else { whole.parse::<u32>().ok()? };
        let mut millionths = 0;
        for at in 0..6 {
            let digit = fraction.as_bytes().get(at).map_or(0, |digit| u32::from(digit - b'0'));
            millionths = millionths * 10 + digit;
        }
        let rounds_up = fraction.as_bytes().get(6).is_some_and(|&digit| digit >= b'5');
        whole
            .checked_mul(Self::PER_UNIT)?
            .checked_add(millionths)?
            .checked_add(u32::from(rounds_up))
            .map(Self)
    }

    /// `side · self`, rounded half up.
    pub(crate) fn times(self, side: u32) -> u32 {
        let per_unit = u64::from(Self::PER_UNIT);
        let product = (u64::from(side) * u64::from(self.0) + per_unit / 2) / per_unit;
        u32::try_from(product).unwrap_or(u32::MAX)
    }

    /// The difference to 1: mirrors a fraction.
    pub(crate) fn complement(self) -> Self {
        Self(Self::PER_UNIT.saturating_sub(self.0))
    }
}

impl fmt::Display for Decimal {
    /// As few digits as the number has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / Self::PER_UNIT, self.0 % Self::PER_UNIT);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{fraction:06}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parses_with_as_few_digits() {
        for (text, printed) in [
            ("0", "0"),
            ("3", "3"),
            ("1.50", "1.5"),
            (".5", "0.5"),
            ("7.", "7"),
            ("0.000001", "0.000001"),
            ("0.0000005", "0.000001"),
            ("0.0000004", "0"),
            ("4294.967295", "4294.967295"),
            ("0001.0", "1"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), printed, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_decimal() {
        for text in
            ["", ".", "-1", "+1", "1e3", "1,5", "1.2.3", " 1", "4295", "99999999999", "inf", "NaN", "½"]
        {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn floats_are_rounded_and_clamped() {
        assert_eq!(Decimal::from_f64(0.3), Decimal::from_millionths(300_000));
        assert_eq!(Decimal::from_f64(-1.0), Decimal::ZERO);
        assert_eq!(Decimal::from_f64(f64::NAN), Decimal::ZERO);
        assert_eq!(Decimal::from_f64(1e9), Decimal::from_millionths(u32::MAX));
    }

    #[test]
    fn products_round_half_up() {
        let half = Decimal::from_millionths(1_500_000);
        assert_eq!((half.times(3), half.times(2), Decimal::ONE.times(7)), (5, 3, 7));
        assert_eq!(Decimal::from_millionths(u32::MAX).times(u32::MAX), u32::MAX);
    }
}
