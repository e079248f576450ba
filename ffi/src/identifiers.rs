//! Identifiers: validation and generation.

use std::ffi::c_char;

use cretula::records::{Creator, Filename, ImageId, KeyName, Meta, RuleSet, Timestamp, VariantId};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::New;
use crate::slice::{In, Out};
use crate::status::cretula_status;

/// The rules of the API reference.
pub const CRETULA_RULES_REFERENCE: i32 = 0;
/// The documented and observed behavior of the hosted service: longer image ids with subpaths,
/// simpler variant ids.
pub const CRETULA_RULES_HOSTED: i32 = 1;

/// A custom id for a new image.
pub const CRETULA_FIELD_IMAGE_ID: i32 = 1;
/// The id of an existing image, custom or generated.
pub const CRETULA_FIELD_EXISTING_IMAGE_ID: i32 = 2;
/// The id of a variant.
pub const CRETULA_FIELD_VARIANT_ID: i32 = 3;
/// The name of a signing key.
pub const CRETULA_FIELD_KEY_NAME: i32 = 4;
/// The creator of an image.
pub const CRETULA_FIELD_CREATOR: i32 = 5;
/// The name of an uploaded file.
pub const CRETULA_FIELD_FILENAME: i32 = 6;
/// The metadata of an image: a JSON object.
pub const CRETULA_FIELD_META: i32 = 7;
/// A timestamp in the format of RFC 3339.
pub const CRETULA_FIELD_TIMESTAMP: i32 = 8;

/// Validates text as the CRETULA_FIELD_* `field`, by the CRETULA_RULES_* `rules`.
///
/// CRETULA_ERR_INVALID_VALUE, with an error that names the violated rule.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_validate(
    field: i32,
    rules: i32,
    text: In<c_char>,
    text_len: usize,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let rules = rule_set(rules)?;
        let text = text.text(text_len, "text")?;
        match field {
            CRETULA_FIELD_IMAGE_ID => ImageId::new(text, rules).map(drop),
            CRETULA_FIELD_EXISTING_IMAGE_ID => ImageId::existing(text, rules).map(drop),
            CRETULA_FIELD_VARIANT_ID => VariantId::new(text, rules).map(drop),
            CRETULA_FIELD_KEY_NAME => KeyName::new(text).map(drop),
            CRETULA_FIELD_CREATOR => Creator::new(text).map(drop),
            CRETULA_FIELD_FILENAME => Filename::new(text).map(drop),
            CRETULA_FIELD_META => Meta::from_json(text).map(drop),
            CRETULA_FIELD_TIMESTAMP => text.parse::<Timestamp>().map(drop),
            other => return Err(Failure::unknown("FIELD", other)),
        }?;
        Ok(())
    })
}

/// Generates an image id from the random generator of the operating system: 128 bits as 32
/// hexadecimal digits, or, with CRETULA_RULES_HOSTED, a version 4 UUID.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_image_id_generate(
    rules: i32,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let id = ImageId::generate(rule_set(rules)?)?;
        out.put(into_buffer(id.as_str().into()));
        Ok(())
    })
}

/// Whether an image id has the form of those from cretula_image_id_generate; false for an invalid
/// id.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_image_id_looks_generated(rules: i32, id: In<c_char>, id_len: usize) -> bool {
    guard::infallible(false, || {
        let rules = rule_set(rules).ok()?;
        let id = ImageId::existing(id.text(id_len, "id").ok()?, rules).ok()?;
        Some(id.looks_generated(rules))
    })
}

/// Parses a timestamp in the format of RFC 3339 to milliseconds since 1970-01-01T00:00:00Z, without
/// leap seconds.
///
/// CRETULA_ERR_INVALID_VALUE for other text, or a time outside the years 0000 to 9999 UTC.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_timestamp_parse(
    text: In<c_char>,
    text_len: usize,
    unix_ms_out: Out<i64>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = unix_ms_out.slot().required("unix_ms_out")?;
        out.put(text.text(text_len, "text")?.parse::<Timestamp>()?.as_unix_millis());
        Ok(())
    })
}

/// Formats a time as records do: "2014-01-02T02:20:00.123Z".
///
/// CRETULA_ERR_INVALID_VALUE outside the years 0000 to 9999 UTC.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_timestamp_format(
    unix_ms: i64,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        out.put(into_buffer(Timestamp::from_unix_millis(unix_ms)?.to_string().into_bytes()));
        Ok(())
    })
}

/// The rule set for the core.
pub(crate) fn rule_set(rules: i32) -> Result<RuleSet> {
    match rules {
        CRETULA_RULES_REFERENCE => Ok(RuleSet::Reference),
        CRETULA_RULES_HOSTED => Ok(RuleSet::Hosted),
        other => Err(Failure::unknown("RULES", other)),
    }
}
