//! [`Load`]: estimates how long a new request would wait for a permit.
//!
//! In: the waiting requests, the durations of renders. Out: an estimate. Must not know what is
//! rendered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The assumed duration of a render before any was measured.
pub(super) const FIRST_GUESS: Duration = Duration::from_millis(50);

/// The queue for the permits of a pool.
#[derive(Debug)]
pub(super) struct Load {
    /// How long a thread works on one job.
    pub(super) render: Mean,
    /// How long a permit is held: while the source is read, until a thread is free, and while it is
    /// rendered.
    pub(super) held: Mean,
    threads: u32,
    places: u32,
    waiting: AtomicU32,
}

impl Load {
    pub(super) fn new(threads: u32, places: u32) -> Self {
        let (render, held) = (Mean::new(FIRST_GUESS), Mean::new(FIRST_GUESS));
        Self { render, held, threads: threads.max(1), places: places.max(1), waiting: AtomicU32::new(0) }
    }

    pub(super) fn waiting(&self) -> u32 {
        self.waiting.load(Relaxed)
    }

    /// Counts one more waiting request, until the result is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> Waiting {
        let before = self.waiting.fetch_add(1, Relaxed);
        Waiting { load: Arc::clone(self), before }
    }

    /// The expected wait of one more request.
    pub(super) fn expected_wait(&self) -> Duration {
        self.wait_behind(self.waiting())
    }

    /// The expected wait behind `before` others: the slower of the threads and the store that the
    /// sources are read from determines the time between two permits that become free.
    fn wait_behind(&self, before: u32) -> Duration {
        let interval = (self.render.get() / self.threads).max(self.held.get() / self.places);
        interval.saturating_mul(before.saturating_add(1))
    }
}

/// A waiting request.
#[derive(Debug)]
pub(super) struct Waiting {
    load: Arc<Load>,
    before: u32,
}

impl Waiting {
    /// Its expected wait, from its position when it entered the queue.
    pub(super) fn expected_wait(&self) -> Duration {
        self.load.wait_behind(self.before)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.load.waiting.fetch_sub(1, Relaxed);
    }
}

/// A moving average of durations: a new one has a weight of a sixteenth.
#[derive(Debug)]
pub(super) struct Mean(AtomicU64);

impl Mean {
    fn new(first: Duration) -> Self {
        Self(AtomicU64::new(micros(first)))
    }

    pub(super) fn get(&self) -> Duration {
        Duration::from_micros(self.0.load(Relaxed))
    }

    pub(super) fn add(&self, time: Duration) {
        let new = micros(time);
        // One of two concurrent updates may be lost, which an average tolerates.
        let old = self.0.load(Relaxed);
        self.0.store(old - old / 16 + new / 16, Relaxed);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn the_wait_grows_with_the_queue_and_shrinks_with_threads() {
        let load = Arc::new(Load::new(2, 4));
        assert_eq!(load.expected_wait(), milliseconds(25), "50 ms a render on two threads");
        let first = load.enter();
        let second = load.enter();
        assert_eq!((first.expected_wait(), second.expected_wait()), (milliseconds(25), milliseconds(50)));
        assert_eq!(load.expected_wait(), milliseconds(75));
        drop(first);
        assert_eq!(load.waiting(), 1);
    }

    #[test]
    fn the_mean_follows_the_work_and_a_slow_store_counts() {
        let load = Load::new(2, 4);
        for _ in 0..200 {
            load.render.add(milliseconds(200));
        }
        let wait = load.expected_wait();
        assert!((milliseconds(95)..=milliseconds(100)).contains(&wait), "{wait:?}");
        for _ in 0..200 {
            load.held.add(milliseconds(2000));
        }
        let wait = load.expected_wait();
        assert!((milliseconds(480)..=milliseconds(500)).contains(&wait), "{wait:?}");
    }
}
