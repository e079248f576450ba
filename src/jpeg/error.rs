//! What can be wrong with a JPEG file, as errors of the crate that name the byte offset.
//!
//! In: an offset and what stands there. Out: [`Error`]. Must not know how anything is decoded.

use std::fmt;

use crate::error::{Cause, Error, Stage};

/// What an entropy decoder found; small, because it is the result of every block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanError {
    /// Bits that are no code of the table.
    Code,
    /// A run of zeros that leaves its block or band.
    RunPastBlock,
    /// A refinement (T.81 G.1.2.3) by more than one bit.
    Refinement,
    /// The data end before the scan does.
    Short,
    /// A restart marker is missing, or is not the next one.
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
            Self::Code => "bits that are no Huffman code",
            Self::RunPastBlock => "a run of coefficients past its block",
            Self::Refinement => "a refinement by more than one bit",
            Self::Short => "entropy-coded data that end too early",
            Self::Restart => "no restart marker where one is due",
        })
    }
}

/// The file breaks T.81 at `offset`.
pub(super) fn malformed(offset: usize, what: impl fmt::Display) -> Error {
    let detail = format!("{what} at byte {offset}");
    Error::new(Stage::Decode, Cause::Malformed { format: "jpeg", detail })
}

/// The file may be sound, but is not of the kind that is read here.
pub(super) fn unsupported(detail: impl Into<String>) -> Error {
    Error::new(Stage::Decode, Cause::UnsupportedInput { format: "jpeg", detail: detail.into() })
}
