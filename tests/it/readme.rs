//! The commands that README.md and the guides show do what is shown, and the links of README.md lead somewhere.

use std::fs;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../README.md");
const COMMAND_LINE: &str = include_str!("../../src/docs/command_line.md");

/// The words of a shell line without expansions: spaces separate words, single quotes group them.
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
fn matches_pattern(text: &str, pattern: &str) -> bool {
    match pattern.split_once('…') {
        None => text == pattern,
        Some((start, end)) => text.starts_with(start) && text.ends_with(end),
    }
}

#[test]
fn every_shown_command_prints_what_is_shown() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let session =
        COMMAND_LINE.split("```console\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
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
        // The guide leaves out lines that only say where a file went.
        if !shown.trim().is_empty() {
            assert!(matches_pattern(said.trim(), shown.trim()), "{line}\nshown: {shown}\nsaid:  {said}");
        } else {
            assert!(output.status.success(), "{line}: {said}");
        }
        commands += 1;
    }
    assert_eq!(commands, 11);
    for file in ["hero.png", "thumb.gif", "variants/rocket.jpg.hero.webp", "variants/chelsea.png.thumb.webp"]
    {
        assert!(folder.join(file).is_file(), "{file}");
    }
    assert!(!folder.join("out.png").exists(), "a refused render writes no file");
}

/// The pictures in README are those that its command makes, except for rounding that differs between machines.
#[test]
fn the_shown_pictures_are_those_the_command_makes() {
    the_gallery_makes("tests/images/rocket.jpg", "gallery.png");
    the_gallery_makes("tests/corpus/png/apng/ball.png", "frames.png");
}

fn the_gallery_makes(source: &str, picture: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme-gallery");
    let status = Command::new(env!("CARGO_BIN_EXE_cretula"))
        .args(["gallery", source, "-o"])
        .arg(&folder)
        .current_dir(root)
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    let golden = root.join("tests/golden").join(picture);
    let made = image::open(folder.join(picture)).unwrap().to_rgb8();
    if std::env::var_os("BLESS").is_some() {
        fs::copy(folder.join(picture), golden).unwrap();
        panic!("blessed: run again without BLESS");
    }
    let golden = image::open(golden).unwrap().to_rgb8();
    assert_eq!(made.dimensions(), golden.dimensions());
    let difference: u64 = made.iter().zip(golden.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = difference as f64 / made.len() as f64;
    assert!(mean < 0.25, "{picture}: mean difference {mean}: look at it, then re-bless with BLESS=1");
}

/// A newcomer types these two, and `.ci/run` calls the second.
#[test]
fn readme_shows_the_gallery_and_the_test_command() {
    let shown: Vec<_> = README.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let gallery = "cargo run --release --features cli -- gallery tests/images/rocket.jpg -o target/gallery\n";
    assert_eq!(shown, [gallery, "cargo test --workspace --all-features\n"]);
    assert!(README.lines().count() <= 120, "README.md is a first page: move details to src/docs");
}

#[test]
fn every_link_of_readme_and_contributing_leads_to_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut links = 0;
    for page in ["README.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(link.starts_with("https://") || root.join(link).exists(), "{page}: {link}");
            links += 1;
        }
    }
    assert!(links > 20, "{links}");
}
