//! JPEG files from an encoder written independently of the decoder (the one of the decoder's unit
//! tests): their pixels through the public API, and the results when they are truncated or
//! corrupted at every byte.

use std::time::{Duration, Instant};

use cretula::{
    Error, ErrorKind, Fit, Format, Limits, OutputOptions, Rendered, Renderer, Request, ShrinkOnLoad,
    VariantOptions, probe,
};
use proptest::prelude::*;

use crate::made_jpeg::stream::{Hint, Process, Spec, TestFile};
use crate::made_jpeg::{reference, spec};
use crate::thorough::{cases, every, share};

fn render(renderer: &mut Renderer, bytes: &[u8], width: usize, height: usize) -> Result<Rendered, Error> {
    let variant = VariantOptions::new(Fit::ScaleDown, width as u32, height as u32);
    // Each scale exactly: `fine` would decode at the next larger one.
    renderer.render(
        bytes,
        &Request::new(variant).output(OutputOptions::new().format(Format::Png)).shrink(ShrinkOnLoad::Fast),
    )
}

/// Gray and color, with sizes divisible by every scale, so that nothing is resampled after
/// decoding.
fn even() -> impl Strategy<Value = Spec> {
    let process = prop_oneof![Just(Process::Baseline), Just(Process::Extended), Just(Process::Progressive)];
    let factor = || (1..=4_usize, 1..=4_usize);
    let factors = prop_oneof![
        factor().prop_map(|factor| vec![factor]),
        factor().prop_map(|luma| vec![luma, (1, 1), (1, 1)]),
        prop::collection::vec(factor(), 3),
    ];
    let hint = prop_oneof![Just(Hint::Jfif), Just(Hint::Adobe(0)), Just(Hint::Adobe(1))];
    (process, 1..=13_usize, 1..=13_usize, factors, hint, 0..60_usize, any::<bool>(), any::<u64>()).prop_map(
        |(process, width, height, factors, hint, busy, clutter, seed)| {
            let interval = None;
            let spec = spec(process, width * 8, height * 8, &factors);
            Spec { hint, busy, clutter, interval, seed, ..spec }
        },
    )
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn decoded_pixels_match_the_encoded_ones(spec in even()) {
        let made = spec.make();
        for eighths in [1, 2, 4, 8] {
            let expected = made.expected(eighths, reference::Detail::Exact);
            let rendered = render(&mut Renderer::new(), &made.bytes, expected.width, expected.height).unwrap();
            let decoded = image::load_from_memory(&rendered.bytes).unwrap();
            prop_assert_eq!(
                (decoded.width() as usize, decoded.height() as usize), (expected.width, expected.height)
            );
            prop_assert_eq!(usize::from(decoded.color().channel_count()), expected.channels);
            let off = decoded.as_bytes().iter().zip(&expected.pixels).map(|(a, b)| a.abs_diff(*b)).max();
            prop_assert!(off <= Some(expected.tolerance), "{}/8: {:?} off", eighths, off);
        }
    }
}

/// Small files of each kind, by name: from the first seed that gives the wanted number of scans.
fn files() -> Vec<(&'static str, TestFile)> {
    use Process::{Baseline, Progressive};
    let subsampled = [(2, 2), (1, 1), (1, 1)];
    let color = |process| spec(process, 37, 21, &subsampled);
    let wanted = [
        ("baseline", 1, color(Baseline)),
        ("restarts", 1, Spec { interval: Some(2), ..color(Baseline) }),
        ("several scans", 3, Spec { interval: Some(3), ..color(Baseline) }),
        ("progressive", 8, color(Progressive)),
        ("progressive with restarts", 8, Spec { interval: Some(2), ..color(Progressive) }),
        ("gray", 1, spec(Baseline, 21, 37, &[(1, 1)])),
        (
            "ink",
            1,
            Spec { hint: Hint::Adobe(2), ..spec(Baseline, 13, 19, &[(2, 1), (1, 1), (1, 1), (2, 1)]) },
        ),
    ];
    let find = |scans: usize, spec: &Spec| {
        let made = (0..).map(|seed| Spec { seed, ..spec.clone() }.make());
        made.into_iter().find(|made| made.data.len() == scans && made.bytes.len() < 1500).unwrap()
    };
    wanted.into_iter().map(|(name, scans, spec)| (name, find(scans, &spec))).collect()
}

/// Sizes to request so that each scale is used for decoding.
fn sizes(made: &TestFile) -> [(usize, usize); 4] {
    [
        (12_000, 12_000),
        (made.width / 2, made.height / 2),
        (made.width / 4, made.height / 4),
        (made.width / 8, made.height / 8),
    ]
}

/// Runs `job` and fails if it takes over 3 s. A file of a kilobyte takes far less.
fn soon<T>(what: &str, job: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = job();
    assert!(start.elapsed() < Duration::from_secs(3), "{what} took {:?}", start.elapsed());
    done
}

/// Except where all data are there and only the end-of-image marker is missing.
#[test]
fn truncated_at_every_offset_is_an_error() {
    let mut renderer = Renderer::new();
    let files = files();
    let all = files.iter().flat_map(|(name, made)| {
        (0..made.bytes.len()).flat_map(move |cut| sizes(made).map(|size| (*name, made, cut, size)))
    });
    // Each offset at one of the four sizes, or two.
    for (name, made, cut, (width, height)) in every(3, all) {
        let what = format!("{name} at {width}x{height} cut at {cut} of {}", made.bytes.len());
        let result = soon(&what, || render(&mut renderer, &made.bytes[..cut], width, height));
        if cut + 2 >= made.bytes.len() {
            // A progressive file that omits some bits could also be missing a scan.
            let whole = render(&mut renderer, &made.bytes, width, height).unwrap();
            match result {
                Ok(shown) => assert_eq!(shown, whole, "{what}"),
                Err(error) => assert!(name.contains("progressive"), "{what}: {error}"),
            }
            continue;
        }
        let kind = result.map(|_| ()).map_err(|error| error.kind());
        // With less than a signature, the format is unknown.
        let wanted = if cut < 3 { ErrorKind::UnsupportedFormat } else { ErrorKind::MalformedImage };
        assert_eq!(kind, Err(wanted), "{what}");
    }
}

/// An end-of-image marker does not make up for missing data.
#[test]
fn truncated_data_before_an_end_marker_is_an_error_at_any_size() {
    let mut renderer = Renderer::new();
    let files = files();
    let all = files.iter().flat_map(|(name, made)| {
        let cuts =
            made.data.iter().enumerate().flat_map(|(number, data)| data.clone().map(move |at| (number, at)));
        cuts.flat_map(move |cut| sizes(made).map(|size| (*name, made, cut, size)))
    });
    for (name, made, (number, cut), (width, height)) in every(3, all) {
        let closed = [&made.bytes[..cut], b"\xff\xd9"].concat();
        let result = render(&mut renderer, &closed, width, height);
        // At 1/8, a progressive image needs only its DC scans; the first scan is one.
        let matters = !made.progressive || width == 12_000 || number == 0;
        let kind = result.as_ref().map(|_| ()).map_err(Error::kind);
        let refused = kind == Err(ErrorKind::MalformedImage);
        assert!(refused || kind == Ok(()) && !matters, "{name} cut at {cut}: {kind:?}");
    }
}

#[test]
fn corrupted_at_every_offset_is_an_error_or_an_image() {
    let mut renderer = Renderer::new();
    let (mut pictures, mut errors) = (0, 0);
    let files = files();
    let all = files.iter().flat_map(|(name, made)| {
        let flips =
            (0..made.bytes.len()).flat_map(|offset| [0xff, 1 << (offset % 8)].map(|flip| (offset, flip)));
        flips.flat_map(move |flip| sizes(made).map(|size| (*name, made, flip, size)))
    });
    // Each offset in one of eight ways, or two.
    for (name, made, (offset, flip), (width, height)) in every(5, all) {
        let mut bytes = made.bytes.clone();
        bytes[offset] ^= flip;
        let what = format!("{name} at {width}x{height}, byte {offset} ^ {flip:#x}");
        match soon(&what, || render(&mut renderer, &bytes, width, height)) {
            Ok(rendered) => {
                pictures += 1;
                if width == 12_000 {
                    let info = probe(&bytes, &Limits::default()).unwrap();
                    let size = (rendered.info.width, rendered.info.height);
                    assert_eq!(size, (info.width, info.height), "{what}");
                }
            }
            Err(error) => {
                errors += 1;
                assert_ne!(error.kind(), ErrorKind::Internal, "{what}: {error}");
            }
        }
    }
    // Both results occur.
    let few = share(5, 1000);
    assert!(pictures > few && errors > few, "{pictures} images, {errors} errors");
}

/// Large enough that several threads are used, without and with restart markers.
#[cfg(feature = "parallel")]
#[test]
fn any_number_of_threads_renders_the_same_bytes() {
    for interval in [0, 50] {
        let large = spec(Process::Baseline, 811, 607, &[(2, 2), (1, 1), (1, 1)]);
        let large = Spec { busy: 100, interval: Some(interval), hint: Hint::Jfif, ..large }.make();
        // A thread for every 64 KB.
        assert!(large.bytes.len() > 200_000, "{} bytes", large.bytes.len());
        for format in [Format::Png, Format::Jpeg] {
            for side in [12_000, 500, 250, 100] {
                let mut renderer = Renderer::new();
                let variant = VariantOptions::new(Fit::ScaleDown, side, side);
                let output = OutputOptions::new().format(format);
                let one =
                    renderer.render(&large.bytes, &Request::new(variant).output(output.clone())).unwrap();
                for threads in [2, 3, 100] {
                    renderer.set_threads(std::num::NonZeroUsize::new(threads).unwrap());
                    let many =
                        renderer.render(&large.bytes, &Request::new(variant).output(output.clone())).unwrap();
                    assert!(one == many, "{threads} threads, {side}");
                }
            }
        }
    }
}
