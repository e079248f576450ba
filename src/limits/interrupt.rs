//! [`CancelToken`] and [`Interrupt`]: when a call must stop, as one value that loops and readers
//! can hold.
//!
//! In: a token, a deadline. Out: permission to go on, or an error. The only file that reads a clock
//! (the monotonic one), and only if there is a deadline: wasm32 has no clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Cause, Error, Result, Stage};

/// A cancellation token: calling [`cancel`](Self::cancel) on one thread stops work on another.
/// Clones share the same flag.
///
/// ```
/// let token = cretula::CancelToken::new();
/// let same = token.clone();
/// token.cancel();
/// assert!(same.is_cancelled());
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Creates a token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels every call that holds a clone of this token: each soon fails with an error of kind
    /// `Cancelled`. This cannot be undone.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) has been called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The token and deadline that may end a call early. Once a check fails, all later ones do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interrupt<'a> {
    cancel: Option<&'a CancelToken>,
    deadline: Option<Deadline>,
}

#[derive(Debug, Clone, Copy)]
struct Deadline {
    started: Instant,
    after: Duration,
}

impl<'a> Interrupt<'a> {
    /// Starts a call: the deadline counts from here. Without a deadline, the clock is never read.
    pub(super) fn start(cancel: Option<&'a CancelToken>, deadline: Option<Duration>) -> Self {
        let deadline = deadline.map(|after| Deadline { started: Instant::now(), after });
        Self { cancel, deadline }
    }

    /// Fails if the caller has cancelled or the deadline has passed. Cheap enough for a loop over
    /// rows.
    pub(crate) fn check_interrupt(&self, stage: Stage) -> Result<()> {
        if self.cancel.is_some_and(CancelToken::is_cancelled) {
            return Err(Error::new(stage, Cause::Cancelled));
        }
        match self.deadline {
            Some(Deadline { started, after }) if started.elapsed() >= after => {
                Err(Error::new(stage, Cause::Deadline(after.as_millis())))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn deadline_and_cancellation_are_different_errors() {
        let token = CancelToken::new();
        let interrupt = Interrupt::start(Some(&token), Some(Duration::ZERO));
        assert_eq!(interrupt.check_interrupt(Stage::Decode).unwrap_err().kind(), ErrorKind::DeadlineExceeded);
        token.cancel();
        assert_eq!(interrupt.check_interrupt(Stage::Decode).unwrap_err().kind(), ErrorKind::Cancelled);
        let without_deadline = Interrupt::start(Some(&token), None);
        assert_eq!(without_deadline.check_interrupt(Stage::Decode).unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(Interrupt::start(None, None).check_interrupt(Stage::Decode).is_ok());
    }

    #[test]
    fn without_a_deadline_the_clock_is_not_read() {
        assert!(Interrupt::start(None, None).deadline.is_none());
    }
}
