//! Direct uploads: creates a draft, and a URL to which a client without credentials can upload the
//! image, once.
//!
//! In: calls, with a form or JSON. Out: `DirectUpload`. `upload::direct` handles requests to the
//! URL. Only a digest of its token is stored.

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use cretula::Format;
use cretula::records::{DirectUpload, DirectUploadRequest, Image, ImageId, RuleSet};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::success;
use super::upload_form::Form;
use super::{Call, json_text};
use crate::failure::Failure;
use crate::objects;
use crate::records::StoredImage;
use crate::upload::{now, sha256, unix_seconds};

/// Characters that are not percent-encoded in a path; slashes separate the segments of an id.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

pub(super) async fn create(call: &Call, request: Request) -> Result<Response, Failure> {
    let asked = read(call, request).await?;
    let expires = asked.expires_at(now()?)?;
    let record = Image { draft: true, ..call.new_record(asked)? };
    let (id, token) = (record.id.clone(), token()?);
    let (draft, digest) = (draft(call, record)?, sha256(token.as_bytes()));
    call.app.records.create_draft(&call.account, draft, &digest, unix_seconds(expires)).await?;

    let (origin, hash) = (&call.app.config.upload_url, &call.account.hash);
    let path = utf8_percent_encode(id.as_str(), PLAIN);
    let upload_url = format!("{origin}/upload/{hash}/{path}?token={token}");
    success(DirectUpload { id, upload_url })
}

/// Reads the properties of the future image. The reference uses JSON in version 1 and a form in
/// version 2; clients send either, or nothing.
async fn read(call: &Call, request: Request) -> Result<DirectUploadRequest, Failure> {
    let media_type = request.headers().get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    if media_type.starts_with(b"multipart/form-data") {
        let form = Form::read_texts(request).await?;
        return Ok(DirectUploadRequest::from_form(form.texts(), call.rules())?);
    }
    match json_text(request).await?.as_str() {
        "" => Ok(DirectUploadRequest::default()),
        text => Ok(DirectUploadRequest::from_json(text, call.rules())?),
    }
}

/// 128 random bits in hexadecimal, from the library's id generator.
fn token() -> cretula::Result<String> {
    Ok(ImageId::generate(RuleSet::Reference)?.as_str().to_owned())
}

/// A row without an object, although its object key is already reserved.
fn draft(call: &Call, record: Image) -> Result<StoredImage, Failure> {
    Ok(StoredImage {
        record,
        object: objects::original_key(&call.account)?,
        digest: String::new(),
        bytes: 0,
        format: Format::Jpeg,
        width: 0,
        height: 0,
        has_alpha: false,
        frames: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_and_new() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_eq!((one.len(), one == other), (32, false));
    }

    #[test]
    fn an_id_is_encoded_for_its_url() {
        assert_eq!(utf8_percent_encode("a b/50%?#é", PLAIN).to_string(), "a%20b/50%25%3F%23%C3%A9");
    }
}
