//! Where decoded blocks go: planes, and, unless the planes themselves are wanted, pixels.
//!
//! In: blocks, one row of MCUs after the other. Out: the window's interleaved pixels, or the planes of all MCUs that it
//! touches. Must not know of coefficients.

use super::assemble::Assembler;
use super::color::Coding;
use super::cpu::Cpu;
use super::frame::Frame;
use super::plane::Plane;
use super::scaling::{ComponentGeometry, Scale, Span, Window};
use crate::error::Result;
#[cfg(feature = "parallel")]
use crate::error::Stage;
use crate::limits::Budget;

/// Rows of MCUs that are held for upsampling, which looks at the rows above and below.
const ROOM: usize = 2;

/// The picture being put together.
#[derive(Debug)]
pub(super) struct Sink<S = Vec<u8>> {
    pub(super) planes: Vec<Plane<S>>,
    /// The MCUs that the window needs.
    pub(super) rows: Span,
    pub(super) columns: Span,
    /// The rows of MCUs that planes have room for: the first ones stand for all.
    room: Span,
    composer: Option<Assembler<S>>,
}

impl Sink {
    /// One that ends as pixels.
    pub(super) fn of_pixels(
        frame: &Frame,
        shapes: &[ComponentGeometry],
        coding: Coding,
        scale: Scale,
        window: Window,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let mut canvas = Self::new(frame, shapes, scale, window, Some(ROOM), budget)?;
        let columns = canvas.columns;
        canvas.composer = Some(Assembler::new(frame, shapes, coding, scale, window, columns, budget)?);
        Ok(canvas)
    }

    /// One that ends as planes.
    pub(super) fn of_planes(
        frame: &Frame,
        shapes: &[ComponentGeometry],
        scale: Scale,
        window: Window,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        Self::new(frame, shapes, scale, window, None, budget)
    }

    /// `room` is the number of rows of MCUs that planes hold at once, if not all.
    fn new(
        frame: &Frame,
        shapes: &[ComponentGeometry],
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

    /// The window's pixels; none of a canvas that ends as planes.
    pub(super) fn into_pixels(self, budget: &mut Budget<'_>) -> Vec<u8> {
        budget.release(self.planes.iter().map(Plane::bytes).sum());
        let (pixels, spent) = self.composer.map(Assembler::into_pixels).unwrap_or_default();
        budget.release(spent);
        pixels
    }

    /// The planes of a canvas that ends as such.
    pub(super) fn into_planes(self) -> Vec<Plane> {
        self.planes
    }

    /// Whether it ends as planes, whose rows of MCUs do not look at each other.
    #[cfg(feature = "parallel")]
    pub(super) fn is_planes(&self) -> bool {
        self.composer.is_none()
    }

    /// Canvases of bands of it that can be filled at once: of its rows of MCUs from each of `cuts` to the next. Unless it ends as
    /// planes they must be all its rows, and bands may need some beside their own. What they need of their own lies in
    /// `pool`, which must be empty.
    #[cfg(feature = "parallel")]
    pub(super) fn bands<'c>(
        &'c mut self,
        cuts: &[usize],
        pool: &'c mut Vec<Vec<u8>>,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Sink<&'c mut [u8]>>> {
        let Self { planes, rows, columns, composer, .. } = self;
        let (rows, columns) = (*rows, *columns);
        let above = cuts.first().map_or(0, |first| first.saturating_sub(rows.start));
        let mut spans: Vec<Span> = cuts.array_windows().map(|&[start, end]| Span { start, end }).collect();
        let count = spans.len();
        let mut rooms = spans.clone();
        let mut composers: Vec<Option<Assembler<&mut [u8]>>> = Vec::new();
        if let Some(composer) = composer {
            let (window, mcu) = composer.grid();
            let bottom = window.y + window.height;
            let ends: Vec<usize> =
                spans.iter().map(|span| if span.end == rows.end { bottom } else { span.end * mcu }).collect();
            let bands = composer.bands(&ends, budget)?;
            for (span, band) in spans.iter_mut().zip(&bands) {
                let (window, mcu) = band.grid();
                *span = Span::new(window.y, window.height, mcu, rows.end);
            }
            rooms.fill(Span { start: 0, end: ROOM });
            for plane in planes.iter() {
                pool.push(budget.zeroed(Stage::Decode, count * ROOM * plane.row_bytes())?);
            }
            composers.extend(bands.into_iter().map(Some));
        } else {
            composers.resize_with(count, || None);
        }
        let mut bands: Vec<Sink<&mut [u8]>> = spans
            .iter()
            .zip(&rooms)
            .zip(composers)
            .map(|((&rows, &room), composer)| Sink { planes: Vec::new(), rows, columns, room, composer })
            .collect();
        let mut pool = pool.iter_mut();
        for plane in planes {
            let above = above * plane.row_bytes();
            let (like, own) = plane.parts();
            let own = own.get_mut(above..).unwrap_or_default();
            let parts = like.over(pool.next().map_or(own, Vec::as_mut_slice), &rooms);
            for (band, part) in bands.iter_mut().zip(parts) {
                band.planes.push(part);
            }
        }
        Ok(bands)
    }
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Sink<S> {
    /// The place of a row of MCUs among those that planes have room for.
    pub(super) fn turn(&self, row: usize) -> usize {
        row.saturating_sub(self.room.start) % self.room.len().max(1)
    }

    /// Finishes what can be, now that all blocks of row `row` of MCUs are there.
    pub(super) fn finish_row<P: Cpu>(&mut self, cpu: P, row: usize) {
        if let Some(composer) = &mut self.composer {
            let (planes, last) = (&self.planes, row + 1 == self.rows.end);
            cpu.run(|| composer.finish(cpu, planes, row, last));
        }
    }
}
