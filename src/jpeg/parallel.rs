//! One picture on several threads, bit for bit the same as on one.
//!
//! In: a sequential picture in one scan, and a number of threads. Out: the filled sink, or `false`
//! if that failed for any reason: then the sink's contents mean nothing, and one thread decodes
//! everything and reports any error in the file. Must not know of progressive coding.
//!
//! Where the scan has restart markers, threads start at some of them. Where it has none, the data
//! are cut into segments of equal length. A decoder started mid-stream emits garbage, then
//! resynchronizes, usually within about 100 bytes, because short codes are frequent in all streams.
//! So each thread reads its segment and a little more. Where an MCU starts at the same bit in one
//! segment and in the next, both read the same from there on, except for the DC coefficients, which
//! are coded as differences and are all off by one constant per component. A chain of such joints
//! from the first segment on gives each MCU its number; then the rows of MCUs are divided among the
//! threads again and transformed.
//!
//! If the sink ends as planes, MCUs of the first segment are transformed as they are read, because
//! their positions are known from the start.

mod bands;
mod first_segment;
mod mcu;
mod mcu_buffer;
mod restarts;
mod segment;
mod split;
mod stitch;

pub(super) use self::split::Split;

use memchr::memmem;

use self::first_segment::FirstSegment;
use self::mcu::McuCodec;
use self::mcu_buffer::{ChunkQueue, Pool};
use self::segment::{Context, Segment};
use self::stitch::Stitched;
use super::cpu::Cpu;
use super::header::Header;
use super::marker;
use super::scaling::ComponentGeometry;
use super::single_scan::SingleScan;
use super::sink::Sink;
use super::stream::Stream;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::threads;

/// Decodes everything that the sink needs, or returns `false`.
pub(super) fn fill<P: Cpu>(
    header: &Header<'_>,
    cpu: P,
    split: Split,
    geometries: &[ComponentGeometry],
    sink: &mut Sink,
    budget: &mut Budget<'_>,
) -> Result<bool> {
    if split.threads < 2 {
        return Ok(false);
    }
    if header.tables.restart_interval != 0 {
        return restarts::fill_from_restarts(header, cpu, split, sink, budget);
    }
    let Some(cuts) = cuts(header, split, sink.rows.end) else { return Ok(false) };
    let Some(codec) = McuCodec::new(&header.frame, &header.first_scan, &header.tables, geometries) else {
        return Ok(false);
    };
    let before = budget.spent();
    let count = cuts.len() - 1;
    let mut filled = Ok(false);
    if budget.reserve(Stage::Decode, Stream::BYTES * count as u64).is_ok() {
        let needed = header.frame.mcus().0 * sink.rows.end;
        if let Ok(mut pool) = Pool::new(codec.area(), needed, count, budget) {
            filled = fill_from_segments(header, cpu, split, &cuts, (&codec, &pool.chunks()), sink, budget);
            pool.recycle(budget);
        }
    }
    budget.release(budget.spent() - before);
    filled
}

/// Where segments start, and where the last one ends; `None` if one thread alone is faster.
fn cuts(header: &Header<'_>, split: Split, rows: usize) -> Option<Vec<usize>> {
    let first = header.first_scan.data_offset;
    // Neither the end of the data nor how far down the picture they reach need be right: nothing
    // relies on them.
    let data = header.bytes.get(first..)?;
    let whole = memmem::find(data, &[0xff, marker::EOI])?;
    let (_, all_rows) = header.frame.mcus();
    let length = if rows < all_rows { (whole / all_rows * rows + whole / 16).min(whole) } else { whole };
    let count = (length / split.min_bytes.max(1)).min(split.threads);
    let mut cuts = vec![first];
    for segment in 1..=count {
        let at = first + length / count * segment;
        // Not between a 0xff and its stuffed zero.
        let plain = header.bytes.get(at - 1..)?.iter().position(|&byte| byte != 0xff)?;
        cuts.push(at + plain);
    }
    cuts.dedup();
    (cuts.len() > 2 && cuts.is_sorted()).then_some(cuts)
}

fn fill_from_segments<'s, P: Cpu>(
    header: &'s Header<'_>,
    cpu: P,
    split: Split,
    cuts: &[usize],
    (codec, chunks): (&McuCodec<'_>, &ChunkQueue<'s>),
    sink: &mut Sink,
    budget: &mut Budget<'_>,
) -> Result<bool> {
    let (frame, scan) = (&header.frame, &header.first_scan);
    let count = cuts.len() - 1;
    let mcu_columns = frame.mcus().0;
    let needed = mcu_columns * sink.rows.end;
    let context = Context { codec, chunks, budget };
    let segment =
        |(unaligned, ends): (bool, &[usize; 2])| Segment::new(header.bytes, *ends, unaligned, codec);
    let unaligned = std::iter::once(false).chain(std::iter::repeat(true));
    let segments = unaligned.zip(cuts.array_windows()).map(segment);
    let mut first_segment = None;
    if sink.ends_as_planes() {
        let rows = sink.rows.end;
        let Ok(visitor) = SingleScan::new(cpu, frame, scan, &header.tables, sink) else { return Ok(false) };
        first_segment = Some(FirstSegment { frame, scan, visitor, rows });
    }
    let first_segments = std::iter::once(first_segment).chain(std::iter::repeat_with(|| None));
    let mut jobs: Vec<_> = first_segments.zip(segments).collect();
    threads::for_each(count, &mut jobs, |(first_segment, segment)| {
        if let Some(first_segment) = first_segment.take() {
            segment.read_direct(first_segment, cpu, budget)?;
        }
        segment.read(cpu, &context, split.overlap_bits, usize::MAX)
    })?;
    let mut segments: Vec<_> = jobs.into_iter().map(|(_, segment)| segment).collect();
    let Some(pieces) = stitch::stitch(&mut segments, cpu, &context, needed, split.overlap_bits)? else {
        return Ok(false);
    };
    let first_row = segments.first().map_or(0, Segment::direct_mcus) / mcu_columns;
    let stitched = Stitched::new(&segments, &pieces, mcu_columns);
    bands::fill_bands((sink, first_row), count, budget, cpu, |planes, row, buffer_row, columns| {
        cpu.run(|| stitched.put_row(cpu, codec, planes, (row, buffer_row), columns));
    })
}
