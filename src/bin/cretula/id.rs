//! `cretula id`: generates an image id.
//!
//! In: a rule set. Out: the id, as a line or as JSON. Must not generate random bytes itself.

use cretula::records::{ImageId, RuleSet};
use serde::Serialize;

use crate::failure::Failure;
use crate::print;

/// Generate an image id
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rules: reference (32 hexadecimal digits) or hosted (a UUID)
    #[arg(long, value_name = "RULES", default_value_t)]
    rules: RuleSet,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Report<'a> {
        id: &'a ImageId,
    }
    let id = ImageId::generate(args.rules)?;
    if args.json { print::json(&Report { id: &id }) } else { print::line(id.as_str()) }
}
