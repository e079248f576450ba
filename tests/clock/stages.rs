//! Cancellation takes effect in each stage that follows decoding, however large the image.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

use cretula::{
    CancelToken, ErrorKind, Fit, Format, Limits, OutputOptions, PngOptions, Renderer, Request,
    VariantOptions, WebpOptions,
};
use png::{BitDepth, ColorType, Encoder, Filter};

/// An image of equal rows with many colors each. `chunk` is written before the image data.
fn png((width, height): (u32, u32), color: ColorType, depth: BitDepth, chunk: (&[u8], &[u8])) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.set_filter(Filter::Up);
    let mut writer = encoder.write_header().unwrap();
    if let ([a, b, c, d], data) = chunk {
        writer.write_chunk(png::chunk::ChunkType([*a, *b, *c, *d]), data).unwrap();
    }
    let bytes = color.samples() * if depth == BitDepth::Sixteen { 2 } else { 1 };
    let row: Vec<u8> = (0..width as usize * bytes).map(|i| ((i / 7) ^ (i / 131)) as u8).collect();
    writer.write_image_data(&row.repeat(height as usize)).unwrap();
    writer.finish().unwrap();
    file
}

/// EXIF with only an orientation: a quarter turn.
const TURNED: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

/// A gamma of 1 (linear light), which forces a color conversion.
const LINEAR: [u8; 4] = 100_000_u32.to_be_bytes();

/// A large image for each stage, with the options that exercise the stage.
fn cases() -> [(&'static str, Vec<u8>, VariantOptions, OutputOptions); 8] {
    let (eight, plain) = (BitDepth::Eight, (&b""[..], &b""[..]));
    let rgb = |size, chunk| png(size, ColorType::Rgb, eight, chunk);
    let alpha = png((3000, 2000), ColorType::Rgba, eight, plain);
    let gray = png((8000, 5000), ColorType::Grayscale, eight, plain);
    let wide = png((4000, 3000), ColorType::Rgb, BitDepth::Sixteen, (b"gAMA", &LINEAR));
    let to = VariantOptions::new;
    let whole = to(Fit::ScaleDown, 12_000, 12_000);
    let jpeg = OutputOptions::new().format(Format::Jpeg);
    let gif = OutputOptions::new().format(Format::Gif);
    [
        ("copied and encoded as JPEG", gray, whole, jpeg.clone()),
        ("shrunk a little", rgb((6000, 4000), plain), to(Fit::ScaleDown, 5500, 5500), jpeg.clone()),
        ("enlarged", rgb((2000, 1500), plain), to(Fit::Contain, 8000, 8000), jpeg.clone()),
        ("enlarged with alpha, flattened", alpha, to(Fit::Contain, 6000, 6000), jpeg.clone()),
        ("converted from 16 bits", wide, whole, jpeg.clone()),
        ("rotated", rgb((6000, 4000), (b"eXIf", TURNED)), whole, jpeg.clone()),
        ("padded", rgb((1000, 800), plain), to(Fit::Pad, 8000, 6000), jpeg),
        ("dithered", rgb((3000, 2000), plain), whole, gif),
    ]
}

/// A large image for each effect, and for each search in decoded pixels.
fn option_cases() -> [(&'static str, Vec<u8>, VariantOptions, OutputOptions); 7] {
    let (eight, plain) = (BitDepth::Eight, (&b""[..], &b""[..]));
    let large = png((6000, 4000), ColorType::Rgb, eight, plain);
    let with = |options: &str| options.parse().unwrap();
    let jpeg = OutputOptions::new().format(Format::Jpeg);
    let palette = OutputOptions::new().format(Format::Png).png(PngOptions::new().quality(80));
    [
        ("brightened", large.clone(), with("w=6000,brightness=1.2,saturation=0.5"), jpeg.clone()),
        ("blurred", large.clone(), with("w=6000,blur=250"), jpeg.clone()),
        ("sharpened", large.clone(), with("w=6000,sharpen=5"), jpeg.clone()),
        // Within that tolerance everything is border: every pixel is compared.
        ("trimmed", large.clone(), with("w=100,trim=border,trim.border.tolerance=255"), jpeg.clone()),
        (
            "cut around what is salient",
            large.clone(),
            with("w=6000,h=2000,fit=cover,gravity=auto"),
            jpeg.clone(),
        ),
        ("given a border", large.clone(), with("w=6000,border=1000,border.color=red"), jpeg),
        ("reduced to a palette", large, with("w=3000"), palette),
    ]
}

/// An animation of large frames, in each format that has them.
fn animations() -> [(&'static str, Vec<u8>, VariantOptions, OutputOptions); 4] {
    let (width, height) = (2500, 2000);
    let palette: Vec<u8> = (0..=255).flat_map(|level| [level, 255 - level, level ^ 0x55]).collect();
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, width, height, &palette).unwrap();
    for number in 0..4_usize {
        let pixels = usize::from(width) * usize::from(height);
        let indices: Vec<u8> = (0..pixels).map(|i| ((i / 7 + number * 40) ^ (i / 2500 / 3)) as u8).collect();
        let mut frame = gif::Frame::from_indexed_pixels(width, height, indices, None);
        frame.delay = 10;
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    let same = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
    let (to, lossless) = (|format| OutputOptions::new().format(format), WebpOptions::new().lossless(true));
    [
        ("animated as GIF", file.clone(), same, to(Format::Gif)),
        ("animated as PNG", file.clone(), same, to(Format::Png)),
        ("animated as WebP", file.clone(), same, to(Format::WebP)),
        (
            "animated as lossless WebP",
            file,
            VariantOptions::new(Fit::Cover, 300, 200),
            to(Format::WebP).webp(lossless),
        ),
    ]
}

/// The CPU time of a thread, by its folder in `/proc`. Time spent waiting on a busy machine does
/// not count.
pub(crate) fn worked(task: &Path) -> Option<Duration> {
    let statistics = fs::read_to_string(task.join("schedstat")).ok()?;
    statistics.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Cancels a render `after` its start. Returns the CPU time from then until it returned, and
/// whether it was cancelled.
fn late(bytes: &[u8], variant: &VariantOptions, output: &OutputOptions, after: Duration) -> (Duration, bool) {
    let task = fs::read_link("/proc/thread-self")
        .map_or_else(|_| PathBuf::new(), |task| Path::new("/proc").join(task));
    let token = CancelToken::new();
    let mut renderer = Renderer::with_limits(limits());
    let canceller = thread::spawn({
        let (task, token) = (task.clone(), token.clone());
        move || {
            thread::sleep(after);
            token.cancel();
            (Instant::now(), worked(&task))
        }
    });
    let request = Request::new(*variant).output(output.clone());
    let answer = renderer.render_all(bytes, &[request], Some(&token));
    let (end, done) = (Instant::now(), worked(&task));
    let (asked, before) = canceller.join().unwrap();
    let waited = end.saturating_duration_since(asked);
    let took = done.zip(before).map_or(waited, |(done, before)| done.saturating_sub(before).min(waited));
    (took, answer.is_err_and(|error| error.kind() == ErrorKind::Cancelled))
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_memory_bytes = 2_000_000_000;
    limits
}

#[test]
fn cancel_takes_effect_within_50_ms_in_every_stage() {
    for (name, bytes, variant, output) in cases().into_iter().chain(option_cases()).chain(animations()) {
        let start = Instant::now();
        Renderer::with_limits(limits())
            .render(&bytes, &Request::new(variant).output(output.clone()))
            .unwrap();
        let whole = start.elapsed();
        let mut stops = 0;
        for part in 1..6 {
            let tries = (0..3).map(|_| late(&bytes, &variant, &output, whole * part / 6));
            let mut least = Duration::MAX;
            for (took, stopped) in tries {
                least = least.min(took);
                if least < Duration::from_millis(50) {
                    stops += u32::from(stopped);
                    break;
                }
            }
            assert!(least < Duration::from_millis(50), "{name}, {part} sixths of {whole:?}: {least:?} late");
        }
        assert!(stops > 1, "{name}: stopped {stops} of 5 times");
    }
}
