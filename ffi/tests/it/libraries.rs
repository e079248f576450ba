//! The libraries as users get them, built by Cargo once for all tests, and the symbols that they
//! define.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde::Deserialize;

/// The libraries that a program needs besides the archive, as listed by
/// `cargo rustc --lib -- --print native-static-libs`.
pub(crate) const NATIVE: [&str; 4] = ["-lgcc_s", "-lpthread", "-ldl", "-lm"];

/// The paths of the libraries.
pub(crate) struct Libraries {
    pub(crate) shared: PathBuf,
    pub(crate) archive: PathBuf,
}

/// The libraries in the dev profile, in the target directory of these tests. The packages, features
/// and targets are those that `cargo test --workspace --all-features` selects, so that Cargo does not
/// compile the core again with others.
pub(crate) static LIBRARIES: LazyLock<Libraries> = LazyLock::new(|| {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--message-format=json"]);
    cargo.arg("--target-dir").arg(Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
    if cfg!(feature = "webp-lossy") {
        cargo.args(["--workspace", "--all-features", "--lib", "--test", "it"]);
    } else {
        cargo.args(["-p", "cretula-ffi", "--lib", "--no-default-features"]);
    }
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let files = artifacts(&String::from_utf8(built.stdout).unwrap());
    let ending = |end| files.iter().find(|file| file.extension().is_some_and(|e| e == end)).cloned();
    Libraries {
        shared: ending("so").or_else(|| ending("dylib")).expect("a shared library"),
        archive: ending("a").expect("an archive"),
    }
});

/// The files that Cargo built from this crate.
fn artifacts(messages: &str) -> Vec<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        reason: String,
        manifest_path: Option<PathBuf>,
        filenames: Option<Vec<PathBuf>>,
    }
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter(|message| message.manifest_path.as_ref() == Some(&ours))
        .flat_map(|message| message.filenames.unwrap_or_default())
        .collect()
}

/// The functions that the header declares, sorted.
fn declared() -> Vec<String> {
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/cretula.h");
    let header = fs::read_to_string(header).unwrap();
    let code: String =
        header.split("/*").filter_map(|part| part.split_once("*/")).map(|(_, code)| code).collect();
    let mut names: Vec<_> = code
        .split('(')
        .filter_map(|before| before.rsplit([' ', '*', '\n']).next())
        .filter(|name| name.starts_with("cretula_"))
        .map(str::to_owned)
        .collect();
    names.sort();
    assert!(names.len() > 60, "{names:?}");
    names
}

/// The exported symbols are the functions of the header. They are listed in a file, so that a
/// change shows in a diff.
#[test]
fn the_shared_library_defines_the_functions_of_the_header_and_nothing_else() {
    let nm =
        Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(&LIBRARIES.shared).output();
    let nm = nm.expect("nm, of binutils");
    assert!(nm.status.success(), "{}", String::from_utf8_lossy(&nm.stderr));
    let text = String::from_utf8(nm.stdout).unwrap();
    let mut defined: Vec<_> =
        text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    defined.sort();
    assert_eq!(defined, declared());

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/symbols.txt");
    let made = defined.join("\n") + "\n";
    if fs::read_to_string(&path).unwrap_or_default() == made {
        return;
    }
    if std::env::var_os("CRETULA_BLESS").is_some() {
        fs::write(&path, &made).unwrap();
        panic!("ffi/tests/symbols.txt was rewritten: review it, then run again");
    }
    panic!("ffi/tests/symbols.txt differs from the library's symbols: run with CRETULA_BLESS=1");
}

#[test]
fn the_readme_lists_every_function() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let listed: Vec<_> = readme.split("| `").skip(1).flat_map(|row| row.split('`')).collect();
    let missing: Vec<_> = declared().into_iter().filter(|name| !listed.contains(&name.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// Each function of the header is called by a program of `tests/c`, and by the random calls of
/// `fuzz.c`.
#[test]
fn every_function_is_called_from_c() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c");
    let (mut programs, mut fuzz) = (String::new(), String::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        match path.file_name().and_then(|name| name.to_str()) {
            Some("fuzz.c" | "fuzz_calls.h") => fuzz += &text,
            Some("check.h") => {}
            _ => programs += &text,
        }
    }
    let misses = |text: &str| -> Vec<_> {
        declared().into_iter().filter(|name| !text.contains(&format!("{name}("))).collect()
    };
    assert_eq!(misses(&programs), Vec::<String>::new());
    assert_eq!(misses(&fuzz), Vec::<String>::new());
}
