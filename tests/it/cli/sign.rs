//! `sign`, `verify` and `keygen`.

use super::*;

const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/keys.json");
const PATH: &str = "/cheeW4oKsx5ljh8e8BoL2A/bc27a117-9509-446b-8c69-c81bfeac0a01/mobile";
const SIG: &str = "72411885ee02134d38662f3e70ac8ff694f408e9d14b05125f6b022c3f403efa";
const VALUE: &str = "Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5=";

/// Passes the keys on stdin, so that no file mode matters.
fn with_keys(keys: &str, arguments: &[&str]) -> Output {
    let mut child = cretula(arguments)
        .args(["--keys", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that rejects its arguments does not read the keys.
    let _ = child.stdin.take().unwrap().write_all(keys.as_bytes());
    child.wait_with_output().unwrap()
}

fn with_the_key(arguments: &[&str]) -> Output {
    with_keys(&fs::read_to_string(KEYS).unwrap(), arguments)
}

#[test]
fn sign_gives_the_signatures_of_the_contract() {
    let url = format!("https://imagedelivery.net{PATH}");
    let output = with_the_key(&["sign", &url, "--expires-at", "1631289275"]);
    assert_exit(&output, 0);
    assert_eq!(stdout(&output), format!("{url}?exp=1631289275&sig={SIG}\n"));
    assert_eq!(stderr(&output), "");

    let output = with_the_key(&["sign", PATH, "--expires-at", "1631289275", "--encoding", "base64url"]);
    assert_exit(&output, 0);
    let signed = stdout(&output).trim().to_owned();
    assert_eq!(signed.len(), PATH.len() + "?exp=1631289275&sig=".len() + 43);
    let output = with_the_key(&["verify", &signed, "--now", "1631289275"]);
    assert_exit(&output, 0);
    assert_eq!(stdout(&output), "{\"key\":\"default\",\"expires\":1631289275}\n");
}

#[test]
fn a_ttl_counts_from_now() {
    let output = with_the_key(&["sign", PATH, "--ttl", "3600"]);
    assert_exit(&output, 0);
    let signed = stdout(&output).trim().to_owned();
    let expires: u64 = signed.split(['=', '&']).nth(1).unwrap().parse().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert!((now + 3500..=now + 3600).contains(&expires));
    assert_exit(&with_the_key(&["verify", &signed]), 0);
    let late = (expires + 1).to_string();
    assert_exit(&with_the_key(&["verify", &signed, "--now", &late]), 3);

    let output = with_the_key(&["sign", PATH, "--ttl", "18446744073709551615"]);
    assert_exit(&output, 2);
    let output = with_the_key(&["sign", PATH, "--ttl", "1", "--expires-at", "2"]);
    assert_exit(&output, 2);
}

#[test]
fn a_rejected_signature_exits_with_3() {
    let good = format!("{PATH}?exp=1631289275&sig={SIG}");
    for (url, now, kind) in [
        (PATH.to_owned(), "0", "signature-missing"),
        (format!("{good}0"), "0", "signature-malformed"),
        (good.replace("mobile", "public"), "0", "signature-mismatch"),
        (good.clone(), "1631289276", "signature-expired"),
    ] {
        let output = with_the_key(&["verify", &url, "--now", now, "--json"]);
        assert_exit(&output, 3);
        let error = error_of(&output);
        assert_eq!(
            (&error["kind"], &error["httpStatus"], &error["code"]),
            (&json!(kind), &json!(403), &json!(9425))
        );
        assert_eq!(stdout(&output), "");
        let output = with_the_key(&["verify", &url, "--now", now]);
        assert_exit(&output, 3);
        assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    }
}

#[test]
fn a_generated_key_signs() {
    let output = run(Path::new("."), "keygen --name mine");
    assert_exit(&output, 0);
    let keys = stdout(&output).to_owned();
    let list: Value = serde_json::from_str(&keys).unwrap();
    assert_eq!(list["keys"].as_array().unwrap().len(), 1);
    assert_eq!(list["keys"][0]["name"], "mine");
    assert_eq!(list["keys"][0]["value"].as_str().unwrap().len(), 32);
    let other = run(Path::new("."), "keygen");
    assert!(stdout(&other).starts_with(r#"{"keys":[{"name":"default","value":""#));
    assert_ne!(stdout(&other), keys);

    let signed = with_keys(&keys, &["sign", PATH, "--key-name", "mine"]);
    assert_exit(&signed, 0);
    assert_exit(&with_keys(&keys, &["verify", stdout(&signed).trim()]), 0);
    assert_exit(&with_the_key(&["verify", stdout(&signed).trim()]), 3);
    assert_exit(&run(Path::new("."), "keygen --name 123456789012345678901"), 2);
}

#[test]
fn invalid_keys_and_urls_exit_with_2_and_reveal_no_key() {
    for (keys, arguments, says) in [
        (
            format!(r#"{{"keys":"{VALUE}"}}"#),
            &["sign", PATH][..],
            "invalid JSON for a list of keys at line 1",
        ),
        (VALUE.to_owned(), &["verify", PATH], "it is not JSON"),
        (
            format!(r#"{{"keys":[{{"name":"a","value":"{VALUE}"}}]}}"#),
            &["sign", PATH],
            "no signing key \"default\"",
        ),
        (
            format!(r#"{{"keys":[{{"name":"default","value":"{VALUE}"}}]}}"#),
            &["sign", "a/b"],
            "cannot sign this URL",
        ),
        (
            format!(r#"{{"keys":[{{"name":"default","value":"{VALUE}"}}]}}"#),
            &["sign", "/a?sig=1"],
            "it has a sig already",
        ),
        (String::new(), &["sign", PATH, "--encoding", "base32"], "hex, base64url"),
        (String::new(), &["sign", PATH, "--key-name", ""], "1 to 20 characters"),
        (String::new(), &["verify", PATH, "--now", "-1"], "--now"),
    ] {
        let output = with_keys(&keys, arguments);
        assert_exit(&output, 2);
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
        assert!(!stderr(&output).contains(&VALUE[..8]), "{}", stderr(&output));
    }
    assert_exit(&run(Path::new("."), &format!("sign {PATH} --keys /nowhere/keys.json")), 2);
    assert_exit(&run(Path::new("."), &format!("sign {PATH}")), 2);
}

#[test]
fn a_keyring_holds_two_keys_by_default() {
    let keys = r#"{"keys":[{"name":"a","value":"1"},{"name":"b","value":"2"},{"name":"c","value":"3"}]}"#;
    let output = with_keys(keys, &["sign", PATH, "--key-name", "c"]);
    assert_exit(&output, 5);
    assert!(stderr(&output).contains("there are 2 signing keys already"), "{}", stderr(&output));
    assert_exit(&with_keys(keys, &["sign", PATH, "--key-name", "c", "--max-keys", "3"]), 0);
}

#[cfg(unix)]
#[test]
fn a_key_file_readable_by_others_gives_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = folder("keys");
    let file = folder.join("keys.json");
    fs::copy(KEYS, &file).unwrap();
    for (mode, warned) in [(0o600, false), (0o640, true), (0o604, true), (0o400, false)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let output = run(&folder, &format!("sign {PATH} --keys keys.json"));
        assert_exit(&output, 0);
        assert_eq!(stderr(&output).contains("warning: keys.json"), warned, "{mode:o}: {}", stderr(&output));
        let output = run(&folder, &format!("verify {} --keys keys.json --json", stdout(&output).trim()));
        assert_exit(&output, 0);
        if warned {
            let line: Value = serde_json::from_str(stderr(&output)).unwrap();
            assert!(line["warning"]["message"].as_str().unwrap().contains("chmod 600"));
        }
    }
}
