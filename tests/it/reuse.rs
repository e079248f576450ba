//! A used renderer gives the same bytes as a new one: no pixel of an earlier image appears in a
//! later one.

use std::collections::HashMap;
use std::fs;

use cretula::{
    Damaged, Fit, Format, Limits, OutputOptions, Rendered, Renderer, Request, VariantOptions, probe,
};
use image::{DynamicImage, ImageFormat};

use crate::corpus::{corpus, own_images};

/// The largest file, in bytes, tested here. `tests/reference/reuse.py` tests all of them.
const LARGEST: u64 = 8 << 10;

/// Every twelfth file of the larger corpus is tested here.
const STEP: usize = 12;

const FORMATS: [Format; 4] = [Format::Jpeg, Format::Png, Format::WebP, Format::Gif];

fn noise(length: usize) -> Vec<u8> {
    let mut state = 12_345_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0] | 1
    };
    (0..length).map(|_| next()).collect()
}

/// Noise of the given size in every layout that a decoder produces: gray and RGB, with and without
/// alpha, with 8 and 16 bits; YCbCr planes.
pub(crate) fn every_layout(width: u32, height: u32) -> Vec<Vec<u8>> {
    let samples = noise(width as usize * height as usize * 8);
    let wide: Vec<u16> = samples.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    let count = width as usize * height as usize;
    let buffer = |channels: usize| samples[..count * channels].to_vec();
    let wide = |channels: usize| wide[..count * channels].to_vec();
    let (w, h) = (width, height);
    let pictures: [DynamicImage; 8] = [
        image::ImageBuffer::from_raw(w, h, buffer(1)).map(DynamicImage::ImageLuma8).unwrap(),
        image::ImageBuffer::from_raw(w, h, buffer(2)).map(DynamicImage::ImageLumaA8).unwrap(),
        image::ImageBuffer::from_raw(w, h, buffer(3)).map(DynamicImage::ImageRgb8).unwrap(),
        image::ImageBuffer::from_raw(w, h, buffer(4)).map(DynamicImage::ImageRgba8).unwrap(),
        image::ImageBuffer::from_raw(w, h, wide(1)).map(DynamicImage::ImageLuma16).unwrap(),
        image::ImageBuffer::from_raw(w, h, wide(2)).map(DynamicImage::ImageLumaA16).unwrap(),
        image::ImageBuffer::from_raw(w, h, wide(3)).map(DynamicImage::ImageRgb16).unwrap(),
        image::ImageBuffer::from_raw(w, h, wide(4)).map(DynamicImage::ImageRgba16).unwrap(),
    ];
    let encoded = |picture: &DynamicImage, format| {
        let mut file = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    let mut files: Vec<Vec<u8>> = pictures.iter().map(|picture| encoded(picture, ImageFormat::Png)).collect();
    files.push(encoded(&pictures[3], ImageFormat::WebP));
    files.push(encoded(&pictures[3], ImageFormat::Gif));
    let same = VariantOptions::new(Fit::ScaleDown, width, height);
    for (picture, format) in [(0, Format::Jpeg), (2, Format::Jpeg), (2, Format::WebP), (3, Format::WebP)] {
        let output = OutputOptions::new().format(format);
        files.push(
            Renderer::new()
                .render(&files[picture], &Request::new(same).output(output.clone()))
                .unwrap()
                .bytes,
        );
    }
    files
}

fn answer(renderer: &mut Renderer, bytes: &[u8], way: &Request) -> Result<Rendered, String> {
    renderer.render(bytes, way).map_err(|error| error.to_string())
}

/// The pictures that a renderer has rendered before, in every layout, by size.
type Dirt = HashMap<(u32, u32), Vec<Vec<u8>>>;

/// Renders at sizes just below the source's and at half of it, where most buffers of one call fit
/// the next; in all formats.
fn check(name: &str, bytes: &[u8], used: &mut Renderer, dirt: &mut Dirt) {
    let Ok(info) = probe(bytes, &Limits::default()) else { return };
    let size = (info.width.clamp(1, 200), info.height.clamp(1, 200));
    let dirt = dirt.entry(size).or_insert_with(|| every_layout(size.0, size.1));
    let ways = [1, 2].into_iter().flat_map(|divisor| {
        let side = |side: u32| if divisor == 1 { side.saturating_sub(1).max(1) } else { side.div_ceil(2) };
        let variant = VariantOptions::new(Fit::ScaleDown, side(info.width), side(info.height));
        FORMATS.map(|format| {
            Request::new(variant).output(OutputOptions::new().format(format)).damaged(Damaged::Accept)
        })
    });
    for (number, way) in ways.enumerate() {
        for dirt in dirt.iter().skip(number % 7).step_by(7) {
            let _ = answer(used, dirt, &way);
        }
        let (shown, alone) = (answer(used, bytes, &way), answer(&mut Renderer::new(), bytes, &way));
        assert!(shown == alone, "{name}: different result on a used renderer: {way:?}");
    }
}

#[test]
fn a_used_renderer_gives_the_bytes_of_a_fresh_one() {
    let (mut used, mut dirt) = (Renderer::new(), Dirt::new());
    for (number, file) in every_layout(90, 70).iter().enumerate() {
        check(&format!("layout {number}"), file, &mut used, &mut dirt);
        check(&format!("half of layout {number}"), &file[..file.len() / 2], &mut used, &mut dirt);
    }
    let others = corpus("").into_iter().step_by(STEP);
    let mut seen = 0;
    for path in own_images().into_iter().chain(others) {
        if fs::metadata(&path).unwrap().len() <= LARGEST {
            seen += 1;
            check(&path.display().to_string(), &fs::read(&path).unwrap(), &mut used, &mut dirt);
        }
    }
    assert!(seen > 20, "only {seen} files");
}
