//! Carrying out a [`Plan`](super::plan::Plan): from decoded pixels to the finished file. The only code that knows the order of the
//! stages after decoding: `resample -> color -> orient -> effects -> canvas -> encode -> metadata`.
//!
//! In: a plan and what the decoder made. Out: [`Rendered`]. Color and orientation come after resampling because both cost per
//! pixel and the variant has far fewer of them; the placement is that of the displayed image all the same.

use super::color::{Fills, Purpose, TransformCache};
use super::decode::{self, Decoded, Wanted};
use super::frame::{self, EncoderInput, Image, Samples, YuvImage};
use super::header::{Header, OutputColor};
use super::pixels::{DecodedImage, PixelLayout, Pixels};
use super::plan::{Plan, Planned};
use super::rendered::Rendered;
use super::resample::Scratch;
use super::warning::Warning;
use super::{canvas, catch_panic, color, effects, encode, metadata, orient, probe};
use crate::damage::Tolerance;
use crate::error::{Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::{ColorPolicy, Damaged, DecodeOptions, Request};

/// What calls leave for later ones.
#[derive(Debug, Default)]
pub(super) struct Caches {
    pub(super) scratch: Scratch,
    pub(super) transforms: TransformCache,
}

/// Makes the variant that `planned` describes of `decoded`.
pub(super) fn execute(
    planned: Planned,
    request: &Request,
    decoded: &mut Decoded<'_>,
    tolerance: &Tolerance,
    header: &Header<'_>,
    scratch: &mut Scratch,
    budget: &mut Budget<'_>,
) -> Result<Rendered> {
    let Planned { plan, colors, warnings: ignored } = planned;
    let region = plan.wanted.region;
    let mut warnings = header.warnings.clone();
    let damage = |tolerance: &Tolerance| tolerance.damage().map(Warning::from);
    warnings.extend(damage(tolerance));
    budget.check_interrupt(Stage::Resample)?;
    let stored = &plan.wanted.placement;
    let (picture, color) = match decoded {
        Decoded::Rows(rows) => {
            let pixels = scratch.resample_rows(rows, stored, budget)?;
            warnings.extend(damage(&rows.tolerance));
            warnings.extend(ignored);
            let (pixels, color) = finish_pixels(pixels, &plan, colors, &mut warnings, budget)?;
            (EncoderInput::Image(pixels), color)
        }
        Decoded::Image(pixels, view) => {
            let pixels = scratch.resample(pixels, *view, region, stored, budget)?;
            warnings.extend(ignored);
            let (pixels, color) = finish_pixels(pixels, &plan, colors, &mut warnings, budget)?;
            (EncoderInput::Image(pixels), color)
        }
        Decoded::YuvImage(planes, range) => {
            warnings.extend(ignored);
            let orientation = plan.framing.orientation();
            let [y, cb, cr] =
                scratch.resample_planes(planes, region, stored, orientation.reverses(), budget)?;
            budget.check_interrupt(Stage::Orient)?;
            let mut upright = |plane| orient::apply(plane, orientation, budget);
            let [y, cb, cr] = [upright(y)?, upright(cb)?, upright(cr)?];
            budget.check_interrupt(Stage::Effects)?;
            let y = effects::sharpen_luma(y, plan.effects.sharpen, *range, budget)?;
            let image = YuvImage { planes: [y, cb, cr], range: *range };
            (EncoderInput::YuvImage(image), colors.output())
        }
    };
    write(picture, color, &plan, request, header, warnings, budget)
}

/// Decodes the whole image to RGBA in sRGB, upright.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
    options: &DecodeOptions,
    caches: &mut Caches,
    budget: &mut Budget<'a>,
) -> Result<DecodedImage> {
    budget.check_interrupt(Stage::Decode)?;
    let mut warnings = header.warnings.clone();
    let purpose = Purpose { policy: ColorPolicy::Srgb, gray: true, fills: Fills::default() };
    let kind = (header.layout(), header.is_sixteen());
    let colors =
        color::Plan::new(&header.color, kind, purpose, &mut caches.transforms, &mut warnings, budget)?;
    let mut tolerance = Tolerance::new(options.damaged == Damaged::Accept);
    let whole = Wanted::whole(header.stored);
    let decoded = decode::decode(bytes, header, &[whole], false, &mut tolerance, budget)?;
    warnings.extend(tolerance.damage().map(Warning::from));
    let Decoded::Image(pixels, _) = decoded else {
        return Err(Error::internal(Stage::Decode, "a whole image was not decoded as one"));
    };
    budget.check_interrupt(Stage::Color)?;
    let (pixels, _) = colors.apply(pixels, &mut warnings, budget)?;
    let pixels = narrow(pixels, budget)?;
    budget.check_interrupt(Stage::Orient)?;
    let pixels = orient::apply(pixels, header.orientation, budget)?;
    budget.check_interrupt(Stage::Canvas)?;
    let Image { size, samples, .. } = canvas::to_rgba(pixels, budget)?;
    let samples = match samples {
        Samples::Eight(samples) => samples,
        Samples::Sixteen(_) => return Err(Error::internal(Stage::Canvas, "samples were not narrowed")),
    };
    let pixels = Pixels::new(size.width, size.height, PixelLayout::Rgba, samples)?;
    Ok(DecodedImage { pixels, warnings })
}

/// From resampled pixels to the finished canvas, and what became of its colors.
pub(super) fn finish_pixels(
    pixels: Image,
    plan: &Plan,
    colors: color::Plan,
    warnings: &mut Vec<Warning>,
    budget: &mut Budget<'_>,
) -> Result<(Image, OutputColor)> {
    budget.check_interrupt(Stage::Color)?;
    let fills = colors.fills();
    let fill = fills.background.unwrap_or(plan.fill);
    let border = fills.border.or(plan.border.color).unwrap_or(fill);
    let (pixels, color) = colors.apply(pixels, warnings, budget)?;
    let pixels = if plan.sixteen { pixels } else { narrow(pixels, budget)? };
    budget.check_interrupt(Stage::Orient)?;
    let pixels = orient::apply(pixels, plan.framing.orientation(), budget)?;
    budget.check_interrupt(Stage::Effects)?;
    let pixels = effects::apply(pixels, &plan.effects, budget)?;
    budget.check_interrupt(Stage::Canvas)?;
    let pixels = canvas::pad_and_flatten(pixels, &plan.placement, fill, plan.transparency, budget)?;
    let pixels = canvas::add_border(pixels, &plan.border, border, plan.alpha, budget)?;
    Ok((pixels, color))
}

/// From the finished canvas to the file.
fn write(
    picture: EncoderInput,
    color: OutputColor,
    plan: &Plan,
    request: &Request,
    header: &Header<'_>,
    warnings: Vec<Warning>,
    budget: &mut Budget<'_>,
) -> Result<Rendered> {
    budget.check_interrupt(Stage::Encode)?;
    let bytes = encode::encode(&picture, plan.format, &request.output, budget)?;
    budget.release(picture.bytes());
    let shape = (picture.size(), picture.has_alpha());
    picture.into_buffers().for_each(|buffer| budget.recycle(buffer));
    seal(bytes, shape, color, plan, header, warnings, budget)
}

/// Adds the metadata to an encoded file of a size, with alpha or without.
pub(super) fn seal(
    bytes: Vec<u8>,
    (size, alpha): (Size, bool),
    color: OutputColor,
    plan: &Plan,
    header: &Header<'_>,
    mut warnings: Vec<Warning>,
    budget: &mut Budget<'_>,
) -> Result<Rendered> {
    budget.check_interrupt(Stage::Metadata)?;
    let format = plan.format;
    let working = header.metadata_bytes() * METADATA_COPIES + 2 * bytes.len() as u64;
    budget.reserve(Stage::Metadata, working)?;
    let bytes = catch_panic::catch_panic(Stage::Metadata, "a metadata parser", || {
        let carried = metadata::choose(header, plan.metadata, format, size, color, &mut warnings, budget)?;
        metadata::attach(bytes, format, size, alpha, carried)
    })?;
    budget.release(working);
    let info = probe::written(&bytes)?;
    Ok(Rendered { bytes, info, warnings })
}

/// Copies of a metadata block that are held at once: the edited one, a second reader's, the spliced file's.
const METADATA_COPIES: u64 = 4;

/// The end of 16 bits: later stages work on 8.
pub(super) fn narrow(pixels: Image, budget: &mut Budget<'_>) -> Result<Image> {
    let Samples::Sixteen(wide) = &pixels.samples else { return Ok(pixels) };
    let mut slim = budget.zeroed::<u8>(Stage::Color, wide.len())?;
    for (slim, wide) in slim.chunks_mut(CHECK_INTERVAL).zip(wide.chunks(CHECK_INTERVAL)) {
        budget.check_interrupt(Stage::Color)?;
        slim.iter_mut().zip(wide).for_each(|(slim, &wide)| *slim = frame::narrow(wide));
    }
    budget.release(pixels.samples.bytes());
    Ok(Image::eight(pixels.size, pixels.layout, slim))
}

/// Samples processed between interrupt checks.
const CHECK_INTERVAL: usize = 1 << 20;
