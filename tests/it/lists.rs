//! Lists of images, forms and direct uploads: the cases of `tests/cases/{queries,forms}.toml`.

use cretula::records::{
    DirectUploadRequest, Image, ImageQuery, Meta, MetaFilter, MetaTest, RuleSet, SortOrder, Timestamp,
};
use cretula::{ErrorKind, Result};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// Asserts that `result` is a value (returned), or an error whose message contains `says`.
#[track_caller]
fn judge<T: std::fmt::Debug>(name: &str, result: Result<T>, says: Option<&str>) -> Option<T> {
    match (result, says) {
        (Ok(value), None) => return Some(value),
        (Err(error), Some(says)) => {
            assert!(error.to_string().contains(says), "{name}: {error}");
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name}");
        }
        (result, says) => panic!("{name}: {result:?}, expected {says:?}"),
    }
    None
}

#[derive(Deserialize)]
struct Cases {
    query: Vec<QueryCase>,
    r#match: Vec<MatchCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryCase {
    name: String,
    query: String,
    expect: Option<String>,
    error_contains: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchCase {
    name: String,
    query: String,
    image: String,
    matches: bool,
}

#[test]
fn queries() {
    let cases: Cases = toml::from_str(include_str!("../cases/queries.toml")).unwrap();
    assert!(cases.query.len() > 25 && cases.r#match.len() > 20);
    for case in cases.query {
        let read = judge(&case.name, ImageQuery::from_query(&case.query), case.error_contains.as_deref());
        let Some(read) = read else { continue };
        assert_eq!(Some(read.to_string()), case.expect, "{}", case.name);
        assert_eq!(read.to_string().parse::<ImageQuery>().unwrap(), read, "{}", case.name);
    }
    for case in cases.r#match {
        let query = ImageQuery::from_query(&case.query).unwrap();
        let image = Image::from_json(&case.image, RuleSet::Reference).unwrap();
        assert_eq!(query.matches(&image), case.matches, "{}", case.name);
        let by_meta = query.meta.iter().all(|filter| filter.matches(image.meta.as_ref()));
        assert!(by_meta || !case.matches, "{}", case.name);
    }
}

#[test]
fn a_query_is_written_as_json() {
    let query = ImageQuery::from_query("creator=&meta.shot.iso[lt]=400").unwrap();
    let filters = json!(["meta.shot.iso[lt:number]=400"]);
    let wanted = json!({"page":1,"per_page":1000,"sort_order":"desc","creator":null,"meta":filters});
    assert_eq!(serde_json::from_str::<Value>(&query.to_json().unwrap()).unwrap(), wanted);
    assert_eq!(query.meta[0].path().collect::<Vec<_>>(), ["shot", "iso"]);
    assert_eq!(*query.meta[0].test(), MetaTest::Less(400.0));
    assert_eq!(MetaFilter::from_parameter("creator", "me").unwrap(), None);
}

#[test]
fn filters_are_bounded() {
    let most = vec!["meta.a[eq]=1"; ImageQuery::MAX_META].join("&");
    assert_eq!(ImageQuery::from_query(&most).unwrap().meta.len(), 32);
    let error = ImageQuery::from_query(&(most + "&meta.b[eq]=1")).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::LimitExceeded, 5413));
    assert!(error.to_string().contains("32 filters of metadata"), "{error}");
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormCase {
    name: String,
    fields: Vec<[String; 2]>,
    expect: Option<String>,
    error_contains: Option<String>,
}

fn pairs(fields: &[[String; 2]]) -> impl Iterator<Item = (&str, &str)> + Clone {
    fields.iter().map(|[name, value]| (name.as_str(), value.as_str()))
}

#[test]
fn forms() {
    #[derive(Deserialize)]
    struct Cases {
        form: Vec<FormCase>,
    }
    let cases: Cases = toml::from_str(include_str!("../cases/forms.toml")).unwrap();
    assert!(cases.form.len() > 25);
    for case in cases.form {
        let read = judge(&case.name, Meta::from_form(pairs(&case.fields)), case.error_contains.as_deref());
        let Some(read) = read else { continue };
        assert_eq!(read.as_ref().map(Meta::as_json), case.expect.as_deref(), "{}", case.name);
        // The same among the fields of a direct upload.
        let fields: Vec<_> = case.fields.into_iter().filter(|[name, _]| name.starts_with("meta")).collect();
        let request = DirectUploadRequest::from_form(pairs(&fields), RuleSet::Reference).unwrap();
        assert_eq!(request, DirectUploadRequest { metadata: read, ..Default::default() }, "{}", case.name);
    }
}

#[test]
fn metadata_of_a_form_are_bounded() {
    let form = |length: usize| {
        let value = "é".repeat(length);
        Meta::from_form([("metadata.a", value.as_str())])
    };
    // {"a":"…"} is 8 bytes longer.
    assert_eq!(form(508).unwrap().unwrap().as_json().len(), Meta::MAX_BYTES);
    assert!(form(509).unwrap_err().to_string().contains("must be at most 1024 bytes, got 1026"));
    assert!(form(600).unwrap_err().to_string().contains("must be at most 1024 bytes, got 1203"));
    let names: Vec<_> = (0..100_000).map(|n| format!("metadata.{n}")).collect();
    let many = Meta::from_form(names.iter().map(|name| (name.as_str(), "")));
    assert!(many.unwrap_err().to_string().contains("the values of meta must be at most 1024 bytes"));
    let long = format!("metadata.{}", "a.".repeat(100_000));
    assert!(Meta::from_form([(long.as_str(), "")]).unwrap_err().to_string().contains("nested more than 16"));
}

#[test]
fn a_direct_upload_is_asked_for_by_a_form() {
    let fields = [
        ("id", "cat"),
        ("expiry", "2026-01-02T02:20:00Z"),
        ("requireSignedURLs", "True"),
        ("creator", "me"),
        ("metadata[a]", "b"),
        ("file", "…"),
    ];
    let request = DirectUploadRequest::from_form(fields, RuleSet::Reference).unwrap();
    let wanted = r#"{"id":"cat","expiry":"2026-01-02T02:20:00.000Z","metadata":{"a":"b"},"requireSignedURLs":true,"creator":"me"}"#;
    assert_eq!(request.to_json().unwrap(), wanted);
    let empty = ["id", "expiry", "requireSignedURLs", "creator", "metadata"].map(|name| (name, ""));
    assert_eq!(DirectUploadRequest::from_form(empty, RuleSet::Hosted).unwrap(), Default::default());
    for (fields, says) in [
        (&[("id", "a"), ("id", "a")][..], r#"id "a" is given twice"#),
        (&[("id", "a/b")], "must not contain /"),
        (&[("expiry", "soon")], r#"time "soon" is not a date-time"#),
        (&[("requireSignedURLs", "yes")], r#"requireSignedURLs "yes" must be true or false"#),
        (&[("metadata", "[]")], "expected an object"),
    ] {
        let read = DirectUploadRequest::from_form(fields.iter().copied(), RuleSet::Reference);
        judge(says, read, Some(says));
    }
    let private = [("id", "pets/cat"), ("requireSignedURLs", "true")];
    judge("custom", DirectUploadRequest::from_form(private, RuleSet::Hosted), Some("is a custom id"));
}

#[test]
fn a_direct_upload_ends_after_2_minutes_to_6_hours() {
    let now: Timestamp = "2026-01-02T02:00:00Z".parse().unwrap();
    let after = |millis: i64| {
        let expiry = Timestamp::from_unix_millis(now.as_unix_millis() + millis).unwrap();
        let request = DirectUploadRequest { expiry: Some(expiry), ..Default::default() };
        request.expires_at(now).map(|end| end.as_unix_millis() - now.as_unix_millis())
    };
    for allowed in [DirectUploadRequest::MIN_MILLIS, DirectUploadRequest::MAX_MILLIS] {
        assert_eq!(after(allowed).unwrap(), allowed);
    }
    for beyond in [DirectUploadRequest::MIN_MILLIS - 1, DirectUploadRequest::MAX_MILLIS + 1, -1] {
        judge("beyond", after(beyond), Some("must be from 2 minutes to 6 hours from now"));
    }
    let end = DirectUploadRequest::default().expires_at(now).unwrap();
    assert_eq!(end.to_string(), "2026-01-02T02:30:00.000Z");
    assert!(DirectUploadRequest::default().expires_at(Timestamp::MAX).is_err());
}

fn any_test() -> impl Strategy<Value = (String, String)> {
    let number = any::<f64>().prop_filter("JSON has no NaN", |number| number.is_finite());
    let comparison = prop::sample::select(vec!["gt", "gte:number", "lt", "lte", "eq:number"]);
    prop_oneof![
        any::<String>().prop_map(|text| ("eq".to_owned(), text)),
        any::<String>().prop_map(|text| ("in".to_owned(), text)),
        any::<bool>().prop_map(|flag| ("eq:boolean".to_owned(), flag.to_string())),
        (comparison, number.clone()).prop_map(|(name, number)| (name.to_owned(), number.to_string())),
        (number.clone(), number).prop_map(|(a, b)| ("in:number".to_owned(), format!("{a}|{b}"))),
    ]
}

proptest! {
    #[test]
    fn parsing_a_query_reverses_writing_it(
        page in 1..=u32::MAX,
        per_page in 10..=10_000_u32,
        ascending: bool,
        continuation_token in prop::option::of("\\PC{1,40}"),
        creator in prop::option::of(prop::option::of("\\PC{1,40}")),
        filters in prop::collection::vec(("[^.\\[\\]<>{}\"\\\\|^`\\p{Cc}]{1,9}(\\.a)?", any_test()), 0..4),
    ) {
        let sort_order = if ascending { SortOrder::Ascending } else { SortOrder::Descending };
        let meta = filters.iter().map(|(field, (operator, value))| {
            MetaFilter::from_parameter(&format!("meta.{field}[{operator}]"), value).unwrap().unwrap()
        });
        let meta = meta.collect();
        let creator = creator.map(|creator| creator.map(|text| text.parse().unwrap()));
        let query = ImageQuery { page, per_page, sort_order, continuation_token, creator, meta };
        let written = query.to_string();
        prop_assert!(written.is_ascii());
        prop_assert_eq!(ImageQuery::from_query(&written).unwrap(), query);
    }

    #[test]
    fn parsing_a_query_never_panics(text in "(meta\\.|creator|page|[a-z.=&%\\[\\]:|+0-9]|\\PC){0,30}") {
        if let Ok(query) = ImageQuery::from_query(&text) {
            prop_assert_eq!(query.to_string().parse::<ImageQuery>().unwrap(), query);
        }
    }

    #[test]
    fn reading_a_form_never_panics(
        fields in prop::collection::vec(("metadata[.\\[\\]ab01]{0,8}", "\\PC{0,5}|\\{\\}"), 0..6),
    ) {
        let fields: Vec<_> = fields.into_iter().map(|(name, value)| [name, value]).collect();
        if let Ok(Some(meta)) = Meta::from_form(pairs(&fields)) {
            // Every value that was given is there.
            let written = meta.as_json();
            for [name, value] in &fields {
                let quoted = serde_json::to_string(value).unwrap();
                let is_given = name.starts_with("metadata.") || name.starts_with("metadata[");
                prop_assert!(!is_given || written.contains(&quoted), "{written}: {value}");
            }
        }
    }
}
