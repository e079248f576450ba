//! Options: everything a request can say, as plain values
//! ([contract sections 1 to 3](crate::docs::contract#1-variants)).
//!
//! In: the caller's options, or JSON. Out: checked values. Knows nothing of pixels or codecs.

mod color;
mod color_names;
mod decode;
mod effects;
mod format;
#[cfg(feature = "serde")]
mod json;
mod keys;
mod metadata;
mod named;
mod output;
mod query;
mod request;
mod trim;
mod turn;
#[cfg(feature = "serde")]
mod update;
mod variant;

pub use self::color::Color;
pub use self::decode::{Damaged, DecodeOptions, ShrinkOnLoad};
pub use self::effects::Effects;
pub(crate) use self::format::Fidelity;
pub use self::format::Format;
pub use self::metadata::MetadataPolicy;
pub use self::named::Variant;
pub use self::output::{ColorPolicy, JpegOptions, OutputOptions, PngOptions, WebpOptions};
pub use self::request::Request;
pub use self::trim::{Border, Trim, TrimBorder};
pub use self::turn::{Flip, Rotation};
#[cfg(feature = "serde")]
pub(crate) use self::update::OptionsUpdate;
pub use self::variant::{FormatChoice, VariantOptions, place};
