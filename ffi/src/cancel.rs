//! Cancellation of calls from another thread.

use cretula::CancelToken;

use crate::guard;
use crate::handle::{Exclusive, Fixed, HandleType, Shared};

/// A cancellation token: cancelling it on one thread stops work on another. Any number of threads
/// and calls may share it.
pub struct cretula_cancel_token {
    _opaque: (),
}

impl HandleType for cretula_cancel_token {
    type Value = CancelToken;
    type Change = Fixed;
    const TAG: u64 = u64::from_be_bytes(*b"crt:stop");
    const NAME: &'static str = "cretula_cancel_token";
}

/// Creates a token that is not cancelled. Free it after every call that uses it has returned.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_cancel_token_new() -> Exclusive<cretula_cancel_token> {
    guard::infallible(Exclusive::null(), || Some(Exclusive::new(CancelToken::new())))
}

/// Stops all calls that use this token: they return CRETULA_ERR_CANCELLED. Permanent. May be called
/// on any thread.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_cancel_token_cancel(token: Shared<cretula_cancel_token>) {
    guard::infallible((), || {
        token.read().ok()?.cancel();
        None
    });
}

/// Whether cretula_cancel_token_cancel has been called; false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_cancel_token_is_cancelled(token: Shared<cretula_cancel_token>) -> bool {
    guard::infallible(false, || Some(token.read().ok()?.is_cancelled()))
}

/// Frees a token. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_cancel_token_free(token: Exclusive<cretula_cancel_token>) {
    guard::infallible((), || {
        token.free();
        None
    });
}
