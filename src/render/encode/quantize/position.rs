//! [`Position`]: a color as a point whose distance to another is the error that is seen.
//!
//! In: colors. Out: points, and back. The mean over a black and a white ground of the squared
//! error of the three samples is `Σ ((c - 127.5) · a)² + 3 · (a · 127.5)²`, for differences of both
//! terms, with alpha `a` from 0 to 1. So the axes are the three products, and alpha times
//! `127.5 · √3`. For opaque colors it is the plain squared error.

use super::colors::Color;

/// Red, green and blue from -127.5 to 127.5, alpha from 0 to [`ALPHA_UNIT`] · 255.
pub(super) type Position = [f32; 4];

/// The position of a transparent pixel.
pub(super) const TRANSPARENT: Position = [0.0; 4];

/// `√3 / 2`
pub(super) const ALPHA_UNIT: f32 = 0.866_025_4;

/// The gray that is the zero of the three color axes.
pub(super) const MIDDLE: f32 = 127.5;

/// Number of samples over which an error is a sum.
pub(super) const SAMPLES: f32 = 3.0;

#[inline]
pub(super) fn position([red, green, blue, alpha]: Color) -> Position {
    let alpha = f32::from(alpha);
    let share = alpha / 255.0;
    let product = |sample: u8| (f32::from(sample) - MIDDLE) * share;
    [product(red), product(green), product(blue), alpha * ALPHA_UNIT]
}

/// The color nearest to a position.
pub(super) fn color([red, green, blue, alpha]: Position) -> Color {
    let alpha = round(alpha / ALPHA_UNIT);
    if alpha == 0 {
        return [0; 4];
    }
    let [red, green, blue] =
        [red, green, blue].map(|product| round(product * 255.0 / f32::from(alpha) + MIDDLE));
    [red, green, blue, alpha]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn round(sample: f32) -> u8 {
    (sample.clamp(0.0, 255.0) + 0.5) as u8
}

#[inline]
pub(super) fn squared_distance(a: Position, b: Position) -> f32 {
    let squares: [f32; 4] = std::array::from_fn(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis]));
    (squares[0] + squares[2]) + (squares[1] + squares[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_squared_distance_is_the_mean_error_on_black_and_on_white() {
        let (a, b) = ([200, 30, 90, 255], [180, 60, 10, 120]);
        let over = |[red, green, blue, alpha]: Color, ground: f32| {
            let alpha = f32::from(alpha) / 255.0;
            [red, green, blue].map(|sample| f32::from(sample) * alpha + ground * (1.0 - alpha))
        };
        let error = |ground| -> f32 {
            over(a, ground).iter().zip(over(b, ground)).map(|(a, b)| (a - b) * (a - b)).sum()
        };
        let seen = f32::midpoint(error(0.0), error(255.0));
        assert!((squared_distance(position(a), position(b)) / seen - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_color_is_its_positions_nearest() {
        for alpha in [1, 2, 77, 128, 254, 255] {
            for sample in [0, 1, 100, 254, 255] {
                assert_eq!(color(position([sample, 7, 250, alpha])), [sample, 7, 250, alpha]);
            }
        }
        assert_eq!(color([300.0, -300.0, 0.0, 0.2]), [0; 4]);
        assert_eq!(color([300.0, -300.0, 0.0, 900.0]), [255, 0, 128, 255]);
    }
}
