//! Coefficients of MCUs in the order they are read, and where in the data each begins.
//!
//! In: MCUs, one after the other, into memory that a [`Pool`] lends. Out: any of them. Must not know what they hold.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Result, Stage};
use crate::limits::Budget;

/// MCUs that memory is taken for at once.
const CHUNK: usize = 256;

/// Memory reserved for all threads together: how many MCUs which one reads is not known before.
#[derive(Debug)]
pub(super) struct Pool {
    /// Coefficients of an MCU.
    area: usize,
    chunks: AtomicUsize,
}

impl Pool {
    /// Room for `mcus` MCUs in all, by `threads` threads, of which each may read some that another reads, too.
    pub(super) fn new(area: usize, mcus: usize, threads: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let chunks = mcus.div_ceil(CHUNK) + 4 * threads;
        // Lists of chunks grow by doubling.
        let chunk = CHUNK * (area * size_of::<i16>() + size_of::<usize>()) + 2 * size_of::<Chunk>();
        budget.reserve(Stage::Decode, (chunks as u64).saturating_mul(chunk as u64))?;
        Ok(Self { area, chunks: AtomicUsize::new(chunks) })
    }

    fn chunk(&self) -> Option<Chunk> {
        let one_less = |chunks: usize| chunks.checked_sub(1);
        self.chunks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).ok()?;
        let kept = bytemuck::allocation::try_zeroed_vec(CHUNK * self.area).ok()?;
        let starts = bytemuck::allocation::try_zeroed_vec(CHUNK).ok()?;
        Some(Chunk { kept, starts })
    }
}

#[derive(Debug)]
struct Chunk {
    kept: Vec<i16>,
    starts: Vec<usize>,
}

/// The MCUs that one thread read.
#[derive(Debug)]
pub(super) struct Mcus<'a> {
    pool: &'a Pool,
    chunks: Vec<Chunk>,
    len: usize,
}

impl<'a> Mcus<'a> {
    pub(super) fn new(pool: &'a Pool) -> Self {
        Self { pool, chunks: Vec::new(), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Room for the next MCU, which begins at `start`; zeros. `None` if there is no memory left. [`Self::keep`] makes it
    /// count.
    #[inline(always)]
    pub(super) fn next(&mut self, start: usize) -> Option<&mut [i16]> {
        let (chunk, at) = (self.len / CHUNK, self.len % CHUNK);
        if chunk == self.chunks.len() {
            self.chunks.push(self.pool.chunk()?);
        }
        let (area, chunk) = (self.pool.area, self.chunks.get_mut(chunk)?);
        *chunk.starts.get_mut(at)? = start;
        chunk.kept.get_mut(at * area..(at + 1) * area)
    }

    #[inline(always)]
    pub(super) fn keep(&mut self) {
        self.len += 1;
    }

    /// Forgets all, also what was begun.
    pub(super) fn clear(&mut self) {
        let used = self.chunks.iter_mut().flat_map(|chunk| &mut chunk.kept);
        used.take((self.len + 1) * self.pool.area).for_each(|value| *value = 0);
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
        let (area, at) = (self.pool.area, number % CHUNK);
        let chunk = self.chunks.get(number / CHUNK);
        chunk.and_then(|chunk| chunk.kept.get(at * area..(at + 1) * area)).unwrap_or_default()
    }
}
