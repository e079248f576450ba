//! Signing and verifying: the parameters `exp` and `sig` of a URL ([contract section
//! 4](crate::docs::contract#4-signed-urls)).
//!
//! In: a URL, a keyring, an expiry or the current time. Out: the signed URL, or the key that signed
//! it and the expiry. The only file that composes the text to be signed. Must not know of records.

use super::keyring::Keyring;
use super::signature::{self, SignatureEncoding};
use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::KeyName;
use crate::url::{RawUrl, below_prefix};

/// How to sign a URL: the expiry, and the encoding of the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignOptions {
    expires_at: Option<u64>,
    encoding: SignatureEncoding,
}

impl SignOptions {
    /// No expiry, hexadecimal encoding.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the last Unix second at which the URL is valid.
    pub fn expires_at(self, unix_seconds: u64) -> Self {
        Self { expires_at: Some(unix_seconds), ..self }
    }

    /// Sets the encoding of the signature.
    pub fn encoding(self, encoding: SignatureEncoding) -> Self {
        Self { encoding, ..self }
    }
}

/// The result of a successful verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified<'a> {
    /// The key that made the signature.
    pub key: &'a KeyName,
    /// The last Unix second at which the URL is valid; `None` if it does not expire.
    pub expires: Option<u64>,
}

impl Keyring {
    /// Signs an absolute URL, or a path with query: adds `exp` if there is an expiry, then `sig`,
    /// and changes nothing else.
    ///
    /// Other parameters keep their order and are signed with the path, as is an `exp` that the URL
    /// already has. Scheme and host are not signed, nor is a custom domain's prefix
    /// `/cdn-cgi/imagedelivery`. A `?` with nothing after it counts as no query.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no key of this name. `InvalidArgument` if the URL is neither absolute
    /// nor starts with `/`; if it has a fragment, a control character, a `sig`, or an `exp` that
    /// occurs twice or is not a decimal `u64`; or if no client would send it unchanged: it starts
    /// with `//`, its path has a segment `.` or `..`, or it contains a space, a backslash, one of
    /// `"<>^{|}` or a backtick, or a character that is not ASCII.
    pub fn sign(&self, key_name: &str, url: &str, options: &SignOptions) -> Result<String> {
        let key = self.key(key_name)?;
        let unsignable = |rule| Error::new(Stage::Sign, Cause::UnsignableUrl(rule));
        let raw = RawUrl::parse(url.as_bytes()).map_err(unsignable)?;
        raw.check_sendable().map_err(unsignable)?;
        let parameters = Parameters::read(&raw).map_err(unsignable)?;
        if parameters.signature.is_some() {
            return Err(unsignable("it has a sig already"));
        }
        if parameters.expires.is_some() && options.expires_at.is_some() {
            return Err(unsignable("it has an exp already: sign it without a second expiry"));
        }

        // `exp=` and 20 digits, `sig=` and 64 digits, two separators.
        let mut signed = String::with_capacity(url.len() + 94);
        let bare = raw.query.is_none_or(<[u8]>::is_empty);
        signed.push_str(if bare { url.strip_suffix('?').unwrap_or(url) } else { url });
        let mut separator = if bare { '?' } else { '&' };
        if let Some(expires) = options.expires_at {
            signed.push(separator);
            signed.push_str("exp=");
            signed.push_str(&expires.to_string());
            separator = '&';
        }
        let text = &signed.as_bytes()[raw.origin.len()..];
        let signature = key.mac(&[below_prefix(text).unwrap_or(text)]);
        signed.push(separator);
        signed.push_str("sig=");
        signature::write(&signature, options.encoding, &mut signed);
        Ok(signed)
    }

    /// Verifies the signature of a received URL, absolute or a path with query. Pass it byte for
    /// byte as it was sent. `now` is the time in Unix seconds; the URL is valid while `now <= exp`,
    /// or forever without `exp`.
    ///
    /// Below a custom domain's prefix `/cdn-cgi/imagedelivery`, a signature over the path with or
    /// without that prefix is accepted.
    ///
    /// # Errors
    ///
    /// `SignatureMissing`; `SignatureMalformed` if the URL cannot be parsed, or its `sig` or `exp`
    /// is malformed or occurs twice; `SignatureMismatch`; and, only if the signature is valid,
    /// `SignatureExpired`.
    pub fn verify(&self, url: impl AsRef<[u8]>, now: u64) -> Result<Verified<'_>> {
        let refuse = |cause| Err(Error::new(Stage::Sign, cause));
        let malformed = |rule| Error::new(Stage::Sign, Cause::SignatureMalformed(rule));
        let raw = RawUrl::parse(url.as_ref()).map_err(malformed)?;
        let parameters = Parameters::read(&raw).map_err(malformed)?;
        let Some((sig, start, end)) = parameters.signature else {
            return refuse(Cause::SignatureMissing);
        };
        let Some(signature) = signature::read(sig) else {
            return refuse(Cause::SignatureMalformed(
                "sig is neither 64 hexadecimal digits nor 43 of base64url",
            ));
        };

        let [mark, before, and, after] = without_signature(raw.query.unwrap_or_default(), start, end);
        let whole: &[&[u8]] = &[raw.path, mark, before, and, after];
        let below: &[&[u8]] = &[raw.below_prefix().unwrap_or_default(), mark, before, and, after];
        let both = [whole, below];
        let texts = if raw.below_prefix().is_some() { &both[..] } else { &both[..1] };
        let Some(key) = self.signer_of(texts, &signature) else {
            return refuse(Cause::SignatureMismatch);
        };
        match parameters.expires {
            Some(expires) if now > expires => refuse(Cause::SignatureExpired { expires, now }),
            expires => Ok(Verified { key, expires }),
        }
    }
}

/// The two parameters that matter here. Names are compared as sent: `%73ig` is another parameter.
#[derive(Debug, Default)]
struct Parameters<'a> {
    /// The value of `sig`, and the parameter's byte range in the query.
    signature: Option<(&'a [u8], usize, usize)>,
    expires: Option<u64>,
}

impl<'a> Parameters<'a> {
    fn read(url: &RawUrl<'a>) -> Result<Self, &'static str> {
        let mut read = Self::default();
        for parameter in url.parameters() {
            match parameter.name {
                b"sig" => {
                    let found = (parameter.value, parameter.start, parameter.end);
                    if read.signature.replace(found).is_some() {
                        return Err("it has more than one sig");
                    }
                }
                b"exp" => {
                    let expires = unix_seconds(parameter.value)
                        .ok_or("exp is not a number of seconds in decimal digits, below 2^64")?;
                    if read.expires.replace(expires).is_some() {
                        return Err("it has more than one exp");
                    }
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

/// Only digits: `u64`'s own parser would accept a `+`.
fn unix_seconds(text: &[u8]) -> Option<u64> {
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The part of the signed text after the path: the query without the parameter at `start..end` and
/// without one adjacent `&`, after a `?` unless nothing is left.
fn without_signature(query: &[u8], start: usize, end: usize) -> [&[u8]; 4] {
    let before = start.checked_sub(1).map(|ampersand| &query[..ampersand]);
    let after = query.get(end + 1..);
    let and: &[u8] = if before.is_some() && after.is_some() { b"&" } else { b"" };
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let nothing = before.is_empty() && and.is_empty() && after.is_empty();
    [if nothing { b"" } else { b"?" }, before, and, after]
}
