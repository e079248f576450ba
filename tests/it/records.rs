//! Identifiers, metadata and the reference's models: the cases of
//! `tests/cases/{identifiers,meta,records}.toml`.

use std::fmt::Debug;

use cretula::records::{
    Count, Creator, DirectUpload, DirectUploadRequest, Filename, Image, ImageId, ImageList, ImagePage,
    ImageUpdate, KeyName, Meta, Response, RuleSet, Stat, Timestamp, VariantId, VariantResult, Variants,
};
use cretula::{Error, ErrorKind, Fit, Limits, MetadataPolicy, Result};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::goldens::{least, variant};

/// Asserts that `result` is what a case expects: a value (returned), or an error whose message
/// contains `error_contains`.
#[track_caller]
fn judge<T: Debug>(name: &str, result: Result<T>, says: Option<&str>) -> Option<T> {
    match (result, says) {
        (Ok(value), None) => Some(value),
        (Ok(value), Some(says)) => panic!("{name}: accepted as {value:?}, expected {says:?}"),
        (Err(error), None) => panic!("{name}: {error}"),
        (Err(error), Some(says)) => {
            assert!(error.to_string().contains(says), "{name}: {error}");
            assert_eq!(error.http_status(), 400, "{name}: {error}");
            assert!((5400..5600).contains(&error.code()), "{name}: {}", error.code());
            None
        }
    }
}

fn rules(name: Option<&str>) -> RuleSet {
    name.map_or(RuleSet::Reference, |name| name.parse().unwrap())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldCase {
    field: String,
    rules: Option<String>,
    value: Option<String>,
    chars: Option<Vec<String>>,
    count: Option<usize>,
    error_contains: Option<String>,
}

fn check_field(field: &str, value: &str, rules: RuleSet) -> Result<String> {
    match field {
        "image-id" => ImageId::new(value, rules).map(|id| id.to_string()),
        "variant-id" => VariantId::new(value, rules).map(|id| id.to_string()),
        "key-name" => KeyName::new(value).map(|name| name.to_string()),
        "creator" => Creator::new(value).map(|creator| creator.to_string()),
        "filename" => Filename::new(value).map(|name| name.to_string()),
        other => panic!("unknown field {other}"),
    }
}

#[test]
fn identifiers() {
    #[derive(Deserialize)]
    struct Cases {
        case: Vec<FieldCase>,
    }
    let cases: Cases = toml::from_str(include_str!("../cases/identifiers.toml")).unwrap();
    for case in cases.case {
        let values = match (&case.value, &case.chars, case.count) {
            (Some(value), None, None) => vec![value.clone()],
            (None, Some(chars), Some(count)) => chars.iter().map(|char| char.repeat(count)).collect(),
            _ => panic!("{}: give value, or chars and count", case.field),
        };
        let profiles = match &case.rules {
            Some(name) => vec![rules(Some(name))],
            None => RuleSet::ALL.to_vec(),
        };
        for (value, rules) in values.iter().flat_map(|v| profiles.iter().map(move |p| (v, *p))) {
            let start: String = value.chars().take(20).collect();
            let name = format!("{} {start:?} in {rules}", case.field);
            let read = judge(&name, check_field(&case.field, value, rules), case.error_contains.as_deref());
            assert!(read.is_none_or(|text| text == *value), "{name}: is kept unchanged");
        }
    }
}

#[test]
fn generated_ids_are_unique_and_valid() {
    for rules in RuleSet::ALL {
        let ids: Vec<ImageId> = (0..50).map(|_| ImageId::generate(rules).unwrap()).collect();
        for (index, id) in ids.iter().enumerate() {
            assert!(id.looks_generated(rules), "{id}");
            assert!(!ids.iter().take(index).any(|other| other == id), "{id} came twice");
            assert_eq!(ImageId::existing(id.as_str(), rules).unwrap(), *id);
            // An uploader cannot choose an id of the form that the hosted service generates.
            assert_eq!(ImageId::new(id.as_str(), rules).is_ok(), rules == RuleSet::Reference, "{id}");
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetaCase {
    name: String,
    json: String,
    char: Option<String>,
    count: Option<usize>,
    expect: Option<String>,
    bytes: Option<usize>,
    error_contains: Option<String>,
}

#[test]
fn metadata() {
    #[derive(Deserialize)]
    struct Cases {
        case: Vec<MetaCase>,
    }
    let cases: Cases = toml::from_str(include_str!("../cases/meta.toml")).unwrap();
    for case in cases.case {
        let json = match (&case.char, case.count) {
            (Some(char), Some(count)) => case.json.replace('@', &char.repeat(count)),
            _ => case.json.clone(),
        };
        let Some(meta) = judge(&case.name, Meta::from_json(&json), case.error_contains.as_deref()) else {
            continue;
        };
        assert_eq!(meta.as_json(), case.expect.as_ref().unwrap_or(&json), "{}", case.name);
        assert!(case.bytes.is_none_or(|bytes| bytes == meta.as_json().len()), "{}", case.name);
        assert_eq!(meta.as_json().parse::<Meta>().unwrap(), meta, "{}", case.name);
        assert_eq!(serde_json::to_string(&meta).unwrap(), meta.to_string(), "{}", case.name);
        assert_eq!(serde_json::from_str::<Meta>(&json).unwrap(), meta, "{}", case.name);
        let value = meta.to_value().unwrap();
        assert_eq!(Meta::from_value(&value).unwrap().to_value().unwrap(), value, "{}", case.name);
    }
}

/// The nearest double; `serde_json` by default may give one next to it.
#[test]
fn numbers_become_the_nearest_value() {
    let meta: Meta =
        r#"{"a":-2.851367870062811e+283,"b":18446744073709551616,"c":[-7,1e2],"d":-0,"e":1.7976931348623158e308}"#
            .parse()
            .unwrap();
    let value = meta.to_value().unwrap();
    assert_eq!(value["a"].as_f64(), Some(-2.851_367_870_062_811e283));
    assert_eq!(value["b"].as_f64(), Some(18_446_744_073_709_551_616.0));
    assert_eq!(value["c"], serde_json::json!([-7, 100.0]));
    assert!(value["d"].as_f64().unwrap().is_sign_negative());
    assert_eq!(value["e"].as_f64(), Some(f64::MAX));
}

/// Nesting deeper than a thread's stack, wherever metadata may occur, and in ignored fields.
#[test]
fn excessive_nesting_is_an_error() {
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(100_000);
        assert!(Meta::from_json(&format!("{{\"a\":{deep}")).is_err());
        for text in [format!(r#"{{"id":"cat","meta":{deep}"#), format!(r#"{{"id":"cat","other":{deep}"#)] {
            assert!(Image::from_json(&text, RuleSet::Reference).is_err());
            assert!(serde_json::from_str::<Image>(&text).is_err());
        }
        assert!(ImageUpdate::from_json(&format!("{{\"metadata\":{deep}")).is_err());
        assert!(Response::from_json(&format!("{{\"result\":{deep}"), Stat::from_json).is_err());
        let id = r#"{"variants":{"a":{"id":"a","x":"#;
        assert!(Variants::from_json(&format!("{id}{deep}"), &Limits::default(), RuleSet::Reference).is_err());
    }
    let whole = format!("{{\"a\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
    assert!(Meta::from_json(&whole).unwrap_err().to_string().contains("nested more than 16 deep"));
    let mut value = Value::Null;
    for _ in 0..17 {
        value = Value::Array(vec![value]);
    }
    let value = serde_json::json!({ "a": value });
    assert!(Meta::from_value(&value).unwrap_err().to_string().contains("nested more than 16 deep"));
}

fn round_trip(model: &str, json: &str, rules: RuleSet) -> Result<String> {
    let limits = Limits::default();
    match model {
        "image" => Image::from_json(json, rules)?.to_json(),
        "image-list" => ImageList::from_json(json, rules)?.to_json(),
        "image-update" => ImageUpdate::from_json(json)?.to_json(),
        "image-page" => ImagePage::from_json(json, rules)?.to_json(),
        "direct-upload" => DirectUpload::from_json(json, rules)?.to_json(),
        "direct-upload-request" => DirectUploadRequest::from_json(json, rules)?.to_json(),
        "variants" => Variants::from_json(json, &limits, rules)?.to_json(),
        "variant" => VariantResult::from_json(json, &limits, rules)?.to_json(),
        "stat" => Stat::from_json(json)?.to_json(),
        "response" => Response::from_json(json, Stat::from_json)?.to_json(),
        other => panic!("unknown model {other}"),
    }
}

/// The same through serde, which applies the reference rules; `None` for a model that it does not read.
fn through_serde(model: &str, json: &str) -> Option<serde_json::Result<String>> {
    Some(match model {
        "direct-upload" | "direct-upload-request" => return None,
        "image-page" => serde_json::from_str::<ImagePage>(json).and_then(|v| serde_json::to_string(&v)),
        "image" => serde_json::from_str::<Image>(json).and_then(|v| serde_json::to_string(&v)),
        "image-list" => serde_json::from_str::<ImageList>(json).and_then(|v| serde_json::to_string(&v)),
        "image-update" => serde_json::from_str::<ImageUpdate>(json).and_then(|v| serde_json::to_string(&v)),
        "variants" => serde_json::from_str::<Variants>(json).and_then(|v| serde_json::to_string(&v)),
        "variant" => serde_json::from_str::<VariantResult>(json).and_then(|v| serde_json::to_string(&v)),
        "stat" => serde_json::from_str::<Stat>(json).and_then(|v| serde_json::to_string(&v)),
        "response" => serde_json::from_str::<Response<Stat>>(json).and_then(|v| serde_json::to_string(&v)),
        other => panic!("unknown model {other}"),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordCase {
    name: String,
    model: String,
    rules: Option<String>,
    json: String,
    expect: Option<String>,
    error_contains: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpdateCase {
    name: String,
    rules: String,
    image: String,
    update: String,
    expect: Option<String>,
    error_contains: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeCase {
    text: String,
    millis: Option<i64>,
    expect: Option<String>,
    error_contains: Option<String>,
}

#[derive(Deserialize)]
struct RecordCases {
    case: Vec<RecordCase>,
    update: Vec<UpdateCase>,
    time: Vec<TimeCase>,
}

fn record_cases() -> RecordCases {
    toml::from_str(include_str!("../cases/records.toml")).unwrap()
}

#[test]
fn records() {
    for case in record_cases().case {
        let rules = rules(case.rules.as_deref());
        let read = round_trip(&case.model, &case.json, rules);
        let written = judge(&case.name, read, case.error_contains.as_deref());
        if let (RuleSet::Reference, Some(read)) = (rules, through_serde(&case.model, &case.json)) {
            assert_eq!(read.ok(), written, "{}", case.name);
        }
        if case.model == "image" && written.is_some() {
            let value: Value = serde_json::from_str(&case.json).unwrap();
            let image: Image = serde_json::from_value(value).unwrap();
            assert_eq!(image.id.as_str(), "cat", "{}: read from a value", case.name);
        }
        if let Some(written) = written {
            assert_eq!(written, *case.expect.as_ref().unwrap_or(&case.json), "{}", case.name);
        }
    }
}

#[test]
fn updates() {
    for case in record_cases().update {
        let rules = rules(Some(&case.rules));
        let image = Image::from_json(&case.image, rules).unwrap();
        let before = image.clone();
        let updated = image.updated(&ImageUpdate::from_json(&case.update).unwrap(), rules);
        assert_eq!(image, before, "{}", case.name);
        if let Some(updated) = judge(&case.name, updated, case.error_contains.as_deref()) {
            assert_eq!(Some(updated.to_json().unwrap()), case.expect, "{}", case.name);
        }
    }
}

#[test]
fn times() {
    for case in record_cases().time {
        let read = judge(&case.text, case.text.parse::<Timestamp>(), case.error_contains.as_deref());
        let json = serde_json::to_string(&case.text).unwrap();
        assert_eq!(serde_json::from_str::<Timestamp>(&json).ok(), read, "{}", case.text);
        let Some(time) = read else { continue };
        assert_eq!(Some(time.as_unix_millis()), case.millis, "{}", case.text);
        assert_eq!(Some(time.to_string()), case.expect, "{}", case.text);
    }
    for bound in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(Timestamp::from_unix_millis(bound.as_unix_millis()).unwrap(), bound);
        assert_eq!(bound.to_string().parse::<Timestamp>().unwrap(), bound);
    }
    for beyond in
        [Timestamp::MIN.as_unix_millis() - 1, Timestamp::MAX.as_unix_millis() + 1, i64::MIN, i64::MAX]
    {
        assert!(Timestamp::from_unix_millis(beyond).is_err());
    }
}

#[track_caller]
fn refused<T: Debug>(result: Result<T>, kind: ErrorKind, code: u32, says: &str) {
    let error: Error = result.unwrap_err();
    assert_eq!((error.kind(), error.code()), (kind, code), "{error}");
    assert!(error.to_string().contains(says), "{error}");
}

#[test]
fn variants_are_created_updated_and_removed() {
    let limits = Limits::default();
    let of = |id: &str, width| variant(id, Fit::Pad, width, 1, MetadataPolicy::Keep, false);
    let mut variants = Variants::new();
    for n in 0..Variants::MAX {
        variants.create(of(&format!("v{n:02}"), 1), &limits, RuleSet::Hosted).unwrap();
    }
    let full = variants.clone();
    let text = full.to_json().unwrap();
    assert_eq!(Variants::from_json(&text, &limits, RuleSet::Hosted).unwrap(), full);
    assert_eq!(full.iter().map(|v| v.id.as_str()).take(2).collect::<Vec<_>>(), ["v00", "v01"]);

    // The 101st, created or read.
    let extra = of("zz", 1);
    let says = "there are 100 variants already, no more are allowed: remove one first";
    refused(
        variants.create(extra.clone(), &limits, RuleSet::Reference),
        ErrorKind::LimitExceeded,
        5413,
        says,
    );
    let entry = format!(r#","zz":{}}}}}"#, serde_json::to_string(&extra).unwrap());
    let more = text.strip_suffix("}}").unwrap().to_owned() + &entry;
    let read = Variants::from_json(&more, &limits, RuleSet::Reference);
    refused(read, ErrorKind::LimitExceeded, 5413, says);

    let (argument, missing) = (ErrorKind::InvalidArgument, ErrorKind::NotFound);
    let twice = variants.create(of("v07", 2), &limits, RuleSet::Reference);
    refused(twice, ErrorKind::AlreadyExists, 5409, r#"variant "v07" already exists"#);
    refused(variants.update(extra, &limits), missing, 5401, r#"there is no variant "zz""#);
    refused(variants.update(of("v07", 12_001), &limits), argument, 5400, "got 12001");
    refused(variants.remove("zz", RuleSet::Hosted), missing, 5401, r#"there is no variant "zz""#);
    assert_eq!(variants, full, "an error changes nothing");

    assert_eq!(variants.update(of("v07", 2), &limits).unwrap(), of("v07", 1));
    assert_eq!(variants.get("v07").unwrap(), &of("v07", 2));
    assert_eq!(variants.remove("v07", RuleSet::Hosted).unwrap(), of("v07", 2));
    assert_eq!(variants.len(), Variants::MAX - 1);
    refused(variants.create(of("a", 0), &limits, RuleSet::Reference), argument, 5400, "got 0");
    refused(variants.create(of("a-b", 1), &limits, RuleSet::Hosted), argument, 5411, "must consist of");
    variants.create(of("public", 1), &limits, RuleSet::Hosted).unwrap();
    refused(variants.remove("public", RuleSet::Hosted), argument, 5411, r#""public" cannot be removed"#);
    variants.remove("public", RuleSet::Reference).unwrap();
}

#[test]
fn images_are_counted_against_the_allowance() {
    let stat = |allowed, current| Stat { count: Count { allowed, current } };
    assert_eq!(stat(10, 7).after_upload(3).unwrap(), stat(10, 10));
    assert_eq!(stat(10, 7).after_delete(7).unwrap(), stat(10, 0));
    let says = "cannot store 4 more images: there are 7, the allowance is 10";
    refused(stat(10, 7).after_upload(4), ErrorKind::LimitExceeded, 5413, says);
    refused(stat(10, 11).after_upload(1), ErrorKind::LimitExceeded, 5413, "there are 11");
    refused(stat(u64::MAX, 1).after_upload(u64::MAX), ErrorKind::LimitExceeded, 5413, "there are 1");
    refused(stat(10, 7).after_delete(8), ErrorKind::InvalidArgument, 5400, "cannot count 8 deleted images");
    assert_eq!(stat(u64::MAX, 1).after_upload(u64::MAX - 1).unwrap(), stat(u64::MAX, u64::MAX));
}

/// JSON values with strings of any characters.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no NaN", |n| n.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// JSON tokens in any order: sometimes JSON, more often almost JSON.
fn nearly_json() -> impl Strategy<Value = String> {
    let tokens = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "null",
        "true",
        "1",
        "-0.5e9",
        "1e999",
        "\"",
        "\"a\"",
        "\"id\"",
        "\"\\ud834\"",
        "\"meta\"",
        "\"variants\"",
        "\"count\"",
        "\"uploaded\"",
        "\"result\"",
        " ",
        "\\u0000",
        "é",
        "{\"id\":",
        "{\"count\":{\"allowed\":",
        "\"requireSignedURLs\":",
        "\"creator\":",
        "\"expiry\":",
        "{\"images\":",
    ];
    prop::collection::vec(prop::sample::select(tokens.to_vec()), 0..30).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn parsing_json_never_panics(text in prop_oneof![any::<String>(), nearly_json()]) {
        for rules in RuleSet::ALL {
            for model in [
                "image", "image-list", "image-page", "image-update", "variants", "variant", "stat", "response",
                "direct-upload", "direct-upload-request",
            ] {
                if let Ok(written) = round_trip(model, &text, rules) {
                    prop_assert_eq!(round_trip(model, &written, rules).unwrap(), written);
                }
            }
            for field in ["image-id", "variant-id", "key-name", "creator", "filename"] {
                let _ = check_field(field, &text, rules);
            }
        }
        if let Ok(meta) = Meta::from_json(&text) {
            prop_assert_eq!(meta.as_json().parse::<Meta>().unwrap(), meta);
        }
        let _ = text.parse::<Timestamp>();
    }

    #[test]
    fn metadata_round_trips_any_object_within_the_limit(entries in prop::collection::vec((any::<String>(), any_json()), 0..6)) {
        let value = Value::Object(entries.into_iter().collect());
        let compact = serde_json::to_string(&value).unwrap();
        for text in [compact.clone(), serde_json::to_string_pretty(&value).unwrap()] {
            match Meta::from_json(&text) {
                Ok(meta) => {
                    prop_assert_eq!(meta.as_json(), &compact);
                    prop_assert_eq!(meta.to_value().unwrap(), value.clone());
                }
                Err(_) => prop_assert!(compact.len() > Meta::MAX_BYTES),
            }
        }
    }

    #[test]
    fn times_round_trip(millis in Timestamp::MIN.as_unix_millis()..=Timestamp::MAX.as_unix_millis()) {
        let time = Timestamp::from_unix_millis(millis).unwrap();
        prop_assert_eq!(time.to_string().len(), 24);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
    }

    #[test]
    fn images_round_trip(
        id in "[^/\\p{Cc}]{1,32}",
        creator in prop::option::of(any::<String>()),
        filename in prop::option::of("[^/\\p{Cc}]{0,255}"),
        signed in any::<bool>(),
        millis in prop::option::of(Timestamp::MIN.as_unix_millis()..=Timestamp::MAX.as_unix_millis()),
    ) {
        let image = Image {
            id: id.parse().unwrap(),
            creator: creator.map(|text| text.parse().unwrap()),
            filename: filename.map(|text| text.parse().unwrap()),
            require_signed_urls: signed,
            uploaded: millis.map(|millis| Timestamp::from_unix_millis(millis).unwrap()),
            ..least()
        };
        let json = image.to_json().unwrap();
        prop_assert_eq!(Image::from_json(&json, RuleSet::Reference).unwrap(), image.clone());
        prop_assert_eq!(serde_json::from_str::<Image>(&json).unwrap(), image);
    }
}
