//! [`Route`]: the account and resource that an API path names.
//!
//! In: a path as received. Out: its parts, decoded. The path is split before it is decoded, so that
//! an encoded slash stays part of an id; ids may contain plain slashes, too. Must not know about
//! responses, credentials or records.

use percent_encoding::percent_decode_str;

/// First segments below `v1` that are never image ids. `batch_token` belongs to the hosted service
/// and is not implemented.
const RESERVED: [&str; 6] = ["batch_token", "config", "direct_upload", "keys", "stats", "variants"];

/// The resource that a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Images,
    Image(String),
    Blob(String),
    Keys,
    Key(String),
    Stats,
    Variants,
    Variant(String),
    FlatVariant(String),
    Config,
    /// Either version: both accept the same requests and return the same responses.
    DirectUpload,
    ImagesV2,
}

impl Resource {
    /// The allowed methods, in the format of the `Allow` header.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Self::Images | Self::Variants => "GET, HEAD, POST",
            Self::Image(_) | Self::Variant(_) => "GET, HEAD, PATCH, DELETE",
            Self::Blob(_) | Self::Keys | Self::Stats | Self::FlatVariant(_) | Self::ImagesV2 => "GET, HEAD",
            Self::Key(_) => "PUT, DELETE",
            Self::Config => "GET, HEAD, PATCH",
            Self::DirectUpload => "POST",
        }
    }
}

/// An API path: `/accounts/<account>/images/<resource>`, also below `/client/v4`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) account: String,
    pub(super) resource: Resource,
}

impl Route {
    pub(super) fn parse(path: &str) -> Option<Self> {
        let below = path.strip_prefix("/client/v4").unwrap_or(path).strip_prefix("/accounts/")?;
        let segments: Vec<&str> = below.split('/').collect();
        let (account, resource) = match segments.as_slice() {
            [account, "images", "v1", below @ ..] => (account, v1(below)?),
            [account, "images", "v2"] => (account, Resource::ImagesV2),
            [account, "images", "v2", "direct_upload"] => (account, Resource::DirectUpload),
            _ => return None,
        };
        Some(Self { account: decoded(&[account])?, resource })
    }
}

fn v1(below: &[&str]) -> Option<Resource> {
    Some(match below {
        [] => Resource::Images,
        ["config"] => Resource::Config,
        ["direct_upload"] => Resource::DirectUpload,
        ["keys"] => Resource::Keys,
        ["keys", name] => Resource::Key(decoded(&[name])?),
        ["stats"] => Resource::Stats,
        ["variants"] => Resource::Variants,
        ["variants", id] => Resource::Variant(decoded(&[id])?),
        ["variants", id, "flat"] => Resource::FlatVariant(decoded(&[id])?),
        [first, ..] if RESERVED.contains(first) => return None,
        [id @ .., "blob"] if !id.is_empty() => Resource::Blob(decoded(id)?),
        id => Resource::Image(decoded(id)?),
    })
}

/// Whether a client that does not encode slashes reaches the image `id` and not another resource:
/// `stats`, `keys/a` and `a/blob` cannot be image ids.
pub(super) fn is_of_an_image(id: &str) -> bool {
    let segments: Vec<&str> = id.split('/').collect();
    match segments.as_slice() {
        [first, ..] if RESERVED.contains(first) => false,
        [_, .., "blob"] => false,
        _ => true,
    }
}

/// Joins and decodes segments, none of which may be empty.
pub(crate) fn decoded(segments: &[&str]) -> Option<String> {
    if segments.iter().any(|segment| segment.is_empty()) {
        return None;
    }
    let text = segments.join("/");
    Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(path: &str) -> Option<Resource> {
        let route = Route::parse(&format!("/accounts/abc/images/{path}"))?;
        assert_eq!(route.account, "abc");
        assert_eq!(Route::parse(&format!("/client/v4/accounts/abc/images/{path}")), Some(route), "{path}");
        Route::parse(&format!("/accounts/abc/images/{path}")).map(|route| route.resource)
    }

    fn image(id: &str) -> Option<Resource> {
        Some(Resource::Image(id.to_owned()))
    }

    #[test]
    fn every_resource_has_its_path() {
        let name = || "a".to_owned();
        for (path, expected) in [
            ("v1", Resource::Images),
            ("v1/a", Resource::Image(name())),
            ("v1/a/blob", Resource::Blob(name())),
            ("v1/keys", Resource::Keys),
            ("v1/keys/a", Resource::Key(name())),
            ("v1/stats", Resource::Stats),
            ("v1/variants", Resource::Variants),
            ("v1/variants/a", Resource::Variant(name())),
            ("v1/variants/a/flat", Resource::FlatVariant(name())),
            ("v1/config", Resource::Config),
            ("v1/direct_upload", Resource::DirectUpload),
            ("v2", Resource::ImagesV2),
            ("v2/direct_upload", Resource::DirectUpload),
        ] {
            assert_eq!(resource(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn an_id_may_contain_plain_or_encoded_slashes() {
        assert_eq!(resource("v1/a/b/c"), image("a/b/c"));
        assert_eq!(resource("v1/a%2Fb%2fc"), image("a/b/c"));
        assert_eq!(resource("v1/a/b/blob"), Some(Resource::Blob("a/b".to_owned())));
        assert_eq!(resource("v1/a%2Fb/blob"), Some(Resource::Blob("a/b".to_owned())));
        assert_eq!(resource("v1/a%2Fblob"), image("a/blob"), "it was one segment");
        assert_eq!(resource("v1/blob"), image("blob"));
        assert_eq!(resource("v1/50%25"), image("50%"));
        assert_eq!(resource("v1/caf%C3%A9%3F"), image("café?"));
        assert_eq!(resource("v1/keys/a%2Fb"), Some(Resource::Key("a/b".to_owned())));
    }

    #[test]
    fn other_paths_have_no_route() {
        for path in [
            "",
            "v1/",
            "v1//a",
            "v1/a/",
            "v1/a//blob",
            "v1/%ff",
            "v1/keys/",
            "v1/keys/a/b",
            "v1/stats/a",
            "v1/variants/a/b",
            "v1/variants/a/flat/b",
            "v1/batch_token",
            "v1/direct_upload/a",
            "v2/",
            "v2/a",
            "v3",
        ] {
            assert_eq!(resource(path), None, "{path}");
        }
        for path in
            ["/accounts", "/accounts/", "/accounts/abc", "/accounts/abc/stream/v1", "/accounts//images/v1"]
        {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }

    #[test]
    fn paths_of_other_resources_are_not_image_ids() {
        for id in ["cat", "a/b", "blob", "a/keys", "stats2", "blob/a"] {
            assert_eq!((is_of_an_image(id), resource(&format!("v1/{id}"))), (true, image(id)), "{id}");
        }
        for id in [
            "keys",
            "stats",
            "variants",
            "config",
            "direct_upload",
            "batch_token",
            "keys/a",
            "a/blob",
            "a/b/blob",
        ] {
            assert!(!is_of_an_image(id), "{id}");
            assert_ne!(resource(&format!("v1/{id}")), image(id), "{id}");
        }
    }
}
