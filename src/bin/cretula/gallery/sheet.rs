//! The contact sheet: a row for each box, a column for each fit.
//!
//! In: the image and its variants. Out: one image. Each cell shows the variant, the box (dashed)
//! and, faintly, the cropped parts; all cells of a row have the same scale. Must not compute
//! geometry: that comes from the `Placement`.

use cretula::{Placement, Renderer};
use image::RgbaImage;

use super::canvas::{Canvas, Color, Rect};
use super::pictures;
use super::rows::{Cell, Row, Source};
use super::text::Font;
use crate::failure::Failure;

const PAPER: Color = [0xe8, 0xea, 0xee];
const INK: Color = [0x16, 0x1b, 0x22];
const GRAY: Color = [0x5c, 0x66, 0x73];
const ACCENT: Color = [0xd6, 0x2f, 0x4b];
const CHECKER: [Color; 2] = [[0xff, 0xff, 0xff], [0xd4, 0xd8, 0xde]];

const MARGIN: i64 = 56;
const COLUMN: i64 = 290;
const GAP: i64 = 26;
const TALLEST: i64 = 330;
const TITLE: u32 = 44;
const NAME: u32 = 34;
const SMALL: u32 = 26;
const CAPTION: i64 = 126;
/// Opacity of the cropped parts, of 255.
const FAINT: u8 = 66;

/// Draws the sheet.
pub(super) fn draw(source: &Source, rows: &[Row], renderer: &mut Renderer) -> Result<RgbaImage, Failure> {
    let columns = 6;
    let width = 2 * MARGIN + columns * COLUMN + (columns - 1) * GAP;
    let head = MARGIN + i64::from(TITLE) + i64::from(SMALL) + 20;
    let layouts: Vec<Layout> = rows.iter().map(|row| Layout::new(source, row)).collect();
    let height = head + layouts.iter().map(Layout::height).sum::<i64>() + MARGIN;
    let (Ok(sheet_width), Ok(sheet_height)) = (u32::try_from(width), u32::try_from(height)) else {
        return Err(Failure::internal("the sheet is too large"));
    };

    let mut canvas = Canvas::new(sheet_width, sheet_height, PAPER)?;
    let (picture_width, picture_height) = source.full;
    let title =
        fitted(&format!("{}, {picture_width} × {picture_height}", source.name), TITLE, width - 2 * MARGIN);
    canvas.text(&title, (MARGIN, MARGIN - 8), TITLE, 2, INK);
    let legend = "dashed: the requested box · faint: cropped parts";
    canvas.text(legend, (MARGIN, MARGIN + i64::from(TITLE) + 4), SMALL, 1, GRAY);

    let mut top = head;
    for (row, layout) in rows.iter().zip(&layouts) {
        layout.draw(&mut canvas, top, source, row, renderer)?;
        top += layout.height();
    }
    Ok(canvas.into_image())
}

/// The layout of a row.
struct Layout {
    /// Pixels of the sheet per pixel of a variant.
    scale: f64,
    source_scale: f64,
    /// Height of the part with the images.
    pictures: i64,
}

impl Layout {
    fn new(source: &Source, row: &Row) -> Self {
        let bounds = (f64::from(row.bounds.size.0), f64::from(row.bounds.size.1));
        let mut largest = bounds;
        for cell in &row.cells {
            let whole = Whole::of(&cell.placement);
            // Everything is centered on the box, so the larger extent decides.
            largest = (largest.0.max(whole.width), largest.1.max(whole.height));
        }
        let size = (f64::from(source.size.0), f64::from(source.size.1));
        let with_box = (size.0.max(bounds.0), size.1.max(bounds.1));
        let scale = scale_to_fit(largest);
        let source_scale = scale_to_fit(with_box).min(scale);
        let tallest = (largest.1 * scale).max(with_box.1 * source_scale);
        Self { scale, source_scale, pictures: round(tallest) }
    }

    fn height(&self) -> i64 {
        GAP + i64::from(SMALL) + 16 + CAPTION + self.pictures + GAP
    }

    fn draw(
        &self,
        canvas: &mut Canvas,
        top: i64,
        source: &Source,
        row: &Row,
        renderer: &mut Renderer,
    ) -> Result<(), Failure> {
        let (width, height) = row.bounds.size;
        let relation = if row.bounds.relation.is_empty() { "" } else { ", " };
        let title = format!("box {width} × {height}{relation}{}", row.bounds.relation);
        canvas.text(&title, (MARGIN, top + GAP), SMALL, 2, ACCENT);

        let top = top + GAP + i64::from(SMALL) + 16;
        let middle = top + CAPTION + self.pictures / 2;
        let (shown_width, shown_height) = source.size;
        let note = if source.full == source.size { "" } else { "a smaller copy" };
        caption(canvas, 0, top, ["image", &format!("{shown_width} × {shown_height}"), note]);
        let own = scaled_size(source.size, self.source_scale);
        let picture = pictures::at_size(renderer, &source.bytes, source.size, own)?;
        let at = centered(0, middle, own);
        canvas.checker(at, 10, CHECKER);
        canvas.picture(&picture, at.x, at.y, 255);
        canvas.frame(centered(0, middle, scaled_size(row.bounds.size, self.source_scale)), 3, 10, ACCENT);

        for (column, cell) in (1..).zip(&row.cells) {
            let (width, height) = (cell.rendered.info.width, cell.rendered.info.height);
            let size = format!("{width} × {height}");
            caption(canvas, column, top, [cell.fit.as_str(), &size, &summary(&cell.placement)]);
            self.cell(canvas, column, middle, source, cell, renderer)?;
            canvas.frame(centered(column, middle, scaled_size(row.bounds.size, self.scale)), 3, 10, ACCENT);
        }
        Ok(())
    }

    fn cell(
        &self,
        canvas: &mut Canvas,
        column: i64,
        middle: i64,
        source: &Source,
        cell: &Cell,
        renderer: &mut Renderer,
    ) -> Result<(), Failure> {
        let whole = Whole::of(&cell.placement);
        if whole.is_cropped {
            let size = scaled_sides(whole.width * self.scale, whole.height * self.scale);
            let picture = pictures::at_size(renderer, &source.bytes, source.size, size)?;
            let at = centered(column, middle, size);
            canvas.picture(&picture, at.x, at.y, FAINT);
        }
        let (own, bytes) = ((cell.rendered.info.width, cell.rendered.info.height), &cell.rendered.bytes);
        let size = scaled_size(own, self.scale);
        let picture = pictures::at_size(renderer, bytes, own, size)?;
        let at = centered(column, middle, size);
        canvas.checker(at, 10, CHECKER);
        canvas.picture(&picture, at.x, at.y, 255);
        Ok(())
    }
}

/// The size of the whole source at the scale of its shown part.
struct Whole {
    width: f64,
    height: f64,
    is_cropped: bool,
}

impl Whole {
    fn of(placement: &Placement) -> Self {
        let Placement { source, crop, resize, .. } = placement;
        let (scale_x, scale_y) =
            (f64::from(resize.width) / crop.width, f64::from(resize.height) / crop.height);
        let (width, height) = (f64::from(source.width), f64::from(source.height));
        let is_cropped = crop.width < width || crop.height < height;
        Self { width: width * scale_x, height: height * scale_y, is_cropped }
    }
}

/// Describes the placement in a few words.
fn summary(placement: &Placement) -> String {
    let Placement { crop, resize, canvas, .. } = placement;
    let whole = Whole::of(placement);
    let (width, height) = (f64::from(resize.width), f64::from(resize.height));
    let mut words = Vec::new();
    if width > crop.width || height > crop.height {
        words.push("enlarged");
    } else if width < crop.width || height < crop.height {
        words.push("shrunk");
    }
    if whole.is_cropped {
        words.push("cropped");
    }
    if canvas != resize {
        words.push("padded");
    }
    if words.is_empty() { "unchanged".to_owned() } else { words.join(", ") }
}

fn caption(canvas: &mut Canvas, column: i64, top: i64, lines: [&str; 3]) {
    let mut y = top;
    let styles = [(NAME, 2, INK), (SMALL, 1, INK), (SMALL, 1, GRAY)];
    for (line, (height, weight, color)) in lines.into_iter().zip(styles) {
        let line = fitted(line, height, COLUMN);
        let x = middle_of(column) - i64::from(Font::width(&line, height)) / 2;
        canvas.text(&line, (x, y), height, weight, color);
        y += i64::from(height) + 5;
    }
}

/// The text, shortened to fit in `width` pixels.
fn fitted(text: &str, height: u32, width: i64) -> String {
    let most = usize::try_from(width / i64::from(height / 2)).unwrap_or(0);
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(2)).collect();
    short.push_str("..");
    short
}

fn middle_of(column: i64) -> i64 {
    MARGIN + column * (COLUMN + GAP) + COLUMN / 2
}

fn centered(column: i64, middle: i64, size: (u32, u32)) -> Rect {
    let (width, height) = (i64::from(size.0), i64::from(size.1));
    Rect { x: middle_of(column) - width / 2, y: middle - height / 2, width, height }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn scale_to_fit(size: (f64, f64)) -> f64 {
    (COLUMN as f64 / size.0).min(TALLEST as f64 / size.1)
}

fn scaled_size(size: (u32, u32), scale: f64) -> (u32, u32) {
    scaled_sides(f64::from(size.0) * scale, f64::from(size.1) * scale)
}

fn scaled_sides(width: f64, height: f64) -> (u32, u32) {
    let side = |side: f64| u32::try_from(round(side)).unwrap_or(1).max(1);
    (side(width), side(height))
}

#[expect(clippy::cast_possible_truncation, reason = "sizes on the sheet are a few hundred")]
fn round(side: f64) -> i64 {
    side.round() as i64
}
