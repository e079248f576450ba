//! Options: everything a request can say, as plain values
//! ([contract sections 1 to 3](crate::docs::contract#1-variants)).
//!
//! In: the caller's options, or JSON. Out: checked values. Knows nothing of pixels or codecs.

mod color;
mod color_names;
mod decode;
mod format;
mod output;
mod request;
mod variant;

pub use self::color::Color;
pub use self::decode::{Damaged, DecodeOptions, ShrinkOnLoad};
pub(crate) use self::format::Fidelity;
pub use self::format::Format;
pub use self::output::{ColorPolicy, JpegOptions, OutputOptions, WebpOptions};
pub use self::request::Request;
pub use self::variant::{MetadataPolicy, Variant, VariantOptions, place};
