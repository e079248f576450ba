//! The C ABI of cretula, documented in `include/cretula.h`, which is generated from these files, and in `ffi/README.md`.
//!
//! In: what C hands over. Out: a status, and outputs that are written only on success. One file a section of the header;
//! a body is argument checks, one call of the core, the result. Pointers are followed in `handle` and `slice` alone,
//! panics are caught in `guard` alone; no other file holds `unsafe` code.

#![allow(non_camel_case_types, reason = "C's names")]
#![allow(missing_debug_implementations, reason = "C prints nothing of these, and some hold secrets")]
#![allow(private_bounds, reason = "only C makes and takes these types")]
#![allow(unreachable_pub, reason = "what C sees is public, and nothing else sees this crate")]
#![allow(unsafe_code, reason = "exported symbols; a test keeps blocks to the two files of pointer work")]

mod failure;
mod guard;
mod handle;
mod layout;
mod slice;

// The sections of the header, in its order.
pub mod access;
pub mod buffer;
pub mod cancel;
pub mod delivery;
pub mod error;
pub mod identifiers;
pub mod info;
pub mod keyring;
pub mod limits;
pub mod output;
pub mod records;
pub mod renderer;
pub mod status;
pub mod status_names;
pub mod variant;
pub mod variants;
pub mod version;
