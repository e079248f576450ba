//! [`Request`]: everything that defines one variant of one image.
//!
//! In: the three groups of options. Out: one value. Knows nothing of images.

use super::decode::{Damaged, DecodeOptions, ShrinkOnLoad};
use super::output::OutputOptions;
use super::variant::VariantOptions;
use crate::error::Result;
use crate::limits::Limits;

/// A request for one variant: what it shows, how it is encoded, how the source is decoded.
///
/// ```
/// use cretula::{Fit, Format, OutputOptions, Request, VariantOptions};
/// let hero = VariantOptions::new(Fit::Cover, 1366, 768);
/// let request = Request::new(hero).output(OutputOptions::new().format(Format::WebP));
/// assert_eq!(request.variant.fit, Fit::Cover);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Request {
    /// What the variant shows.
    pub variant: VariantOptions,
    /// How it is encoded.
    pub output: OutputOptions,
    /// How the source is decoded.
    pub decode: DecodeOptions,
}

impl Request {
    /// A request with default output and decoder options.
    pub fn new(variant: VariantOptions) -> Self {
        Self { variant, output: OutputOptions::new(), decode: DecodeOptions::new() }
    }

    /// Sets the output options.
    pub fn output(self, output: OutputOptions) -> Self {
        Self { output, ..self }
    }

    /// Sets the decoder options.
    pub fn decode(self, decode: DecodeOptions) -> Self {
        Self { decode, ..self }
    }

    /// Sets the scale at which a JPEG is decoded.
    pub fn shrink(self, shrink: ShrinkOnLoad) -> Self {
        Self { decode: self.decode.shrink(shrink), ..self }
    }

    /// Sets what to do with damaged images.
    pub fn damaged(self, damaged: Damaged) -> Self {
        Self { decode: self.decode.damaged(damaged), ..self }
    }

    /// Checks every option.
    pub(crate) fn check(&self, limits: &Limits) -> Result<()> {
        self.variant.check(limits)?;
        self.output.check()
    }
}

impl From<VariantOptions> for Request {
    fn from(variant: VariantOptions) -> Self {
        Self::new(variant)
    }
}
