//! [`Form`]: a `multipart/form-data` form with an image and its properties.
//!
//! In: the body of a request. Out: its file and its text fields. The size of each, their total size
//! and their number are bounded: metadata may arrive as one part per leaf. Must not know what the
//! fields are used for.

use std::future::poll_fn;
use std::pin::Pin;

use axum::RequestExt;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use cretula::records::{Filename, Meta};

use crate::failure::Failure;
use crate::upload::File;

/// The maximum number of parts. Metadata of 1024 bytes as text has at most 340 leaves, as in
/// `{"a":["","",…]}`.
const MAX_PARTS: usize = 400;

/// The maximum size of all text fields with their names: metadata with whitespace and escapes, and
/// as much again for the other fields.
const MAX_TEXT_BYTES: usize = 2 * Meta::MAX_SOURCE_BYTES;

/// The maximum size of a body without its file: text fields and part headers.
const MAX_OTHER_BYTES: u64 = 1_000_000;

/// How much of an oversized body is read and discarded. A client that is still sending when its
/// connection is closed does not see the response.
const MAX_DISCARDED_BYTES: usize = 100_000_000;

/// The maximum body size of a form with a file of at most `file` bytes.
fn max_body(file: u64) -> usize {
    usize::try_from(file.saturating_add(MAX_OTHER_BYTES)).unwrap_or(usize::MAX)
}

/// The parts of a form.
#[derive(Debug, Default)]
pub(crate) struct Form {
    file: Option<File>,
    /// Names and values, in form order.
    texts: Vec<(String, String)>,
}

impl Form {
    /// Reads a form whose file has at most `max_file` bytes.
    pub(crate) async fn read(mut request: Request, max_file: u64) -> Result<Self, Failure> {
        let max_body = max_body(max_file);
        if let Some(length) = declared_length(&request).filter(|length| *length > max_body as u64) {
            discard(request.into_body()).await;
            return Err(Failure::too_large(format!("the form is {length} bytes, the limit is {max_body}")));
        }
        DefaultBodyLimit::max(max_body).apply(&mut request);
        let parts = request.extract::<Multipart, _>().await;
        let mut parts =
            parts.map_err(|_| Failure::invalid("expected a body of the type multipart/form-data"))?;
        let mut form = Self::default();
        let read = form.fill(&mut parts, max_file).await;
        if read.is_err() {
            skip(&mut parts).await;
        }
        read.map(|()| form)
    }

    /// Reads a form that has no file.
    pub(super) async fn read_texts(request: Request) -> Result<Self, Failure> {
        let form = Self::read(request, 0).await?;
        match form.file {
            Some(_) => Err(Failure::invalid("this form must not contain a file")),
            None => Ok(form),
        }
    }

    async fn fill(&mut self, parts: &mut Multipart, max_file: u64) -> Result<(), Failure> {
        let (mut count, mut text_bytes) = (0, 0);
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            count += 1;
            if count > MAX_PARTS {
                return Err(Failure::too_large(format!("the form has more than {MAX_PARTS} parts")));
            }
            let Some(name) = part.name().map(str::to_owned) else { continue };
            if name == "file" {
                self.add_file(part, max_file).await?;
                continue;
            }
            text_bytes += name.len();
            let left = MAX_TEXT_BYTES.saturating_sub(text_bytes);
            let Some(value) = collect(part, left).await? else {
                return Err(Failure::too_large(format!(
                    "the form has more than {MAX_TEXT_BYTES} bytes of text"
                )));
            };
            text_bytes += value.len();
            let value = String::from_utf8(value)
                .map_err(|_| Failure::invalid(format!("the part {name:?} of the form is not UTF-8")))?;
            self.texts.push((name, value));
        }
        Ok(())
    }

    /// Browsers send an empty file without a name if the user chose none.
    async fn add_file(&mut self, part: Field<'_>, max_file: u64) -> Result<(), Failure> {
        let filename = part.file_name().map(base_name).filter(|name| !name.is_empty()).map(str::to_owned);
        let Some(bytes) = collect(part, usize::try_from(max_file).unwrap_or(usize::MAX)).await? else {
            return Err(Failure::too_large(format!("the file is more than {max_file} bytes")));
        };
        if bytes.is_empty() && filename.is_none() {
            return Ok(());
        }
        let filename = filename.map(Filename::new).transpose()?;
        if self.file.replace(File { bytes: bytes.into(), filename }).is_some() {
            return Err(Failure::invalid("the form has more than one file"));
        }
        Ok(())
    }

    /// Takes the file, if there is one.
    pub(crate) fn take_file(&mut self) -> Option<File> {
        self.file.take()
    }

    /// The names and values of all other fields.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.texts.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a field. An empty value counts as absent: some clients send every field that
    /// they know.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        let mut values = self.texts().filter(|(found, _)| *found == name).map(|(_, value)| value);
        let value = values.next();
        if values.next().is_some() {
            return Err(Failure::invalid(format!("the form has the field {name:?} more than once")));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }
}

fn declared_length(request: &Request) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The bytes of a part; `None` if there are more than `max`.
async fn collect(mut part: Field<'_>, max: usize) -> Result<Option<Vec<u8>>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(malformed)? {
        if chunk.len() > max - bytes.len() {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

/// The file name without the directories that some clients prepend.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default()
}

fn malformed(error: MultipartError) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::too_large("the form is too large"),
        _ => Failure::invalid(format!("malformed form: {}", error.body_text())),
    }
}

/// Reads and discards the rest of a form.
async fn skip(parts: &mut Multipart) {
    while let Ok(Some(mut part)) = parts.next_field().await {
        while let Ok(Some(_)) = part.chunk().await {}
    }
}

/// Reads and discards a body, up to a limit.
async fn discard(mut body: Body) {
    let mut bytes = 0;
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        bytes += frame.data_ref().map_or(0, Bytes::len);
        if bytes > MAX_DISCARDED_BYTES {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    const MAX_FILE: u64 = 1000;

    /// A request with these parts: field name, file name, value.
    fn request(parts: &[(&str, Option<&str>, &str)]) -> Request {
        let mut body = String::new();
        for (name, filename, value) in parts {
            let filename = filename.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
            let head = format!("Content-Disposition: form-data; name=\"{name}\"{filename}");
            body += &format!("--limit\r\n{head}\r\n\r\n{value}\r\n");
        }
        with_type("multipart/form-data; boundary=limit", body + "--limit--\r\n")
    }

    fn with_type(media_type: &str, body: String) -> Request {
        let length = body.len();
        let request = Request::post("/").header(CONTENT_TYPE, media_type).header(CONTENT_LENGTH, length);
        request.body(Body::from(body)).unwrap()
    }

    async fn read(parts: &[(&str, Option<&str>, &str)]) -> Result<Form, u16> {
        Form::read(request(parts), MAX_FILE).await.map_err(|failure| failure.status().as_u16())
    }

    #[tokio::test]
    async fn a_file_and_texts() {
        let parts =
            [("id", None, "cat"), ("file", Some("a.jpg"), "bytes"), ("requireSignedURLs", None, "true")];
        let mut form = read(&parts).await.unwrap();
        assert_eq!(form.text("id").unwrap(), Some("cat"));
        assert_eq!(form.texts().collect::<Vec<_>>(), [("id", "cat"), ("requireSignedURLs", "true")]);
        assert_eq!(form.text("creator").unwrap(), None);
        let file = form.take_file().unwrap();
        assert_eq!((&file.bytes[..], file.filename.unwrap().as_str()), (&b"bytes"[..], "a.jpg"));
        assert!(form.take_file().is_none());
    }

    #[tokio::test]
    async fn file_names_are_optional_and_lose_their_folder() {
        let file = read(&[("file", None, "bytes")]).await.unwrap().take_file().unwrap();
        assert_eq!((&file.bytes[..], file.filename), (&b"bytes"[..], None));
        let file = read(&[("file", Some("a/b/c.jpg"), "bytes")]).await.unwrap().take_file().unwrap();
        assert_eq!(file.filename.unwrap().as_str(), "c.jpg");
        assert!(read(&[("file", Some(""), "")]).await.unwrap().take_file().is_none());
        assert_eq!(read(&[("file", None, "a"), ("file", None, "b")]).await.err(), Some(400));
    }

    #[tokio::test]
    async fn empty_fields_are_absent_and_repeated_ones_are_refused() {
        let form = read(&[("id", None, ""), ("url", None, "a"), ("url", None, "b")]).await.unwrap();
        assert_eq!(form.text("id").unwrap(), None);
        assert!(form.text("url").is_err());
    }

    #[tokio::test]
    async fn everything_is_bounded() {
        let file = |bytes| "x".repeat(bytes);
        assert!(read(&[("file", None, &file(1000))]).await.is_ok());
        assert_eq!(read(&[("file", None, &file(1001))]).await.err(), Some(413));
        assert!(read(&vec![("a", None, "b"); MAX_PARTS]).await.is_ok());
        assert_eq!(read(&vec![("a", None, "b"); MAX_PARTS + 1]).await.err(), Some(413));
        assert!(read(&[("a", None, &file(MAX_TEXT_BYTES - 1))]).await.is_ok());
        assert_eq!(read(&[("a", None, &file(MAX_TEXT_BYTES))]).await.err(), Some(413));
        assert_eq!(read(&[("a", None, &file(max_body(MAX_FILE)))]).await.err(), Some(413));
    }

    #[tokio::test]
    async fn a_text_form_must_not_contain_a_file() {
        let form = Form::read_texts(request(&[("id", None, "cat"), ("file", None, "")])).await.unwrap();
        assert_eq!(form.texts().collect::<Vec<_>>(), [("id", "cat")]);
        for value in ["", "bytes"] {
            assert!(Form::read_texts(request(&[("file", Some("a.jpg"), value)])).await.is_err());
        }
    }

    #[tokio::test]
    async fn malformed_forms_are_refused() {
        for (media_type, body) in [
            ("text/plain", "x"),
            ("multipart/form-data", "--limit--\r\n"),
            ("multipart/form-data; boundary=limit", ""),
            ("multipart/form-data; boundary=limit", "--limit\r\n"),
            (
                "multipart/form-data; boundary=limit",
                "--limit\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb",
            ),
        ] {
            let failure = Form::read(with_type(media_type, body.to_owned()), MAX_FILE).await.err();
            assert_eq!(failure.map(|failure| failure.status().as_u16()), Some(400), "{media_type} {body:?}");
        }
        assert!(read(&[]).await.is_ok(), "a form without parts is valid");
    }
}
