//! The canvas on several threads.
//!
//! In: a canvas and what puts a row of MCUs into planes. Out: the canvas, filled. Must not know where samples come from.

use super::super::cpu::Cpu;
use super::super::plane::Plane;
use super::super::scaling::Span;
use super::super::sink::Sink;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::threads;

/// Fills the canvas, a band of it a thread; from the row `first` of MCUs on, if it ends as planes. `put` takes planes, a row of MCUs,
/// its place among those that planes have room for, and columns of MCUs. `false` if there is no memory for what bands need of
/// their own.
pub(super) fn fill<P: Cpu>(
    (canvas, first): (&mut Sink, usize),
    threads: usize,
    budget: &mut Budget<'_>,
    cpu: P,
    put: impl Fn(&mut [Plane<&mut [u8]>], usize, usize, Span) + Sync,
) -> Result<bool> {
    let rows = canvas.rows;
    let first = if canvas.is_planes() { first.clamp(rows.start, rows.end) } else { rows.start };
    let cuts: Vec<usize> =
        (0..=threads).map(|cut| first + (rows.end - first) * cut / threads.max(1)).collect();
    let mut pool = Vec::with_capacity(4);
    let Ok(mut bands) = canvas.bands(&cuts, &mut pool, budget) else { return Ok(false) };
    let clock = &*budget;
    threads::for_each(threads, &mut bands, |band| {
        for row in band.rows.start..band.rows.end {
            clock.check_interrupt(Stage::Decode)?;
            let (turn, columns) = (band.turn(row), band.columns);
            put(&mut band.planes, row, turn, columns);
            band.finish_row(cpu, row);
        }
        Ok(())
    })?;
    Ok(true)
}
