//! Guides, and the documents of the project, compiled so that their links are checked and their examples run.
//!
//! | page | what it covers |
//! |---|---|
//! | [`contract`] | the rules, numbered: what every input gets |
//! | [`options`] | every option of a variant, as text and as JSON |
//! | [`fits`] | the eight fits and their sizes |
//! | [`metadata`] | what is kept of EXIF, XMP, IPTC and color profiles |
//! | [`formats`] | which files are read and written, and what happens to damaged ones |
//! | [`negotiation`] | the output format for a client |
//! | [`limits`] | what one call may cost |
//! | [`signing`] | signed URLs, keys and their rotation |
//! | [`records`](mod@records) | identifiers, and the service's models as JSON |
//! | [`c`] | the C ABI |
//! | [`python`] | the Python package |
//! | [`command_line`] | the program `cretula` |
//! | [`comparison`] | for people who come from sharp, Pillow, libvips, imgproxy, thumbor or the hosted service |
//! | [`speed`] | measurements beside those libraries |
//! | [`architecture`] | how the source is laid out, and how to add to it |
//!
//! Holds no code.

#[doc = include_str!("docs/contract.md")]
pub mod contract {}

#[doc = include_str!("docs/options.md")]
pub mod options {}

#[doc = include_str!("docs/fits.md")]
pub mod fits {}

#[doc = include_str!("docs/metadata.md")]
pub mod metadata {}

#[doc = include_str!("docs/formats.md")]
pub mod formats {}

#[doc = include_str!("docs/negotiation.md")]
pub mod negotiation {}

#[doc = include_str!("docs/limits.md")]
pub mod limits {}

#[doc = include_str!("docs/signing.md")]
pub mod signing {}

#[cfg(feature = "serde")]
#[doc = include_str!("docs/records.md")]
pub mod records {}

#[doc = include_str!("docs/c.md")]
pub mod c {}

#[doc = include_str!("docs/python.md")]
pub mod python {}

#[doc = include_str!("docs/command_line.md")]
pub mod command_line {}

#[doc = include_str!("docs/comparison.md")]
pub mod comparison {}

#[doc = include_str!("docs/speed.md")]
pub mod speed {}

#[doc = include_str!("docs/architecture.md")]
pub mod architecture {}

/// The examples of README.md, run with all others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub mod readme {}
