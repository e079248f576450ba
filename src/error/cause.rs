//! [`Cause`]: what went wrong, with the offending values, and the message for each.
//!
//! In: values from every module. Out: the message, the kind and the service's code. Private: callers match on kinds.

use super::kind::{ErrorKind, LimitName};

/// Every cause, with its message. The variants carry the offending values.
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
    #[error("width and height are both missing: a stored variant has at least one")]
    #[cfg_attr(not(feature = "serde"), expect(dead_code, reason = "variants are stored as JSON"))]
    NoSide,
    #[error("{key} must be {expected}, got {value:?}")]
    OptionValue { key: &'static str, value: String, expected: &'static str },
    #[error("unknown option {0:?}")]
    UnknownOption(String),
    #[error("option {0} is given twice")]
    RepeatedOption(&'static str),
    #[error("{option} is not supported: {reason}")]
    UnsupportedOption { option: &'static str, reason: &'static str },
    #[error("invalid options {text:?}: {rule}")]
    OptionText { text: String, rule: &'static str },
    #[error("{width}x{height} pixels of {channels} samples do not take {length} bytes")]
    Samples { length: usize, width: u32, height: u32, channels: usize },
    #[error("a color must be #rgb, #rgba, #rrggbb, #rrggbbaa, rgb(), rgba() or a CSS color name, got {0:?}")]
    Color(String),
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
    #[error("invalid query: {rule}")]
    Query { rule: String },
    #[cfg(feature = "serde")]
    #[error("cannot count {asked} deleted images: there are {current}")]
    Deleted { asked: u64, current: u64 },

    #[error("cannot sign this URL: {0}")]
    UnsignableUrl(&'static str),
    #[error("not a delivery URL: {0}")]
    DeliveryUrl(String),
    /// Gives the position only: the text holds keys.
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
    #[error("{what} {name:?} already exists")]
    AlreadyExists { what: &'static str, name: String },
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
    Limit { what: &'static str, value: u64, unit: &'static str, max: u64, limit: LimitName },
    #[error("the output is {width}x{height}, but {format} holds at most {max} pixels a side")]
    OutputSide { width: u32, height: u32, format: &'static str, max: u32 },
    #[error("it has {scans} scans, at most {max} are read of a picture this large")]
    Scans { scans: u64, max: u64 },
    #[error("decoding this {0} needs more memory than the limit leaves: raise Limits::max_memory_bytes")]
    CodecMemory(&'static str),
    #[error("the allocator refused {0} bytes")]
    OutOfMemory(u64),

    // Interruption.
    #[error("cancelled by the caller's token")]
    Cancelled,
    #[error("the deadline of {0} ms has passed")]
    Deadline(u128),

    // Bugs.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Cause {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Side { .. }
            | Self::Quality(_)
            | Self::Effort(_)
            | Self::UnknownName { .. }
            | Self::NoSide
            | Self::OptionValue { .. }
            | Self::UnknownOption(_)
            | Self::RepeatedOption(_)
            | Self::UnsupportedOption { .. }
            | Self::OptionText { .. }
            | Self::Samples { .. }
            | Self::Color(_)
            | Self::Field { .. }
            | Self::FieldLength { .. }
            | Self::UnsignableUrl(_)
            | Self::DeliveryUrl(_)
            | Self::KeyValue { .. } => ErrorKind::InvalidArgument,
            #[cfg(feature = "serde")]
            Self::Json { .. }
            | Self::KeyList { .. }
            | Self::FieldBytes { .. }
            | Self::Query { .. }
            | Self::Deleted { .. } => ErrorKind::InvalidArgument,
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
            Self::AlreadyExists { .. } => ErrorKind::AlreadyExists,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Deadline(_) => ErrorKind::DeadlineExceeded,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    /// The service's codes: 54xx for uploads and records, 94xx and 95xx for transformations.
    pub(crate) fn code(&self) -> u32 {
        match self {
            Self::Field { .. } | Self::FieldLength { .. } => 5411,
            #[cfg(feature = "serde")]
            Self::FieldBytes { .. } => 5411,
            #[cfg(feature = "serde")]
            Self::Allowance { .. } => 5413,
            Self::Limit { limit: LimitName::MaxInputBytes, .. } | Self::Full { .. } => 5413,
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
                ErrorKind::AlreadyExists => 5409,
                ErrorKind::Internal => 5500,
            },
        }
    }

    /// The limit that was exceeded, if it is a field of `Limits`.
    pub(crate) fn limit(&self) -> Option<LimitName> {
        match self {
            Self::Limit { limit, .. } => Some(*limit),
            Self::CodecMemory(_) => Some(LimitName::MaxMemoryBytes),
            _ => None,
        }
    }
}
