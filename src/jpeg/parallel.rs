//! One picture on several threads, the same to the bit as on one.
//!
//! In: a sequential picture in one scan without restart markers, and a number of threads. Out: the canvas, filled, or
//! untouched where that failed for any reason: then one thread does it all, and says what is wrong with the file, if
//! anything is. Must not know of progressive coding.
//!
//! The data are cut in shares of equal length. Who starts in the midst of Huffman codes reads nonsense, but soon falls
//! into step with the true codes, mostly within a hundred bytes, because short codes are frequent in all streams. So each
//! thread reads its share, and a little more; where an MCU begins at the same bit in one share and in the next, both read
//! the same from there on, but for the DC coefficients, which are told as differences and are all off by one constant. A
//! chain of such joints from the first share on tells each MCU's number; then the rows of MCUs are shared out anew, and
//! transformed.

mod bands;
mod coder;
mod join;
mod mcus;
mod share;

use memchr::memmem;

use self::coder::Coder;
use self::join::Joined;
use self::mcus::Pool;
use self::share::{Share, Tools};
use super::canvas::Canvas;
use super::processor::Processor;
use super::shape::Shape;
use super::stream::Stream;
use super::{Decoder, marker};
use crate::crew;
use crate::error::{Result, Stage};
use crate::limits::Budget;

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
    /// Decodes all that the canvas needs, or nothing.
    pub(super) fn fill_by_many<P: Processor>(
        &self,
        processor: P,
        split: Split,
        shapes: &[Shape],
        canvas: &mut Canvas,
        budget: &mut Budget<'_>,
    ) -> Result<bool> {
        let Some(cuts) = self.cuts(split, canvas.rows.end) else { return Ok(false) };
        let before = budget.spent();
        let filled = self.fill_shares(processor, split, &cuts, shapes, canvas, budget);
        budget.release(budget.spent() - before);
        filled
    }

    /// Where shares begin, and where the last one ends; `None` if one thread is better off alone.
    fn cuts(&self, split: Split, rows: usize) -> Option<Vec<usize>> {
        if split.threads < 2 || self.tables.restart_interval != 0 {
            return None;
        }
        // That both are right is not relied upon: not that the data end there, nor how far down the picture they reach.
        let data = self.bytes.get(self.first.data..)?;
        let whole = memmem::find(data, &[0xff, marker::EOI])?;
        let (_, down) = self.frame.mcus();
        let length = if rows < down { (whole / down * rows + whole / 16).min(whole) } else { whole };
        let count = (length / split.least.max(1)).min(split.threads);
        let mut cuts = vec![self.first.data];
        for share in 1..=count {
            let at = self.first.data + length / count * share;
            // Not between a byte and its stuffing.
            let plain = self.bytes.get(at - 1..)?.iter().position(|&byte| byte != 0xff)?;
            cuts.push(at + plain);
        }
        cuts.dedup();
        (cuts.len() > 2 && cuts.is_sorted()).then_some(cuts)
    }

    fn fill_shares<P: Processor>(
        &self,
        processor: P,
        split: Split,
        cuts: &[usize],
        shapes: &[Shape],
        canvas: &mut Canvas,
        budget: &mut Budget<'_>,
    ) -> Result<bool> {
        let Some(coder) = Coder::new(&self.frame, &self.first, &self.tables, shapes) else {
            return Ok(false);
        };
        let count = cuts.len() - 1;
        let across = self.frame.mcus().0;
        let needed = across * canvas.rows.end;
        if budget.reserve(Stage::Decode, Stream::BYTES * count as u64).is_err() {
            return Ok(false);
        }
        let Ok(mut pool) = Pool::new(coder.area(), needed, count, budget) else { return Ok(false) };
        let tools = Tools { coder: &coder, lender: &pool.lend(), clock: budget };
        let share = |(guess, ends): (bool, &[usize; 2])| Share::new(self.bytes, *ends, guess, &coder);
        let guesses = std::iter::once(false).chain(std::iter::repeat(true));
        let mut shares: Vec<Share<'_>> = guesses.zip(cuts.array_windows()).map(share).collect();
        crew::each(&mut shares, |share| share.read(processor, &tools, split.reach, usize::MAX))?;
        let Some(pieces) = join::join(&mut shares, processor, &tools, needed, split.reach)? else {
            return Ok(false);
        };
        let joined = Joined::new(&shares, &pieces, across);
        bands::fill(canvas, count, budget, processor, |planes, row, turn, columns| {
            processor.run(|| joined.put_row(processor, &coder, planes, (row, turn), columns));
        })
    }
}
