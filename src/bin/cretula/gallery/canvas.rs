//! The drawing surface of the sheet.
//!
//! In: rectangles, images and text, at integer positions that may be outside. Out: an opaque RGBA
//! image. Must not know what is drawn.

use image::{Rgba, RgbaImage};

use super::text::Font;
use crate::failure::Failure;

pub(super) type Color = [u8; 3];

/// A rectangle in pixels of the sheet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

pub(super) struct Canvas {
    image: RgbaImage,
    font: Font,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32, color: Color) -> Result<Self, Failure> {
        let [red, green, blue] = color;
        let image = RgbaImage::from_pixel(width, height, Rgba([red, green, blue, 255]));
        Ok(Self { image, font: Font::new()? })
    }

    pub(super) fn into_image(self) -> RgbaImage {
        self.image
    }

    /// Blends `color` over a pixel, with `alpha` of 255.
    fn blend(&mut self, x: i64, y: i64, color: Color, alpha: u8) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
        let Some(Rgba([red, green, blue, _])) = self.image.get_pixel_mut_checked(x, y) else { return };
        for (under, over) in [red, green, blue].into_iter().zip(color) {
            let alpha = u32::from(alpha);
            let mixed = (u32::from(over) * alpha + u32::from(*under) * (255 - alpha) + 127) / 255;
            *under = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
    }

    /// A checkerboard, the usual background of transparency.
    pub(super) fn checker(&mut self, rect: Rect, square: i64, colors: [Color; 2]) {
        let [light, dark] = colors;
        for y in 0..rect.height {
            for x in 0..rect.width {
                let color = if (x / square + y / square) % 2 == 0 { light } else { dark };
                self.blend(rect.x + x, rect.y + y, color, 255);
            }
        }
    }

    /// Draws an image over the canvas, with an opacity of `strength` of 255.
    pub(super) fn picture(&mut self, picture: &RgbaImage, x: i64, y: i64, strength: u8) {
        for (px, py, &Rgba([red, green, blue, alpha])) in picture.enumerate_pixels() {
            let alpha = u16::from(alpha) * u16::from(strength) / 255;
            let alpha = u8::try_from(alpha).unwrap_or(u8::MAX);
            self.blend(x + i64::from(px), y + i64::from(py), [red, green, blue], alpha);
        }
    }

    /// A dashed frame around a rectangle.
    pub(super) fn frame(&mut self, rect: Rect, thickness: i64, dash: i64, color: Color) {
        let Rect { x, y, width, height } = rect;
        let (left, top, right, bottom) = (x - thickness, y - thickness, x + width, y + height);
        for t in 0..thickness {
            for i in (0..width + 2 * thickness).filter(|i| i / dash % 2 == 0) {
                self.blend(left + i, top + t, color, 255);
                self.blend(left + i, bottom + t, color, 255);
            }
            for i in (0..height + 2 * thickness).filter(|i| i / dash % 2 == 0) {
                self.blend(left + t, top + i, color, 255);
                self.blend(right + t, top + i, color, 255);
            }
        }
    }

    /// Text with its upper left corner at (x, y); `weight` 2 is bold.
    pub(super) fn text(&mut self, text: &str, (x, y): (i64, i64), height: u32, weight: i64, color: Color) {
        let mut dots = Vec::new();
        self.font.draw(text, height, |dx, dy, coverage| dots.push((dx, dy, coverage)));
        for shift in 0..weight {
            for &(dx, dy, coverage) in &dots {
                self.blend(x + shift + i64::from(dx), y + i64::from(dy), color, coverage);
            }
        }
    }
}
