//! Compiles the header alone and twice, with every compiler present and in every language that it
//! supports.

use std::fs;
use std::io::Write;

use crate::programs::{build, include, scratch, succeeded};

const C: [&str; 3] = ["c99", "c11", "c2x"];
const CXX: [&str; 2] = ["c++11", "c++17"];

/// Uses each initializer and some functions, as a user would.
const USES: &str = r#"
cretula_status uses(void);
cretula_status uses(void)
{
    cretula_limits limits = CRETULA_LIMITS_INIT;
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    cretula_placement placement = CRETULA_PLACEMENT_INIT;
    cretula_output_options output = CRETULA_OUTPUT_OPTIONS_INIT;
    cretula_info info = CRETULA_INFO_INIT;
    cretula_buffer buffer = CRETULA_BUFFER_INIT;
    cretula_error *error = NULL;
    output.background_rgba = CRETULA_BACKGROUND_TRANSPARENT;
    variant.fit = CRETULA_FIT_COVER;
    cretula_buffer_free(&buffer);
    (void)output;
    (void)cretula_place(&variant, 1, 1, &placement, &error);
    return cretula_probe(NULL, 0, &limits, &info, &error);
}
"#;

/// Compiles three sources without a warning: the header once, the header twice, and its uses.
fn compiles(compiler: &str, standards: &[&str]) {
    let include = include();
    let once = "#include \"cretula.h\"\n";
    let sources = [
        ("alone", format!("{once}extern int nothing;\n")),
        ("twice", format!("{once}{once}extern int nothing;\n")),
        ("uses", format!("{once}{USES}")),
    ];
    let cpp = compiler.ends_with("++");
    let folder = scratch(&format!("header-{compiler}"));
    for (name, source) in sources {
        let path = folder.join(name).with_extension(if cpp { "cpp" } else { "c" });
        fs::write(&path, source).unwrap();
        for standard in standards {
            let mut command = build().cpp(cpp).compiler(compiler).get_compiler().to_command();
            command.arg(format!("-std={standard}")).args(["-pedantic", "-Wall", "-Wextra", "-Werror", "-c"]);
            command.arg("-I").arg(&include).arg(&path).arg("-o").arg(folder.join(format!("{name}.o")));
            let output = command.output().unwrap();
            succeeded(&format!("{name}, {compiler} as {standard}"), &output);
            assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

fn is_there(compiler: &str) -> bool {
    let found = std::process::Command::new(compiler).arg("--version").output().is_ok();
    if !found {
        // Written directly: the output of `eprintln!` is captured in a passing test.
        let said = format!("NOT TESTED: the header with {compiler}, which is not installed\n");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        let needed = std::env::var_os("CRETULA_CLANG").is_some();
        assert!(!needed, "CRETULA_CLANG is set: install {compiler}");
    }
    found
}

#[test]
fn as_c_by_gcc() {
    compiles("gcc", &C);
}

#[test]
fn as_cpp_by_gcc() {
    compiles("g++", &CXX);
}

#[test]
fn as_c_by_clang() {
    if is_there("clang") {
        compiles("clang", &C);
    }
}

#[test]
fn as_cpp_by_clang() {
    if is_there("clang++") {
        compiles("clang++", &CXX);
    }
}
