//! The rules of this crate, enforced: where pointers are followed, where panics are caught, which
//! file may import which.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let sources: BTreeMap<_, _> =
        paths.map(|path| (name(&path), fs::read_to_string(path).unwrap())).collect();
    assert!(sources.len() > 15, "src/ has its files");
    sources
}

#[test]
fn pointers_are_followed_in_two_files_and_panics_caught_in_one() {
    for (name, text) in sources() {
        let holds = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let pointer_work = holds(&["unsafe {", "unsafe fn", "unsafe trait"]);
        assert!(!pointer_work || ["handle", "slice"].contains(&name.as_str()), "{name}: unsafe code");
        let promises = holds(&["unsafe impl"]);
        assert!(!promises || ["layout", "slice"].contains(&name.as_str()), "{name}: an unsafe impl");
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
            // Versions and status names are constants, as are the texts of a format.
            let constant = ["version", "status_names"].contains(&name.as_str());
            let guarded = ["guard::", "described("].iter().any(|call| body.contains(call));
            assert!(constant || guarded, "{name}: {body}");
        }
    }
}

#[test]
fn no_file_imports_itself_through_others() {
    let sources = sources();
    let imports = |name: &str| -> Vec<String> {
        let code = sources[name].split("#[cfg(test)]\nmod tests").next().unwrap();
        code.split("crate::")
            .skip(1)
            .filter_map(|path| path.split(|c: char| !c.is_alphanumeric() && c != '_').next())
            .filter(|module| sources.contains_key(*module))
            .map(str::to_owned)
            .collect()
    };
    // A file is on the ground once all that it imports are: in a loop, none ever is.
    let mut above: BTreeMap<String, Vec<String>> =
        sources.keys().map(|name| (name.clone(), imports(name))).collect();
    assert!(above.values().flatten().count() > 60, "the files import each other");
    while !above.is_empty() {
        let before = above.len();
        let left: Vec<String> = above.keys().cloned().collect();
        above.retain(|_, imports| imports.iter().any(|import| left.contains(import)));
        assert!(above.len() < before, "these files import each other in a loop: {:?}", above.keys());
    }
}

#[test]
fn every_file_starts_with_its_purpose_and_stays_short() {
    for (name, text) in sources() {
        assert!(text.starts_with("//!"), "{name}: starts with a //!");
        assert!(text.lines().count() <= 600, "{name}: over 600 lines");
    }
}
