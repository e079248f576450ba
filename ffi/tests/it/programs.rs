//! The programs of `tests/c`, compiled against the header and linked with the libraries as a C user
//! would.
//!
//! `CRETULA_CC` names another compiler. `CRETULA_SANITIZE=address,undefined` compiles the programs,
//! but not the library, with sanitizers. `CRETULA_VALGRIND=1` runs the programs with less work
//! under valgrind, which sees the library too.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::libraries::{LIBRARIES, NATIVE};

/// Every program is C99 and compiles without warnings.
const STRICT: [&str; 5] = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"];

/// How a program is linked with the library.
#[derive(Clone, Copy)]
pub(crate) enum Link {
    Shared,
    Archive,
}

/// A C compiler with the flags for this machine, or `CRETULA_CC`.
pub(crate) fn compiler() -> Command {
    let mut build = build();
    if let Some(other) = env::var_os("CRETULA_CC") {
        build.compiler(other);
    }
    build.get_compiler().to_command()
}

/// The settings that Cargo would give to a build script.
pub(crate) fn build() -> cc::Build {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-gnu" };
    let host = format!("{}-{system}", env::consts::ARCH);
    let mut build = cc::Build::new();
    build.target(&host).host(&host).opt_level(1).debug(true).warnings(false).cargo_metadata(false);
    build
}

/// The folder of the header.
pub(crate) fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../include")
}

/// A folder for the files of tests, in the target directory.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Compiles and links `tests/c/<name>.c`.
pub(crate) fn compile(name: &str, link: Link) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name).with_extension("c");
    compile_file(&source, link, &[])
}

/// Compiles a file, and links it with the library and `others`.
pub(crate) fn compile_file(source: &Path, link: Link, others: &[&str]) -> PathBuf {
    let name = source.file_stem().unwrap().to_str().unwrap();
    let folder = scratch(match link {
        Link::Shared => "shared",
        Link::Archive => "archive",
    });
    let program = folder.join(name);
    let mut cc = compiler();
    cc.args(STRICT).arg("-pthread").arg("-I").arg(include()).arg(source).arg("-o").arg(&program);
    if let Some(sanitizers) = env::var_os("CRETULA_SANITIZE") {
        cc.arg(format!("-fsanitize={}", sanitizers.to_str().unwrap()));
        cc.args(["-g", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all"]);
    }
    match link {
        Link::Shared => {
            let folder = LIBRARIES.shared.parent().unwrap();
            cc.arg("-L").arg(folder).arg("-lcretula").arg(format!("-Wl,-rpath,{}", folder.display()));
        }
        Link::Archive => drop(cc.arg(&LIBRARIES.archive).args(NATIVE)),
    }
    cc.args(others);
    succeeded(name, &cc.output().unwrap());
    program
}

/// Whether programs run under valgrind, and should do less work.
fn slowly() -> bool {
    env::var_os("CRETULA_VALGRIND").is_some()
}

/// A command that runs a program that [`compile`] made.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = if slowly() {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--error-exitcode=9", "--leak-check=full", "-q"]);
        valgrind.arg("--show-leak-kinds=definite,indirect,possible").arg(program);
        valgrind
    } else {
        Command::new(program)
    };
    // Cargo sets this: it must not replace the library that was linked.
    command.env_remove("LD_LIBRARY_PATH");
    command.env("ASAN_OPTIONS", "detect_leaks=1").env("UBSAN_OPTIONS", "print_stacktrace=1");
    command
}

/// Runs a program with this input, and gives its output if it succeeds.
pub(crate) fn answers(mut command: Command, input: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // Concurrent with the reading, so that neither pipe fills up.
        scope.spawn(move || stdin.write_all(input.as_bytes()));
        child.wait_with_output().unwrap()
    });
    succeeded("the program", &output);
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
pub(crate) fn succeeded(name: &str, output: &Output) {
    let said = [&*output.stdout, &*output.stderr].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "{name}: {}\n{said}", output.status);
}

/// Compiles a program, and runs it.
#[track_caller]
fn run(name: &str, link: Link, arguments: &[impl AsRef<OsStr>]) {
    let mut command = command(&compile(name, link));
    succeeded(name, &command.args(arguments).output().unwrap());
}

const NOTHING: [&str; 0] = [];

/// A JPEG of 640x427 and a PNG of 451x300.
fn images() -> [PathBuf; 2] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/images");
    ["rocket.jpg", "chelsea.png"].map(|name| folder.join(name))
}

#[test]
fn layout() {
    run("layout", Link::Shared, &NOTHING);
    run("layout", Link::Archive, &NOTHING);
}

#[test]
fn status() {
    run("status", Link::Shared, &NOTHING);
}

#[test]
fn image() {
    run("image", Link::Shared, &images());
}

#[test]
fn render() {
    run("render", Link::Shared, &images());
    run("render", Link::Archive, &images());
}

#[test]
fn set() {
    run("set", Link::Shared, &images());
}

#[test]
fn older() {
    run("older", Link::Shared, &images());
}

#[test]
fn signing() {
    run("signing", Link::Shared, &NOTHING);
}

#[test]
fn lists() {
    run("lists", Link::Shared, &NOTHING);
}

#[test]
fn records() {
    run("records", Link::Shared, &NOTHING);
}

#[test]
fn options() {
    run("options", Link::Shared, &images());
}

#[test]
fn variants() {
    run("variants", Link::Shared, &NOTHING);
}

#[test]
fn threads() {
    let side = if slowly() { "500" } else { "3000" };
    run("threads", Link::Shared, &[images()[0].as_os_str(), side.as_ref()]);
}

/// The same calls each time, unless `CRETULA_SEED` selects others; a fifth of them unless
/// `CRETULA_THOROUGH` is set.
#[test]
fn fuzz() {
    let seed = env::var("CRETULA_SEED").unwrap_or_else(|_| "1".to_owned());
    let calls = match env::var_os("CRETULA_THOROUGH") {
        _ if slowly() => "3000",
        None => "60000",
        Some(_) => "300000",
    };
    run("fuzz", Link::Shared, &[images()[0].as_os_str(), seed.as_ref(), calls.as_ref()]);
}

/// The tests above rely on the failure of a program being reported.
#[test]
#[should_panic(expected = "argc == 3")]
fn a_program_can_fail() {
    run("image", Link::Archive, &NOTHING);
}
