//! Geometry: sizes, [`Fit`], [`Gravity`], and [`Placement`], computed with exact integer arithmetic
//! ([contract section 1.1](crate::docs::contract#11-fit-geometry)).
//!
//! In: two sizes, a fit and a gravity. Out: which part of the source is shown, at what size, where
//! on which canvas. Every size of the library is computed here. Knows nothing of pixels, formats or
//! limits.

mod fit;
mod gravity;
mod place;
mod placement;

pub use self::fit::Fit;
pub use self::gravity::Gravity;
pub(crate) use self::place::{Bounds, place};
pub use self::placement::{CropBox, Offset, Placement, Size};
