//! The tasks whose instructions `benches/instructions` counts, one per process: the JPEG decoder at
//! each scale, and the arithmetic of fits. The argument `make` writes the images and lists the
//! tasks, each with the function to count in; the name of a task runs it once. Without an argument,
//! all tasks run, so that a bench run tests them.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a program that reports")]

mod pictures;

use std::hint::black_box;
use std::path::PathBuf;
use std::{env, fs};

use cretula::{Fit, Format, Renderer, Request, ShrinkOnLoad, VariantOptions, place};

use crate::pictures::{camera, output, shown};

/// 12 megapixels, decoded at the smallest scale that still covers the target size: to planes for a
/// JPEG, to RGB for a PNG.
const DECODES: [(&str, &str, Fit, u32, Format); 6] = [
    ("JPEG, an eighth", "baseline.jpg", Fit::Cover, 320, Format::Jpeg),
    ("JPEG, a quarter", "baseline.jpg", Fit::ScaleDown, 900, Format::Jpeg),
    ("JPEG, a half", "baseline.jpg", Fit::ScaleDown, 1600, Format::Jpeg),
    ("JPEG, full size", "baseline.jpg", Fit::ScaleDown, 2400, Format::Jpeg),
    ("JPEG, full size, to RGB", "baseline.jpg", Fit::ScaleDown, 2400, Format::Png),
    ("progressive JPEG, an eighth", "progressive.jpg", Fit::Cover, 320, Format::Jpeg),
];
const PLACES: &str = "place, 1000 times";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let tasks = || DECODES.iter().map(|(task, ..)| *task);
    match arguments.first().map(String::as_str) {
        Some("make") => {
            make();
            tasks().for_each(|task| println!("{task}\tcretula::render::decode::decode"));
            println!("{PLACES}\tcretula::geometry::place");
        }
        Some(task) => run(task),
        None => {
            make();
            tasks().for_each(run);
            run(PLACES);
        }
    }
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_TARGET_TMPDIR"), name].iter().collect()
}

fn make() {
    for (name, progressive) in [("baseline.jpg", false), ("progressive.jpg", true)] {
        fs::write(file(name), camera(4000, 3000, progressive)).unwrap();
    }
}

fn run(task: &str) {
    if task == PLACES {
        return places();
    }
    let (_, name, fit, side, format) = *DECODES.iter().find(|(name, ..)| *name == task).unwrap();
    let request =
        Request::new(VariantOptions::new(fit, side, side)).output(output(format)).shrink(ShrinkOnLoad::Fast);
    let rendered = Renderer::new().render(&fs::read(file(name)).unwrap(), &request).unwrap();
    let height = if fit == Fit::Cover { side } else { side * 3 / 4 };
    assert_eq!(shown(&rendered.bytes).dimensions(), (side, height), "{task}");
}

/// The five fits of 200 sources, landscape and portrait, larger and smaller than the box.
fn places() {
    for source in 1..=200 {
        let (width, height) = (20 * source, 3000 - 10 * source);
        for fit in Fit::REFERENCE {
            let options = VariantOptions::new(fit, 1366, 768);
            let placed = place(black_box(width), black_box(height), &options).unwrap();
            assert!(placed.canvas.width <= 1366 && placed.canvas.height <= 768, "{placed}");
        }
    }
}
