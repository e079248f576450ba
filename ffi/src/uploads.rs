//! Uploads: metadata in forms, and direct uploads.

use std::ffi::c_char;

use cretula::records::{DirectUploadRequest, Meta, Timestamp};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::New;
use crate::identifiers::rule_set;
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_INVALID_VALUE, cretula_status};

/// Reads the metadata among the fields of a form, and writes them as JSON; nothing (a length of 0) if
/// there are none.
///
/// `fields_json` is an array of fields: `[["<name>","<value>"],…]`. The field "metadata" holds JSON;
/// "metadata.a", "metadata[a][b]", "metadata.a[]" and "metadata.a.0" hold texts. Others are ignored.
///
/// CRETULA_ERR_INVALID_VALUE if fields contradict each other, or the metadata violate their rules.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_meta_from_form(
    fields_json: In<c_char>,
    fields_json_len: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let fields = fields(fields_json.text(fields_json_len, "fields_json")?)?;
        let meta = Meta::from_form(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
        let json = meta.as_ref().map_or("", Meta::as_json);
        out.put(into_buffer(json.as_bytes().to_vec()));
        Ok(())
    })
}

/// Reads the fields of a form, as cretula_meta_from_form does, as a request for a direct upload, and
/// writes it as a CRETULA_RECORD_DIRECT_UPLOAD_REQUEST.
///
/// CRETULA_ERR_INVALID_VALUE if a field violates its rule or is given twice.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_direct_upload_from_form(
    fields_json: In<c_char>,
    fields_json_len: usize,
    rules: i32,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let rules = rule_set(rules)?;
        let fields = fields(fields_json.text(fields_json_len, "fields_json")?)?;
        let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request = DirectUploadRequest::from_form(pairs, rules)?;
        out.put(into_buffer(request.to_json()?.into_bytes()));
        Ok(())
    })
}

/// When a direct upload that is requested at `now_unix_ms` is no longer accepted, in milliseconds since
/// 1970-01-01T00:00:00Z: the expiry of the CRETULA_RECORD_DIRECT_UPLOAD_REQUEST, or 30 minutes later if
/// it has none.
///
/// CRETULA_ERR_INVALID_VALUE if the expiry is less than 2 minutes or more than 6 hours later, or for
/// other JSON.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_direct_upload_expires_at(
    request_json: In<c_char>,
    request_json_len: usize,
    rules: i32,
    now_unix_ms: i64,
    unix_ms_out: Out<i64>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = unix_ms_out.slot().required("unix_ms_out")?;
        let request = request_json.text(request_json_len, "request_json")?;
        let request = DirectUploadRequest::from_json(request, rule_set(rules)?)?;
        let now = Timestamp::from_unix_millis(now_unix_ms)?;
        out.put(request.expires_at(now)?.as_unix_millis());
        Ok(())
    })
}

/// The names and values of a form.
fn fields(json: &str) -> Result<Vec<(String, String)>> {
    serde_json::from_str(json).map_err(|reason| {
        Failure::misuse(CRETULA_ERR_INVALID_VALUE, format!("invalid JSON for the fields of a form: {reason}"))
    })
}
