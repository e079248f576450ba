//! Turns a panic in a third-party codec into an error of kind `Internal`.
//!
//! In: a call. Out: its result. Must not know what is called.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Cause, Error, Result, Stage};

/// Runs `call`. A panic inside it is caught and reported as a bug in `component`.
///
/// If this fails because of a panic, everything that `call` borrowed mutably may be half-written:
/// the caller must discard it.
pub(crate) fn catch_panic<T>(stage: Stage, component: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Err(Error::new(stage, Cause::Internal(format!("{component} panicked: {message}"))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_panic_becomes_an_internal_error_with_its_message() {
        let error =
            catch_panic::<()>(Stage::Decode, "codec", || panic!("index {} out of range", 9)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert_eq!(error.to_string(), "internal error: codec panicked: index 9 out of range");
    }
}
