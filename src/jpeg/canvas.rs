//! Where decoded blocks go: planes, and, unless the planes themselves are wanted, pixels.
//!
//! In: blocks, one row of MCUs after the other. Out: the window's interleaved pixels, or the planes of all MCUs that it
//! touches. Must not know of coefficients.

use super::color::Coding;
use super::compose::Composer;
use super::frame::Frame;
use super::plane::Plane;
use super::processor::Processor;
use super::shape::{Scale, Shape, Span, Window};
use crate::error::Result;
use crate::limits::Budget;

/// The picture being put together.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) planes: Vec<Plane>,
    /// The MCUs that the window needs.
    pub(super) rows: Span,
    pub(super) columns: Span,
    /// The rows of MCUs that planes have room for: the first ones stand for all.
    room: Span,
    composer: Option<Composer>,
}

impl Canvas {
    /// One that ends as pixels.
    pub(super) fn of_pixels(
        frame: &Frame,
        shapes: &[Shape],
        coding: Coding,
        scale: Scale,
        window: Window,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let mut canvas = Self::new(frame, shapes, scale, window, Some(2), budget)?;
        let columns = canvas.columns;
        canvas.composer = Some(Composer::new(frame, shapes, coding, scale, window, columns, budget)?);
        Ok(canvas)
    }

    /// One that ends as planes.
    pub(super) fn of_planes(
        frame: &Frame,
        shapes: &[Shape],
        scale: Scale,
        window: Window,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        Self::new(frame, shapes, scale, window, None, budget)
    }

    /// `room` is the number of rows of MCUs that planes hold at once, if not all.
    fn new(
        frame: &Frame,
        shapes: &[Shape],
        scale: Scale,
        window: Window,
        room: Option<usize>,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let unit = scale.eighths() as usize;
        let (across, down) = frame.mcus();
        let columns = Span::new(window.x, window.width, frame.h_max * unit, across);
        let rows = Span::new(window.y, window.height, frame.v_max * unit, down);
        let room = room.map_or(rows, |room| Span { start: 0, end: room });
        let mut planes = Vec::with_capacity(4);
        for &shape in shapes {
            planes.push(Plane::new(shape, columns, room, budget)?);
        }
        Ok(Self { planes, rows, columns, room, composer: None })
    }

    /// The place of a row of MCUs among those that planes have room for.
    pub(super) fn turn(&self, row: usize) -> usize {
        row.saturating_sub(self.room.start) % self.room.len().max(1)
    }

    /// Finishes what can be, now that all blocks of row `row` of MCUs are there.
    pub(super) fn finish_row<P: Processor>(&mut self, processor: P, row: usize) {
        if let Some(composer) = &mut self.composer {
            let (planes, last) = (&self.planes, row + 1 == self.rows.end);
            processor.run(|| composer.finish(processor, planes, row, last));
        }
    }

    /// The window's pixels; none of a canvas that ends as planes.
    pub(super) fn into_pixels(self, budget: &mut Budget<'_>) -> Vec<u8> {
        budget.release(self.planes.iter().map(Plane::bytes).sum());
        let (pixels, spent) = self.composer.map(Composer::into_pixels).unwrap_or_default();
        budget.release(spent);
        pixels
    }

    /// The planes of a canvas that ends as such.
    pub(super) fn into_planes(self) -> Vec<Plane> {
        self.planes
    }
}
