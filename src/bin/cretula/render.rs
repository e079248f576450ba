//! `cretula render`: renders one variant of one image.
//!
//! In: an image file or stdin, and options. Out: the variant in a file or on stdout, and its
//! properties with `--json`. Must not know how a variant is rendered.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use cretula::{Format, FormatChoice, NegotiateOptions, Renderer, Request, negotiate};
use serde::Serialize;

use crate::args::{InputArg, LimitArgs, OutputArgs, VariantArgs};
use crate::failure::Failure;
use crate::{files, print};

/// Render one variant of one image
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArg,
    /// Output file; - is standard output. Its extension determines the format unless --format or
    /// the options give one
    #[arg(short, long)]
    output: PathBuf,
    /// Print the properties of the variant as JSON on stdout (on stderr if the variant goes to
    /// stdout)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    variant: VariantArgs,
    #[command(flatten)]
    format: OutputArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Serialize)]
struct Report {
    format: Format,
    width: u32,
    height: u32,
    frames: u32,
    bytes: usize,
    warnings: Vec<String>,
}

/// The format for a client's `Accept` header.
fn negotiated(
    header: &OsStr,
    source: &[u8],
    request: &Request,
    renderer: &mut Renderer,
) -> Result<Format, Failure> {
    let size = renderer.plan(source, request)?.output_size();
    let pixels = u64::from(size.width) * u64::from(size.height);
    let info = cretula::probe(source, renderer.limits())?;
    let options = NegotiateOptions::new().output_pixels(pixels);
    Ok(negotiate(header.as_encoded_bytes(), &info, &options).format)
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let limits = args.limits.limits();
    let options = args.variant.options(&limits)?;
    let output = args.format.options_for(&options, &args.output)?;
    let accept = args.format.accept(&options)?;
    let to_stdout = files::is_stream(&args.output);
    let describes = options.format == Some(FormatChoice::Json);
    if to_stdout && !describes && io::stdout().is_terminal() {
        return Err(Failure::usage("standard output is a terminal: give -o FILE, or redirect it"));
    }

    let mut request = Request::new(options).output(output).decode(args.format.decode());
    let source = files::read_input(&args.input.input, limits.max_input_bytes)?;
    let mut renderer = Renderer::with_limits(limits);
    if let Some(header) = accept {
        request.output.format = Some(negotiated(header, &source, &request, &mut renderer)?);
    }
    if describes {
        let description = renderer.describe(&source, &request)?;
        return match to_stdout {
            true => print::line(&description),
            false => files::write_output(&args.output, description.as_bytes()),
        };
    }
    let rendered = renderer.render(&source, &request)?;
    if to_stdout {
        print::bytes(&rendered.bytes)?;
    } else {
        files::write_output(&args.output, &rendered.bytes)?;
    }

    let report = Report {
        format: rendered.info.format,
        width: rendered.info.width,
        height: rendered.info.height,
        frames: rendered.info.frames,
        bytes: rendered.bytes.len(),
        warnings: rendered.warnings.iter().map(ToString::to_string).collect(),
    };
    if args.json {
        let line = print::to_json(&report)?;
        if !to_stdout {
            return print::line(&line);
        }
        let _ = writeln!(io::stderr().lock(), "{line}");
        return Ok(());
    }
    for warning in &report.warnings {
        let _ = writeln!(io::stderr().lock(), "warning: {warning}");
    }
    if to_stdout {
        return Ok(());
    }
    let Report { format, width, height, bytes, .. } = report;
    print::line(&format!("{}: {format} {width}x{height}, {bytes} bytes", args.output.display()))
}
