//! The API reference's models, and the identifiers in them
//! ([contract section 5](crate::docs::contract#5-identifiers-records-limits)).
//!
//! In: text and JSON. Out: values that cannot be invalid. Must not know of pixels or rendering.

mod delivery;
#[cfg(feature = "serde")]
mod direct_upload;
#[cfg(feature = "serde")]
mod image;
#[cfg(feature = "serde")]
mod image_query;
#[cfg(feature = "serde")]
mod image_update;
#[cfg(feature = "serde")]
mod meta;
#[cfg(feature = "serde")]
mod meta_filter;
#[cfg(feature = "serde")]
mod meta_form;
mod rendition;
#[cfg(feature = "serde")]
mod response;
#[cfg(feature = "serde")]
mod stat;
#[cfg(feature = "serde")]
mod timestamp;
#[cfg(feature = "serde")]
mod variant_update;
#[cfg(feature = "serde")]
mod variants;

pub use delivery::DeliveryUrl;
#[cfg(feature = "serde")]
pub use direct_upload::{DirectUpload, DirectUploadRequest};
#[cfg(feature = "serde")]
pub use image::{Image, ImageList, ImagePage};
#[cfg(feature = "serde")]
pub use image_query::{ImageQuery, SortOrder};
#[cfg(feature = "serde")]
pub use image_update::ImageUpdate;
#[cfg(feature = "serde")]
pub use meta::Meta;
#[cfg(feature = "serde")]
pub use meta_filter::{MetaFilter, MetaTest};
pub use rendition::Rendition;
#[cfg(feature = "serde")]
pub use response::{Message, Response};
#[cfg(feature = "serde")]
pub use stat::{Count, Stat};
#[cfg(feature = "serde")]
pub use timestamp::Timestamp;
#[cfg(feature = "serde")]
pub use variant_update::VariantUpdate;
#[cfg(feature = "serde")]
pub use variants::{VariantResult, Variants};

pub use crate::identifiers::{Creator, Filename, ImageId, KeyName, RuleSet, VariantId};
