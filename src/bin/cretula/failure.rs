//! [`Failure`]: the error of a command, with its exit code and message.
//!
//! In: errors of the library, the file system and the arguments. Out: one line on stderr, as text
//! or JSON, and an exit code. Must not know which command failed.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use cretula::{Error, ErrorKind, Stage};
use serde::Serialize;

const INTERNAL: u8 = 1;
pub(crate) const USAGE: u8 = 2;
const REJECTED_SIGNATURE: u8 = 3;
const BAD_IMAGE: u8 = 4;
const LIMIT: u8 = 5;

/// The error of a command.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    kind: &'static str,
    message: String,
    http_status: u16,
    code: u32,
    #[serde(skip)]
    exit: u8,
}

impl Failure {
    /// Invalid command-line arguments.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { kind: "usage", message: message.into(), http_status: 400, code: 5400, exit: USAGE }
    }

    /// Invalid contents of an argument or of a file written by the user.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        let kind = ErrorKind::InvalidArgument.as_str();
        Self { kind, message: message.into(), http_status: 400, code: 5400, exit: USAGE }
    }

    /// An input that exceeds `--max-input`.
    pub(crate) fn input_too_large(size: &str, max: u64) -> Self {
        let message =
            format!("the input is {size} bytes, the limit is {max}: raise --max-input to accept it");
        let kind = ErrorKind::LimitExceeded;
        Self { kind: kind.as_str(), message, http_status: kind.http_status(), code: 5413, exit: LIMIT }
    }

    /// An I/O error. A path that does not exist is a usage error; other errors are not.
    pub(crate) fn io(action: &str, path: &Path, error: &io::Error) -> Self {
        let message = format!("cannot {action} {}: {error}", path.display());
        let (http_status, code, exit) = match error.kind() {
            io::ErrorKind::NotFound => (400, 5400, USAGE),
            _ => (500, 5500, INTERNAL),
        };
        Self { kind: "io", message, http_status, code, exit }
    }

    /// A bug in this program.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        let kind = ErrorKind::Internal;
        Self { kind: kind.as_str(), message: message.into(), http_status: 500, code: 5500, exit: INTERNAL }
    }

    /// The same failure, with its subject before the message.
    pub(crate) fn about(self, subject: impl std::fmt::Display) -> Self {
        Self { message: format!("{subject}: {}", self.message), ..self }
    }

    /// Prints the failure on stderr in one line.
    pub(crate) fn report(&self, json: bool) {
        let _ = writeln!(io::stderr().lock(), "{}", self.line(json));
    }

    /// The line printed by [`report`](Self::report).
    pub(crate) fn line(&self, json: bool) -> String {
        #[derive(Serialize)]
        struct Report<'a> {
            error: &'a Failure,
        }
        if json && let Ok(line) = serde_json::to_string(&Report { error: self }) {
            return line;
        }
        format!("error: {}", self.message)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.kind() {
            // An output format that this build does not support is a usage error, not a bad image.
            _ if error.stage() == Stage::Options => USAGE,
            ErrorKind::InvalidArgument | ErrorKind::NotFound => USAGE,
            ErrorKind::SignatureMissing
            | ErrorKind::SignatureMalformed
            | ErrorKind::SignatureMismatch
            | ErrorKind::SignatureExpired => REJECTED_SIGNATURE,
            ErrorKind::UnsupportedFormat | ErrorKind::MalformedImage => BAD_IMAGE,
            ErrorKind::LimitExceeded | ErrorKind::Cancelled | ErrorKind::DeadlineExceeded => LIMIT,
            _ => INTERNAL,
        };
        let (kind, http_status, code) = (error.kind().as_str(), error.http_status(), error.code());
        Self { kind, message: with_option_names(&error.to_string()), http_status, code, exit }
    }
}

/// Replaces the fields of `Limits` in the advice of the library with the options of the command
/// line.
fn with_option_names(message: &str) -> String {
    message
        .replace("raise Limits::max_input_bytes", "raise --max-input")
        .replace("raise Limits::max_pixels", "raise --max-pixels")
        .replace("raise Limits::max_memory_bytes", "raise --max-memory")
}
