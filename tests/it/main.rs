//! One integration binary; one file a subject.

#[cfg(feature = "cli")]
mod cli;
mod corpus;
mod fit;
mod render;
mod tidy;
