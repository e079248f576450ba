//! Whole files by others: valid ones decode, broken ones are rejected, and nothing panics.
//!
//! Each test covers the files in the repository (`tests/images`, `tests/corpus`, the fuzzing
//! regressions, and broken files made from them), and the larger corpus that `CRETULA_CORPUS` names.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use cretula::{
    ErrorKind, Fit, Format, Limits, MetadataPolicy, OutputOptions, Renderer, Request, VariantOptions, probe,
};

use crate::bombs::{chunk, png};
#[cfg(feature = "parallel")]
use crate::thorough::every;

const CHELSEA: &[u8] = include_bytes!("../images/chelsea.png");

/// The files below a folder of the corpus: those in `tests/corpus`, and, if `CRETULA_CORPUS` names a
/// folder of the same layout, those in it.
pub(crate) fn corpus(folder: &str) -> Vec<PathBuf> {
    let mut files = own(&format!("corpus/{folder}"));
    files.retain(|path| path.extension().is_none_or(|extension| extension != "md"));
    assert!(!files.is_empty(), "tests/corpus/{folder} has files");
    if let Some(larger) = std::env::var_os("CRETULA_CORPUS") {
        let larger = Path::new(&larger).join(folder);
        assert!(larger.is_dir(), "CRETULA_CORPUS: there is no {}", larger.display());
        files.extend(below(larger));
    }
    files
}

/// The files below a folder of `tests`.
fn own(folder: &str) -> Vec<PathBuf> {
    below(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder))
}

/// The images in the repository.
pub(crate) fn own_images() -> Vec<PathBuf> {
    let mut images = [own("images"), own("corpus/reported")].concat();
    images.retain(|path| is_image(&name(path)));
    assert!(images.len() >= 35, "{} images", images.len());
    images
}

/// Malformed files, by name: inputs that fuzzing found, damaged copies of the images in the
/// repository, and the larger corpus.
pub(crate) fn malformed() -> impl Iterator<Item = (String, Vec<u8>)> {
    let found = own("fuzz/regressions").into_iter().chain(corpus("malformed"));
    let found = found.map(|path| (path.display().to_string(), fs::read(&path).unwrap()));
    let damaged = own_images().into_iter().flat_map(|path| {
        let bytes = fs::read(&path).unwrap();
        let (mut bit, mut many) = (bytes.clone(), bytes.clone());
        bit[bytes.len() / 2] ^= 0x10;
        many.iter_mut().skip(40).step_by(61).for_each(|byte| *byte = !*byte);
        [
            ("half of", bytes[..bytes.len() / 2].to_vec()),
            ("a flipped bit in", bit),
            ("flipped bytes in", many),
        ]
        .map(|(damage, bytes)| (format!("{damage} {}", path.display()), bytes))
    });
    found.chain(damaged)
}

fn below(root: PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn is_image(file: &str) -> bool {
    [".jpg", ".jpeg", ".png", ".webp", ".gif"].iter().any(|extension| file.ends_with(extension))
}

/// Files that other decoders reject as well, each with the kind of our error.
const REJECTED: &[(&str, ErrorKind)] = &[
    // Coding processes beyond 8-bit Huffman.
    ("monkey12.jpg", ErrorKind::UnsupportedFormat),
    ("testimgari.jpg", ErrorKind::UnsupportedFormat),
    // Truncated or broken on purpose. Where entropy-coded data end early, libjpeg warns of a
    // premature end and continues.
    ("partial_progressive.jpg", ErrorKind::MalformedImage),
    ("peacock.default.truncated.jpeg", ErrorKind::MalformedImage),
    ("peacock.progressive.truncated.jpeg", ErrorKind::MalformedImage),
    ("hippopotamus.interlaced.truncated.gif", ErrorKind::MalformedImage),
    ("no-frames.gif", ErrorKind::MalformedImage),
    ("pixel-data-none.gif", ErrorKind::MalformedImage),
    ("pixel-data-not-enough.gif", ErrorKind::MalformedImage),
    ("zero-width-frame.gif", ErrorKind::MalformedImage),
    // 380 frames have more pixels than the limit at this size.
    ("gifplayer-muybridge.gif", ErrorKind::LimitExceeded),
    // Its first chunk is unknown.
    ("webp_error_text.webp", ErrorKind::MalformedImage),
];

#[test]
fn valid_files_decode_at_the_size_that_probe_reports() {
    let mut renderer = Renderer::new();
    let mut wrong = Vec::new();
    let folders = ["jpeg", "orientation", "png", "pngsuite", "webp", "gif", "exif"];
    for path in own_images().into_iter().chain(folders.into_iter().flat_map(corpus)) {
        let file = name(&path);
        if is_broken_pngsuite(&path) || !is_image(&file) {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let mut same = VariantOptions::new(Fit::ScaleDown, 12_000, 12_000);
        same.fast_compression = true;
        let result =
            renderer.render(&bytes, &Request::new(same).output(OutputOptions::new().format(Format::Png)));
        let known = REJECTED.iter().find(|(rejected, _)| *rejected == file).map(|(_, kind)| *kind);
        match (result, known) {
            (Ok(rendered), None) => {
                let info = probe(&bytes, &Limits::default()).unwrap();
                let size = (rendered.info.width, rendered.info.height);
                assert_eq!(size, (info.width, info.height), "{}", path.display());
            }
            (Err(error), Some(kind)) if error.kind() == kind => {}
            // An unexpected success is wrong, too: the list must stay true.
            (result, _) => wrong.push(format!("{}: {:?}", path.display(), result.map(|_| "decoded"))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same bytes or the same error, at sizes that use each decoding scale.
#[cfg(feature = "parallel")]
#[test]
fn any_number_of_threads_gives_the_same_result() {
    let (mut one, mut many) = (Renderer::new(), Renderer::new());
    let whole = own_images().into_iter().chain(corpus("jpeg"));
    let whole = whole.map(|path| (path.display().to_string(), fs::read(&path).unwrap()));
    let ways = [(2, 60), (3, 200), (5, 500), (2, 12_000)].into_iter();
    let ways = ways.flat_map(|way| [Format::Png, Format::Jpeg].map(|format| (way, format)));
    let all = whole.chain(malformed()).map(std::rc::Rc::new);
    let all = all.flat_map(|file| ways.clone().map(move |way| (file.clone(), way)));
    // Two or three of the eight ways for each file.
    for (file, ((threads, side), format)) in every(3, all) {
        let (name, bytes) = &*file;
        let options = VariantOptions::new(Fit::ScaleDown, side, side);
        many.set_threads(std::num::NonZeroUsize::new(threads).unwrap());
        let request = Request::new(options).output(OutputOptions::new().format(format));
        let one = one.render(bytes, &request).map_err(|error| error.to_string());
        let many = many.render(bytes, &request).map_err(|error| error.to_string());
        assert!(one == many, "{name} on {threads} threads, {side}, {format}");
    }
}

fn is_broken_pngsuite(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with("pngsuite")) && name(path).starts_with('x')
}

/// PNG files with the faults of PngSuite's broken files.
fn broken_pngs() -> Vec<(String, Vec<u8>)> {
    let mut rest = &CHELSEA[8..];
    let mut chunks = Vec::new();
    while let Some(length) = rest.first_chunk::<4>() {
        let (one, after) = rest.split_at(12 + u32::from_be_bytes(*length) as usize);
        chunks.push(one.to_vec());
        rest = after;
    }
    chunks.pop_if(|last| &last[4..8] == b"IEND").unwrap();
    let is_data = |chunk: &Vec<u8>| &chunk[4..8] == b"IDAT";
    let mut files = Vec::new();
    for at in 0..8 {
        let mut file = CHELSEA.to_vec();
        file[at] ^= 0x80;
        files.push((format!("byte {at} of the signature"), file));
    }
    for (fault, ends) in [("carriage returns removed", &b"\n"[..]), ("line feeds removed", b"\r")] {
        files.push((fault.to_owned(), [&CHELSEA[..4], ends, &CHELSEA[6..]].concat()));
    }
    for (depth, color) in [(8, 1), (8, 9), (0, 2), (3, 2), (99, 2)] {
        let mut header = chunks[0][8..21].to_vec();
        (header[8], header[9]) = (depth, color);
        let file = png(&[&[chunk(b"IHDR", &header)][..], &chunks[1..]].concat());
        files.push((format!("depth {depth}, color type {color}"), file));
    }
    for (fault, at) in
        [("checksum of IHDR", 0), ("checksum of IDAT", chunks.iter().position(is_data).unwrap())]
    {
        let mut wrong = chunks.clone();
        *wrong[at].last_mut().unwrap() ^= 1;
        files.push((fault.to_owned(), png(&wrong)));
    }
    chunks.retain(|chunk| !is_data(chunk));
    files.push(("no IDAT".to_owned(), png(&chunks)));
    files
}

#[test]
fn broken_png_files_are_rejected() {
    let mut renderer = Renderer::new();
    let pngsuite = corpus("pngsuite").into_iter().filter(|path| is_broken_pngsuite(path));
    let pngsuite = pngsuite.map(|path| (path.display().to_string(), fs::read(&path).unwrap()));
    for (name, bytes) in broken_pngs().into_iter().chain(pngsuite) {
        let options = VariantOptions::new(Fit::Cover, 8, 8);
        let result = renderer.render(&bytes, &Request::new(options));
        let Err(error) = result else { panic!("{name}: accepted") };
        let bad = [ErrorKind::MalformedImage, ErrorKind::UnsupportedFormat];
        assert!(bad.contains(&error.kind()), "{name}: {error:?}");
    }
}

#[test]
fn malformed_files_give_an_error_or_an_image_and_never_panic() {
    let mut renderer = Renderer::new();
    let options = VariantOptions::new(Fit::Cover, 40, 30).metadata(MetadataPolicy::Keep);
    let (mut accepted, mut rejected) = (0, 0);
    for (name, bytes) in malformed() {
        let render = || renderer.render(&bytes, &Request::new(options));
        let result = catch_unwind(AssertUnwindSafe(render));
        match result.unwrap_or_else(|_| panic!("{name}: a panic escaped")) {
            Ok(rendered) => {
                accepted += 1;
                let info = probe(&rendered.bytes, &Limits::default());
                let info = info.unwrap_or_else(|error| panic!("{name}: output: {error}"));
                assert_eq!((info.width, info.height), (40, 30), "{name}");
            }
            Err(error) => {
                rejected += 1;
                let caught = error.kind() == ErrorKind::Internal;
                assert!(!caught || error.to_string().contains("panicked"), "{name}: {error}");
            }
        }
    }
    assert!(accepted > 20 && rejected > 20, "{accepted} accepted, {rejected} rejected");
}
