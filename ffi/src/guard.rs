//! Catches panics around the body of every exported function. No other file does.
//!
//! In: a body.
//! Out: its status and, on failure, the error for the caller; or the neutral result of a function
//! that cannot fail.
//!
//! Must not know the bodies. A handle in use by a panicking body poisons itself during unwinding.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::failure::{Failure, Result};
use crate::handle::{Exclusive, HandleType, New};
use crate::status::{CRETULA_OK, cretula_status};

/// Runs the body of a function that returns a status. On failure, writes the reason to `error`
/// unless that is NULL.
pub(crate) fn status<E>(error: New<E>, body: impl FnOnce() -> Result<()>) -> cretula_status
where
    E: HandleType<Value: From<Failure>>,
{
    let error = error.slot();
    let failure = match caught(body) {
        Ok(Ok(())) => return CRETULA_OK,
        Ok(Err(failure)) | Err(failure) => failure,
    };
    let status = failure.status;
    error.put_if_wanted(|| Exclusive::new(failure.into()));
    status
}

/// Runs the body of a function that cannot fail. `neutral` is the result after a misuse or a panic.
pub(crate) fn infallible<T>(neutral: T, body: impl FnOnce() -> Option<T>) -> T {
    caught(body).ok().flatten().unwrap_or(neutral)
}

fn caught<T>(body: impl FnOnce() -> T) -> Result<T> {
    // Any state that a body may leave half-changed is behind a handle, which is then poisoned.
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| {
        let failure = Failure::panic(payload.as_ref());
        // Dropping the payload may panic in turn; the payload of that panic is leaked.
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
