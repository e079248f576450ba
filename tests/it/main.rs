//! The integration tests: one binary, one file per subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests fail by panicking, and print to stderr"
)]

mod allocator;
mod animation;
mod animation_render;
mod bombs;
#[cfg(feature = "cli")]
mod cli;
mod color;
mod corpus;
mod damaged;
mod delivery;
mod examples;
mod fit;
mod gif;
#[cfg(feature = "serde")]
mod goldens;
mod jpeg;
mod keys;
mod limits;
#[cfg(feature = "serde")]
mod lists;
mod loops;
mod made_jpeg;
mod negotiate;
mod options;
mod options_render;
mod pixels;
mod plan;
mod planes;
#[cfg(feature = "cli")]
mod readme;
#[cfg(feature = "serde")]
mod records;
mod render;
mod reported;
mod reported_metadata;
mod reuse;
// Another processor rounds other floats, and another build writes another WebP.
#[cfg(all(feature = "serde", feature = "webp-lossy", target_arch = "x86_64"))]
mod rendering_version;
mod rows;
mod sign;
#[path = "../../src/thorough.rs"]
mod thorough;
mod tidy;
#[cfg(feature = "serde")]
mod variant;
