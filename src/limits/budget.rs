//! [`Budget`]: what is left of the [`Limits`] during one call.
//!
//! In: the limits, the cancellation token, and sizes of allocations. Out: zeroed buffers, or an
//! error before anything is allocated.

#[cfg(feature = "parallel")]
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::bounds::Limits;
use super::buffer_pool::BufferPool;
#[cfg(feature = "parallel")]
use super::buffer_pool::Uncleared;
use super::interrupt::{CancelToken, Interrupt};
use crate::error::{Cause, Error, Result, Stage};

#[cfg(feature = "parallel")]
const MAX_THREADS: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// What is left of the [`Limits`] during one call. Spent before each allocation whose size depends
/// on the input.
#[derive(Debug)]
pub(crate) struct Budget<'a> {
    limits: &'a Limits,
    interrupt: Interrupt<'a>,
    /// Shared by all threads of the call.
    spent: Arc<AtomicU64>,
    pool: BufferPool,
    #[cfg(feature = "parallel")]
    threads: NonZeroUsize,
}

impl<'a> Budget<'a> {
    /// Starts a call: the deadline counts from here.
    pub(crate) fn start(limits: &'a Limits, cancel: Option<&'a CancelToken>) -> Self {
        Self {
            limits,
            interrupt: Interrupt::start(cancel, limits.deadline),
            spent: Arc::default(),
            pool: BufferPool::default(),
            #[cfg(feature = "parallel")]
            threads: NonZeroUsize::MIN,
        }
    }

    /// Takes buffers from `pool`, which earlier calls have filled.
    pub(crate) fn with_pool(self, pool: BufferPool) -> Self {
        Self { pool, ..self }
    }

    /// A budget for another thread of the call, which spends from the same limits.
    pub(crate) fn share(&self) -> Self {
        Self {
            limits: self.limits,
            interrupt: self.interrupt,
            spent: self.spent.clone(),
            pool: BufferPool::default(),
            #[cfg(feature = "parallel")]
            threads: NonZeroUsize::MIN,
        }
    }

    /// The pool for the next call.
    pub(crate) fn into_pool(self) -> BufferPool {
        self.pool
    }

    /// Sets the maximum number of threads, capped at 16.
    #[cfg(feature = "parallel")]
    pub(crate) fn with_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads: threads.min(MAX_THREADS), ..self }
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// The maximum number of threads that may work at once.
    pub(crate) fn threads(&self) -> usize {
        #[cfg(feature = "parallel")]
        return self.threads.get();
        #[cfg(not(feature = "parallel"))]
        1
    }

    /// Bytes of memory that are reserved and not yet released.
    pub(crate) fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Fails if the caller has cancelled or the deadline has passed. Cheap enough for a loop over
    /// rows.
    pub(crate) fn check_interrupt(&self, stage: Stage) -> Result<()> {
        self.interrupt.check_interrupt(stage)
    }

    /// The interrupt behind [`Self::check_interrupt`], for code that cannot hold a budget.
    pub(crate) fn interrupt(&self) -> Interrupt<'a> {
        self.interrupt
    }

    /// Fails if another `bytes` of memory would exceed the limit.
    pub(crate) fn check(&self, stage: Stage, bytes: u64) -> Result<()> {
        self.limits.check_memory(stage, self.spent().saturating_add(bytes))
    }

    /// Spends `bytes` of memory, or fails before anything is allocated.
    pub(crate) fn reserve(&mut self, stage: Stage, bytes: u64) -> Result<()> {
        let sum = |spent: u64| {
            let sum = spent.saturating_add(bytes);
            (sum <= self.limits.max_memory_bytes).then_some(sum)
        };
        match self.spent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum) {
            Ok(_) => Ok(()),
            Err(spent) => self.limits.check_memory(stage, spent.saturating_add(bytes)),
        }
    }

    /// Returns `bytes` that were reserved and are no longer held.
    pub(crate) fn release(&mut self, bytes: u64) {
        let rest = |spent: u64| Some(spent.saturating_sub(bytes));
        // Never fails: there always is a rest.
        let _ = self.spent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
    }

    /// Keeps a buffer that is no longer needed for a later allocation. Does not release its
    /// reservation: call [`Self::release`] for that.
    pub(crate) fn recycle(&mut self, buffer: Vec<u8>) {
        self.pool.put(buffer);
    }

    /// Like [`Self::zeroed`], but each piece of the buffer is cleared when it is taken.
    #[cfg(feature = "parallel")]
    pub(crate) fn zeroed_in_pieces(&mut self, stage: Stage, len: usize) -> Result<Uncleared> {
        let Some(buffer) = self.pool.take_in_pieces(len) else {
            return self.zeroed(stage, len).map(Uncleared::new);
        };
        self.reserve(stage, len as u64)?;
        Ok(buffer)
    }

    /// Like [`Self::recycle`], for a buffer from [`Self::zeroed_in_pieces`].
    #[cfg(feature = "parallel")]
    pub(crate) fn recycle_pieces(&mut self, buffer: Uncleared) {
        self.recycle(buffer.into_buffer());
    }

    /// Reserves memory for `len` samples, then allocates them, zeroed. Never aborts.
    pub(crate) fn zeroed<T: bytemuck::Pod>(&mut self, stage: Stage, len: usize) -> Result<Vec<T>> {
        let bytes = (len as u64).saturating_mul(size_of::<T>() as u64);
        self.reserve(stage, bytes)?;
        // The pool holds only byte buffers.
        let pooled = if size_of::<T>() == 1 { self.pool.take(len) } else { None };
        if let Some(Ok(samples)) = pooled.map(bytemuck::allocation::try_cast_vec) {
            return Ok(samples);
        }
        bytemuck::allocation::try_zeroed_vec(len).map_err(|()| Error::new(stage, Cause::OutOfMemory(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn memory_is_refused_before_it_is_allocated_and_can_be_released() {
        let limits = Limits { max_memory_bytes: 100, ..Limits::default() };
        let mut budget = Budget::start(&limits, None);
        budget.reserve(Stage::Decode, 60).unwrap();
        let error = budget.zeroed::<u16>(Stage::Decode, 21).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert_eq!(
            error.to_string(),
            "the memory needed is 102 bytes, the limit is 100: raise Limits::max_memory_bytes to accept it"
        );
        budget.release(60);
        assert_eq!(budget.zeroed::<u16>(Stage::Decode, 50).unwrap().len(), 50);
    }
}
