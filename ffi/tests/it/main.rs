//! The C ABI as its users meet it: the header, the libraries' symbols, and programs in C.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod cases;
mod compile;
mod examples;
mod header;
mod libraries;
mod programs;
mod tidy;
