//! `include/cretula.h` is what cbindgen makes of these sources; `CRETULA_BLESS=1` writes it anew (and fails, once).

use std::fs;
use std::path::PathBuf;

/// The sections in the order of the header: each is a file of `src/`. `status_names` continues the
/// section above it.
const SECTIONS: [&str; 17] = [
    "version",
    "status",
    "status_names",
    "error",
    "buffer",
    "cancel",
    "limits",
    "variant",
    "output",
    "info",
    "renderer",
    "keyring",
    "identifiers",
    "delivery",
    "access",
    "variants",
    "records",
];

/// The structs that may grow: their sections, and the names of their initialisers.
const GROWING: [(&str, &str, &str); 5] = [
    ("limits", "cretula_limits", "CRETULA_LIMITS_INIT"),
    ("variant", "cretula_variant", "CRETULA_VARIANT_INIT"),
    ("variant", "cretula_placement", "CRETULA_PLACEMENT_INIT"),
    ("output", "cretula_output", "CRETULA_OUTPUT_INIT"),
    ("info", "cretula_info", "CRETULA_INFO_INIT"),
];

/// How the names of pointer types begin, as cbindgen writes them.
const POINTERS: [&str; 6] = ["In_", "Out_", "Shared_", "Exclusive_", "New_", "Allocated"];

fn ffi() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_header_is_generated_from_the_sources() {
    let made = header();
    let path = ffi().join("../include/cretula.h");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if made == committed {
        return;
    }
    if std::env::var_os("CRETULA_BLESS").is_some() {
        fs::write(&path, &made).unwrap();
        panic!("include/cretula.h was written anew: look at it, then run again");
    }
    let differs = made.lines().zip(committed.lines()).position(|(made, committed)| made != committed);
    panic!("include/cretula.h is not what the sources say, from line {differs:?}: run with CRETULA_BLESS=1");
}

/// The whole header.
fn header() -> String {
    let config = cbindgen::Config::from_file(ffi().join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::Builder::new().with_crate(ffi()).with_config(config).generate().unwrap();
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    let generated = String::from_utf8(bytes).unwrap();
    let items = items(&without_pointer_types(&generated));

    let mut header = format!(
        "/*\n * cretula {}: image variants and signed URLs.\n *\n{} */\n\n",
        env!("CARGO_PKG_VERSION"),
        CONVENTIONS.lines().map(|line| format!(" * {line}").trim_end().to_owned() + "\n").collect::<String>(),
    );
    header += "#ifndef CRETULA_H\n#define CRETULA_H\n\n";
    header += "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n";
    header += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    let mut placed = Vec::new();
    for section in SECTIONS {
        let source = fs::read_to_string(ffi().join("src").join(section).with_extension("rs")).unwrap();
        let title = source.strip_prefix("//! ").and_then(|text| text.lines().next()).unwrap();
        if section != "status_names" {
            header += &format!("\n/* ---- {title} ---- */\n\n");
        }
        for item in items.iter().filter(|item| defines(&source, &item.name)) {
            header += &item.text;
            header.push('\n');
            placed.push(&item.name);
        }
        header += &macros(section, &items);
    }
    let lost: Vec<_> = items.iter().map(|item| &item.name).filter(|name| !placed.contains(name)).collect();
    assert!(lost.is_empty() && placed.len() == items.len(), "each item belongs to one section: {lost:?}");
    header += "\n#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n#endif /* CRETULA_H */\n";
    header.replace("\n\n\n", "\n\n")
}

/// What no Rust item says: texts and initialisers.
fn macros(section: &str, items: &[Item]) -> String {
    let initialiser = |(_, of, name): (&str, &str, &str)| {
        let of_fields = items.iter().find(|item| item.name == of).unwrap();
        let zeros = ", 0".repeat(of_fields.text.matches(";\n").count() - 2);
        format!("/** All defaults, with its size. */\n#define {name} {{ sizeof({of}){zeros} }}\n\n")
    };
    match section {
        "version" => format!(
            "/** The version of the library that this header belongs to. */\n#define CRETULA_VERSION \"{}\"\n\n",
            env!("CARGO_PKG_VERSION")
        ),
        "buffer" => "/** An empty buffer. */\n#define CRETULA_BUFFER_INIT { NULL, 0 }\n\n".to_owned(),
        section => GROWING.into_iter().filter(|(of, _, _)| *of == section).map(initialiser).collect(),
    }
}

/// Parameters are `In<u8>`, `Shared<cretula_keyring>` and so on, for which cbindgen writes typedefs of pointers. C users
/// get the pointers.
fn without_pointer_types(generated: &str) -> String {
    let mut aliases: Vec<(String, String)> = Vec::new();
    let mut text = String::new();
    for line in generated.lines() {
        let alias = line.strip_prefix("typedef ").and_then(|rest| rest.strip_suffix(';'));
        let alias = alias
            .and_then(|rest| rest.rsplit_once('*'))
            .filter(|(_, name)| POINTERS.iter().any(|prefix| name.starts_with(prefix)));
        match alias {
            Some((target, name)) => aliases.push((name.to_owned(), format!("{target}*"))),
            None => text += &format!("{line}\n"),
        }
    }
    // Longest first: the name of one may begin another's.
    aliases.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for _ in 0..2 {
        for (name, target) in &aliases {
            text = text.replace(&format!("{name} "), target);
        }
    }
    let left = POINTERS.iter().find(|prefix| text.contains(**prefix));
    assert_eq!(left, None, "{text}");
    text.replace("* *", "**")
}

/// A constant, a type or a function, with its comment.
struct Item {
    name: String,
    text: String,
}

/// Cuts the generated text into items, each of which starts with a comment.
fn items(generated: &str) -> Vec<Item> {
    let body = generated.split_once("/**").map(|(_, rest)| format!("/**{rest}")).unwrap();
    let body = body.replace("#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n", "");
    let body = body.split("#ifdef __cplusplus").next().unwrap();
    body.split("\n/**")
        .filter_map(|part| {
            let text = format!("/**{}\n", part.strip_prefix("/**").unwrap_or(part).trim_end());
            let code = text.split_once("*/")?.1.trim();
            if code.is_empty() {
                return None; // the comment of a pointer type
            }
            let name = if let Some(rest) = code.strip_prefix("#define ") {
                rest.split(' ').next().unwrap()
            } else if code.starts_with("typedef") {
                code.trim_end_matches(';').rsplit([' ', '}']).next().unwrap()
            } else {
                code.split('(').next().unwrap().rsplit([' ', '*']).next().unwrap()
            };
            Some(Item { name: name.to_owned(), text: with_short_comments(&text) })
        })
        .collect()
}

/// A comment of one line stands on one line, and what has a typedef goes by it.
fn with_short_comments(item: &str) -> String {
    let mut text = String::new();
    let mut lines = item.lines();
    while let Some(line) = lines.next() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let rest: Vec<&str> = lines.clone().take(2).collect();
        match (line.trim(), rest.as_slice()) {
            ("/**", [said, end]) if end.trim() == "*/" => {
                text += &format!("{indent}/** {} */\n", said.trim().trim_start_matches("* "));
                lines.nth(1);
            }
            _ if line.starts_with("typedef") => text += &format!("{line}\n"),
            _ => text += &format!("{}\n", line.replace("struct cretula_", "cretula_")),
        }
    }
    text
}

fn defines(source: &str, name: &str) -> bool {
    ["pub const ", "pub struct ", "pub type ", "pub extern \"C\" fn "]
        .iter()
        .any(|kind| [":", " ", "("].iter().any(|end| source.contains(&format!("{kind}{name}{end}"))))
}

const CONVENTIONS: &str = "\
Generated from the library's sources; not to be edited. The conventions, which hold throughout:

 1. Names are cretula_<noun>_<verb>; arguments are self, inputs, outputs, and last a cretula_error ** that may be NULL.
 2. What can fail answers a cretula_status; 0 is CRETULA_OK. Numbers never change; new ones may join.
 3. Outputs are written on CRETULA_OK only, and are zeroed otherwise.
 4. What a _new, _parse or _from_json makes its _free frees, once; freeing NULL does nothing.
 5. Inputs are borrowed for the call and never kept.
 6. Bytes are a pointer and a length; length 0 ignores the pointer; a length with its top bit set is an error.
 7. Text is UTF-8 with a length, and needs no NUL.
 8. Structs that may grow start with struct_size: begin with their CRETULA_*_INIT. A field of 0 has its default.
 9. A const handle may be shared between threads; a handle that is not const belongs to one call at a time, and a
    second one gets CRETULA_ERR_BUSY. Freeing is the owner's, when no other call uses the handle.
10. No globals, no thread-locals. A panic becomes CRETULA_ERR_PANIC and poisons only the handles it went through.
";
