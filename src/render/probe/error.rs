//! Errors of the header readers.

use crate::error::{Error, Stage};
use crate::options::Format;

pub(super) fn malformed(format: Format, detail: impl Into<String>) -> Error {
    Error::malformed(Stage::Probe, format.as_str(), detail)
}

/// The file ends before the size is known.
pub(super) fn cut_short(format: Format) -> Error {
    malformed(format, "the header is cut short")
}
