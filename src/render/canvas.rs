//! Places pixels on the canvas: padding and flattening
//! ([contract section 1.1](crate::docs::contract#11-fit-geometry)).
//!
//! In: upright 8-bit pixels of the placement's `resize` size, and a background. Out: pixels of its
//! `canvas` size, without alpha if the output format has none. Must not know of codecs or of
//! earlier stages.

use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Placement;
use crate::limits::Budget;
use crate::options::Color;
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

/// Whether any background is visible around or behind pixels of `layout`.
pub(crate) fn shows_fill(layout: Layout, placement: &Placement, alpha_out: bool) -> bool {
    placement.canvas != placement.resize || (layout.has_alpha() && !alpha_out)
}

/// Whether pixels of `layout` stay gray on the canvas.
pub(crate) fn stays_gray(layout: Layout, placement: &Placement, fill: Color, alpha_out: bool) -> bool {
    let gray_fill = fill.red == fill.green && fill.green == fill.blue;
    let gray = matches!(layout, Layout::Gray | Layout::GrayAlpha);
    gray && (gray_fill || !shows_fill(layout, placement, alpha_out))
}

/// Pads `pixels` to the canvas, and flattens them on `fill` if the output has no alpha. `fill` is
/// the result of [`fill`], in the color space of the pixels; `alpha_out` states whether the output
/// format has alpha.
pub(crate) fn pad_and_flatten(
    pixels: Image,
    placement: &Placement,
    fill: Color,
    alpha_out: bool,
    budget: &mut Budget<'_>,
) -> Result<Image> {
    if !shows_fill(pixels.layout, placement, alpha_out) {
        return Ok(pixels);
    }
    let pads = placement.canvas != placement.resize;
    let Samples::Eight(samples) = &pixels.samples else {
        return Err(Error::new(
            Stage::Canvas,
            Cause::Internal("the canvas stage takes 8-bit samples".to_owned()),
        ));
    };
    let gray = stays_gray(pixels.layout, placement, fill, alpha_out);
    let alpha = alpha_out && (pixels.layout.has_alpha() || (pads && fill.alpha < u8::MAX));
    // The smallest layout for the picture and, if it shows, the background.
    let layout = match (gray, alpha) {
        (true, false) => Layout::Gray,
        (true, true) => Layout::GrayAlpha,
        (false, false) => Layout::Rgb,
        (false, true) => Layout::Rgba,
    };
    let canvas = placement.canvas;
    let len = sample_count(canvas, layout)
        .ok_or_else(|| Error::new(Stage::Canvas, Cause::OutOfMemory(u64::MAX)))?;
    let mut target = budget.zeroed::<u8>(Stage::Canvas, len)?;

    let channels = layout.channels();
    if pads {
        let color = [fill.red, fill.green, fill.blue, fill.alpha];
        let pattern: &[u8] = match layout {
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
    }
    budget.release(pixels.samples.bytes());
    Ok(Image::eight(canvas, layout, target))
}

/// Pixels processed between interrupt checks.
const CHECK_INTERVAL: usize = 512 << 10;

fn opaque(background: Color) -> Color {
    let [red, green, blue] = background.on_white();
    Color::opaque(red, green, blue)
}

/// Converts one row. If only the source has alpha, its pixels are blended over `fill`.
fn convert_row(from: &[u8], source: Layout, to: &mut [u8], target: Layout, fill: Color) {
    if source == target {
        to.copy_from_slice(from);
        return;
    }
    let pixels = from.chunks_exact(source.channels()).zip(to.chunks_exact_mut(target.channels()));
    for (from, to) in pixels {
        let (color, alpha) = match *from {
            [gray] => ([gray; 3], u8::MAX),
            [gray, alpha] => ([gray; 3], alpha),
            [red, green, blue] => ([red, green, blue], u8::MAX),
            [red, green, blue, alpha] => ([red, green, blue], alpha),
            _ => continue,
        };
        let blended = || {
            let background = [fill.red, fill.green, fill.blue];
            std::array::from_fn(|i| {
                multiply(color[i], alpha).saturating_add(multiply(background[i], u8::MAX - alpha))
            })
        };
        match to {
            [gray] => [*gray, _, _] = blended(),
            [gray, a] => (*gray, *a) = (color[0], alpha),
            [red, green, blue] => [*red, *green, *blue] = blended(),
            [red, green, blue, a] => ([*red, *green, *blue], *a) = (color, alpha),
            _ => {}
        }
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
    use crate::geometry::{Bounds, Fit, Size, place};
    use crate::limits::Limits;

    fn padded(pixels: Image, background: Color, alpha_out: bool) -> Image {
        let limits = Limits::default();
        let placement = place(Size::new(2, 1), Bounds { width: Some(2), height: Some(3) }, Fit::Pad).unwrap();
        let fill = fill(background, alpha_out);
        pad_and_flatten(pixels, &placement, fill, alpha_out, &mut Budget::start(&limits, None)).unwrap()
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
