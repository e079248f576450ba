//! `cretula plan`: what a render would do, without decoding a pixel.
//!
//! In: an image file or stdin, and options. Out: the `Plan`, one step per line.

use cretula::{Renderer, Request};

use crate::args::{InputArg, LimitArgs, OutputArgs, VariantArgs};
use crate::failure::Failure;
use crate::{files, print};

/// Print what rendering an image would do, from its header only
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArg,
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
    print::line(&Renderer::with_limits(limits).plan(&source, &request)?.to_string())
}
