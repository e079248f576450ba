//! The errors that all encoders report.

use std::fmt::Display;

use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Size;
use crate::options::Format;

/// A failure in an encoder library, or a state that the callers rule out.
pub(super) fn internal(error: impl Display) -> Error {
    Error::new(Stage::Encode, Cause::Internal(error.to_string()))
}

/// The allocator refused `count` items of type `T`.
pub(super) fn out_of_memory<T>(count: usize) -> Error {
    Error::new(Stage::Encode, Cause::OutOfMemory((count * size_of::<T>()) as u64))
}

/// Fails if the format cannot hold a picture of `size`.
pub(super) fn check_side(format: Format, size: Size) -> Result<()> {
    let (max, Size { width, height }) = (format.capabilities().max_side, size);
    if width > max || height > max {
        let cause = Cause::OutputSide { width, height, format: format.as_str(), max };
        return Err(Error::new(Stage::Encode, cause));
    }
    Ok(())
}
