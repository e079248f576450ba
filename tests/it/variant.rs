//! Variants and their options as JSON: the cases of `tests/cases/variant.toml`.

use cretula::{ErrorKind, Limits, Variant, VariantOptions};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    options: Vec<OptionsCase>,
    variant: Vec<VariantCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionsCase {
    name: String,
    json: String,
    parses_to: Option<VariantOptions>,
    error_contains: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariantCase {
    name: String,
    json: String,
    expect: Option<String>,
    error_contains: Option<String>,
}

fn refused(name: &str, error: &cretula::Error, error_contains: Option<String>) {
    let error_contains = error_contains.unwrap_or_else(|| panic!("{name}: {error}"));
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::InvalidArgument, 400), "{name}");
    assert!(error.to_string().contains(&error_contains), "{name}: {error}");
}

#[test]
fn cases() {
    let cases: Cases = toml::from_str(include_str!("../cases/variant.toml")).unwrap();
    let limits = Limits::default();
    for case in cases.options {
        match VariantOptions::from_json(&case.json, &limits) {
            Ok(options) => assert_eq!(Some(options), case.parses_to, "{}", case.name),
            Err(error) => refused(&case.name, &error, case.error_contains),
        }
    }
    for case in cases.variant {
        match Variant::from_json(&case.json, &limits) {
            Ok(variant) => {
                let written = serde_json::to_string(&variant).unwrap();
                assert_eq!(Some(&written), case.expect.as_ref(), "{}", case.name);
                assert_eq!(Variant::from_json(&written, &limits).unwrap(), variant, "{}", case.name);
            }
            Err(error) => refused(&case.name, &error, case.error_contains),
        }
    }
}

#[test]
fn max_side_is_set_by_the_caller() {
    let mut limits = Limits::default();
    limits.max_side = 20_000;
    let json = r#"{"fit":"cover","width":20000,"height":5,"metadata":"none"}"#;
    assert_eq!(VariantOptions::from_json(json, &limits).unwrap().width, Some(20_000));
    limits.max_side = 100;
    assert!(VariantOptions::from_json(json, &limits).is_err());
}
