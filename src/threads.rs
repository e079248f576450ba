//! [`for_each`]: runs jobs on scoped threads or, without the feature `parallel`, one after the
//! other. [`start`]: starts one thread.
//!
//! In: jobs, and a function to run on each. Out: nothing, or an error; no thread outlives the call.
//! The only file that starts threads. Must not know what the jobs are.

#[cfg(feature = "parallel")]
use std::panic::resume_unwind;
#[cfg(feature = "parallel")]
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;
pub(crate) use std::thread::{Scope, ScopedJoinHandle, scope};

use crate::error::Result;

/// Starts a thread; `None` if there can be no more.
pub(crate) fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Option<ScopedJoinHandle<'scope, T>> {
    Builder::new().spawn_scoped(scope, work).ok()
}

/// Runs `work` on each job.
#[cfg(not(feature = "parallel"))]
pub(crate) fn for_each<T: Send>(
    _threads: usize,
    jobs: &mut [T],
    work: impl Fn(&mut T) -> Result<()> + Sync,
) -> Result<()> {
    jobs.iter_mut().try_for_each(work)
}

/// Runs `work` on each job, on at most `threads` threads, including the current one. If a thread
/// cannot be started, the others take its jobs. A panic on any thread is resumed on this one.
#[cfg(feature = "parallel")]
pub(crate) fn for_each<T: Send>(
    threads: usize,
    jobs: &mut [T],
    work: impl Fn(&mut T) -> Result<()> + Sync,
) -> Result<()> {
    let threads = threads.min(jobs.len());
    if threads < 2 {
        return jobs.iter_mut().try_for_each(work);
    }
    let queue = Mutex::new(jobs.iter_mut());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let all = || {
        while let Some(job) = next() {
            work(job)?;
        }
        Ok(())
    };
    scope(|scope| {
        let spawned: Vec<_> =
            (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, all).ok()).collect();
        let mut result = all();
        for handle in spawned {
            let joined = handle.join().unwrap_or_else(|panic| resume_unwind(panic));
            result = result.and(joined);
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::error::{Cause, Error, Stage};

    #[test]
    fn every_job_runs_once() {
        for (count, threads) in (0..9).flat_map(|count| [0, 1, 2, 3, count].map(|threads| (count, threads))) {
            let mut jobs = vec![0; count];
            for_each(threads, &mut jobs, |job| {
                *job += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(jobs, vec![1; count], "{threads} threads");
        }
    }

    #[test]
    fn an_error_of_one_job_is_returned_and_a_panic_keeps_its_message() {
        let done = AtomicUsize::new(0);
        let error = for_each(3, &mut [0, 1, 2], |job| {
            done.fetch_add(1, Ordering::Relaxed);
            if *job == 1 { Err(Error::new(Stage::Decode, Cause::OutOfMemory(7))) } else { Ok(()) }
        });
        assert!(error.unwrap_err().to_string().contains("7 bytes"));
        for broken in 0..3 {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                for_each(
                    3,
                    &mut [0, 1, 2],
                    |job| if *job == broken { panic!("job {broken}") } else { Ok(()) },
                )
            }));
            let payload = panicked.unwrap_err();
            assert_eq!(payload.downcast_ref::<String>(), Some(&format!("job {broken}")));
        }
    }
}
