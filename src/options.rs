//! Options: everything a request can say, as plain values (contract sections 1 to 3).
//!
//! In: the caller's options, or JSON. Out: checked values. Knows nothing of pixels or codecs.

mod background;
mod format;
mod output;
mod variant;

pub use self::background::Background;
pub(crate) use self::format::Fidelity;
pub use self::format::Format;
pub use self::output::{ColorPolicy, Damaged, OutputOptions, ShrinkOnLoad};
pub use self::variant::{MetadataPolicy, Variant, VariantOptions, place};
