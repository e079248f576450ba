//! The records of the API: JSON in, JSON out.

use std::ffi::c_char;

use cretula::records::{
    DirectUpload, DirectUploadRequest, Image, ImageList, ImagePage, ImageUpdate, Message, Meta, Response,
    Stat, VariantId, VariantResult, Variants,
};
use cretula::{Limits, Variant};
use serde_json::value::RawValue;

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::failure::Failure;
use crate::guard;
use crate::handle::{New, Shared};
use crate::identifiers::rule_set;
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_INVALID_VALUE, cretula_status};

/// An image: `{"id","creator","filename","meta","requireSignedURLs","uploaded","variants","draft"}`.
pub const CRETULA_RECORD_IMAGE: i32 = 1;
/// A list of images: `{"images":[…]}`.
pub const CRETULA_RECORD_IMAGE_LIST: i32 = 2;
/// An update of an image: `{"creator","metadata","requireSignedURLs"}`. A creator that is null or empty
/// is removed.
pub const CRETULA_RECORD_IMAGE_UPDATE: i32 = 3;
/// A variant: `{"id","options","neverRequireSignedURLs"}`.
pub const CRETULA_RECORD_VARIANT: i32 = 4;
/// The result with one variant: `{"variant":…}`.
pub const CRETULA_RECORD_VARIANT_RESULT: i32 = 5;
/// A list of variants: `{"variants":{"<id>":…}}`.
pub const CRETULA_RECORD_VARIANTS: i32 = 6;
/// The image count: `{"count":{"allowed","current"}}`.
pub const CRETULA_RECORD_STAT: i32 = 7;
/// The metadata of an image: a JSON object.
pub const CRETULA_RECORD_META: i32 = 8;
/// The envelope of every response: `{"result","success","errors","messages"}`, with any result.
pub const CRETULA_RECORD_RESPONSE: i32 = 9;
/// A page of a list of images: `{"images":[…],"continuation_token"}`.
pub const CRETULA_RECORD_IMAGE_PAGE: i32 = 10;
/// A request of a direct upload: `{"id","expiry","metadata","requireSignedURLs","creator"}`.
pub const CRETULA_RECORD_DIRECT_UPLOAD_REQUEST: i32 = 11;
/// A direct upload: `{"id","uploadURL"}`.
pub const CRETULA_RECORD_DIRECT_UPLOAD: i32 = 12;

/// Validates a CRETULA_RECORD_* by the CRETULA_RULES_* `rules`, and writes it in normal form:
/// compact, fields in the order of the API reference, without unknown fields.
///
/// CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT, with an error that names the violated
/// rule; CRETULA_ERR_LIMIT_EXCEEDED for too many variants.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_record_normalize(
    record: i32,
    rules: i32,
    json: In<c_char>,
    json_len: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let rules = rule_set(rules)?;
        let (json, limits) = (json.text(json_len, "json")?, Limits::default());
        let normalized = match record {
            CRETULA_RECORD_IMAGE => Image::from_json(json, rules)?.to_json()?,
            CRETULA_RECORD_IMAGE_LIST => ImageList::from_json(json, rules)?.to_json()?,
            CRETULA_RECORD_IMAGE_UPDATE => ImageUpdate::from_json(json)?.to_json()?,
            CRETULA_RECORD_VARIANT => {
                let variant = Variant::from_json(json, &limits)?;
                VariantId::new(variant.id.as_str(), rules)?;
                variant.to_json()?
            }
            CRETULA_RECORD_VARIANT_RESULT => VariantResult::from_json(json, &limits, rules)?.to_json()?,
            CRETULA_RECORD_VARIANTS => Variants::from_json(json, &limits, rules)?.to_json()?,
            CRETULA_RECORD_STAT => Stat::from_json(json)?.to_json()?,
            CRETULA_RECORD_META => Meta::from_json(json)?.as_json().to_owned(),
            CRETULA_RECORD_RESPONSE => Response::from_json(json, |result| Ok(raw(result)))?.to_json()?,
            CRETULA_RECORD_IMAGE_PAGE => ImagePage::from_json(json, rules)?.to_json()?,
            CRETULA_RECORD_DIRECT_UPLOAD_REQUEST => DirectUploadRequest::from_json(json, rules)?.to_json()?,
            CRETULA_RECORD_DIRECT_UPLOAD => DirectUpload::from_json(json, rules)?.to_json()?,
            other => return Err(Failure::unknown("RECORD", other)),
        };
        out.put(into_buffer(normalized.into_bytes()));
        Ok(())
    })
}

/// Applies an update to an image, both as JSON, and writes the updated image.
///
/// CRETULA_ERR_INVALID_VALUE if either violates a rule, or the update does not apply to this image.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_image_update(
    image_json: In<c_char>,
    image_json_len: usize,
    update_json: In<c_char>,
    update_json_len: usize,
    rules: i32,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let rules = rule_set(rules)?;
        let image = Image::from_json(image_json.text(image_json_len, "image_json")?, rules)?;
        let update = ImageUpdate::from_json(update_json.text(update_json_len, "update_json")?)?;
        out.put(into_buffer(image.updated(&update, rules)?.to_json()?.into_bytes()));
        Ok(())
    })
}

/// The image count, as JSON, after `images` more are stored. CRETULA_ERR_LIMIT_EXCEEDED if it would
/// exceed the allowance; CRETULA_ERR_INVALID_VALUE for other JSON.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_stat_after_upload(
    stat_json: In<c_char>,
    stat_json_len: usize,
    images: u64,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let stat = Stat::from_json(stat_json.text(stat_json_len, "stat_json")?)?;
        out.put(into_buffer(stat.after_upload(images)?.to_json()?.into_bytes()));
        Ok(())
    })
}

/// The image count, as JSON, after `images` are deleted. CRETULA_ERR_INVALID_VALUE if there are
/// fewer, or for other JSON.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_stat_after_delete(
    stat_json: In<c_char>,
    stat_json_len: usize,
    images: u64,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let stat = Stat::from_json(stat_json.text(stat_json_len, "stat_json")?)?;
        out.put(into_buffer(stat.after_delete(images)?.to_json()?.into_bytes()));
        Ok(())
    })
}

/// Wraps any JSON as the result of a success. CRETULA_ERR_INVALID_VALUE if it is not JSON.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_response_success(
    result_json: In<c_char>,
    result_json_len: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let json = result_json.text(result_json_len, "result_json")?;
        let result: &RawValue = serde_json::from_str(json).map_err(|reason| {
            Failure::misuse(CRETULA_ERR_INVALID_VALUE, format!("invalid JSON for a result: {reason}"))
        })?;
        out.put(into_buffer(Response::success(result).to_json()?.into_bytes()));
        Ok(())
    })
}

/// Wraps the code and message of `failure` in the envelope of a failure. `failure` is only read.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_response_failure(
    failure: Shared<cretula_error>,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let failure = failure.read()?;
        let message = Message::new(failure.failure.code, failure.failure.message.as_str())?;
        let response =
            Response::<()> { result: None, success: false, errors: vec![message], messages: vec![] };
        out.put(into_buffer(response.to_json()?.into_bytes()));
        Ok(())
    })
}

/// JSON that the core has just parsed.
fn raw(json: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(json.to_owned()).ok()
}
