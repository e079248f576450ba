#![doc = include_str!("../README.md")]

mod container;
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

pub use error::{Error, ErrorKind, LimitName, Result, Stage};
pub use geometry::{CropBox, Fit, Offset, Placement, Size};
pub use limits::{CancelToken, Limits};
pub use options::{
    Color, ColorPolicy, Damaged, DecodeOptions, Format, JpegOptions, MetadataPolicy, OutputOptions, Request,
    ShrinkOnLoad, Variant, VariantOptions, WebpOptions, place,
};
pub use render::{DecodedImage, ImageInfo, PixelLayout, Pixels, Plan, Rendered, Renderer, Warning, probe};
