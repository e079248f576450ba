//! Brightness, contrast, gamma and saturation.
//!
//! In: 8-bit sRGB samples and the four factors. Out: the samples, changed in place; alpha stays as
//! it is. Must not know of neighboring pixels.
//!
//! Of a level v, from 0 to 255, and the factors b, c, g and s:
//!
//! - brightness: v·b
//! - contrast: (v − 127.5)·c + 127.5
//! - gamma: 255·(v / 255)^(1/g)
//! - saturation: L + s·(v − L) with L = 0.213·R + 0.715·G + 0.072·B, as the filter `saturate()` of
//!   CSS
//!
//! After each step the result is clamped to 0 to 255, after the last one it is rounded.

use super::power::power;
use crate::decimal::Decimal;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::options::Effects;
use crate::render::frame::Layout;

/// Samples processed between interrupt checks: whole pixels of any layout.
const CHECK_INTERVAL: usize = 12 << 16;

/// Applies the four factors.
pub(super) fn apply(
    samples: &mut [u8],
    layout: Layout,
    effects: &Effects,
    budget: &Budget<'_>,
) -> Result<()> {
    let curved = [effects.brightness, effects.contrast, effects.gamma] != [Decimal::ONE; 3];
    let color = matches!(layout, Layout::Rgb | Layout::Rgba);
    let saturated = color && effects.saturation != Decimal::ONE;
    if !curved && !saturated {
        return Ok(());
    }
    let curve = curve(effects);
    let levels =
        curve.map(|level| (level + (ONE / 2)) >> 16).map(|level| u8::try_from(level).unwrap_or(u8::MAX));
    for chunk in samples.chunks_mut(CHECK_INTERVAL) {
        budget.check_interrupt(Stage::Effects)?;
        match layout {
            Layout::Rgb if saturated => saturate::<3>(chunk, &curve, effects.saturation),
            Layout::Rgba if saturated => saturate::<4>(chunk, &curve, effects.saturation),
            Layout::GrayAlpha => look_up::<2, 1>(chunk, &levels),
            Layout::Rgba => look_up::<4, 3>(chunk, &levels),
            Layout::Gray | Layout::Rgb | Layout::Cmyk => look_up::<1, 1>(chunk, &levels),
        }
    }
    Ok(())
}

/// One level as a fixed-point number with 16 fractional bits.
const ONE: u32 = 1 << 16;

/// What brightness, contrast and gamma make of each level, with 16 fractional bits.
fn curve(effects: &Effects) -> [u32; 256] {
    let [brightness, contrast, gamma] =
        [effects.brightness, effects.contrast, effects.gamma].map(Decimal::to_f64);
    std::array::from_fn(|level| {
        let level = f64::from(u8::try_from(level).unwrap_or(u8::MAX));
        let bright = (level * brightness).clamp(0.0, 255.0);
        let contrasted = ((bright - 127.5) * contrast + 127.5).clamp(0.0, 255.0);
        let curved = if effects.gamma == Decimal::ONE {
            contrasted
        } else {
            255.0 * power(contrasted / 255.0, 1.0 / gamma)
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255 · 2^16")]
        let fixed = (curved * f64::from(ONE) + 0.5) as u32;
        fixed
    })
}

/// Replaces the first `COLORS` of each `CHANNELS` samples.
fn look_up<const CHANNELS: usize, const COLORS: usize>(samples: &mut [u8], levels: &[u8; 256]) {
    for pixel in samples.as_chunks_mut::<CHANNELS>().0 {
        for level in pixel.iter_mut().take(COLORS) {
            *level = levels[usize::from(*level)];
        }
    }
}

/// Applies the curve, then the saturation, and rounds only then.
fn saturate<const CHANNELS: usize>(samples: &mut [u8], curve: &[u32; 256], saturation: Decimal) {
    // 0.213, 0.715 and 0.072; their sum is exactly 1, so that gray stays what it is.
    const WEIGHTS: [i64; 3] = [13_959, 46_858, 4719];
    // The factor has 16 fractional bits, so its products have 32. It is below 2^29, a level below
    // 2^24.
    let factor = (i64::from(saturation.millionths()) * i64::from(ONE) + 500_000) / 1_000_000;
    for pixel in samples.as_chunks_mut::<CHANNELS>().0 {
        let Some(colors) = pixel.first_chunk_mut::<3>() else { continue };
        let [red, green, blue] = colors.map(|level| i64::from(curve[usize::from(level)]));
        let luma = (red * WEIGHTS[0] + green * WEIGHTS[1] + blue * WEIGHTS[2]) >> 16;
        *colors = [red, green, blue].map(|level| {
            let level = ((luma << 16) + factor * (level - luma) + (1 << 31)) >> 32;
            u8::try_from(level.clamp(0, 255)).unwrap_or(u8::MAX)
        });
    }
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

    const LAYOUTS: [Layout; 4] = [Layout::Gray, Layout::GrayAlpha, Layout::Rgb, Layout::Rgba];

    fn toned(samples: &[u8], layout: Layout, effects: Effects) -> Vec<u8> {
        let (mut samples, limits) = (samples.to_vec(), Limits::default());
        apply(&mut samples, layout, &effects, &Budget::start(&limits, None)).unwrap();
        samples
    }

    /// The curve of the module's documentation, for one level.
    fn curved(level: u8, effects: Effects) -> f64 {
        let [brightness, contrast, gamma] =
            [effects.brightness, effects.contrast, effects.gamma].map(Decimal::to_f64);
        let bright = (f64::from(level) * brightness).clamp(0.0, 255.0);
        let contrasted = ((bright - 127.5) * contrast + 127.5).clamp(0.0, 255.0);
        255.0 * (contrasted / 255.0).powf(1.0 / gamma)
    }

    /// All steps of the module's documentation, for one pixel.
    fn formulas(pixel: [u8; 3], effects: Effects) -> [f64; 3] {
        let [red, green, blue] = pixel.map(|level| curved(level, effects));
        let luma = 0.213 * red + 0.715 * green + 0.072 * blue;
        let saturation = effects.saturation.to_f64();
        [red, green, blue].map(|level| (luma + saturation * (level - luma)).clamp(0.0, 255.0))
    }

    /// Factors near 1 and anywhere in the range.
    fn factor() -> impl Strategy<Value = f64> {
        let millionths = prop_oneof![1..=u32::MAX, 1..=10_000_000_u32, 500_000..=2_000_000_u32];
        prop_oneof![Just(1.0), millionths.prop_map(|factor| Decimal::from_millionths(factor).to_f64())]
    }

    fn effects() -> impl Strategy<Value = Effects> {
        (factor(), factor(), factor(), prop_oneof![Just(0.0), factor()]).prop_map(
            |(brightness, contrast, gamma, saturation)| {
                Effects::NONE.brightness(brightness).contrast(contrast).gamma(gamma).saturation(saturation)
            },
        )
    }

    /// Every level, as pixels of each layout.
    fn all_levels(layout: Layout) -> Vec<u8> {
        let pixel = |level: u8| match layout {
            Layout::Gray => vec![level],
            Layout::GrayAlpha => vec![level, level.wrapping_mul(7)],
            Layout::Rgb => vec![level; 3],
            Layout::Rgba | Layout::Cmyk => vec![level, level, level, level.wrapping_mul(7)],
        };
        (0..=255).flat_map(pixel).collect()
    }

    #[test]
    fn factors_of_1_change_nothing() {
        for layout in LAYOUTS {
            assert!(toned(&all_levels(layout), layout, Effects::NONE) == all_levels(layout));
        }
        // Nor does each step alone, beside one that hardly does anything.
        for effects in [
            Effects::NONE.brightness(1.000_001),
            Effects::NONE.contrast(0.999_999),
            Effects::NONE.gamma(1.000_001),
            Effects::NONE.saturation(0.999_999),
        ] {
            for layout in LAYOUTS {
                assert!(toned(&all_levels(layout), layout, effects) == all_levels(layout), "{effects}");
            }
        }
    }

    #[test]
    fn known_values() {
        for (effects, from, to) in [
            (Effects::NONE.brightness(2.0), [0, 1, 100, 127, 128, 255], [0, 2, 200, 254, 255, 255]),
            (Effects::NONE.brightness(0.5), [0, 1, 2, 100, 254, 255], [0, 1, 1, 50, 127, 128]),
            (Effects::NONE.contrast(2.0), [0, 63, 64, 127, 128, 255], [0, 0, 1, 127, 129, 255]),
            (Effects::NONE.contrast(0.5), [0, 64, 127, 128, 191, 255], [64, 96, 127, 128, 159, 191]),
            (Effects::NONE.gamma(2.0), [0, 1, 16, 64, 128, 255], [0, 16, 64, 128, 181, 255]),
            (Effects::NONE.gamma(0.5), [0, 16, 64, 128, 200, 255], [0, 1, 16, 64, 157, 255]),
        ] {
            assert_eq!(toned(&from, Layout::Gray, effects), to, "{effects}");
        }
        // CSS: saturate(0) of red, and of red and green.
        let gray = Effects::NONE.saturation(0.0);
        assert_eq!(toned(&[255, 0, 0, 255, 255, 0], Layout::Rgb, gray), [54, 54, 54, 237, 237, 237]);
        let strong = Effects::NONE.saturation(2.0);
        assert_eq!(toned(&[140, 120, 100], Layout::Rgb, strong), [157, 117, 77]);
    }

    #[test]
    fn steps_have_the_documented_order() {
        // Brightness before contrast: 50 · 2 = 100, then (100 − 127.5) · 2 + 127.5 = 72.5. The
        // other order gives 0.
        let first = Effects::NONE.brightness(2.0).contrast(2.0);
        assert_eq!(toned(&[50], Layout::Gray, first), [73]);
        // Contrast before gamma: (80 − 127.5) · 2 + 127.5 = 32.5, whose root is 91. The other order
        // gives 158.
        let second = Effects::NONE.contrast(2.0).gamma(2.0);
        assert_eq!(toned(&[80], Layout::Gray, second), [91]);
        // Gamma before saturation: the roots of 64 and 16 are 128 and 64, whose luma is 77 and not
        // the root of 26.
        let third = Effects::NONE.gamma(2.0).saturation(0.0);
        assert_eq!(toned(&[64, 16, 16], Layout::Rgb, third), [77, 77, 77]);
        // What a step clips is lost: 200 · 2 is 255, and not 400.
        let clipped = Effects::NONE.brightness(2.0).contrast(0.5);
        assert_eq!(toned(&[200], Layout::Gray, clipped), [191]);
    }

    #[test]
    fn gray_layouts_have_no_saturation() {
        for layout in [Layout::Gray, Layout::GrayAlpha] {
            for effects in [Effects::NONE, Effects::NONE.brightness(1.3).gamma(0.8)] {
                let without = toned(&all_levels(layout), layout, effects);
                assert!(toned(&all_levels(layout), layout, effects.saturation(0.0)) == without);
            }
        }
    }

    /// More pixels than between two checks: the pieces fit together.
    #[test]
    fn large_pictures_are_changed_to_the_end() {
        let effects = Effects::NONE.contrast(1.5).saturation(3.0);
        for layout in LAYOUTS {
            let channels = layout.channels();
            let pixels = CHECK_INTERVAL / channels + 100;
            let samples: Vec<u8> = (0..pixels * channels).map(|at| (at * at / 3).to_le_bytes()[0]).collect();
            let shown = toned(&samples, layout, effects);
            for (piece, shown) in samples.chunks(channels * 997).zip(shown.chunks(channels * 997)) {
                assert!(toned(piece, layout, effects) == shown, "{layout:?}");
            }
        }
    }

    #[test]
    fn a_cancelled_call_stops_before_any_pixel_changes() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let mut samples = *b"abcdef";
        let effects = Effects::NONE.brightness(2.0);
        let budget = Budget::start(&limits, Some(&token));
        let error = apply(&mut samples, Layout::Rgb, &effects, &budget).unwrap_err();
        assert_eq!((error.kind(), &samples), (ErrorKind::Cancelled, b"abcdef"));
    }

    /// The whole picture takes far longer than the deadline: only the first check may find it ahead.
    #[test]
    fn a_deadline_ends_the_loop() {
        let limits = Limits { deadline: Some(Duration::from_millis(1)), ..Limits::default() };
        let mut samples = [200, 100, 50].repeat(8_000_000);
        let budget = Budget::start(&limits, None);
        let error = apply(&mut samples, Layout::Rgb, &Effects::NONE.saturation(0.0), &budget).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
        assert_eq!(samples[samples.len() - 3..], [200, 100, 50], "the end is not reached");
    }

    proptest! {
        /// Each factor alone, for all levels, in all layouts.
        #[test]
        fn each_curve_is_its_formula(factor in factor(), which in 0..3, layout in select(&LAYOUTS)) {
            let effects = match which {
                0 => Effects::NONE.brightness(factor),
                1 => Effects::NONE.contrast(factor),
                _ => Effects::NONE.gamma(factor),
            };
            let (samples, channels) = (all_levels(layout), layout.channels());
            let shown = toned(&samples, layout, effects);
            let mut last = 0;
            for (before, after) in samples.chunks(channels).zip(shown.chunks(channels)) {
                let exact = curved(before[0], effects);
                // The curve has 16 fractional bits.
                prop_assert!((f64::from(after[0]) - exact).abs() < 0.5 + 1e-4, "{effects}: {before:?}, {exact}");
                prop_assert!(after[0] >= last, "the curve rises");
                last = after[0];
                let colors = if layout.has_alpha() { channels - 1 } else { channels };
                prop_assert!(after[..colors].iter().all(|&level| level == after[0]), "gray stays gray");
                prop_assert_eq!(&after[colors..], &before[colors..], "alpha stays");
            }
        }

        #[test]
        fn all_steps_are_their_formulas(
            pixels in vec(proptest::array::uniform4(any::<u8>()), 1..100),
            effects in effects(),
        ) {
            let shown = toned(&pixels.concat(), Layout::Rgba, effects);
            let rgb: Vec<u8> = pixels.iter().flat_map(|pixel| pixel[..3].to_vec()).collect();
            let opaque = toned(&rgb, Layout::Rgb, effects);
            prop_assert!(shown.chunks(4).flat_map(|pixel| &pixel[..3]).eq(&opaque), "alpha has no influence");
            for (before, after) in pixels.iter().zip(shown.chunks(4)) {
                prop_assert_eq!(before[3], after[3], "alpha stays");
                let exact = formulas([before[0], before[1], before[2]], effects);
                for (level, exact) in after.iter().zip(exact) {
                    // The weights, the luma and the factor have 16 fractional bits.
                    let most = 0.5 + 1e-4 + (1.0 + effects.saturation.to_f64()) * 2e-3;
                    prop_assert!((f64::from(*level) - exact).abs() < most, "{effects}: {before:?}, {after:?}, {exact}");
                }
            }
        }

        #[test]
        fn gray_stays_gray_at_any_saturation(effects in effects()) {
            let shown = toned(&all_levels(Layout::Rgb), Layout::Rgb, effects);
            let gray = toned(&all_levels(Layout::Gray), Layout::Gray, effects);
            for (pixel, gray) in shown.chunks(3).zip(gray) {
                prop_assert_eq!(pixel, [gray; 3]);
            }
        }

        #[test]
        fn saturation_0_is_gray(pixels in vec(any::<u8>(), 1..50), effects in effects()) {
            let samples = pixels.repeat(3);
            let shown = toned(&samples, Layout::Rgb, effects.saturation(0.0));
            prop_assert!(shown.chunks(3).all(|pixel| pixel == [pixel[0]; 3]));
        }
    }
}
