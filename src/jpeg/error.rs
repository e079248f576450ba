//! What can be wrong with a JPEG file, as errors of the crate that name the byte offset.
//!
//! In: an offset and a description. Out: [`Error`].

use std::fmt;

use crate::error::{Cause, Error, Stage};

/// A fault in entropy-coded data. Small, because every block returns one in its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanError {
    /// Bits that are no code of the table.
    Code,
    /// A run of zeros that goes past the end of its block or band.
    RunPastBlock,
    /// A refinement (T.81 G.1.2.3) by more than one bit.
    Refinement,
    /// The data end before the scan does.
    Short,
    /// A restart marker is missing or out of order.
    Restart,
}

impl ScanError {
    pub(super) fn at(self, offset: usize) -> Error {
        malformed(offset, self)
    }
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Code => "invalid Huffman code",
            Self::RunPastBlock => "run of zero coefficients past the end of its block",
            Self::Refinement => "refinement by more than one bit",
            Self::Short => "entropy-coded data end too early",
            Self::Restart => "restart marker missing or out of order",
        })
    }
}

/// The file violates T.81 at `offset`.
pub(super) fn malformed(offset: usize, what: impl fmt::Display) -> Error {
    let detail = format!("{what} at byte {offset}");
    Error::new(Stage::Decode, Cause::Malformed { format: "jpeg", detail })
}

/// The file may be valid but uses a coding process that is not supported.
pub(super) fn unsupported(detail: impl Into<String>) -> Error {
    Error::new(Stage::Decode, Cause::UnsupportedInput { format: "jpeg", detail: detail.into() })
}
