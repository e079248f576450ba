//! Text on the sheet.
//!
//! In: text and a height in pixels. Out: pixel coverage, 0 to 255, from the Spleen font (32x64 dots
//! per character) scaled to that height. Must not know of colors or positions.

use spleen_font::{FONT_32X64, PSF2Font};

use crate::failure::Failure;

const DOTS_WIDE: u32 = 32;
const DOTS_HIGH: u32 = 64;
/// Samples along each side of a pixel.
const SAMPLES: u32 = 4;

/// A font of one face and any height.
pub(super) struct Font(PSF2Font<'static>);

impl Font {
    pub(super) fn new() -> Result<Self, Failure> {
        match PSF2Font::new(FONT_32X64) {
            Ok(font) => Ok(Self(font)),
            Err(_) => Err(Failure::internal("the built-in font cannot be read")),
        }
    }

    /// The width of a text: every character is half as wide as high.
    pub(super) fn width(text: &str, height: u32) -> u32 {
        u32::try_from(text.chars().count()).unwrap_or(u32::MAX).saturating_mul(height / 2)
    }

    /// Calls `dot(x, y, coverage)` for each covered pixel. Characters missing from the font become
    /// `?`.
    pub(super) fn draw(&mut self, text: &str, height: u32, mut dot: impl FnMut(u32, u32, u8)) {
        let width = height / 2;
        let mut left = 0;
        for character in text.chars() {
            let dots = self.dots(character);
            for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                let coverage = coverage(&dots, (x, y), (width, height));
                if coverage > 0 {
                    dot(left + x, y, coverage);
                }
            }
            left += width;
        }
    }

    fn dots(&mut self, character: char) -> Vec<Vec<bool>> {
        let mut utf8 = [0; 4];
        let known = self.0.glyph_for_utf8(character.encode_utf8(&mut utf8).as_bytes()).is_some();
        let wanted = if known { character } else { '?' };
        match self.0.glyph_for_utf8(wanted.encode_utf8(&mut utf8).as_bytes()) {
            Some(glyph) => glyph.map(|row| row.collect()).collect(),
            None => Vec::new(),
        }
    }
}

/// The part of a pixel that is covered by dots.
fn coverage(dots: &[Vec<bool>], (x, y): (u32, u32), (width, height): (u32, u32)) -> u8 {
    let at = |pixel: u32, sample: u32, pixels: u32, dots: u32| {
        ((pixel * SAMPLES + sample) * 2 + 1) * dots / (pixels * SAMPLES * 2)
    };
    let mut hits = 0;
    for (i, j) in (0..SAMPLES).flat_map(|j| (0..SAMPLES).map(move |i| (i, j))) {
        let (column, row) = (at(x, i, width, DOTS_WIDE), at(y, j, height, DOTS_HIGH));
        let on = dots.get(row as usize).and_then(|row| row.get(column as usize));
        hits += u32::from(on == Some(&true));
    }
    u8::try_from(hits * 255 / (SAMPLES * SAMPLES)).unwrap_or(u8::MAX)
}
