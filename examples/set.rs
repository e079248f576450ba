//! Renders three variants of one image, which is decoded once:
//!
//! ```sh
//! cargo run --release --example set -- photo.jpg folder
//! ```
//!
//! In: a file and a folder. Out: `hero.jpg`, `card.webp` and `thumb.jpg` in the folder, and a line
//! for each.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints what it did")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use cretula::{Renderer, Request, VariantOptions};

/// The names of the variants, and their options as in a URL.
const VARIANTS: [(&str, &str); 3] = [
    ("hero", "w=1366,h=768,fit=scale-down,f=jpeg"),
    ("card", "w=640,h=360,fit=cover,g=auto,f=webp"),
    ("thumb", "w=160,h=160,fit=cover,f=jpeg,sharpen=1"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [source, folder] = arguments.as_slice() else {
        eprintln!("usage: set INPUT FOLDER");
        return ExitCode::from(2);
    };
    if let Err(error) = render_set(source, Path::new(folder)) {
        eprintln!("{source}: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn render_set(source: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut requests = Vec::new();
    for (_, options) in VARIANTS {
        requests.push(Request::new(options.parse::<VariantOptions>()?));
    }
    let upload = fs::read(source)?;
    let set = Renderer::new().render_all(&upload, &requests, None)?;
    fs::create_dir_all(folder)?;
    for ((name, _), rendered) in VARIANTS.iter().zip(&set) {
        let info = &rendered.info;
        let path = folder.join(name).with_extension(info.format.extension());
        fs::write(&path, &rendered.bytes)?;
        println!("{}: {}x{}, {} bytes", path.display(), info.width, info.height, rendered.bytes.len());
    }
    Ok(())
}
