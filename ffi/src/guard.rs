//! The only place that catches panics: around the body of every exported function.
//!
//! In: a body. Out: its status, the error for the caller, or the neutral answer of a function that cannot fail. Must not
//! know what the bodies do. A handle that a panicking body held poisons itself as the body unwinds.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::handle::{Exclusive, New};
use crate::status::{CRETULA_OK, cretula_status};

/// Runs the body of a function that answers a status; on failure `error`, if it is not NULL, gets the reason.
pub(crate) fn status(error: New<cretula_error>, body: impl FnOnce() -> Result<()>) -> cretula_status {
    let error = error.slot();
    let failure = match caught(body) {
        Ok(Ok(())) => return CRETULA_OK,
        Ok(Err(failure)) | Err(failure) => failure,
    };
    let status = failure.status;
    error.put_if_wanted(|| Exclusive::new(failure.into()));
    status
}

/// Runs the body of a function that cannot fail; `neutral` is its answer to a misuse and to a panic.
pub(crate) fn infallible<T>(neutral: T, body: impl FnOnce() -> Option<T>) -> T {
    caught(body).ok().flatten().unwrap_or(neutral)
}

fn caught<T>(body: impl FnOnce() -> T) -> Result<T> {
    // Whatever a body may leave half-done is behind a handle, which is then poisoned.
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| {
        let failure = Failure::panic(payload.as_ref());
        // A payload's own Drop may panic; what comes of that is left where it is.
        catch_unwind(AssertUnwindSafe(move || drop(payload))).unwrap_or_else(mem::forget);
        failure
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::CRETULA_ERR_PANIC;

    #[test]
    fn a_panic_is_a_status_with_its_message() {
        let failure = caught(|| panic!("at {}", 7)).unwrap_err();
        assert_eq!((failure.status, failure.code), (CRETULA_ERR_PANIC, 5500));
        assert_eq!(failure.message, "panic: at 7");
        assert_eq!(infallible(3, || panic!("constant")), 3);
        assert_eq!(infallible(3, || None), 3);
        assert_eq!(infallible(3, || Some(4)), 4);
    }
}
