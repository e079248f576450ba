//! The reason for a failed call: an error of the core, or a misuse of the ABI.
//!
//! In: causes.
//! Out: the contents of a `cretula_error`. Must not know of pointers.

use cretula::Error;

use crate::status::{self, cretula_status};

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// The contents of a `cretula_error`.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: cretula_status,
    pub(crate) code: u32,
    /// The stage of the pipeline; empty for a misuse.
    pub(crate) stage: String,
    pub(crate) message: String,
}

impl Failure {
    /// A call that violates the conventions of the header.
    pub(crate) fn misuse(status: cretula_status, message: impl Into<String>) -> Self {
        let code = match status::http(status) {
            500 => 5500,
            404 => 5404,
            _ => 5400,
        };
        Self { status, code, stage: String::new(), message: message.into() }
    }

    /// A required pointer that is NULL.
    pub(crate) fn null(what: &str) -> Self {
        Self::misuse(status::CRETULA_ERR_NULL_POINTER, format!("{what} must not be NULL"))
    }

    /// A value that is not one of the `CRETULA_<what>_*` constants.
    pub(crate) fn unknown(what: &str, value: i32) -> Self {
        let message = format!("{value} is not a CRETULA_{what}_* constant");
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
