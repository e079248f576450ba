//! [`Flights`]: coalesces concurrent requests, so that equal work runs once for all of them.
//!
//! In: a key, and work to start if none is in flight for that key. Out: its result, shared. The
//! work runs in its own task: it continues while at least one caller waits, whichever came first,
//! and is cancelled when the last one has gone. Must not know what the work is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cretula::CancelToken;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tracing::Instrument;

/// The work in flight, by key.
pub(super) struct Flights<T> {
    board: Arc<Board<T>>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { board: Arc::new(Board(Mutex::new(HashMap::new()))) }
    }
}

struct Board<T>(Mutex<HashMap<String, Weak<Flight<T>>>>);

/// One piece of work, owned by its waiters.
struct Flight<T> {
    key: String,
    board: Arc<Board<T>>,
    result: watch::Receiver<Option<T>>,
    cancel: CancelToken,
    task: AbortHandle,
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// Returns the result of the work in flight for `key`, or else of the work that `start`
    /// creates. When no caller waits any more, the token is cancelled and the future is dropped.
    /// `None` if the work panicked.
    pub(super) async fn join<F>(&self, key: String, start: impl FnOnce(CancelToken) -> F) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let flight = self.board.take_off(key, start);
        let mut result = flight.result.clone();
        let landed = result.wait_for(Option::is_some).await.ok()?;
        Option::clone(&landed)
    }
}

impl<T: Clone + Send + Sync + 'static> Board<T> {
    fn take_off<F>(self: &Arc<Self>, key: String, start: impl FnOnce(CancelToken) -> F) -> Arc<Flight<T>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::new_cyclic(|this| {
            let (sender, result) = watch::channel(None);
            let cancel = CancelToken::new();
            let (work, this, board, name) =
                (start(cancel.clone()), this.clone(), Arc::clone(self), key.clone());
            let task = async move {
                let value = work.await;
                // Later callers start again: a failure is only for the callers that waited for it.
                board.remove(&name, |flight| flight.ptr_eq(&this));
                sender.send_replace(Some(value));
            };
            let task = tokio::spawn(task.in_current_span()).abort_handle();
            Flight { key: key.clone(), board: Arc::clone(self), result, cancel, task }
        });
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }
}

impl<T> Board<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<Flight<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the entry that `is_it` accepts; newer work may be in flight for the same key.
    fn remove(&self, key: &str, is_it: impl FnOnce(&Weak<Flight<T>>) -> bool) {
        let mut flights = self.lock();
        if flights.get(key).is_some_and(is_it) {
            flights.remove(key);
        }
    }
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.task.abort();
        self.board.remove(&self.key, |flight| flight.strong_count() == 0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::sync::Notify;
    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn sixty_four_equal_requests_run_once() {
        let flights = Arc::new(Flights::<usize>::default());
        let (runs, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let mut waiting = JoinSet::new();
        for _ in 0..64 {
            let (flights, runs, gate) = (Arc::clone(&flights), Arc::clone(&runs), Arc::clone(&gate));
            waiting.spawn(async move {
                let work = |_| async move {
                    gate.notified().await;
                    runs.fetch_add(1, Ordering::SeqCst) + 41
                };
                flights.join("key".to_owned(), work).await
            });
        }
        let joined = || flights.board.lock().get("key").map_or(0, Weak::strong_count);
        let all = async {
            while joined() < 64 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), all).await.expect("64 wait for one");
        gate.notify_one();
        while let Some(result) = waiting.join_next().await {
            assert_eq!(result.unwrap(), Some(41));
        }
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        assert!(flights.board.lock().is_empty());
    }

    #[tokio::test]
    async fn the_work_outlives_the_caller_that_started_it() {
        let flights = Flights::<u32>::default();
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let mut first = Box::pin(flights.join("key".to_owned(), |_| async move {
            opened.notified().await;
            7
        }));
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut first).await.is_err());
        let mut second = Box::pin(flights.join("key".to_owned(), |_| async { 8 }));
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut second).await.is_err());
        drop(first);
        gate.notify_one();
        assert_eq!(second.await, Some(7));
    }

    #[tokio::test]
    async fn work_without_waiters_is_cancelled_and_later_callers_start_again() {
        let flights = Flights::<u32>::default();
        let (sender, token) = std::sync::mpsc::channel();
        let never = flights.join("key".to_owned(), |cancel| {
            sender.send(cancel).unwrap();
            std::future::pending()
        });
        assert!(tokio::time::timeout(Duration::from_millis(5), never).await.is_err());
        assert!(token.recv().unwrap().is_cancelled());
        assert!(flights.board.lock().is_empty());
        assert_eq!(flights.join("key".to_owned(), |_| async { 9 }).await, Some(9));
    }

    #[tokio::test]
    async fn failures_and_panics_are_not_kept() {
        let flights = Flights::<Result<u32, u32>>::default();
        assert_eq!(flights.join("key".to_owned(), |_| async { Err(1) }).await, Some(Err(1)));
        assert_eq!(flights.join("key".to_owned(), |_| async { panic!("on purpose") }).await, None);
        assert_eq!(flights.join("key".to_owned(), |_| async { Ok(2) }).await, Some(Ok(2)));
    }

    #[tokio::test]
    async fn later_callers_do_not_share_an_earlier_failure() {
        let flights = Flights::<Result<u32, u32>>::default();
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let mut slow = Box::pin(flights.join("key".to_owned(), |_| async move {
            opened.notified().await;
            Err(1)
        }));
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut slow).await.is_err());
        gate.notify_one();
        tokio::time::sleep(Duration::from_millis(5)).await;
        // The failure is ready, and the slow caller has not taken it yet.
        assert_eq!(flights.join("key".to_owned(), |_| async { Ok(2) }).await, Some(Ok(2)));
        assert_eq!(slow.await, Some(Err(1)));
    }

    #[tokio::test]
    async fn different_keys_do_not_wait_for_each_other() {
        let flights = Flights::<u32>::default();
        let mut blocked = Box::pin(flights.join("one".to_owned(), |_| std::future::pending()));
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut blocked).await.is_err());
        assert_eq!(flights.join("two".to_owned(), |_| async { 2 }).await, Some(2));
    }
}
