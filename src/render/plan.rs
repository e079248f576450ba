//! [`Plan`]: what a render will do, decided from the header before any pixel is decoded.
//!
//! In: a header, a request, limits. Out: a value that prints itself, and the color transform it needs. The stages carry out what
//! is decided here and decide nothing themselves.

use std::fmt;

use super::color::{self, ColorStep, Purpose, TransformCache};
use super::decode::{self, Wanted};
use super::frame::Layout;
use super::header::{Header, Orientation};
use super::warning::Warning;
use super::{canvas, encode};
use crate::error::{Result, Stage};
use crate::geometry::{Placement, Size};
use crate::limits::Budget;
use crate::options::{Color, ColorPolicy, Format, MetadataPolicy, Request, place};

/// What rendering a request for one image does, decided from the image's header.
///
/// Plans are equal if they do the same. [`Display`](fmt::Display) prints one step per line. See
/// [`Renderer::plan`](crate::Renderer::plan).
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    source: Format,
    stored: Size,
    orientation: Orientation,
    pub(super) format: Format,
    pub(super) placement: Placement,
    pub(super) wanted: Wanted,
    pub(super) planes: bool,
    /// The size at which the source is decoded.
    decoded: Size,
    color: ColorStep,
    /// The background, in sRGB, as far as the output format can show it.
    pub(super) fill: Color,
    pub(super) alpha: bool,
    pub(super) metadata: MetadataPolicy,
    memory: u64,
}

impl Plan {
    /// The output format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The geometry: which part of the displayed image is shown, at what size, on which canvas.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// Bytes of pixel memory that the render needs at least. A plan that exceeds
    /// [`Limits::max_memory_bytes`](crate::Limits::max_memory_bytes) is refused before any pixel is decoded.
    pub fn memory_bytes(&self) -> u64 {
        self.memory
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pixels = if self.planes { "YCbCr planes" } else { "pixels" };
        writeln!(f, "source:      {} {}, orientation {}", self.source, self.stored, self.orientation.tag())?;
        writeln!(f, "decode:      {pixels} of {}", self.decoded)?;
        writeln!(f, "place:       {}", self.placement)?;
        writeln!(f, "color:       {}", self.color)?;
        if self.placement.canvas != self.placement.resize {
            writeln!(f, "background:  {}", self.fill)?;
        }
        writeln!(f, "metadata:    {}", self.metadata)?;
        writeln!(f, "encode:      {} {}", self.format, self.placement.canvas)?;
        write!(f, "memory:      {} bytes or more", self.memory)
    }
}

/// A plan, and what was made for it on the way.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) colors: color::Plan,
    pub(super) warnings: Vec<Warning>,
}

/// Plans `request` for the image that `header` describes.
pub(super) fn plan(
    header: &Header<'_>,
    request: &Request,
    transforms: &mut TransformCache,
    budget: &mut Budget<'_>,
) -> Result<Planned> {
    let Request { variant, output, decode } = request;
    let displayed = header.displayed();
    let placement = place(displayed.width, displayed.height, variant)?;
    budget.limits().check_output(placement.canvas.width, placement.canvas.height)?;
    let format = output.format.unwrap_or_else(|| written_as(header.format(), header.has_alpha));
    let can = format.capabilities();
    let layout = header.layout();
    let fill = canvas::fill(output.background, can.alpha);
    let mut warnings = Vec::new();
    let purpose = Purpose {
        // A format that holds no profile can only hold sRGB.
        policy: if can.profile { output.color } else { ColorPolicy::Srgb },
        gray: can.gray && canvas::stays_gray(layout, &placement, fill, can.alpha),
        fill: canvas::shows_fill(layout, &placement, can.alpha).then_some(fill),
    };
    let kind = (layout, header.is_sixteen());
    let colors = color::Plan::new(&header.color, kind, purpose, transforms, &mut warnings, budget)?;
    // Planes go straight to the encoder if nothing in between needs pixels.
    let planes = placement.resize == placement.canvas
        && !placement.enlarges()
        && header.has_planes()
        && encode::takes_planes(format, output)
        && colors.keeps_samples();
    let wanted = Wanted {
        placement: header.orientation.stored(&placement),
        shrink: decode.shrink,
        fidelity: output.fidelity(format),
    };
    let decoded = decode::size(header, &wanted, planes);
    let memory = memory(header, &placement, &decoded, planes);
    budget.check(Stage::Decode, memory)?;
    let plan = Plan {
        source: header.format(),
        stored: header.stored,
        orientation: header.orientation,
        format,
        placement,
        wanted,
        planes,
        decoded: decoded.size,
        color: colors.step(),
        fill,
        alpha: can.alpha,
        metadata: variant.metadata,
        memory,
    };
    Ok(Planned { plan, colors, warnings })
}

/// The output format if none is requested: the input's own, or the next best that this build writes.
fn written_as(format: Format, alpha: bool) -> Format {
    match format {
        own if own.is_written() => own,
        _ if alpha => Format::Png,
        _ => Format::Jpeg,
    }
}

/// Bytes that are held together, at least: the decoded image, and either the resampled one or the canvas with what its encoder
/// needs.
fn memory(header: &Header<'_>, placement: &Placement, decoded: &decode::DecodedSize, planes: bool) -> u64 {
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
    held + bytes(placement.resize).max(3 * canvas + encode::OVERHEAD)
}
