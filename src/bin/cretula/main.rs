//! The command line `cretula`: a thin layer over the public API, with one file per subcommand.
//!
//! In: the arguments of the process. Out: an exit code (0 success, 1 internal, 2 usage or invalid
//! argument, 3 rejected signature, 4 bad image, 5 limit, cancellation or deadline). Must not know
//! of pixels or of what a subcommand does.

mod args;
mod batch;
mod failure;
mod files;
mod gallery;
mod id;
mod inspect;
mod keygen;
mod keys;
mod negotiate;
mod place;
mod plan;
mod print;
mod render;
mod sign;
mod validate;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

const AFTER_HELP: &str = "\
Exit codes: 0 success; 1 internal or I/O error; 2 usage error, invalid argument, or missing file; 3 rejected signature;
4 unsupported or malformed image; 5 limit exceeded, cancelled, or deadline exceeded.
With --json, results are JSON on stdout, and an error is one line on stderr:
{\"error\":{\"kind\",\"message\",\"httpStatus\",\"code\"}}";

/// Renders variants of images, and signs their delivery URLs.
#[derive(Parser)]
#[command(name = "cretula", version, about, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Render(render::Args),
    Inspect(inspect::Args),
    Place(place::Args),
    Plan(plan::Args),
    Negotiate(negotiate::Args),
    Batch(batch::Args),
    Gallery(gallery::Args),
    Sign(sign::Args),
    Verify(verify::Args),
    Keygen(keygen::Args),
    Validate(validate::Args),
    Id(id::Args),
}

fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => return report(&error),
    };
    let done = |()| ExitCode::SUCCESS;
    let (json, result) = match command {
        Command::Render(args) => (args.json, render::run(&args).map(done)),
        Command::Inspect(args) => (args.json, inspect::run(&args).map(done)),
        Command::Place(args) => (args.json, place::run(&args).map(done)),
        Command::Plan(args) => (args.json, plan::run(&args).map(done)),
        Command::Negotiate(args) => (args.json, negotiate::run(&args).map(done)),
        Command::Batch(args) => (args.json, batch::run(&args)),
        Command::Gallery(args) => (args.json, gallery::run(&args).map(done)),
        Command::Sign(args) => (false, sign::run(&args).map(done)),
        Command::Verify(args) => (args.json, verify::run(&args).map(done)),
        Command::Keygen(args) => (false, keygen::run(&args).map(done)),
        Command::Validate(args) => (args.json, validate::run(&args).map(done)),
        Command::Id(args) => (args.json, id::run(&args).map(done)),
    };
    result.unwrap_or_else(|failure| {
        failure.report(json);
        failure.exit_code()
    })
}

/// Prints help, version, or the error of clap; the error as JSON if `--json` is among the
/// arguments.
fn report(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let failure = Failure::usage(first_paragraph(&error.to_string()));
        failure.report(true);
        return failure.exit_code();
    }
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { failure::USAGE } else { 0 })
}

/// The message of clap before the usage, on one line and without its `error: `.
fn first_paragraph(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let joined = lines.join(" ");
    joined.strip_prefix("error: ").unwrap_or(&joined).to_owned()
}
