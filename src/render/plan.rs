//! [`Plan`]: what a render will do, decided from the header before any pixel is decoded.
//!
//! In: a header, a request, limits. Out: a value that prints itself, and the color transform it needs. The stages carry out what
//! is decided here and decide nothing themselves.

use std::fmt;

use super::analyze::Findings;
use super::canvas::{self, Transparency};
use super::color::{self, ColorStep, Fills, Purpose, TransformCache};
use super::decode::{self, Wanted};
use super::frame::Layout;
use super::framing::{self, Framing};
use super::header::{Header, Orientation};
use super::warning::Warning;
use super::{effects, encode};
use crate::decimal::Decimal;
use crate::error::{Result, Stage};
use crate::geometry::{self, CropBox, Gravity, Placement, Size};
use crate::limits::Budget;
use crate::options::{
    Border, Color, ColorPolicy, Effects, Format, MetadataPolicy, Request, Trim, VariantOptions,
};

/// What rendering a request for one image does, decided from the image's header.
///
/// Plans are equal if they do the same. [`Display`](fmt::Display) prints one step per line. See
/// [`Renderer::plan`](crate::Renderer::plan).
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    source: Format,
    stored: Size,
    orientation: Orientation,
    pub(super) framing: Framing,
    pub(super) format: Format,
    pub(super) placement: Placement,
    /// What the plan waits for: decoded pixels have to be examined before the placement is final.
    pub(super) examines: bool,
    pub(super) wanted: Wanted,
    pub(super) planes: bool,
    /// The size at which the source is decoded.
    decoded: Size,
    color: ColorStep,
    /// The background, in sRGB, as far as the output format can show it.
    pub(super) fill: Color,
    pub(super) alpha: bool,
    pub(super) transparency: Transparency,
    /// Whether samples keep 16 bits to the end.
    pub(super) sixteen: bool,
    pub(super) effects: Effects,
    pub(super) border: Border,
    pub(super) metadata: MetadataPolicy,
    memory: u64,
    /// The number of frames that are rendered.
    pub(super) frames: u32,
}

impl Plan {
    /// The output format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The geometry: which part of the picture (the displayed image, trimmed and turned) is shown, at
    /// what size, on which canvas. A border is outside of the canvas. With `trim=border` or
    /// `gravity=auto`, a plan made from the header shows the untrimmed picture and its center.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The same in terms of the stored image: which of its pixels are resampled, and to what size,
    /// before anything is mirrored or rotated.
    pub fn stored_placement(&self) -> &Placement {
        &self.wanted.placement
    }

    /// How resampled pixels are mirrored and rotated: the EXIF orientation, the flip and the rotation
    /// as one value of the EXIF tag, 1 to 8.
    pub fn orientation(&self) -> u8 {
        self.framing.orientation().tag()
    }

    /// The size of the output: the canvas and the border around it.
    pub fn output_size(&self) -> Size {
        canvas::bordered(self.placement.canvas, &self.border)
    }

    /// Bytes of pixel memory that the render needs at least. A plan that exceeds
    /// [`Limits::max_memory_bytes`](crate::Limits::max_memory_bytes) is refused before any pixel is decoded.
    pub fn memory_bytes(&self) -> u64 {
        self.memory
    }

    /// The answer of [`Renderer::describe`](crate::Renderer::describe), for a file of `file_size` bytes.
    #[cfg(feature = "serde")]
    pub(super) fn describe(&self, file_size: u64) -> String {
        let Size { width, height } = self.output_size();
        let original = self.orientation.size(self.stored);
        let description = Description {
            width,
            height,
            original: Original {
                file_size,
                width: original.width,
                height: original.height,
                format: self.source.media_type(),
            },
        };
        // Numbers and names always have a JSON form.
        serde_json::to_string(&description).unwrap_or_default()
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize)]
struct Description {
    width: u32,
    height: u32,
    original: Original,
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize)]
struct Original {
    file_size: u64,
    width: u32,
    height: u32,
    format: &'static str,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pixels = if self.planes { "YCbCr planes" } else { "pixels" };
        writeln!(f, "source:      {} {}, orientation {}", self.source, self.stored, self.orientation.tag())?;
        writeln!(f, "decode:      {pixels} of {}", self.decoded)?;
        if self.frames > 1 {
            writeln!(f, "frames:      {}, composed on the canvas", self.frames)?;
        }
        if let Some(CropBox { x, y, width, height }) = self.framing.region() {
            writeln!(f, "trim:        to {width}x{height}+{x}+{y} as stored")?;
        }
        if self.framing.orientation() != self.orientation {
            writeln!(f, "turn:        orientation {} in all", self.framing.orientation().tag())?;
        }
        writeln!(f, "place:       {}", self.placement)?;
        if self.examines {
            writeln!(f, "             to be placed anew by what the pixels show")?;
        }
        writeln!(f, "color:       {}", self.color)?;
        if !self.effects.is_none() {
            writeln!(f, "effects:     {}", self.effects)?;
        }
        if self.placement.canvas != self.placement.resize {
            writeln!(f, "background:  {}", self.fill)?;
        }
        writeln!(f, "metadata:    {}", self.metadata)?;
        if !self.border.is_none() {
            let Border { top, right, bottom, left, .. } = self.border;
            writeln!(f, "border:      {top};{right};{bottom};{left}")?;
        }
        writeln!(f, "encode:      {} {}", self.format, self.output_size())?;
        write!(f, "memory:      {} bytes or more", self.memory)
    }
}

/// A plan, and what was made for it on the way.
#[derive(Clone)]
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) colors: color::Plan,
    pub(super) warnings: Vec<Warning>,
}

/// Plans `request`, whose options are [resolved](Request::resolve), for the image that `header`
/// describes. `findings` is what its pixels showed, if they have been examined.
pub(super) fn plan(
    header: &Header<'_>,
    request: &Request,
    findings: &Findings,
    transforms: &mut TransformCache,
    budget: &mut Budget<'_>,
) -> Result<Planned> {
    let Request { variant, output, .. } = request;
    let mut warnings = Vec::new();
    let format = output.format.unwrap_or_else(|| written_as(header.format(), header.has_alpha));
    let frames = if animates(header, variant, format) { header.frames } else { 1 };
    let composed = (frames > 1).then(|| header.composed());
    let header = composed.as_ref().unwrap_or(header);
    let framing = frame(header, variant, findings, &mut warnings);
    let placement = place(&framing, variant, findings)?;
    let size = canvas::bordered(placement.canvas, &variant.border);
    budget.limits().check_output(size.width, size.height)?;
    if frames > 1 {
        budget.limits().check_decoded_frames(header.animation_pixels)?;
        budget.limits().check_encoded_frames(size.area().saturating_mul(frames.into()))?;
    }
    let can = format.capabilities();
    let layout = header.layout();
    let fill = canvas::fill(output.background, can.alpha);
    let transparency = Transparency::new(can.alpha, variant.background);
    let border = canvas::fill(variant.border.color.unwrap_or(output.background), can.alpha);
    let fills = Fills {
        background: canvas::shows_fill(layout, &placement, transparency).then_some(fill),
        border: (!variant.border.is_none()).then_some(border),
    };
    let purpose = Purpose {
        // A format that holds no profile can only hold sRGB.
        policy: if can.profile { output.color } else { ColorPolicy::Srgb },
        gray: can.gray && canvas::stays_gray(layout, [fills.background, fills.border]),
        fills,
    };
    let kind = (layout, header.is_sixteen());
    let colors = color::Plan::new(&header.color, kind, purpose, transforms, &mut warnings, budget)?;
    let examines = findings.are_wanted(variant, &placement);
    // Planes go straight to the encoder if nothing in between needs pixels.
    let planes = placement.resize == placement.canvas
        && variant.border.is_none()
        && variant.effects.is_luma_only()
        && !placement.enlarges()
        && header.has_planes()
        && encode::takes_planes(format, output)
        && !matches!(variant.trim, Trim::Border(_))
        && colors.keeps_samples();
    let wanted = wanted(&framing, &placement, request, format, findings);
    let decoded = decode::size(header, &wanted, planes);
    let mut memory = memory(header, &placement, &decoded, planes, variant);
    if frames > 1 {
        memory = memory.saturating_add(encode::PICTURES_HELD * 4 * size.area());
    }
    budget.check(Stage::Decode, memory)?;
    let plan = Plan {
        source: header.format(),
        stored: header.stored,
        orientation: header.orientation,
        framing,
        format,
        placement,
        examines,
        wanted,
        planes,
        decoded: decoded.size,
        color: colors.step(),
        fill,
        alpha: can.alpha,
        transparency,
        sixteen: header.is_sixteen() && variant.effects.is_none() && encode::takes_sixteen(format, output),
        effects: variant.effects,
        border: Border { color: Some(border), ..variant.border },
        metadata: variant.metadata,
        memory,
        frames,
    };
    Ok(Planned { plan, colors, warnings })
}

/// Whether an animation stays one.
fn animates(header: &Header<'_>, variant: &VariantOptions, format: Format) -> bool {
    header.frames > 1 && variant.anim && format.capabilities().animation
}

/// The framing of the picture. If nothing would be left of it, it is not trimmed.
fn frame(
    header: &Header<'_>,
    variant: &VariantOptions,
    findings: &Findings,
    warnings: &mut Vec<Warning>,
) -> Framing {
    let displayed = header.displayed();
    let trimmed = match variant.trim {
        Trim::Border(_) => findings.inside_border(displayed),
        trim => framing::without_sides(displayed, &trim),
    };
    if trimmed.is_none() {
        warnings.push(Warning::TrimIgnored);
    }
    Framing::new(header.stored, header.orientation, trimmed, (variant.flip, variant.rotate))
}

fn place(framing: &Framing, variant: &VariantOptions, findings: &Findings) -> Result<Placement> {
    let focus: (Decimal, Decimal) = match variant.gravity {
        Gravity::Point { x, y } => (x, y),
        Gravity::Auto => findings.focus(),
    };
    geometry::place(framing.size(), variant.bounds(), variant.fit, focus)
}

/// What the decoder is asked for.
fn wanted(
    framing: &Framing,
    placement: &Placement,
    request: &Request,
    format: Format,
    findings: &Findings,
) -> Wanted {
    let Request { variant, output, decode } = request;
    let examines = findings.are_wanted(variant, placement);
    let wanted = Wanted {
        placement: framing.stored(placement),
        region: framing.region(),
        shrink: decode.shrink,
        fidelity: output.fidelity(format),
        whole: examines,
    };
    match variant.trim {
        // The border is found among all pixels.
        Trim::Border(_) if examines => wanted.unscaled(),
        _ => wanted,
    }
}

/// The output format if none is requested: the input's own, or the next best that this build writes.
fn written_as(format: Format, alpha: bool) -> Format {
    match format {
        own if own.is_written() => own,
        _ if alpha => Format::Png,
        _ => Format::Jpeg,
    }
}

/// Bytes that are held together, at least: the decoded image, and either the resampled one with what the effects need or the
/// canvas with what its encoder needs.
fn memory(
    header: &Header<'_>,
    placement: &Placement,
    decoded: &decode::DecodedSize,
    planes: bool,
    variant: &VariantOptions,
) -> u64 {
    let layout = header.layout();
    let sample = if header.is_sixteen() { 2 } else { 1 };
    let bytes = |size: Size| match planes {
        true => size.area() + size.area() / 2,
        false => size.area() * layout.channels() as u64 * sample,
    };
    let held = if decoded.rows { 0 } else { bytes(decoded.size) };
    let gray = matches!(layout, Layout::Gray | Layout::GrayAlpha);
    let canvas = match (planes, gray) {
        (true, _) => bytes(placement.canvas),
        (false, true) => placement.canvas.area(),
        (false, false) => 3 * placement.canvas.area(),
    };
    let effects = match variant.effects.is_none() {
        true => 0,
        false => effects::memory(&variant.effects, placement.resize, layout),
    };
    let resampled = bytes(placement.resize);
    held + resampled.saturating_add(effects).max(3 * canvas + encode::OVERHEAD)
}
