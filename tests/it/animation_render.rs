//! Animations through every format: what is shown, for how long, and what it costs. Decoded by the
//! crate `image`, whose composition of frames is its own.

use std::io::Cursor;

use cretula::{
    CancelToken, ErrorKind, Fit, Format, Limits, OutputOptions, Renderer, Request, VariantOptions,
    WebpOptions, probe,
};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frames, RgbaImage};

use crate::allocator;

const MOVING: [Format; 3] = [Format::Gif, Format::WebP, Format::Png];
const WIDTH: u16 = 61;
const HEIGHT: u16 = 45;

/// What is shown, and for how many milliseconds; frames that look the same are joined.
type Timeline = Vec<(RgbaImage, u64)>;

fn timeline(file: &[u8]) -> Timeline {
    let reader = Cursor::new(file);
    let frames: Frames<'_> = match probe(file, &Limits::default()).unwrap().format {
        Format::Gif => GifDecoder::new(reader).unwrap().into_frames(),
        Format::WebP => WebPDecoder::new(reader).unwrap().into_frames(),
        _ => PngDecoder::new(reader).unwrap().apng().unwrap().into_frames(),
    };
    let mut shown: Timeline = Vec::new();
    for frame in frames {
        let frame = frame.unwrap();
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let delay = u64::from(numerator) / u64::from(denominator);
        let mut picture = frame.into_buffer();
        picture.pixels_mut().filter(|pixel| pixel.0[3] == 0).for_each(|pixel| pixel.0 = [0; 4]);
        match shown.last_mut() {
            Some((last, time)) if same(last, &picture) => *time += delay,
            _ => shown.push((picture, delay)),
        }
    }
    shown
}

/// Equal but for one level: the crate rounds where it blends frames of a WebP.
fn same(a: &RgbaImage, b: &RgbaImage) -> bool {
    a.dimensions() == b.dimensions() && a.iter().zip(b.iter()).all(|(a, b)| a.abs_diff(*b) <= 1)
}

/// A sequence of numbers that look random.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: u16) -> u16 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) as u16 % bound
    }
}

/// A GIF of 12 colors: random rectangles, delays and disposals; a seventh of the pixels transparent.
fn random_gif(seed: u32, frames: u16, (width, height): (u16, u16)) -> Vec<u8> {
    let mut random = Random(seed);
    let palette: Vec<u8> = (0..36).map(|_| random.below(256) as u8).collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height, &palette).unwrap();
    encoder.set_repeat(Repeat::Finite(6)).unwrap();
    for _ in 0..frames {
        let (left, top) = (random.below(width), random.below(height));
        let size = (1 + random.below(width - left), 1 + random.below(height - top));
        let pixels = usize::from(size.0) * usize::from(size.1);
        let (first, second) = (random.below(12) as u8, random.below(12) as u8);
        let color = |random: &mut Random| match random.below(7) {
            0 => 11,
            1 => second,
            _ => first,
        };
        let indices: Vec<u8> = (0..pixels).map(|_| color(&mut random)).collect();
        let mut frame = Frame::from_indexed_pixels(size.0, size.1, indices, Some(11));
        (frame.left, frame.top, frame.delay) = (left, top, 2 + random.below(40));
        frame.dispose = match random.below(4) {
            0 => DisposalMethod::Background,
            1 => DisposalMethod::Previous,
            _ => DisposalMethod::Keep,
        };
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    file
}

fn same_size(format: Format) -> Request {
    let output = OutputOptions::new().format(format).webp(WebpOptions::new().lossless(true));
    Request::new(VariantOptions::new(Fit::ScaleDown, 12_000, 12_000)).output(output)
}

fn assert_equal(ours: &Timeline, theirs: &Timeline, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (number, ((ours, our_time), (theirs, their_time))) in ours.iter().zip(theirs).enumerate() {
        assert_eq!(our_time, their_time, "{what}, frame {number}");
        assert!(same(ours, theirs), "{what}, frame {number}");
    }
}

#[test]
fn every_format_shows_what_a_gif_of_few_colors_shows() {
    let mut renderer = Renderer::new();
    for seed in 0..12 {
        let source = random_gif(seed, 14, (WIDTH, HEIGHT));
        let expected = timeline(&source);
        for format in MOVING {
            let rendered = renderer.render(&source, &same_size(format)).unwrap();
            let what = format!("seed {seed} as {format}");
            assert_equal(&timeline(&rendered.bytes), &expected, &what);
            let info = probe(&rendered.bytes, &Limits::default()).unwrap();
            assert_eq!(info, rendered.info);
            assert_eq!((info.frames as usize, info.loop_count), (expected.len(), 7), "{what}");
            assert_eq!(info.duration_ms, expected.iter().map(|(_, time)| time).sum::<u64>(), "{what}");
            // What was written is read again, and written as each of the others.
            for again in MOVING {
                let second = renderer.render(&rendered.bytes, &same_size(again)).unwrap();
                assert_equal(&timeline(&second.bytes), &expected, &format!("{what}, then as {again}"));
                assert_eq!(second.info.loop_count, 7);
            }
        }
    }
}

#[test]
fn without_animation_the_first_frame_is_rendered() {
    let source = random_gif(3, 5, (WIDTH, HEIGHT));
    let mut renderer = Renderer::new();
    for format in MOVING {
        let mut request = same_size(format);
        request.variant.anim = false;
        let rendered = renderer.render(&source, &request).unwrap();
        assert_eq!((rendered.info.frames, rendered.info.duration_ms), (1, 0));
        let first = image::load_from_memory(&rendered.bytes).unwrap().to_rgba8();
        let (expected, _) = timeline(&source).swap_remove(0);
        assert!(first.pixels().zip(expected.pixels()).all(|(a, b)| a == b || a.0[3] == 0 && b.0[3] == 0));
    }
    assert_eq!(renderer.render(&source, &same_size(Format::Jpeg)).unwrap().info.frames, 1);
}

/// Each frame has the pixels of the composed frame rendered as a still, whether all of it was
/// resampled or a part.
#[test]
fn a_frame_is_rendered_as_a_still_of_what_is_shown() {
    let mut renderer = Renderer::new();
    for (seed, text) in [
        (1, "w=30"),
        (2, "w=20,h=30,fit=cover"),
        (3, "w=33,h=20,fit=pad,background=%23ff8800"),
        (4, "w=90,h=90,fit=contain"),
        (5, "w=24,rotate=90,flip=h"),
        (6, "w=40,blur=2,border=2"),
        (7, "w=40,h=10,fit=squeeze"),
        (8, "w=25,trim=3;4;2;1"),
        (9, "w=20,h=20,fit=crop,gravity=0.2x0.9"),
    ] {
        let source = random_gif(seed, 24, (WIDTH, HEIGHT));
        let mut request = Request::new(text.parse().unwrap());
        request.output = OutputOptions::new().format(Format::Png);
        let shown = timeline(&source);
        let expected: Vec<RgbaImage> = shown
            .iter()
            .map(|(picture, _)| {
                let mut file = Cursor::new(Vec::new());
                picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
                let still = renderer.render(&file.into_inner(), &request).unwrap().bytes;
                image::load_from_memory(&still).unwrap().to_rgba8()
            })
            .collect();
        request.output.whole_frames = true;
        let rendered = renderer.render(&source, &request).unwrap();
        let mut number = 0;
        for (picture, _) in timeline(&rendered.bytes) {
            // Frames that look the same after resampling are joined here, too.
            let same = |still: &RgbaImage| {
                still.pixels().zip(picture.pixels()).all(|(a, b)| a == b || a.0[3] == 0 && b.0[3] == 0)
            };
            let run = expected[number..].iter().take_while(|still| same(still)).count();
            assert!(run > 0, "{text}: frame {number} of {}", expected.len());
            number += run;
        }
        assert_eq!(number, expected.len(), "{text}");
    }
}

#[test]
fn frames_that_change_nothing_are_merged_unless_all_are_wanted() {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 8, 8, &[9, 9, 9, 200, 0, 0]).unwrap();
    for index in [0, 0, 1, 1, 1, 0] {
        let mut frame = Frame::from_indexed_pixels(8, 8, vec![index; 64], None);
        frame.delay = 7;
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    let mut renderer = Renderer::new();
    for format in MOVING {
        let mut request = same_size(format);
        let merged = renderer.render(&file, &request).unwrap();
        assert_eq!((merged.info.frames, merged.info.duration_ms), (3, 420), "{format}");
        let times: Vec<u64> = timeline(&merged.bytes).iter().map(|(_, time)| *time).collect();
        assert_eq!(times, [140, 210, 70], "{format}");
        request.output.whole_frames = true;
        let whole = renderer.render(&file, &request).unwrap();
        assert_eq!((whole.info.frames, whole.info.duration_ms), (6, 420), "{format}");
        assert_equal(&timeline(&whole.bytes), &timeline(&merged.bytes), "whole frames");
    }
}

#[test]
fn limits_count_all_frames_and_name_themselves() {
    let source = random_gif(8, 20, (WIDTH, HEIGHT));
    let stored: u64 = {
        let mut decoder = gif::DecodeOptions::new().read_info(&source[..]).unwrap();
        let mut pixels = 0;
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            pixels += u64::from(frame.width) * u64::from(frame.height);
        }
        pixels
    };
    let small = Request::new(VariantOptions::new(Fit::Cover, 4, 4));
    let shown = u64::from(WIDTH) * u64::from(HEIGHT) * 20;
    let refused = |limits: Limits, request: &Request| {
        let error = Renderer::with_limits(limits).render(&source, request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        error.to_string()
    };
    let limits = |frames: u32, pixels: u64| {
        let mut limits = Limits::default();
        (limits.max_frames, limits.max_total_pixels) = (frames, pixels);
        limits
    };
    assert!(Renderer::with_limits(limits(20, stored)).render(&source, &small).is_ok());
    assert!(refused(limits(19, stored), &small).contains("Limits::max_frames"));
    let message = refused(limits(20, stored - 1), &small);
    assert!(message.contains(&format!("{stored} pixels in all rendered frames")), "{message}");
    let whole = same_size(Format::Gif);
    assert!(Renderer::with_limits(limits(20, shown)).render(&source, &whole).is_ok());
    let message = refused(limits(20, shown - 1), &whole);
    assert!(message.contains(&format!("{shown} pixels in all frames")), "{message}");
    // The first frame alone costs only its own pixels.
    let mut first = small;
    first.variant.anim = false;
    assert!(
        Renderer::with_limits(limits(20, u64::from(WIDTH) * u64::from(HEIGHT)))
            .render(&source, &first)
            .is_ok()
    );
}

#[test]
fn a_set_gives_the_bytes_of_single_calls_and_a_used_renderer_those_of_a_new_one() {
    let source = random_gif(11, 9, (WIDTH, HEIGHT));
    let requests: Vec<Request> = MOVING
        .into_iter()
        .chain([Format::Jpeg])
        .flat_map(|format| {
            ["w=30", "w=16,h=16,fit=cover", "w=30,anim=false"]
                .map(|text| Request::new(text.parse().unwrap()).output(OutputOptions::new().format(format)))
        })
        .collect();
    let mut used = Renderer::new();
    let set = used.render_all(&source, &requests, None).unwrap();
    for (request, rendered) in requests.iter().zip(set) {
        assert!(rendered == Renderer::new().render(&source, request).unwrap(), "{request:?}");
        assert!(rendered == used.render(&source, request).unwrap(), "{request:?}");
        let moves = request.variant.anim && request.output.format != Some(Format::Jpeg);
        assert_eq!(rendered.info.frames > 1, moves, "{request:?}");
    }
}

/// Outputs on threads of their own, more outputs than threads, and a limit that only one thread keeps.
#[cfg(feature = "parallel")]
#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let source = random_gif(13, 12, (WIDTH, HEIGHT));
    let requests: Vec<Request> = MOVING
        .into_iter()
        .flat_map(|format| ["w=30", "w=50,blur=1"].map(|text| (format, text)))
        .map(|(format, text)| Request::new(text.parse().unwrap()).output(OutputOptions::new().format(format)))
        .collect();
    let expected = Renderer::new().render_all(&source, &requests, None).unwrap();
    for threads in 2..9 {
        let mut renderer = Renderer::new();
        renderer.set_threads(threads.try_into().unwrap());
        assert!(renderer.render_all(&source, &requests, None).unwrap() == expected, "{threads} threads");
    }
    let with = |bytes: u64, threads: usize| {
        let mut limits = Limits::default();
        limits.max_memory_bytes = bytes;
        let mut renderer = Renderer::with_limits(limits);
        renderer.set_threads(threads.try_into().unwrap());
        renderer.render(&source, &requests[4]).map_err(|error| error.to_string())
    };
    let mut enough = 1 << 14;
    while with(enough, 1).is_err() {
        enough += 1 << 14;
    }
    assert_eq!(with(enough, 2), with(enough, 1));
    assert!(with(enough - (1 << 14), 2).is_err());
}

#[test]
fn memory_does_not_grow_with_the_number_of_frames() {
    let size = (200, 150);
    for format in MOVING {
        let request = Request::new(VariantOptions::new(Fit::Cover, 100, 75))
            .output(OutputOptions::new().format(format));
        let [few, many] = [10, 120].map(|frames| {
            let source = random_gif(5, frames, size);
            let (rendered, peak) = allocator::peak_of(|| Renderer::new().render(&source, &request).unwrap());
            peak.saturating_sub(3 * rendered.bytes.len() as u64)
        });
        assert!(many <= few + (64 << 10), "{format}: {few} bytes, then {many}");
    }
}

#[test]
fn a_cancelled_animation_stops_and_leaves_the_renderer_usable() {
    let source = random_gif(2, 9, (WIDTH, HEIGHT));
    let mut renderer = Renderer::new();
    let token = CancelToken::new();
    token.cancel();
    for format in MOVING {
        let request = same_size(format);
        let error = renderer.render_all(&source, std::slice::from_ref(&request), Some(&token)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(
            renderer.render(&source, &request).unwrap(),
            Renderer::new().render(&source, &request).unwrap()
        );
    }
}

#[test]
fn the_plan_says_how_many_frames_there_are() {
    let source = random_gif(2, 9, (WIDTH, HEIGHT));
    let plan = Renderer::new().plan(&source, &same_size(Format::WebP)).unwrap().to_string();
    assert!(plan.contains("\nframes:      9, composed on the canvas\n"), "{plan}");
    let still = Renderer::new().plan(&source, &same_size(Format::Jpeg)).unwrap().to_string();
    assert!(!still.contains("frames"), "{still}");
}
