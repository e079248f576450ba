//! [`BufferPool`] and [`Reused`]: memory that one call leaves for the next, and the only place that reuses any.
//!
//! In: buffers that are no longer needed. Out: zeros: whatever a decoder forgets to write, nothing of an earlier picture can be read
//! there. The one exception, [`Reused::for_overwriting`], is for the resampler's own intermediate pictures. Asking the system for
//! pages costs several times what it costs to clear them, and a renderer needs the same few sizes again and again. Must not know
//! what samples show.

use std::collections::VecDeque;

use crate::error::{Cause, Error, Result, Stage};

/// Buffers, the one that has lain here longest first.
#[derive(Debug, Default)]
pub(crate) struct BufferPool {
    buffers: VecDeque<Vec<u8>>,
}

impl BufferPool {
    /// Bytes that are kept at most.
    const MOST: usize = 32 << 20;

    /// Smaller buffers are the allocator's own business.
    const LEAST: usize = 64 << 10;

    /// A buffer of `len` zeros, if there is one that is large enough and not much larger.
    pub(super) fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let mut buffer = self.take_uncleared(len)?;
        buffer.fill(0);
        Some(buffer)
    }

    /// Like [`Self::take`], but cleared piece by piece, by whoever takes a piece.
    #[cfg(feature = "parallel")]
    pub(super) fn take_in_pieces(&mut self, len: usize) -> Option<Uncleared> {
        self.take_uncleared(len).map(Uncleared)
    }

    fn take_uncleared(&mut self, len: usize) -> Option<Vec<u8>> {
        if len < Self::LEAST {
            return None;
        }
        let fits = |buffer: &Vec<u8>| (len..=len.saturating_mul(2)).contains(&buffer.capacity());
        let fitting = self.buffers.iter().enumerate().filter(|(_, buffer)| fits(buffer));
        let (place, _) = fitting.min_by_key(|(_, buffer)| buffer.capacity())?;
        let mut buffer = self.buffers.remove(place)?;
        buffer.resize(len, 0);
        Some(buffer)
    }

    pub(super) fn put(&mut self, buffer: Vec<u8>) {
        if !(Self::LEAST..=Self::MOST).contains(&buffer.capacity()) {
            return;
        }
        let mut kept: usize = self.buffers.iter().map(Vec::capacity).sum();
        while kept > Self::MOST - buffer.capacity() {
            kept -= self.buffers.pop_front().map_or(kept, |oldest| oldest.capacity());
        }
        self.buffers.push_back(buffer);
    }
}

/// A buffer of which each piece is cleared when it is taken: threads share that work, and pieces that nobody takes cost nothing.
#[cfg(feature = "parallel")]
#[derive(Debug)]
pub(crate) struct Uncleared(Vec<u8>);

#[cfg(feature = "parallel")]
impl Uncleared {
    pub(super) fn new(buffer: Vec<u8>) -> Self {
        Self(buffer)
    }

    /// Pieces of `len` samples of 16 bits, the last of what is left.
    pub(crate) fn pieces(&mut self, len: usize) -> impl Iterator<Item = Piece<'_>> + use<'_> {
        let (_, samples, _) = bytemuck::pod_align_to_mut(&mut self.0);
        samples.chunks_mut(len.max(1)).map(Piece)
    }

    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.0
    }
}

/// A piece of an [`Uncleared`] buffer.
#[cfg(feature = "parallel")]
#[derive(Debug)]
pub(crate) struct Piece<'a>(&'a mut [i16]);

#[cfg(feature = "parallel")]
impl<'a> Piece<'a> {
    pub(crate) fn clear(self) -> &'a mut [i16] {
        self.0.fill(0);
        self.0
    }
}

/// A buffer that stays with one stage between calls.
#[derive(Debug, Default)]
pub(crate) struct Reused<T> {
    buffer: Vec<T>,
    /// Calls of [`Self::for_overwriting`].
    uses: u8,
}

impl<T: bytemuck::Pod> Reused<T> {
    /// Bytes that are kept between calls at most.
    const MOST: usize = 64 << 20;

    /// `len` zeros. What was taken before is gone. The memory must be reserved by the caller.
    pub(crate) fn zeroed(&mut self, stage: Stage, len: usize) -> Result<&mut [T]> {
        if let Some(held) = self.buffer.get_mut(..len) {
            held.fill(T::zeroed());
        } else {
            self.grow(stage, len)?;
        }
        Ok(self.buffer.get_mut(..len).unwrap_or_default())
    }

    /// `len` samples of anything, for a function that writes all of them before it reads any, and hands them to nobody else. To
    /// clear them costs a large JPEG up to 3 % of its time. With debug assertions they hold something else each time, so
    /// that the tests which compare a used renderer with a fresh one, and the fuzz targets, see a sample that was not written.
    pub(crate) fn for_overwriting(&mut self, stage: Stage, len: usize) -> Result<&mut [T]> {
        if self.buffer.len() < len {
            self.grow(stage, len)?;
        }
        self.uses = self.uses.wrapping_add(1);
        let held = self.buffer.get_mut(..len).unwrap_or_default();
        if cfg!(debug_assertions) {
            bytemuck::cast_slice_mut(held).fill(self.uses);
        }
        Ok(held)
    }

    fn grow(&mut self, stage: Stage, len: usize) -> Result<()> {
        // Freed first, so that both are never held at once; memory fresh from the system need not be cleared.
        self.buffer = Vec::new();
        let bytes = (len as u64).saturating_mul(size_of::<T>() as u64);
        self.buffer = bytemuck::allocation::try_zeroed_vec(len)
            .map_err(|()| Error::new(stage, Cause::OutOfMemory(bytes)))?;
        Ok(())
    }

    /// Frees it if it is too large to be kept between calls.
    pub(crate) fn trim(&mut self) {
        if self.buffer.capacity().saturating_mul(size_of::<T>()) > Self::MOST {
            self.buffer = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_buffer_is_zeros_each_time_and_freed_if_it_is_large() {
        let mut reused = Reused::<u16>::default();
        for len in [5, 3, 9, 0, 9] {
            let held = reused.zeroed(Stage::Resample, len).unwrap();
            assert_eq!(held, vec![0; len]);
            held.fill(7);
        }
        reused.trim();
        assert_eq!(reused.buffer.len(), 9);
        assert!(reused.zeroed(Stage::Resample, usize::MAX / 2).is_err());
        reused.zeroed(Stage::Resample, Reused::<u16>::MOST / 2 + 1).unwrap();
        reused.trim();
        assert_eq!(reused.buffer.capacity(), 0);
        // What is to be overwritten is never twice the same.
        let mut held = || reused.for_overwriting(Stage::Resample, 3).unwrap().to_vec();
        assert_ne!(held(), held());
    }

    #[test]
    fn a_buffer_comes_back_as_zeros_to_who_needs_about_as_much() {
        let mut pool = BufferPool::default();
        let (len, address) = (BufferPool::LEAST * 3, |buffer: &Vec<u8>| buffer.as_ptr().addr());
        let buffer = vec![7; len];
        let place = address(&buffer);
        pool.put(buffer);
        assert!(pool.take(len + 1).is_none() && pool.take(len / 2 - 1).is_none());
        let buffer = pool.take(len - 5).unwrap();
        assert!(address(&buffer) == place && buffer.len() == len - 5 && buffer.iter().all(|&byte| byte == 0));
        assert!(pool.take(len - 5).is_none(), "handed out twice");
    }

    #[test]
    fn the_best_fit_is_taken() {
        let mut pool = BufferPool::default();
        for size in [400_000, 200_000, 300_000] {
            pool.put(vec![1; size]);
        }
        assert_eq!(pool.take(200_000).unwrap().capacity(), 200_000);
        assert_eq!(pool.take(200_000).unwrap().capacity(), 300_000);
        assert_eq!(pool.take(200_000).unwrap().capacity(), 400_000);
    }

    #[test]
    fn no_more_is_kept_than_said_and_the_oldest_goes_first() {
        let mut pool = BufferPool::default();
        let held = |pool: &BufferPool| pool.buffers.iter().map(Vec::capacity).sum::<usize>();
        for size in [1, BufferPool::LEAST - 1, BufferPool::MOST + 1] {
            pool.put(vec![0; size]);
            assert_eq!(held(&pool), 0, "{size}");
        }
        for count in 1..100 {
            pool.put(vec![0; count << 16]);
            assert!(held(&pool) <= BufferPool::MOST);
        }
        assert_eq!(pool.buffers.back().unwrap().capacity(), 99 << 16);
        pool.put(vec![0; BufferPool::MOST]);
        assert_eq!((pool.buffers.len(), held(&pool)), (1, BufferPool::MOST));
    }
}
