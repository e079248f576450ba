//! Tests that read a clock: they need a machine that is not too busy, so `cargo test` leaves them out.
//!
//!     cargo test --release --all-features --test clock
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "tests fail by panicking"
)]

#[path = "../it/bombs.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod bombs;
mod deadlines;
#[path = "../it/made_jpeg.rs"]
mod made_jpeg;
mod stages;
