//! Cancellation: a wish to stop that one thread gives and another obeys.

use cretula::CancelToken;

use crate::guard;
use crate::handle::{Exclusive, Fixed, HandleType, Shared};

/// A wish to stop. Any number of threads and calls may share it.
pub struct cretula_cancel {
    _opaque: (),
}

impl HandleType for cretula_cancel {
    type Value = CancelToken;
    type Change = Fixed;
    const TAG: u64 = u64::from_be_bytes(*b"crt:stop");
    const NAME: &'static str = "cretula_cancel";
}

/// A wish that has not been given yet. The caller frees it, after every call that was given it has returned.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_cancel_new() -> Exclusive<cretula_cancel> {
    guard::infallible(Exclusive::null(), || Some(Exclusive::new(CancelToken::new())))
}

/// Has every call that was given this wish stop soon, with CRETULA_ERR_CANCELLED. For good. From any thread.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_cancel_trigger(cancel: Shared<cretula_cancel>) {
    guard::infallible((), || {
        cancel.read().ok()?.cancel();
        None
    });
}

/// Whether cretula_cancel_trigger has been called; false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_cancel_is_triggered(cancel: Shared<cretula_cancel>) -> bool {
    guard::infallible(false, || Some(cancel.read().ok()?.is_cancelled()))
}

/// Frees a wish. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_cancel_free(cancel: Exclusive<cretula_cancel>) {
    guard::infallible((), || {
        cancel.free();
        None
    });
}
