//! Tests of the C ABI from the outside: the header, the symbols of the libraries, and programs in
//! C.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot continue panics"
)]

mod cases;
mod compile;
mod examples;
mod header;
mod libraries;
mod programs;
mod tidy;
