//! A GIF of random frames, offsets and disposals, made by another encoder: every lossless output shows
//! what another decoder shows of the GIF, for the same times.
#![no_main]

use std::io::Cursor;
use std::iter::zip;

use cretula::{Fit, Format, Limits, OutputOptions, Renderer, Request, VariantOptions, WebpOptions, probe};
use cretula_fuzz::Choices;
use gif::{DisposalMethod, Encoder, Frame};
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frames, Rgba, RgbaImage};
use libfuzzer_sys::fuzz_target;

/// Colors of the palette; the last is transparent.
const COLORS: u8 = 16;
const TRANSPARENT: u8 = COLORS - 1;
const MOST_FRAMES: usize = 12;

fuzz_target!(|input: &[u8]| {
    let Some((mut choices, _)) = Choices::split(input, input.len()) else { return };
    let Some(source) = made(&mut choices) else { return };
    let shown = timeline(&source);
    let mut renderer = Renderer::new();
    for format in [Format::Gif, Format::WebP, Format::Png] {
        let mut output = OutputOptions::new().format(format).webp(WebpOptions::new().lossless(true));
        output.whole_frames = choices.byte() % 4 == 0;
        let same = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
        let rendered = renderer.render(&source, &Request::new(same).output(output)).expect("a valid GIF");
        assert!(timeline(&rendered.bytes) == shown, "{format}");
    }
});

/// A GIF with what the choices say; `None` if they give less than two frames.
fn made(choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let mut side = || u16::from(choices.byte() % 24) + 1;
    let (width, height) = (side(), side());
    let frames = usize::from(choices.byte()) % MOST_FRAMES + 2;
    let palette: Vec<u8> = (0..COLORS).flat_map(color).collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height, &palette).ok()?;
    for _ in 0..frames {
        let left = u16::from(choices.byte()) % width;
        let top = u16::from(choices.byte()) % height;
        let size = (
            1 + u16::from(choices.byte()) % (width - left),
            1 + u16::from(choices.byte()) % (height - top),
        );
        let (kind, first, second) = (choices.byte(), choices.byte() % COLORS, choices.byte() % COLORS);
        let mut state = u32::from(choices.byte()) * 7 + 1;
        let indices: Vec<u8> = (0..u32::from(size.0) * u32::from(size.1))
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if state >> 24 < u32::from(kind) { second } else { first }
            })
            .collect();
        let mut frame = Frame::from_indexed_pixels(size.0, size.1, indices, Some(TRANSPARENT));
        (frame.left, frame.top, frame.delay) = (left, top, 2 + u16::from(choices.byte()));
        frame.interlaced = false;
        frame.dispose = match choices.byte() % 4 {
            0 => DisposalMethod::Background,
            1 => DisposalMethod::Previous,
            2 => DisposalMethod::Any,
            _ => DisposalMethod::Keep,
        };
        encoder.write_frame(&frame).ok()?;
    }
    drop(encoder);
    Some(file)
}

/// The colors are at least 7 apart in every channel.
fn color(index: u8) -> [u8; 3] {
    [index * 16, 255 - index * 11, index * 7]
}

/// The color of the palette within 1 of a pixel of a WebP: its decoder blends an opaque pixel to one level
/// below its own.
fn nearest(pixel: Rgba<u8>) -> Rgba<u8> {
    let [red, green, blue, alpha] = pixel.0;
    let close = |index: &u8| zip([red, green, blue], color(*index)).all(|(level, wanted)| level.abs_diff(wanted) <= 1);
    let [red, green, blue] = (0..TRANSPARENT).find(close).map_or([red, green, blue], color);
    Rgba([red, green, blue, alpha])
}

/// What is shown, and for how many milliseconds; frames that look the same are joined.
fn timeline(file: &[u8]) -> Vec<(RgbaImage, u32)> {
    let reader = Cursor::new(file);
    let info = probe(file, &Limits::default()).expect("a valid file");
    let frames: Frames<'_> = match info.format {
        Format::Gif => GifDecoder::new(reader).expect("a GIF").into_frames(),
        Format::WebP => {
            let mut decoder = WebPDecoder::new(reader).expect("a WebP");
            if decoder.has_animation() {
                // Without it, the decoder does not dispose of frames.
                decoder.set_background_color(Rgba([0; 4])).expect("an animation");
            }
            decoder.into_frames()
        }
        _ => PngDecoder::new(reader).expect("a PNG").apng().expect("an APNG").into_frames(),
    };
    let mut shown: Vec<(RgbaImage, u32)> = Vec::new();
    for frame in frames {
        let frame = frame.expect("a valid frame");
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let time = numerator / denominator;
        let mut picture = frame.into_buffer();
        if info.format == Format::WebP {
            picture.pixels_mut().for_each(|pixel| *pixel = nearest(*pixel));
        }
        picture.pixels_mut().filter(|pixel| pixel.0[3] == 0).for_each(|pixel| pixel.0 = [0; 4]);
        match shown.last_mut() {
            Some((last, so_far)) if *last == picture => *so_far += time,
            _ => shown.push((picture, time)),
        }
    }
    shown
}
