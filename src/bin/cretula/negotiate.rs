//! `cretula negotiate`: chooses the output format for a client and an image.
//!
//! In: the value of an `Accept` header, an image file or stdin. Out: the format, as a line or as JSON. Must not know the rules
//! of the choice.

use std::ffi::OsString;

use cretula::{NegotiateOptions, negotiate};

use crate::args::{InputArg, LimitArgs};
use crate::failure::Failure;
use crate::{files, print};

/// Choose the output format for a client's Accept header
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArg,
    /// Value of the Accept header; '' if the client sends none
    #[arg(long, value_name = "HEADER", allow_hyphen_values = true)]
    accept: OsString,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let limits = args.limits.limits();
    let source = files::read_input(&args.input.input, limits.max_input_bytes)?;
    let info = cretula::probe(&source, &limits)?;
    let chosen = negotiate(args.accept.as_encoded_bytes(), &info, &NegotiateOptions::new());
    if args.json { print::json(&chosen) } else { print::line(chosen.format.as_str()) }
}
