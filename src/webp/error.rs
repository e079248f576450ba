//! Errors of the WebP bitstreams.

use crate::error::{Cause, Error, Stage};

/// An error about a malformed bitstream.
pub(super) fn malformed(detail: &str) -> Error {
    Error::new(Stage::Decode, Cause::Malformed { format: "webp", detail: detail.to_owned() })
}
