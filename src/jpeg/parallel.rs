//! One picture on several threads, the same to the bit as on one.
//!
//! In: a sequential picture in one scan, and a number of threads. Out: the canvas, filled, or of no account where that failed for
//! any reason: then one thread does it all, and says what is wrong with the file, if anything is. Must not know of progressive
//! coding.
//!
//! Where there are restart markers, threads begin at some of them. Where not, the data are cut in shares of equal length. Who starts in the midst of Huffman codes reads nonsense, but soon falls
//! into step with the true codes, mostly within a hundred bytes, because short codes are frequent in all streams. So each
//! thread reads its share, and a little more; where an MCU begins at the same bit in one share and in the next, both read
//! the same from there on, but for the DC coefficients, which are told as differences and are all off by one constant. A
//! chain of such joints from the first share on tells each MCU's number; then the rows of MCUs are shared out anew, and
//! transformed. Those of the first share are transformed as they are read, if the canvas ends as planes: where each belongs is
//! known from the start.

mod bands;
mod first_segment;
mod mcu;
mod mcu_buffer;
mod restarts;
mod segment;
mod stitch;

use memchr::memmem;

use self::first_segment::FirstSegment;
use self::mcu::McuCodec;
use self::mcu_buffer::{Lender, Pool};
use self::segment::{Segment, Tools};
use self::stitch::Stitched;
use super::cpu::Cpu;
use super::scaling::ComponentGeometry;
use super::sink::Sink;
use super::stream::Stream;
use super::{Decoder, marker};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::threads;

/// How a picture may be shared out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split {
    pub(super) threads: usize,
    /// Bytes of data that a thread is worth.
    pub(super) least: usize,
    /// Bits that each thread reads of the next one's share.
    pub(super) reach: usize,
}

impl Split {
    const LEAST: usize = 64 << 10;
    const REACH: usize = 8 * 4096;

    /// What is allowed by `budget`.
    pub(super) fn of(budget: &Budget<'_>) -> Self {
        Self { threads: budget.threads(), least: Self::LEAST, reach: Self::REACH }
    }
}

impl Decoder<'_> {
    /// Decodes all that the canvas needs, or says `false`.
    pub(super) fn fill_by_many<P: Cpu>(
        &self,
        cpu: P,
        split: Split,
        shapes: &[ComponentGeometry],
        canvas: &mut Sink,
        budget: &mut Budget<'_>,
    ) -> Result<bool> {
        if split.threads < 2 {
            return Ok(false);
        }
        if self.tables.restart_interval != 0 {
            return self.fill_between_markers(cpu, split, canvas, budget);
        }
        let Some(cuts) = self.cuts(split, canvas.rows.end) else { return Ok(false) };
        let Some(codec) = McuCodec::new(&self.frame, &self.first, &self.tables, shapes) else {
            return Ok(false);
        };
        let before = budget.spent();
        let count = cuts.len() - 1;
        let mut filled = Ok(false);
        if budget.reserve(Stage::Decode, Stream::BYTES * count as u64).is_ok() {
            let needed = self.frame.mcus().0 * canvas.rows.end;
            if let Ok(mut pool) = Pool::new(codec.area(), needed, count, budget) {
                filled = self.fill_shares(cpu, split, &cuts, (&codec, &pool.lend()), canvas, budget);
                pool.recycle(budget);
            }
        }
        budget.release(budget.spent() - before);
        filled
    }

    /// Where shares begin, and where the last one ends; `None` if one thread is better off alone.
    fn cuts(&self, split: Split, rows: usize) -> Option<Vec<usize>> {
        // That both are right is not relied upon: not that the data end there, nor how far down the picture they reach.
        let data = self.bytes.get(self.first.data..)?;
        let whole = memmem::find(data, &[0xff, marker::EOI])?;
        let (_, down) = self.frame.mcus();
        let length = if rows < down { (whole / down * rows + whole / 16).min(whole) } else { whole };
        let count = (length / split.least.max(1)).min(split.threads);
        let mut cuts = vec![self.first.data];
        for segment in 1..=count {
            let at = self.first.data + length / count * segment;
            // Not between a byte and its stuffing.
            let plain = self.bytes.get(at - 1..)?.iter().position(|&byte| byte != 0xff)?;
            cuts.push(at + plain);
        }
        cuts.dedup();
        (cuts.len() > 2 && cuts.is_sorted()).then_some(cuts)
    }

    fn fill_shares<'s, P: Cpu>(
        &'s self,
        cpu: P,
        split: Split,
        cuts: &[usize],
        (codec, lender): (&McuCodec<'_>, &Lender<'s>),
        canvas: &mut Sink,
        budget: &mut Budget<'_>,
    ) -> Result<bool> {
        let count = cuts.len() - 1;
        let across = self.frame.mcus().0;
        let needed = across * canvas.rows.end;
        let tools = Tools { codec, lender, clock: budget };
        let segment = |(guess, ends): (bool, &[usize; 2])| Segment::new(self.bytes, *ends, guess, codec);
        let guesses = std::iter::once(false).chain(std::iter::repeat(true));
        let segments = guesses.zip(cuts.array_windows()).map(segment);
        let mut lead = None;
        if canvas.is_planes() {
            let rows = canvas.rows.end;
            let Ok(baseline) = self.baseline(cpu, canvas) else { return Ok(false) };
            lead = Some(FirstSegment { frame: &self.frame, scan: &self.first, baseline, rows });
        }
        let leads = std::iter::once(lead).chain(std::iter::repeat_with(|| None));
        let mut jobs: Vec<_> = leads.zip(segments).collect();
        threads::for_each(count, &mut jobs, |(lead, segment)| {
            if let Some(lead) = lead.take() {
                segment.begin(lead, cpu, budget)?;
            }
            segment.read(cpu, &tools, split.reach, usize::MAX)
        })?;
        let mut segments: Vec<_> = jobs.into_iter().map(|(_, segment)| segment).collect();
        let Some(pieces) = stitch::stitch(&mut segments, cpu, &tools, needed, split.reach)? else {
            return Ok(false);
        };
        let first = segments.first().map_or(0, Segment::led) / across;
        let joined = Stitched::new(&segments, &pieces, across);
        bands::fill((canvas, first), count, budget, cpu, |planes, row, turn, columns| {
            cpu.run(|| joined.put_row(cpu, codec, planes, (row, turn), columns));
        })
    }
}
