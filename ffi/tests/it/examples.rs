//! The examples, and the program in `src/docs/c.md`, do what they document.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use cretula::sign::{Keyring, SignOptions};
use cretula::{Format, Limits, probe};

use crate::programs::{Link, command, compile_file, compiler, scratch};

/// A URL with a segment of dots, which the library refuses to sign; signed with Python's hmac.
const DOTS: &str = "/ZWd9g1K7eljCn_KDTu_MWA/%2e%2e/thumb\
                    ?sig=849ad0a457eef502315a088984f30d8a0f495d3617daf27b431736732b16c11c";

const KEYS: &str = include_str!("../../../tests/cases/keys.json");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn example(name: &str, others: &[&str]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).with_extension("c");
    compile_file(&source, Link::Shared, others)
}

/// Whether a program that includes this header can be compiled here.
fn has(header: &str) -> bool {
    let path = scratch("examples").join("has.c");
    fs::write(&path, format!("#include <{header}>\n")).unwrap();
    compiler().arg("-fsyntax-only").arg(path).output().unwrap().status.success()
}

#[test]
fn thumbnail_shrinks_a_file_or_reports_why_not() {
    let thumbnail = example("thumbnail", &[]);
    let (rocket, out) = (root().join("tests/images/rocket.jpg"), scratch("examples").join("thumbnail.webp"));
    let run = |source: &Path, side: &str| {
        command(&thumbnail).arg(source).arg(&out).args([side, side]).output().unwrap()
    };
    let output = run(&rocket, "100");
    assert!(output.status.success(), "{output:?}");
    let info = probe(&fs::read(&out).unwrap(), &Limits::default()).unwrap();
    assert_eq!((info.format, info.width, info.height), (Format::WebP, 100, 67));
    for (source, side, says) in [
        (&rocket, "0", "width and height are both missing"),
        (&root().join("Cargo.toml"), "9", "not an image"),
        (&root().join("nowhere.jpg"), "9", "No such file"),
    ] {
        let output = run(source, side);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(says), "{said}");
    }
}

/// The server, stopped when dropped.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(program: &Path) -> Self {
        let root = root();
        let mut child = command(program)
            .arg(root.join("tests/images"))
            .args([root.join("tests/cases/keys.json"), root.join("tests/cases/variants.json")])
            .arg("0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, address: line.trim().strip_prefix("http://").unwrap().to_owned() }
    }

    /// The status, the head and the body.
    fn get(&self, url: &str) -> (u16, String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        (head[9..12].parse().unwrap(), head, bytes[end + 4..].to_vec())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It ends when its standard input does.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[test]
fn serve_delivers_signed_variants_and_refuses_the_rest() {
    if !has("microhttpd.h") {
        // Written directly: the output of `eprintln!` is captured in a passing test.
        let mut stderr = std::io::stderr();
        writeln!(stderr, "SKIPPED serve.c: there is no libmicrohttpd (Debian: libmicrohttpd-dev)").unwrap();
        return;
    }
    let served = Served::start(&example("serve", &["-lmicrohttpd"]));
    let keys = Keyring::from_json(KEYS).unwrap();
    let sign = |url: &str, expires_at: Option<u64>| {
        let options = SignOptions::new();
        keys.sign("default", url, &expires_at.map_or(options, |at| options.expires_at(at))).unwrap()
    };
    let rocket = "/ZWd9g1K7eljCn_KDTu_MWA/rocket.jpg/thumb";

    let (status, head, body) = served.get(&sign(rocket, None));
    assert_eq!(status, 200, "{head}");
    assert!(head.contains("Content-Type: image/jpeg"), "{head}");
    let info = probe(&body, &Limits::default()).unwrap();
    assert_eq!((info.width, info.height), (160, 160));
    let (status, head, again) = served.get(&sign(rocket, Some(4_102_444_800)));
    assert!(status == 200 && head.contains("Cache-Control: private, max-age="), "{head}");
    assert_eq!(again, body, "the same bytes");

    for (url, expected, code) in [
        (rocket.to_owned(), 403, "\"code\":9425"),
        (sign(rocket, Some(1)), 403, "expired at 1"),
        (sign(rocket, None).replace("rocket", "chelsea"), 403, "\"code\":9425"),
        (sign("/ZWd9g1K7eljCn_KDTu_MWA/rocket.jpg/nope", None), 404, "\"code\":5401"),
        (sign("/ZWd9g1K7eljCn_KDTu_MWA/nobody.jpg/thumb", None), 404, ""),
        (sign("/ZWd9g1K7eljCn_KDTu_MWA/CREDITS.md/thumb", None), 400, "extension"),
        (DOTS.to_owned(), 400, "\"success\":false"),
        ("/".to_owned(), 400, "\"success\":false"),
    ] {
        let (status, head, body) = served.get(&url);
        let body = String::from_utf8(body).unwrap();
        assert!(status == expected && body.contains(code), "{url}: {head}\n{body}");
    }
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..5).for_each(|_| assert_eq!(served.get(&sign(rocket, None)).0, 200)));
        }
    });
}

#[test]
fn the_program_in_the_guide_does_what_it_shows() {
    let guide = fs::read_to_string(root().join("src/docs/c.md")).unwrap();
    let source = guide.split("```c\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let path = scratch("examples").join("guide.c");
    fs::write(&path, source).unwrap();
    let program = compile_file(&path, Link::Archive, &[]);
    let upload = fs::File::open(root().join("tests/images/rocket.jpg")).unwrap();
    let output = command(&program).stdin(upload).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(" bytes at /ZWd9g1K7eljCn_KDTu_MWA/cat/hero?exp=1767312000&sig="), "{said}");
}
