//! No file of `src/` or `ffi/src/` imports another that, directly or through others, imports it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module path, such as `["render", "decode", "png"]`; the crate's root is empty.
type Module = Vec<String>;

/// The modules under `root` and the text of each, without comments and tests.
fn modules(root: &Path) -> BTreeMap<Module, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(root.to_owned(), Module::new())];
    while let Some((folder, module)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if module.is_empty() && name == "bin" || name == "tests" {
                continue;
            }
            let of_file = match name.as_str() {
                "lib" => Module::new(),
                _ => [module.as_slice(), &[name]].concat(),
            };
            if path.is_dir() {
                folders.push((path, of_file));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(of_file, code(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

/// The text up to an inline test module, without comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The paths that a use tree names: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        return vec![path.chars().filter(|c| !c.is_whitespace()).collect()];
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for character in inner.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(character);
    }
    let prefix: String = prefix.chars().filter(|c| !c.is_whitespace()).collect();
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| expanded(part)).map(|path| format!("{prefix}{path}")).collect()
}

/// Every path that the code names from `crate`, `self` or `super` on, or from a child module on.
fn paths(text: &str, children: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for start in ["use ", "\tuse "] {
        for (at, _) in text.match_indices(start) {
            let before = text[..at].chars().next_back();
            if before.is_none_or(|c| c.is_whitespace() || c == ')') {
                let tree = text[at + start.len()..].split(';').next().unwrap();
                found.extend(expanded(tree));
            }
        }
    }
    for word in ["crate", "self", "super"].iter().chain(children) {
        for (at, _) in text.match_indices(&format!("{word}::")) {
            let inside = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            if text[..at].chars().next_back().is_none_or(|c| !inside(c)) {
                found.insert(text[at..].chars().take_while(|&c| inside(c)).collect());
            }
        }
    }
    found
}

/// The modules that each module imports from.
fn imports(modules: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let of = |(module, text): (&Module, &String)| {
        let is_child = |other: &&Module| other.len() == module.len() + 1 && other.starts_with(module);
        let children: Vec<&str> =
            modules.keys().filter(is_child).map(|child| child.last().unwrap().as_str()).collect();
        let mut imported = BTreeSet::new();
        for path in paths(text, &children) {
            if path.ends_with("::") {
                // The prefix of a use tree, which is expanded above.
                continue;
            }
            let mut parts = path.split("::").filter(|part| !part.is_empty()).peekable();
            let mut target = match parts.peek() {
                Some(&"crate") => {
                    parts.next();
                    Module::new()
                }
                Some(&("self" | "super")) => module.clone(),
                Some(first) if children.contains(first) => module.clone(),
                _ => continue,
            };
            while let Some(&part) = parts.peek() {
                let next = [target.as_slice(), &[part.to_owned()]].concat();
                match part {
                    "self" => {}
                    "super" => {
                        target.pop();
                    }
                    _ if modules.contains_key(&next) => target = next,
                    _ => break,
                }
                parts.next();
            }
            if target != *module && !(target.is_empty() && parts.peek().is_none()) {
                imported.insert(target);
            }
        }
        (module.clone(), imported)
    };
    modules.iter().map(of).collect()
}

/// The modules that import each other in circles: what is left when modules that import nothing that is left are removed again
/// and again, from both ends.
fn loops(mut imports: BTreeMap<Module, BTreeSet<Module>>) -> Vec<Module> {
    loop {
        let left: BTreeSet<Module> = imports.keys().cloned().collect();
        let imported: BTreeSet<Module> = imports.values().flatten().cloned().collect();
        let before = imports.len();
        imports.retain(|module, targets| {
            targets.retain(|target| left.contains(target));
            !targets.is_empty() && imported.contains(module)
        });
        if imports.len() == before {
            return imports.into_keys().collect();
        }
    }
}

#[test]
fn no_file_imports_one_that_imports_it() {
    for (root, least) in [("src", 100), ("ffi/src", 15)] {
        let modules = modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root));
        assert!(modules.len() > least, "{root}: the sources were found");
        let imports = imports(&modules);
        let edges: usize = imports.values().map(BTreeSet::len).sum();
        assert!(edges > 2 * least, "{root}: imports were found");
        let loops: Vec<_> = loops(imports).iter().map(|module| module.join("/")).collect();
        assert!(loops.is_empty(), "{root}: files import each other: {loops:?}");
    }
}

#[test]
fn a_loop_would_be_found() {
    let module = |path: &str| path.split('/').map(str::to_owned).collect::<Module>();
    let modules = BTreeMap::from([
        (module("a"), "use crate::b::{c::D, self};".to_owned()),
        (module("b"), "mod c; use self::c::D;".to_owned()),
        (module("b/c"), "fn f() { super::super::a::g() }".to_owned()),
        (module("d"), "use crate::a;".to_owned()),
    ]);
    assert_eq!(loops(imports(&modules)), [module("a"), module("b"), module("b/c")]);
}
