//! [`Target`]: a URL whose text allows a fetch.
//!
//! In: a URL from a client or from a redirect. Out: its parts. Only the default ports are allowed:
//! images are published there, and clients must not use the server to scan other ports of other
//! hosts, or to connect to anything that is not a web server. Must not know about addresses.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::FetchLimits;

/// The limit of common clients.
const LONGEST: usize = 8192;

/// A checked URL.
#[derive(Debug)]
pub(super) struct Target {
    url: Url,
    any_port: bool,
}

impl Target {
    pub(super) fn parse(text: &str, limits: &FetchLimits) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("the URL is {} bytes long, at most {LONGEST} are allowed", text.len()));
        }
        let url = Url::parse(text).map_err(|error| format!("{text:?} is not a URL: {error}"))?;
        Self::check(url, limits.allow_private_addresses)
    }

    /// Resolves a redirect from this URL.
    pub(super) fn redirected(&self, location: &str) -> Result<Self, String> {
        let url = self
            .url
            .join(location)
            .map_err(|error| format!("the URL redirects to an invalid URL: {error}"))?;
        Self::check(url, self.any_port)
    }

    fn check(url: Url, any_port: bool) -> Result<Self, String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("the scheme {:?} is not allowed: use http or https", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the URL must not contain a user name or a password".to_owned());
        }
        if let Some(port) = url.port().filter(|_| !any_port) {
            return Err(format!("port {port} is not allowed: use the default of {}", url.scheme()));
        }
        if url.host().is_none() {
            return Err("the URL has no host".to_owned());
        }
        Ok(Self { url, any_port })
    }

    pub(super) fn host(&self) -> Host<&str> {
        // The host was checked; the empty name resolves to nothing.
        self.url.host().unwrap_or(Host::Domain(""))
    }

    pub(super) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The `Host` header: host, and port if it is not the default.
    pub(super) fn authority(&self) -> &str {
        self.url.authority()
    }

    /// The request target: path and query.
    pub(super) fn path_and_query(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }

    /// The last segment of the path, if it is valid text.
    pub(super) fn filename(&self) -> Option<String> {
        let last = self.url.path_segments()?.next_back().filter(|last| !last.is_empty())?;
        percent_decode_str(last).decode_utf8().ok().map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Target, String> {
        Target::parse(text, &FetchLimits::new(false))
    }

    #[test]
    fn the_parts_of_a_url() {
        let target = parse("HTTPS://Example.com:443/a%20b/c%C3%A4.jpg?x=/y#z").unwrap();
        assert_eq!((target.host(), target.port()), (Host::Domain("example.com"), 443));
        assert!(target.is_https());
        assert_eq!(target.authority(), "example.com");
        assert_eq!(target.path_and_query(), "/a%20b/c%C3%A4.jpg?x=/y");
        assert_eq!(target.filename().as_deref(), Some("cä.jpg"));
        assert_eq!(parse("http://example.com").unwrap().filename(), None);
        assert_eq!(parse("http://example.com/%ff").unwrap().filename(), None);
    }

    #[test]
    fn unsuitable_urls_are_refused() {
        let long = format!("http://example.com/{}", "a".repeat(LONGEST));
        for (text, reason) in [
            ("", "not a URL"),
            ("/a.jpg", "not a URL"),
            ("http://", "not a URL"),
            ("ftp://example.com/a", "\"ftp\""),
            ("file:///etc/passwd", "\"file\""),
            ("gopher://example.com/_x", "\"gopher\""),
            ("data:image/png;base64,AA", "\"data\""),
            ("javascript:1", "\"javascript\""),
            ("http://user@example.com/", "user name"),
            ("http://:secret@example.com/", "password"),
            ("http://example.com:8080/", "port 8080"),
            ("http://example.com:443/", "port 443"),
            ("https://example.com:80/", "port 80"),
            ("http://example.com:22/", "port 22"),
            (&long, "bytes long"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn every_notation_of_an_ipv4_address_is_recognized() {
        for text in
            ["127.1", "0x7f.1", "0177.0.0.1", "2130706433", "0x7f000001", "127.0.0.1.", "１２７.0.0.1"]
        {
            let target = parse(&format!("http://{text}/")).unwrap();
            assert_eq!(target.host(), Host::<&str>::Ipv4([127, 0, 0, 1].into()), "{text}");
        }
        let target = parse("http://[::ffff:7f00:1]/").unwrap();
        assert_eq!(target.host(), Host::<&str>::Ipv6("::ffff:127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn a_redirect_is_checked_like_the_first_url() {
        let target = parse("https://example.com/a/b?c").unwrap();
        assert_eq!(target.redirected("../d").unwrap().path_and_query(), "/d");
        assert_eq!(target.redirected("//other.example/e").unwrap().authority(), "other.example");
        for location in ["ftp://x/", "http://u@x/", "http://x:8080/", "http://[", "file:///etc/passwd"] {
            assert!(target.redirected(location).is_err(), "{location}");
        }
    }
}
