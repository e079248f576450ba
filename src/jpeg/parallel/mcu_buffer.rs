//! Coefficients of MCUs in the order they are read, and where in the data each begins.
//!
//! In: MCUs, one after the other, into memory that a [`Pool`] lends. Out: any of them. Must not know what they hold.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::error::{Result, Stage};
use crate::limits::{Budget, Piece, Uncleared};

/// MCUs that memory is taken for at once.
const CHUNK: usize = 256;

/// Memory for all threads together: how many MCUs which one reads is not known before. What nobody takes is never touched.
#[derive(Debug)]
pub(super) struct Pool {
    /// Coefficients of an MCU.
    area: usize,
    kept: Uncleared,
    starts: Vec<usize>,
}

impl Pool {
    /// Room for `mcus` MCUs in all, by `threads` threads, of which each may read some that another reads, too.
    pub(super) fn new(area: usize, mcus: usize, threads: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let mcus = mcus.next_multiple_of(CHUNK).saturating_add(4 * threads * CHUNK);
        let bytes = mcus.saturating_mul(area).saturating_mul(size_of::<i16>());
        // One more, in case the first lies at an odd address.
        let kept = budget.zeroed_in_pieces(Stage::Decode, bytes.saturating_add(1))?;
        let starts = budget.zeroed(Stage::Decode, mcus)?;
        // Lists of chunks grow by doubling.
        budget.reserve(Stage::Decode, (mcus / CHUNK * 2 * size_of::<Chunk<'_>>()) as u64)?;
        Ok(Self { area, kept, starts })
    }

    pub(super) fn lend(&mut self) -> Lender<'_> {
        let pieces = self.kept.pieces(CHUNK * self.area);
        let chunks = pieces.zip(self.starts.chunks_mut(CHUNK));
        Lender { chunks: Mutex::new(Box::new(chunks)) }
    }

    /// Leaves its memory for later calls.
    pub(super) fn recycle(self, budget: &mut Budget<'_>) {
        budget.recycle_pieces(self.kept);
    }
}

/// A pool in use.
pub(super) struct Lender<'a> {
    chunks: Mutex<Box<Chunks<'a>>>,
}

type Chunks<'a> = dyn Iterator<Item = (Piece<'a>, &'a mut [usize])> + Send + 'a;

impl<'a> Lender<'a> {
    fn chunk(&self) -> Option<Chunk<'a>> {
        let (piece, starts) = self.chunks.lock().unwrap_or_else(PoisonError::into_inner).next()?;
        Some(Chunk { kept: piece.clear(), starts })
    }
}

impl fmt::Debug for Lender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lender").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Chunk<'a> {
    kept: &'a mut [i16],
    starts: &'a mut [usize],
}

/// The MCUs that one thread read.
#[derive(Debug)]
pub(super) struct Mcus<'a> {
    /// Coefficients of an MCU.
    area: usize,
    chunks: Vec<Chunk<'a>>,
    len: usize,
}

impl<'a> Mcus<'a> {
    pub(super) fn new(area: usize) -> Self {
        Self { area, chunks: Vec::new(), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Room for the next MCU, which begins at `start`. `None` if there is no memory left. [`Self::keep`] makes it
    /// count.
    #[inline(always)]
    pub(super) fn next(&mut self, start: usize, lender: &Lender<'a>) -> Option<&mut [i16]> {
        let (chunk, at) = (self.len / CHUNK, self.len % CHUNK);
        if chunk == self.chunks.len() {
            self.chunks.push(lender.chunk()?);
        }
        let (area, chunk) = (self.area, self.chunks.get_mut(chunk)?);
        *chunk.starts.get_mut(at)? = start;
        chunk.kept.get_mut(at * area..(at + 1) * area)
    }

    #[inline(always)]
    pub(super) fn keep(&mut self) {
        self.len += 1;
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Where an MCU begins.
    pub(super) fn start(&self, number: usize) -> Option<usize> {
        if number >= self.len {
            return None;
        }
        self.chunks.get(number / CHUNK)?.starts.get(number % CHUNK).copied()
    }

    /// The coefficients of an MCU; none of one that was not read.
    #[inline(always)]
    pub(super) fn get(&self, number: usize) -> &[i16] {
        let (area, at) = (self.area, number % CHUNK);
        let chunk = self.chunks.get(number / CHUNK);
        chunk.and_then(|chunk| chunk.kept.get(at * area..(at + 1) * area)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn what_an_earlier_call_left_is_not_seen() {
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        for round in 0..3 {
            let mut pool = Pool::new(7, 4000, 2, &mut budget).unwrap();
            let lender = pool.lend();
            let (mut mcus, mut count) = (Mcus::new(7), 0);
            while let Some(kept) = mcus.next(count, &lender) {
                assert_eq!(kept, [0; 7], "round {round}, MCU {count}");
                kept.fill(0x0101 << round);
                mcus.keep();
                count += 1;
            }
            assert_eq!(count, 4096 + 8 * CHUNK);
            drop((mcus, lender));
            pool.recycle(&mut budget);
        }
        let mut again = budget.zeroed_in_pieces(Stage::Decode, 2 * 7 * (4096 + 8 * CHUNK) + 1).unwrap();
        assert!(format!("{again:?}").contains('4'), "not left for later calls");
        assert!(again.pieces(100).all(|piece| piece.clear().iter().all(|&sample| sample == 0)));
    }
}
