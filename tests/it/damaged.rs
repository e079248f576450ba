//! Damaged files: rejected, or rendered as far as they can be decoded, with a warning that says
//! where the damage is.

use cretula::{
    Damaged, ErrorKind, Fit, Format, OutputOptions, Rendered, Renderer, Request, VariantOptions, Warning,
};
use image::{DynamicImage, ImageFormat, RgbaImage};
use libjpeg_turbo_rs::{Encoder, PixelFormat, Subsampling};

use crate::thorough::{every, share};

const ROCKET: &[u8] = include_bytes!("../images/rocket.jpg");
const CHELSEA: &[u8] = include_bytes!("../images/chelsea.png");

const GRAY: [u8; 4] = [128, 128, 128, 255];

fn render(bytes: &[u8], side: u32, damaged: Damaged) -> cretula::Result<Rendered> {
    let variant = VariantOptions::new(Fit::ScaleDown, side, side);
    Renderer::new().render(
        bytes,
        &Request::new(variant).output(OutputOptions::new().format(Format::Png)).damaged(damaged),
    )
}

fn pixels(rendered: &Rendered) -> RgbaImage {
    image::load_from_memory(&rendered.bytes).unwrap().to_rgba8()
}

/// Renders a file that is rejected by default. Returns the byte of the fault, the missing
/// percentage, and the pixels.
fn accepted(bytes: &[u8]) -> (u64, u8, RgbaImage) {
    let error = render(bytes, 12_000, Damaged::Refuse).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedImage, "{error}");
    let mut whole = None;
    for side in [100, 30, 12_000] {
        let rendered = render(bytes, side, Damaged::Accept).unwrap();
        let [Warning::ImageDamaged { offset, reason, missing_percent }] = &rendered.warnings[..] else {
            panic!("{:?}", rendered.warnings);
        };
        assert!(*offset <= bytes.len() as u64 && *missing_percent <= 100 && !reason.is_empty());
        let text = rendered.warnings[0].to_string();
        assert!(text.contains(&format!("image damaged at byte {offset}: ")), "{text}");
        assert!(text.ends_with(&format!("; {missing_percent}% of the pixels are missing")), "{text}");
        whole = Some((*offset, *missing_percent, rendered));
    }
    let (offset, missing_percent, rendered) = whole.unwrap();
    (offset, missing_percent, pixels(&rendered))
}

fn intact(bytes: &[u8]) -> RgbaImage {
    let rendered = render(bytes, 12_000, Damaged::Accept).unwrap();
    assert_eq!(rendered.warnings, [], "it is intact");
    pixels(&rendered)
}

/// The number of rows equal to those of `whole`, and of rows at the end that have only the color
/// `missing`.
fn known_and_missing(shown: &RgbaImage, whole: &RgbaImage, missing: [u8; 4]) -> (u32, u32) {
    assert_eq!(shown.dimensions(), whole.dimensions());
    let height = shown.height();
    let row =
        |picture: &RgbaImage, y: u32| (0..picture.width()).map(|x| picture[(x, y)].0).collect::<Vec<_>>();
    let known = (0..height).take_while(|&y| row(shown, y) == row(whole, y)).count() as u32;
    let lost = (0..height).rev().take_while(|&y| row(shown, y).iter().all(|pixel| *pixel == missing)).count();
    (known, lost as u32)
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn chelsea() -> DynamicImage {
    image::load_from_memory(CHELSEA).unwrap()
}

/// CHELSEA as one of the formats that this library writes.
fn written(format: Format, quality: u8) -> Vec<u8> {
    let variant = VariantOptions::new(Fit::Contain, 1200, 1200);
    let output = OutputOptions::new().format(format).quality(quality);
    Renderer::new().render(CHELSEA, &Request::new(variant).output(output.clone())).unwrap().bytes
}

#[test]
fn jpeg_data_may_end_early() {
    let whole = intact(ROCKET);
    let scan = ROCKET.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    let mut last = 101;
    for tenth in 1..10 {
        let cut = scan + (ROCKET.len() - scan) * tenth / 10;
        let (offset, missing, shown) = accepted(&ROCKET[..cut]);
        // Middle gray, converted from the image's profile.
        let gray = shown[(0, shown.height() - 1)].0;
        assert!(gray[..3].iter().all(|sample| sample.abs_diff(128) <= 2), "{gray:?}");
        let (known, lost) = known_and_missing(&shown, &whole, gray);
        // Between them is the truncated row of MCUs, and chroma that is upsampled across its edge.
        assert!(known + lost + 18 >= whole.height(), "{tenth}: {known} known, {lost} lost");
        let share = 100 * lost / whole.height();
        assert!((share..=share + 6).contains(&u32::from(missing)), "{tenth}: {missing} %, {share} %");
        assert!(missing < last && offset as usize > cut - 300, "{tenth}: {missing} %, {offset} of {cut}");
        last = missing;
    }
}

/// After a fault, decoding resumes at the next restart marker.
#[test]
fn a_jpeg_fault_loses_one_restart_interval() {
    let picture = chelsea().to_rgb8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    // One restart interval per row of MCUs.
    let interval = u16::try_from(width.div_ceil(16)).unwrap();
    let file = Encoder::new(picture.as_raw(), width, height, PixelFormat::Rgb)
        .subsampling(Subsampling::S420)
        .restart_blocks(interval)
        .encode()
        .unwrap();
    let whole = intact(&file);
    let marker = |number: u8| file.windows(2).position(|pair| pair == [0xff, 0xd0 | number]).unwrap();
    let rows = 16;
    let broken: Vec<(&str, Vec<u8>, u32)> = vec![
        ("an interval is missing", [&file[..marker(1)], &file[marker(2)..]].concat(), 1),
        ("two are missing", [&file[..marker(1)], &file[marker(3)..]].concat(), 2),
        ("the data of one are truncated", [&file[..marker(1) + 40], &file[marker(2)..]].concat(), 1),
        (
            "an invalid code",
            {
                let mut file = file.clone();
                // The code of all ones is never assigned.
                file.splice(marker(1) + 50..marker(2) - 50, [0xff, 0].repeat(12));
                file
            },
            1,
        ),
        (
            "a marker has the wrong number",
            {
                let mut file = file.clone();
                file[marker(2) + 1] = 0xd6;
                file
            },
            0,
        ),
    ];
    for (name, bytes, lost) in broken {
        let (_, missing, shown) = accepted(&bytes);
        let differs = |y: u32| (0..shown.width()).any(|x| shown[(x, y)] != whole[(x, y)]);
        let wrong = (0..shown.height()).filter(|&y| differs(y)).count() as u32;
        let last = (0..shown.height()).rev().find(|&y| differs(y)).unwrap_or(0);
        // Chroma is upsampled across the edges.
        assert!(wrong <= (lost + 1) * rows + 2, "{name}: {wrong} rows are wrong, an interval has {rows}");
        assert!(last < shown.height() - rows, "{name}: decoding did not resume");
        assert!(u32::from(missing) <= 100 * (lost + 1) * rows / shown.height() + 2, "{name}: {missing} %");
    }
}

#[test]
fn png_data_may_end_early_or_have_a_wrong_checksum() {
    let rgba = DynamicImage::from(chelsea().to_rgba8());
    for (name, file, missing) in [
        ("RGB", CHELSEA.to_vec(), GRAY),
        ("RGBA", encoded(&rgba, ImageFormat::Png), [0; 4]),
        ("16 bits", encoded(&DynamicImage::from(chelsea().to_rgb16()), ImageFormat::Png), GRAY),
    ] {
        let whole = intact(&file);
        for fifth in 1..5 {
            let cut = file.len() * fifth / 5;
            let (offset, percent, shown) = accepted(&file[..cut]);
            let (known, lost) = known_and_missing(&shown, &whole, missing);
            assert!(
                known + lost == whole.height() && lost > 0,
                "{name}, {fifth}: {known} known, {lost} lost"
            );
            assert_eq!(u32::from(percent), (100 * lost).div_ceil(whole.height()), "{name}, {fifth}");
            assert!(
                offset as usize <= cut && offset as usize + (64 << 10) > cut,
                "{name}, {fifth}: {offset}"
            );
        }
        let mut wrong = file.clone();
        let idat = file.windows(4).position(|kind| kind == b"IDAT").unwrap();
        let length = u32::from_be_bytes(file[idat - 4..idat].try_into().unwrap()) as usize;
        wrong[idat + 4 + length] ^= 1;
        let (offset, percent, shown) = accepted(&wrong);
        assert_eq!((offset, percent), (idat as u64 - 4, 0), "{name}");
        assert!(shown == whole, "{name}");
    }
}

#[test]
fn gif_data_may_end_early() {
    let flat = encoded(&DynamicImage::from(chelsea().to_rgba8()), ImageFormat::Gif);
    let whole = intact(&flat);
    for fifth in 2..5 {
        let cut = flat.len() * fifth / 5;
        let (offset, percent, shown) = accepted(&flat[..cut]);
        let missing = shown[(0, shown.height() - 1)].0;
        assert!(missing == GRAY || missing == [0; 4]);
        let (known, lost) = known_and_missing(&shown, &whole, missing);
        assert!(known + lost == whole.height() && lost > 0, "{fifth}: {known} known, {lost} lost");
        assert_eq!(u32::from(percent), (100 * lost).div_ceil(whole.height()), "{fifth}");
        assert!(offset as usize <= cut && offset as usize + 600 > cut, "{fifth}: {offset} of {cut}");
    }
}

#[test]
fn webp_data_may_end_early() {
    let lossless = encoded(&DynamicImage::from(chelsea().to_rgb8()), ImageFormat::WebP);
    for (name, file) in [("lossless", lossless), ("lossy", written(Format::WebP, 80))] {
        let whole = intact(&file);
        for fifth in 2..5 {
            let cut = file.len() * fifth / 5;
            let (offset, percent, shown) = accepted(&file[..cut]);
            let (known, lost) = known_and_missing(&shown, &whole, GRAY);
            // The loop filter and chroma upsampling reach across the edge.
            assert!(known + lost + 24 >= whole.height() && lost > 0, "{name}, {fifth}: {known}, {lost}");
            let share = 100 * lost / whole.height();
            assert!(
                (share..=share + 4).contains(&u32::from(percent)),
                "{name}, {fifth}: {percent} of {share} %"
            );
            assert!(offset as usize <= cut, "{name}, {fifth}: {offset} of {cut}");
        }
    }
}

#[test]
fn a_set_accepts_damage_only_if_every_request_does() {
    let cut = &ROCKET[..ROCKET.len() / 2];
    let variant = VariantOptions::new(Fit::Cover, 40, 30);
    let set = |second| [Damaged::Accept, second].map(|damaged| Request::new(variant).damaged(damaged));
    let rendered = Renderer::new().render_all(cut, &set(Damaged::Accept), None).unwrap();
    assert!(rendered.iter().all(|rendered| rendered.warnings.len() == 1));
    let error = Renderer::new().render_all(cut, &set(Damaged::Refuse), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedImage);
}

/// A truncated file gives an error or an image; the image comes with a warning unless it is
/// complete.
#[test]
fn a_file_truncated_anywhere_is_an_error_or_an_image() {
    let small = |format, quality| {
        let variant = VariantOptions::new(Fit::Cover, 61, 47);
        let output = OutputOptions::new().format(format).quality(quality);
        Renderer::new().render(CHELSEA, &Request::new(variant).output(output.clone())).unwrap().bytes
    };
    let files = [
        small(Format::Jpeg, 70),
        small(Format::Png, 70),
        small(Format::WebP, 70),
        small(Format::Gif, 70),
        include_bytes!("../corpus/reported/jpeg_progressive_trailer.jpg").to_vec(),
    ];
    for (number, file) in files.iter().enumerate() {
        let (mut pictures, mut tried) = (0, 0);
        for cut in every(5, 0..file.len()) {
            tried += 1;
            let refused = render(&file[..cut], 30, Damaged::Refuse);
            match render(&file[..cut], 30, Damaged::Accept) {
                Ok(rendered) => {
                    pictures += 1;
                    assert_eq!(rendered.warnings.is_empty(), refused.is_ok(), "file {number} cut at {cut}");
                }
                Err(error) => {
                    assert!(refused.is_err(), "file {number} cut at {cut}: {error}");
                    let kinds = [ErrorKind::MalformedImage, ErrorKind::UnsupportedFormat];
                    assert!(kinds.contains(&error.kind()), "file {number} cut at {cut}: {error}");
                }
            }
        }
        assert!(
            pictures * 2 > tried && tried >= share(5, file.len()),
            "file {number}: an image for {pictures} of {tried} lengths"
        );
    }
}
