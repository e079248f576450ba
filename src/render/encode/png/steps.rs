//! The steps in which a PNG file is written.
//!
//! Plain data.

/// Size of an IDAT chunk in bytes.
pub(super) const IDAT_SIZE: usize = 64 << 10;

/// Rows written between interrupt checks.
pub(super) const CHECK_INTERVAL: usize = 16;
