//! The errors that all encoders report.

use std::fmt::Display;

use crate::error::{Cause, Error, Stage};

/// A failure in an encoder library, or a state that the callers rule out.
pub(super) fn internal(error: impl Display) -> Error {
    Error::new(Stage::Encode, Cause::Internal(error.to_string()))
}

/// The allocator refused `count` items of type `T`.
pub(super) fn out_of_memory<T>(count: usize) -> Error {
    Error::new(Stage::Encode, Cause::OutOfMemory((count * size_of::<T>()) as u64))
}
