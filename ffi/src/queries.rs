//! Lists of images: their queries, with filters of metadata.

use std::ffi::c_char;

use cretula::records::{Image, ImageQuery};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::guard;
use crate::handle::New;
use crate::identifiers::rule_set;
use crate::slice::{In, Out};
use crate::status::cretula_status;

/// Checks the query of a list of images, without its "?", and writes it in normal form:
/// percent-encoded, in a fixed order, without what has its default or is unknown.
///
/// CRETULA_ERR_INVALID_VALUE or CRETULA_ERR_INVALID_ARGUMENT for a parameter out of its range, or given
/// twice; CRETULA_ERR_LIMIT_EXCEEDED for more than 32 filters.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_image_query_normalize(
    query: In<c_char>,
    query_len: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let query = ImageQuery::from_query(query.text(query_len, "query")?)?;
        out.put(into_buffer(query.to_string().into_bytes()));
        Ok(())
    })
}

/// Writes the parameters of a query as JSON:
/// `{"page","per_page","sort_order","continuation_token","creator","meta":["meta.a[eq:string]=b"]}`.
/// `continuation_token` and `creator` may be missing; a `creator` of null asks for images without one.
///
/// Failures as for cretula_image_query_normalize.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_image_query_to_json(
    query: In<c_char>,
    query_len: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let query = ImageQuery::from_query(query.text(query_len, "query")?)?;
        out.put(into_buffer(query.to_json()?.into_bytes()));
        Ok(())
    })
}

/// Whether an image has the creator and the metadata that a query asks for.
///
/// Failures as for cretula_image_query_normalize, and CRETULA_ERR_INVALID_VALUE for an image that
/// violates its rules.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_image_query_matches(
    query: In<c_char>,
    query_len: usize,
    image_json: In<c_char>,
    image_json_len: usize,
    rules: i32,
    matches_out: Out<bool>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = matches_out.slot().required("matches_out")?;
        let rules = rule_set(rules)?;
        let query = ImageQuery::from_query(query.text(query_len, "query")?)?;
        let image = Image::from_json(image_json.text(image_json_len, "image_json")?, rules)?;
        out.put(query.matches(&image));
        Ok(())
    })
}
