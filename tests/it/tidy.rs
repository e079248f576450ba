//! The architecture's rules, enforced: who may import whom, what every module says of itself, what nobody may call.

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    assert!(found.len() > 25, "the walk found the sources");
    found.into_iter().map(|(path, text)| (path.strip_prefix(&root).unwrap().to_owned(), text)).collect()
}

/// The rooms a file imports: `crate::limits::Budget` is `limits`, `crate::render::pixels` is `render::pixels`.
fn imports(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let path: String =
            text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
        let mut parts = path.split("::");
        let first = parts.next().unwrap_or_default().to_owned();
        match (first.as_str(), parts.next()) {
            (wing @ ("render" | "records"), Some(room)) => rooms.push(format!("{wing}::{room}")),
            _ => rooms.push(first),
        }
    }
    rooms
}

/// The room a file belongs to: `render/decode/png.rs` is `render::decode`.
fn room(path: &Path) -> String {
    let text = path.with_extension("").to_string_lossy().replace('\\', "/");
    let mut parts = text.split('/');
    match (parts.next().unwrap_or_default(), parts.next()) {
        (wing @ ("render" | "records"), Some(room)) => format!("{wing}::{room}"),
        (first, _) => first.to_owned(),
    }
}

/// What any stage may import.
const COMMON: [&str; 6] = ["damage", "error", "limits", "output", "variant", "fit"];
/// Leaves of the image wing: values that flow between stages, and what several of them stand on.
const LEAVES: [&str; 6] = [
    "render::pixels",
    "render::source",
    "render::warning",
    "render::tiff",
    "render::contain",
    "render::zlib",
];

#[test]
fn nobody_imports_what_they_must_not_know() {
    for (path, text) in sources() {
        let room = room(&path);
        for import in imports(&text) {
            let allowed = match room.as_str() {
                _ if import == "named" || import == room => true,
                "lib" | "bin" => true,
                "render" => import != "sign" && !import.starts_with("records"),
                "named" => import == "error",
                "random" => import == "error",
                "error" => import == "Limits" || import == "CancelToken",
                "limits" => import == "error",
                "output" => ["error", "ErrorKind"].contains(&import.as_str()),
                "variant" => ["error", "limits"].contains(&import.as_str()) || import == "records::VariantId",
                "fit" => ["error", "variant"].contains(&import.as_str()),
                "crew" => import == "error",
                "damage" => false,
                "container" => import == "error",
                "jpeg" => ["crew", "damage", "error", "limits"].contains(&import.as_str()),
                "webp" => ["damage", "error", "limits"].contains(&import.as_str()),
                // Identifiers are leaves: the signing wing names keys by them. The records above may know both.
                "records::identifiers" => ["error", "random"].contains(&import.as_str()),
                "sign" => ["error", "random", "records::identifiers"].contains(&import.as_str()),
                record if record.starts_with("records::") => {
                    ["error", "limits", "variant", "sign"].contains(&import.as_str())
                }
                stage if stage.starts_with("render::") => {
                    import == stage
                        || LEAVES.contains(&import.as_str())
                        || COMMON.contains(&import.as_str())
                        || import == "ErrorKind"
                        || (["jpeg", "webp"].contains(&import.as_str()) && stage == "render::decode")
                        || (import == "container" && ["render::decode", "render::probe"].contains(&stage))
                        || (import == "crew" && ["render::encode", "render::resample"].contains(&stage))
                }
                other => panic!("{}: {other} is a room that the design does not know", path.display()),
            };
            assert!(allowed, "{}: {room} must not import {import}", path.display());
        }
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (path, text) in sources() {
        let documented = text.starts_with("//!") || text.starts_with("#![doc");
        assert!(
            documented,
            "{}: starts with a //! that says what comes in and what goes out",
            path.display()
        );
    }
}

#[test]
fn no_file_outgrows_a_readers_patience() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 600, "{}: over 600 lines", path.display());
    }
}

/// Only one leaf may hold `unsafe`: the raw binding to libwebp.
#[test]
fn unsafe_stays_in_its_leaf() {
    for (path, text) in sources() {
        let allowed = path == Path::new("render/encode/libwebp.rs")
            || path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("simd"));
        let holds =
            text.contains("unsafe {") || text.contains("unsafe fn") || text.contains("allow(unsafe_code");
        assert!(allowed || !holds, "{}: unsafe code outside its leaves", path.display());
    }
}

/// The core opens no file, reads no clock or environment, keeps no global, and starts no thread but those that one room
/// lends, and only with the feature `parallel`.
#[test]
fn the_core_touches_nothing_outside_itself() {
    for (path, text) in sources() {
        if path.starts_with("bin") {
            continue;
        }
        for word in
            ["std::fs", "std::net", "std::env", "SystemTime", "thread::spawn", "thread_local!", "static mut"]
        {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
        if path != Path::new("crew.rs") {
            assert!(!text.contains("std::thread"), "{}: only the crew starts threads", path.display());
        }
        if path != Path::new("limits/alarm.rs") {
            assert!(!text.contains("Instant::now"), "{}: only the alarm looks at a clock", path.display());
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    for (path, text) in sources() {
        for word in ["todo!", "unimplemented!", "dbg!", "FIXME", "XXX", "TODO", "#[ignore"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

/// Each promise names the test that holds it, and each of these tests is there.
#[test]
fn every_promise_of_security_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let (_, promises) = text.split_once("## What is promised").unwrap();
    let (promises, _) = promises.split_once("\n## ").unwrap();
    let rows: Vec<_> = promises.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 10, "the table is found");
    for row in rows {
        let named: Vec<_> = row.split('`').filter_map(|word| word.split_once("::")).collect();
        assert!(!named.is_empty(), "no test holds: {row}");
        for (file, name) in named {
            let source = fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("no {file}: {row}"));
            let there = source.contains(&format!("fn {name}(")) || source.contains(&format!("def {name}("));
            assert!(there, "{file} has no {name}");
        }
    }
}
