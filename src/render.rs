//! The pipeline, from uploaded bytes to a finished variant. The only file that knows the order of the stages:
//! `probe -> fit -> decode -> resample -> color -> orient -> canvas -> encode -> metadata`.
//!
//! In: bytes, options, limits. Out: [`Rendered`]. Color and orientation follow the resample because both cost by the
//! pixel and the variant has far fewer of them; the placement is made for the displayed picture all the same.

mod canvas;
mod color;
mod contain;
mod decode;
mod encode;
mod metadata;
mod orient;
mod pixels;
mod probe;
mod resample;
mod source;
mod tiff;
mod warning;

pub use probe::{Info, probe};
pub use warning::Warning;

use self::decode::Decoded;
use self::pixels::{Pixels, Samples};
use self::resample::Scratch;
use self::source::Source;
use crate::error::{Result, Stage};
use crate::fit::{Placement, place};
use crate::limits::{Budget, CancelToken, Limits};
use crate::output::{ColorPolicy, Format, OutputOptions};
use crate::variant::VariantOptions;

/// A finished variant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// The encoded file.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Its frames; 1 for a still image.
    pub frames: u32,
    /// What of the source could not be honoured; the image was rendered all the same.
    pub warnings: Vec<Warning>,
}

/// Renders variants. Holds scratch memory that calls reuse: keep one a thread.
///
/// ```
/// use cretula::{Fit, Format, OutputOptions, Renderer, VariantOptions};
/// # let upload = include_bytes!("../tests/images/rocket.jpg");
///
/// let mut renderer = Renderer::new();
/// let thumbnail = VariantOptions::new(Fit::Cover, 160, 160);
/// let rendered = renderer.render(upload, &thumbnail, &OutputOptions::new().format(Format::WebP))?;
/// assert_eq!((rendered.width, rendered.height), (160, 160));
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Renderer {
    limits: Limits,
    cancel: Option<CancelToken>,
    scratch: Scratch,
}

impl Renderer {
    /// A renderer with the default [`Limits`].
    pub fn new() -> Self {
        Self::default()
    }

    /// A renderer that keeps every call within `limits`.
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Has every later call stop soon after `token` is cancelled; `None` takes the token away.
    pub fn set_cancel(&mut self, token: Option<CancelToken>) {
        self.cancel = token;
    }

    /// The limits of every call.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Renders one variant of the image file in `bytes`.
    ///
    /// # Errors
    ///
    /// Every [`ErrorKind`](crate::ErrorKind); none leaves a partial result, and the renderer can be used again.
    pub fn render(
        &mut self,
        bytes: &[u8],
        variant: &VariantOptions,
        output: &OutputOptions,
    ) -> Result<Rendered> {
        let mut set = self.render_set(bytes, &[(*variant, output.clone())])?;
        // One request, one answer.
        Ok(set.swap_remove(0))
    }

    /// Renders many variants of one image, which is decoded once. The answers stand in the order of the requests and
    /// have the sizes that separate renders would give. A JPEG is decoded at the scale that the largest of them needs, so
    /// that the pixels of a smaller one may differ a little from those of a render of its own.
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render); the first failure is that of the whole set.
    pub fn render_set(
        &mut self,
        bytes: &[u8],
        requests: &[(VariantOptions, OutputOptions)],
    ) -> Result<Vec<Rendered>> {
        for (variant, output) in requests {
            variant.check(&self.limits)?;
            output.check()?;
        }
        let mut budget = Budget::start(&self.limits, self.cancel.as_ref());
        budget.checkpoint(Stage::Probe)?;
        let source = probe::read(bytes, &self.limits)?;
        let displayed = source.displayed();
        let placements = requests
            .iter()
            .map(|(variant, _)| place(displayed.width, displayed.height, variant))
            .collect::<Result<Vec<_>>>()?;
        if placements.is_empty() {
            return Ok(Vec::new());
        }
        budget.checkpoint(Stage::Decode)?;
        let wanted: Vec<_> =
            placements.iter().map(|placement| source.orientation.stored(placement)).collect();
        let decoded = decode::decode(bytes, &source, &wanted, &mut budget)?;
        requests
            .iter()
            .zip(&placements)
            .map(|((variant, output), placement)| {
                let request = Request { variant, output, placement };
                finish(&decoded, &source, &request, &mut self.scratch, &mut budget)
            })
            .collect()
    }
}

/// One variant that is asked, placed.
struct Request<'a> {
    variant: &'a VariantOptions,
    output: &'a OutputOptions,
    placement: &'a Placement,
}

/// From decoded pixels to one finished variant.
fn finish(
    decoded: &Decoded,
    source: &Source<'_>,
    request: &Request<'_>,
    scratch: &mut Scratch,
    budget: &mut Budget<'_>,
) -> Result<Rendered> {
    let Request { variant, output, placement } = *request;
    let format = output.format.unwrap_or_else(|| written_as(source.format, &decoded.pixels));
    let policy = if format == Format::Gif { ColorPolicy::Srgb } else { output.color };
    let mut warnings = Vec::new();

    budget.checkpoint(Stage::Resample)?;
    let pixels =
        scratch.resample(&decoded.pixels, decoded.view, &source.orientation.stored(placement), budget)?;
    budget.checkpoint(Stage::Color)?;
    let (pixels, profile) = color::convert(pixels, source.color.as_ref(), policy, &mut warnings, budget)?;
    let pixels = narrow(pixels, budget)?;
    budget.checkpoint(Stage::Orient)?;
    let pixels = orient::upright(pixels, source.orientation, budget)?;
    budget.checkpoint(Stage::Canvas)?;
    let pixels = canvas::lay(pixels, placement, output.background, format.has_alpha(), budget)?;
    budget.checkpoint(Stage::Encode)?;
    let bytes = encode::encode(&pixels, format, output.quality, budget)?;
    budget.checkpoint(Stage::Metadata)?;
    budget.release(pixels.samples.bytes());
    let (size, alpha) = (pixels.size, pixels.layout.has_alpha());
    let working = source.metadata_bytes() * METADATA_COPIES + 2 * bytes.len() as u64;
    budget.reserve(Stage::Metadata, working)?;
    let bytes = contain::contained(Stage::Metadata, "a metadata parser", || {
        let carried = metadata::choose(source, variant.metadata, format, size, profile, &mut warnings);
        metadata::attach(bytes, format, size, alpha, carried)
    })?;
    budget.release(working);
    Ok(Rendered { bytes, format, width: size.width, height: size.height, frames: 1, warnings })
}

/// Copies of a metadata block that are held at once: the edited one, a second reader's, the spliced file's.
const METADATA_COPIES: u64 = 4;

/// What `source` means as an output format: the input's own, or the next best that this build writes.
fn written_as(format: Format, pixels: &Pixels) -> Format {
    match format {
        Format::Jpeg | Format::Png | Format::WebP | Format::Gif => format,
        Format::Avif if pixels.layout.has_alpha() => Format::Png,
        Format::Avif => Format::Jpeg,
    }
}

/// The end of 16 bits: everything after this stage works on 8.
fn narrow(pixels: Pixels, budget: &mut Budget<'_>) -> Result<Pixels> {
    if let Samples::Sixteen(samples) = &pixels.samples {
        let (wide, slim) = (pixels.samples.bytes(), samples.len() as u64);
        budget.reserve(Stage::Color, slim)?;
        let pixels = pixels.into_eight();
        budget.release(wide);
        return Ok(pixels);
    }
    Ok(pixels)
}
