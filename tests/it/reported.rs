//! Unusual but complete files, each based on a report by users of some decoder, render as in other
//! decoders. The expected values come from the standards, or are those on which libjpeg-turbo,
//! libvips, Pillow and Chromium agree.

use cretula::{
    ErrorKind, Fit, Format, Limits, OutputOptions, Rendered, Renderer, Request, VariantOptions, Warning,
    probe,
};
use image::{DynamicImage, RgbImage, Rgba, RgbaImage};

const ROCKET: &[u8] = include_bytes!("../images/rocket.jpg");
const CHELSEA: &[u8] = include_bytes!("../images/chelsea.png");

/// One of the files in `tests/corpus/reported`.
macro_rules! reported {
    ($file:literal) => {
        include_bytes!(concat!("../corpus/reported/", $file)).as_slice()
    };
}

fn whole() -> VariantOptions {
    VariantOptions::new(Fit::ScaleDown, 12_000, 12_000)
}

fn made(bytes: &[u8], format: Format) -> Rendered {
    Renderer::new().render(bytes, &Request::new(whole()).output(OutputOptions::new().format(format))).unwrap()
}

/// All pixels, through a PNG. Asserts that there is no warning.
fn pixels(bytes: &[u8]) -> RgbaImage {
    let rendered = made(bytes, Format::Png);
    assert_eq!(rendered.warnings, []);
    image::load_from_memory(&rendered.bytes).unwrap().to_rgba8()
}

fn encoded(picture: impl Into<DynamicImage>, format: image::ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

// JPEG

/// Complete data without an end-of-image marker, or with bytes after it.
#[test]
fn jpeg_without_an_end_marker_is_complete() {
    let intact = pixels(ROCKET);
    let (body, end) = ROCKET.split_at(ROCKET.len() - 2);
    assert_eq!(end, [0xff, 0xd9]);
    let trailers: [&[u8]; 5] = [b"", b"\0\0\0\0", b"SEFHe\0\0\0", &[0x55; 5000], b"\xff"];
    for trailer in trailers {
        assert_eq!(pixels(&[body, trailer].concat()), intact, "no end, then {} bytes", trailer.len());
    }
    for trailer in [&ROCKET[..3000], b"\xff\xda\0\x0c\xff\xda\xff\xda"] {
        assert_eq!(pixels(&[ROCKET, trailer].concat()), intact, "an end, then {} bytes", trailer.len());
    }
    // Truncated data: an error at any size, even if the missing rows are not needed.
    for cut in [body.len() - 200, body.len() / 2] {
        for (fit, side) in [(Fit::Cover, 40), (Fit::ScaleDown, 12_000)] {
            let variant = VariantOptions::new(fit, side, side / 4);
            let error = Renderer::new().render(&body[..cut], &Request::new(variant)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::MalformedImage, "{cut}, {side}");
        }
    }
    assert_eq!(pixels(reported!("jpeg_no_eoi_trailer.jpg")).dimensions(), (83, 61));
}

/// Start-of-scan markers after the end of the image are not scans of it.
#[test]
fn jpeg_scans_after_the_end_marker_are_ignored() {
    let file = reported!("jpeg_progressive_trailer.jpg");
    let end = 2 + file.windows(2).position(|pair| pair == [0xff, 0xd9]).unwrap();
    assert!(file.len() > end);
    assert_eq!(pixels(file), pixels(&file[..end]));
    let video = b"\0\0\0\x18ftypmp42\xff\xda\xff\xda\xff\xd8\xff\xc2".repeat(100);
    assert_eq!(pixels(&[file, &video].concat()), pixels(file));
    // A progressive file without an end marker is complete if its scans are.
    assert_eq!(pixels(&file[..end - 2]), pixels(file));
    let last = file[..end].windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    let error = Renderer::new().render(&file[..last], &Request::new(whole())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedImage);
}

/// libjpeg's rule: a scan refers to the next component with that id that it has not referred to
/// yet.
#[test]
fn jpeg_components_may_share_an_id() {
    let file = reported!("jpeg_duplicate_component_ids_111.jpg");
    let frame = 4 + file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let scan = 4 + file.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let mut named = file.to_vec();
    for component in 0..3 {
        assert_eq!((file[frame + 6 + 3 * component], file[scan + 1 + 2 * component]), (1, 1));
        named[frame + 6 + 3 * component] = 1 + component as u8;
        named[scan + 1 + 2 * component] = 1 + component as u8;
    }
    assert_eq!(pixels(file), pixels(&named));
    // Two components of three share an id.
    let mut two = named.clone();
    (two[frame + 12], two[scan + 5]) = (2, 2);
    assert_eq!(pixels(&two), pixels(&named));
}

/// Segments that a decoder does not need, with a length smaller than the length field itself.
#[test]
fn jpeg_optional_segments_may_have_an_impossible_length() {
    let intact = pixels(ROCKET);
    for marker in [0xe0, 0xe1, 0xe2, 0xe5, 0xed, 0xee, 0xef, 0xfe] {
        for length in 0..2 {
            let file = [&ROCKET[..2], &[0xff, marker, 0, length], &ROCKET[2..]].concat();
            assert_eq!(pixels(&file), intact, "{marker:#x}, {length}");
        }
    }
    for marker in [0xdb, 0xc4, 0xdd, 0xc0, 0xda] {
        let file = [&ROCKET[..2], &[0xff, marker, 0, 0], &ROCKET[2..]].concat();
        assert!(Renderer::new().render(&file, &Request::new(whole())).is_err(), "{marker:#x}");
    }
    assert_eq!(pixels(reported!("jpeg_app5_len0.jpg")).dimensions(), (83, 61));
}

// PNG

/// The chunks of a PNG, each including length and checksum.
fn chunks(png: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = &png[8..];
    let mut chunks = Vec::new();
    while let Some(length) = rest.first_chunk::<4>() {
        let (chunk, after) = rest.split_at(12 + u32::from_be_bytes(*length) as usize);
        chunks.push(chunk.to_vec());
        rest = after;
    }
    chunks
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind, data].concat();
    let checksum = crc32fast::hash(&body).to_be_bytes();
    [&(data.len() as u32).to_be_bytes()[..], &body, &checksum].concat()
}

fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks.concat()].concat()
}

/// The file with `added` after its header chunk.
fn with(file: &[u8], added: Vec<u8>) -> Vec<u8> {
    let mut chunks = chunks(file);
    chunks.insert(1, added);
    png(&chunks)
}

#[test]
fn png_suggested_palette_of_any_length_is_ignored() {
    let intact = pixels(CHELSEA);
    for length in [1, 3, 768, 770, 771, 5000] {
        assert_eq!(pixels(&with(CHELSEA, chunk(b"PLTE", &vec![7; length]))), intact, "{length}");
    }
    assert_eq!(pixels(reported!("png-rgb-plte-of-771-bytes.png")).dimensions(), (24, 16));
    // In an indexed image, the palette is required and must be valid.
    let indexed = [
        chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\x03\0\0\0"),
        chunk(b"PLTE", &[7; 771]),
        chunk(b"IDAT", b"\x78\x01\x01\x02\0\xfd\xff\0\0\0\x02\0\x01"),
    ];
    let error = Renderer::new().render(&png(&indexed), &Request::new(whole())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedImage);
}

/// PNG section 11.3.1.1: only as many low bits of tRNS count as a sample has.
#[test]
fn png_transparency_is_masked_to_the_bit_depth() {
    let file = reported!("png-trns-1bit-00ff.png");
    let info = probe(file, &Limits::default()).unwrap();
    assert_eq!((info.bit_depth, info.has_alpha), (1, true));
    let transparent = pixels(file).pixels().filter(|pixel| pixel[3] == 0).count();
    let mut masked = chunks(file);
    let at = masked.iter().position(|chunk| &chunk[4..8] == b"tRNS").unwrap();
    masked[at] = chunk(b"tRNS", &[0, 1]);
    assert_eq!(pixels(file), pixels(&png(&masked)));
    assert!(transparent > 0);
    // 8 bits, gray and RGB.
    for (color, samples, value) in [(0, 1, 0x0107_u16), (2, 3, 0xff07)] {
        let row = vec![7; samples];
        let mut data = vec![0x78, 0x01, 0x01, row.len() as u8 + 1, 0, !(row.len() as u8 + 1), 0xff, 0];
        data.extend(&row);
        let file = png(&[
            chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, color, 0, 0, 0]),
            chunk(b"tRNS", &value.to_be_bytes().repeat(samples)),
            chunk(b"IDAT", &data),
            chunk(b"IEND", b""),
        ]);
        assert_eq!(pixels(&file)[(0, 0)][3], 0, "color type {color}");
    }
}

/// An ancillary chunk with a wrong checksum is ignored; a critical one is an error.
#[test]
fn png_ancillary_chunks_with_a_wrong_checksum_are_ignored_with_a_warning() {
    let ignored = |file: &[u8], what: &str| {
        let rendered = made(file, Format::Png);
        let reason = "its checksum is wrong".to_owned();
        assert_eq!(rendered.warnings, [Warning::PartIgnored { what: format!("{what} chunk"), reason }]);
        image::load_from_memory(&rendered.bytes).unwrap().to_rgba8()
    };
    let file = reported!("png_bad_crc_gama.png");
    let without: Vec<_> = chunks(file).into_iter().filter(|chunk| &chunk[4..8] != b"gAMA").collect();
    assert_eq!(ignored(file, "gAMA"), pixels(&png(&without)));
    let intact = pixels(CHELSEA);
    for (kind, data) in [
        (b"gAMA", &100_000_u32.to_be_bytes()[..]),
        (b"cHRM", &[1; 32]),
        (b"cICP", &[9, 16, 0, 1]),
        (b"iCCP", b"x\0\0abc"),
        (b"tRNS", &[0, 143, 0, 120, 0, 104]),
        (b"eXIf", b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
        (b"acTL", &[0, 0, 0, 9, 0, 0, 0, 0]),
    ] {
        let mut wrong = chunk(kind, data);
        *wrong.last_mut().unwrap() ^= 1;
        let what = String::from_utf8_lossy(kind).into_owned();
        assert_eq!(ignored(&with(CHELSEA, wrong), &what), intact, "{what}");
    }
    let mut header = CHELSEA.to_vec();
    header[8 + 24] ^= 1;
    assert!(Renderer::new().render(&header, &Request::new(whole())).is_err());
}

/// The part after complete image data is missing: the zlib checksum, the checksum of the last
/// chunk, IEND.
#[test]
fn png_without_its_end_is_complete() {
    let intact = pixels(CHELSEA);
    let whole_chunks = chunks(CHELSEA);
    let end = CHELSEA.len() - 12;
    for cut in [end, end - 1, end - 4, end - 6] {
        assert_eq!(pixels(&CHELSEA[..cut]), intact, "{cut}");
    }
    // The zlib checksum is missing or wrong; that of the chunk is correct.
    let last = whole_chunks.iter().rposition(|chunk| &chunk[4..8] == b"IDAT").unwrap();
    let data = &whole_chunks[last][8..whole_chunks[last].len() - 4];
    let mut wrong = data.to_vec();
    *wrong.last_mut().unwrap() ^= 1;
    for data in [&data[..data.len() - 4], &data[..data.len() - 1], &wrong] {
        let mut chunks = whole_chunks.clone();
        chunks[last] = chunk(b"IDAT", data);
        assert_eq!(pixels(&png(&chunks)), intact, "{} bytes", data.len());
    }
    for cut in [end - 100, end / 2] {
        assert!(Renderer::new().render(&CHELSEA[..cut], &Request::new(whole())).is_err(), "{cut}");
    }
}

// GIF

/// A frame of single-pixel color indices on a screen, coded uncompressed in 9-bit codes.
fn gif(screen: [u16; 2], [left, top, width, height]: [u16; 4], transparent: bool) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    screen.iter().for_each(|side| file.extend(side.to_le_bytes()));
    file.extend([0x87, 0, 0]);
    file.extend((0..=255).flat_map(|i: u8| [i, 255 - i, 7]));
    if transparent {
        file.extend([0x21, 0xf9, 4, 1, 0, 0, 9, 0]);
    }
    file.push(0x2c);
    [left, top, width, height].iter().for_each(|side| file.extend(side.to_le_bytes()));
    file.extend([0, 8]);
    let (mut bits, mut held, mut data) = (0_u32, 0, Vec::new());
    for number in 0..usize::from(width) * usize::from(height) {
        // A clear code before each index keeps the code size at 9 bits.
        for code in [256, number as u32 % 200 + 10] {
            bits |= code << held;
            held += 9;
            while held >= 8 {
                data.push(bits as u8);
                (bits, held) = (bits >> 8, held - 8);
            }
        }
    }
    data.extend([(bits | 257 << held) as u8, ((bits | 257 << held) >> 8) as u8, 0]);
    for block in data.chunks(255) {
        file.push(block.len() as u8);
        file.extend(block);
    }
    file.extend([0, 0x3b]);
    file
}

#[test]
fn gif_canvas_grows_to_hold_the_first_frame() {
    for (screen, frame, size) in [
        ([4, 4], [0, 0, 8, 8], (8, 8)),
        ([0, 0], [0, 0, 8, 6], (8, 6)),
        ([0, 0], [2, 1, 8, 6], (10, 7)),
        ([20, 4], [1, 1, 8, 8], (20, 9)),
        ([9, 9], [0, 0, 8, 8], (9, 9)),
    ] {
        let file = gif(screen, frame, false);
        let info = probe(&file, &Limits::default()).unwrap();
        assert_eq!((info.width, info.height), size, "{screen:?}, {frame:?}");
        assert_eq!(
            info.has_alpha,
            size != (u32::from(frame[2]), u32::from(frame[3])),
            "{screen:?}, {frame:?}"
        );
        let shown = pixels(&file);
        assert_eq!(shown.dimensions(), size);
        let [left, top, width, height] = frame.map(u32::from);
        for (x, y, pixel) in shown.enumerate_pixels() {
            let covered = (left..left + width).contains(&x) && (top..top + height).contains(&y);
            assert_eq!(pixel[3] == 255, covered, "{screen:?}, {frame:?} at {x},{y}");
        }
        assert_eq!(shown[(left, top)], Rgba([10, 245, 7, 255]));
        let corner = ((width * height - 1) % 200 + 10) as u8;
        assert_eq!(shown[(left + width - 1, top + height - 1)], Rgba([corner, 255 - corner, 7, 255]));
    }
    assert_eq!(pixels(reported!("gif_screen_4x4_frame_8x8.gif")).dimensions(), (8, 8));
}

#[test]
fn gif_clear_codes_may_repeat() {
    let shown = pixels(reported!("gif-three-clears.gif"));
    let colors: Vec<_> = shown.pixels().map(|pixel| pixel.0).collect();
    assert_eq!(
        colors,
        [[0x1e, 0xe1, 0x14, 255], [0x3c, 0xc3, 0x28, 255], [0x5a, 0xa5, 0x3c, 255], [0x78, 0x87, 0x50, 255]]
    );
    // Many clear codes at the beginning, in the middle and at the end; in sub-blocks of one byte.
    for clears in [2, 7, 63, 64, 65, 500] {
        let codes: Vec<u32> = [[4].repeat(clears), vec![1], [4].repeat(clears), vec![2, 5]].concat();
        let (mut bits, mut held, mut data) = (0_u32, 0, Vec::new());
        for code in codes {
            bits |= code << held;
            held += 3;
            while held >= 8 {
                data.push(bits as u8);
                (bits, held) = (bits >> 8, held - 8);
            }
        }
        data.push(bits as u8);
        let head = b"GIF89a\x02\0\x01\0\x81\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x2c\0\0\0\0\x02\0\x01\0\0\x02";
        let blocks: Vec<u8> = data.iter().flat_map(|byte| [1, *byte]).collect();
        let shown = pixels(&[&head[..], &blocks, &[0, 0x3b]].concat());
        assert_eq!([shown[(0, 0)].0, shown[(1, 0)].0], [[1, 2, 3, 255], [4, 5, 6, 255]], "{clears}");
    }
}

/// Complete image data without terminator and trailer.
#[test]
fn gif_without_its_end_is_complete() {
    let file = gif([8, 8], [0, 0, 8, 8], false);
    let intact = pixels(&file);
    for cut in 1..4 {
        assert_eq!(pixels(&file[..file.len() - cut]), intact, "{cut}");
    }
    // A fault in a later frame does not affect the first.
    let later = [&file[..file.len() - 1], b"\x2c\0\0\0\0\x08\0\x08\0\0\x0b\x01\x01"].concat();
    let mut first = Request::new(whole()).output(OutputOptions::new().format(Format::Png));
    assert_eq!(Renderer::new().render(&later, &first).unwrap_err().kind(), ErrorKind::MalformedImage);
    first.variant.anim = false;
    let rendered = Renderer::new().render(&later, &first).unwrap().bytes;
    assert_eq!(image::load_from_memory(&rendered).unwrap().to_rgba8(), intact);
}

/// `max_total_pixels` counts decoded pixels only.
#[test]
fn undrawn_animation_frames_do_not_count_against_the_limit() {
    let file = gif([8, 8], [0, 0, 8, 8], false);
    let frame = &file[13 + 3 * 256..file.len() - 1];
    let animation = [&file[..file.len() - 1], frame, frame, &[0x3b]].concat();
    let mut limits = Limits::default();
    let mut first = Request::new(whole());
    first.variant.anim = false;
    limits.max_total_pixels = 64;
    assert_eq!(probe(&animation, &limits).unwrap().frames, 3);
    assert!(Renderer::with_limits(limits.clone()).render(&animation, &first).is_ok());
    limits.max_total_pixels = 63;
    let error = Renderer::with_limits(limits).render(&animation, &first).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("max_total_pixels"), "{error}");
}

// WebP

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend(*kind);
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(*data);
        body.extend(&[0][..data.len() % 2]);
    }
    [b"RIFF".as_slice(), &(body.len() as u32).to_le_bytes(), &body].concat()
}

/// A VP8X chunk: flags and canvas size.
fn extended(flags: u8, [width, height]: [u8; 2]) -> [u8; 10] {
    [flags, 0, 0, 0, width - 1, 0, 0, height - 1, 0, 0]
}

/// The image chunk of a lossless file: red, with half alpha if `alpha`.
fn lossless(side: u32, alpha: bool) -> Vec<u8> {
    let picture = RgbaImage::from_pixel(side, side, Rgba([255, 0, 0, if alpha { 128 } else { 255 }]));
    let file = if alpha {
        encoded(picture, image::ImageFormat::WebP)
    } else {
        encoded(DynamicImage::from(picture).to_rgb8(), image::ImageFormat::WebP)
    };
    assert_eq!(&file[12..16], b"VP8L");
    let length = u32::from_le_bytes(file[16..20].try_into().unwrap()) as usize;
    file[20..20 + length].to_vec()
}

/// Whether an image has alpha is decided by its pixels, not by the flag in its header.
#[test]
fn webp_alpha_is_determined_by_the_drawn_frame() {
    let frame = |[left, top]: [u8; 2], side: u32, picture: &[u8]| {
        let side = side as u8 - 1;
        let mut data = vec![left / 2, 0, 0, top / 2, 0, 0, side, 0, 0, side, 0, 0, 100, 0, 0, 0];
        data.extend(b"VP8L");
        data.extend((picture.len() as u32).to_le_bytes());
        data.extend(picture);
        data.extend(&[0][..picture.len() % 2]);
        data
    };
    for flags in [0x00, 0x10] {
        for alpha in [false, true] {
            let still = riff(&[(b"VP8X", &extended(flags, [8, 8])), (b"VP8L", &lossless(8, alpha))]);
            assert_eq!(probe(&still, &Limits::default()).unwrap().has_alpha, alpha, "{flags:#x}");
            assert_eq!(
                pixels(&still)[(3, 3)],
                Rgba([255, 0, 0, if alpha { 128 } else { 255 }]),
                "{flags:#x}"
            );
        }
        let moving = riff(&[
            (b"VP8X", &extended(flags | 2, [8, 8])),
            (b"ANIM", &[0; 6]),
            (b"ANMF", &frame([2, 2], 4, &lossless(4, false))),
        ]);
        assert!(probe(&moving, &Limits::default()).unwrap().has_alpha);
        let shown = pixels(&moving);
        assert_eq!((shown[(0, 0)][3], shown[(3, 3)]), (0, Rgba([255, 0, 0, 255])), "{flags:#x}");
    }
    let uncovered = reported!("webp_anim_uncovered.webp");
    assert!(probe(uncovered, &Limits::default()).unwrap().has_alpha);
    let shown = pixels(uncovered);
    assert!(shown.pixels().any(|pixel| pixel[3] == 0) && shown.pixels().any(|pixel| pixel[3] == 255));
    // The background shows through.
    let jpeg =
        image::load_from_memory(&made(&made(uncovered, Format::Jpeg).bytes, Format::Png).bytes).unwrap();
    let (x, y, _) = shown.enumerate_pixels().find(|(.., pixel)| pixel[3] == 0).unwrap();
    assert!(jpeg.to_rgb8()[(x, y)].0.iter().all(|&sample| sample > 240));
}

#[test]
fn webp_animation_of_one_lossy_frame_renders_in_all_formats() {
    let file = reported!("webp_anim_one_lossy_frame.webp");
    let shown = pixels(file);
    for format in [Format::Jpeg, Format::Png, Format::WebP, Format::Gif] {
        for quality in [50, 85, 95] {
            let output = OutputOptions::new().format(format).quality(quality);
            for side in [12_000, shown.width() / 2] {
                let variant = VariantOptions::new(Fit::ScaleDown, side, side);
                assert!(
                    Renderer::new().render(file, &Request::new(variant).output(output.clone())).is_ok(),
                    "{format} {quality} {side}"
                );
            }
        }
    }
}

#[test]
fn webp_error_names_an_unknown_first_chunk() {
    let error = probe(reported!("webp_error_text.webp"), &Limits::default()).unwrap_err().to_string();
    assert!(error.contains("first chunk is '") && !error.contains("EscapeAscii"), "{error}");
    let error = probe(&riff(&[(b"a\"\n\x01", &[])]), &Limits::default()).unwrap_err().to_string();
    assert_eq!(error, r#"malformed webp: its first chunk is 'a\"\n\x01', not 'VP8 ', 'VP8L' or 'VP8X'"#);
}

// Memory reused by a later call

/// The area outside a frame is transparent, whatever the renderer rendered before.
#[test]
fn gif_is_transparent_outside_its_frame() {
    let noise = |i: u32| i.wrapping_mul(2_654_435_761).to_be_bytes()[0];
    let dirty =
        RgbaImage::from_fn(200, 200, |x, y| Rgba([0, 1, 2, 3].map(|c| noise(x * 4 + y * 800 + c) | 1)));
    let dirty = encoded(dirty, image::ImageFormat::Png);
    let files = [reported!("gif_frame_beside_canvas.gif").to_vec(), gif([200, 200], [50, 20, 90, 90], true)];
    for file in files {
        let fresh = |variant: &VariantOptions, output: &OutputOptions| {
            Renderer::new().render(&file, &Request::new(*variant).output(output.clone())).unwrap().bytes
        };
        let side = probe(&file, &Limits::default()).unwrap().width;
        let mut used = Renderer::new();
        for side in [side, side - 1, side / 2, side / 3] {
            for format in [Format::Png, Format::WebP, Format::Gif, Format::Jpeg] {
                let (variant, output) =
                    (VariantOptions::new(Fit::ScaleDown, side, side), OutputOptions::new().format(format));
                used.render(&dirty, &Request::new(variant).output(output.clone())).unwrap();
                let shown = used.render(&file, &Request::new(variant).output(output.clone())).unwrap().bytes;
                assert!(shown == fresh(&variant, &output), "{side} {format}");
            }
        }
    }
}

#[test]
fn generated_test_files_decode_with_the_image_crate() {
    let file = gif([8, 8], [0, 0, 8, 8], false);
    let theirs: RgbImage = image::load_from_memory(&file).unwrap().to_rgb8();
    assert_eq!(DynamicImage::from(pixels(&file)).to_rgb8(), theirs);
}
