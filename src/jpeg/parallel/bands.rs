//! Filling a sink on several threads, one band of it per thread.
//!
//! In: a sink, and a function that puts a row of MCUs into planes. Out: the filled sink. Must not
//! know where samples come from.

use super::super::cpu::Cpu;
use super::super::plane::Plane;
use super::super::scaling::Span;
use super::super::sink::Sink;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::threads;

/// Fills the sink; if it ends as planes, from row `first` of MCUs on. `put` takes planes, a row of
/// MCUs, its index in the buffers of the planes, and columns of MCUs. Returns `false` if there is
/// not enough memory for the bands.
pub(super) fn fill_bands<P: Cpu>(
    (sink, first): (&mut Sink, usize),
    threads: usize,
    budget: &mut Budget<'_>,
    cpu: P,
    put: impl Fn(&mut [Plane<&mut [u8]>], usize, usize, Span) + Sync,
) -> Result<bool> {
    let rows = sink.rows;
    let first = if sink.ends_as_planes() { first.clamp(rows.start, rows.end) } else { rows.start };
    let cuts: Vec<usize> =
        (0..=threads).map(|cut| first + (rows.end - first) * cut / threads.max(1)).collect();
    let mut ring_memory = Vec::with_capacity(4);
    let Ok(mut bands) = sink.bands(&cuts, &mut ring_memory, budget) else { return Ok(false) };
    let clock = &*budget;
    threads::for_each(threads, &mut bands, |band| {
        for row in band.rows.start..band.rows.end {
            clock.check_interrupt(Stage::Decode)?;
            let (buffer_row, columns) = (band.buffer_row(row), band.columns);
            put(&mut band.planes, row, buffer_row, columns);
            band.finish_row(cpu, row);
        }
        Ok(())
    })?;
    Ok(true)
}
