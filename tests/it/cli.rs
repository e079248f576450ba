//! The command line, tested through its arguments, streams, files and exit codes.
//!
//! In: the binary that cargo built. Must not call the library to check results.

mod gallery_options;
mod records;
mod sign;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

const ROCKET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images/rocket.jpg");
const VARIANTS: &str = r#"{"variants":{
    "hero":{"id":"hero","options":{"fit":"cover","width":64,"height":48,"metadata":"none"}},
    "..\\up.2":{"id":"..\\up.2","options":{"fit":"pad","width":32.0,"height":32,"metadata":"none"}}}}"#;

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn cretula<I: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cretula"));
    command.args(arguments);
    command
}

/// Runs it in `folder`, with words split at spaces.
fn run(folder: &Path, line: &str) -> Output {
    cretula(line.split_whitespace()).current_dir(folder).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
fn assert_exit(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stdout: {}\nstderr: {}", stdout(output), stderr(output));
}

/// The one JSON error on stderr.
#[track_caller]
fn error_of(output: &Output) -> Value {
    assert_eq!(stderr(output).lines().count(), 1, "{}", stderr(output));
    let line: Value = serde_json::from_str(stderr(output)).unwrap();
    assert_eq!(line.as_object().unwrap().len(), 1);
    let error = line["error"].clone();
    let mut keys: Vec<&str> = error.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["code", "httpStatus", "kind", "message"]);
    error
}

fn size_of(path: &Path) -> (u32, u32) {
    let output = cretula(["inspect", "--json"]).arg(path).output().unwrap();
    assert_exit(&output, 0);
    let info: Value = serde_json::from_slice(&output.stdout).unwrap();
    let side = |name| u32::try_from(info[name].as_u64().unwrap()).unwrap();
    (side("width"), side("height"))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

fn small_png(path: &Path) {
    let picture = image::RgbaImage::from_fn(40, 30, |x, y| {
        let ramp = |n: u32| u8::try_from(n * 6 % 256).unwrap();
        image::Rgba([ramp(x), ramp(y), 80, if x < 20 { 255 } else { 90 }])
    });
    picture.save_with_format(path, image::ImageFormat::Png).unwrap();
}

#[test]
fn render_writes_the_format_of_the_file_extension() {
    let dir = folder("render_file");
    fs::copy(ROCKET, dir.join("r.jpg")).unwrap();
    for (name, format) in [("a.webp", "webp"), ("a.png", "png"), ("a.JPEG", "jpeg"), ("a.gif", "gif")] {
        let line =
            format!("render r.jpg -o {name} --fit cover --width 50 --height 40 --metadata keep --json");
        let output = run(&dir, &line);
        assert_exit(&output, 0);
        assert_eq!(stderr(&output), "");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let bytes = fs::metadata(dir.join(name)).unwrap().len();
        let wanted =
            json!({"format": format, "width": 50, "height": 40, "frames": 1, "bytes": bytes, "warnings": []});
        assert_eq!(report, wanted);
        assert_eq!(size_of(&dir.join(name)), (50, 40));
    }
    assert_eq!(names(&dir), ["a.JPEG", "a.gif", "a.png", "a.webp", "r.jpg"]);

    let output = run(&dir, "render r.jpg -o odd.bin --format png --fit pad --width 20 --height 20");
    assert_exit(&output, 0);
    assert!(fs::read(dir.join("odd.bin")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn render_accepts_variants_as_json_and_from_a_file() {
    let dir = folder("render_variant");
    fs::copy(ROCKET, dir.join("r.jpg")).unwrap();
    let options = r#"{"fit":"pad","width":30,"height":20.0,"metadata":"none","new":1}"#;
    fs::write(dir.join("whole.json"), format!(r#"{{"id":"hero","options":{options}}}"#)).unwrap();
    for variant in [options, "@whole.json"] {
        let arguments = ["render", "r.jpg", "-o", "out.png", "--variant", variant];
        let output = cretula(arguments).current_dir(&dir).output().unwrap();
        assert_exit(&output, 0);
        assert_eq!(size_of(&dir.join("out.png")), (30, 20));
        fs::remove_file(dir.join("out.png")).unwrap();
    }
}

#[test]
fn render_reads_stdin_and_writes_stdout() {
    let dir = folder("render_reads_stdin_and_writes_stdout");
    let mut child = cretula("render - -o - --fit scale-down --width 99 --height 99 --json".split(' '))
        .current_dir(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(ROCKET).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_exit(&output, 0);
    assert!(output.stdout.starts_with(b"\xff\xd8"), "the format of the source");
    let report: Value = serde_json::from_str(stderr(&output)).unwrap();
    assert_eq!((&report["width"], &report["bytes"]), (&json!(99), &json!(output.stdout.len())));
}

#[test]
fn background_and_quality_are_applied() {
    let dir = folder("render_output_options");
    let line = |extra: &str| format!("render {ROCKET} -o o.png --fit pad --width 60 --height 60 {extra}");
    assert_exit(&run(&dir, &line("--background #ff0000")), 0);
    let picture = image::open(dir.join("o.png")).unwrap().to_rgba8();
    assert_eq!(picture.get_pixel(0, 0).0, [255, 0, 0, 255]);

    let size = |quality: &str| {
        let line =
            format!("render {ROCKET} -o q.jpg --fit contain --width 200 --height 200 --quality {quality}");
        assert_exit(&run(&dir, &line), 0);
        fs::metadata(dir.join("q.jpg")).unwrap().len()
    };
    assert!(size("20") < size("85"));
}

#[test]
fn inspect_reports_the_properties_of_an_image() {
    let dir = folder("inspect");
    small_png(&dir.join("s.png"));
    let output = run(&dir, "inspect s.png --json");
    assert_exit(&output, 0);
    let wanted = json!({"format": "png", "width": 40, "height": 30, "orientation": 1, "frames": 1,
        "loopCount": 1, "durationMs": 0, "bitDepth": 8,
        "hasAlpha": true, "hasProfile": false, "hasExif": false});
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), wanted);

    let output = run(&dir, "inspect s.png");
    assert_exit(&output, 0);
    assert!(stdout(&output).contains("40x30"), "{}", stdout(&output));
}

#[test]
fn place_needs_no_image() {
    let dir = folder("place");
    let output = run(&dir, "place --source 1080x720 --fit cover --width 500 --height 500 --json");
    assert_exit(&output, 0);
    let wanted = json!({"crop": {"x": 180.0, "y": 0.0, "width": 720.0, "height": 720.0},
        "resize": {"width": 500, "height": 500}, "canvas": {"width": 500, "height": 500}, "offset": {"x": 0, "y": 0}});
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), wanted);
    let output = run(&dir, "place --source 1080x720 --fit cover --width 500 --height 500");
    assert_eq!(stdout(&output), "1080x720 [720x720+180+0] -> 500x500+0+0 on 500x500\n");
}

#[test]
fn every_error_has_its_exit_code_and_leaves_no_output() {
    let dir = folder("refusals");
    let rocket = fs::read(ROCKET).unwrap();
    fs::write(dir.join("r.jpg"), &rocket).unwrap();
    fs::write(dir.join("cut.jpg"), rocket.get(..rocket.len() / 2).unwrap()).unwrap();
    fs::write(dir.join("text.jpg"), "this is no image").unwrap();
    fs::write(dir.join("bad.json"), "{\"fit\":\"cover\"").unwrap();
    fs::create_dir(dir.join("folder")).unwrap();
    let before = names(&dir);

    let variant = "--fit cover --width 50 --height 50";
    for (line, exit, kind, status) in [
        // Usage and arguments.
        (format!("render r.jpg -o out.tiff {variant}"), 2, "usage", 400),
        (format!("render r.jpg -o out {variant}"), 2, "usage", 400),
        ("render r.jpg -o out.png --fit cover".to_owned(), 2, "usage", 400),
        ("render r.jpg -o out.png --width 50".to_owned(), 2, "usage", 400),
        ("render r.jpg -o out.png --fit fill --width 50 --height 50".to_owned(), 2, "usage", 400),
        (format!("render r.jpg -o out.png {variant} --variant {{}}"), 2, "usage", 400),
        (format!("render r.jpg -o out.png {variant} --quality 0"), 2, "usage", 400),
        (format!("render r.jpg -o out.png {variant} --background redd"), 2, "usage", 400),
        (format!("render r.jpg -o out.png {variant} --format bmp"), 2, "usage", 400),
        ("render r.jpg".to_owned(), 2, "usage", 400),
        ("shrink r.jpg".to_owned(), 2, "usage", 400),
        ("place --source 1080 --fit pad --width 1 --height 1".to_owned(), 2, "usage", 400),
        ("place --source 0x7 --fit pad --width 1 --height 1".to_owned(), 2, "invalid-argument", 400),
        ("place --source 7x7 --fit pad --width 12001 --height 1".to_owned(), 2, "invalid-argument", 400),
        ("render r.jpg -o out.png --fit cover --width 0 --height 50".to_owned(), 2, "invalid-argument", 400),
        ("render r.jpg -o out.png --variant @bad.json".to_owned(), 2, "invalid-argument", 400),
        ("render r.jpg -o out.png --variant @none.json".to_owned(), 2, "io", 400),
        (format!("render r.jpg -o out.avif {variant}"), 2, "unsupported-format", 415),
        // Files.
        (format!("render none.jpg -o out.png {variant}"), 2, "io", 400),
        (format!("render r.jpg -o nowhere/out.png {variant}"), 2, "io", 400),
        (format!("render folder -o out.png {variant}"), 1, "io", 500),
        (format!("render r.jpg -o r.jpg/out.png {variant}"), 1, "io", 500),
        (format!("render r.jpg -o folder {variant} --format png"), 1, "io", 500),
        // Images.
        (format!("render text.jpg -o out.png {variant}"), 4, "unsupported-format", 415),
        ("inspect text.jpg".to_owned(), 4, "unsupported-format", 415),
        (format!("render cut.jpg -o out.png {variant}"), 4, "malformed-image", 422),
        ("gallery text.jpg -o out".to_owned(), 4, "unsupported-format", 415),
        // Limits.
        (format!("render r.jpg -o out.png {variant} --max-pixels 1000"), 5, "limit-exceeded", 413),
        (format!("render r.jpg -o out.png {variant} --max-memory 1000"), 5, "limit-exceeded", 413),
        (format!("render r.jpg -o out.png {variant} --max-input 1000"), 5, "limit-exceeded", 413),
        (format!("render r.jpg -o out.png {variant} --deadline-ms 0"), 5, "deadline-exceeded", 504),
    ] {
        let plain = run(&dir, &line);
        assert_eq!(plain.status.code(), Some(exit), "{line}: {}", stderr(&plain));
        assert!(stderr(&plain).starts_with("error: "), "{line}: {}", stderr(&plain));

        let output = run(&dir, &format!("{line} --json"));
        assert_eq!(output.status.code(), Some(exit), "{line}: {}", stderr(&output));
        let error = error_of(&output);
        assert_eq!((&error["kind"], &error["httpStatus"]), (&json!(kind), &json!(status)), "{line}: {error}");
        assert_eq!(output.stdout, b"", "{line}");
        assert_eq!(names(&dir), before, "{line}");
    }
    assert_eq!(names(&dir.join("folder")), Vec::<String>::new());

    let limit = run(&dir, &format!("render r.jpg -o out.png {variant} --max-pixels 1000"));
    assert!(stderr(&limit).contains("raise --max-pixels"), "{}", stderr(&limit));
}

#[test]
fn a_failed_render_keeps_the_existing_output() {
    let dir = folder("keeps_output");
    fs::write(dir.join("text.jpg"), "this is no image").unwrap();
    fs::write(dir.join("out.png"), "precious").unwrap();
    assert_exit(&run(&dir, "render text.jpg -o out.png --fit cover --width 5 --height 5"), 4);
    assert_eq!(fs::read(dir.join("out.png")).unwrap(), b"precious");
}

#[test]
fn help_and_version_exit_with_0() {
    let dir = folder("help");
    for line in ["--help", "--version", "render --help", "help batch", "--help --json"] {
        let output = run(&dir, line);
        assert_exit(&output, 0);
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{line}");
    }
}

#[test]
fn batch_renders_each_output_once_and_skips_finished_ones() {
    let dir = folder("batch");
    fs::create_dir_all(dir.join("in/sub")).unwrap();
    small_png(&dir.join("in/a.png"));
    fs::copy(ROCKET, dir.join("in/a.jpg")).unwrap();
    fs::copy(ROCKET, dir.join("in/sub/b.jpg")).unwrap();
    fs::write(dir.join("in/notes.txt"), "no image, and not named like one").unwrap();
    fs::write(dir.join("in/.hidden.jpg"), "no image").unwrap();
    fs::write(dir.join("v.json"), VARIANTS).unwrap();
    fs::create_dir(dir.join("out")).unwrap();
    // The leftover of a killed run.
    fs::write(dir.join("out/.cretula-1-0.part"), "half").unwrap();

    let output = run(&dir, "batch in -o out --variants v.json --format webp --jobs 2");
    assert_exit(&output, 0);
    assert_eq!((stdout(&output), stderr(&output)), ("", "6 rendered, 0 skipped, 0 failed\n"));
    let wanted = [
        "a.jpg.%2E%2E%5Cup%2E2.webp",
        "a.jpg.hero.webp",
        "a.png.%2E%2E%5Cup%2E2.webp",
        "a.png.hero.webp",
        "sub",
    ];
    assert_eq!(names(&dir.join("out")), wanted);
    assert_eq!(names(&dir.join("out/sub")), ["b.jpg.%2E%2E%5Cup%2E2.webp", "b.jpg.hero.webp"]);
    assert_eq!(size_of(&dir.join("out/a.png.hero.webp")), (64, 48));
    assert_eq!(size_of(&dir.join("out/sub/b.jpg.%2E%2E%5Cup%2E2.webp")), (32, 32));

    let again = run(&dir, "batch in -o out --variants v.json --format webp --json");
    assert_exit(&again, 0);
    let summary: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(summary, json!({"rendered": 0, "skipped": 6, "failed": 0}));
    assert_eq!(stderr(&again), "");

    // Outputs that are missing, empty or older than their image are rendered again.
    fs::remove_file(dir.join("out/a.jpg.hero.webp")).unwrap();
    fs::write(dir.join("out/a.png.hero.webp"), "").unwrap();
    let later = SystemTime::now() + Duration::from_secs(5);
    fs::File::options().append(true).open(dir.join("in/sub/b.jpg")).unwrap().set_modified(later).unwrap();
    let output = run(&dir, "batch in -o out --variants v.json --format webp");
    assert_eq!(stderr(&output), "4 rendered, 2 skipped, 0 failed\n");
    let forced = run(&dir, "batch in -o out --variants v.json --format webp --force");
    assert_eq!(stderr(&forced), "6 rendered, 0 skipped, 0 failed\n");
}

#[test]
fn batch_without_a_format_keeps_the_format_of_each_image() {
    let dir = folder("batch_source");
    fs::create_dir(dir.join("in")).unwrap();
    // A PNG with the extension of a JPEG.
    small_png(&dir.join("in/png.jpg"));
    fs::copy(ROCKET, dir.join("in/r.jpg")).unwrap();
    fs::write(dir.join("v.json"), VARIANTS).unwrap();
    for counts in ["4 rendered, 0 skipped, 0 failed\n", "0 rendered, 4 skipped, 0 failed\n"] {
        let output = run(&dir, "batch in -o out --variants v.json");
        assert_exit(&output, 0);
        assert_eq!(stderr(&output), counts);
    }
    assert!(dir.join("out/png.jpg.hero.png").is_file() && dir.join("out/r.jpg.hero.jpg").is_file());
}

#[test]
fn batch_reports_a_failure_and_continues() {
    let dir = folder("batch_failure");
    fs::create_dir(dir.join("in")).unwrap();
    let rocket = fs::read(ROCKET).unwrap();
    fs::write(dir.join("in/1-cut.jpg"), rocket.get(..9000).unwrap()).unwrap();
    fs::write(dir.join("in/2-good.jpg"), &rocket).unwrap();
    fs::write(dir.join("v.json"), VARIANTS).unwrap();
    let line = "batch none.jpg in in/2-good.jpg -o out --variants v.json --format png";
    let output = run(&dir, line);
    // The first failure is the missing file; the good image, given twice, is rendered once.
    assert_exit(&output, 2);
    let said = stderr(&output);
    assert!(said.contains("none.jpg") && said.contains("1-cut.jpg"), "{said}");
    assert!(said.ends_with("2 rendered, 0 skipped, 4 failed\n"), "{said}");
    assert_eq!(names(&dir.join("out")), ["2-good.jpg.%2E%2E%5Cup%2E2.png", "2-good.jpg.hero.png"]);

    let output = run(&dir, "batch in -o out --variants v.json --format png --json");
    assert_exit(&output, 4);
    assert_eq!(error_of(&output)["kind"], "malformed-image");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary, json!({"rendered": 0, "skipped": 2, "failed": 2}));
}

#[test]
fn batch_rejects_ambiguous_inputs_and_invalid_variants() {
    let dir = folder("batch_refusals");
    for sub in ["one", "two"] {
        fs::create_dir(dir.join(sub)).unwrap();
        fs::copy(ROCKET, dir.join(sub).join("r.jpg")).unwrap();
    }
    fs::write(dir.join("v.json"), VARIANTS).unwrap();
    let clash = run(&dir, "batch one two -o out --variants v.json --json");
    assert_exit(&clash, 2);
    assert_eq!(error_of(&clash)["kind"], "usage");
    let same = run(&dir, "batch one -o one --variants v.json --json");
    assert_exit(&same, 2);
    assert_eq!(error_of(&same)["kind"], "usage");

    let entry = |key: &str, id: &str, width: &str| {
        let options = format!(r#"{{"fit":"pad","width":{width},"height":9,"metadata":"none"}}"#);
        format!(r#""{key}":{{"id":"{id}","options":{options}}}"#)
    };
    let many = |count: usize| -> String {
        (0..count).map(|n| entry(&n.to_string(), &n.to_string(), "1")).collect::<Vec<_>>().join(",")
    };
    for (variants, part) in [
        (entry("a", "b", "9"), "\"b\""),
        (format!("{},{}", entry("a", "a", "9"), entry("a", "a", "8")), "duplicate key"),
        (entry("a", "a", "12001"), "12001"),
        (entry("a", "a", "1.5"), "1.5"),
        (entry("a/b", "a/b", "9"), "must not contain"),
        (many(101), "100 variants"),
        (String::new(), "no variants"),
    ] {
        fs::write(dir.join("bad.json"), format!(r#"{{"variants":{{{variants}}}}}"#)).unwrap();
        let output = run(&dir, "batch one -o out --variants bad.json --json");
        assert_exit(&output, 2);
        let error = error_of(&output);
        assert_eq!(error["kind"], "invalid-argument");
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    }
    assert!(!dir.join("out").exists());
    fs::write(dir.join("most.json"), format!(r#"{{"variants":{{{}}}}}"#, many(100))).unwrap();
    let output = run(&dir, "batch one -o out --variants most.json");
    assert_eq!(stderr(&output), "100 rendered, 0 skipped, 0 failed\n");
}

#[test]
fn a_killed_batch_leaves_no_partial_file_and_the_next_run_completes_it() {
    let dir = folder("batch_killed");
    fs::create_dir(dir.join("in")).unwrap();
    for n in 0..30 {
        fs::copy(ROCKET, dir.join(format!("in/{n:02}.jpg"))).unwrap();
    }
    fs::write(dir.join("v.json"), VARIANTS.replace("64", "1200")).unwrap();
    let line = "batch in -o out --variants v.json --format png --jobs 2";
    let mut child = cretula(line.split(' '))
        .current_dir(&dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() && fs::read_dir(dir.join("out")).map_or(0, Iterator::count) < 4
    {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for name in names(&dir.join("out")).iter().filter(|name| !name.ends_with(".part")) {
        image::open(dir.join("out").join(name)).unwrap();
    }
    let output = run(&dir, line);
    assert_exit(&output, 0);
    let finished = names(&dir.join("out"));
    assert_eq!(finished.len(), 60);
    assert!(finished.iter().all(|name| name.ends_with(".png")), "{finished:?}");
}

#[test]
fn gallery_shows_all_five_fits() {
    let dir = folder("gallery");
    fs::copy(ROCKET, dir.join("r & r.jpg")).unwrap();
    small_png(&dir.join("s.png"));
    let run = |arguments: &[&str]| -> Value {
        let output = cretula(arguments).arg("--json").current_dir(&dir).output().unwrap();
        assert_exit(&output, 0);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let default = run(&["gallery", "r & r.jpg", "-o", "out"]);
    let given = run(&["gallery", "s.png", "-o", "given", "--width", "30", "--height", "90"]);
    for (report, folder, count) in [(default, dir.join("out"), 10), (given, dir.join("given"), 5)] {
        let page = fs::read_to_string(folder.join("index.html")).unwrap();
        let variants = report["variants"].as_array().unwrap();
        assert_eq!(variants.len(), count);
        assert_eq!(names(&folder).len(), count + 2);
        for variant in variants {
            let file = variant["file"].as_str().unwrap();
            let (width, height) = size_of(&folder.join(file));
            assert_eq!((&variant["width"], &variant["height"]), (&json!(width), &json!(height)));
            assert_eq!(variant["bytes"], fs::metadata(folder.join(file)).unwrap().len());
            assert!(page.contains(&format!("src=\"{file}\"")), "{file}");
        }
        let (width, height) = size_of(&folder.join("gallery.png"));
        assert!(width > 1000 && height > 400, "{width}x{height}");
        assert_eq!(page.matches("<img").count(), page.matches(" alt=\"").count());
    }
    let page = fs::read_to_string(dir.join("out/index.html")).unwrap();
    assert!(page.contains("r &amp; r.jpg") && !page.contains("r & r"));
}

#[test]
fn gallery_accepts_images_of_any_shape() {
    let dir = folder("gallery_shapes");
    for (width, height) in [(1, 1), (3, 400), (1500, 2), (7, 5), (1100, 900)] {
        let path = dir.join(format!("{width}x{height}.png"));
        let color = image::Rgba([9, 99, 199, 120]);
        image::RgbaImage::from_pixel(width, height, color).save(&path).unwrap();
        let output = cretula(["gallery", "-o", "out"]).arg(&path).current_dir(&dir).output().unwrap();
        assert_exit(&output, 0);
    }
}
