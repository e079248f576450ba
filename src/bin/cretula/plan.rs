//! `cretula plan`: what a render would do, without decoding a pixel.
//!
//! In: an image file or stdin, and options. Out: the `Plan`, one step per line, or its geometry as
//! JSON.

use cretula::{CropBox, Format, Plan, Renderer, Request, Size};
use serde::Serialize;

use crate::args::{InputArg, LimitArgs, OutputArgs, VariantArgs};
use crate::failure::Failure;
use crate::{files, print};

/// Print what rendering an image would do, from its header only
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArg,
    /// Print the geometry as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    variant: VariantArgs,
    #[command(flatten)]
    format: OutputArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let limits = args.limits.limits();
    let request = Request::new(args.variant.options(&limits)?)
        .output(args.format.options())
        .decode(args.format.decode());
    let source = files::read_input(&args.input.input, limits.max_input_bytes)?;
    let plan = Renderer::with_limits(limits).plan(&source, &request)?;
    if args.json { print::json(&Geometry::of(&plan)) } else { print::line(&plan.to_string()) }
}

/// The geometry of a plan. Boxes are `[x, y, width, height]`, sizes `[width, height]`, in pixels.
#[derive(Serialize)]
struct Geometry {
    format: Format,
    /// The picture that is fitted to the box: displayed, trimmed, mirrored and rotated.
    picture: [u32; 2],
    /// What is shown of it.
    crop: [f64; 4],
    resize: [u32; 2],
    canvas: [u32; 2],
    offset: [u32; 2],
    /// The canvas with its border.
    output: [u32; 2],
    /// `crop` and `resize` in terms of the stored image.
    #[serde(rename = "storedCrop")]
    stored_crop: [f64; 4],
    #[serde(rename = "storedResize")]
    stored_resize: [u32; 2],
    /// How resampled pixels are turned: a value of the EXIF tag.
    orientation: u8,
}

impl Geometry {
    fn of(plan: &Plan) -> Self {
        let (placement, stored) = (plan.placement(), plan.stored_placement());
        let size = |size: Size| [size.width, size.height];
        let edges = |crop: CropBox| [crop.x, crop.y, crop.width, crop.height];
        Self {
            format: plan.format(),
            picture: size(placement.source),
            crop: edges(placement.crop),
            resize: size(placement.resize),
            canvas: size(placement.canvas),
            offset: [placement.offset.x, placement.offset.y],
            output: size(plan.output_size()),
            stored_crop: edges(stored.crop),
            stored_resize: size(stored.resize),
            orientation: plan.orientation(),
        }
    }
}
