//! Why a command did not succeed: [`Failure`], with the exit code and the words that belong to it.
//!
//! In: errors of the library, of the file system, of the arguments. Out: one line on stderr, as text or JSON, and an
//! exit code. Must not know which command failed.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use cretula::{Error, ErrorKind, Stage};
use serde::Serialize;

const INTERNAL: u8 = 1;
pub(crate) const USAGE: u8 = 2;
const REFUSED_SIGNATURE: u8 = 3;
const BAD_IMAGE: u8 = 4;
const LIMIT: u8 = 5;

/// A failed command: what to say and how to exit.
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
    /// The arguments do not make a command.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { kind: "usage", message: message.into(), http_status: 400, code: 5400, exit: USAGE }
    }

    /// A file the user wrote says something that cannot be.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        let kind = ErrorKind::InvalidArgument.as_str();
        Self { kind, message: message.into(), http_status: 400, code: 5400, exit: USAGE }
    }

    /// An input of too many bytes, refused before it is read.
    pub(crate) fn input_too_large(size: &str, max: u64) -> Self {
        let message =
            format!("the input is {size} bytes, the limit is {max}: raise --max-input to accept it");
        let kind = ErrorKind::LimitExceeded;
        Self { kind: kind.as_str(), message, http_status: kind.http_status(), code: 5413, exit: LIMIT }
    }

    /// The file system said no. A path that does not exist is the caller's mistake; the rest is not.
    pub(crate) fn io(action: &str, path: &Path, error: &io::Error) -> Self {
        let message = format!("cannot {action} {}: {error}", path.display());
        let (http_status, code, exit) = match error.kind() {
            io::ErrorKind::NotFound => (400, 5400, USAGE),
            _ => (500, 5500, INTERNAL),
        };
        Self { kind: "io", message, http_status, code, exit }
    }

    /// A bug of this program.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        let kind = ErrorKind::Internal;
        Self { kind: kind.as_str(), message: message.into(), http_status: 500, code: 5500, exit: INTERNAL }
    }

    /// The same failure, saying what it is about.
    pub(crate) fn about(self, subject: impl std::fmt::Display) -> Self {
        Self { message: format!("{subject}: {}", self.message), ..self }
    }

    /// Says it on stderr in one line.
    pub(crate) fn report(&self, json: bool) {
        let _ = writeln!(io::stderr().lock(), "{}", self.line(json));
    }

    /// What [`report`](Self::report) says.
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
            // A format that this build does not write is an argument, not an image.
            _ if error.stage() == Stage::Options => USAGE,
            ErrorKind::InvalidArgument | ErrorKind::NotFound => USAGE,
            ErrorKind::SignatureMissing
            | ErrorKind::SignatureMalformed
            | ErrorKind::SignatureMismatch
            | ErrorKind::SignatureExpired => REFUSED_SIGNATURE,
            ErrorKind::UnsupportedFormat | ErrorKind::MalformedImage => BAD_IMAGE,
            ErrorKind::LimitExceeded | ErrorKind::Cancelled | ErrorKind::DeadlineExceeded => LIMIT,
            _ => INTERNAL,
        };
        let (kind, http_status, code) = (error.kind().as_str(), error.http_status(), error.code());
        Self { kind, message: in_our_words(&error.to_string()), http_status, code, exit }
    }
}

/// The library advises to raise a field of its `Limits`; here that field is an option.
fn in_our_words(message: &str) -> String {
    message
        .replace("raise Limits::max_input_bytes", "raise --max-input")
        .replace("raise Limits::max_pixels", "raise --max-pixels")
        .replace("raise Limits::max_memory_bytes", "raise --max-memory")
}
