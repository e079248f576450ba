//! Keys and the keyring: rotation, the reference's JSON, and that no text reveals a key value.

use cretula::records::KeyName;
use cretula::sign::{Access, Keyring, Requirement, SignOptions, SigningKey, Verified};
use cretula::{ErrorKind, Fit, Variant, VariantOptions};

/// A value that occurs nowhere else in this crate or in its messages.
const SECRET: &str = "Zq9-VERY-\"secret\"\\-vàlue-\u{1f512}=";

fn key(name: &str, value: &str) -> SigningKey {
    SigningKey::new(KeyName::new(name).unwrap(), value).unwrap()
}

fn names(ring: &Keyring) -> Vec<&str> {
    ring.names().map(KeyName::as_str).collect()
}

#[test]
fn put_replaces_by_name_and_rejects_a_full_keyring() {
    let mut ring = Keyring::new();
    assert!(ring.is_empty());
    assert_eq!(ring.capacity(), 2);
    assert_eq!(ring.sign("default", "/a", &SignOptions::new()).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!ring.insert(key("a", "1")).unwrap());
    let before = ring.sign("a", "/p", &SignOptions::new()).unwrap();
    assert!(!ring.insert(key("b", "2")).unwrap());
    assert!(ring.insert(key("a", "3")).unwrap(), "the same name is replaced");
    assert_eq!(names(&ring), ["a", "b"]);
    assert_eq!(ring.verify(&before, 0).unwrap_err().kind(), ErrorKind::SignatureMismatch);

    let full = ring.insert(key("c", "4")).unwrap_err();
    assert_eq!((full.kind(), full.http_status(), full.code()), (ErrorKind::LimitExceeded, 413, 5413));
    assert!(full.to_string().contains("2 signing keys"), "{full}");
    assert_eq!(names(&ring), ["a", "b"]);

    let mut larger = Keyring::with_capacity(3);
    for name in ["a", "b", "c"] {
        larger.insert(key(name, name)).unwrap();
    }
    assert!(larger.insert(key("d", "d")).is_err());
}

#[test]
fn removing_the_last_key_generates_a_new_default() {
    let mut ring = Keyring::new();
    ring.insert(key("a", "1")).unwrap();
    ring.insert(key("b", "2")).unwrap();
    let unknown = ring.remove("c").unwrap_err();
    assert_eq!((unknown.kind(), unknown.http_status(), unknown.code()), (ErrorKind::NotFound, 404, 5404));
    assert!(!ring.remove("a").unwrap());
    assert_eq!(names(&ring), ["b"]);
    let old = ring.sign("b", "/p", &SignOptions::new()).unwrap();
    assert!(ring.remove("b").unwrap());
    assert_eq!(names(&ring), ["default"]);
    assert!(ring.verify(old, 0).is_err());
    let signed = ring.sign("default", "/p", &SignOptions::new()).unwrap();
    assert!(ring.remove("default").unwrap(), "the default itself is replaced too");
    assert_eq!(names(&ring), ["default"]);
    assert!(ring.verify(signed, 0).is_err());
}

#[test]
fn a_value_has_1_to_1024_bytes() {
    let new = |value: String| SigningKey::new(KeyName::default(), value);
    for length in [1, 64, 65, SigningKey::MAX_VALUE_BYTES] {
        assert!(new("x".repeat(length)).is_ok());
    }
    for (value, length) in [(String::new(), 0), ("x".repeat(1025), 1025), ("\u{1f512}".repeat(257), 1028)] {
        let Err(error) = new(value) else { panic!("{length} bytes") };
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(&format!("1 to 1024 bytes, got {length}")), "{error}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn json_has_the_shape_of_the_reference_and_round_trips() {
    // The example in the hosted service's API description of `images_image_keys`.
    let text = r#"{"keys":[{"name":"default","value":"Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5="}]}"#;
    let ring = Keyring::from_json(text).unwrap();
    assert_eq!(ring.to_json().unwrap().expose_secret(), text);
    assert_eq!(serde_json::to_string(&ring.exposed()).unwrap(), text);

    let mut ring = Keyring::new();
    assert_eq!(ring.to_json().unwrap().expose_secret(), r#"{"keys":[]}"#);
    ring.insert(key("\"quoted\"", SECRET)).unwrap();
    ring.insert(SigningKey::generate(KeyName::default()).unwrap()).unwrap();
    let written = ring.to_json().unwrap();
    let value: serde_json::Value = serde_json::from_str(written.expose_secret()).unwrap();
    assert_eq!(value["keys"][0]["value"], SECRET);
    let generated = value["keys"][1]["value"].as_str().unwrap();
    assert_eq!(generated.len(), 32, "24 bytes as base64");
    let again = Keyring::from_json(written.expose_secret()).unwrap();
    let signed = ring.sign("\"quoted\"", "/p", &SignOptions::new()).unwrap();
    assert_eq!(again.verify(signed, 0).unwrap().key.as_str(), "\"quoted\"");

    let extra = r#" { "more":1, "keys":[ {"value":"v","name":"n","x":[]} ] } "#;
    assert_eq!(names(&Keyring::from_json(extra).unwrap()), ["n"]);
}

#[cfg(feature = "serde")]
#[test]
fn invalid_key_lists_are_rejected_without_revealing_a_value() {
    let s = serde_json::to_string(SECRET).unwrap();
    let list = |inside: &str| format!(r#"{{"keys":[{inside}]}}"#);
    for (text, says) in [
        (s.clone(), "with strings"),
        (format!("{{\"keys\":{s}}}"), "with strings"),
        (list(&s), "with strings"),
        (list(&format!(r#"{{"name":{s}}}"#)), "with strings"),
        (list(&format!(r#"{{"name":1,"value":{s}}}"#)), "with strings"),
        (list(&format!(r#"{{"name":"n","value":[{s}]}}"#)), "with strings"),
        (list(&format!(r#"{{"name":"n","value":{s},"value":{s}}}"#)), "with strings"),
        (list(&format!(r#"{{"name":"n","value":{s}}}"#)).replace("]}", "]"), "ends too early"),
        (list(&format!(r#"{{"name":"n","value":{s}x}}"#)), "not JSON"),
        (list(&format!(r#"{{"name":"n","value":{s}}}"#)) + &s, "not JSON"),
        (String::new(), "ends too early"),
        (list(&format!(r#"{{"name":"","value":{s}}}"#)), "key name must be 1 to 20 characters, got 0"),
        (list(&format!(r#"{{"name":"n","value":{s}}},{{"name":"n","value":{s}}}"#)), "given twice"),
        (list(r#"{"name":"n","value":""}"#), "1 to 1024 bytes, got 0"),
        (
            list(&["a", "b", "c"].map(|n| format!(r#"{{"name":"{n}","value":{s}}}"#)).join(",")),
            "there are 2 signing keys already",
        ),
    ] {
        let Err(error) = Keyring::from_json(&text) else { panic!("{says}: accepted") };
        assert!(error.to_string().contains(says), "{says}: {error}");
        hides(&error.to_string());
        hides(&format!("{error:?}"));
    }
}

/// Asserts that no eight consecutive characters of the secret occur in `text`.
#[track_caller]
fn hides(text: &str) {
    let secret: Vec<char> = SECRET.chars().collect();
    for piece in secret.windows(8) {
        let piece: String = piece.iter().collect();
        assert!(!text.contains(&piece), "{text}");
        assert!(!text.contains(&piece.escape_debug().to_string()), "{text}");
    }
}

/// `SigningKey`, `SecretText` and `ExposedKeys` implement neither `Debug` nor `Display`: their
/// documentation has examples that must not compile. This test searches the text of every other
/// type that has handled a key.
#[test]
fn printed_text_never_contains_a_key() {
    let mut ring = Keyring::new();
    ring.insert(key("k", SECRET)).unwrap();
    assert_eq!(format!("{ring:?}"), r#"Keyring { names: ["k"], capacity: 2 }"#);
    let options = SignOptions::new().expires_at(9);
    let signed = ring.sign("k", "/h/i/v", &options).unwrap();
    let good = &signed[signed.rfind('=').unwrap() + 1..];

    let verified = ring.verify(&signed, 9).unwrap();
    hides(&format!("{verified:?} {options:?} {:?}", ring.names().collect::<Vec<_>>()));
    let variant = Variant::new("v".parse().unwrap(), VariantOptions::new(Fit::Crop, 1, 1));
    for (url, now) in [
        (signed.replace(good, &"0".repeat(64)), 0),
        (signed.replace("/v", "/w"), 0),
        (signed.replace(good, ""), 0),
        (signed.replace("sig", "gis"), 0),
        (signed.clone(), 10),
        (format!("{signed}&sig={good}"), 0),
    ] {
        let error = ring.verify(&url, now).unwrap_err();
        let denied = ring.authorize(&url, now, Requirement::of(true, &variant));
        assert!(!denied.is_allowed() && denied.code() == Some(9425));
        for said in [error.to_string(), format!("{error:?}"), format!("{error:#?}"), format!("{denied:?}")] {
            hides(&said);
            assert!(!said.contains(good), "the expected signature is as secret as the key: {said}");
        }
    }
    for error in [
        ring.sign("x", &signed, &options).unwrap_err(),
        ring.sign("k", &signed, &options).unwrap_err(),
        ring.remove("x").unwrap_err(),
    ] {
        hides(&format!("{error} {error:?}"));
    }
    let mut full = Keyring::with_capacity(1);
    full.insert(key("k", SECRET)).unwrap();
    let error = full.insert(key("l", SECRET)).unwrap_err();
    hides(&format!("{error} {error:?}"));

    // A panic while a key is alive prints only the panic message.
    let said = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let held = key("k", SECRET);
        assert_eq!(held.name().as_str(), "other", "{:?}", ring);
    }));
    let words = said.unwrap_err();
    hides(words.downcast_ref::<String>().unwrap());
}

#[test]
fn access_follows_the_flags_and_then_the_signature() {
    let mut ring = Keyring::new();
    ring.insert(key("k", "v")).unwrap();
    let private = Variant::new("thumb".parse().unwrap(), VariantOptions::new(Fit::Crop, 1, 1));
    let open = private.clone().never_require_signed_urls(true);
    let signed = ring.sign("k", "/h/i/thumb", &SignOptions::new().expires_at(100)).unwrap();

    for url in ["/h/i/thumb", signed.as_str(), "no url at all \u{0}"] {
        assert!(matches!(ring.authorize(url, 0, Requirement::of(false, &private)), Access::Public));
        assert!(matches!(ring.authorize(url, 0, Requirement::of(false, &open)), Access::Public));
        assert!(matches!(ring.authorize(url, 0, Requirement::of(true, &open)), Access::Public));
    }
    match ring.authorize(&signed, 100, Requirement::of(true, &private)) {
        Access::Signed(Verified { key, expires, .. }) => {
            assert_eq!((key.as_str(), expires), ("k", Some(100)))
        }
        other => panic!("{other:?}"),
    }
    for (url, now, kind) in [
        ("/h/i/thumb", 0, ErrorKind::SignatureMissing),
        ("/h/i/thumb?sig=1", 0, ErrorKind::SignatureMalformed),
        (&signed.replace("thumb", "hero"), 0, ErrorKind::SignatureMismatch),
        (&signed, 101, ErrorKind::SignatureExpired),
    ] {
        let access = ring.authorize(url, now, Requirement::of(true, &private));
        assert_eq!((access.is_allowed(), access.http_status(), access.code()), (false, 403, Some(9425)));
        assert_eq!(access.allowed().unwrap_err().kind(), kind);
    }
    let public = ring.authorize("", 0, Requirement::of(false, &private));
    assert_eq!((public.is_allowed(), public.http_status(), public.code()), (true, 200, None));
    public.allowed().unwrap();
}
