//! The pipeline, from uploaded bytes to a finished variant. The only file that knows the order of the stages:
//! `probe -> fit -> decode -> resample -> color -> orient -> canvas -> encode -> metadata`.
//!
//! In: bytes, options, limits. Out: [`Rendered`]. Color and orientation follow the resample because both cost by the
//! pixel and the variant has far fewer of them; the placement is made for the displayed picture all the same. Where no
//! stage between a file that codes Y, Cb and Cr and an encoder that halves chroma asks for pixels, planes go from one to the
//! other.

mod canvas;
mod catch_panic;
mod color;
mod decode;
mod encode;
mod frame;
mod header;
mod metadata;
mod orient;
mod probe;
mod resample;
mod tiff;
mod warning;
mod zlib;

pub use probe::{Info, probe};
pub use warning::Warning;

#[cfg(feature = "parallel")]
use std::num::NonZeroUsize;

use self::color::{Plan, Purpose, TransformCache};
use self::decode::{Decoded, Wanted};
use self::encode::LossyOptions;
use self::frame::{EncoderInput, Image, Layout, Samples, YuvImage};
use self::header::{Header, OutputColor};
use self::resample::Scratch;
use crate::damage::Tolerance;
use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::Placement;
use crate::limits::{Budget, BufferPool, CancelToken, Limits};
use crate::options::{ColorPolicy, Damaged, Fidelity, Format, OutputOptions, VariantOptions, place};

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

/// Renders variants. Holds memory that calls reuse, and what it made of the color profiles that it met last: keep one a thread.
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
    caches: Caches,
    pool: BufferPool,
    #[cfg(feature = "parallel")]
    threads: Option<NonZeroUsize>,
}

/// What a call makes and the next one uses again.
#[derive(Debug, Default)]
struct Caches {
    scratch: Scratch,
    transforms: TransformCache,
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

    /// Lets every later call work on one picture on up to `threads` threads; 1 before the first call of this. More than 16
    /// count as 16.
    ///
    /// What is shared out: the decoding of sequential JPEG files in one scan, of some 128 kB or more, whose codes are read by all
    /// threads at once, each a part of the file (where it has restart markers, only if some of them stand between two rows of
    /// MCUs, and if it becomes a JPEG or WebP without any change of colors); the resampling of large pictures, but not of rows
    /// that come from a PNG decoder; and the writing of JPEG files of more than half a megapixel. All other steps take one
    /// thread. The threads live no longer than the call. The bytes and errors are the same as with one thread.
    ///
    /// A second thread, on a core that has nothing else to do, takes a third or more off the time of a large JPEG that becomes a
    /// smaller one, and a sixth if that is a WebP, whose encoder has one thread. On a busy machine it is a loss.
    ///
    /// It takes memory, of which [`Limits::max_memory_bytes`] is told: the coefficients of the whole picture that the scale
    /// needs, which are 3 bytes a pixel of a 4:2:0 file at full size and a thirtieth of that at an eighth, and some for each
    /// thread. Where they do not fit, one thread decodes without.
    #[cfg(feature = "parallel")]
    pub fn set_threads(&mut self, threads: NonZeroUsize) {
        self.threads = Some(threads);
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
        let pool = std::mem::take(&mut self.pool);
        let mut budget = Budget::start(&self.limits, self.cancel.as_ref()).with_pool(pool);
        #[cfg(feature = "parallel")]
        if let Some(threads) = self.threads {
            budget = budget.with_threads(threads);
        }
        let rendered = render_set(bytes, requests, &self.limits, &mut self.caches, &mut budget);
        self.pool = budget.into_pool();
        rendered
    }
}

/// [`Renderer::render_set`] within a budget, once the options are checked.
fn render_set<'a>(
    bytes: &'a [u8],
    requests: &[(VariantOptions, OutputOptions)],
    limits: &Limits,
    caches: &mut Caches,
    budget: &mut Budget<'a>,
) -> Result<Vec<Rendered>> {
    budget.check_interrupt(Stage::Probe)?;
    let source = probe::read(bytes, limits)?;
    let displayed = source.displayed();
    let mut requests = requests
        .iter()
        .map(|(variant, output)| {
            let placement = place(displayed.width, displayed.height, variant)?;
            Ok(Request { variant, output, placement, plan: None, warnings: source.warnings.clone() })
        })
        .collect::<Result<Vec<_>>>()?;
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    budget.check_interrupt(Stage::Decode)?;
    let accepts = |request: &Request<'_>| request.output.damaged == Damaged::Accept;
    let mut tolerance = Tolerance::new(requests.iter().all(accepts));
    let mut planes = true;
    for request in &mut requests {
        planes = planes && request.takes_planes(&source, &mut caches.transforms, budget)?;
    }
    let wanted: Vec<_> = requests
        .iter()
        .map(|request| {
            let (format, quality) = (request.output.format.unwrap_or(source.format), request.output.quality);
            let placement = source.orientation.stored(&request.placement);
            let fidelity = Fidelity::of(format, quality);
            Wanted { placement, shrink: request.output.shrink, fidelity }
        })
        .collect();
    let mut decoded = decode::decode(bytes, &source, &wanted, planes, &mut tolerance, budget)?;
    let rendered = requests
        .into_iter()
        .map(|request| request.finish(&mut decoded, &tolerance, &source, caches, budget))
        .collect();
    decoded.recycle(budget);
    rendered
}

/// One variant that is asked, placed.
struct Request<'a> {
    variant: &'a VariantOptions,
    output: &'a OutputOptions,
    placement: Placement,
    /// What becomes of the colors, where it is known before decoding.
    plan: Option<Plan>,
    warnings: Vec<Warning>,
}

impl Request<'_> {
    /// What profiles mean to the output: GIF holds none.
    fn color_policy(&self, format: Format) -> ColorPolicy {
        if format == Format::Gif { ColorPolicy::Srgb } else { self.output.color }
    }

    /// Whether the variant can be made of the planes that the file codes, chroma at half of luma's size, because nothing on the way
    /// to its encoder asks for pixels.
    fn takes_planes(
        &mut self,
        source: &Header<'_>,
        transforms: &mut TransformCache,
        budget: &mut Budget<'_>,
    ) -> Result<bool> {
        let format = self.output.format.unwrap_or(source.format);
        let Placement { resize, canvas, .. } = self.placement;
        let plain = resize == canvas && !self.placement.enlarges();
        if !plain || !source.has_planes() || !encode::takes_planes(format, self.output.quality) {
            return Ok(false);
        }
        let kind = (Layout::Rgb, false);
        // No background shows: see `plain`, and there is no alpha.
        let purpose = Purpose { policy: self.color_policy(format), gray: false, fill: None };
        let plan = Plan::new(&source.color, kind, purpose, transforms, &mut self.warnings, budget)?;
        let keeps = plan.keeps_samples();
        self.plan = Some(plan);
        Ok(keeps)
    }

    /// From what was decoded to the finished variant.
    fn finish(
        mut self,
        decoded: &mut Decoded<'_>,
        tolerance: &Tolerance,
        source: &Header<'_>,
        caches: &mut Caches,
        budget: &mut Budget<'_>,
    ) -> Result<Rendered> {
        let Caches { scratch, transforms } = caches;
        budget.check_interrupt(Stage::Resample)?;
        let stored = source.orientation.stored(&self.placement);
        self.warnings.extend(tolerance.damage().map(Warning::from));
        let (format, picture, color) = match decoded {
            Decoded::Rows(rows) => {
                let format = self.output.format.unwrap_or_else(|| written_as(source.format, rows.layout));
                let pixels = scratch.resample_rows(rows, &stored, budget)?;
                self.warnings.extend(rows.tolerance.damage().map(Warning::from));
                let (pixels, color) = self.lay(pixels, format, source, transforms, budget)?;
                (format, EncoderInput::Image(pixels), color)
            }
            Decoded::Image(pixels, view) => {
                let format = self.output.format.unwrap_or_else(|| written_as(source.format, pixels.layout));
                let pixels = scratch.resample(pixels, *view, &stored, budget)?;
                let (pixels, color) = self.lay(pixels, format, source, transforms, budget)?;
                (format, EncoderInput::Image(pixels), color)
            }
            Decoded::YuvImage(planes, range) => {
                let format = self.output.format.unwrap_or(source.format);
                let reversed = source.orientation.reverses();
                let [y, cb, cr] = scratch.resample_planes(planes, &stored, reversed, budget)?;
                budget.check_interrupt(Stage::Orient)?;
                let mut upright = |plane| orient::apply(plane, source.orientation, budget);
                let planes = YuvImage { planes: [upright(y)?, upright(cb)?, upright(cr)?], range: *range };
                let Some(plan) = self.plan.take().filter(Plan::keeps_samples) else {
                    return Err(Error::new(
                        Stage::Color,
                        Cause::Internal("planes whose colors change".to_owned()),
                    ));
                };
                (format, EncoderInput::YuvImage(planes), plan.output())
            }
        };
        self.write(picture, format, color, source, budget)
    }

    /// From resampled pixels to the finished canvas, and what became of its colors.
    fn lay(
        &mut self,
        pixels: Image,
        format: Format,
        source: &Header<'_>,
        transforms: &mut TransformCache,
        budget: &mut Budget<'_>,
    ) -> Result<(Image, OutputColor)> {
        budget.check_interrupt(Stage::Color)?;
        let alpha = format.has_alpha();
        let fill = canvas::fill(self.output.background, alpha);
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => {
                let kind = (pixels.layout, matches!(pixels.samples, Samples::Sixteen(_)));
                let shows = canvas::shows_fill(pixels.layout, &self.placement, alpha);
                let gray = canvas::stays_gray(pixels.layout, &self.placement, fill, alpha);
                let purpose = Purpose {
                    policy: self.color_policy(format),
                    // WebP codes no gray.
                    gray: gray && format != Format::WebP,
                    fill: shows.then_some(fill),
                };
                Plan::new(&source.color, kind, purpose, transforms, &mut self.warnings, budget)?
            }
        };
        let fill = plan.fill().unwrap_or(fill);
        let (pixels, color) = plan.apply(pixels, &mut self.warnings, budget)?;
        let pixels = narrow(pixels, budget)?;
        budget.check_interrupt(Stage::Orient)?;
        let pixels = orient::apply(pixels, source.orientation, budget)?;
        budget.check_interrupt(Stage::Canvas)?;
        let pixels = canvas::pad_and_flatten(pixels, &self.placement, fill, alpha, budget)?;
        Ok((pixels, color))
    }

    /// From the finished picture to the file.
    fn write(
        mut self,
        picture: EncoderInput,
        format: Format,
        color: OutputColor,
        source: &Header<'_>,
        budget: &mut Budget<'_>,
    ) -> Result<Rendered> {
        budget.check_interrupt(Stage::Encode)?;
        let lossy = LossyOptions { quality: self.output.quality, effort: self.output.effort };
        let bytes = encode::encode(&picture, format, lossy, budget)?;
        budget.check_interrupt(Stage::Metadata)?;
        budget.release(picture.bytes());
        let (size, alpha) = (picture.size(), picture.has_alpha());
        picture.into_buffers().for_each(|buffer| budget.recycle(buffer));
        let working = source.metadata_bytes() * METADATA_COPIES + 2 * bytes.len() as u64;
        budget.reserve(Stage::Metadata, working)?;
        let policy = self.variant.metadata;
        let bytes = catch_panic::catch_panic(Stage::Metadata, "a metadata parser", || {
            let warnings = &mut self.warnings;
            let carried = metadata::choose(source, policy, format, size, color, warnings, budget)?;
            metadata::attach(bytes, format, size, alpha, carried)
        })?;
        budget.release(working);
        let warnings = self.warnings;
        Ok(Rendered { bytes, format, width: size.width, height: size.height, frames: 1, warnings })
    }
}

/// Copies of a metadata block that are held at once: the edited one, a second reader's, the spliced file's.
const METADATA_COPIES: u64 = 4;

/// What `source` means as an output format: the input's own, or the next best that this build writes.
fn written_as(format: Format, layout: Layout) -> Format {
    match format {
        Format::Jpeg | Format::Png | Format::WebP | Format::Gif => format,
        Format::Avif if layout.has_alpha() => Format::Png,
        Format::Avif => Format::Jpeg,
    }
}

/// The end of 16 bits: everything after this stage works on 8.
fn narrow(pixels: Image, budget: &mut Budget<'_>) -> Result<Image> {
    let Samples::Sixteen(wide) = &pixels.samples else { return Ok(pixels) };
    let mut slim = budget.zeroed::<u8>(Stage::Color, wide.len())?;
    for (slim, wide) in slim.chunks_mut(CHECK_INTERVAL).zip(wide.chunks(CHECK_INTERVAL)) {
        budget.check_interrupt(Stage::Color)?;
        slim.iter_mut().zip(wide).for_each(|(slim, &wide)| *slim = frame::narrow(wide));
    }
    budget.release(pixels.samples.bytes());
    Ok(Image::eight(pixels.size, pixels.layout, slim))
}

/// Samples between two looks at the clock.
const CHECK_INTERVAL: usize = 1 << 20;
