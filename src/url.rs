//! [`RawUrl`]: a URL, or a path with query, split into parts without changing a byte.
//!
//! In: untrusted bytes. Out: path, query, and the query's parameters as sent. Nothing is decoded or
//! normalized: the bytes that are verified are the bytes that were received. Must not know of keys.

use memchr::{memchr, memchr_iter};

/// Prefix of the path on a custom domain, which serves `/<account>/<image>/<variant>` below it.
pub(crate) const CUSTOM_DOMAIN_PREFIX: &[u8] = b"/cdn-cgi/imagedelivery";

/// An absolute URL, or a path with query, in parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawUrl<'a> {
    /// Scheme and authority, such as `https://host:443`; empty if the URL is a path.
    pub(crate) origin: &'a [u8],
    /// From the first `/` up to the query.
    pub(crate) path: &'a [u8],
    /// The bytes after the first `?`.
    pub(crate) query: Option<&'a [u8]>,
}

impl<'a> RawUrl<'a> {
    /// Splits `url` into its parts. The error names the rule that is broken.
    pub(crate) fn parse(url: &'a [u8]) -> Result<Self, &'static str> {
        // No early exit: this way, the loop compiles to vector instructions.
        if url.iter().fold(false, |found, b| found | b.is_ascii_control()) {
            return Err("it contains a control character");
        }
        if memchr(b'#', url).is_some() {
            return Err("it has a fragment (#), which is never sent to a server");
        }
        let (origin, rest) = url.split_at(origin_length(url)?);
        let (path, query) = match memchr(b'?', rest) {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        Ok(Self { origin, path, query })
    }

    /// Refuses a URL that no client sends unchanged. Browsers and other clients percent-encode,
    /// rewrite or resolve such a URL before they send it, so its signature would never match (RFC
    /// 3986 sections 2, 4.2 and 5.2.4; WHATWG URL section 4.4).
    pub(crate) fn check_sendable(&self) -> Result<(), &'static str> {
        if self.origin.is_empty() && self.path.starts_with(b"//") {
            return Err("it starts with //, which names a host without a scheme");
        }
        for part in [self.path, self.query.unwrap_or_default()] {
            if part.contains(&b' ') {
                return Err("it contains a space: write %20");
            }
            if !part.is_ascii() {
                return Err("it contains a character that is not ASCII: percent-encode it");
            }
            if part.contains(&b'\\') {
                return Err("it contains a backslash, which clients send as / or as %5C");
            }
            if part.iter().any(|byte| b"\"<>^`{|}".contains(byte)) {
                return Err(
                    "it contains one of \" < > ^ ` { | }, which no URL may contain: percent-encode it",
                );
            }
        }
        if self.path.split(|&byte| byte == b'/').any(is_dot_segment) {
            return Err("its path has a segment . or .., which clients resolve before they send it");
        }
        Ok(())
    }

    /// The host and port of an absolute URL.
    pub(crate) fn host(&self) -> Option<&'a [u8]> {
        let at = self.origin.windows(3).position(|w| w == b"://")?;
        Some(&self.origin[at + 3..])
    }

    /// The path below a custom domain's prefix, if the path starts with that prefix.
    pub(crate) fn below_prefix(&self) -> Option<&'a [u8]> {
        below_prefix(self.path)
    }

    /// The parameters of the query, as sent.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = Parameter<'a>> {
        let query = self.query.unwrap_or_default();
        let mut start = 0;
        memchr_iter(b'&', query).chain([query.len()]).map(move |end| {
            let parameter = Parameter::new(&query[start..end], start);
            start = end + 1;
            parameter
        })
    }
}

/// Whether a path segment is `.` or `..`, percent-encoded or not.
fn is_dot_segment(segment: &[u8]) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while let Some(after) = rest.strip_prefix(b".").or_else(|| {
        let (first, after) = rest.split_at_checked(3)?;
        first.eq_ignore_ascii_case(b"%2e").then_some(after)
    }) {
        rest = after;
        dots += 1;
    }
    rest.is_empty() && (dots == 1 || dots == 2)
}

/// The path after a custom domain's prefix; it starts with `/`.
pub(crate) fn below_prefix(path: &[u8]) -> Option<&[u8]> {
    path.strip_prefix(CUSTOM_DOMAIN_PREFIX).filter(|rest| rest.starts_with(b"/"))
}

/// A query parameter: `name=value`, or a bare `name`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'a [u8],
    /// Empty for a bare name.
    pub(crate) value: &'a [u8],
    /// Byte offset of the parameter in the query.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl<'a> Parameter<'a> {
    fn new(text: &'a [u8], start: usize) -> Self {
        let end = start + text.len();
        match memchr(b'=', text) {
            Some(at) => Self { name: &text[..at], value: &text[at + 1..], start, end },
            None => Self { name: text, value: &[], start, end },
        }
    }
}

/// Number of bytes before the path.
fn origin_length(url: &[u8]) -> Result<usize, &'static str> {
    if url.starts_with(b"/") {
        return Ok(0);
    }
    let colon = url.iter().position(|&b| b == b':').unwrap_or(0);
    let (scheme, rest) = url.split_at(colon);
    let is_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
    if !is_scheme || !rest.starts_with(b"://") {
        return Err("it is neither an absolute URL nor a path that starts with /");
    }
    let authority = rest[3..].iter().position(|b| b"/?".contains(b)).unwrap_or(rest.len() - 3);
    if authority == 0 {
        return Err("it has no host");
    }
    let length = colon + 3 + authority;
    match url.get(length) {
        Some(b'/') => Ok(length),
        _ => Err("it has no path: give at least / after the host"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_keeps_every_byte() {
        let url = RawUrl::parse(b"https://h:1/a%2fb//?x=1&&sig=&%73ig=2&y").unwrap();
        assert_eq!((url.origin, url.path), (&b"https://h:1"[..], &b"/a%2fb//"[..]));
        assert_eq!(url.host(), Some(&b"h:1"[..]));
        let names: Vec<_> = url.parameters().map(|p| (p.name, p.value)).collect();
        let expected: [(&[u8], &[u8]); 5] =
            [(b"x", b"1"), (b"", b""), (b"sig", b""), (b"%73ig", b"2"), (b"y", b"")];
        assert_eq!(names, expected);
        let query = url.query.unwrap();
        for p in url.parameters() {
            assert!(query[p.start..p.end].starts_with(p.name));
        }
    }

    #[test]
    fn parse_errors_name_the_broken_rule() {
        for (url, why) in [
            (&b"imagedelivery.net/a/b/c"[..], "neither"),
            (b"", "neither"),
            (b"?x", "neither"),
            (b"1a://h/", "neither"),
            (b"https:/h/", "neither"),
            (b"https:///p", "no host"),
            (b"https://host", "no path"),
            (b"https://host?x=/", "no path"),
            (b"/p#f", "fragment"),
            (b"/p\r\nq", "control"),
            (b"/p\x7f", "control"),
        ] {
            let error = RawUrl::parse(url).unwrap_err();
            assert!(error.contains(why), "{}: {error}", String::from_utf8_lossy(url));
        }
    }
}
