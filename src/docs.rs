//! The project's documents, compiled into this documentation so that its links are checked and its examples run.
//!
//! In: markdown. Out: pages. Holds no code.

#[doc = include_str!("docs/contract.md")]
pub mod contract {}
