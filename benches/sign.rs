//! Signing and verifying a 200-byte URL, compared with the floor: only the HMAC-SHA256 of the same
//! bytes.
//!
//! `floor/keyed per key` starts from a hashed key, as in a keyring; `floor/fresh key` hashes the
//! key as well, like most callers of an HMAC.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking, and has no callers")]

use std::hint::black_box;

use cretula::Variant;
use cretula::records::{DeliveryUrl, KeyName, RuleSet};
use cretula::sign::{Access, Keyring, Requirement, SignOptions, SignatureEncoding, SigningKey};
use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const VALUES: [&str; 2] = ["Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5=", "/+VD8tolTTCi7tiTM2ueeG92zNJaRgfX"];
const EXPIRES: u64 = 1_631_289_275;

fn ring() -> Keyring {
    let mut ring = Keyring::new();
    for (name, value) in ["old", "new"].into_iter().zip(VALUES) {
        ring.insert(SigningKey::new(name.parse::<KeyName>().unwrap(), value).unwrap()).unwrap();
    }
    ring
}

/// A URL of 200 bytes when signed.
fn unsigned() -> String {
    let url = "https://imagedelivery.net/cheeW4oKsx5ljh8e8BoL2A/bc27a117-9509-446b-8c69-c81bfeac0a01/mobile";
    let filler = "w".repeat(200 - url.len() - "?v=&exp=1631289275&sig=".len() - 64);
    format!("{url}?v={filler}")
}

fn benches(c: &mut Criterion) {
    let ring = ring();
    let url = unsigned();
    let options = SignOptions::new().expires_at(EXPIRES);
    let signed = ring.sign("new", &url, &options).unwrap();
    assert_eq!(signed.len(), 200);
    let short = ring.sign("new", &url, &options.encoding(SignatureEncoding::Base64Url)).unwrap();
    let forged = signed.replace("mobile", "tablet");
    assert_eq!(ring.verify(&signed, 0).unwrap().key.as_str(), "new");
    assert!(ring.verify(&forged, 0).is_err());
    let text = &signed.as_bytes()[25..signed.len() - 69];
    assert!(text.starts_with(b"/chee") && text.ends_with(b"exp=1631289275"));

    let mut group = c.benchmark_group("sign");
    group.bench_function("verify, two keys, hex", |b| b.iter(|| ring.verify(black_box(&signed), 0).unwrap()));
    group.bench_function("verify, two keys, base64url", |b| {
        b.iter(|| ring.verify(black_box(&short), 0).unwrap());
    });
    group.bench_function("verify, two keys, forged", |b| {
        b.iter(|| ring.verify(black_box(&forged), 0).unwrap_err());
    });
    group.bench_function("sign", |b| b.iter(|| ring.sign("new", black_box(&url), &options).unwrap()));
    group.bench_function("floor/fresh key, twice", |b| {
        b.iter(|| VALUES.map(|value| mac(keyed(black_box(value)), black_box(text))));
    });
    let keyed = VALUES.map(keyed);
    group.bench_function("floor/keyed, twice", |b| {
        b.iter(|| [&keyed[0], &keyed[1]].map(|key| mac(key.clone(), black_box(text))));
    });

    let variant: Variant = serde_json::from_str(
        r#"{"id":"mobile","options":{"fit":"cover","width":9,"height":9,"metadata":"none"}}"#,
    )
    .unwrap();
    group.bench_function("access, public", |b| {
        b.iter(|| {
            assert!(matches!(
                ring.authorize(&signed, 0, Requirement::of(black_box(false), &variant)),
                Access::Public
            ))
        });
    });
    group.bench_function("delivery URL, parsed", |b| {
        b.iter(|| DeliveryUrl::parse(black_box(&signed), RuleSet::Hosted).unwrap());
    });
    group.finish();
}

fn keyed(value: &str) -> Hmac<Sha256> {
    Hmac::new_from_slice(value.as_bytes()).unwrap()
}

fn mac(mut keyed: Hmac<Sha256>, text: &[u8]) -> [u8; 32] {
    keyed.update(text);
    keyed.finalize().into_bytes().into()
}

criterion_group!(all, benches);
criterion_main!(all);
