//! `include/cretula.h` is generated from the sources by cbindgen. `CRETULA_BLESS=1` rewrites it,
//! and fails once.

use std::fs;
use std::path::PathBuf;

/// The sections in the order of the header: each is a file of `src/`. `status_names` continues the
/// section above it.
const SECTIONS: [&str; 21] = [
    "version",
    "status",
    "status_names",
    "error",
    "buffer",
    "cancel",
    "limits",
    "variant",
    "options",
    "output",
    "info",
    "negotiate",
    "renderer",
    "keyring",
    "identifiers",
    "delivery",
    "access",
    "variants",
    "records",
    "queries",
    "uploads",
];

/// The structs that may grow: section, name, and initializer.
const GROWING: [(&str, &str, &str); 7] = [
    ("limits", "cretula_limits", "CRETULA_LIMITS_INIT"),
    ("variant", "cretula_variant_options", "CRETULA_VARIANT_OPTIONS_INIT"),
    ("variant", "cretula_placement", "CRETULA_PLACEMENT_INIT"),
    ("output", "cretula_output_options", "CRETULA_OUTPUT_OPTIONS_INIT"),
    ("info", "cretula_info", "CRETULA_INFO_INIT"),
    ("negotiate", "cretula_source", "CRETULA_SOURCE_INIT"),
    ("negotiate", "cretula_negotiate_options", "CRETULA_NEGOTIATE_OPTIONS_INIT"),
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
        panic!("include/cretula.h was rewritten: review it, then run again");
    }
    let differs = made.lines().zip(committed.lines()).position(|(made, committed)| made != committed);
    panic!("include/cretula.h differs from the sources, from line {differs:?}: run with CRETULA_BLESS=1");
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
    header += API;
    header += "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    let mut placed = Vec::new();
    for section in SECTIONS {
        let source = fs::read_to_string(ffi().join("src").join(section).with_extension("rs")).unwrap();
        let title = source.strip_prefix("//! ").and_then(|text| text.lines().next()).unwrap();
        if section != "status_names" {
            header += &format!("\n/* ---- {title} ---- */\n\n");
        }
        for item in items.iter().filter(|item| defines(&source, &item.name)) {
            header += &with_hexadecimal(&item.text, &item.name, &source);
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

/// The macros without a Rust item: text and initializers.
fn macros(section: &str, items: &[Item]) -> String {
    let initializer = |(_, of, name): (&str, &str, &str)| {
        let of_fields = items.iter().find(|item| item.name == of).unwrap();
        let zeros = ", 0".repeat(of_fields.text.matches(";\n").count() - 2);
        format!(
            "/** Initializes the struct: its size, and defaults. */\n#define {name} {{ sizeof({of}){zeros} }}\n\n"
        )
    };
    match section {
        "version" => format!(
            "/** The version of the library that this header is part of. */\n#define CRETULA_VERSION \"{}\"\n\n",
            env!("CARGO_PKG_VERSION")
        ),
        "buffer" => "/** An empty buffer. */\n#define CRETULA_BUFFER_INIT { NULL, 0 }\n\n".to_owned(),
        section => GROWING.into_iter().filter(|(of, _, _)| *of == section).map(initializer).collect(),
    }
}

/// Replaces the typedefs that cbindgen writes for parameters such as `In<u8>` and
/// `Shared<cretula_keyring>` by plain pointers.
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
    // Longest first: a name may be the beginning of another.
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

/// Splits the generated text into items, each of which starts with a comment.
fn items(generated: &str) -> Vec<Item> {
    let body = generated.split_once("/**").map(|(_, rest)| format!("/**{rest}")).unwrap();
    let body = body.replace("#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n", "");
    let body = body.split("#ifdef __cplusplus").next().unwrap();
    body.split("\n/**")
        .filter_map(|part| {
            let text = format!("/**{}\n", part.strip_prefix("/**").unwrap_or(part).trim_end());
            let code = text.split_once("*/")?.1.trim();
            if code.is_empty() {
                return None; // the comment of a removed typedef
            }
            let name = if let Some(rest) = code.strip_prefix("#define ") {
                rest.split(' ').next().unwrap()
            } else if code.starts_with("typedef") {
                code.trim_end_matches(';').rsplit([' ', '}']).next().unwrap()
            } else {
                code.split('(').next().unwrap().rsplit([' ', '*']).next().unwrap()
            };
            Some(Item { name: name.to_owned(), text: with_api_on_one_line(&with_short_comments(&text)) })
        })
        .collect()
}

/// Puts a comment of one line on one line, and uses typedefs in place of `struct` names.
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

/// Puts `CRETULA_API` on the line of the function, whose parameters are below each other.
fn with_api_on_one_line(item: &str) -> String {
    let Some((comment, function)) = item.split_once("CRETULA_API\n") else { return item.to_owned() };
    let indent = format!("\n{}", " ".repeat("CRETULA_API ".len()));
    format!("{comment}CRETULA_API {}\n", function.trim_end().replace('\n', &indent))
}

/// Writes a constant in hexadecimal if its source does: cbindgen writes decimal numbers.
fn with_hexadecimal(item: &str, name: &str, source: &str) -> String {
    let digits =
        source.split(&format!("pub const {name}: u32 = 0x")).nth(1).and_then(|rest| rest.split(';').next());
    let Some(digits) = digits.map(|digits| digits.replace('_', "")) else { return item.to_owned() };
    let value = u32::from_str_radix(&digits, 16).unwrap();
    let (decimal, hexadecimal) =
        (format!("#define {name} {value}\n"), format!("#define {name} 0x{value:08X}\n"));
    assert!(item.contains(&decimal), "{item}");
    item.replace(&decimal, &hexadecimal)
}

fn defines(source: &str, name: &str) -> bool {
    ["pub const ", "pub struct ", "pub type ", "pub extern \"C\" fn "]
        .iter()
        .any(|kind| [":", " ", "("].iter().any(|end| source.contains(&format!("{kind}{name}{end}"))))
}

const API: &str = "\
/* Declares a function. Define CRETULA_STATIC on Windows if you link the static library. */
#ifndef CRETULA_API
#if defined(_WIN32) && !defined(CRETULA_STATIC)
#define CRETULA_API __declspec(dllimport)
#elif defined(__GNUC__) && !defined(_WIN32)
#define CRETULA_API __attribute__((visibility(\"default\")))
#else
#define CRETULA_API
#endif
#endif

";

const CONVENTIONS: &str = "\
Generated from the sources of the library; do not edit. The conventions of every function:

 1. Names are cretula_<noun>_<verb>. Arguments are self, inputs, outputs, and last a
    cretula_error **, which may be NULL.
 2. A function that can fail returns a cretula_status; CRETULA_OK is 0. Numbers never change, and
    new ones may be added.
 3. Outputs are written on success, and zeroed on failure.
 4. An object from a _new, _parse or _from_json is freed once, with its _free. Freeing NULL does
    nothing.
 5. Inputs are borrowed for the call only.
 6. Bytes are a pointer and a length. If the length is 0, the pointer is ignored. A length with
    its top bit set is an error.
 7. Text is UTF-8 with a length, and needs no NUL. Returned text is followed by a NUL.
 8. A struct that may grow starts with struct_size: initialize it with its CRETULA_*_INIT. A
    field of 0 selects its default. A program compiled against an older header may pass its
    smaller struct: fields that it does not know have their defaults.
 9. Threads may share a const handle. A handle that is not const serves one call at a time; a
    concurrent call returns CRETULA_ERR_BUSY. Free a handle when no call uses it.
10. There are no globals and no thread-locals. A panic becomes CRETULA_ERR_PANIC, and poisons
    only the handles in use.
";
