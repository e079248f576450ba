//! [`BufferPool`] and [`Reused`]: memory that one call leaves for the next. No other file reuses
//! memory.
//!
//! In: buffers that are no longer needed. Out: zeroed buffers, so that samples a decoder forgets to
//! write never show an earlier image. The one exception, [`Reused::for_overwriting`], is for the
//! resampler's intermediate images. Getting pages from the operating system costs several times as
//! much as clearing them, and a renderer needs the same few sizes again and again.

use std::collections::VecDeque;

use crate::error::{Cause, Error, Result, Stage};

/// Buffers, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct BufferPool {
    buffers: VecDeque<Vec<u8>>,
}

impl BufferPool {
    /// Maximum number of bytes that are kept.
    const MAX_BYTES: usize = 32 << 20;

    /// Smaller buffers are left to the allocator.
    const MIN_LEN: usize = 64 << 10;

    /// A zeroed buffer of `len` bytes, if the pool has one that is large enough and not much
    /// larger.
    pub(super) fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let mut buffer = self.take_uncleared(len)?;
        buffer.fill(0);
        Some(buffer)
    }

    /// Like [`Self::take`], but each piece is cleared when it is taken.
    #[cfg(feature = "parallel")]
    pub(super) fn take_in_pieces(&mut self, len: usize) -> Option<Uncleared> {
        self.take_uncleared(len).map(Uncleared)
    }

    fn take_uncleared(&mut self, len: usize) -> Option<Vec<u8>> {
        if len < Self::MIN_LEN {
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
        if !(Self::MIN_LEN..=Self::MAX_BYTES).contains(&buffer.capacity()) {
            return;
        }
        let mut kept: usize = self.buffers.iter().map(Vec::capacity).sum();
        while kept > Self::MAX_BYTES - buffer.capacity() {
            kept -= self.buffers.pop_front().map_or(kept, |oldest| oldest.capacity());
        }
        self.buffers.push_back(buffer);
    }
}

/// A buffer whose pieces are cleared when they are taken: threads share that work, and pieces that
/// are never taken cost nothing.
#[cfg(feature = "parallel")]
#[derive(Debug)]
pub(crate) struct Uncleared(Vec<u8>);

#[cfg(feature = "parallel")]
impl Uncleared {
    pub(super) fn new(buffer: Vec<u8>) -> Self {
        Self(buffer)
    }

    /// Pieces of `len` 16-bit samples; the last one may be shorter.
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

/// A buffer that one stage keeps between calls.
#[derive(Debug, Default)]
pub(crate) struct Reused<T> {
    buffer: Vec<T>,
    /// Number of calls of [`Self::for_overwriting`].
    uses: u8,
}

impl<T: bytemuck::Pod> Reused<T> {
    /// Maximum number of bytes that are kept between calls.
    const MAX_BYTES: usize = 64 << 20;

    /// `len` zeroed samples. Invalidates what was taken before. The caller must reserve the memory.
    pub(crate) fn zeroed(&mut self, stage: Stage, len: usize) -> Result<&mut [T]> {
        if let Some(held) = self.buffer.get_mut(..len) {
            held.fill(T::zeroed());
        } else {
            self.grow(stage, len)?;
        }
        Ok(self.buffer.get_mut(..len).unwrap_or_default())
    }

    /// `len` samples of unspecified content, for a function that writes all of them before it reads
    /// any, and that passes them to no other code. Clearing them takes up to 3 % of the time of a
    /// large JPEG. With debug assertions, the content differs from call to call, so that the tests
    /// that compare a used renderer with a fresh one, and the fuzz targets, detect a sample that
    /// was not written.
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
        // Freed first, so that both are never held at once; memory fresh from the system is zeroed
        // already.
        self.buffer = Vec::new();
        let bytes = (len as u64).saturating_mul(size_of::<T>() as u64);
        self.buffer = bytemuck::allocation::try_zeroed_vec(len)
            .map_err(|()| Error::new(stage, Cause::OutOfMemory(bytes)))?;
        Ok(())
    }

    /// Frees the buffer if it is too large to keep between calls.
    pub(crate) fn trim(&mut self) {
        if self.buffer.capacity().saturating_mul(size_of::<T>()) > Self::MAX_BYTES {
            self.buffer = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_buffer_is_zeroed_each_time_and_freed_if_large() {
        let mut reused = Reused::<u16>::default();
        for len in [5, 3, 9, 0, 9] {
            let held = reused.zeroed(Stage::Resample, len).unwrap();
            assert_eq!(held, vec![0; len]);
            held.fill(7);
        }
        reused.trim();
        assert_eq!(reused.buffer.len(), 9);
        assert!(reused.zeroed(Stage::Resample, usize::MAX / 2).is_err());
        reused.zeroed(Stage::Resample, Reused::<u16>::MAX_BYTES / 2 + 1).unwrap();
        reused.trim();
        assert_eq!(reused.buffer.capacity(), 0);
        // Memory for overwriting never has the same content twice.
        let mut held = || reused.for_overwriting(Stage::Resample, 3).unwrap().to_vec();
        assert_ne!(held(), held());
    }

    #[test]
    fn a_buffer_comes_back_zeroed_for_a_similar_size() {
        let mut pool = BufferPool::default();
        let (len, address) = (BufferPool::MIN_LEN * 3, |buffer: &Vec<u8>| buffer.as_ptr().addr());
        let buffer = vec![7; len];
        let place = address(&buffer);
        pool.put(buffer);
        assert!(pool.take(len + 1).is_none() && pool.take(len / 2 - 1).is_none());
        let buffer = pool.take(len - 5).unwrap();
        assert!(address(&buffer) == place && buffer.len() == len - 5 && buffer.iter().all(|&byte| byte == 0));
        assert!(pool.take(len - 5).is_none(), "handed out twice");
    }

    #[test]
    fn take_returns_the_best_fit() {
        let mut pool = BufferPool::default();
        for size in [400_000, 200_000, 300_000] {
            pool.put(vec![1; size]);
        }
        assert_eq!(pool.take(200_000).unwrap().capacity(), 200_000);
        assert_eq!(pool.take(200_000).unwrap().capacity(), 300_000);
        assert_eq!(pool.take(200_000).unwrap().capacity(), 400_000);
    }

    #[test]
    fn the_pool_is_bounded_and_drops_the_oldest_buffer_first() {
        let mut pool = BufferPool::default();
        let held = |pool: &BufferPool| pool.buffers.iter().map(Vec::capacity).sum::<usize>();
        for size in [1, BufferPool::MIN_LEN - 1, BufferPool::MAX_BYTES + 1] {
            pool.put(vec![0; size]);
            assert_eq!(held(&pool), 0, "{size}");
        }
        for count in 1..100 {
            pool.put(vec![0; count << 16]);
            assert!(held(&pool) <= BufferPool::MAX_BYTES);
        }
        assert_eq!(pool.buffers.back().unwrap().capacity(), 99 << 16);
        pool.put(vec![0; BufferPool::MAX_BYTES]);
        assert_eq!((pool.buffers.len(), held(&pool)), (1, BufferPool::MAX_BYTES));
    }
}
