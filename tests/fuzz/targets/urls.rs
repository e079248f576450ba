//! Any URL, key and time: a signed URL verifies, with its key and expiry; with a changed byte it
//! does not; unsigned bytes are never accepted; and a delivery URL parses to the parts it was built
//! from.
#![no_main]

use cretula::ErrorKind;
use cretula::records::{DeliveryUrl, RuleSet};
use cretula::sign::{Keyring, SignOptions, SignatureEncoding, SigningKey};
use cretula_fuzz::{Choices, fair};
use libfuzzer_sys::fuzz_target;

fn ring(value: &str) -> Keyring {
    let mut ring = Keyring::new();
    for (name, value) in [("other", "another value"), ("k", value)] {
        ring.insert(SigningKey::new(name.parse().expect("a name"), value).expect("a value")).expect("room");
    }
    ring
}

fuzz_target!(|input: &[u8]| {
    let Some((mut choices, bytes)) = Choices::split(input, 13) else { return };
    let keys = ring("a value that no input knows, for it would have to guess it");
    let now = u64::from(choices.word());
    // Without the keys, no bytes are accepted.
    fair(&keys.verify(bytes, now).expect_err("a forgery"));

    for rules in [RuleSet::Hosted, RuleSet::Reference] {
        match DeliveryUrl::parse(bytes, rules) {
            Ok(url) => {
                let again = DeliveryUrl::parse(url.to_string(), rules).expect("as written");
                assert_eq!(again, url);
            }
            Err(error) => fair(&error),
        }
    }

    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut options = SignOptions::new();
    if choices.byte() % 2 == 0 {
        options = options.expires_at(u64::from(choices.word()));
    }
    options = options.encoding(choices.of(&[SignatureEncoding::Hex, SignatureEncoding::Base64Url]));
    let signed = match keys.sign("k", text, &options) {
        Ok(signed) => signed,
        Err(error) => return fair(&error),
    };
    assert!(signed.starts_with(text.strip_suffix('?').unwrap_or(text)));
    let expires = match keys.verify(&signed, 0) {
        Ok(verified) => {
            assert_eq!(verified.key.as_str(), "k");
            verified.expires
        }
        Err(error) => panic!("{signed:?}: {error}"),
    };
    match (keys.verify(&signed, now), expires.is_some_and(|last| now > last)) {
        (Ok(_), false) => {}
        (Err(error), true) => assert_eq!(error.kind(), ErrorKind::SignatureExpired),
        (answer, late) => panic!("{signed:?} at {now}, late: {late}: {answer:?}"),
    }
    fair(&ring("another").verify(&signed, 0).expect_err("another key"));

    // A changed byte after the host: hexadecimal digits may change case; anything else is a
    // different URL.
    let mut changed = signed.clone().into_bytes();
    let at = usize::from(choices.short()) % changed.len();
    let bits = choices.byte();
    changed[at] ^= bits;
    if bits != 0 && !changed.eq_ignore_ascii_case(signed.as_bytes()) {
        let path = |url: &[u8]| {
            let text = String::from_utf8_lossy(url).into_owned();
            text.split_once("://").map_or(text.clone(), |(_, rest)| rest.split_once('/').unwrap_or(("", "")).1.to_owned())
        };
        if let Ok(verified) = keys.verify(&changed, 0) {
            // Only unsigned parts may differ: scheme, host and the prefix of a custom domain.
            let prefix = |path: String| path.trim_start_matches('/').replacen("cdn-cgi/imagedelivery/", "", 1);
            assert_eq!(prefix(path(&changed)), prefix(path(signed.as_bytes())), "{verified:?}");
        }
    }
});
