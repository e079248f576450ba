//! [`Renderers`]: one render thread per core, behind a queue that is bounded by response time.
//!
//! In: work that needs a [`Renderer`]. Out: its result, or a refusal (503) before anything is read
//! for it. A request that is admitted gets a [`Permit`] and only then reads its source, so queued
//! requests hold no bytes. Must not know about URLs, records or storage.

mod load;

use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cretula::{Limits, Renderer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use self::load::Load;
use crate::failure::Failure;
use crate::metrics::Metrics;

/// The maximum number of sources held per thread: the one being rendered, and the next one, which
/// is read meanwhile. An object store responds in about the time of a render; without the second
/// source, threads would be idle half of the time.
const SOURCES_PER_THREAD: u32 = 2;

/// The size of the pool, and its limits.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The number of threads; 0: one per core.
    pub(crate) threads: u32,
    /// The time within which a request should be done: its wait and its render.
    pub(crate) response_time: Duration,
    /// The limits of one render.
    pub(crate) limits: Limits,
}

type Job = Box<dyn FnOnce(&mut Renderer) + Send>;

/// The thread pool. The number of threads bounds its memory: each has the renderer's memory limit
/// and [`SOURCES_PER_THREAD`] sources.
pub(crate) struct Renderers {
    jobs: Sender<Job>,
    places: Arc<Semaphore>,
    load: Arc<Load>,
    settings: Settings,
    metrics: Metrics,
}

/// The right to hold one source and to have it rendered. Dropping it admits the next request.
pub(crate) struct Permit {
    waited: Duration,
    admitted: Instant,
    load: Arc<Load>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.load.held.add(self.admitted.elapsed());
    }
}

impl Renderers {
    /// Starts the threads, which end when the pool is dropped.
    pub(crate) fn start(mut settings: Settings, metrics: Metrics) -> io::Result<Self> {
        if settings.threads == 0 {
            let cores = thread::available_parallelism().map_or(1, NonZero::get);
            settings.threads = u32::try_from(cores).unwrap_or(u32::MAX);
        }
        let places = settings.threads.saturating_mul(SOURCES_PER_THREAD);
        let (jobs, received) = mpsc::channel();
        let received = Arc::new(Mutex::new(received));
        for index in 0..settings.threads {
            let (received, limits) = (Arc::clone(&received), settings.limits.clone());
            thread::Builder::new().name(format!("render-{index}")).spawn(move || {
                let mut renderer = Renderer::with_limits(limits);
                while let Some(job) = next(&received) {
                    job(&mut renderer);
                }
            })?;
        }
        let load = Arc::new(Load::new(settings.threads, places));
        // A semaphore can count more threads than can be started.
        let semaphore = Semaphore::new(usize::try_from(places).unwrap_or(Semaphore::MAX_PERMITS));
        Ok(Self { jobs, places: Arc::new(semaphore), load, settings, metrics })
    }

    /// The limits of one render.
    pub(crate) fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    /// The number of threads.
    pub(crate) fn threads(&self) -> u32 {
        self.settings.threads
    }

    /// The number of requests that wait for a permit.
    pub(crate) fn waiting(&self) -> u32 {
        self.load.waiting()
    }

    /// The number of free permits.
    pub(crate) fn free(&self) -> usize {
        self.places.available_permits()
    }

    /// Waits for a permit, in order of arrival. Refuses at once if the expected wait is longer than
    /// [`longest_wait`](Self::longest_wait), and later if the actual wait is.
    pub(crate) async fn admit(&self) -> Result<Permit, Failure> {
        let arrived = Instant::now();
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => self.wait().await?,
        };
        let (waited, load) = (arrived.elapsed(), Arc::clone(&self.load));
        self.metrics.waited(waited);
        Ok(Permit { waited, admitted: Instant::now(), load, _place: place })
    }

    /// The longest wait that leaves time for a render twice as long as the average one.
    fn longest_wait(&self) -> Duration {
        let total = self.settings.response_time;
        // Renders that are longer than that are served if they need not wait long.
        total - (self.load.render.get() * 2).min(total / 2)
    }

    async fn wait(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let waiting = self.load.enter();
        let longest = self.longest_wait();
        if waiting.expected_wait() > longest {
            return Err(overloaded(&self.metrics, waiting.expected_wait()));
        }
        match tokio::time::timeout(longest, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            // The semaphore is never closed, so this is the timeout.
            _ => Err(overloaded(&self.metrics, waiting.expected_wait())),
        }
    }

    /// Runs `work` on a thread of the pool, and holds the permit until it is done. Work that no
    /// caller waits for any more is not started; to stop it later, it takes a
    /// [`CancelToken`](cretula::CancelToken).
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        permit: Permit,
        work: impl FnOnce(&mut Renderer) -> cretula::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (answer, answered) = oneshot::channel();
        let (handed, longest) = (Instant::now(), self.longest_wait());
        let metrics = self.metrics.clone();
        let job: Job = Box::new(move |renderer| {
            if answer.is_closed() {
                return;
            }
            let result = if permit.waited + handed.elapsed() > longest {
                // The source is freed before another may be read.
                drop(work);
                Err(overloaded(&metrics, permit.load.expected_wait()))
            } else {
                let started = Instant::now();
                let result = guarded(renderer, work);
                permit.load.render.add(started.elapsed());
                metrics.render(started.elapsed());
                result
            };
            drop(permit);
            // The caller may have gone.
            let _ = answer.send(result);
        });
        self.jobs.send(job).map_err(|_| Failure::internal("the render threads have stopped"))?;
        answered.await.map_err(|_| Failure::internal("a render ended without a result"))?
    }
}

/// The next job; `None` once the pool is dropped.
fn next(received: &Mutex<Receiver<Job>>) -> Option<Job> {
    received.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn overloaded(metrics: &Metrics, expected_wait: Duration) -> Failure {
    metrics.refused();
    Failure::overloaded(expected_wait)
}

/// Runs the work. A panic discards this work and the renderer's memory, but the thread survives.
fn guarded<T>(
    renderer: &mut Renderer,
    work: impl FnOnce(&mut Renderer) -> cretula::Result<T>,
) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(|| work(renderer))) {
        Ok(result) => result.map_err(Failure::from),
        Err(_) => {
            *renderer = Renderer::with_limits(renderer.limits().clone());
            Err(Failure::internal("a render panicked"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::http::StatusCode;

    use super::*;

    fn pool(response_time: Duration) -> Renderers {
        let settings = Settings { threads: 1, response_time, limits: Limits::default() };
        Renderers::start(settings, Metrics::new()).unwrap()
    }

    /// Work that ends when its sender is dropped.
    fn blocked() -> (Sender<()>, impl FnOnce(&mut Renderer) -> cretula::Result<()> + Send + 'static) {
        let (release, released) = mpsc::channel::<()>();
        (release, move |_: &mut Renderer| {
            let _ = released.recv();
            Ok(())
        })
    }

    fn milliseconds(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn status<T>(result: Result<T, Failure>) -> StatusCode {
        result.err().map_or(StatusCode::OK, |failure| failure.status())
    }

    #[tokio::test]
    async fn requests_that_would_wait_too_long_are_refused_at_once() {
        let pool = pool(load::FIRST_GUESS * 9 / 2);
        let held = (pool.admit().await.unwrap(), pool.admit().await.unwrap());
        assert_eq!(pool.free(), 0);
        let (first, second) = (pool.admit(), pool.admit());
        tokio::pin!(first, second);
        // Of 225 ms, 100 are for the render: two others of 50 ms fit into the wait, a third does not.
        let started = Instant::now();
        let refused = tokio::select! {
            biased;
            _ = &mut first => panic!("no permit is free"),
            _ = &mut second => panic!("no permit is free"),
            refused = pool.admit() => refused,
        };
        assert_eq!(status(refused), StatusCode::SERVICE_UNAVAILABLE);
        assert!(started.elapsed() < milliseconds(40), "{:?}", started.elapsed());
        assert_eq!(pool.waiting(), 2, "the refused one does not count");
        drop(held);
        assert!(first.await.is_ok() && second.await.is_ok());
        assert_eq!((pool.waiting(), pool.free()), (0, 2));
    }

    #[tokio::test]
    async fn requests_that_wait_longer_than_expected_are_refused_at_the_limit() {
        let pool = pool(milliseconds(180));
        let _held = (pool.admit().await.unwrap(), pool.admit().await.unwrap());
        let started = Instant::now();
        assert_eq!(status(pool.admit().await), StatusCode::SERVICE_UNAVAILABLE);
        assert!(started.elapsed() >= milliseconds(80));
        assert_eq!(pool.waiting(), 0);
    }

    #[tokio::test]
    async fn long_renders_are_served_if_they_need_not_wait() {
        let pool = pool(milliseconds(200));
        for _ in 0..100 {
            pool.load.render.add(milliseconds(5000));
        }
        assert_eq!(pool.longest_wait(), milliseconds(100));
        let permit = pool.admit().await.unwrap();
        assert_eq!(pool.run(permit, |_| Ok(7)).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn work_that_waited_too_long_for_a_thread_is_refused() {
        let pool = pool(milliseconds(60));
        let (release, long) = blocked();
        let (first, second) = (pool.admit().await.unwrap(), pool.admit().await.unwrap());
        let ran = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ran);
        let late = pool.run(second, move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        let released = async {
            tokio::time::sleep(milliseconds(120)).await;
            drop(release);
        };
        let (long, late, ()) = tokio::join!(pool.run(first, long), late, released);
        assert_eq!((status(long), status(late)), (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(ran.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_panic_becomes_an_error_and_the_thread_survives() {
        let pool = pool(milliseconds(1000));
        let permit = pool.admit().await.unwrap();
        let result = pool.run::<()>(permit, |_| panic!("on purpose")).await;
        assert_eq!(status(result), StatusCode::INTERNAL_SERVER_ERROR);
        let permit = pool.admit().await.unwrap();
        assert_eq!(pool.run(permit, |_| Ok(7)).await.unwrap(), 7);
        assert_eq!(pool.free(), 2);
    }

    #[tokio::test]
    async fn work_that_no_caller_waits_for_is_not_started() {
        let pool = pool(milliseconds(1000));
        let (release, long) = blocked();
        let (first, second) = (pool.admit().await.unwrap(), pool.admit().await.unwrap());
        let ran = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ran);
        let gone = pool.run(second, move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        let long = pool.run(first, long);
        tokio::pin!(long);
        assert!(tokio::time::timeout(milliseconds(20), &mut long).await.is_err(), "it is blocked");
        assert!(tokio::time::timeout(milliseconds(20), gone).await.is_err(), "it is behind the blocked one");
        drop(release);
        long.await.unwrap();
        let permit = pool.admit().await.unwrap();
        pool.run(permit, |_| Ok(())).await.unwrap();
        assert_eq!((ran.load(Ordering::SeqCst), pool.free()), (0, 2));
    }
}
