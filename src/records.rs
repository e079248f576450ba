//! The reference's models and the identifiers in them (contract section 5).
//!
//! In: text and JSON. Out: values that cannot be invalid. Must not know of pixels or rendering.

pub(crate) mod identifiers;

pub use identifiers::{Creator, Filename, ImageId, KeyName, Profile, VariantId};
