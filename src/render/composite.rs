//! Composes the frames of an animation on its canvas
//! ([contract section 9](crate::docs::contract#9-animation)).
//!
//! In: decoded frames, with their positions, blends and disposals. Out: the canvas as it is shown,
//! RGBA, and the part that may have changed. Costs what a frame covers, not what the canvas holds.
//! Must not know of formats.

use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::frame::{Image, Layout, Samples, sample_count};
use crate::render::framing::PixelBox;
use crate::render::header::{Blend, Disposal, SourceFrame};

/// The canvas of an animation.
#[derive(Debug)]
pub(crate) struct Canvas {
    image: Image,
    /// What happens before the next frame is drawn.
    disposal: Option<(PixelBox, Undo)>,
    /// Whether nothing is on the canvas.
    blank: bool,
    /// Whether nothing was on it before the last frame.
    was_blank: bool,
}

/// How the part of the canvas that the last frame covers is left.
#[derive(Debug)]
enum Undo {
    Clear,
    /// What was there before.
    Restore(Vec<u8>),
}

/// How pixels are drawn over others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// No pixel is translucent.
    Binary,
    /// Rounded to the nearest level.
    Rounded,
    /// As libwebp and browsers do, which truncate.
    Truncated,
}

const CHANNELS: usize = 4;

impl Canvas {
    /// A transparent canvas.
    pub(crate) fn new(size: Size, budget: &mut Budget<'_>) -> Result<Self> {
        let count = sample_count(size, Layout::Rgba)
            .ok_or_else(|| Error::new(Stage::Decode, Cause::OutOfMemory(u64::MAX)))?;
        let samples = budget.zeroed::<u8>(Stage::Decode, count)?;
        Ok(Self {
            image: Image::eight(size, Layout::Rgba, samples),
            disposal: None,
            blank: true,
            was_blank: true,
        })
    }

    /// What is shown.
    pub(crate) fn image(&mut self) -> &mut Image {
        &mut self.image
    }

    /// What is shown, until it is put back.
    pub(crate) fn take_image(&mut self) -> Image {
        let empty = Image::eight(self.image.size, Layout::Rgba, Vec::new());
        std::mem::replace(&mut self.image, empty)
    }

    pub(crate) fn put_back(&mut self, image: Image) {
        self.image = image;
    }

    pub(crate) fn into_image(self) -> Image {
        self.image
    }

    /// Undoes the last frame as its disposal says, and draws the next one: `pixels`, or nothing if
    /// they are empty or outside. Returns the part of the canvas that may look different.
    pub(crate) fn draw(
        &mut self,
        frame: &SourceFrame<'_>,
        pixels: Option<&Image>,
        over: Over,
        budget: &mut Budget<'_>,
    ) -> Result<Option<PixelBox>> {
        let undone = self.undo(budget)?;
        self.was_blank = self.blank;
        let Some(covered) = covered(frame, self.image.size) else { return Ok(undone) };
        self.disposal = match frame.disposal {
            Disposal::Keep => None,
            Disposal::Clear => Some((covered, Undo::Clear)),
            Disposal::Restore => Some((covered, Undo::Restore(self.copy(covered, budget)?))),
        };
        // Drawn over nothing, a frame stays as it is; arithmetic would round it.
        let blend = if self.blank { Blend::Replace } else { frame.blend };
        let drawn = match pixels {
            Some(pixels) => self.blend(covered, pixels, blend, over, budget)?,
            None => None,
        };
        self.blank = false;
        Ok(join(undone, drawn))
    }

    fn undo(&mut self, budget: &mut Budget<'_>) -> Result<Option<PixelBox>> {
        let Some((part, undo)) = self.disposal.take() else { return Ok(None) };
        let clears_all = matches!(undo, Undo::Clear) && part == PixelBox::whole(self.image.size);
        self.blank = self.was_blank || clears_all;
        let rows = self.rows(part)?;
        match undo {
            Undo::Clear => {
                for row in rows {
                    budget.check_interrupt(Stage::Decode)?;
                    row.fill(0);
                }
            }
            Undo::Restore(before) => {
                let stride = part.size.width as usize * CHANNELS;
                for (row, before) in rows.zip(before.chunks_exact(stride)) {
                    budget.check_interrupt(Stage::Decode)?;
                    row.copy_from_slice(before);
                }
                budget.release(before.len() as u64);
                budget.recycle(before);
            }
        }
        Ok(Some(part))
    }

    fn copy(&mut self, part: PixelBox, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
        let count = sample_count(part.size, Layout::Rgba).unwrap_or_default();
        let mut copy = budget.zeroed::<u8>(Stage::Decode, count)?;
        let stride = part.size.width as usize * CHANNELS;
        for (row, copy) in self.rows(part)?.zip(copy.chunks_exact_mut(stride)) {
            budget.check_interrupt(Stage::Decode)?;
            copy.copy_from_slice(row);
        }
        Ok(copy)
    }

    /// Draws the top-left part of `pixels` on `part`. Returns a box that contains every pixel that has
    /// changed.
    fn blend(
        &mut self,
        part: PixelBox,
        pixels: &Image,
        blend: Blend,
        over: Over,
        budget: &Budget<'_>,
    ) -> Result<Option<PixelBox>> {
        let Samples::Eight(samples) = &pixels.samples else {
            return Err(Error::internal(Stage::Decode, "the frames of an animation have 8 bits"));
        };
        let channels = pixels.layout.channels();
        let sources = samples.chunks_exact(pixels.size.width as usize * channels);
        let mut changed = Changed::default();
        for (y, (row, source)) in self.rows(part)?.zip(sources).enumerate() {
            budget.check_interrupt(Stage::Decode)?;
            let (row, _) = row.as_chunks_mut::<CHANNELS>();
            let span = match (pixels.layout, blend, over) {
                (Layout::Rgb, ..) => {
                    let (source, _) = source.as_chunks::<3>();
                    draw_row(row, source, |_, &[red, green, blue]| [red, green, blue, u8::MAX])
                }
                (Layout::Rgba, Blend::Replace, _) => {
                    draw_row(row, source.as_chunks::<4>().0, |_, pixel| *pixel)
                }
                (Layout::Rgba, Blend::Over, Over::Binary) => {
                    draw_row(row, source.as_chunks::<4>().0, binary_over)
                }
                (Layout::Rgba, Blend::Over, Over::Rounded) => {
                    draw_row(row, source.as_chunks::<4>().0, rounded_over)
                }
                (Layout::Rgba, Blend::Over, Over::Truncated) => {
                    draw_row(row, source.as_chunks::<4>().0, truncated_over)
                }
                _ => return Err(Error::internal(Stage::Decode, "the frames of an animation are in RGB")),
            };
            changed.add(y, span);
        }
        Ok(changed.within(part))
    }

    /// The part of each row that `part`, which is inside the canvas, covers.
    fn rows(&mut self, part: PixelBox) -> Result<impl Iterator<Item = &mut [u8]>> {
        let Samples::Eight(samples) = &mut self.image.samples else {
            return Err(Error::internal(Stage::Decode, "the canvas of an animation has 8 bits"));
        };
        let stride = self.image.size.width as usize * CHANNELS;
        let (start, width) = (part.x as usize * CHANNELS, part.size.width as usize * CHANNELS);
        let rows = samples.chunks_exact_mut(stride).skip(part.y as usize).take(part.size.height as usize);
        Ok(rows.filter_map(move |row| row.get_mut(start..start + width)))
    }
}

/// The first and the last column that have changed, and the rows.
#[derive(Debug, Default)]
struct Changed {
    columns: Option<(usize, usize)>,
    rows: Option<(usize, usize)>,
}

impl Changed {
    fn add(&mut self, y: usize, span: Option<(usize, usize)>) {
        let Some((first, last)) = span else { return };
        let (left, right) = self.columns.unwrap_or((first, last));
        self.columns = Some((left.min(first), right.max(last)));
        self.rows = Some((self.rows.map_or(y, |(top, _)| top), y));
    }

    /// The same as a box of the canvas.
    fn within(&self, part: PixelBox) -> Option<PixelBox> {
        let ((left, right), (top, bottom)) = (self.columns?, self.rows?);
        let side = |value: usize| u32::try_from(value).unwrap_or_default();
        let size = Size::new(side(right - left + 1), side(bottom - top + 1));
        Some(PixelBox { x: part.x + side(left), y: part.y + side(top), size })
    }
}

/// Pixels that are compared at once.
const STEP: usize = 16;

/// Draws a row. Returns the first and the last column that may have changed, at steps of [`STEP`].
fn draw_row<S>(
    row: &mut [[u8; 4]],
    source: &[S],
    draw: impl Fn([u8; 4], &S) -> [u8; 4],
) -> Option<(usize, usize)> {
    let width = row.len().min(source.len());
    let changes = |start: &usize| {
        let end = (start + STEP).min(width);
        let pairs =
            row.get(*start..end).unwrap_or_default().iter().zip(source.get(*start..end).unwrap_or_default());
        pairs.fold(0, |bits, (pixel, source)| {
            bits | (u32::from_ne_bytes(draw(*pixel, source)) ^ u32::from_ne_bytes(*pixel))
        }) != 0
    };
    let first = (0..width).step_by(STEP).find(changes)?;
    let last = (first..width).step_by(STEP).rev().find(changes).unwrap_or(first);
    let end = (last + STEP).min(width);
    let pairs = row.get_mut(first..end).unwrap_or_default().iter_mut().zip(source.get(first..end)?);
    pairs.for_each(|(pixel, source)| *pixel = draw(*pixel, source));
    Some((first, end - 1))
}

fn binary_over(below: [u8; 4], above: &[u8; 4]) -> [u8; 4] {
    let (above, below) = (u32::from_le_bytes(*above), u32::from_le_bytes(below));
    let shows = if above >> 24 == 0 { 0 } else { u32::MAX };
    (above & shows | below & !shows).to_le_bytes()
}

fn rounded_over(below: [u8; 4], above: &[u8; 4]) -> [u8; 4] {
    match (above[3], below[3]) {
        (0, _) => return below,
        (u8::MAX, _) | (_, 0) => return *above,
        _ => {}
    }
    let (alpha, rest) = (u32::from(above[3]), u32::from(u8::MAX - above[3]) * u32::from(below[3]));
    // Both weights in units of 1/255².
    let (above_weight, below_weight) = (alpha * 255, rest);
    let total = above_weight + below_weight;
    let mix = |channel: usize| {
        let sum = u32::from(above[channel]) * above_weight + u32::from(below[channel]) * below_weight;
        u8::try_from((sum + total / 2) / total).unwrap_or(u8::MAX)
    };
    let alpha = u8::try_from((total + 127) / 255).unwrap_or(u8::MAX);
    [mix(0), mix(1), mix(2), alpha]
}

fn truncated_over(below: [u8; 4], above: &[u8; 4]) -> [u8; 4] {
    match (above[3], below[3]) {
        (0, _) => return below,
        (u8::MAX, _) => return *above,
        _ => {}
    }
    let alpha = u32::from(above[3]);
    let rest = (u32::from(below[3]) * (256 - alpha)) >> 8;
    let total = alpha + rest;
    let scale = (1 << 24) / total;
    let mix = |channel: usize| {
        let sum = u32::from(above[channel]) * alpha + u32::from(below[channel]) * rest;
        u8::try_from((u64::from(sum) * u64::from(scale)) >> 24).unwrap_or(u8::MAX)
    };
    [mix(0), mix(1), mix(2), u8::try_from(total).unwrap_or(u8::MAX)]
}

/// The part of a canvas of `size` that a frame covers.
fn covered(frame: &SourceFrame<'_>, size: Size) -> Option<PixelBox> {
    let span = |start: u32, length: u32, side: u32| {
        let end = start.saturating_add(length).min(side);
        (end > start).then(|| end - start)
    };
    let width = span(frame.left, frame.size.width, size.width)?;
    let height = span(frame.top, frame.size.height, size.height)?;
    Some(PixelBox { x: frame.left, y: frame.top, size: Size::new(width, height) })
}

/// The smallest box that contains both.
pub(crate) fn join(a: Option<PixelBox>, b: Option<PixelBox>) -> Option<PixelBox> {
    let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let right = (a.x + a.size.width).max(b.x + b.size.width);
    let bottom = (a.y + a.size.height).max(b.y + b.size.height);
    Some(PixelBox { x, y, size: Size::new(right - x, bottom - y) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::limits::Limits;
    use crate::render::header::{FrameData, WebPData, WebPFrame};

    /// A frame at a position, with pixels of one color.
    fn frame([left, top, width, height]: [u32; 4], blend: Blend, disposal: Disposal) -> SourceFrame<'static> {
        let rect = [left, top, width, height];
        let data = FrameData::WebP(WebPFrame { bitstream: WebPData::Lossy(&[]), alpha: None, rect });
        let size = Size::new(width, height);
        let (has_alpha, delay, broken) = (true, Duration::ZERO, None);
        SourceFrame { data, left, top, size, has_alpha, delay, blend, disposal, broken }
    }

    /// Draws frames of one color each on a canvas of 3x2 pixels. Returns the red samples of what is
    /// shown after each, or 0 where it is transparent, and what may have changed.
    fn shown(frames: &[(SourceFrame<'_>, [u8; 4])]) -> Vec<([u8; 6], Option<[u32; 4]>)> {
        let limits = Limits::default();
        let budget = &mut Budget::start(&limits, None);
        let mut canvas = Canvas::new(Size::new(3, 2), budget).unwrap();
        let draw = |(frame, color): &(SourceFrame<'_>, [u8; 4])| {
            let samples = color.repeat(usize::try_from(frame.pixels()).unwrap());
            let pixels = Image::eight(frame.size, Layout::Rgba, samples);
            let changed = canvas.draw(frame, Some(&pixels), Over::Rounded, budget).unwrap();
            let Samples::Eight(samples) = &canvas.image().samples else { panic!("8 bits") };
            let (pixels, _) = samples.as_chunks::<4>();
            let red = std::array::from_fn(|i| if pixels[i][3] == 0 { 0 } else { pixels[i][0] });
            (red, changed.map(|PixelBox { x, y, size }| [x, y, size.width, size.height]))
        };
        frames.iter().map(draw).collect()
    }

    #[test]
    fn disposals_take_effect_before_the_next_frame() {
        let (one, two, three) = ([10, 0, 0, 255], [20, 0, 0, 255], [30, 0, 0, 255]);
        let shown = shown(&[
            (frame([0, 0, 3, 2], Blend::Over, Disposal::Keep), one),
            (frame([1, 0, 1, 2], Blend::Over, Disposal::Restore), two),
            (frame([0, 0, 1, 1], Blend::Over, Disposal::Clear), three),
            // Partly, then wholly beyond the canvas.
            (frame([2, 1, 5, 5], Blend::Over, Disposal::Keep), two),
            (frame([3, 0, 5, 5], Blend::Over, Disposal::Keep), three),
        ]);
        let expected = [
            ([10, 10, 10, 10, 10, 10], Some([0, 0, 3, 2])),
            ([10, 20, 10, 10, 20, 10], Some([1, 0, 1, 2])),
            ([30, 10, 10, 10, 10, 10], Some([0, 0, 2, 2])),
            ([0, 10, 10, 10, 10, 20], Some([0, 0, 3, 2])),
            ([0, 10, 10, 10, 10, 20], None),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_frame_replaces_what_is_below_or_lets_it_through() {
        let (below, clear) = ([90, 0, 0, 255], [7, 7, 7, 0]);
        for (blend, expected) in [(Blend::Over, 90), (Blend::Replace, 0)] {
            let shown = shown(&[
                (frame([0, 0, 3, 2], blend, Disposal::Keep), below),
                (frame([0, 0, 3, 2], blend, Disposal::Keep), clear),
            ]);
            assert_eq!(shown[1].0, [expected; 6]);
        }
    }

    #[test]
    fn translucent_pixels_are_rounded_or_a_little_lower() {
        for (above, below) in (0..=255).flat_map(|a: u8| (0..=255).map(move |b: u8| (a, b))) {
            let (color, ground) = ([200, 90, 13, above], [17, 255, 130, below]);
            let (a, b) = (f64::from(above) / 255.0, f64::from(below) / 255.0);
            let total = a + b * (1.0 - a);
            let rounded = rounded_over(ground, &color);
            let truncated = truncated_over(ground, &color);
            assert!((f64::from(rounded[3]) - total * 255.0).abs() <= 0.5 + 1e-9);
            assert!((f64::from(truncated[3]) - total * 255.0).abs() < 2.0);
            for channel in (0..3).filter(|_| above > 0) {
                let [over, under] = [color[channel], ground[channel]].map(f64::from);
                let exact = (over * a + under * b * (1.0 - a)) / total;
                assert!((f64::from(rounded[channel]) - exact).abs() <= 0.5 + 1e-9, "{above} over {below}");
                // Little alpha has few levels, which are what is truncated.
                let lower = exact - f64::from(truncated[channel]);
                assert!((-2.0..=2.5).contains(&lower) || total < 0.5, "{above} over {below}: {lower}");
            }
            if above == 0 {
                assert_eq!((rounded, truncated), (ground, ground));
            }
        }
    }
}
