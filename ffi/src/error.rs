//! Errors: the reason for a failed call.

use std::ffi::{CString, c_char};

use crate::failure::Failure;
use crate::guard;
use crate::handle::{Exclusive, Fixed, HandleType, Shared};
use crate::slice::In;
use crate::status::{CRETULA_OK, cretula_status};

/// The reason for a failed call.
///
/// A function with a `cretula_error **` argument writes NULL there on success, and on failure an
/// error that the caller frees. The argument may be NULL. Any number of threads may read an error
/// at once.
pub struct cretula_error {
    _opaque: (),
}

impl HandleType for cretula_error {
    type Value = ErrorText;
    type Change = Fixed;
    const TAG: u64 = u64::from_be_bytes(*b"crt:err\n");
    const NAME: &'static str = "cretula_error";
}

/// A failure with its text as C strings.
pub(crate) struct ErrorText {
    pub(crate) failure: Failure,
    stage: CString,
    message: CString,
}

impl From<Failure> for ErrorText {
    fn from(failure: Failure) -> Self {
        Self { stage: c_text(&failure.stage), message: c_text(&failure.message), failure }
    }
}

/// The text up to its first NUL. Messages escape unprintable characters, so that there is none.
fn c_text(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(text.get(..end).unwrap_or_default()).unwrap_or_default()
}

/// The status of the failed call; CRETULA_OK for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_error_status(error: Shared<cretula_error>) -> cretula_status {
    guard::infallible(CRETULA_OK, || Some(error.read().ok()?.failure.status))
}

/// The reason as one line of UTF-8 that names the value and the bound; "" for NULL. Valid until the
/// error is freed.
///
/// The message may quote arguments of the call, but never the value of a key.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_error_message(error: Shared<cretula_error>) -> In<c_char> {
    guard::infallible(In::borrowed(c""), || Some(In::borrowed(&error.read().ok()?.until_freed().message)))
}

/// The hosted service's error code, such as 9412 for bytes that are not an image; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_error_code(error: Shared<cretula_error>) -> u32 {
    guard::infallible(0, || Some(error.read().ok()?.failure.code))
}

/// The stage that failed: "options", "probe", "fit", "decode", "analyze", "resample", "color",
/// "orient", "effects", "canvas", "encode", "metadata", "records" or "sign"; "" for a misuse of this
/// interface and for NULL. Valid until the error is freed.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_error_stage(error: Shared<cretula_error>) -> In<c_char> {
    guard::infallible(In::borrowed(c""), || Some(In::borrowed(&error.read().ok()?.until_freed().stage)))
}

/// Frees an error. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_error_free(error: Exclusive<cretula_error>) {
    guard::infallible((), || {
        error.free();
        None
    });
}
