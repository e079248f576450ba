//! Why a call failed: the core's error, or a misuse of this ABI.
//!
//! In: causes. Out: what `cretula_error` tells. Must not know of pointers.

use cretula::Error;

use crate::status::{self, cretula_status};

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// What a `cretula_error` holds.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: cretula_status,
    pub(crate) code: u32,
    /// Where in the pipeline; empty for a misuse.
    pub(crate) stage: String,
    pub(crate) message: String,
}

impl Failure {
    /// A call that breaks the header's conventions.
    pub(crate) fn misuse(status: cretula_status, message: impl Into<String>) -> Self {
        let code = match status::http(status) {
            500 => 5500,
            404 => 5404,
            _ => 5400,
        };
        Self { status, code, stage: String::new(), message: message.into() }
    }

    /// A pointer that must not be NULL, and is.
    pub(crate) fn null(what: &str) -> Self {
        Self::misuse(status::CRETULA_ERR_NULL_POINTER, format!("{what} must not be NULL"))
    }

    /// A value that none of the `CRETULA_<what>_*` constants has.
    pub(crate) fn unknown(what: &str, value: i32) -> Self {
        let message = format!("{value} is none of the CRETULA_{what}_* constants");
        Self::misuse(status::CRETULA_ERR_UNKNOWN_CONSTANT, message)
    }

    /// The payload of a caught panic.
    pub(crate) fn panic(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        Self::misuse(status::CRETULA_ERR_PANIC, format!("panic: {text}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            status: status::of(&error),
            code: error.code(),
            stage: error.stage().to_string(),
            message: error.to_string(),
        }
    }
}
