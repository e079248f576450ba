//! Compares the decoder with `image-webp` on files from that crate's encoder: whole, truncated and
//! corrupted. (`tests/reference` does so for files of libwebp's encoder, and with other decoders.)

use std::io::Cursor;

use image_webp::{ColorType, EncoderParams, WebPDecoder, WebPEncoder};

use super::Decoder;
use crate::error::{ErrorKind, Result};
use crate::limits::{Budget, CancelToken, Limits};
use crate::thorough::every;

/// Offset of the only chunk's data.
const DATA: usize = 20;

/// Encodes an image of `width` by `height` pixels from the color of each.
fn file(width: u32, height: u32, predictor: bool, color: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
    let rgba: Vec<u8> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| color(x, y)).collect();
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    let mut params = EncoderParams::default();
    params.use_predictor_transform = predictor;
    encoder.set_params(params);
    encoder.encode(&rgba, width, height, ColorType::Rgba8).unwrap();
    file
}

fn files() -> Vec<Vec<u8>> {
    let byte = |value: u32| value.to_le_bytes()[0];
    let mut files = Vec::new();
    for (width, height) in [(1, 1), (2, 3), (17, 9), (64, 64), (33, 40)] {
        for predictor in [false, true] {
            files.push(file(width, height, predictor, |x, y| [byte(x * 5), byte(y * 7), byte(x * y), 255]));
            files.push(file(width, height, predictor, |x, y| {
                [byte(x / 9 * 90), 20, byte(y / 8 * 60), byte(x * 9)]
            }));
            files.push(file(width, height, predictor, |_, _| [1, 2, 3, 4]));
        }
    }
    files
}

fn ours(file: &[u8]) -> Result<Vec<u8>> {
    let limits = Limits { max_memory_bytes: 4 << 20, ..Limits::default() };
    let mut budget = Budget::start(&limits, None);
    let mut decoder = Decoder::new(file.get(DATA..).unwrap_or_default(), &mut budget)?;
    let mut rgba = Vec::new();
    for _ in 0..decoder.size().1 {
        rgba.extend(decoder.next_row()?.iter().flat_map(|pixel| pixel.rotate_left(8).to_be_bytes()));
    }
    let held = decoder.bytes();
    budget.release(held);
    assert_eq!(budget.spent(), 0, "memory not released");
    Ok(rgba)
}

fn theirs(file: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = WebPDecoder::new(Cursor::new(file)).ok()?;
    let mut samples = vec![0; decoder.output_buffer_size()?];
    decoder.read_image(&mut samples).ok()?;
    if decoder.has_alpha() {
        return Some(samples);
    }
    Some(samples.as_chunks::<3>().0.iter().flat_map(|&[red, green, blue]| [red, green, blue, 255]).collect())
}

#[test]
fn decoded_pixels_match_image_webp() {
    for file in files() {
        assert!(ours(&file).unwrap() == theirs(&file).unwrap());
    }
}

#[test]
fn truncated_at_every_offset_is_an_error() {
    let files = files();
    let cuts = files.iter().flat_map(|file| (DATA..file.len()).map(move |cut| (file, cut)));
    let last = files.iter().flat_map(|file| (file.len() - 3..file.len()).map(move |cut| (file, cut)));
    for (file, cut) in every(5, cuts).chain(last) {
        match ours(&file[..cut]) {
            // The last byte may be only padding.
            Ok(pixels) => {
                let whole = ours(file).unwrap();
                assert!(cut + 2 >= file.len() && pixels == whole, "cut at {cut} of {}", file.len())
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::MalformedImage),
        }
    }
}

#[test]
fn corrupted_at_every_byte_is_an_error_or_an_image() {
    let (mut same, mut refused, mut different) = (0, 0, 0);
    for file in files().iter().filter(|file| file.len() < 1500) {
        // The size in the header belongs to the container.
        for at in DATA + 5..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1 << (at % 8);
            match (ours(&changed), theirs(&changed)) {
                (Ok(ours), Some(theirs)) if ours == theirs => same += 1,
                (Err(error), None) => {
                    assert!(
                        matches!(error.kind(), ErrorKind::MalformedImage | ErrorKind::LimitExceeded),
                        "{error}"
                    );
                    refused += 1;
                }
                // libwebp, which `tests/reference` consults, treats these files as this decoder
                // does.
                _ => different += 1,
            }
        }
    }
    assert!(same > 1000 && refused > 1000 && different * 20 < same + refused, "{same} {refused} {different}");
}

#[test]
fn decoding_stops_when_cancelled_and_respects_the_memory_limit() {
    let file = file(300, 200, true, |x, y| [x, y, x ^ y, 255].map(|value| value.to_le_bytes()[0]));
    let (token, limits) = (CancelToken::new(), Limits::default());
    let mut budget = Budget::start(&limits, Some(&token));
    let mut decoder = Decoder::new(&file[DATA..], &mut budget).unwrap();
    decoder.next_row().unwrap();
    token.cancel();
    assert_eq!(decoder.next_row().unwrap_err().kind(), ErrorKind::Cancelled);
    let limits = Limits { max_memory_bytes: 300 * 200 * 4, ..Limits::default() };
    let error = Decoder::new(&file[DATA..], &mut Budget::start(&limits, None)).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}
