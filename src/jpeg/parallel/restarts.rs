//! A scan with restart markers: each thread starts at one of them.
//!
//! In: a file's header and a sink that ends as planes. Out: the filled sink, or `false`, and then
//! its contents mean nothing. Must not know of segments that start mid-stream.

use memchr::memchr;

use super::super::cpu::Cpu;
use super::super::header::Header;
use super::super::scan::decode_scan;
use super::super::single_scan::SingleScan;
use super::super::sink::Sink;
use super::super::stream::Stream;
use super::split::Split;
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::threads;

/// A row of MCUs that begins right after a restart marker, or at the start of the scan.
#[derive(Debug, Clone, Copy)]
struct Start {
    row: usize,
    /// The offset of its data in the file.
    at: usize,
    /// Restart markers before it.
    restarts: usize,
}

/// One thread's rows.
struct Part<'c, 'a> {
    band: Sink<&'c mut [u8]>,
    start: Start,
    stream: Stream<'a>,
    failed: bool,
}

/// Like [`fill`](super::fill), for a scan with restart markers: decoding after a marker depends on
/// nothing before it. Markers that are missing or out of order are left to one thread.
pub(super) fn fill_from_restarts<'a, P: Cpu>(
    header: &Header<'a>,
    cpu: P,
    split: Split,
    sink: &mut Sink,
    budget: &mut Budget<'_>,
) -> Result<bool> {
    let (frame, scan, tables) = (&header.frame, &header.first_scan, &header.tables);
    let (rows, interval) = (sink.rows, tables.restart_interval);
    if !sink.ends_as_planes() {
        return Ok(false);
    }
    let starts = starts(header, split, rows.end);
    let working = Stream::BYTES * starts.len() as u64;
    if starts.len() < 2 || budget.reserve(Stage::Decode, working).is_err() {
        return Ok(false);
    }
    // The first thread also reads the rows above the wanted ones.
    let below = starts.iter().skip(1).map(|start| start.row.clamp(rows.start, rows.end));
    let cuts: Vec<usize> =
        std::iter::once(rows.start).chain(below).chain(std::iter::once(rows.end)).collect();
    let mut ring_memory = Vec::new();
    let Ok(bands) = sink.bands(&cuts, &mut ring_memory, budget) else {
        budget.release(working);
        return Ok(false);
    };
    let part = |(band, &start): (_, &Start)| {
        let stream = header.stream(scan, start.at).with_restarts(start.restarts);
        Part { band, start, stream, failed: false }
    };
    let mut parts: Vec<Part<'_, 'a>> = bands.into_iter().zip(&starts).map(part).collect();
    let clock = &*budget;
    threads::for_each(starts.len(), &mut parts, |part| {
        let end = part.band.rows.end;
        let rows = part.start.row..end;
        let Ok(mut visitor) = SingleScan::new(cpu, frame, scan, tables, &mut part.band) else {
            part.failed = true;
            return Ok(());
        };
        let (stream, tolerance) = (&mut part.stream, &mut Tolerance::none());
        let decoded =
            cpu.run(|| decode_scan(frame, scan, stream, interval, rows, &mut visitor, tolerance, clock));
        part.failed = decoded.is_err();
        if part.failed { clock.check_interrupt(Stage::Decode) } else { Ok(()) }
    })?;
    let filled = parts.iter().all(|part| !part.failed);
    budget.release(working);
    Ok(filled)
}

/// Where threads start: the first at the start of the scan, the others where the data for the first
/// `rows` rows of MCUs are cut into roughly equal parts. Empty if the markers are not in order.
fn starts(header: &Header<'_>, split: Split, rows: usize) -> Vec<Start> {
    let (mcu_columns, interval) = (header.frame.mcus().0, header.tables.restart_interval.max(1));
    let needed = (mcu_columns * rows).saturating_sub(1) / interval;
    let first = Start { row: 0, at: header.first_scan.data_offset, restarts: 0 };
    let (mut at, mut restarts) = (first.at, 0);
    let mut found = Vec::new();
    while restarts < needed {
        let rest = header.bytes.get(at..).unwrap_or_default();
        let Some(plain) = memchr(0xff, rest) else { return Vec::new() };
        let behind = rest.get(plain..).unwrap_or_default();
        let fill = behind.iter().take_while(|&&byte| byte == 0xff).count();
        at += plain + fill + 1;
        match behind.get(fill) {
            Some(0) => continue,
            Some(&marker) if usize::from(marker) == 0xd0 | (restarts & 7) => restarts += 1,
            _ => return Vec::new(),
        }
        if restarts * interval % mcu_columns.max(1) == 0 {
            found.push(Start { row: restarts * interval / mcu_columns.max(1), at, restarts });
        }
    }
    let length = at - first.at;
    let count = (length / split.min_bytes.max(1)).min(split.threads);
    let mut starts = vec![first];
    for part in 1..count {
        let target = first.at + length / count * part;
        let last = starts.last().map_or(0, |start| start.row);
        starts.extend(found.iter().find(|start| start.at >= target && start.row > last).copied());
    }
    starts
}
