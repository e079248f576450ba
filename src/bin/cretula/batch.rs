//! `cretula batch`: renders every image to every named variant.
//!
//! In: files and folders, and a file of variants. Out: files in the output folder, a progress bar
//! on a terminal, a summary, and the exit code of the first failure. A failed image does not stop
//! the others. Must not know how a variant is rendered, how outputs are named (`names`) or how
//! images are found (`inputs`).

mod inputs;
mod names;
mod progress;
mod variants;
mod worker;

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicUsize;
use std::thread;

use crate::args::{LimitArgs, OutputArgs};
use crate::failure::Failure;
use crate::{files, print};

use self::progress::Progress;
use self::worker::Plan;

/// Render many images to every named variant
///
/// Each output is DIR/<path of the image below its folder>.<variant id>.<extension>. An output is
/// skipped if it exists, is not empty, and is not older than its image and the file of variants.
/// Command-line options are not recorded: use --force after changing them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Images, and folders to search recursively for images
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Output folder; created if missing
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// File of variants: {"variants":{"hero":{"id":"hero","options":{…}}}}
    #[arg(long, value_name = "FILE.json")]
    variants: PathBuf,
    /// Number of images processed at the same time
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: NonZeroUsize,
    /// Render outputs that are already up to date, too
    #[arg(long)]
    force: bool,
    /// Print the summary as JSON on stdout: {"rendered","skipped","failed"}, in numbers of outputs
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    format: OutputArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Returns an error only if the batch could not start; otherwise the exit code of the first failed
/// image.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let limits = args.limits.limits();
    let variants = variants::read(&args.variants, &limits)?;
    let inputs = inputs::find(&args.inputs, &args.output)?;
    files::create_folder(&args.output)?;

    let plan = Plan {
        folder: &args.output,
        output: args.format.options(),
        decode: args.format.decode(),
        redo: args.force,
        variants: &variants,
        limits,
        next: AtomicUsize::new(0),
    };
    plan.remove_stale(&inputs);
    let progress = Progress::new(inputs.len(), variants.list.len(), args.json);
    let threads = args.jobs.get().min(inputs.len()).max(1);
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| plan.work(&inputs, &progress));
        }
        plan.work(&inputs, &progress);
    });

    let (summary, first_failure) = progress.finish();
    if args.json {
        print::json(&summary)?;
    } else {
        let _ = writeln!(io::stderr().lock(), "{summary}");
    }
    Ok(first_failure.map_or(ExitCode::SUCCESS, |failure| failure.exit_code()))
}
