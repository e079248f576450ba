//! PNG is resampled while it is decoded if one variant is requested, and after decoding if several
//! are. Both give the same pixels and the same errors; the first needs less memory.

use cretula::{ErrorKind, Fit, Format, Limits, OutputOptions, Renderer, Request, VariantOptions};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::bombs::{chunk, ihdr, png as raw, zeros};
use crate::thorough::every;

const COLORS: [(ExtendedColorType, usize); 8] = [
    (ExtendedColorType::L8, 1),
    (ExtendedColorType::La8, 2),
    (ExtendedColorType::Rgb8, 3),
    (ExtendedColorType::Rgba8, 4),
    (ExtendedColorType::L16, 2),
    (ExtendedColorType::La16, 4),
    (ExtendedColorType::Rgb16, 6),
    (ExtendedColorType::Rgba16, 8),
];

/// An image of slopes with noise.
fn png(width: u32, height: u32, (color, bytes): (ExtendedColorType, usize)) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let line = width as usize * bytes;
    let samples: Vec<u8> = (0..line * height as usize)
        .map(|i| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let slope = (i % line / 16 + i / line) as u8;
            slope.wrapping_add(state.to_le_bytes()[3] & 31)
        })
        .collect();
    let mut file = Vec::new();
    PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&samples, width, height, color)
        .unwrap();
    file
}

#[test]
fn streamed_rows_match_rows_of_a_whole_image() {
    let mut renderer = Renderer::new();
    let output = OutputOptions::new().format(Format::Png);
    let variants = [
        (Fit::ScaleDown, 200, 200),
        (Fit::Cover, 40, 300),
        (Fit::Cover, 290, 8),
        (Fit::Pad, 250, 250),
        (Fit::Crop, 100, 100),
    ];
    // Large enough for several strips; then smaller than one.
    for (width, height) in [(1400, 900), (300, 20)] {
        for (number, color) in COLORS.into_iter().enumerate() {
            let file = png(width, height, color);
            // By default two of the five, others for the next color.
            for (fit, w, h) in every(3, variants.into_iter().cycle().skip(number).take(5)) {
                let request = Request::new(VariantOptions::new(fit, w, h)).output(output.clone());
                let alone = renderer.render(&file, &request).unwrap();
                let set = renderer.render_all(&file, &[request.clone(), request], None).unwrap();
                assert!(alone == set[0] && alone == set[1], "{width}x{height} {color:?} {fit} {w}x{h}");
            }
        }
    }
}

#[test]
fn a_file_truncated_anywhere_gives_the_same_error() {
    let file = png(300, 40, COLORS[3]);
    let request = Request::new(VariantOptions::new(Fit::Cover, 20, 4));
    let mut renderer = Renderer::new();
    // The part after the image data may be missing.
    for end in (8..file.len() - 24).step_by(97) {
        let alone = renderer.render(&file[..end], &request).unwrap_err();
        let set = renderer.render_all(&file[..end], &[request.clone(), request.clone()], None).unwrap_err();
        assert_eq!((alone.kind(), alone.to_string()), (set.kind(), set.to_string()), "{end}");
    }
}

#[test]
fn a_large_image_for_one_small_variant_is_never_held_in_memory() {
    let file = png(4000, 3000, COLORS[0]);
    let mut limits = Limits::default();
    (limits.max_memory_bytes, limits.max_input_bytes) = (11_000_000, 20_000_000);
    let small = VariantOptions::new(Fit::ScaleDown, 100, 100);
    let rendered = Renderer::with_limits(limits.clone()).render(&file, &Request::new(small)).unwrap();
    assert_eq!((rendered.info.width, rendered.info.height), (100, 75));
    let requests = [Request::new(small), Request::new(small)];
    let error = Renderer::with_limits(limits.clone()).render_all(&file, &requests, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "12 million samples do not fit in 11 MB");
}

/// PNG section 11.2.2: three bytes per color, at most 256 colors. The `png` crate would panic.
#[test]
fn a_palette_of_an_impossible_length_is_malformed() {
    let file = |palette: usize| {
        let data = chunk(b"IDAT", &zeros(9 * 8));
        raw(&[ihdr(8, 8, 8, 3, 0), chunk(b"PLTE", &vec![7; palette]), data])
    };
    let render = |palette: usize| {
        let whole = VariantOptions::new(Fit::ScaleDown, 9, 9);
        Renderer::new()
            .render(&file(palette), &Request::new(whole).output(OutputOptions::new().format(Format::Png)))
    };
    for fine in [3, 6, 765, 768] {
        assert!(render(fine).is_ok(), "{fine} bytes");
    }
    for broken in [1, 2, 4, 746, 767, 769, 771, 900] {
        assert_eq!(render(broken).unwrap_err().kind(), ErrorKind::MalformedImage, "{broken} bytes");
    }
}
