//! What went wrong: one opaque [`Error`] with a stable [`ErrorKind`], the [`Stage`] it came from, and a sentence
//! that names the offending value and the bound (contract section 6).
//!
//! In: causes, from every room. Out: kind, stage, HTTP status and service code. Knows nothing of pixels or JSON.

use std::fmt;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any failure of this library. Opaque: match on [`Error::kind`].
///
/// The message (its `Display`) names the offending value and, where there is one, the limit and how to raise it.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    stage: Stage,
    cause: Cause,
}

impl Error {
    /// The stable kind, to match on.
    pub fn kind(&self) -> ErrorKind {
        self.0.cause.kind()
    }

    /// The stage that failed.
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// The HTTP status a server would answer with (contract section 6).
    pub fn http_status(&self) -> u16 {
        self.kind().http_status()
    }

    /// The hosted service's own error code for this failure (contract section 6).
    pub fn code(&self) -> u32 {
        self.0.cause.code()
    }

    /// What breaks the format of an image, if that is what is wrong.
    pub(crate) fn malformed_detail(&self) -> Option<&str> {
        match &self.0.cause {
            Cause::Malformed { detail, .. } => Some(detail),
            _ => None,
        }
    }

    pub(crate) fn new(stage: Stage, cause: Cause) -> Self {
        Self(Box::new(Inner { stage, cause }))
    }
}

/// Characters of a message at most: what a stranger wrote may be named in it.
const LONGEST: usize = 500;

impl fmt::Display for Error {
    /// One line of 500 characters at most, whatever a stranger's text that is named in it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::write(&mut OneLine { out: f, left: LONGEST }, format_args!("{}", self.0.cause))
    }
}

/// Escapes control characters, and cuts what is too long.
struct OneLine<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    left: usize,
}

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match self.left {
                0 => return Ok(()),
                1 => self.out.write_char('…')?,
                _ if character.is_control() => write!(self.out, "{}", character.escape_debug())?,
                _ => self.out.write_char(character)?,
            }
            self.left -= 1;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("stage", &self.stage())
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl std::error::Error for Error {}

/// What kind of failure an [`Error`] is. Names and meanings are stable; new kinds may join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An option, identifier or other argument breaks a rule. HTTP 400.
    InvalidArgument,
    /// The bytes are not an image, or of a format or subtype this build does not read or write. HTTP 415.
    UnsupportedFormat,
    /// The bytes break the rules of their own format, or end too early. HTTP 422.
    MalformedImage,
    /// A value exceeds one of the [`Limits`](crate::Limits). HTTP 413.
    LimitExceeded,
    /// The caller's [`CancelToken`](crate::CancelToken) was triggered. HTTP 499.
    Cancelled,
    /// The deadline of the [`Limits`](crate::Limits) has passed. HTTP 504.
    DeadlineExceeded,
    /// The URL needs a signature and has none. HTTP 403.
    SignatureMissing,
    /// The URL, its `sig` or its `exp` is not of the form of contract section 4. HTTP 403.
    SignatureMalformed,
    /// No active key made this signature for this URL. HTTP 403.
    SignatureMismatch,
    /// The signature is good, its time is over. HTTP 403.
    SignatureExpired,
    /// There is no variant, key or image of that name. HTTP 404.
    NotFound,
    /// A bug of this library or of a codec below it: a caught panic, or a state that must not be. HTTP 500.
    Internal,
}

impl ErrorKind {
    /// The stable name, as it stands in JSON: lower case, words joined by `-`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid-argument",
            Self::UnsupportedFormat => "unsupported-format",
            Self::MalformedImage => "malformed-image",
            Self::LimitExceeded => "limit-exceeded",
            Self::Cancelled => "cancelled",
            Self::DeadlineExceeded => "deadline-exceeded",
            Self::SignatureMissing => "signature-missing",
            Self::SignatureMalformed => "signature-malformed",
            Self::SignatureMismatch => "signature-mismatch",
            Self::SignatureExpired => "signature-expired",
            Self::NotFound => "not-found",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status a server would answer with.
    pub fn http_status(self) -> u16 {
        match self {
            Self::InvalidArgument => 400,
            Self::UnsupportedFormat => 415,
            Self::MalformedImage => 422,
            Self::LimitExceeded => 413,
            Self::Cancelled => 499,
            Self::DeadlineExceeded => 504,
            Self::SignatureMissing
            | Self::SignatureMalformed
            | Self::SignatureMismatch
            | Self::SignatureExpired => 403,
            Self::NotFound => 404,
            Self::Internal => 500,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where in the pipeline an [`Error`] arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Reading or checking options, before any image byte is looked at.
    Options,
    /// Reading the image's header.
    Probe,
    /// Computing the geometry.
    Fit,
    /// Decoding pixels.
    Decode,
    /// Resampling.
    Resample,
    /// Converting color.
    Color,
    /// Turning pixels upright.
    Orient,
    /// Padding and flattening.
    Canvas,
    /// Encoding the output.
    Encode,
    /// Writing metadata into the output.
    Metadata,
    /// Records and identifiers.
    Records,
    /// Signing URLs and verifying them.
    Sign,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Options => "options",
            Self::Probe => "probe",
            Self::Fit => "fit",
            Self::Decode => "decode",
            Self::Resample => "resample",
            Self::Color => "color",
            Self::Orient => "orient",
            Self::Canvas => "canvas",
            Self::Encode => "encode",
            Self::Metadata => "metadata",
            Self::Records => "records",
            Self::Sign => "sign",
        })
    }
}

/// Every cause, one variant and one message to a line; the variants carry the numbers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    // Arguments.
    #[error("{field} must be a whole number of pixels from 1 to {max}, got {value}")]
    Side { field: &'static str, value: String, max: u32 },
    #[error("quality must be a whole number from 1 to 100, got {0}")]
    Quality(u8),
    #[error("effort must be a whole number from 1 to 6, got {0}")]
    Effort(u8),
    #[error("unknown {field} {value:?}: expected one of {expected}")]
    UnknownName { field: &'static str, value: String, expected: &'static str },
    #[error("background must be #rrggbb or #rrggbbaa in hexadecimal, got {0:?}")]
    Background(String),
    #[cfg(feature = "serde")]
    #[error("invalid JSON for {what}: {detail}")]
    Json { what: &'static str, detail: String },
    #[error("{field} {value:?} {rule}")]
    Field { field: &'static str, value: String, rule: &'static str },
    #[error("{field} must be {min} to {max} characters, got {length}")]
    FieldLength { field: &'static str, length: usize, min: usize, max: usize },
    #[cfg(feature = "serde")]
    #[error("{field} must be at most {max} bytes, got {length}")]
    FieldBytes { field: &'static str, length: usize, max: usize },
    #[cfg(feature = "serde")]
    #[error("cannot count {asked} deleted images: there are {current}")]
    Deleted { asked: u64, current: u64 },

    #[error("cannot sign this URL: {0}")]
    UnsignableUrl(&'static str),
    #[error("not a delivery URL: {0}")]
    DeliveryUrl(String),
    /// Says where, never what: the text holds keys.
    #[cfg(feature = "serde")]
    #[error("invalid JSON for a list of keys at line {line}, column {column}: {rule}")]
    KeyList { line: usize, column: usize, rule: &'static str },
    #[error("a key value must be 1 to {max} bytes, got {length}")]
    KeyValue { length: usize, max: usize },

    // Signatures.
    #[error("the URL has no sig parameter")]
    SignatureMissing,
    #[error("malformed signed URL: {0}")]
    SignatureMalformed(&'static str),
    #[error("the signature is not one of this URL by any active key")]
    SignatureMismatch,
    #[error("the signature expired at {expires}, it is now {now} (Unix seconds)")]
    SignatureExpired { expires: u64, now: u64 },

    // Records.
    #[error("there is no {what} {name:?}")]
    NotFound { what: &'static str, name: String },
    #[error("there are {max} {what} already, no more are allowed: {advice}")]
    Full { what: &'static str, max: u64, advice: &'static str },
    #[cfg(feature = "serde")]
    #[error("cannot store {asked} more images: there are {current}, the allowance is {allowed}")]
    Allowance { asked: u64, current: u64, allowed: u64 },

    // Formats.
    #[error("not an image: {0}")]
    NotAnImage(String),
    #[error("unsupported {format}: {detail}")]
    UnsupportedInput { format: &'static str, detail: String },
    #[error("this build does not write {0}: choose jpeg, png, webp or gif")]
    UnsupportedOutput(&'static str),

    // Broken bytes.
    #[error("malformed {format}: {detail}")]
    Malformed { format: &'static str, detail: String },

    // Limits.
    #[error("{what} is {value} {unit}, the limit is {max}: raise Limits::{limit} to accept it")]
    Limit { what: &'static str, value: u64, unit: &'static str, max: u64, limit: &'static str },
    #[error("the output is {width}x{height}, but {format} holds at most {max} pixels a side")]
    OutputSide { width: u32, height: u32, format: &'static str, max: u32 },
    #[error("it has {scans} scans, at most {max} are read of a picture this large")]
    Scans { scans: u64, max: u64 },
    #[error("decoding this {0} needs more memory than the limit leaves: raise Limits::max_memory_bytes")]
    CodecMemory(&'static str),
    #[error("the allocator refused {0} bytes")]
    OutOfMemory(u64),

    // The caller's wish.
    #[error("cancelled by the caller's token")]
    Cancelled,
    #[error("the deadline of {0} ms has passed")]
    Deadline(u128),

    // Bugs.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Cause {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Side { .. }
            | Self::Quality(_)
            | Self::Effort(_)
            | Self::UnknownName { .. }
            | Self::Background(_)
            | Self::Field { .. }
            | Self::FieldLength { .. }
            | Self::UnsignableUrl(_)
            | Self::DeliveryUrl(_)
            | Self::KeyValue { .. } => ErrorKind::InvalidArgument,
            #[cfg(feature = "serde")]
            Self::Json { .. } | Self::KeyList { .. } | Self::FieldBytes { .. } | Self::Deleted { .. } => {
                ErrorKind::InvalidArgument
            }
            Self::NotAnImage(_) | Self::UnsupportedInput { .. } | Self::UnsupportedOutput(_) => {
                ErrorKind::UnsupportedFormat
            }
            Self::Malformed { .. } => ErrorKind::MalformedImage,
            Self::Limit { .. }
            | Self::Scans { .. }
            | Self::OutputSide { .. }
            | Self::CodecMemory(_)
            | Self::OutOfMemory(_)
            | Self::Full { .. } => ErrorKind::LimitExceeded,
            #[cfg(feature = "serde")]
            Self::Allowance { .. } => ErrorKind::LimitExceeded,
            Self::SignatureMissing => ErrorKind::SignatureMissing,
            Self::SignatureMalformed(_) => ErrorKind::SignatureMalformed,
            Self::SignatureMismatch => ErrorKind::SignatureMismatch,
            Self::SignatureExpired { .. } => ErrorKind::SignatureExpired,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Deadline(_) => ErrorKind::DeadlineExceeded,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    /// The service's codes come in pairs: 54xx for what is uploaded or stored, 94xx and 95xx for what is transformed.
    fn code(&self) -> u32 {
        match self {
            Self::Field { .. } | Self::FieldLength { .. } => 5411,
            #[cfg(feature = "serde")]
            Self::FieldBytes { .. } => 5411,
            #[cfg(feature = "serde")]
            Self::Allowance { .. } => 5413,
            Self::Limit { limit: "max_input_bytes", .. } | Self::Full { .. } => 5413,
            Self::NotFound { what: "variant", .. } => 5401,
            Self::NotAnImage(_) => 9412,
            _ => match self.kind() {
                ErrorKind::InvalidArgument => 5400,
                ErrorKind::UnsupportedFormat => 9520,
                ErrorKind::MalformedImage => 9516,
                ErrorKind::LimitExceeded => 9413,
                ErrorKind::Cancelled | ErrorKind::DeadlineExceeded => 9529,
                ErrorKind::SignatureMissing
                | ErrorKind::SignatureMalformed
                | ErrorKind::SignatureMismatch
                | ErrorKind::SignatureExpired => 9425,
                ErrorKind::NotFound => 5404,
                ErrorKind::Internal => 5500,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_and_not_long() {
        let said = |detail: &str| {
            let cause = Cause::Malformed { format: "gif", detail: detail.to_owned() };
            Error::new(Stage::Decode, cause).to_string()
        };
        assert_eq!(said("a\nb\u{7f}\u{1b}[31m é"), r"malformed gif: a\nb\u{7f}\u{1b}[31m é");
        let long = said(&"é".repeat(1000));
        assert!(long.ends_with("éé…") && long.chars().count() == LONGEST, "{long}");
    }
}
