//! The destination of decoded blocks: planes, and, unless the planes themselves are the result,
//! pixels.
//!
//! In: blocks, one row of MCUs after the other. Out: the interleaved pixels of the window, or the
//! planes of all MCUs that it touches. Must not know of coefficients.

use super::assemble::Assembler;
use super::color::Coding;
use super::cpu::Cpu;
use super::frame::Frame;
use super::plane::Plane;
use super::scaling::{ComponentGeometry, Scale, Span, Window};
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// Rows of MCUs that are held for upsampling, which reads the rows above and below.
const RING_ROWS: usize = 2;

/// The picture under construction.
#[derive(Debug)]
pub(super) struct Sink<S = Vec<u8>> {
    pub(super) planes: Vec<Plane<S>>,
    /// The MCUs that the window needs.
    pub(super) rows: Span,
    pub(super) columns: Span,
    /// The rows of MCUs that the planes hold. Later rows reuse the memory of earlier ones.
    buffered: Span,
    assembler: Option<Assembler<S>>,
}

impl Sink {
    /// A sink that ends as pixels.
    pub(super) fn for_pixels(
        frame: &Frame,
        geometries: &[ComponentGeometry],
        coding: Coding,
        scale: Scale,
        window: Window,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let mut sink = Self::new(frame, geometries, scale, window, Some(RING_ROWS), budget)?;
        let columns = sink.columns;
        sink.assembler = Some(Assembler::new(frame, geometries, coding, scale, window, columns, budget)?);
        Ok(sink)
    }

    /// A sink that ends as planes.
    pub(super) fn for_planes(
        frame: &Frame,
        geometries: &[ComponentGeometry],
        scale: Scale,
        window: Window,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        Self::new(frame, geometries, scale, window, None, budget)
    }

    /// `buffered` is the number of rows of MCUs that planes hold at once; `None` for all.
    fn new(
        frame: &Frame,
        geometries: &[ComponentGeometry],
        scale: Scale,
        window: Window,
        buffered: Option<usize>,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let unit = scale.eighths() as usize;
        let (mcu_columns, mcu_rows) = frame.mcus();
        let columns = Span::new(window.x, window.width, frame.h_max * unit, mcu_columns);
        let rows = Span::new(window.y, window.height, frame.v_max * unit, mcu_rows);
        let buffered = buffered.map_or(rows, |buffered| Span { start: 0, end: buffered });
        let mut planes = Vec::with_capacity(4);
        for &geometry in geometries {
            planes.push(Plane::new(geometry, columns, buffered, budget)?);
        }
        Ok(Self { planes, rows, columns, buffered, assembler: None })
    }

    /// The window's pixels; empty for a sink that ends as planes.
    pub(super) fn into_pixels(self, budget: &mut Budget<'_>) -> Vec<u8> {
        budget.release(self.planes.iter().map(Plane::bytes).sum());
        let (pixels, spent) = self.assembler.map(Assembler::into_pixels).unwrap_or_default();
        budget.release(spent);
        pixels
    }

    /// The planes of a sink that ends as planes.
    pub(super) fn into_planes(self) -> Vec<Plane> {
        self.planes
    }

    /// Whether it ends as planes, whose rows of MCUs do not depend on each other.
    pub(super) fn ends_as_planes(&self) -> bool {
        self.assembler.is_none()
    }

    /// Sinks for bands that can be filled in parallel: the rows of MCUs from each of `cuts` to the
    /// next. If this sink ends as pixels, the cuts must cover all its rows, and a band may also
    /// need rows beside its own; the memory for these goes into `ring_memory`, which must be empty.
    pub(super) fn bands<'c>(
        &'c mut self,
        cuts: &[usize],
        ring_memory: &'c mut Vec<Vec<u8>>,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Sink<&'c mut [u8]>>> {
        let Self { planes, rows, columns, assembler, .. } = self;
        let (rows, columns) = (*rows, *columns);
        let above = cuts.first().map_or(0, |first| first.saturating_sub(rows.start));
        let mut spans: Vec<Span> = cuts.array_windows().map(|&[start, end]| Span { start, end }).collect();
        let count = spans.len();
        let mut buffered_spans = spans.clone();
        let mut assemblers: Vec<Option<Assembler<&mut [u8]>>> = Vec::new();
        if let Some(assembler) = assembler {
            let (window, mcu) = assembler.grid();
            let bottom = window.y + window.height;
            let ends: Vec<usize> =
                spans.iter().map(|span| if span.end == rows.end { bottom } else { span.end * mcu }).collect();
            let bands = assembler.bands(&ends, budget)?;
            for (span, band) in spans.iter_mut().zip(&bands) {
                let (window, mcu) = band.grid();
                *span = Span::new(window.y, window.height, mcu, rows.end);
            }
            buffered_spans.fill(Span { start: 0, end: RING_ROWS });
            for plane in planes.iter() {
                ring_memory.push(budget.zeroed(Stage::Decode, count * RING_ROWS * plane.row_bytes())?);
            }
            assemblers.extend(bands.into_iter().map(Some));
        } else {
            assemblers.resize_with(count, || None);
        }
        let mut bands: Vec<Sink<&mut [u8]>> = spans
            .iter()
            .zip(&buffered_spans)
            .zip(assemblers)
            .map(|((&rows, &buffered), assembler)| Sink {
                planes: Vec::new(),
                rows,
                columns,
                buffered,
                assembler,
            })
            .collect();
        let mut ring_memory = ring_memory.iter_mut();
        for plane in planes {
            let above = above * plane.row_bytes();
            let (like, own) = plane.take_memory();
            let own = own.get_mut(above..).unwrap_or_default();
            let parts = like.split(ring_memory.next().map_or(own, Vec::as_mut_slice), &buffered_spans);
            for (band, part) in bands.iter_mut().zip(parts) {
                band.planes.push(part);
            }
        }
        Ok(bands)
    }
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Sink<S> {
    /// The index of a row of MCUs among those that the planes hold.
    pub(super) fn buffer_row(&self, row: usize) -> usize {
        row.saturating_sub(self.buffered.start) % self.buffered.len().max(1)
    }

    /// Finishes what can be finished once row `row` of MCUs is complete.
    pub(super) fn finish_row<P: Cpu>(&mut self, cpu: P, row: usize) {
        if let Some(assembler) = &mut self.assembler {
            let (planes, last) = (&self.planes, row + 1 == self.rows.end);
            cpu.run(|| assembler.finish(cpu, planes, row, last));
        }
    }
}
