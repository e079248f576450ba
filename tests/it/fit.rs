//! Geometry: the cases of `tests/cases/fit.toml`, and properties that hold for every size.

use std::collections::BTreeMap;

use cretula::{CropBox, Fit, Placement, VariantOptions, place};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    source: String,
    #[serde(rename = "box")]
    bounds: String,
    #[serde(flatten)]
    by_fit: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    size: String,
    crop: Option<String>,
    offset: Option<String>,
}

/// `width x height`, without the spaces.
fn size(text: &str) -> (u32, u32) {
    let (width, height) = text.split_once('x').unwrap();
    (width.parse().unwrap(), height.parse().unwrap())
}

/// `+ x + y`, without the spaces.
fn offset(text: &str) -> (u32, u32) {
    let (x, y) = text.strip_prefix('+').and_then(|text| text.split_once('+')).unwrap();
    (x.parse().unwrap(), y.parse().unwrap())
}

/// `width x height + x + y`, without the spaces.
fn crop(text: &str) -> CropBox {
    let numbers: Vec<f64> = text.split(['x', '+']).map(|number| number.parse().unwrap()).collect();
    let [width, height, x, y] = numbers[..] else { panic!("not a crop: {text}") };
    CropBox { x, y, width, height }
}

#[test]
fn cases() {
    let cases: Cases = toml::from_str(include_str!("../cases/fit.toml")).unwrap();
    assert!(cases.case.len() >= 29);
    for case in cases.case {
        let ((width, height), bounds) = (size(&case.source), size(&case.bounds));
        assert_eq!(case.by_fit.len(), Fit::REFERENCE.len(), "{}", case.name);
        for fit in Fit::REFERENCE {
            let name = format!("{} {fit}", case.name);
            let expected = &case.by_fit[fit.as_str()];
            let got = place(width, height, &VariantOptions::new(fit, bounds.0, bounds.1)).unwrap();
            assert_eq!((got.canvas.width, got.canvas.height), size(&expected.size), "{name}: {got}");
            let whole = format!("{}+0+0", case.source);
            assert_eq!(got.crop, crop(expected.crop.as_ref().unwrap_or(&whole)), "{name}: {got}");
            let at = expected.offset.as_deref().unwrap_or("+0+0");
            assert_eq!((got.offset.x, got.offset.y), offset(at), "{name}: {got}");
        }
    }
}

#[test]
fn a_zero_side_is_named_in_the_error() {
    let options = VariantOptions::new(Fit::Cover, 10, 0);
    let error = place(5, 5, &options).unwrap_err();
    assert_eq!(error.to_string(), "height must be a whole number of pixels from 1 to 4294967295, got 0");
    let error = place(0, 5, &VariantOptions::new(Fit::Cover, 1, 1)).unwrap_err();
    assert!(error.to_string().starts_with("source width must be"), "{error}");
}

fn side() -> impl Strategy<Value = u32> {
    prop_oneof![1..20u32, 1..3000u32, 1..=65_535u32]
}

fn at(w: u32, h: u32, fit: Fit, bw: u32, bh: u32) -> Placement {
    place(w, h, &VariantOptions::new(fit, bw, bh)).unwrap()
}

/// Whether the aspect ratio of `width` and `height` is that of the box, up to floating-point error.
fn same_aspect(width: f64, height: f64, bw: u32, bh: u32) -> bool {
    (width * f64::from(bh) - height * f64::from(bw)).abs() <= 1e-9 * width * f64::from(bh)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn contain_and_scale_down_fit_inside_the_box(w in side(), h in side(), bw in side(), bh in side()) {
        let contain = at(w, h, Fit::Contain, bw, bh);
        prop_assert!(contain.canvas.width <= bw && contain.canvas.height <= bh);
        prop_assert!(contain.canvas.width == bw || contain.canvas.height == bh);
        let down = at(w, h, Fit::ScaleDown, bw, bh);
        prop_assert!(down.canvas.width <= bw.min(w) && down.canvas.height <= bh.min(h));
        if bw <= w || bh <= h {
            prop_assert_eq!(down, contain);
        } else {
            prop_assert_eq!((down.canvas.width, down.canvas.height), (w, h));
        }
    }

    #[test]
    fn cover_and_pad_have_the_size_of_the_box_and_pad_centers(w in side(), h in side(), bw in side(), bh in side()) {
        let cover = at(w, h, Fit::Cover, bw, bh);
        prop_assert_eq!((cover.canvas.width, cover.canvas.height), (bw, bh));
        let pad = at(w, h, Fit::Pad, bw, bh);
        prop_assert_eq!((pad.canvas.width, pad.canvas.height), (bw, bh));
        prop_assert_eq!(pad.resize, at(w, h, Fit::Contain, bw, bh).resize);
        let (right, below) = (bw - pad.resize.width - pad.offset.x, bh - pad.resize.height - pad.offset.y);
        prop_assert!(right - pad.offset.x <= 1 && below - pad.offset.y <= 1);
    }

    #[test]
    fn scale_down_and_crop_never_enlarge(w in side(), h in side(), bw in side(), bh in side()) {
        for fit in [Fit::ScaleDown, Fit::Crop] {
            let placed = at(w, h, fit, bw, bh);
            prop_assert!(f64::from(placed.resize.width) <= placed.crop.width + 0.5, "{}", placed);
            prop_assert!(f64::from(placed.resize.height) <= placed.crop.height + 0.5, "{}", placed);
            prop_assert!(placed.canvas.width <= bw.min(w) && placed.canvas.height <= bh.min(h));
        }
    }

    #[test]
    fn the_crop_is_centered_and_has_the_aspect_of_the_target(
        w in side(), h in side(), bw in side(), bh in side()
    ) {
        for fit in Fit::REFERENCE {
            let placed = at(w, h, fit, bw, bh);
            let crop = placed.crop;
            prop_assert!(crop.x >= 0.0 && crop.x + crop.width <= f64::from(w), "{}", placed);
            prop_assert!(crop.y >= 0.0 && crop.y + crop.height <= f64::from(h), "{}", placed);
            prop_assert!((crop.x * 2.0 + crop.width - f64::from(w)).abs() <= 1e-9 * f64::from(w));
            prop_assert!((crop.y * 2.0 + crop.height - f64::from(h)).abs() <= 1e-9 * f64::from(h));
            if fit == Fit::Cover {
                prop_assert!(same_aspect(crop.width, crop.height, bw, bh), "{}", placed);
            }
            if fit == Fit::Crop && (bw < w || bh < h) && f64::from(placed.resize.width) == f64::from(bw)
                && f64::from(placed.resize.height) == f64::from(bh) {
                prop_assert!(same_aspect(crop.width, crop.height, bw, bh), "{}", placed);
            }
        }
    }

    #[test]
    fn transposing_source_and_box_transposes_the_placement(
        w in side(), h in side(), bw in side(), bh in side()
    ) {
        for fit in Fit::REFERENCE {
            let (a, b) = (at(w, h, fit, bw, bh), at(h, w, fit, bh, bw));
            prop_assert_eq!((a.canvas.width, a.canvas.height), (b.canvas.height, b.canvas.width));
            prop_assert_eq!((a.resize.width, a.resize.height), (b.resize.height, b.resize.width));
            prop_assert_eq!((a.offset.x, a.offset.y), (b.offset.y, b.offset.x));
            prop_assert_eq!((a.crop.x, a.crop.y), (b.crop.y, b.crop.x));
            prop_assert_eq!((a.crop.width, a.crop.height), (b.crop.height, b.crop.width));
        }
    }
}
