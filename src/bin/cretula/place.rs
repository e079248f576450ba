//! `cretula place`: computes the geometry of a variant without an image.
//!
//! In: two sizes and a fit. Out: the `Placement`, as a line or as JSON. Must not compute any size
//! itself.

use std::str::FromStr;

use cretula::Limits;

use crate::args::VariantArgs;
use crate::failure::Failure;
use crate::print;

/// Compute the crop, size and position of a variant
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Displayed size of the source
    #[arg(long, value_name = "WxH", allow_hyphen_values = true)]
    source: SourceSize,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    variant: VariantArgs,
}

#[derive(Debug, Clone, Copy)]
struct SourceSize(u32, u32);

impl FromStr for SourceSize {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (width, height) =
            text.split_once('x').ok_or("expected WIDTHxHEIGHT in pixels, such as 1080x720")?;
        match (width.parse(), height.parse()) {
            (Ok(width), Ok(height)) => Ok(Self(width, height)),
            _ => Err("expected two whole numbers of pixels, such as 1080x720"),
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let options = args.variant.options(&Limits::default())?;
    options.check(&Limits::default())?;
    let placement = cretula::place(args.source.0, args.source.1, &options)?;
    if args.json { print::json(&placement) } else { print::line(&placement.to_string()) }
}
