//! [`Route`]: the account, image and rendition that a URL names.
//!
//! In: path and query as received. Out: the parts of the path, decoded. The path is split before it
//! is decoded, so that an encoded slash stays part of the image id. Must not know about records or
//! signatures.

use cretula::records::{DeliveryUrl, ImageId, Rendition, RuleSet};

use crate::failure::Failure;

/// The parts of a delivery URL.
#[derive(Debug)]
pub(super) struct Route(DeliveryUrl);

impl Route {
    /// Parses a path, with or without a query.
    pub(super) fn parse(url: &str, rules: RuleSet) -> Result<Self, Failure> {
        Ok(Self(DeliveryUrl::parse(url, rules)?))
    }

    pub(super) fn account_hash(&self) -> &str {
        self.0.account_hash()
    }

    pub(super) fn image_id(&self) -> &ImageId {
        self.0.image_id()
    }

    pub(super) fn rendition(&self) -> &Rendition {
        self.0.rendition()
    }
}

#[cfg(test)]
mod tests {
    use cretula::VariantOptions;

    use super::*;

    const HASH: &str = "Vi7wi5KSItxGFsWRG2Us6Q";

    fn route(rest: &str) -> Route {
        Route::parse(&format!("/{HASH}/{rest}"), RuleSet::Hosted).unwrap()
    }

    fn named(rest: &str) -> (String, String) {
        let route = route(rest);
        assert_eq!(route.account_hash(), HASH);
        match route.rendition() {
            Rendition::Named(id) => (route.image_id().as_str().to_owned(), id.as_str().to_owned()),
            Rendition::Options(options) => panic!("{options}"),
        }
    }

    fn options(rest: &str) -> (String, VariantOptions) {
        let route = route(rest);
        match route.rendition() {
            Rendition::Named(id) => panic!("{}", id.as_str()),
            Rendition::Options(options) => (route.image_id().as_str().to_owned(), *options),
        }
    }

    fn pair(id: &str, variant: &str) -> (String, String) {
        (id.to_owned(), variant.to_owned())
    }

    #[test]
    fn the_last_segment_is_the_variant_and_the_id_may_have_slashes() {
        assert_eq!(named("cat/public"), pair("cat", "public"));
        assert_eq!(named("a/b/c/public"), pair("a/b/c", "public"));
        assert_eq!(named("cat/public?exp=1&sig=2"), pair("cat", "public"));
    }

    #[test]
    fn encoded_and_plain_ids_are_equal() {
        assert_eq!(named("a%2Fb/public"), named("a/b/public"));
        assert_eq!(named("a%2fb/public"), named("a/b/public"));
        assert_eq!(named("caf%C3%A9/public"), pair("café", "public"));
        assert_eq!(named("50%25/public"), pair("50%", "public"));
        assert_eq!(named("a%252Fb/public"), pair("a%2Fb", "public"), "it is decoded once");
        assert_eq!(named("a%3Fb/public"), pair("a?b", "public"));
    }

    #[test]
    fn a_custom_domain_has_a_prefix() {
        let path = format!("/cdn-cgi/imagedelivery/{HASH}/a/b/public?sig=1");
        let route = Route::parse(&path, RuleSet::Hosted).unwrap();
        assert_eq!((route.account_hash(), route.image_id().as_str()), (HASH, "a/b"));
    }

    #[test]
    fn options_take_the_place_of_a_variant() {
        let expected: VariantOptions = "width=400,sharpen=3".parse().unwrap();
        assert_eq!(options("cat/w=400,sharpen=3"), ("cat".to_owned(), expected));
        assert_eq!(options("a/b/w=400,sharpen=3?x=1"), ("a/b".to_owned(), expected));
        assert_eq!(options("cat/w%3D400%2Csharpen%3D3"), ("cat".to_owned(), expected));
        let (_, background) = options("cat/w=4,background=%23ff0000");
        assert_eq!(background, "w=4,background=red".parse().unwrap());
    }

    #[test]
    fn invalid_delivery_urls_are_refused() {
        for path in [
            "/",
            "//",
            "/a",
            "/a/b",
            "/cdn-cgi/imagedelivery/h/cat",
            "/cdn-cgi/trace/cat/public",
            "/h/cat/",
            "/h//public",
            "/h/%zz/public",
            "/h/%ff/public",
            "/h/cat/dpr=0",
            "/h/cat/w=1,w=2",
            "/h/cat/nonsense=1",
            "/h/../cat/public",
            "/h h/cat/public",
        ] {
            let failure = Route::parse(path, RuleSet::Hosted).err();
            assert_eq!(failure.map(|failure| failure.status().as_u16()), Some(400), "{path}");
        }
    }
}
