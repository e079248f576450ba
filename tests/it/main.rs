//! One integration binary; one file a subject.

#[cfg(feature = "cli")]
mod cli;
mod fit;
mod tidy;
