//! [`Request`]: everything that defines one variant of one image.
//!
//! In: the three groups of options. Out: one value. Knows nothing of images.

use super::decode::{Damaged, DecodeOptions, ShrinkOnLoad};
use super::format::Format;
use super::output::OutputOptions;
use super::variant::{FormatChoice, VariantOptions};
use crate::error::{Cause, Error, Result, Stage};
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

    /// The request with the variant's own format, quality, compression and background in the place
    /// of the output options', and every option checked.
    pub(crate) fn resolve(&self, limits: &Limits) -> Result<Self> {
        self.variant.check(limits)?;
        let mut output = self.output.clone();
        match self.variant.format {
            None | Some(FormatChoice::Auto) => {}
            Some(FormatChoice::Format(format)) => {
                output.format = Some(format);
                output.jpeg.progressive |= format == Format::Jpeg && !self.variant.fast_compression;
            }
            Some(FormatChoice::BaselineJpeg) => {
                output.format = Some(Format::Jpeg);
                output.jpeg.progressive = false;
            }
            // Described as the picture would be without it.
            Some(FormatChoice::Json) => {}
        }
        let slow = self.variant.slow_connection_quality.filter(|_| output.slow_connection);
        if let Some(quality) = slow.or(self.variant.quality) {
            output = output.quality(quality);
            output.png.quality = quality;
            output.webp.lossless |= quality == 100;
        }
        if self.variant.fast_compression {
            output.webp.effort = 1;
        }
        output.background = self.variant.background.unwrap_or(output.background);
        output.check()?;
        Ok(Self { output, ..self.clone() })
    }

    /// Refuses what asks for a description in the place of a picture.
    pub(crate) fn check_is_picture(&self) -> Result<()> {
        if self.variant.format != Some(FormatChoice::Json) {
            return Ok(());
        }
        let (option, reason) = ("format=json", "render makes pictures: use Renderer::describe");
        Err(Error::new(Stage::Options, Cause::UnsupportedOption { option, reason }))
    }
}

impl From<VariantOptions> for Request {
    fn from(variant: VariantOptions) -> Self {
        Self::new(variant)
    }
}
