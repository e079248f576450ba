//! The headers of delivery requests and responses: caching, validators, negotiation, CORS.
//!
//! In: headers, times, the validators of a file. Out: header values. Must not know about storage or
//! rendering.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ETAG, HeaderName, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use cretula::records::Timestamp;

use super::etag::ETag;

/// The service's error code.
pub(super) const X_ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");

/// The audience of an image, which decides who may cache it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Everyone,
    /// Clients that have the signed URL, until it expires.
    Holder {
        expires: Option<u64>,
    },
}

impl Audience {
    /// The value of `Cache-Control` at `now`, if browsers may cache the account's images for `ttl`
    /// seconds. Shared caches never store a private image, and no cache keeps it beyond the expiry
    /// of its URL.
    pub(super) fn cache_control(self, ttl: u32, now: u64) -> HeaderValue {
        let ttl = u64::from(ttl);
        let text = match self {
            Self::Everyone => format!("public, max-age={ttl}"),
            Self::Holder { expires } => {
                let left = expires.map_or(u64::MAX, |expires| expires.saturating_sub(now));
                format!("private, max-age={}", ttl.min(left))
            }
        };
        value(text)
    }
}

/// The validators of a client's cached copy.
#[derive(Debug, Clone)]
pub(super) struct Validators {
    etag: ETag,
    modified: Option<SystemTime>,
}

impl Validators {
    /// The validators of a file with this name, whose original was `uploaded` at that time. Its
    /// rendering is unchanged `since` that time.
    pub(super) fn new(etag: ETag, uploaded: Option<Timestamp>, since: Option<SystemTime>) -> Self {
        let modified = uploaded
            .and_then(system_time)
            .map(|uploaded| since.map_or(uploaded, |since| uploaded.max(since)));
        Self { etag, modified: modified.map(whole_seconds) }
    }

    /// Whether the cached copy that the request describes is still valid (RFC 9110, section 13.2.2:
    /// the date counts only without an ETag).
    pub(super) fn still_hold(&self, request: &HeaderMap) -> bool {
        if request.contains_key(IF_NONE_MATCH) {
            return request.get_all(IF_NONE_MATCH).iter().any(|value| self.etag.is_in(value));
        }
        let since = request.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
        let since = since.and_then(|text| httpdate::parse_http_date(text).ok());
        self.modified.zip(since).is_some_and(|(modified, since)| modified <= since)
    }

    pub(super) fn put_into(&self, headers: &mut HeaderMap) {
        headers.insert(ETAG, value(self.etag.to_string()));
        if let Some(modified) = self.modified {
            headers.insert(LAST_MODIFIED, value(httpdate::fmt_http_date(modified)));
        }
    }
}

fn system_time(timestamp: Timestamp) -> Option<SystemTime> {
    let milliseconds = u64::try_from(timestamp.as_unix_millis()).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
}

/// Truncates a time to the precision of an HTTP date.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

/// Adds the headers of every delivery response, whatever its status: caches vary by `Accept`, and
/// pages of every origin may use it.
pub(super) fn put_common(headers: &mut HeaderMap) {
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag, X-Error-Code"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Adds the client hints to `Vary`, for responses that depend on the client's connection.
pub(super) fn vary_by_connection(headers: &mut HeaderMap) {
    headers.insert(VARY, HeaderValue::from_static("Accept, Save-Data, ECT, RTT, Downlink"));
}

/// The `Accept` header; several headers form one list.
pub(super) fn accept(request: &HeaderMap) -> Vec<u8> {
    let values: Vec<_> = request.get_all(ACCEPT).iter().map(HeaderValue::as_bytes).collect();
    values.join(&b", "[..])
}

/// Whether a client hint indicates a slow connection: less than 5 Mbit/s, more than 150 ms, at most
/// 3G, or data saving.
pub(super) fn is_slow(request: &HeaderMap) -> bool {
    let hint = |name: &str| request.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |name| hint(name).and_then(|text| text.parse::<f64>().ok());
    hint("save-data").is_some_and(|text| text.eq_ignore_ascii_case("on"))
        || hint("ect").is_some_and(|text| ["slow-2g", "2g", "3g"].contains(&text))
        || number("rtt").is_some_and(|milliseconds| milliseconds > 150.0)
        || number("downlink").is_some_and(|megabits| megabits < 5.0)
}

/// A header value of digits and words, which is always valid.
pub(super) fn value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: u32 = 172_800;

    fn request(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, text) in fields {
            headers.append(*name, HeaderValue::try_from(*text).unwrap());
        }
        headers
    }

    #[test]
    fn private_images_are_never_cached_beyond_their_expiry() {
        let kept = |audience: Audience, now| audience.cache_control(TTL, now);
        assert_eq!(kept(Audience::Everyone, 0), "public, max-age=172800");
        assert_eq!(kept(Audience::Holder { expires: None }, 0), "private, max-age=172800");
        for (expires, now, expected) in [
            (1_000_000, 0, "private, max-age=172800"),
            (1_000, 990, "private, max-age=10"),
            (1_000, 1_000, "private, max-age=0"),
            (1_000, 2_000, "private, max-age=0"),
            (u64::MAX, 0, "private, max-age=172800"),
        ] {
            assert_eq!(
                kept(Audience::Holder { expires: Some(expires) }, now),
                expected,
                "{expires} at {now}"
            );
        }
    }

    #[test]
    fn an_etag_takes_precedence_over_a_date() {
        let etag = ETag::new("aa", &"w=9".parse().unwrap(), &"w=9".parse().unwrap(), "webp");
        let quoted = etag.to_string();
        let validators = Validators::new(etag, Some("2014-01-02T02:20:00.123Z".parse().unwrap()), None);
        let (same, before) = ("Thu, 02 Jan 2014 02:20:00 GMT", "Thu, 02 Jan 2014 02:19:59 GMT");
        for (fields, expected) in [
            (vec![], false),
            (vec![("if-none-match", quoted.as_str())], true),
            (vec![("if-none-match", "\"other\""), ("if-none-match", quoted.as_str())], true),
            (vec![("if-none-match", "\"other\""), ("if-modified-since", same)], false),
            (vec![("if-modified-since", same)], true),
            (vec![("if-modified-since", before)], false),
            (vec![("if-modified-since", "Thursday, 02-Jan-14 02:20:00 GMT")], true),
            (vec![("if-modified-since", "yesterday")], false),
        ] {
            assert_eq!(validators.still_hold(&request(&fields)), expected, "{fields:?}");
        }
        let mut headers = HeaderMap::new();
        validators.put_into(&mut headers);
        assert_eq!((&headers[ETAG], &headers[LAST_MODIFIED]), (&value(quoted), &value(same.to_owned())));
    }

    #[test]
    fn last_modified_may_be_later_than_the_upload() {
        let etag = ETag::new("aa", &"w=9".parse().unwrap(), &"w=9".parse().unwrap(), "webp");
        let uploaded = Some("2014-01-02T02:20:00.123Z".parse().unwrap());
        let modified = |since| {
            let mut headers = HeaderMap::new();
            Validators::new(etag.clone(), uploaded, Some(since)).put_into(&mut headers);
            headers[LAST_MODIFIED].to_str().unwrap().to_owned()
        };
        assert_eq!(modified(UNIX_EPOCH), "Thu, 02 Jan 2014 02:20:00 GMT");
        let year_2020 = UNIX_EPOCH + Duration::from_millis(1_577_836_800_999);
        assert_eq!(modified(year_2020), "Wed, 01 Jan 2020 00:00:00 GMT");
    }

    #[test]
    fn client_hints_indicate_a_slow_connection() {
        for (fields, expected) in [
            (vec![], false),
            (vec![("save-data", "on")], true),
            (vec![("save-data", "off")], false),
            (vec![("ect", "3g")], true),
            (vec![("ect", "4g")], false),
            (vec![("rtt", "150")], false),
            (vec![("rtt", "200")], true),
            (vec![("downlink", "4.9")], true),
            (vec![("downlink", "5"), ("rtt", "x")], false),
        ] {
            assert_eq!(is_slow(&request(&fields)), expected, "{fields:?}");
        }
    }

    #[test]
    fn several_accept_headers_are_one_list() {
        assert_eq!(accept(&request(&[])), b"");
        assert_eq!(accept(&request(&[("accept", "image/webp"), ("accept", "*/*")])), b"image/webp, */*");
    }
}
