//! `cretula validate` and `cretula id`, through the command line.

use std::process::{Command, Output};

use serde_json::{Value, json};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cretula")).args(arguments).output().unwrap()
}

/// Exit code, stdout, stderr.
fn said(output: Output) -> (Option<i32>, String, String) {
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), stdout, stderr)
}

#[test]
fn valid_values_exit_with_0() {
    let long = "é".repeat(1024);
    for (field, value, profile) in [
        ("image-id", "cat", "reference"),
        ("image-id", "-cat", "reference"),
        ("image-id", "--cat=1", "reference"),
        ("image-id", "-", "hosted"),
        ("image-id", "pets/cat.png", "hosted"),
        ("variant-id", "hero-2x", "reference"),
        ("key-name", "default", "hosted"),
        ("creator", "", "reference"),
        ("creator", long.as_str(), "hosted"),
        ("filename", "-5", "reference"),
        ("meta", r#"{"a":[1]}"#, "hosted"),
    ] {
        let plain = said(run(&["validate", field, value, "--rules", profile]));
        assert_eq!(plain, (Some(0), "valid\n".to_owned(), String::new()), "{field} {value}");
        let (exit, stdout, stderr) = said(run(&["validate", "--rules", profile, "--json", field, value]));
        assert_eq!((exit, stderr.as_str()), (Some(0), ""), "{field} {value}");
        let wanted = json!({"field": field, "rules": profile, "valid": true});
        assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap(), wanted);
    }
    assert_eq!(said(run(&["validate", "creator", "--", "--json"])).1, "valid\n");
    let json = said(run(&["validate", "image-id", "cat", "--json"])).1;
    assert_eq!(json, "{\"field\":\"image-id\",\"rules\":\"reference\",\"valid\":true}\n");
}

#[test]
fn invalid_values_exit_with_2_and_a_reason() {
    let long = "é".repeat(1025);
    let large = format!(r#"{{"k":"{}"}}"#, "a".repeat(1017));
    for (field, value, profile, code, says) in [
        ("image-id", "", "reference", 5411, "image id must be 1 to 32 characters, got 0"),
        ("image-id", "-a/b", "reference", 5411, "must not contain /"),
        ("image-id", "107b9558-dd06-4bbd-5fef-9c2c16bb7900", "hosted", 5411, "must not look like a UUID"),
        ("variant-id", "hero-2x", "hosted", 5411, "must consist of A-Z, a-z and 0-9"),
        ("key-name", "123456789012345678901", "reference", 5411, "1 to 20 characters, got 21"),
        ("creator", long.as_str(), "reference", 5411, "0 to 1024 characters, got 1025"),
        ("filename", "a\nb", "reference", 5411, "must not contain / or a control character"),
        ("meta", large.as_str(), "reference", 5411, "must be at most 1024 bytes, got 1025"),
        ("meta", "[1]", "hosted", 5400, "expected an object"),
    ] {
        let arguments = ["validate", field, value, "--rules", profile];
        let (exit, stdout, stderr) = said(run(&arguments));
        assert_eq!((exit, stdout.as_str()), (Some(2), ""), "{field} {value}");
        assert!(stderr.starts_with("error: ") && stderr.contains(says), "{stderr}");
        let (exit, stdout, stderr) = said(run(&[&arguments[..], &["--json"]].concat()));
        assert_eq!((exit, stdout.as_str()), (Some(2), ""), "{field} {value}");
        let error = &serde_json::from_str::<Value>(&stderr).unwrap()["error"];
        assert_eq!((&error["kind"], &error["httpStatus"]), (&json!("invalid-argument"), &json!(400)));
        assert_eq!(error["code"], code);
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    for usage in [
        &["validate", "colour", "red"][..],
        &["validate", "creator"],
        &["validate"],
        &["validate", "creator", "a", "b"],
        &["validate", "creator", "me", "--rules", "other"],
        &["id", "--rules", "other"],
        &["id", "more"],
    ] {
        let (exit, stdout, stderr) = said(run(&[usage, &["--json"]].concat()));
        assert_eq!((exit, stdout.as_str()), (Some(2), ""), "{usage:?}");
        assert_eq!(serde_json::from_str::<Value>(&stderr).unwrap()["error"]["kind"], "usage", "{stderr}");
    }
}

#[test]
fn id_prints_a_new_valid_id() {
    for (profile, length) in [("reference", 32), ("hosted", 36)] {
        let [first, second] = [(); 2].map(|()| said(run(&["id", "--rules", profile])));
        assert_ne!(first, second);
        assert_eq!((first.0, first.1.len(), first.2.as_str()), (Some(0), length + 1, ""));
        let (_, json, _) = said(run(&["id", "--json", "--rules", profile]));
        let value: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["id"].as_str().unwrap().len(), length);
        assert_eq!(value.as_object().unwrap().len(), 1);
    }
    assert_eq!(said(run(&["id"])).1.trim_end().len(), 32);
}
