//! A file with restart markers: each thread begins at one.
//!
//! In: the scan's data, and a canvas that ends as planes. Out: the canvas, filled, or of no account. Must not know of guesses.

use memchr::memchr;

use super::super::Decoder;
use super::super::cpu::Cpu;
use super::super::scan::decode_scan;
use super::super::sink::Sink;
use super::super::stream::Stream;
use super::Split;
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::threads;

/// Where a row of MCUs begins behind a restart marker.
#[derive(Debug, Clone, Copy)]
struct Start {
    row: usize,
    /// Its data's offset in the file.
    at: usize,
    /// Markers up to there.
    restarts: usize,
}

/// One thread's rows.
struct Part<'c, 'a> {
    band: Sink<&'c mut [u8]>,
    start: Start,
    stream: Stream<'a>,
    failed: bool,
}

impl<'a> Decoder<'a> {
    /// As [`Self::fill_by_many`], where there are restart markers: from a marker on, all is as in a scan that begins there. What
    /// it does not find in order one thread has to judge.
    pub(super) fn fill_between_markers<P: Cpu>(
        &self,
        cpu: P,
        split: Split,
        canvas: &mut Sink,
        budget: &mut Budget<'_>,
    ) -> Result<bool> {
        let (rows, interval) = (canvas.rows, self.tables.restart_interval);
        if !canvas.is_planes() {
            return Ok(false);
        }
        let starts = self.starts(split, rows.end);
        let working = Stream::BYTES * starts.len() as u64;
        if starts.len() < 2 || budget.reserve(Stage::Decode, working).is_err() {
            return Ok(false);
        }
        // Rows above those that are wanted are the first thread's, too.
        let below = starts.iter().skip(1).map(|start| start.row.clamp(rows.start, rows.end));
        let cuts: Vec<usize> =
            std::iter::once(rows.start).chain(below).chain(std::iter::once(rows.end)).collect();
        let mut pool = Vec::new();
        let Ok(bands) = canvas.bands(&cuts, &mut pool, budget) else {
            budget.release(working);
            return Ok(false);
        };
        let part = |(band, &start): (_, &Start)| {
            let stream = self.stream(&self.first, start.at).after(start.restarts);
            Part { band, start, stream, failed: false }
        };
        let mut parts: Vec<Part<'_, 'a>> = bands.into_iter().zip(&starts).map(part).collect();
        let clock = &*budget;
        threads::for_each(starts.len(), &mut parts, |part| {
            let end = part.band.rows.end;
            let rows = part.start.row..end;
            let Ok(mut visitor) = self.baseline(cpu, &mut part.band) else {
                part.failed = true;
                return Ok(());
            };
            let (frame, scan, stream) = (&self.frame, &self.first, &mut part.stream);
            let tolerance = &mut Tolerance::none();
            let walked =
                cpu.run(|| decode_scan(frame, scan, stream, interval, rows, &mut visitor, tolerance, clock));
            part.failed = walked.is_err();
            if part.failed { clock.check_interrupt(Stage::Decode) } else { Ok(()) }
        })?;
        let filled = parts.iter().all(|part| !part.failed);
        budget.release(working);
        Ok(filled)
    }

    /// Where threads begin, of which the first does so with the scan; the others, where the data that `rows` rows of MCUs need are
    /// cut in about equal parts. None where markers do not follow one another as they should.
    fn starts(&self, split: Split, rows: usize) -> Vec<Start> {
        let (across, interval) = (self.frame.mcus().0, self.tables.restart_interval.max(1));
        let needed = (across * rows).saturating_sub(1) / interval;
        let first = Start { row: 0, at: self.first.data, restarts: 0 };
        let (mut at, mut restarts) = (first.at, 0);
        let mut found = Vec::new();
        while restarts < needed {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let Some(plain) = memchr(0xff, rest) else { return Vec::new() };
            let behind = rest.get(plain..).unwrap_or_default();
            let fill = behind.iter().take_while(|&&byte| byte == 0xff).count();
            at += plain + fill + 1;
            match behind.get(fill) {
                Some(0) => continue,
                Some(&marker) if usize::from(marker) == 0xd0 | (restarts & 7) => restarts += 1,
                _ => return Vec::new(),
            }
            if restarts * interval % across.max(1) == 0 {
                found.push(Start { row: restarts * interval / across.max(1), at, restarts });
            }
        }
        let length = at - first.at;
        let count = (length / split.least.max(1)).min(split.threads);
        let mut starts = vec![first];
        for part in 1..count {
            let goal = first.at + length / count * part;
            let last = starts.last().map_or(0, |start| start.row);
            starts.extend(found.iter().find(|start| start.at >= goal && start.row > last).copied());
        }
        starts
    }
}
