//! Signed URLs: the cases of `tests/cases/sign.toml`, and properties that hold for any URL.

use cretula::records::KeyName;
use cretula::sign::{Keyring, SignOptions, SignatureEncoding, SigningKey};
use cretula::{ErrorKind, Stage};
use proptest::prelude::*;

fn ring(keys: &[(&str, &str)]) -> Keyring {
    let mut ring = Keyring::with_capacity(keys.len());
    for (name, value) in keys {
        let name = KeyName::new(*name).unwrap();
        assert!(!ring.insert(SigningKey::new(name, *value).unwrap()).unwrap());
    }
    ring
}

#[cfg(feature = "serde")]
mod cases {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Cases {
        keys: BTreeMap<String, String>,
        sign: Vec<SignCase>,
        verify: Vec<VerifyCase>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct SignCase {
        name: String,
        url: String,
        key: Option<String>,
        expires_at: Option<String>,
        encoding: Option<String>,
        expect: Option<String>,
        error_contains: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct VerifyCase {
        name: String,
        url: String,
        now: String,
        keys: Option<Vec<String>>,
        key: Option<String>,
        expires: Option<String>,
        error_kind: Option<String>,
    }

    fn cases() -> Cases {
        let cases: Cases = toml::from_str(include_str!("../cases/sign.toml")).unwrap();
        assert!(cases.sign.len() >= 50 && cases.verify.len() >= 80);
        cases
    }

    fn number(text: &str) -> u64 {
        text.parse().unwrap()
    }

    #[test]
    fn sign_cases() {
        let cases = cases();
        let keys: Vec<_> = cases.keys.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let ring = ring(&keys);
        for case in cases.sign {
            let mut options = SignOptions::new();
            if let Some(seconds) = &case.expires_at {
                options = options.expires_at(number(seconds));
            }
            if let Some(encoding) = &case.encoding {
                options = options.encoding(encoding.parse().unwrap());
            }
            let key = case.key.as_deref().unwrap_or("one");
            match ring.sign(key, &case.url, &options) {
                Ok(signed) => {
                    assert_eq!(Some(&signed), case.expect.as_ref(), "{}", case.name);
                    let verified = ring.verify(&signed, 0).unwrap();
                    assert_eq!(verified.key.as_str(), key, "{}", case.name);
                }
                Err(error) => {
                    let error_contains =
                        case.error_contains.unwrap_or_else(|| panic!("{}: {error}", case.name));
                    assert!(error.to_string().contains(&error_contains), "{}: {error}", case.name);
                    assert!([400, 404].contains(&error.http_status()), "{}", case.name);
                }
            }
        }
    }

    #[test]
    fn verify_cases() {
        let cases = cases();
        for case in cases.verify {
            let names = case.keys.unwrap_or_else(|| cases.keys.keys().cloned().collect());
            let keys: Vec<_> = names.iter().map(|n| (n.as_str(), cases.keys[n].as_str())).collect();
            let ring = ring(&keys);
            match ring.verify(&case.url, number(&case.now)) {
                Ok(verified) => {
                    assert_eq!(Some(verified.key.as_str()), case.key.as_deref(), "{}", case.name);
                    assert_eq!(verified.expires, case.expires.as_deref().map(number), "{}", case.name);
                }
                Err(error) => {
                    let error_kind = case.error_kind.unwrap_or_else(|| panic!("{}: {error}", case.name));
                    assert_eq!(error.kind().as_str(), error_kind, "{}: {error}", case.name);
                    let answer = (error.http_status(), error.code(), error.stage());
                    assert_eq!(answer, (403, 9425, Stage::Sign), "{}", case.name);
                }
            }
        }
    }
}

/// Every bit of the path, the query and the signature is covered, except the case of hexadecimal
/// digits.
#[test]
fn any_flipped_bit_is_rejected() {
    let ring = ring(&[("old", "first value"), ("new", "second value")]);
    for encoding in SignatureEncoding::ALL {
        let options = SignOptions::new().expires_at(1_631_289_275).encoding(encoding);
        let signed = ring.sign("new", "/h/a/b%25c/%c3%a9?w=1&x=y", &options).unwrap();
        let signature = signed.rfind('=').unwrap() + 1;
        for at in 0..signed.len() {
            for bit in 0..8 {
                let mut flipped = signed.clone().into_bytes();
                flipped[at] ^= 1 << bit;
                let only_case = encoding == SignatureEncoding::Hex
                    && at >= signature
                    && flipped[at].eq_ignore_ascii_case(&signed.as_bytes()[at]);
                let accepted = ring.verify(&flipped, 0).is_ok();
                assert_eq!(accepted, only_case, "bit {bit} of byte {at} of {signed}");
            }
        }
    }
}

#[test]
fn urls_that_are_not_utf8_are_verified_as_bytes() {
    let ring = ring(&[("k", "Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5=")]);
    // Python: hmac.new(key, b"/h/\xff\xfe/p?\x80=1", "sha256").hexdigest()
    let sig = "b5bdf24d2209152fa42c63de1b0a07545b20cc520ec255f6ff0b9b3f3a90197d";
    let url = [b"/h/\xff\xfe/p?\x80=1&sig=", sig.as_bytes()].concat();
    assert_eq!(ring.verify(&url, 0).unwrap().key.as_str(), "k");
    let lossy = String::from_utf8_lossy(&url).into_owned();
    assert_eq!(ring.verify(lossy, 0).unwrap_err().kind(), ErrorKind::SignatureMismatch);
}

/// A URL that can be signed: a path and a query as RFC 3986 allows, without dot segments. It may
/// have parameters called `sig` or `exp`, see [`has_own_parameters`].
fn any_url() -> impl Strategy<Value = String> {
    let text = "x[!$%'()*+,:;@A-Za-z0-9._~-]{0,11}";
    let parameter = "([!$%'()*+,:;@/?A-Za-z0-9._~-]{0,6}=)?[!$%'()*+,:;@/?=A-Za-z0-9._~-]{0,6}";
    let origin = prop_oneof![
        Just(String::new()),
        "https?://[a-z0-9.:]{1,20}",
        "[a-z][a-z+.-]{0,5}://[^/?#\\x00-\\x1f\\x7f]{1,9}"
    ];
    let query = proptest::option::of(proptest::collection::vec(parameter, 0..5));
    (origin, proptest::collection::vec(text, 1..5), query, any::<bool>()).prop_map(
        |(origin, segments, query, custom)| {
            let prefix = if custom { "/cdn-cgi/imagedelivery" } else { "" };
            let query = query.map(|q| format!("?{}", q.join("&"))).unwrap_or_default();
            format!("{origin}{prefix}/{}{query}", segments.join("/"))
        },
    )
}

fn has_own_parameters(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|p| ["sig", "exp"].contains(&p.split('=').next().unwrap()))
}

proptest! {
    #[test]
    fn signed_urls_verify(
        url in any_url(),
        values in proptest::collection::vec("\\PC{1,40}", 1..5),
        which in any::<prop::sample::Index>(),
        expires in proptest::option::of(any::<u64>()),
        base64url in any::<bool>(),
    ) {
        prop_assume!(!has_own_parameters(&url));
        let names: Vec<String> = (0..values.len()).map(|i| format!("key {i}")).collect();
        let keys: Vec<_> = names.iter().zip(&values).map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let ring = ring(&keys);
        let which = which.index(values.len());
        let encoding = SignatureEncoding::ALL[usize::from(base64url)];
        let mut options = SignOptions::new().encoding(encoding);
        if let Some(seconds) = expires {
            options = options.expires_at(seconds);
        }
        let signed = ring.sign(&names[which], &url, &options).unwrap();
        let verified = ring.verify(&signed, expires.unwrap_or(u64::MAX)).unwrap();
        // If two keys have the same value, the first is reported.
        let first = values.iter().position(|v| *v == values[which]).unwrap();
        prop_assert_eq!(verified.key.as_str(), &names[first]);
        prop_assert_eq!(verified.expires, expires);
        if let Some(after) = expires.and_then(|e| e.checked_add(1)) {
            let late = ring.verify(&signed, after).unwrap_err();
            prop_assert_eq!(late.kind(), ErrorKind::SignatureExpired);
        }
        // A server sees only the path: the signature does not cover scheme and host.
        if !url.starts_with('/') {
            let host = url.find("://").unwrap() + 3;
            let path = host + url[host..].find('/').unwrap();
            prop_assert!(ring.verify(&signed[path..], 0).is_ok());
        }
        let mut changed = signed.clone().into_bytes();
        changed.insert(signed.find('?').unwrap(), b'x');
        prop_assert!(ring.verify(&changed, 0).is_err());
    }

    #[test]
    fn parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80), now: u64) {
        let ring = ring(&[("k", "v")]);
        prop_assert!(ring.verify(&bytes, now).is_err());
        let _ = ring.sign("k", &String::from_utf8_lossy(&bytes), &SignOptions::new());
    }

    #[test]
    fn parsing_queries_never_panics(query in "([&=?#/]|sig|exp|%73|[0-9a-f]{2}|[A-Za-z0-9_-]{43}){0,12}", now: u64) {
        let ring = ring(&[("k", "v")]);
        let url = format!("/h/i/v?{query}");
        prop_assert!(ring.verify(&url, now).is_err());
        if let Ok(signed) = ring.sign("k", &url, &SignOptions::new()) {
            prop_assert!(ring.verify(signed, 0).is_ok());
        }
    }
}
