//! The reference's models and the identifiers in them (contract section 5).
//!
//! In: text and JSON. Out: values that cannot be invalid. Must not know of pixels or rendering.

mod access;
mod delivery;
pub(crate) mod identifiers;
#[cfg(feature = "serde")]
mod key;

pub use access::{Access, access};
pub use delivery::DeliveryUrl;
pub use identifiers::{Creator, Filename, ImageId, KeyName, Profile, VariantId};
#[cfg(feature = "serde")]
pub use key::ExposedKeys;
