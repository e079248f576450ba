//! The C ABI of cretula, documented in `include/cretula.h`, which is generated from these files,
//! and in `ffi/README.md`.
//!
//! In: arguments as C passed them.
//! Out: a status, and outputs that are written only on success.
//!
//! Each public file is a section of the header. The body of a function checks its arguments, calls
//! the core once, and writes the result. Only `handle` and `slice` follow pointers, and only `guard`
//! catches panics; `layout` states the layout of the structs. No other file holds `unsafe` code.

#![allow(non_camel_case_types, reason = "names of C")]
#![allow(missing_debug_implementations, reason = "C does not print these types, and some hold secrets")]
#![allow(private_bounds, reason = "only C creates and receives these types")]
#![allow(unreachable_pub, reason = "items for C are public, although no Rust crate sees them")]
#![allow(
    unsafe_code,
    reason = "exported symbols; a test keeps unsafe blocks to the two files of pointer work"
)]

mod failure;
mod guard;
mod handle;
mod layout;
mod slice;

// The sections of the header; tests/it/header.rs lists their order.
pub mod access;
pub mod buffer;
pub mod cancel;
pub mod delivery;
pub mod error;
pub mod identifiers;
pub mod info;
pub mod keyring;
pub mod limits;
pub mod negotiate;
pub mod options;
pub mod output;
pub mod queries;
pub mod records;
pub mod renderer;
pub mod status;
pub mod status_names;
pub mod uploads;
pub mod variant;
pub mod variants;
pub mod version;
