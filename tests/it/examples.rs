//! The programs of `examples/`, run as their heads say.
//!
//! In: the examples, which Cargo builds with the tests. Must not call the library to make what it
//! checks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cretula::{Format, Limits, probe};

const ROCKET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images/rocket.jpg");

/// A built example: `cargo test` builds all of them, unless it is asked for certain targets only.
fn example(name: &str) -> PathBuf {
    let built = std::env::current_exe().unwrap().parent().unwrap().with_file_name("examples").join(name);
    assert!(built.exists(), "there is no {}: run `cargo test` once without --test", built.display());
    built
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Whether an example succeeded, its output and its errors.
fn run(name: &str, folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(example(name)).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn thumbnail_shrinks_a_file_or_reports_why_not() {
    let folder = folder("thumbnail");
    let (done, said, errors) = run("thumbnail", &folder, &[ROCKET, "small.webp", "100", "100"]);
    assert!(done, "{errors}");
    let bytes = fs::read(folder.join("small.webp")).unwrap();
    assert_eq!(said, format!("small.webp: 100x67 webp, {} bytes\n", bytes.len()));
    let info = probe(&bytes, &Limits::default()).unwrap();
    assert_eq!((info.format, info.width, info.height), (Format::WebP, 100, 67));

    // An unknown extension keeps the format.
    assert!(run("thumbnail", &folder, &[ROCKET, "small", "9", "9"]).0);
    assert_eq!(
        probe(&fs::read(folder.join("small")).unwrap(), &Limits::default()).unwrap().format,
        Format::Jpeg
    );

    for (arguments, says) in [
        ([ROCKET, "none.webp", "0", "9"], "width must be a whole number of pixels from 1 to 12000, got 0"),
        (["nowhere.jpg", "none.webp", "9", "9"], "nowhere.jpg: "),
        ([concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "none.webp", "9", "9"], "not an image"),
    ] {
        let (done, _, errors) = run("thumbnail", &folder, &arguments);
        assert!(!done && errors.contains(says) && !folder.join("none.webp").exists(), "{errors}");
    }
    assert!(run("thumbnail", &folder, &[]).2.starts_with("usage: "));
}

#[test]
fn set_writes_three_variants() {
    let folder = folder("set");
    let (done, said, errors) = run("set", &folder, &[ROCKET, "made"]);
    assert!(done, "{errors}");
    for (file, format, width, height) in [
        ("hero.jpg", Format::Jpeg, 640, 427),
        ("card.webp", Format::WebP, 640, 360),
        ("thumb.jpg", Format::Jpeg, 160, 160),
    ] {
        let bytes = fs::read(folder.join("made").join(file)).unwrap();
        let info = probe(&bytes, &Limits::default()).unwrap();
        assert_eq!((info.format, info.width, info.height), (format, width, height));
        assert!(said.contains(&format!("{file}: {width}x{height}, {} bytes\n", bytes.len())), "{said}");
    }
}

#[test]
fn signed_url_lets_only_the_signed_url_in() {
    let folder = folder("signed_url");
    let arguments = ["img.example", "pets/cat.jpg", "hero", "3600"];
    let (done, said, errors) = run("signed_url", &folder, &arguments);
    assert!(done, "{errors}");
    let lines: Vec<&str> = said.lines().collect();
    let url = "https://img.example/ZWd9g1K7eljCn_KDTu_MWA/pets/cat.jpg/hero?exp=";
    assert!(lines[0].starts_with(url) && lines[0].contains("&sig="), "{said}");
    assert_eq!(lines[1], "with the signed URL: 200");
    for (line, who) in lines[2..].iter().zip([
        "without a signature: 403 ",
        "with another expiry: 403 ",
        "after the expiry: 403 ",
    ]) {
        assert!(line.starts_with(who), "{said}");
    }
    assert!(lines.len() == 5 && lines[4].contains("expired"), "{said}");
    let (done, _, errors) = run("signed_url", &folder, &["img.example", "..", "hero", "1"]);
    assert!(!done && errors.contains(".."), "{errors}");
}
