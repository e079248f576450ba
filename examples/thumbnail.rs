//! Shrinks an image file to fit into a box:
//!
//! ```sh
//! cargo run --release --example thumbnail -- photo.jpg small.webp 320 320
//! ```
//!
//! In: a file, the path of the output, whose extension selects the format, and the size of the box.
//! Out: the file, and a line that describes it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints what it did")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use cretula::{Fit, Format, OutputOptions, Renderer, Request, VariantOptions};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [source, target, width, height] = arguments.as_slice() else {
        eprintln!("usage: thumbnail INPUT OUTPUT WIDTH HEIGHT");
        return ExitCode::from(2);
    };
    match thumbnail(source, target, width, height) {
        Ok(done) => println!("{target}: {done}"),
        Err(error) => {
            eprintln!("{source}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn thumbnail(source: &str, target: &str, width: &str, height: &str) -> Result<String, Box<dyn Error>> {
    let variant = VariantOptions::new(Fit::ScaleDown, width.parse()?, height.parse()?);
    // Without a known extension, the output has the format of the input.
    let extension = Path::new(target).extension().and_then(|extension| extension.to_str());
    let output = match extension.and_then(Format::from_extension) {
        Some(format) => OutputOptions::new().format(format),
        None => OutputOptions::new(),
    };
    let upload = fs::read(source)?;
    // A renderer reuses its memory: a program that renders many images keeps one per thread.
    let rendered = Renderer::new().render(&upload, &Request::new(variant).output(output))?;
    fs::write(target, &rendered.bytes)?;
    for warning in &rendered.warnings {
        eprintln!("{source}: {warning}");
    }
    let info = &rendered.info;
    Ok(format!("{}x{} {}, {} bytes", info.width, info.height, info.format, rendered.bytes.len()))
}
