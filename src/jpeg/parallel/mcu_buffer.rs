//! Coefficients of MCUs in the order they are read, and where in the data each MCU begins.
//!
//! In: MCUs, one after the other, into memory from a [`Pool`]. Out: any of them. Must not know what
//! they contain.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::error::{Result, Stage};
use crate::limits::{Budget, Piece, Uncleared};

/// MCUs for which memory is taken at once.
const CHUNK: usize = 256;

/// Memory for all threads together, because how many MCUs each one reads is not known in advance.
/// Chunks that no thread takes are never touched.
#[derive(Debug)]
pub(super) struct Pool {
    /// Coefficients per MCU.
    area: usize,
    kept: Uncleared,
    starts: Vec<usize>,
}

impl Pool {
    /// Room for `mcus` MCUs in all, and for those that two of the `threads` threads both read.
    pub(super) fn new(area: usize, mcus: usize, threads: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let mcus = mcus.next_multiple_of(CHUNK).saturating_add(4 * threads * CHUNK);
        let bytes = mcus.saturating_mul(area).saturating_mul(size_of::<i16>());
        // One byte more, in case the first is at an odd address.
        let kept = budget.zeroed_in_pieces(Stage::Decode, bytes.saturating_add(1))?;
        let starts = budget.zeroed(Stage::Decode, mcus)?;
        // Lists of chunks grow by doubling.
        budget.reserve(Stage::Decode, (mcus / CHUNK * 2 * size_of::<Chunk<'_>>()) as u64)?;
        Ok(Self { area, kept, starts })
    }

    /// The memory, to be taken chunk by chunk.
    pub(super) fn chunks(&mut self) -> ChunkQueue<'_> {
        let pieces = self.kept.pieces(CHUNK * self.area);
        let chunks = pieces.zip(self.starts.chunks_mut(CHUNK));
        ChunkQueue { chunks: Mutex::new(Box::new(chunks)) }
    }

    /// Leaves the memory to later calls.
    pub(super) fn recycle(self, budget: &mut Budget<'_>) {
        budget.recycle_pieces(self.kept);
    }
}

/// The chunks of a pool that have not been taken.
pub(super) struct ChunkQueue<'a> {
    chunks: Mutex<Box<Chunks<'a>>>,
}

type Chunks<'a> = dyn Iterator<Item = (Piece<'a>, &'a mut [usize])> + Send + 'a;

impl<'a> ChunkQueue<'a> {
    fn chunk(&self) -> Option<Chunk<'a>> {
        let (piece, starts) = self.chunks.lock().unwrap_or_else(PoisonError::into_inner).next()?;
        Some(Chunk { kept: piece.clear(), starts })
    }
}

impl fmt::Debug for ChunkQueue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkQueue").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Chunk<'a> {
    kept: &'a mut [i16],
    starts: &'a mut [usize],
}

/// The MCUs that one thread has read.
#[derive(Debug)]
pub(super) struct McuBuffer<'a> {
    /// Coefficients per MCU.
    area: usize,
    chunks: Vec<Chunk<'a>>,
    len: usize,
}

impl<'a> McuBuffer<'a> {
    pub(super) fn new(area: usize) -> Self {
        Self { area, chunks: Vec::new(), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Room for the next MCU, which begins at bit `start` of the data. `None` if there is no memory
    /// left. The MCU counts once [`Self::commit`] is called.
    #[inline(always)]
    pub(super) fn next(&mut self, start: usize, queue: &ChunkQueue<'a>) -> Option<&mut [i16]> {
        let (chunk, at) = (self.len / CHUNK, self.len % CHUNK);
        if chunk == self.chunks.len() {
            self.chunks.push(queue.chunk()?);
        }
        let (area, chunk) = (self.area, self.chunks.get_mut(chunk)?);
        *chunk.starts.get_mut(at)? = start;
        chunk.kept.get_mut(at * area..(at + 1) * area)
    }

    #[inline(always)]
    pub(super) fn commit(&mut self) {
        self.len += 1;
    }

    /// Discards all MCUs.
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

    /// The coefficients of an MCU; empty if it was not read.
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
    fn buffers_are_zeroed_between_calls() {
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        for round in 0..3 {
            let mut pool = Pool::new(7, 4000, 2, &mut budget).unwrap();
            let queue = pool.chunks();
            let (mut mcus, mut count) = (McuBuffer::new(7), 0);
            while let Some(kept) = mcus.next(count, &queue) {
                assert_eq!(kept, [0; 7], "round {round}, MCU {count}");
                kept.fill(0x0101 << round);
                mcus.commit();
                count += 1;
            }
            assert_eq!(count, 4096 + 8 * CHUNK);
            drop((mcus, queue));
            pool.recycle(&mut budget);
        }
        let mut again = budget.zeroed_in_pieces(Stage::Decode, 2 * 7 * (4096 + 8 * CHUNK) + 1).unwrap();
        assert!(format!("{again:?}").contains('4'), "not left for later calls");
        assert!(again.pieces(100).all(|piece| piece.clear().iter().all(|&sample| sample == 0)));
    }
}
