//! `cretula inspect`: shows the properties of an image.
//!
//! In: an image file or stdin. Out: the result of `probe`, as lines or as JSON.

use crate::args::{InputArg, LimitArgs};
use crate::failure::Failure;
use crate::{files, print};

/// Show the format, size and other properties of an image without decoding it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArg,
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
    if args.json {
        return print::json(&info);
    }
    let yes = |flag| if flag { "yes" } else { "no" };
    let lines = [
        ("format", info.format.to_string()),
        ("size", format!("{}x{}, as displayed", info.width, info.height)),
        ("orientation", info.orientation.to_string()),
        ("frames", info.frames.to_string()),
        ("animation", animation(&info)),
        ("bit depth", info.bit_depth.to_string()),
        ("alpha", yes(info.has_alpha).to_owned()),
        ("profile", yes(info.has_profile).to_owned()),
        ("exif", yes(info.has_exif).to_owned()),
    ];
    let lines: Vec<String> = lines.iter().map(|(name, value)| format!("{name:<12}{value}")).collect();
    print::line(&lines.join("\n"))
}

/// The number of plays and the duration of an animation.
fn animation(info: &cretula::ImageInfo) -> String {
    let seconds = info.duration_ms as f64 / 1000.0;
    match (info.frames, info.loop_count) {
        (1, _) => "none".to_owned(),
        (_, 0) => format!("endless, {seconds} s per loop"),
        (_, 1) => format!("once, {seconds} s"),
        (_, count) => format!("{count} times, {seconds} s per loop"),
    }
}
