//! From uploaded bytes to finished variants: `probe -> plan -> decode -> execute`.
//!
//! In: bytes, requests, limits. Out: [`Rendered`]. [`plan`] decides everything from the header; [`execute`] carries it out.

mod analyze;
mod animation;
mod canvas;
mod catch_panic;
mod color;
mod composite;
mod decode;
mod effects;
mod encode;
mod execute;
mod frame;
mod framing;
mod header;
mod metadata;
mod orient;
mod pixels;
mod plan;
mod probe;
mod rendered;
mod resample;
mod tiff;
mod warning;
mod zlib;

pub use self::pixels::{DecodedImage, PixelLayout, Pixels};
pub use self::plan::Plan;
pub use self::probe::{ImageInfo, probe};
pub use self::rendered::Rendered;
pub use self::warning::Warning;

#[cfg(feature = "parallel")]
use std::num::NonZeroUsize;

use self::analyze::Findings;
use self::execute::{Caches, execute};
use self::header::Header;
use self::plan::Planned;
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::{Budget, BufferPool, CancelToken, Limits};
#[cfg(feature = "serde")]
use crate::options::Trim;
use crate::options::{Damaged, DecodeOptions, Request};

/// Changes when the same input, options and features may give other bytes than the release before.
///
/// Make it a part of the keys under which outputs are stored or cached, such as ETags: then an update
/// of this library never mixes its outputs with older ones.
///
/// ```
/// use cretula::{RENDERING_VERSION, VariantOptions};
/// let options: VariantOptions = "w=400".parse()?;
/// let key = format!("{RENDERING_VERSION}/{options}");
/// # assert!(key.ends_with("/width=400"));
/// # Ok::<(), cretula::Error>(())
/// ```
pub const RENDERING_VERSION: u32 = 1;

/// Renders variants. Keep one per thread: it reuses memory between calls, and the color transforms of the last few profiles.
///
/// A renderer that has been used gives the same bytes as a new one.
///
/// ```
/// use cretula::{Fit, Format, OutputOptions, Renderer, Request, VariantOptions};
/// # let upload = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images/rocket.jpg"));
///
/// let mut renderer = Renderer::new();
/// let thumbnail = VariantOptions::new(Fit::Cover, 160, 160);
/// let request = Request::new(thumbnail).output(OutputOptions::new().format(Format::WebP));
/// let rendered = renderer.render(upload, &request)?;
/// assert_eq!((rendered.info.width, rendered.info.height), (160, 160));
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Renderer {
    limits: Limits,
    caches: Caches,
    pool: BufferPool,
    #[cfg(feature = "parallel")]
    threads: Option<NonZeroUsize>,
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

    /// Sets the maximum number of threads per call (default 1, at most 16).
    ///
    /// What runs in parallel: decoding JPEG files in one sequential scan of about 128 kB or more (files with restart markers only if
    /// some of them fall between two rows of MCUs and the output is JPEG or WebP without a color conversion); resampling large
    /// images, except rows that come from a PNG decoder; encoding JPEG files of more than half a megapixel; and encoding each output
    /// of an animation while the next frame is decoded. Everything else
    /// uses one thread. Threads do not outlive the call. Bytes and errors are the same as with one thread.
    ///
    /// A second thread on an idle core takes a third or more off the time of a large JPEG that becomes a smaller one, and a sixth
    /// if it becomes a WebP, whose encoder has one thread. On a busy machine it is a loss.
    ///
    /// Memory counts towards [`Limits::max_memory_bytes`]: the coefficients of the whole image at the decoded scale (3 bytes per
    /// pixel of a 4:2:0 file at full size, a thirtieth of that at 1/8) and some for each thread. If they do not fit, one thread
    /// decodes without them.
    #[cfg(feature = "parallel")]
    pub fn set_threads(&mut self, threads: NonZeroUsize) {
        self.threads = Some(threads);
    }

    /// The limits of every call.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Frees the memory that is kept for later calls.
    pub fn clear(&mut self) {
        self.caches = Caches::default();
        self.pool = BufferPool::default();
    }

    /// Renders one variant of the image file in `bytes`: [`render_all`](Self::render_all) with one request and no token.
    ///
    /// # Errors
    ///
    /// Every [`ErrorKind`](crate::ErrorKind) except those of signatures. No error leaves a partial result, and the renderer can be
    /// used again.
    pub fn render(&mut self, bytes: &[u8], request: &Request) -> Result<Rendered> {
        let mut rendered = self.render_all(bytes, std::slice::from_ref(request), None)?;
        // One request, one result.
        Ok(rendered.swap_remove(0))
    }

    /// Renders many variants of one image, which is decoded once. Results are in the order of the requests and have the sizes that
    /// separate calls would give. A JPEG is decoded at the scale that the largest variant needs, so the pixels of smaller ones may
    /// differ slightly from those of a separate call.
    ///
    /// Cancelling `cancel` on another thread stops the call within about 50 ms.
    ///
    /// # Errors
    ///
    /// As for [`render`](Self::render); the first failure is that of the whole call.
    pub fn render_all(
        &mut self,
        bytes: &[u8],
        requests: &[Request],
        cancel: Option<&CancelToken>,
    ) -> Result<Vec<Rendered>> {
        let requests = self.resolved(requests)?;
        self.within_budget(cancel, |caches, budget| render_all(bytes, &requests, caches, budget))
    }

    /// What [`render`](Self::render) would do, decided from the header of the image file in `bytes`: no pixel is decoded.
    ///
    /// ```
    /// use cretula::{Fit, Renderer, Request, VariantOptions};
    /// # let upload = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images/rocket.jpg"));
    /// let plan = Renderer::new().plan(upload, &Request::new(VariantOptions::new(Fit::Contain, 320, 320)))?;
    /// assert_eq!((plan.placement().canvas.width, plan.placement().canvas.height), (320, 214));
    /// println!("{plan}");
    /// # Ok::<(), cretula::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`render`](Self::render), except what only decoding or encoding can find.
    pub fn plan(&mut self, bytes: &[u8], request: &Request) -> Result<Plan> {
        let request = request.resolve(&self.limits)?;
        self.within_budget(None, |caches, budget| {
            let header = probe::read(bytes, budget.limits())?;
            let findings = Findings::default();
            let planned = plan::plan(&header, &request, &findings, &mut caches.transforms, budget)?;
            Ok(planned.plan)
        })
    }

    /// What `format=json` answers: a description of what [`render`](Self::render) would make, as JSON
    /// ([contract section 7](crate::docs::contract#7-options-beyond-the-references-four)).
    ///
    /// `{"width","height","original":{"file_size","width","height","format"}}`: the size of the output,
    /// and the size in bytes, the displayed size and the media type of the source. Pixels are decoded
    /// only if the border that is trimmed has to be found.
    ///
    /// # Errors
    ///
    /// As for [`plan`](Self::plan), and as for [`render`](Self::render) if pixels are decoded.
    #[cfg(feature = "serde")]
    pub fn describe(&mut self, bytes: &[u8], request: &Request) -> Result<String> {
        let request = request.resolve(&self.limits)?;
        self.within_budget(None, |caches, budget| {
            let header = probe::read(bytes, budget.limits())?;
            let unknown = Findings::default();
            let mut planned = plan::plan(&header, &request, &unknown, &mut caches.transforms, budget)?;
            if matches!(request.variant.trim, Trim::Border(_)) {
                let wanted = [planned.plan.wanted];
                let mut tolerance = Tolerance::new(request.decode.damaged == Damaged::Accept);
                let decoded = decode::decode(bytes, &header, &wanted, false, &mut tolerance, budget)?;
                let framing = planned.plan.framing;
                let findings = analyze::examine(&decoded, framing, &request.variant, budget)?;
                planned = plan::plan(&header, &request, &findings, &mut caches.transforms, budget)?;
                decoded.recycle(budget);
            }
            Ok(planned.plan.describe(bytes.len() as u64))
        })
    }

    /// Decodes the image file in `bytes` to 8-bit RGBA in sRGB, upright, at full size; the first frame of an animation.
    ///
    /// # Errors
    ///
    /// As for [`render`](Self::render).
    pub fn decode(&mut self, bytes: &[u8], options: &DecodeOptions) -> Result<DecodedImage> {
        self.within_budget(None, |caches, budget| {
            let header = probe::read(bytes, budget.limits())?;
            execute::decode(bytes, &header, options, caches, budget)
        })
    }

    /// Renders one variant of pixels that the caller has decoded. Without a requested format, the output is PNG if the layout has
    /// alpha, else JPEG.
    ///
    /// # Errors
    ///
    /// As for [`render`](Self::render), except what only a file can have.
    pub fn render_pixels(&mut self, pixels: &Pixels, request: &Request) -> Result<Rendered> {
        let requests = self.resolved(std::slice::from_ref(request))?;
        let mut rendered = self.within_budget(None, |caches, budget| {
            let header = Header::of_pixels(pixels.layout().layout(), pixels.samples(), pixels.size());
            budget.limits().check_source(pixels.width(), pixels.height(), 1, 0)?;
            render_header(&[], &header, &requests, caches, budget)
        })?;
        Ok(rendered.swap_remove(0))
    }

    /// The requests with their options checked and merged.
    fn resolved(&self, requests: &[Request]) -> Result<Vec<Request>> {
        requests
            .iter()
            .map(|request| {
                request.check_is_picture()?;
                request.resolve(&self.limits)
            })
            .collect()
    }

    /// Runs a call within the limits, with the memory that earlier calls left.
    fn within_budget<'a, T>(
        &'a mut self,
        cancel: Option<&'a CancelToken>,
        call: impl FnOnce(&mut Caches, &mut Budget<'a>) -> Result<T>,
    ) -> Result<T> {
        let pool = std::mem::take(&mut self.pool);
        let mut budget = Budget::start(&self.limits, cancel).with_pool(pool);
        #[cfg(feature = "parallel")]
        if let Some(threads) = self.threads {
            budget = budget.with_threads(threads);
        }
        let result = call(&mut self.caches, &mut budget);
        self.pool = budget.into_pool();
        result
    }
}

/// [`Renderer::render_all`] within a budget, with resolved requests.
fn render_all<'a>(
    bytes: &'a [u8],
    requests: &[Request],
    caches: &mut Caches,
    budget: &mut Budget<'a>,
) -> Result<Vec<Rendered>> {
    budget.check_interrupt(Stage::Probe)?;
    let header = probe::read(bytes, budget.limits())?;
    render_header(bytes, &header, requests, caches, budget)
}

/// Renders what `header`, read from `bytes`, describes.
fn render_header<'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
    requests: &[Request],
    caches: &mut Caches,
    budget: &mut Budget<'a>,
) -> Result<Vec<Rendered>> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    budget.check_interrupt(Stage::Decode)?;
    let unknown = Findings::default();
    let (mut stills, mut animations) = (Requests::default(), Requests::default());
    for (number, request) in requests.iter().enumerate() {
        let planned = plan::plan(header, request, &unknown, &mut caches.transforms, budget)?;
        let same = if planned.plan.frames > 1 { &mut animations } else { &mut stills };
        same.numbers.push(number);
        same.planned.push((planned, request));
    }
    let mut rendered = Vec::with_capacity(requests.len());
    if !stills.planned.is_empty() {
        let outputs = render_stills(bytes, header, stills.planned, caches, budget)?;
        rendered.extend(stills.numbers.into_iter().zip(outputs));
    }
    if !animations.planned.is_empty() {
        let outputs = animation::render(bytes, header, &animations.planned, caches, budget)?;
        rendered.extend(animations.numbers.into_iter().zip(outputs));
    }
    rendered.sort_by_key(|(number, _)| *number);
    Ok(rendered.into_iter().map(|(_, rendered)| rendered).collect())
}

/// Planned requests, and their positions in the call.
#[derive(Default)]
struct Requests<'r> {
    numbers: Vec<usize>,
    planned: Vec<(Planned, &'r Request)>,
}

/// Renders stills: of an animation, its first frame.
fn render_stills<'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
    requests: Vec<(Planned, &Request)>,
    caches: &mut Caches,
    budget: &mut Budget<'a>,
) -> Result<Vec<Rendered>> {
    let Caches { scratch, transforms } = caches;
    let accepts = |(_, request): &(Planned, &Request)| request.decode.damaged == Damaged::Accept;
    let mut tolerance = Tolerance::new(requests.iter().all(accepts));
    // Of an animation that is cut off after its first frame, only the first frame may be asked for.
    let moves = |(planned, request): &(Planned, &Request)| {
        request.variant.anim && planned.plan.format.capabilities().animation
    };
    let is_cut = header.frames_cut && header.frames == 1 && requests.iter().any(moves);
    decode::check(bytes, header, is_cut, &mut tolerance)?;
    let wanted: Vec<_> = requests.iter().map(|(planned, _)| planned.plan.wanted).collect();
    let planes = requests.iter().all(|(planned, _)| planned.plan.planes);
    let mut decoded = decode::decode(bytes, header, &wanted, planes, &mut tolerance, budget)?;
    let mut render = |(planned, request): (Planned, &Request)| {
        let planned = match planned.plan.examines {
            true => {
                let findings = analyze::examine(&decoded, planned.plan.framing, &request.variant, budget)?;
                plan::plan(header, request, &findings, transforms, budget)?
            }
            false => planned,
        };
        execute(planned, request, &mut decoded, &tolerance, header, scratch, budget)
    };
    let rendered = requests.into_iter().map(&mut render).collect();
    decoded.recycle(budget);
    rendered
}
