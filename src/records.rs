//! The API reference's models, and the identifiers in them
//! ([contract section 5](crate::docs::contract#5-identifiers-records-limits)).
//!
//! In: text and JSON. Out: values that cannot be invalid. Must not know of pixels or rendering.

mod delivery;
#[cfg(feature = "serde")]
mod image;
#[cfg(feature = "serde")]
mod meta;
#[cfg(feature = "serde")]
mod response;
#[cfg(feature = "serde")]
mod stat;
#[cfg(feature = "serde")]
mod timestamp;
#[cfg(feature = "serde")]
mod variants;

pub use delivery::DeliveryUrl;
#[cfg(feature = "serde")]
pub use image::{Image, ImageList, ImageUpdate};
#[cfg(feature = "serde")]
pub use meta::Meta;
#[cfg(feature = "serde")]
pub use response::{Message, Response};
#[cfg(feature = "serde")]
pub use stat::{Count, Stat};
#[cfg(feature = "serde")]
pub use timestamp::Timestamp;
#[cfg(feature = "serde")]
pub use variants::{VariantResult, Variants};

pub use crate::identifiers::{Creator, Filename, ImageId, KeyName, RuleSet, VariantId};
