//! Any JSON: a parsed value is written and parsed again as the same value, or rejected with an
//! error of one line.
#![no_main]

use cretula::records::{Image, ImageList, ImageUpdate, Meta, RuleSet, Response, Stat, VariantResult, Variants};
use cretula::sign::Keyring;
use cretula::{Limits, Variant, VariantOptions};
use cretula_fuzz::fair;
use libfuzzer_sys::fuzz_target;

/// Reads, writes, reads; `write` must accept everything that `read` accepted.
fn law<T: PartialEq + std::fmt::Debug>(
    text: &str,
    read: impl Fn(&str) -> cretula::Result<T>,
    write: impl Fn(&T) -> cretula::Result<String>,
) -> Option<T> {
    match read(text) {
        Ok(record) => {
            let written = write(&record).expect("a value that was read");
            let again = read(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
            assert_eq!(again, record, "{written}");
            assert_eq!(write(&again).expect("a value that was read"), written);
            Some(record)
        }
        Err(error) => {
            fair(&error);
            None
        }
    }
}

fuzz_target!(|text: &str| {
    let limits = Limits::default();
    law(text, Meta::from_json, |meta| Ok(meta.as_json().to_owned()));
    if let Ok(meta) = Meta::from_json(text) {
        let value = meta.to_value().expect("a value that was read");
        Meta::from_value(&value).expect("a value that was read");
    }
    let stat = law(text, Stat::from_json, Stat::to_json);
    if let Some(stat) = stat {
        let _ = (stat.after_upload(u64::MAX), stat.after_delete(u64::MAX), stat.after_upload(1));
    }
    let update = law(text, ImageUpdate::from_json, ImageUpdate::to_json);
    for rules in [RuleSet::Hosted, RuleSet::Reference] {
        let image = law(text, |text| Image::from_json(text, rules), Image::to_json);
        if let (Some(image), Some(update)) = (&image, &update) {
            let _ = image.updated(update, rules).map(|updated| updated.to_json().expect("an image"));
        }
        law(text, |text| ImageList::from_json(text, rules), ImageList::to_json);
        law(text, |text| Variants::from_json(text, &limits, rules), Variants::to_json);
        law(text, |text| VariantResult::from_json(text, &limits, rules), VariantResult::to_json);
        let read = |text: &str| Response::from_json(text, |result| Image::from_json(result, rules));
        law(text, read, Response::to_json);
    }
    law(text, |text| Variant::from_json(text, &limits), Variant::to_json);
    match VariantOptions::from_json(text, &limits) {
        Ok(options) => {
            options.check(&limits).expect("a value that was read");
            assert_eq!(options.to_string().parse::<VariantOptions>().expect("as printed"), options);
        }
        Err(error) => fair(&error),
    }
    match Keyring::from_json(text) {
        Ok(keys) => {
            let written = keys.to_json().expect("a value that was read");
            let again = Keyring::from_json(written.expose_secret()).expect("as written");
            assert!(again.names().eq(keys.names()));
        }
        Err(error) => fair(&error),
    }
});
