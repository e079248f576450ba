//! Copies the header for the build of the Python package: maturin looks for `header.h` in Cargo's
//! target folder, and would otherwise run cbindgen with its own settings.
//!
//! In: `../include/cretula.h`, as committed.
//! Out: its declarations and integer constants, which is all that cffi can read.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs, io};

const HEADER: &str = "../include/cretula.h";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={HEADER}");
    let Some(target) = target_folder() else { return Ok(()) };
    let copy = target.join("header.h");
    println!("cargo::rerun-if-changed={}", copy.display());
    match fs::read_to_string(HEADER) {
        Ok(header) => write_if_changed(&copy, &for_cffi(&header), fs::metadata(HEADER)?.modified()?),
        // The test that generates the header must build without one.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The target folder: `OUT_DIR` is `<target>/[<triple>/]<profile>/build/<package>/out`.
fn target_folder() -> Option<PathBuf> {
    let out = PathBuf::from(env::var_os("OUT_DIR")?);
    let build = out.ancestors().find(|folder| folder.ends_with("build"))?;
    let above = build.parent()?.parent()?;
    let triple = env::var_os("TARGET")?;
    Some(if above.ends_with(triple) { above.parent()? } else { above }.to_owned())
}

/// Several profiles share the file, and Cargo watches it: a newer file would make each of them
/// build again.
fn write_if_changed(path: &Path, text: &str, time: SystemTime) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == text.as_bytes()) {
        return Ok(());
    }
    let mut file = fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.set_modified(time)
}

/// Removes preprocessor lines except `#define NAME <integer>`, lines for C++, and `CRETULA_API`.
fn for_cffi(header: &str) -> String {
    let mut kept = String::with_capacity(header.len());
    let mut cpp = false;
    for line in header.lines() {
        cpp = (cpp || line == "#ifdef __cplusplus") && line != "#endif";
        let keep = if line.starts_with('#') { defines_an_integer(line) } else { !cpp };
        if keep {
            kept.push_str(line.strip_prefix("CRETULA_API ").unwrap_or(line));
            kept.push('\n');
        }
    }
    kept
}

fn defines_an_integer(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next() == Some("#define")
        && words.next().is_some()
        && words.next().is_some_and(is_integer)
        && words.next().is_none()
}

fn is_integer(text: &str) -> bool {
    text.parse::<i64>().is_ok()
        || text.strip_prefix("0x").is_some_and(|digits| u32::from_str_radix(digits, 16).is_ok())
}
