//! When to stop: the caller's [`CancelToken`] and the deadline, as one value that loops and readers can hold.
//!
//! In: nothing but time. Out: leave to go on, or an error. The only place that looks at a clock (the monotonic one). Must not
//! know what is being done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Cause, Error, Result, Stage};

/// A wish to stop that one thread gives and another obeys. Clones share one wish.
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
    /// A token that has not been triggered.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every call that holds a clone of this token to stop soon, with an error of kind `Cancelled`. For good.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) has been called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What may end a call early. Once it does, it always does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interrupt<'a> {
    cancel: Option<&'a CancelToken>,
    started: Instant,
    deadline: Option<Duration>,
}

impl<'a> Interrupt<'a> {
    /// The deadline counts from here.
    pub(super) fn set(cancel: Option<&'a CancelToken>, deadline: Option<Duration>) -> Self {
        Self { cancel, started: Instant::now(), deadline }
    }

    /// Fails if the caller has cancelled or the deadline has passed. Cheap enough for a loop over rows.
    pub(crate) fn check_interrupt(&self, stage: Stage) -> Result<()> {
        if self.cancel.is_some_and(CancelToken::is_cancelled) {
            return Err(Error::new(stage, Cause::Cancelled));
        }
        match self.deadline {
            Some(deadline) if self.started.elapsed() >= deadline => {
                Err(Error::new(stage, Cause::Deadline(deadline.as_millis())))
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
    fn deadline_and_cancel_are_different_errors() {
        let token = CancelToken::new();
        let interrupt = Interrupt::set(Some(&token), Some(Duration::ZERO));
        assert_eq!(interrupt.check_interrupt(Stage::Decode).unwrap_err().kind(), ErrorKind::DeadlineExceeded);
        token.cancel();
        assert_eq!(interrupt.check_interrupt(Stage::Decode).unwrap_err().kind(), ErrorKind::Cancelled);
        let never = Interrupt::set(Some(&token), None);
        assert_eq!(never.check_interrupt(Stage::Decode).unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(Interrupt::set(None, None).check_interrupt(Stage::Decode).is_ok());
    }
}
