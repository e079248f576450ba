//! Rules of the source tree, enforced: which module may import which, that every module documents
//! itself, and what no code may use.

use std::fs;
use std::path::{Path, PathBuf};

/// The files of `src/`, by their paths below it.
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

/// The modules a file imports: `crate::limits::Budget` is `limits`, `crate::render::frame` is
/// `render::frame`. Comments, which may link anywhere, are skipped.
fn imports(text: &str) -> Vec<String> {
    let code: String =
        text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut modules = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let path: String =
            code[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
        let mut parts = path.split("::");
        let first = parts.next().unwrap_or_default().to_owned();
        match (first.as_str(), parts.next()) {
            (parent @ ("render" | "records"), Some(child)) => modules.push(format!("{parent}::{child}")),
            _ => modules.push(first),
        }
    }
    modules
}

/// The module a file belongs to: `render/decode/png.rs` is `render::decode`.
fn module(path: &Path) -> String {
    let text = path.with_extension("").to_string_lossy().replace('\\', "/");
    let mut parts = text.split('/');
    match (parts.next().unwrap_or_default(), parts.next()) {
        (parent @ ("render" | "records"), Some(child)) => format!("{parent}::{child}"),
        (first, _) => first.to_owned(),
    }
}

/// The modules that any stage of the pipeline may import.
const COMMON: [&str; 7] = ["damage", "decimal", "error", "ErrorKind", "geometry", "limits", "options"];
/// The modules of `render` that stages share: the values that flow between stages, and helpers of
/// several stages.
const SHARED: [&str; 7] = [
    "render::frame",
    "render::framing",
    "render::header",
    "render::warning",
    "render::tiff",
    "render::catch_panic",
    "render::zlib",
];

/// The stages that read or write containers.
const CHUNKED: [&str; 4] = ["render::decode", "render::encode", "render::metadata", "render::probe"];

#[test]
fn modules_import_only_what_the_design_allows() {
    for (path, text) in sources() {
        let module = module(&path);
        for import in imports(&text) {
            let one_of = |allowed: &[&str]| allowed.contains(&import.as_str());
            let allowed = match module.as_str() {
                _ if import == "string_enum" || import == module => true,
                // Compiled for tests only.
                _ if import == "thorough" => true,
                "lib" | "bin" => true,
                "damage" | "decimal" | "docs" | "thorough" => false,
                "error" => one_of(&["Limits", "CancelToken"]),
                "container" | "json" | "limits" | "random" | "string_enum" | "threads" | "url" => {
                    import == "error"
                }
                "geometry" => one_of(&["decimal", "error"]),
                "identifiers" => one_of(&["error", "random"]),
                "options" => {
                    one_of(&["decimal", "error", "ErrorKind", "geometry", "identifiers", "json", "limits"])
                }
                // What it is told about an image.
                "negotiate" => one_of(&["options", "render::ImageInfo"]),
                "jpeg" => one_of(&["container", "damage", "error", "limits", "threads"]),
                "webp" => one_of(&["damage", "error", "limits"]),
                "sign" => one_of(&["error", "identifiers", "json", "options", "random", "url"]),
                "records" => import == "identifiers",
                "render" => import != "sign" && !import.starts_with("records"),
                record if record.starts_with("records::") => {
                    one_of(&["error", "identifiers", "json", "limits", "options", "sign", "url"])
                }
                // Puts the stages together, as `execute` does.
                "render::animation" => import != "sign" && !import.starts_with("records"),
                stage if stage.starts_with("render::") => {
                    one_of(&SHARED)
                        || one_of(&COMMON)
                        || (one_of(&["jpeg", "webp"]) && stage == "render::decode")
                        // What a JPEG's components mean.
                        || (import == "jpeg" && ["render::header", "render::probe"].contains(&stage))
                        || (import == "container" && CHUNKED.contains(&stage))
                        || (import == "threads" && ["render::encode", "render::resample"].contains(&stage))
                }
                other => panic!("{}: {other} is not a module of the design", path.display()),
            };
            assert!(allowed, "{}: {module} must not import {import}", path.display());
        }
    }
}

#[test]
fn every_module_starts_with_documentation() {
    for (path, text) in sources() {
        let documented = text.starts_with("//!") || text.starts_with("#![doc");
        assert!(documented, "{}: must start with a //! that says what the module does", path.display());
    }
}

#[test]
fn no_file_has_more_than_600_lines() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 600, "{}: over 600 lines", path.display());
    }
}

/// `unsafe` is confined to the binding to libwebp's encoder and to the files with SIMD code.
#[test]
fn unsafe_code_is_confined_to_named_files() {
    for (path, text) in sources() {
        let simd = |part: &str| part == "simd" || part.ends_with("_simd");
        let allowed = path == Path::new("render/encode/libwebp.rs")
            || path.with_extension("").iter().any(|part| part.to_str().is_some_and(simd));
        let holds =
            text.contains("unsafe {") || text.contains("unsafe fn") || text.contains("allow(unsafe_code");
        assert!(allowed || !holds, "{}: unsafe code outside the files that may hold it", path.display());
    }
}

/// The core opens no file, reads no environment, has no global state, reads a clock in one file
/// only, and starts threads in one file only (and only with the feature `parallel`).
#[test]
fn the_core_has_no_io_and_no_global_state() {
    for (path, text) in sources() {
        if path.starts_with("bin") || path == Path::new("thorough.rs") {
            continue;
        }
        for word in
            ["std::fs", "std::net", "std::env", "SystemTime", "thread::spawn", "thread_local!", "static mut"]
        {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
        if path != Path::new("threads.rs") {
            assert!(!text.contains("std::thread"), "{}: only threads.rs starts threads", path.display());
        }
        if path != Path::new("limits/interrupt.rs") {
            assert!(!text.contains("Instant::now"), "{}: only interrupt.rs reads a clock", path.display());
        }
    }
}

/// An example that includes a file by a path relative to its own keeps rustdoc from compiling all
/// examples as one program, which takes a tenth of the time.
#[test]
fn examples_include_files_by_absolute_paths() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs");
    let guides = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let guides = guides.map(|path| (path.clone(), fs::read_to_string(path).unwrap()));
    let mut found = 0;
    for (path, text) in sources().into_iter().chain(guides) {
        let code = path.extension().is_some_and(|extension| extension == "rs");
        let lines = text.lines().filter(|line| !code || line.trim_start().starts_with("//"));
        for line in lines.filter(|line| line.contains("include_bytes!(")) {
            found += 1;
            assert!(line.contains("CARGO_MANIFEST_DIR"), "{}: {line}", path.display());
        }
    }
    assert!(found > 5, "{found} examples");
}

#[test]
fn nothing_is_left_unfinished() {
    for (path, text) in sources() {
        for word in ["todo!", "unimplemented!", "dbg!", "FIXME", "XXX", "TODO", "#[ignore"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

/// Each promise names the tests that enforce it, and these tests exist.
#[test]
fn every_promise_in_security_md_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let (_, promises) = text.split_once("## Guarantees").unwrap();
    let (promises, _) = promises.split_once("\n## ").unwrap();
    let rows: Vec<_> = promises.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 10, "the table was found");
    for row in rows {
        let named: Vec<_> = row.split('`').filter_map(|word| word.split_once("::")).collect();
        assert!(!named.is_empty(), "no test enforces: {row}");
        for (file, name) in named {
            let source = fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("no {file}: {row}"));
            let exists = source.contains(&format!("fn {name}(")) || source.contains(&format!("def {name}("));
            assert!(exists, "{file} has no {name}");
        }
    }
}
