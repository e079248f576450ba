//! Errors of the resample stage.

use std::fmt::Display;

use crate::error::{Cause, Error, Stage};

/// A failure in the resampling library, or a state that the callers rule out.
pub(super) fn internal(error: impl Display) -> Error {
    Error::new(Stage::Resample, Cause::Internal(error.to_string()))
}
