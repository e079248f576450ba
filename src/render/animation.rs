//! Renders an animation: `frame -> composite -> resample -> … -> encode`, one frame at a time
//! ([contract section 9](crate::docs::contract#9-animation)).
//!
//! In: an animated file, its header, requests. Out: [`Rendered`]. Each frame is decoded once for all
//! requests. Every request is planned once, and its plan is that of a still of the canvas's size.
//!
//! Decoding and composing cost what a frame covers. Of a frame that covers little, only what depends
//! on it is resampled, to the same bits; what follows costs the pixels of the output.

mod sink;

use std::time::Duration;

use self::sink::{Sink, Threads};
use super::analyze::{self, Findings};
use super::color;
use super::composite::{Canvas, Over};
use super::decode::{self, Decoded, Wanted};
use super::encode::AnimationEncoder;
use super::execute::{self, Caches};
use super::frame::{Image, Layout, Samples};
use super::framing::PixelBox;
use super::header::{Header, OutputColor, SourceFrame};
use super::plan::{self, Plan, Planned};
use super::rendered::Rendered;
use super::resample::{Retained, Scratch};
use super::warning::Warning;
use super::{canvas, probe};
use crate::damage::Tolerance;
use crate::error::{Error, LimitName, Result, Stage};
use crate::limits::Budget;
use crate::options::{Damaged, Format, Request};
use crate::threads;

/// Renders `requests`, whose plans are those of animations, of the animation that `header` describes.
/// With threads, each output is encoded on its own while the next frame is made.
pub(super) fn render<'b>(
    bytes: &[u8],
    header: &Header<'_>,
    requests: &[(Planned, &Request)],
    caches: &mut Caches,
    budget: &mut Budget<'b>,
) -> Result<Vec<Rendered>> {
    let left = budget.threads() - 1;
    if left > 0 {
        let spent = budget.spent();
        let result = threads::scope(|scope| {
            run(bytes, header, requests, Threads { scope: Some(scope), left }, caches, budget)
        });
        match result {
            // On one thread, less is held at once.
            Err(error) if error.limit() == Some(LimitName::MaxMemoryBytes) => {
                budget.release(budget.spent() - spent);
            }
            result => return result,
        }
    }
    run(bytes, header, requests, Threads { scope: None, left: 0 }, caches, budget)
}

fn run<'scope, 'env: 'scope>(
    bytes: &[u8],
    header: &Header<'_>,
    requests: &[(Planned, &Request)],
    mut threads: Threads<'scope, 'env>,
    caches: &mut Caches,
    budget: &mut Budget<'env>,
) -> Result<Vec<Rendered>> {
    let accepts = |(_, request): &(Planned, &Request)| request.decode.damaged == Damaged::Accept;
    let mut tolerance = Tolerance::new(requests.iter().all(accepts));
    decode::check(bytes, header, header.frames_cut, &mut tolerance)?;
    let over = match header.format() {
        Format::Gif => Over::Binary,
        Format::WebP => Over::Truncated,
        _ => Over::Rounded,
    };
    let mut canvas = Canvas::new(header.stored, budget)?;
    let mut variants = Vec::new();
    for frame in probe::frames(bytes, header) {
        budget.check_interrupt(Stage::Decode)?;
        let held = budget.spent();
        let pixels = match decode_frame(bytes, &frame, &mut tolerance, budget) {
            Err(error) if !variants.is_empty() && accepts_loss(&error, bytes, &mut tolerance) => {
                budget.release(budget.spent().saturating_sub(held));
                None
            }
            decoded => decoded?,
        };
        let mut changed = canvas.draw(&frame, pixels.as_ref(), over, budget)?;
        pixels.into_iter().for_each(|pixels| recycle(pixels, budget));
        if variants.is_empty() {
            changed = Some(PixelBox::whole(header.stored));
            for request in requests {
                variants.push(begin(request, header, &mut canvas, &mut threads, caches, budget)?);
            }
        }
        for variant in &mut variants {
            variant.show(canvas.image(), changed, frame.delay, &mut caches.scratch, budget)?;
        }
        if variants.iter().any(|variant| variant.sink.has_failed()) {
            break;
        }
    }
    recycle(canvas.into_image(), budget);
    variants.into_iter().map(|variant| variant.finish(header, &tolerance, budget)).collect()
}

/// Whether a frame that cannot be decoded is left out: what was there before it stays.
fn accepts_loss(error: &Error, bytes: &[u8], tolerance: &mut Tolerance) -> bool {
    let accepts = error.malformed_detail().is_some_and(|detail| tolerance.accepts(bytes.len(), detail));
    if accepts {
        tolerance.lacks(1, 1);
    }
    accepts
}

/// Plans again what the first frame decides, and starts the output.
fn begin<'scope, 'env: 'scope>(
    (planned, request): &(Planned, &Request),
    header: &Header<'_>,
    canvas: &mut Canvas,
    threads: &mut Threads<'scope, 'env>,
    caches: &mut Caches,
    budget: &mut Budget<'env>,
) -> Result<Variant<'scope>> {
    let Planned { plan, colors, warnings } = if planned.plan.examines {
        let findings = examine(canvas, planned, request, budget)?;
        plan::plan(header, request, &findings, &mut caches.transforms, budget)?
    } else {
        planned.clone()
    };
    let (size, output) = (plan.output_size(), &request.output);
    let encoder = AnimationEncoder::begin(plan.format, size, header.playback, output, budget)?;
    let sink = Sink::new(encoder, threads, budget);
    let Wanted { placement, region, .. } = &plan.wanted;
    let resampled = Retained::new(header.stored, *region, placement, budget)?;
    let warnings = header.warnings.iter().cloned().chain(warnings).collect();
    let (color, whole_frames) = (OutputColor::default(), output.whole_frames);
    Ok(Variant { plan, colors, warnings, resampled, color, whole_frames, sink })
}

/// What the canvas shows of what the plan waits for.
fn examine(
    canvas: &mut Canvas,
    planned: &Planned,
    request: &Request,
    budget: &mut Budget<'_>,
) -> Result<Findings> {
    let shown = Decoded::from(canvas.take_image());
    let findings = analyze::examine(&shown, planned.plan.framing, &request.variant, budget);
    if let Decoded::Image(image, _) = shown {
        canvas.put_back(image);
    }
    findings
}

/// One output while it is made.
struct Variant<'scope> {
    plan: Plan,
    colors: color::Plan,
    warnings: Vec<Warning>,
    /// The canvas, resampled.
    resampled: Retained,
    color: OutputColor,
    whole_frames: bool,
    sink: Sink<'scope>,
}

impl Variant<'_> {
    /// Adds what `canvas` shows for `delay`; only `changed` differs from what it showed before.
    fn show(
        &mut self,
        canvas: &mut Image,
        changed: Option<PixelBox>,
        delay: Duration,
        scratch: &mut Scratch,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        budget.check_interrupt(Stage::Resample)?;
        let updated = match changed {
            Some(changed) => scratch.update(&mut self.resampled, canvas, changed, budget)?,
            None => false,
        };
        if !updated && !self.whole_frames {
            self.sink.extend(delay);
            return Ok(());
        }
        let picture = copy(self.resampled.picture(), budget)?;
        let mut warnings = Vec::new();
        let colors = self.colors.clone();
        let (picture, color) = execute::finish_pixels(picture, &self.plan, colors, &mut warnings, budget)?;
        self.color = color;
        for warning in warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        let picture = canvas::to_rgba(picture, budget)?;
        self.sink.add(picture, delay, budget)
    }

    fn finish(self, header: &Header<'_>, tolerance: &Tolerance, budget: &mut Budget<'_>) -> Result<Rendered> {
        let Self { plan, mut warnings, resampled, color, sink, .. } = self;
        resampled.recycle(budget);
        warnings.extend(tolerance.damage().map(Warning::from));
        let bytes = sink.finish(budget)?;
        execute::seal(bytes, (plan.output_size(), true), color, &plan, header, warnings, budget)
    }
}

/// Bytes copied between interrupt checks.
const CHECK_INTERVAL: usize = 4 << 20;

fn copy(image: &Image, budget: &mut Budget<'_>) -> Result<Image> {
    let Samples::Eight(samples) = &image.samples else {
        return Err(Error::internal(Stage::Resample, "the frames of an animation have 8 bits"));
    };
    let mut copied = budget.zeroed::<u8>(Stage::Resample, samples.len())?;
    for (copied, samples) in copied.chunks_mut(CHECK_INTERVAL).zip(samples.chunks(CHECK_INTERVAL)) {
        budget.check_interrupt(Stage::Resample)?;
        copied.copy_from_slice(samples);
    }
    Ok(Image::eight(image.size, image.layout, copied))
}

fn recycle(image: Image, budget: &mut Budget<'_>) {
    budget.release(image.samples.bytes());
    image.into_buffer().into_iter().for_each(|buffer| budget.recycle(buffer));
}

/// Decodes one frame to RGB or RGBA of 8 bits; `None` if it has no pixels.
fn decode_frame(
    bytes: &[u8],
    frame: &SourceFrame<'_>,
    tolerance: &mut Tolerance,
    budget: &mut Budget<'_>,
) -> Result<Option<Image>> {
    if frame.pixels() == 0 && frame.broken.is_none() {
        return Ok(None);
    }
    let header = Header::of_frame(frame);
    let copied = frame.copied_bytes();
    budget.reserve(Stage::Decode, copied)?;
    let decoded = decode::decode(bytes, &header, &[Wanted::whole(frame.size)], false, tolerance, budget)?;
    budget.release(copied);
    let Decoded::Image(pixels, _) = decoded else {
        return Err(Error::internal(Stage::Decode, "a whole frame was not decoded as one"));
    };
    let pixels = execute::narrow(pixels, budget)?;
    Ok(Some(if pixels.layout == Layout::Rgb { pixels } else { canvas::to_rgba(pixels, budget)? }))
}
