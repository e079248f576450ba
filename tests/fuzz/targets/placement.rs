//! Any sizes and options: the placement follows the table in section 1.1 of the contract, computed
//! here a second time.
#![no_main]

use cretula::{Fit, Size, VariantOptions, place};
use cretula_fuzz::Choices;
use libfuzzer_sys::fuzz_target;

/// `value * up / down`, rounded half up, at least 1.
fn scaled(value: u128, (up, down): (u128, u128)) -> u128 {
    ((2 * value * up + down) / (2 * down)).max(1)
}

fn size([width, height]: [u128; 2]) -> Size {
    let side = |side| u32::try_from(side).expect("no larger than the box");
    Size::new(side(width), side(height))
}

/// Those of which the table gives the scale; `options_geometry.py` tests all.
const FITS: [Fit; 6] = [Fit::ScaleDown, Fit::Contain, Fit::Cover, Fit::Crop, Fit::Pad, Fit::ScaleUp];

fuzz_target!(|input: &[u8]| {
    let Some((mut choices, _)) = Choices::split(input, 17.min(input.len())) else { return };
    let mut side = || {
        let side = choices.word();
        // All magnitudes are equally likely.
        (side >> (side % 32)).max(1)
    };
    let (w, h, box_w, box_h) = (side(), side(), side() % 12_000 + 1, side() % 12_000 + 1);
    let fit = choices.of(&FITS);
    let placed = match place(w, h, &VariantOptions::new(fit, box_w, box_h)) {
        Ok(placed) => placed,
        // A source beyond all limits may be too large for a placement.
        Err(error) => {
            cretula_fuzz::fair(&error);
            assert!(w > 12_000 || h > 12_000, "{error}");
            return;
        }
    };
    let [width, height, wide, high] = [w, h, box_w, box_h].map(u128::from);
    // As fractions: how many times the source fits in the box, horizontally and vertically.
    let (across, down) = ((wide, width), (high, height));
    let (less, more) = if wide * height <= high * width { (across, down) } else { (down, across) };
    let below = |(up, under): (u128, u128)| if up > under { (1, 1) } else { (up, under) };
    let above = |(up, under): (u128, u128)| if up < under { (1, 1) } else { (up, under) };
    let scale = match fit {
        Fit::ScaleDown => below(less),
        Fit::Contain | Fit::Pad => less,
        Fit::Cover => more,
        Fit::Crop => below(more),
        Fit::ScaleUp => above(less),
        other => panic!("{other} is not tested here"),
    };
    let [across, down] = [scaled(width, scale), scaled(height, scale)];
    let canvas = match fit {
        Fit::ScaleDown | Fit::Contain | Fit::ScaleUp => size([across, down]),
        Fit::Crop => size([across.min(wide), down.min(high)]),
        _ => Size::new(box_w, box_h),
    };
    assert_eq!(placed.canvas, canvas, "{placed}");
    assert_eq!(placed.source, Size::new(w, h));
    let expected = if fit == Fit::Pad { size([across, down]) } else { canvas };
    assert_eq!(placed.resize, expected, "{placed}");
    assert_eq!(placed.offset.x, (canvas.width - placed.resize.width) / 2, "{placed}");
    assert_eq!(placed.offset.y, (canvas.height - placed.resize.height) / 2, "{placed}");
    let crop = placed.crop;
    assert!(crop.x >= 0.0 && crop.y >= 0.0 && crop.width > 0.0 && crop.height > 0.0, "{placed}");
    let (w, h) = (f64::from(w), f64::from(h));
    assert!(crop.x + crop.width <= w * (1.0 + 1e-12) && crop.y + crop.height <= h * (1.0 + 1e-12), "{placed}");
    // Centered, and the whole source where nothing is cropped.
    assert!((2.0 * crop.x + crop.width - w).abs() <= w * 1e-9, "{placed}");
    assert!((2.0 * crop.y + crop.height - h).abs() <= h * 1e-9, "{placed}");
    if !matches!(fit, Fit::Cover | Fit::Crop) {
        assert!(crop.width == w && crop.height == h, "{placed}");
    }
});
