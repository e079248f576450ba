//! The reference's models compared with the JSON in `tests/golden/records`.

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use cretula::records::{
    Count, Creator, DeliveryUrl, DirectUpload, DirectUploadRequest, Image, ImageId, ImageList, ImagePage,
    ImageUpdate, Message, Response, RuleSet, Stat, Timestamp, VariantResult, Variants,
};
use cretula::{Fit, Limits, MetadataPolicy, Result, Variant, VariantOptions};
use serde_json::Value;

/// Removes the whitespace between JSON tokens, without using a JSON parser.
fn minified(json: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    json.chars()
        .filter(|&c| {
            let keep = quoted || !c.is_ascii_whitespace();
            quoted ^= c == '"' && !escaped;
            escaped = quoted && c == '\\' && !escaped;
            keep
        })
        .collect()
}

fn golden(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/records").join(name)).unwrap()
}

/// Parses a golden file, compares the value with `wanted`, and checks that it is written as the
/// same JSON.
#[track_caller]
fn assert_golden<T: Debug + PartialEq>(
    name: &str,
    wanted: &T,
    read: impl Fn(&str) -> Result<T>,
    write: impl Fn(&T) -> Result<String>,
) {
    let text = golden(name);
    let value = read(&text).unwrap();
    assert_eq!(value, *wanted, "{name}");
    let written = write(&value).unwrap();
    assert_eq!(written, minified(&text), "{name}");
    let (written, text): (Value, Value) =
        (serde_json::from_str(&written).unwrap(), serde_json::from_str(&text).unwrap());
    assert_eq!(written, text, "{name}");
}

/// The same, and again in the envelope of a successful response.
#[track_caller]
fn assert_goldens<T: Debug + PartialEq + Clone + serde::Serialize>(
    name: &str,
    wanted: &T,
    read: impl Fn(&str) -> Result<T>,
    write: impl Fn(&T) -> Result<String>,
) {
    assert_golden(&format!("{name}.json"), wanted, &read, write);
    let enveloped = Response::success(wanted.clone());
    let name = format!("response-{name}.json");
    assert_golden(&name, &enveloped, |text| Response::from_json(text, &read), Response::to_json);
}

fn image(id: &str, rules: RuleSet) -> Image {
    let url = |variant| {
        DeliveryUrl::parse(format!("https://imagedelivery.net/MTt4OTd0b0w5aj/{id}/{variant}"), rules).unwrap()
    };
    Image {
        id: ImageId::existing(id, rules).unwrap(),
        creator: Some("107b9558-dd06-4bbd-5fef-9c2c16bb7900".parse().unwrap()),
        filename: Some("logo.png".parse().unwrap()),
        meta: Some(r#"{"key":"value"}"#.parse().unwrap()),
        require_signed_urls: true,
        uploaded: Some(Timestamp::from_unix_millis(1_388_629_200_123).unwrap()),
        variants: vec![url("thumbnail"), url("hero"), url("original")],
        draft: false,
    }
}

pub(crate) fn least() -> Image {
    Image {
        id: "cat".parse().unwrap(),
        creator: None,
        filename: None,
        meta: None,
        require_signed_urls: false,
        uploaded: None,
        variants: Vec::new(),
        draft: false,
    }
}

pub(crate) fn variant(
    id: &str,
    fit: Fit,
    width: u32,
    height: u32,
    metadata: MetadataPolicy,
    never: bool,
) -> Variant {
    let options = VariantOptions::new(fit, width, height).metadata(metadata);
    Variant::new(id.parse().unwrap(), options).never_require_signed_urls(never)
}

#[test]
fn goldens_of_images() {
    let reference = |text: &str| Image::from_json(text, RuleSet::Reference);
    let full = image("107b9558dd064bbd5fef9c2c16bb7900", RuleSet::Reference);
    assert_goldens("image", &full, reference, Image::to_json);
    assert_golden("image-least.json", &least(), reference, Image::to_json);
    let hosted = image("107b9558-dd06-4bbd-5fef-9c2c16bb7900", RuleSet::Hosted);
    assert_golden(
        "image-hosted.json",
        &hosted,
        |text| Image::from_json(text, RuleSet::Hosted),
        Image::to_json,
    );
    assert!(reference(&golden("image-hosted.json")).is_err());
    let list = ImageList { images: vec![full.clone(), least()] };
    let read = |text: &str| ImageList::from_json(text, RuleSet::Reference);
    assert_goldens("image-list", &list, read, ImageList::to_json);
    let page = ImagePage { images: list.images, continuation_token: Some("AAAB".to_owned()) };
    let read = |text: &str| ImagePage::from_json(text, RuleSet::Reference);
    assert_goldens("image-page", &page, read, ImagePage::to_json);
    let (creator, metadata) = (Some(full.creator), full.meta);
    let update = ImageUpdate { creator, metadata, require_signed_urls: Some(true) };
    assert_golden("image-update.json", &update, ImageUpdate::from_json, ImageUpdate::to_json);
}

#[test]
fn goldens_of_direct_uploads() {
    for rules in RuleSet::ALL {
        let id = "e22e9e6b-c02b-42fd-c405-6c32af5fe600";
        let id = if rules == RuleSet::Hosted { id.to_owned() } else { id.replace('-', "") };
        let upload_url = format!("https://upload.imagedelivery.net/FxUufywByo0m2v3xhKSiU8/{id}");
        let upload = DirectUpload { id: ImageId::existing(id, rules).unwrap(), upload_url };
        let name = if rules == RuleSet::Hosted { "direct-upload-hosted" } else { "direct-upload" };
        assert_goldens(name, &upload, |text| DirectUpload::from_json(text, rules), DirectUpload::to_json);
        let request = DirectUploadRequest {
            id: Some("cat".parse().unwrap()),
            expiry: Some("2021-01-02T02:20:00Z".parse().unwrap()),
            metadata: Some(r#"{"key":"value"}"#.parse().unwrap()),
            require_signed_urls: false,
            creator: Some("me".parse().unwrap()),
        };
        let read = |text: &str| DirectUploadRequest::from_json(text, rules);
        assert_golden("direct-upload-request.json", &request, read, DirectUploadRequest::to_json);
    }
}

#[test]
fn goldens_of_variants_and_counts() {
    let limits = Limits::default();
    let hero = variant("hero", Fit::ScaleDown, 1366, 768, MetadataPolicy::None, true);
    let thumbnail = variant("thumbnail", Fit::Crop, 160, 160, MetadataPolicy::Copyright, false);
    let mut variants = Variants::new();
    for variant in [thumbnail, hero.clone()] {
        variants.create(variant, &limits, RuleSet::Reference).unwrap();
    }
    for rules in RuleSet::ALL {
        let read = |text: &str| Variants::from_json(text, &limits, rules);
        assert_goldens("variants", &variants, read, Variants::to_json);
        let read = |text: &str| VariantResult::from_json(text, &limits, rules);
        assert_goldens("variant", &VariantResult { variant: hero.clone() }, read, VariantResult::to_json);
    }
    let stat = Stat { count: Count { allowed: 100_000, current: 1000 } };
    assert_goldens("stat", &stat, Stat::from_json, Stat::to_json);
}

#[test]
fn goldens_of_responses_without_a_record() {
    let any = |text: &str| -> Result<Value> { Ok(serde_json::from_str(text).unwrap()) };
    let read = |text: &str| Response::from_json(text, any);
    let deleted = Response::success(serde_json::json!({}));
    assert_golden("response-deleted.json", &deleted, read, Response::to_json);
    let failed = |errors, messages| Response { result: None, success: false, errors, messages };
    let failure = failed(vec![Message::new(7003, "No route for the URI").unwrap()], Vec::new());
    assert_golden("response-failure.json", &failure, read, Response::to_json);
    let too_long = Creator::new("a".repeat(1025)).unwrap_err();
    let first = Message::from(&too_long)
        .with_documentation_url("https://example.com/errors/5411")
        .with_pointer("/creator");
    assert_eq!((first.code(), first.pointer()), (5411, Some("/creator")));
    let second = Message::new(5400, "and more").unwrap();
    let wanted = failed(vec![first, second], vec![Message::new(1000, "read the page").unwrap()]);
    assert_golden("response-messages.json", &wanted, read, Response::to_json);
}

#[test]
fn a_failure_carries_the_message_of_the_error() {
    let error = Variants::new().get("hero").unwrap_err();
    let wanted = r#"{"result":null,"success":false,"errors":[{"code":5401,"message":"there is no variant \"hero\""}],"messages":[]}"#;
    assert_eq!(Response::<Stat>::failure(&error).to_json().unwrap(), wanted);
    // A self-contradictory response is not written.
    let contradiction = Response { success: true, ..Response::<Stat>::failure(&error) };
    assert!(contradiction.to_json().unwrap_err().to_string().contains("success is true"));
    assert!(serde_json::to_string(&contradiction).is_err());
    assert!(Message::new(999, "").is_err());
}
