#![doc = include_str!("../README.md")]

mod crew;
mod damage;
mod error;
mod fit;
mod jpeg;
mod limits;
mod named;
mod output;
mod random;
pub mod records;
mod render;
pub mod sign;
mod variant;
mod webp;

pub use error::{Error, ErrorKind, Result, Stage};
pub use fit::{CropBox, Offset, Placement, Size, place};
pub use limits::{CancelToken, Limits};
pub use output::{Background, ColorPolicy, Damaged, Format, OutputOptions, ShrinkOnLoad};
pub use render::{Info, Rendered, Renderer, Warning, probe};
pub use variant::{Fit, MetadataPolicy, Variant, VariantOptions};
