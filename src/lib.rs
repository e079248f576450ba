#![doc = include_str!("../README.md")]

mod damage;
pub mod docs;
mod error;
mod geometry;
mod identifiers;
mod jpeg;
#[cfg(feature = "serde")]
mod json;
mod limits;
mod options;
mod random;
pub mod records;
mod render;
pub mod sign;
mod string_enum;
mod threads;
mod url;
mod webp;

pub use error::{Error, ErrorKind, Result, Stage};
pub use geometry::{CropBox, Fit, Offset, Placement, Size};
pub use limits::{CancelToken, Limits};
pub use options::{
    Background, ColorPolicy, Damaged, Format, MetadataPolicy, OutputOptions, ShrinkOnLoad, Variant,
    VariantOptions, place,
};
pub use render::{Info, Rendered, Renderer, Warning, probe};
