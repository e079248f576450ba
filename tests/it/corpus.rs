//! Pictures by others, from `../shared/corpus`: valid ones must decode, broken ones must be refused, and nothing may
//! panic. Where the corpus is not there (a plain clone), each test says so and passes.

use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use cretula::{
    ErrorKind, Fit, Format, Limits, MetadataPolicy, OutputOptions, Renderer, VariantOptions, probe,
};

/// Every file below a folder of the corpus, or `None`, loudly, if it is not there.
pub(crate) fn corpus(folder: &str) -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(folder);
    if !root.is_dir() {
        // Straight to standard error: a passing test's own output would not be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no corpus at {}", root.display());
        return None;
    }
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Some(found)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Files that other decoders refuse as well, each with the kind we refuse it as.
const REFUSED: &[(&str, ErrorKind)] = &[
    // Coding processes beyond 8-bit Huffman.
    ("monkey12.jpg", ErrorKind::UnsupportedFormat),
    ("testimgari.jpg", ErrorKind::UnsupportedFormat),
    // A PNG named .jpg decodes as the PNG it is; these are truncated or broken by intent.
    // Entropy-coded data end early; libjpeg warns of a premature end and goes on.
    ("partial_progressive.jpg", ErrorKind::MalformedImage),
    ("peacock.default.truncated.jpeg", ErrorKind::MalformedImage),
    ("peacock.progressive.truncated.jpeg", ErrorKind::MalformedImage),
    ("hippopotamus.interlaced.truncated.gif", ErrorKind::MalformedImage),
    ("no-frames.gif", ErrorKind::MalformedImage),
    ("pixel-data-none.gif", ErrorKind::MalformedImage),
    ("pixel-data-not-enough.gif", ErrorKind::MalformedImage),
    ("zero-width-frame.gif", ErrorKind::MalformedImage),
];

#[test]
fn valid_files_decode_at_the_size_that_probe_reports() {
    let mut renderer = Renderer::new();
    let mut wrong = Vec::new();
    for folder in ["jpeg", "orientation", "png", "pngsuite", "webp", "gif", "exif"] {
        for path in corpus(folder).unwrap_or_default() {
            let file = name(&path);
            if (folder == "pngsuite" && file.starts_with('x')) || !is_picture(&file) {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let same = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
            let result = renderer.render(&bytes, &same, &OutputOptions::new().format(Format::Png));
            let known = REFUSED.iter().find(|(refused, _)| *refused == file).map(|(_, kind)| *kind);
            match (result, known) {
                (Ok(rendered), None) => {
                    let info = probe(&bytes, &Limits::default()).unwrap();
                    assert_eq!(
                        (rendered.width, rendered.height),
                        (info.width, info.height),
                        "{}",
                        path.display()
                    );
                }
                (Err(error), Some(kind)) if error.kind() == kind => {}
                // An unexpected success is wrong, too: the list must stay true.
                (result, _) => wrong.push(format!("{}: {:?}", path.display(), result.map(|_| "decoded"))),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same bytes or the same error, at sizes that ask for each scale.
#[cfg(feature = "parallel")]
#[test]
fn any_number_of_threads_gives_the_same_result() {
    let (mut one, mut many) = (Renderer::new(), Renderer::new());
    for path in ["jpeg", "malformed"].iter().flat_map(|folder| corpus(folder).unwrap_or_default()) {
        let bytes = fs::read(&path).unwrap();
        for (threads, side) in [(2, 60), (3, 200), (5, 500), (2, 12_000)] {
            let options = VariantOptions::new(Fit::ScaleDown, side, side);
            many.set_threads(std::num::NonZeroUsize::new(threads).unwrap());
            for format in [Format::Png, Format::Jpeg] {
                let output = OutputOptions::new().format(format);
                let one = one.render(&bytes, &options, &output).map_err(|error| error.to_string());
                let many = many.render(&bytes, &options, &output).map_err(|error| error.to_string());
                assert!(one == many, "{} on {threads} threads, {side}", path.display());
            }
        }
    }
}

fn is_picture(file: &str) -> bool {
    [".jpg", ".jpeg", ".png", ".webp", ".gif"].iter().any(|extension| file.ends_with(extension))
}

#[test]
fn broken_png_files_are_rejected() {
    let mut renderer = Renderer::new();
    for path in corpus("pngsuite").unwrap_or_default() {
        if !name(&path).starts_with('x') {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let options = VariantOptions::new(Fit::Cover, 8, 8);
        let error = renderer.render(&bytes, &options, &OutputOptions::new()).map(|_| ()).unwrap_err();
        let bad = [ErrorKind::MalformedImage, ErrorKind::UnsupportedFormat];
        assert!(bad.contains(&error.kind()), "{}: {error:?}", path.display());
    }
}

#[test]
fn malformed_files_give_an_error_or_an_image_and_never_panic() {
    let mut renderer = Renderer::new();
    let options = VariantOptions::new(Fit::Cover, 40, 30).metadata(MetadataPolicy::Keep);
    let (mut accepted, mut refused) = (0, 0);
    for path in corpus("malformed").unwrap_or_default() {
        let bytes = fs::read(&path).unwrap();
        let render = || renderer.render(&bytes, &options, &OutputOptions::new());
        let result = catch_unwind(AssertUnwindSafe(render));
        match result.unwrap_or_else(|_| panic!("{}: a panic got out", path.display())) {
            Ok(rendered) => {
                accepted += 1;
                let info = probe(&rendered.bytes, &Limits::default());
                let info = info.unwrap_or_else(|error| panic!("{}: output: {error}", path.display()));
                assert_eq!((info.width, info.height), (40, 30), "{}", path.display());
            }
            Err(error) => {
                refused += 1;
                let caught = error.kind() == ErrorKind::Internal;
                assert!(!caught || error.to_string().contains("panicked"), "{}: {error}", path.display());
            }
        }
    }
    eprintln!("malformed: {accepted} accepted, {refused} refused");
}
