//! Places pixels on the canvas: padding and flattening
//! ([contract section 1.1](crate::docs::contract#11-fit-geometry)).
//!
//! In: upright pixels of the placement's `resize` size, and a background. Out: pixels of its
//! `canvas` size, without alpha if the output format has none. Must not know of codecs or of
//! earlier stages.

use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::{CropBox, Offset, Placement, Size};
use crate::limits::Budget;
use crate::options::{Border, Color};
use crate::render::frame::{Image, Layout, Samples, multiply, sample_count};

/// The background as the output shows it. `alpha_out` states whether the output format has alpha.
pub(crate) fn fill(background: Color, alpha_out: bool) -> Color {
    match (alpha_out, background.alpha) {
        (false, _) => opaque(background),
        // Invisible pixels get no color, so that gray stays gray and they compress well.
        (true, 0) => Color { red: 0, green: 0, blue: 0, alpha: 0 },
        (true, _) => background,
    }
}

/// What becomes of a picture's transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transparency {
    /// It stays as it is.
    Kept,
    /// The background, translucent itself, goes under the picture.
    Filled,
    /// The background, opaque, goes under the picture, and no alpha is left.
    Flattened,
}

impl Transparency {
    /// `alpha_out` states whether the output format has alpha, `background` is the color that is to go
    /// under the picture.
    pub(crate) fn new(alpha_out: bool, background: Option<Color>) -> Self {
        match background {
            _ if !alpha_out => Self::Flattened,
            None => Self::Kept,
            Some(Color { alpha: u8::MAX, .. }) => Self::Flattened,
            Some(_) => Self::Filled,
        }
    }
}

/// Whether any background is visible around or behind pixels of `layout`.
pub(crate) fn shows_fill(layout: Layout, placement: &Placement, transparency: Transparency) -> bool {
    placement.canvas != placement.resize || (layout.has_alpha() && transparency != Transparency::Kept)
}

/// Whether pixels of `layout` stay gray beside the colors that show.
pub(crate) fn stays_gray(layout: Layout, shown: [Option<Color>; 2]) -> bool {
    let is_gray = |color: &Color| color.red == color.green && color.green == color.blue;
    matches!(layout, Layout::Gray | Layout::GrayAlpha) && shown.iter().flatten().all(is_gray)
}

/// The size of a canvas with its border.
pub(crate) fn bordered(canvas: Size, border: &Border) -> Size {
    Size {
        width: canvas.width.saturating_add(border.left).saturating_add(border.right),
        height: canvas.height.saturating_add(border.top).saturating_add(border.bottom),
    }
}

/// Puts a border of `color`, which is the result of [`fill`] in the color space of the pixels,
/// around the canvas, whose transparency is kept if the output format has alpha.
pub(crate) fn add_border(
    pixels: Image,
    border: &Border,
    color: Color,
    alpha_out: bool,
    budget: &mut Budget<'_>,
) -> Result<Image> {
    if border.is_none() {
        return Ok(pixels);
    }
    let size = pixels.size;
    let placement = Placement {
        source: size,
        crop: CropBox { x: 0.0, y: 0.0, width: size.width.into(), height: size.height.into() },
        resize: size,
        canvas: bordered(size, border),
        offset: Offset { x: border.left, y: border.top },
    };
    pad_and_flatten(pixels, &placement, color, Transparency::new(alpha_out, None), budget)
}

/// Pads `pixels` to the canvas, and puts `fill` under them unless their transparency is kept. `fill`
/// is the result of [`fill`], in the color space of the pixels.
pub(crate) fn pad_and_flatten(
    pixels: Image,
    placement: &Placement,
    fill: Color,
    transparency: Transparency,
    budget: &mut Budget<'_>,
) -> Result<Image> {
    if !shows_fill(pixels.layout, placement, transparency) {
        return Ok(pixels);
    }
    let pads = placement.canvas != placement.resize;
    let gray = stays_gray(pixels.layout, [Some(fill), None]);
    let alpha = transparency != Transparency::Flattened
        && (pixels.layout.has_alpha() || (pads && fill.alpha < u8::MAX));
    // The smallest layout for the picture and, if it shows, the background.
    let layout = match (gray, alpha) {
        (true, false) => Layout::Gray,
        (true, true) => Layout::GrayAlpha,
        (false, false) => Layout::Rgb,
        (false, true) => Layout::Rgba,
    };
    let fills = transparency == Transparency::Filled && pixels.layout.has_alpha();
    let ground = Ground { placement, fill, pads, fills, layout };
    let samples = match &pixels.samples {
        Samples::Eight(samples) => Samples::Eight(ground.under(samples, &pixels, budget)?),
        Samples::Sixteen(samples) => Samples::Sixteen(ground.under(samples, &pixels, budget)?),
    };
    budget.release(pixels.samples.bytes());
    Ok(Image { size: placement.canvas, layout, samples })
}

/// A canvas and its background.
struct Ground<'a> {
    placement: &'a Placement,
    fill: Color,
    /// Whether the canvas is larger than the picture.
    pads: bool,
    /// Whether the background goes under the picture, which keeps alpha.
    fills: bool,
    /// The layout of the canvas.
    layout: Layout,
}

impl Ground<'_> {
    /// The canvas with `samples`, which are those of `pixels`, on it.
    fn under<T: Level>(&self, samples: &[T], pixels: &Image, budget: &mut Budget<'_>) -> Result<Vec<T>> {
        let Self { placement, fill, pads, fills, layout } = *self;
        let canvas = placement.canvas;
        let len = sample_count(canvas, layout)
            .ok_or_else(|| Error::new(Stage::Canvas, Cause::OutOfMemory(u64::MAX)))?;
        let mut target = budget.zeroed::<T>(Stage::Canvas, len)?;
        let channels = layout.channels();
        if pads {
            let color = [fill.red, fill.green, fill.blue, fill.alpha].map(T::from_eight);
            let pattern: &[T] = match layout {
                Layout::Gray => &color[..1],
                Layout::GrayAlpha => &[color[0], color[3]],
                Layout::Rgb => &color[..3],
                Layout::Rgba | Layout::Cmyk => &color,
            };
            for chunk in target.chunks_mut(CHECK_INTERVAL * channels) {
                budget.check_interrupt(Stage::Canvas)?;
                chunk.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(pattern));
            }
        }
        let (width, left) = (pixels.size.width as usize, placement.offset.x as usize * channels);
        let source_rows = samples.chunks_exact(width * pixels.layout.channels());
        let target_rows =
            target.chunks_exact_mut(canvas.width as usize * channels).skip(placement.offset.y as usize);
        let check_rows = CHECK_INTERVAL / width + 1;
        for (row, (from, to)) in source_rows.zip(target_rows).enumerate() {
            if row % check_rows == 0 {
                budget.check_interrupt(Stage::Canvas)?;
            }
            let to = &mut to[left..left + width * channels];
            convert_row(from, pixels.layout, to, layout, fill);
            if fills {
                fill_row(to, layout, fill);
            }
        }
        Ok(target)
    }
}

/// A sample of 8 or 16 bits.
trait Level: bytemuck::Pod + TryFrom<u64> + Into<u64> {
    const FULL: Self;

    fn from_eight(level: u8) -> Self;

    /// `color` with the opacity `alpha` over `ground`.
    fn over(color: Self, alpha: Self, ground: Self) -> Self;
}

impl Level for u8 {
    const FULL: Self = Self::MAX;

    fn from_eight(level: u8) -> Self {
        level
    }

    fn over(color: Self, alpha: Self, ground: Self) -> Self {
        multiply(color, alpha).saturating_add(multiply(ground, Self::MAX - alpha))
    }
}

impl Level for u16 {
    const FULL: Self = Self::MAX;

    fn from_eight(level: u8) -> Self {
        Self::from(level) * 257
    }

    fn over(color: Self, alpha: Self, ground: Self) -> Self {
        let [color, alpha, ground, full] = [color, alpha, ground, Self::MAX].map(u64::from);
        let blended = (color * alpha + ground * (full - alpha) + full / 2) / full;
        Self::try_from(blended).unwrap_or(Self::MAX)
    }
}

/// Pixels processed between interrupt checks.
const CHECK_INTERVAL: usize = 512 << 10;

fn opaque(background: Color) -> Color {
    let [red, green, blue] = background.on_white();
    Color::opaque(red, green, blue)
}

/// Converts one row. If only the source has alpha, its pixels are blended over `fill`.
fn convert_row<T: Level>(from: &[T], source: Layout, to: &mut [T], target: Layout, fill: Color) {
    if source == target {
        to.copy_from_slice(from);
        return;
    }
    let ground = [fill.red, fill.green, fill.blue].map(T::from_eight);
    let pixels = from.chunks_exact(source.channels()).zip(to.chunks_exact_mut(target.channels()));
    for (from, to) in pixels {
        let (color, alpha) = match *from {
            [gray] => ([gray; 3], T::FULL),
            [gray, alpha] => ([gray; 3], alpha),
            [red, green, blue] => ([red, green, blue], T::FULL),
            [red, green, blue, alpha] => ([red, green, blue], alpha),
            _ => continue,
        };
        let blended = || std::array::from_fn(|i| T::over(color[i], alpha, ground[i]));
        match to {
            [gray] => [*gray, _, _] = blended(),
            [gray, a] => (*gray, *a) = (color[0], alpha),
            [red, green, blue] => [*red, *green, *blue] = blended(),
            [red, green, blue, a] => ([*red, *green, *blue], *a) = (color, alpha),
            _ => {}
        }
    }
}

/// Puts `fill` under the pixels of one row, which have alpha.
fn fill_row<T: Level>(row: &mut [T], layout: Layout, fill: Color) {
    let full: u64 = T::FULL.into();
    let ground = [fill.red, fill.green, fill.blue].map(|level| T::from_eight(level).into());
    let ground_alpha: u64 = T::from_eight(fill.alpha).into();
    for pixel in row.chunks_exact_mut(layout.channels()) {
        let Some((alpha, colors)) = pixel.split_last_mut() else { continue };
        let own: u64 = (*alpha).into() * full;
        let below = ground_alpha * (full - (*alpha).into());
        let both = own + below;
        for (color, ground) in colors.iter_mut().zip(ground) {
            let mixed = ((*color).into() * own + ground * below + both / 2).checked_div(both).unwrap_or(0);
            *color = T::try_from(mixed).unwrap_or(T::FULL);
        }
        *alpha = T::try_from((both + full / 2) / full).unwrap_or(T::FULL);
    }
}

/// Converts any layout except CMYK to RGBA.
pub(crate) fn to_rgba(pixels: Image, budget: &mut Budget<'_>) -> Result<Image> {
    let Samples::Eight(samples) = &pixels.samples else {
        return Err(Error::internal(Stage::Canvas, "the canvas takes 8-bit samples"));
    };
    let pixel: fn(&[u8]) -> [u8; 4] = match pixels.layout {
        Layout::Gray => |gray| [gray[0], gray[0], gray[0], u8::MAX],
        Layout::GrayAlpha => |gray| [gray[0], gray[0], gray[0], gray[1]],
        Layout::Rgb => |rgb| [rgb[0], rgb[1], rgb[2], u8::MAX],
        Layout::Rgba => return Ok(pixels),
        Layout::Cmyk => return Err(Error::internal(Stage::Canvas, "CMYK was not converted")),
    };
    let count = sample_count(pixels.size, Layout::Rgba)
        .ok_or_else(|| Error::new(Stage::Canvas, Cause::OutOfMemory(u64::MAX)))?;
    let mut target = budget.zeroed::<u8>(Stage::Canvas, count)?;
    let sources = samples.chunks_exact(pixels.layout.channels());
    for (target, source) in target.as_chunks_mut::<4>().0.iter_mut().zip(sources) {
        *target = pixel(source);
    }
    budget.release(pixels.samples.bytes());
    Ok(Image::eight(pixels.size, Layout::Rgba, target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Bounds, Fit, Gravity, place};
    use crate::limits::Limits;

    fn padded(pixels: Image, background: Color, alpha_out: bool) -> Image {
        let limits = Limits::default();
        let placement =
            place(Size::new(2, 1), Bounds { width: Some(2), height: Some(3) }, Fit::Pad, Gravity::HALVES)
                .unwrap();
        let fill = fill(background, alpha_out);
        let transparency = Transparency::new(alpha_out, None);
        pad_and_flatten(pixels, &placement, fill, transparency, &mut Budget::start(&limits, None)).unwrap()
    }

    #[test]
    fn sixteen_bits_are_padded_and_flattened_as_eight() {
        let wide = |samples: &[u8]| samples.iter().map(|&level| u16::from(level) * 257).collect::<Vec<_>>();
        for (layout, samples) in [
            (Layout::GrayAlpha, &[7, 128, 200, 255][..]),
            (Layout::Rgba, &[1, 2, 3, 0, 40, 50, 60, 255]),
            (Layout::Rgb, &[1, 2, 3, 40, 50, 60]),
        ] {
            for alpha_out in [false, true] {
                let color = Color { red: 9, green: 80, blue: 250, alpha: 255 };
                let slim = padded(row(layout, samples), color, alpha_out);
                let image = Image { size: Size::new(2, 1), layout, samples: Samples::Sixteen(wide(samples)) };
                let wide_canvas = padded(image, color, alpha_out);
                assert_eq!((wide_canvas.size, wide_canvas.layout), (slim.size, slim.layout));
                let (Samples::Eight(slim), Samples::Sixteen(found)) = (slim.samples, wide_canvas.samples)
                else {
                    panic!("other depths");
                };
                assert!(found.iter().zip(&slim).all(|(&a, &b)| a.abs_diff(u16::from(b) * 257) <= 257));
            }
        }
    }

    fn row(layout: Layout, samples: &[u8]) -> Image {
        Image::eight(Size::new(2, 1), layout, samples.to_vec())
    }

    #[test]
    fn gray_stays_gray_on_white_and_becomes_rgb_on_a_color() {
        let white = padded(row(Layout::Gray, &[10, 20]), Color::WHITE, false);
        assert_eq!(white, Image::eight(Size::new(2, 3), Layout::Gray, vec![255, 255, 10, 20, 255, 255]));
        let red = padded(row(Layout::Gray, &[10, 20]), Color::opaque(255, 0, 0), false);
        let samples = vec![255, 0, 0, 255, 0, 0, 10, 10, 10, 20, 20, 20, 255, 0, 0, 255, 0, 0];
        assert_eq!(red, Image::eight(Size::new(2, 3), Layout::Rgb, samples));
    }

    #[test]
    fn alpha_stays_inside_opaque_padding_and_is_flattened_without_output_alpha() {
        let source = row(Layout::GrayAlpha, &[0, 0, 0, 128]);
        let transparent = padded(source.clone(), Color::WHITE, true);
        let samples = vec![255, 255, 255, 255, 0, 0, 0, 128, 255, 255, 255, 255];
        assert_eq!(transparent, Image::eight(Size::new(2, 3), Layout::GrayAlpha, samples));
        let flat = padded(source, Color::WHITE, false);
        assert_eq!(flat, Image::eight(Size::new(2, 3), Layout::Gray, vec![255, 255, 255, 127, 255, 255]));
    }

    #[test]
    fn a_background_that_is_given_goes_under_the_picture() {
        let on = |ground: Color, samples: &[u8]| {
            let (limits, size) = (Limits::default(), Size::new(2, 1));
            let crop = CropBox { x: 0.0, y: 0.0, width: 2.0, height: 1.0 };
            let placement =
                Placement { source: size, crop, resize: size, canvas: size, offset: Offset { x: 0, y: 0 } };
            let transparency = Transparency::new(true, Some(ground));
            let mut budget = Budget::start(&limits, None);
            let image = Image::eight(size, Layout::Rgba, samples.to_vec());
            pad_and_flatten(image, &placement, ground, transparency, &mut budget).unwrap()
        };
        let pixels = [200, 100, 0, 255, 200, 100, 0, 51];
        let opaque = on(Color::opaque(0, 0, 250), &pixels);
        assert_eq!(opaque, Image::eight(Size::new(2, 1), Layout::Rgb, vec![200, 100, 0, 40, 20, 200]));
        // 51/255 of the picture over 4/5 of half of the ground: alpha 0.2 + 0.8 * 0.4 = 0.52.
        let translucent = on(Color { red: 0, green: 0, blue: 250, alpha: 102 }, &pixels);
        let expected = vec![200, 100, 0, 255, 77, 38, 154, 133];
        assert_eq!(translucent, Image::eight(Size::new(2, 1), Layout::Rgba, expected));
        let clear = on(Color { red: 0, green: 0, blue: 250, alpha: 102 }, &[9, 9, 9, 0, 9, 9, 9, 255]);
        assert_eq!(clear, Image::eight(Size::new(2, 1), Layout::Rgba, vec![0, 0, 250, 102, 9, 9, 9, 255]));
    }

    #[test]
    fn translucent_padding_adds_alpha_to_an_opaque_source() {
        let translucent = Color { red: 1, green: 2, blue: 3, alpha: 4 };
        let canvas = padded(row(Layout::Rgb, &[9; 6]), translucent, true);
        assert_eq!(canvas.layout, Layout::Rgba);
        let Samples::Eight(samples) = canvas.samples else { unreachable!("8 bits in, 8 bits out") };
        assert_eq!(samples[..4], [1, 2, 3, 4]);
        assert_eq!(samples[8..12], [9, 9, 9, 255]);
    }

    #[test]
    fn a_transparent_background_has_no_color() {
        let transparent = Color { red: 1, green: 2, blue: 3, alpha: 0 };
        let canvas = padded(row(Layout::Gray, &[9, 9]), transparent, true);
        let samples = vec![0, 0, 0, 0, 9, 255, 9, 255, 0, 0, 0, 0];
        assert_eq!(canvas, Image::eight(Size::new(2, 3), Layout::GrayAlpha, samples));
    }
}
