//! Options as text and as JSON.

use std::ffi::c_char;

use cretula::{Limits, VariantOptions};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::failure::Result;
use crate::guard;
use crate::handle::New;
use crate::slice::{In, Out};
use crate::status::cretula_status;

/// Checks options, such as "w=400,fit=cover", against the default limits, and writes their canonical
/// text: long names in a fixed order, without defaults. Equal options have equal texts, so that it
/// suits as a cache key.
///
/// CRETULA_ERR_INVALID_ARGUMENT with an error that names the key, the value and the range.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_options_normalize(
    text: In<c_char>,
    text_len: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        out.put(into_buffer(checked(text.text(text_len, "text")?)?.to_string().into_bytes()));
        Ok(())
    })
}

/// Reads options as JSON, `{"fit","width","height","metadata",…}`, or a whole variant,
/// `{"id","options",…}`, checks them against the default limits, and writes their canonical text.
///
/// CRETULA_ERR_INVALID_ARGUMENT for other JSON or a value out of range.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_options_from_json(
    json: In<c_char>,
    json_len: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let options = VariantOptions::from_json(json.text(json_len, "json")?, &Limits::default())?;
        out.put(into_buffer(options.to_string().into_bytes()));
        Ok(())
    })
}

/// Checks options against the default limits, and writes them as JSON.
///
/// CRETULA_ERR_INVALID_ARGUMENT as for cretula_options_normalize.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_options_to_json(
    text: In<c_char>,
    text_len: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        out.put(into_buffer(checked(text.text(text_len, "text")?)?.to_json()?.into_bytes()));
        Ok(())
    })
}

fn checked(text: &str) -> Result<VariantOptions> {
    let options: VariantOptions = text.parse()?;
    options.check(&Limits::default())?;
    Ok(options)
}
