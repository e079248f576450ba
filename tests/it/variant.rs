//! Variants and their options as JSON: the cases of `tests/cases/variant.toml`.

use cretula::records::{RuleSet, VariantUpdate, Variants};
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpdateCase {
    name: String,
    variant: String,
    update: String,
    expect: Option<String>,
    error_contains: Option<String>,
}

#[test]
fn updates() {
    #[derive(Deserialize)]
    struct Cases {
        update: Vec<UpdateCase>,
    }
    let cases: Cases = toml::from_str(include_str!("../cases/variant.toml")).unwrap();
    let limits = Limits::default();
    assert!(cases.update.len() > 10);
    for case in cases.update {
        let variant = Variant::from_json(&case.variant, &limits).unwrap();
        let mut variants = Variants::new();
        variants.create(variant, &limits, RuleSet::Reference).unwrap();
        let updated = VariantUpdate::from_json(&case.update, &limits).and_then(|update| {
            let updated = variants.get("hero")?.updated(&update);
            variants.update(updated.clone(), &limits)?;
            updated.to_json()
        });
        match updated {
            Ok(json) => assert_eq!(Some(json), case.expect, "{}", case.name),
            Err(error) => refused(&case.name, &error, case.error_contains),
        }
    }
}

/// Each option, as it would be written into an empty set of them, replaces an option that differs.
#[test]
fn every_option_can_be_updated() {
    let limits = Limits::default();
    let all = "width=1,height=2,dpr=2,fit=crop,gravity=left,trim=1;2;3;4,rotate=90,flip=h,\
               background=red,border=1;2;3;4,border.color=blue,blur=3,sharpen=1,brightness=2,contrast=2,gamma=2,\
               saturation=2,quality=7,format=png,compression=fast,metadata=none,anim=false,scq=3";
    let all: VariantOptions = all.parse().unwrap();
    let plain: VariantOptions = "width=9,border=9".parse().unwrap();
    let of = |options| Variant::new("hero".parse().unwrap(), options);
    let json: serde_json::Value = serde_json::from_str(&all.to_json().unwrap()).unwrap();
    let entries = json.as_object().unwrap();
    assert_eq!(entries.len(), 23);
    let mut changed = of(plain);
    for (key, value) in entries {
        let update = serde_json::json!({ "options": { key: value } }).to_string();
        let before = changed.clone();
        changed = changed.updated(&VariantUpdate::from_json(&update, &limits).unwrap());
        assert_ne!(changed, before, "{key}");
        // No other option has changed.
        let left = serde_json::to_value(changed.options).unwrap();
        let was = serde_json::to_value(before.options).unwrap();
        for (other, value) in left.as_object().unwrap() {
            assert!(other == key || was.get(other) == Some(value), "{key} changes {other}");
        }
    }
    assert_eq!(changed, of(all));
}
