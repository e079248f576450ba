//! HDR pictures (PQ and HLG), by chunk and by profile, are shown as browsers show them.

use cretula::{Fit, Format, Limits, OutputOptions, probe};
use image::ExtendedColorType;
use libjpeg_turbo_rs::PixelFormat;
use moxcms::{CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics};

use super::{app2, chunk, cicp, icc, iccp, jpeg, near, pixel, png, preserve, rendered, rgb8, shown, space};

/// The same with 16 bits, gray.
fn rgb16(value: f64, chunks: &[Vec<u8>]) -> Vec<u8> {
    let sample = ((value * 65_535.0).round() as u16).to_ne_bytes();
    png(ExtendedColorType::Rgb16, &sample.repeat(3), chunks)
}

/// A PQ value for cd/m² (ITU-R BT.2100).
fn pq(nits: f64) -> f64 {
    let (m1, m2) = (2610.0 / 16_384.0, 2523.0 / 32.0);
    let (c1, c2, c3) = (3424.0 / 4096.0, 2413.0 / 128.0, 2392.0 / 128.0);
    let power = (nits / 10_000.0).powf(m1);
    ((c1 + c2 * power) / (1.0 + c3 * power)).powf(m2)
}

/// Chromium 156, canvas samples: gray, within 8.
#[test]
fn hdr_is_mapped_to_sdr_as_browsers_do() {
    let pq_table = [(20.0, 63), (100.0, 136), (203.0, 187), (400.0, 223), (1000.0, 255), (4000.0, 255)];
    let mut table: Vec<(f64, u8, u8)> = pq_table.map(|(nits, level)| (pq(nits), 16, level)).to_vec();
    table.extend([(0.25, 18, 43), (0.5, 18, 99), (0.75, 18, 188), (1.0, 18, 255), (0.0, 18, 0)]);
    for (value, transfer, level) in table {
        for primaries in [9, 12, 1] {
            let chunks = [cicp(primaries, transfer), iccp(&icc(&ColorProfile::new_display_p3()), true)];
            near(shown(&rgb16(value, &chunks)), [level; 3], 2);
            let eight = (value * 255.0).round() as u8;
            near(shown(&rgb8([eight; 3], &chunks)), [level; 3], 5);
        }
        let chunks = [cicp(9, transfer)];
        let sample = ((value * 65_535.0).round() as u16).to_ne_bytes();
        near(shown(&png(ExtendedColorType::L16, &sample, &chunks)), [level; 3], 2);
        let alpha = [sample, [0xff; 2]].concat();
        near(shown(&png(ExtendedColorType::La16, &alpha, &chunks)), [level; 3], 2);
    }
}

#[test]
fn hdr_mapping_keeps_hues_and_clips_to_the_srgb_gamut() {
    // A saturated BT.2020 orange, far brighter than white, stays orange.
    let orange = |scale: f64| {
        let samples = [pq(900.0 * scale), pq(300.0 * scale), pq(30.0 * scale)];
        let bytes: Vec<u8> =
            samples.iter().flat_map(|value| ((value * 65_535.0).round() as u16).to_ne_bytes()).collect();
        shown(&png(ExtendedColorType::Rgb16, &bytes, &[cicp(9, 16)]))
    };
    for scale in [0.2, 1.0, 5.0] {
        let [red, green, blue] = orange(scale);
        assert!(red > green + 60 && green > blue + 60, "{scale}: {red} {green} {blue}");
    }
    // The red of sRGB at half of reference white is a quarter of the light, whatever the stated
    // primaries.
    let level = pq(203.0 / 2.0);
    let red: Vec<u8> = [level, 0.0, 0.0]
        .iter()
        .flat_map(|value| ((value * 65_535.0).round() as u16).to_ne_bytes())
        .collect();
    near(shown(&png(ExtendedColorType::Rgb16, &red, &[cicp(1, 16)])), [137, 0, 0], 1);
}

/// The cicp tag of ICC.1:2022 in a profile has the same effect as the chunk, in any container.
#[test]
fn hdr_is_recognized_by_the_code_points_of_a_profile() {
    let profile = icc(&ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::Bt2020,
        transfer_characteristics: TransferCharacteristics::Smpte2084,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    }));
    near(shown(&rgb16(pq(203.0), &[iccp(&profile, true)])), [187; 3], 2);
    let level = (pq(203.0) * 255.0).round() as u8;
    let by_jpeg = jpeg(PixelFormat::Rgb, &[level; 3], &[app2(&profile)]);
    near(shown(&by_jpeg), [187; 3], 5);
    // No reader of profiles would show these pixels correctly: they are converted under `preserve`,
    // too.
    for source in [&by_jpeg, &rgb16(pq(203.0), &[cicp(9, 16)])] {
        let kept = rendered(source, Fit::ScaleDown, &preserve(Format::Png));
        assert_eq!(space(&kept.bytes), None);
        near(pixel(&kept.bytes), [187; 3], 5);
    }
}

#[test]
fn unsupported_code_points_fall_back_to_the_profile_with_a_warning() {
    let (p3, pixel) = (iccp(&icc(&ColorProfile::new_display_p3()), true), [180, 120, 60]);
    let warned = |chunk: Vec<u8>| {
        let source = rgb8(pixel, &[chunk, p3.clone()]);
        near(shown(&source), [190, 117, 45], 1);
        assert!(probe(&source, &Limits::default()).unwrap().has_profile);
        let warnings = rendered(&source, Fit::ScaleDown, &OutputOptions::new()).warnings;
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        warning.to_string()
    };
    assert!(warned(cicp(9, 2)).starts_with("color profile ignored: unknown code points"));
    assert!(warned(cicp(200, 16)).starts_with("color profile ignored: unknown code points"));
    let narrow = warned(chunk(b"cICP", &[9, 16, 0, 0]));
    assert_eq!(narrow, "cICP chunk ignored: narrow-range samples are not supported");
}
