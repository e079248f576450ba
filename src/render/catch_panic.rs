//! The wall around third-party codecs: a panic of theirs becomes an error of kind `Internal`.
//!
//! In: a call. Out: its result. Knows nothing of what is called.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Cause, Error, Result, Stage};

/// Runs `call`; a panic inside it is caught and reported as a bug of `who`.
///
/// What `call` borrowed mutably must be thrown away by the caller when this fails: it may be half-written.
pub(crate) fn catch_panic<T>(stage: Stage, who: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Err(Error::new(stage, Cause::Internal(format!("{who} panicked: {said}"))))
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
