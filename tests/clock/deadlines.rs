//! Deadlines and cancellation take effect within 50 ms, in every decoder and for every bomb.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use cretula::{
    CancelToken, Error, ErrorKind, Fit, Format, Limits, MetadataPolicy, OutputOptions, Rendered, Renderer,
    Request, VariantOptions,
};

use crate::bombs;
use crate::made_jpeg::progressive;
use crate::stages::worked;

/// Each output format, with and without reduction.
const WAYS: [(Fit, u32, Format); 3] = [
    (Fit::Cover, 40, Format::Jpeg),
    (Fit::ScaleDown, 12_000, Format::Png),
    (Fit::Contain, 500, Format::WebP),
];

/// How late a call may return after its deadline or cancellation.
const LATE: Duration = Duration::from_millis(50);

/// A large image for each decoder.
fn large() -> [(&'static str, Vec<u8>); 6] {
    let photo = include_bytes!("../images/rocket.jpg");
    let mut renderer = Renderer::new();
    let mut made = |format: Format| {
        let variant = VariantOptions::new(Fit::Contain, 2500, 2500);
        renderer
            .render(photo, &Request::new(variant).output(OutputOptions::new().format(format).quality(95)))
            .unwrap()
            .bytes
    };
    let (jpeg, png, gif) = (made(Format::Jpeg), made(Format::Png), made(Format::Gif));
    let picture = image::load_from_memory(&png).unwrap().to_rgb8();
    let mut webp = Vec::new();
    let encoder = image_webp::WebPEncoder::new(&mut webp);
    encoder.encode(&picture, picture.width(), picture.height(), image_webp::ColorType::Rgb8).unwrap();
    [
        ("jpeg", jpeg),
        ("progressive", progressive(2500, 1700)),
        ("png", png),
        ("gif", gif),
        ("lossless webp", webp),
        ("lossy webp", made(Format::WebP)),
    ]
}

/// Fails if the call returned too late three times in a row. Returns whether the error was of the
/// expected kind.
fn in_time(
    what: &str,
    after: Duration,
    mut render: impl FnMut() -> Result<Rendered, Error>,
    kind: ErrorKind,
) -> bool {
    let mut least = Duration::MAX;
    // Use CPU time where available: waiting on a busy machine does not count.
    let worked = || worked(Path::new("/proc/thread-self"));
    for _ in 0..3 {
        let (start, before) = (Instant::now(), worked());
        let answer = render();
        let took = worked().zip(before).map_or(start.elapsed(), |(now, before)| now - before);
        least = least.min(took.saturating_sub(after));
        if least < LATE {
            return answer.is_err_and(|error| error.kind() == kind);
        }
    }
    panic!("{what}: returned {least:?} after the limit of {after:?}");
}

#[test]
fn a_deadline_stops_decoding_and_encoding_within_50_ms() {
    for (name, bytes) in large() {
        let mut stopped = 0;
        for (fit, side, format) in [WAYS[0], WAYS[1], WAYS[2], (Fit::ScaleDown, 12_000, Format::WebP)] {
            let (variant, output) =
                (VariantOptions::new(fit, side, side), OutputOptions::new().format(format));
            let start = Instant::now();
            Renderer::new().render(&bytes, &Request::new(variant).output(output.clone())).unwrap();
            let whole = start.elapsed();
            for deadline in [whole / 4, whole / 2] {
                let mut limits = Limits::default();
                limits.deadline = Some(deadline);
                let mut renderer = Renderer::with_limits(limits);
                let what = format!("{name} as {format:?}, {side}");
                let render = || renderer.render(&bytes, &Request::new(variant).output(output.clone()));
                stopped += u32::from(in_time(&what, deadline, render, ErrorKind::DeadlineExceeded));
            }
        }
        assert!(stopped > 4, "{name}: stopped {stopped} of 8 times");
    }
}

#[test]
fn cancellation_stops_decoding_within_50_ms() {
    for (name, bytes) in large() {
        let after = Duration::from_millis(5);
        let render = || {
            let token = CancelToken::new();
            let mut renderer = Renderer::new();
            let canceller = thread::spawn({
                let token = token.clone();
                move || {
                    thread::sleep(after);
                    token.cancel();
                }
            });
            let whole = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
            let request = Request::new(whole).output(OutputOptions::new().format(Format::Png));
            let answer = renderer.render_all(&bytes, &[request], Some(&token)).map(|mut set| set.remove(0));
            canceller.join().unwrap();
            answer
        };
        assert!(in_time(name, after, render, ErrorKind::Cancelled), "{name}");
    }
}

#[test]
fn a_deadline_takes_effect_within_50_ms_for_every_bomb() {
    let after = Duration::from_millis(20);
    for (name, bytes) in bombs::all() {
        for (fit, side, format) in [WAYS[0], WAYS[1]] {
            let mut limits = Limits::default();
            limits.deadline = Some(after);
            let mut renderer = Renderer::with_limits(limits);
            let variant = VariantOptions::new(fit, side, side).metadata(MetadataPolicy::Keep);
            let output = OutputOptions::new().format(format);
            let render = || renderer.render(&bytes, &Request::new(variant).output(output.clone()));
            in_time(&name, after, render, ErrorKind::DeadlineExceeded);
        }
    }
}

#[test]
fn a_deadline_takes_effect_between_rows() {
    let file = noise(4000, 3000);
    let limits = |milliseconds| {
        let mut limits = Limits::default();
        limits.max_input_bytes = 100_000_000;
        limits.deadline = Some(Duration::from_millis(milliseconds));
        limits
    };
    for requests in [1, 2] {
        let request = Request::new(VariantOptions::new(Fit::ScaleDown, 100, 100));
        let requests = vec![request; requests];
        let start = Instant::now();
        let error = Renderer::with_limits(limits(20)).render_all(&file, &requests, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
        let late = start.elapsed();
        let start = Instant::now();
        Renderer::with_limits(limits(600_000)).render_all(&file, &requests, None).unwrap();
        assert!(late < start.elapsed() / 2, "{late:?}: as long as without a deadline");
    }
}

/// An RGBA PNG that does not compress.
fn noise(width: u32, height: u32) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let picture = image::RgbaImage::from_fn(width, height, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [.., noise] = state.to_le_bytes();
        let slope = (x / 16 + y) as u8;
        image::Rgba([slope, slope.wrapping_add(noise & 31), noise & 31, noise])
    });
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}
