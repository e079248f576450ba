//! Redaction: the parts of a URL that may be logged.
//!
//! In: a URL. Out: its path, the names of its parameters, and the values of parameters that are
//! known to be harmless. Everything else is omitted, whatever its name: a list of the names that
//! hold secrets would miss one. Must not know what the parameters mean.

use axum::http::Uri;

/// Parameters whose values are logged: those of lists, and the expiry of a signature.
const HARMLESS: [&str; 4] = ["exp", "page", "per_page", "sort_order"];

/// Longer than any known parameter name, and shorter than any secret.
const LONGEST_NAME: usize = 24;

/// A path may be as long as the listener allows; the beginning of a longer one is enough.
const LONGEST: usize = 512;

/// The path and query as they may be logged.
pub(super) fn path_and_query(uri: &Uri) -> String {
    let mut text = uri.path().to_owned();
    for (index, pair) in uri.query().into_iter().flat_map(|query| query.split('&')).enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if HARMLESS.contains(&name) => text.push_str(pair),
            Some((name, _)) if name.len() <= LONGEST_NAME => text.extend([name, "=…"]),
            // The name itself may be a secret.
            _ => text.push('…'),
        }
    }
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(url: &str) -> String {
        path_and_query(&url.parse().unwrap())
    }

    #[test]
    fn secrets_are_omitted_however_their_names_are_written() {
        for (url, expected) in [
            ("/h/i/public", "/h/i/public"),
            ("/h/i/public?exp=12&sig=0a1b", "/h/i/public?exp=12&sig=…"),
            ("/h/i/public?sig=0a1b&exp=12", "/h/i/public?sig=…&exp=12"),
            ("/h/i/public?SIG=0a1b", "/h/i/public?SIG=…"),
            ("/h/i/public?%73ig=0a1b", "/h/i/public?%73ig=…"),
            ("/h/i/public?sig=a=b", "/h/i/public?sig=…"),
            ("/h/i/public?0a1b", "/h/i/public?…"),
            ("/h/i/public?0a1b2c3d4e5f60718293a4b5c6d7e8f9==", "/h/i/public?…"),
            ("/h/i/public?", "/h/i/public?…"),
            ("/upload/h/i?token=secret", "/upload/h/i?token=…"),
            ("/upload/h/i?x=1&&token=secret", "/upload/h/i?x=…&…&token=…"),
            ("/v2?per_page=10&meta.album=7&sort_order=asc", "/v2?per_page=10&meta.album=…&sort_order=asc"),
            ("http://user:pass@host/h/i?page=2", "/h/i?page=2"),
        ] {
            assert_eq!(written(url), expected, "{url}");
        }
    }

    #[test]
    fn a_long_path_is_truncated() {
        let text = written(&format!("/{}", "a".repeat(5000)));
        assert_eq!(text.chars().count(), LONGEST + 1);
        assert!(text.ends_with('…'));
    }
}
