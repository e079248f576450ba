//! The commands in README.md give the output that README.md shows.

use std::fs;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../README.md");

/// Splits a shell line into words. Single quotes group; there are no expansions.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// Whether `text` matches `pattern`, in which `…` stands for any text.
fn reads_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('…') {
        None => text == pattern,
        Some((start, end)) => text.starts_with(start) && text.ends_with(end),
    }
}

#[test]
fn every_command_of_the_readme_gives_the_output_shown() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let session = README.split("```console\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut commands = 0;
    for step in session.split("$ cretula ").skip(1) {
        let (line, shown) = step.split_once('\n').unwrap();
        let arguments = words(line).into_iter().map(|word| {
            let is_fixture = word.starts_with("tests/");
            if is_fixture { root.join(word).to_string_lossy().into_owned() } else { word }
        });
        let output = Command::new(env!("CARGO_BIN_EXE_cretula"))
            .args(arguments)
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = if output.status.success() { output.stdout } else { output.stderr };
        let said = String::from_utf8(said).unwrap();
        // README leaves out output that only names the written file.
        if !shown.trim().is_empty() {
            assert!(reads_like(said.trim(), shown.trim()), "{line}\nshown: {shown}\nsaid:  {said}");
        } else {
            assert!(output.status.success(), "{line}: {said}");
        }
        commands += 1;
    }
    assert_eq!(commands, 10);
    for file in ["hero.png", "thumb.gif", "variants/rocket.jpg.hero.webp", "variants/chelsea.png.thumb.webp"]
    {
        assert!(folder.join(file).is_file(), "{file}");
    }
    assert!(!folder.join("out.png").exists(), "a failed render writes nothing");
}

/// The image in README is the one that its command renders, up to rounding that differs between
/// machines.
#[test]
fn the_gallery_of_the_readme_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-gallery");
    let status = Command::new(env!("CARGO_BIN_EXE_cretula"))
        .args(["gallery", "tests/images/rocket.jpg", "-o"])
        .arg(&folder)
        .current_dir(root)
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    let golden = root.join("tests/golden/gallery.png");
    let made = image::open(folder.join("gallery.png")).unwrap().to_rgb8();
    if std::env::var_os("BLESS").is_some() {
        fs::copy(folder.join("gallery.png"), golden).unwrap();
        panic!("blessed: run again without BLESS");
    }
    let golden = image::open(golden).unwrap().to_rgb8();
    assert_eq!(made.dimensions(), golden.dimensions());
    let difference: u64 = made.iter().zip(golden.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = difference as f64 / made.len() as f64;
    assert!(mean < 0.25, "mean difference {mean}: inspect it, then update it with BLESS=1");
}
