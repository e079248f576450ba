//! Identifiers: checking them, and making new ones.

use std::ffi::c_char;

use cretula::records::{Creator, Filename, ImageId, KeyName, Meta, RuleSet, Timestamp, VariantId};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::New;
use crate::slice::{In, Out};
use crate::status::cretula_status;

/// The API reference's own words.
pub const CRETULA_PROFILE_REFERENCE: i32 = 0;
/// What the hosted service documents and does: longer image ids with subpaths, plainer variant ids.
pub const CRETULA_PROFILE_HOSTED: i32 = 1;

/// The id of an image, chosen by its uploader.
pub const CRETULA_FIELD_IMAGE_ID: i32 = 1;
/// The id of an image that is in use already: chosen or generated.
pub const CRETULA_FIELD_EXISTING_IMAGE_ID: i32 = 2;
/// The id of a variant.
pub const CRETULA_FIELD_VARIANT_ID: i32 = 3;
/// The name of a signing key.
pub const CRETULA_FIELD_KEY_NAME: i32 = 4;
/// Who an image belongs to.
pub const CRETULA_FIELD_CREATOR: i32 = 5;
/// The name of the file that was uploaded.
pub const CRETULA_FIELD_FILENAME: i32 = 6;
/// A JSON object of metadata.
pub const CRETULA_FIELD_META: i32 = 7;
/// A point in time, in the format of RFC 3339.
pub const CRETULA_FIELD_TIMESTAMP: i32 = 8;

/// Checks a text that is to be the CRETULA_FIELD_* `field`, by the rules of the CRETULA_PROFILE_* `rules`.
///
/// CRETULA_ERR_INVALID_VALUE, with an error that names the rule, if it breaks one.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_validate(
    field: i32,
    rules: i32,
    text: In<c_char>,
    text_len: usize,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let rules = self::rules(rules)?;
        let text = text.text(text_len, "text")?;
        match field {
            CRETULA_FIELD_IMAGE_ID => ImageId::new(text, rules).map(drop),
            CRETULA_FIELD_EXISTING_IMAGE_ID => ImageId::existing(text, rules).map(drop),
            CRETULA_FIELD_VARIANT_ID => VariantId::new(text, rules).map(drop),
            CRETULA_FIELD_KEY_NAME => KeyName::new(text, rules).map(drop),
            CRETULA_FIELD_CREATOR => Creator::new(text, rules).map(drop),
            CRETULA_FIELD_FILENAME => Filename::new(text, rules).map(drop),
            CRETULA_FIELD_META => Meta::from_json(text).map(drop),
            CRETULA_FIELD_TIMESTAMP => text.parse::<Timestamp>().map(drop),
            other => return Err(Failure::unknown("FIELD", other)),
        }?;
        Ok(())
    })
}

/// A new id for an image: 128 random bits from the operating system as 32 hexadecimal digits.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_image_id_generate(
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    cretula_image_id_generate_for(CRETULA_PROFILE_REFERENCE, out, error)
}

/// As cretula_image_id_generate; in CRETULA_PROFILE_HOSTED the text of a version 4 UUID.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_image_id_generate_for(
    rules: i32,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let id = ImageId::generate(self::rules(rules)?)?;
        out.put(into_buffer(id.as_str().into()));
        Ok(())
    })
}

/// Whether an image's id has the shape of the ids that cretula_image_id_generate_for makes; false for what is no id.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_image_id_looks_generated(rules: i32, id: In<c_char>, id_len: usize) -> bool {
    guard::infallible(false, || {
        let rules = self::rules(rules).ok()?;
        let id = ImageId::existing(id.text(id_len, "id").ok()?, rules).ok()?;
        Some(id.looks_generated(rules))
    })
}

/// Reads a point in time in the format of RFC 3339: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// CRETULA_ERR_INVALID_VALUE if it is none, or lies outside the years 0000 to 9999 UTC.
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

/// Writes a point in time as the records hold it: "2014-01-02T02:20:00.123Z".
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

/// The core's profile.
pub(crate) fn rules(rules: i32) -> Result<RuleSet> {
    match rules {
        CRETULA_PROFILE_REFERENCE => Ok(RuleSet::Reference),
        CRETULA_PROFILE_HOSTED => Ok(RuleSet::Hosted),
        other => Err(Failure::unknown("PROFILE", other)),
    }
}
