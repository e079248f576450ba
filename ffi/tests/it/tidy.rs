//! The rules of this crate, enforced: where pointers are followed, where panics are caught, what no body may hold.

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let named = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let sources: Vec<_> = paths.iter().map(|path| (named(path), fs::read_to_string(path).unwrap())).collect();
    assert!(sources.len() > 15, "the walk found the sources");
    sources
}

#[test]
fn pointers_are_followed_in_two_files_and_panics_caught_in_one() {
    for (name, text) in sources() {
        let holds = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let unsafe_code = holds(&["unsafe {", "unsafe fn", "unsafe impl", "unsafe trait"]);
        assert!(!unsafe_code || ["handle", "slice"].contains(&name.as_str()), "{name}: unsafe code");
        assert!(
            !holds(&["catch_unwind("]) || ["guard", "handle"].contains(&name.as_str()),
            "{name}: catches panics"
        );
        let globals = ["static ", "thread_local!", "OnceLock", "LazyLock"];
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in lines {
            assert!(
                !globals.iter().any(|word| line.trim_start().starts_with(word)),
                "{name}: a global: {line}"
            );
        }
    }
}

#[test]
fn every_exported_function_runs_inside_the_guard() {
    for (name, text) in sources() {
        for (at, _) in text.match_indices("#[unsafe(no_mangle)]") {
            let body = text[at..].split("\n}\n").next().unwrap();
            // Versions and statuses are constants; a function may hand over to one that is guarded.
            let plain = ["version", "status"].contains(&name.as_str());
            let guarded = ["guard::", "described(", "_with_capacity(0", "_for(CRETULA", "_sign_encoded("]
                .iter()
                .any(|call| body.contains(call));
            assert!(plain || guarded, "{name}: {body}");
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_stays_short() {
    for (name, text) in sources() {
        assert!(text.starts_with("//!"), "{name}: starts with a //!");
        assert!(text.lines().count() <= 600, "{name}: over 600 lines");
    }
}
