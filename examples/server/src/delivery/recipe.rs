//! [`Recipe`]: the render of an image for one client.
//!
//! In: a variant's options, the stored properties of the image, the client's headers. Out: the
//! render, decided before anything is read, and the name of its result. Must not know where images
//! are stored or who may see them.

use axum::http::HeaderMap;
use cretula::{
    CancelToken, Format, FormatChoice, Limits, NegotiateOptions, OutputOptions, Renderer, Request, Rotation,
    Source, VariantOptions, negotiate, place,
};

use super::etag::ETag;
use super::headers;
use crate::records::StoredImage;

/// A render and the type of its result.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    asked: VariantOptions,
    request: Request,
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Picture(Format),
    Description,
}

impl Recipe {
    /// Chooses the format, from the `Accept` header if the options leave it open, and the quality,
    /// from the client hints if the options have one for slow connections. Options out of range are
    /// refused here, before anything is read.
    pub(super) fn new(
        asked: VariantOptions,
        image: &StoredImage,
        client: &HeaderMap,
        limits: &Limits,
    ) -> cretula::Result<Self> {
        asked.check(limits)?;
        let mut made = asked;
        if let Some(quality) = made.slow_connection_quality.take()
            && headers::is_slow(client)
        {
            made.quality = Some(quality);
        }
        let output = match made.format {
            Some(FormatChoice::Json) => Output::Description,
            Some(FormatChoice::Format(format)) => Output::Picture(format),
            Some(FormatChoice::BaselineJpeg) => Output::Picture(Format::Jpeg),
            _ => {
                made.format = None;
                Output::Picture(negotiated(&made, image, client))
            }
        };
        let options = match output {
            Output::Picture(format) => OutputOptions::new().format(format),
            Output::Description => OutputOptions::new(),
        };
        Ok(Self { asked, request: Request::new(made).output(options), output })
    }

    /// The name of this recipe's result for the original with this digest.
    pub(super) fn etag(&self, source_digest: &str) -> ETag {
        let output = match self.output {
            Output::Picture(format) => format.as_str(),
            Output::Description => "json",
        };
        ETag::new(source_digest, &self.asked, &self.request.variant, output)
    }

    /// The media type of the result.
    pub(super) fn media_type(&self) -> &'static str {
        match self.output {
            Output::Picture(format) => format.media_type(),
            Output::Description => "application/json",
        }
    }

    /// Whether the result depends on the client hints for slow connections.
    pub(super) fn depends_on_connection(&self) -> bool {
        self.asked.slow_connection_quality.is_some()
    }

    /// Renders the result.
    pub(super) fn make(
        &self,
        renderer: &mut Renderer,
        original: &[u8],
        cancel: &CancelToken,
    ) -> cretula::Result<Vec<u8>> {
        match self.output {
            Output::Description => renderer.describe(original, &self.request).map(String::into_bytes),
            Output::Picture(_) => {
                let requests = std::slice::from_ref(&self.request);
                let mut rendered = renderer.render_all(original, requests, Some(cancel))?;
                // One request gives one result.
                Ok(rendered.swap_remove(0).bytes)
            }
        }
    }
}

/// The format for a client, if the options leave it open.
fn negotiated(options: &VariantOptions, image: &StoredImage, client: &HeaderMap) -> Format {
    let frames = if options.anim { image.frames } else { 1 };
    let source = Source::new(image.format).has_alpha(image.has_alpha).frames(frames);
    let mut choice = NegotiateOptions::new();
    if let Some(pixels) = output_pixels(options, image) {
        choice = choice.output_pixels(pixels);
    }
    negotiate(headers::accept(client), source, &choice).format
}

/// The number of pixels of the output, ignoring trimming, which may be known only from the pixels.
fn output_pixels(options: &VariantOptions, image: &StoredImage) -> Option<u64> {
    let (width, height) = match options.rotate {
        Rotation::Clockwise90 | Rotation::Clockwise270 => (image.height, image.width),
        _ => (image.width, image.height),
    };
    let canvas = place(width, height, options).ok()?.canvas;
    Some(u64::from(canvas.width) * u64::from(canvas.height))
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT;
    use cretula::records::{Image, RuleSet};
    use cretula::{ErrorKind, probe};

    use super::*;

    const ROCKET: &[u8] = include_bytes!("../../../../tests/images/rocket.jpg");

    fn image() -> StoredImage {
        let info = probe(ROCKET, &Limits::default()).unwrap();
        StoredImage {
            record: Image::from_json(r#"{"id":"cat"}"#, RuleSet::Reference).unwrap(),
            object: "originals/a/1".to_owned(),
            digest: "aa".to_owned(),
            bytes: ROCKET.len() as u64,
            format: info.format,
            width: info.width,
            height: info.height,
            has_alpha: info.has_alpha,
            frames: info.frames,
        }
    }

    fn client(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, text)| (name.parse().unwrap(), text.parse().unwrap())).collect()
    }

    fn recipe(options: &str, client: &HeaderMap) -> Recipe {
        Recipe::new(options.parse().unwrap(), &image(), client, &Limits::default()).unwrap()
    }

    fn name(options: &str, client: &HeaderMap) -> ETag {
        recipe(options, client).etag("aa")
    }

    #[test]
    fn the_announced_type_matches_the_output() {
        let (webp, plain) = (client(&[(ACCEPT.as_str(), "image/webp")]), client(&[]));
        for (options, client, expected) in [
            ("w=9", &webp, "image/webp"),
            ("w=9", &plain, "image/jpeg"),
            ("w=9,f=auto", &webp, "image/webp"),
            ("w=9,f=png", &webp, "image/png"),
            ("w=9,f=gif", &plain, "image/gif"),
            ("w=9,f=baseline-jpeg", &webp, "image/jpeg"),
            ("w=9,rotate=90", &webp, "image/webp"),
        ] {
            let recipe = recipe(options, client);
            assert_eq!(recipe.media_type(), expected, "{options}");
            let made = recipe.make(&mut Renderer::new(), ROCKET, &CancelToken::new()).unwrap();
            let info = probe(&made, &Limits::default()).unwrap();
            assert_eq!(info.format.media_type(), expected, "{options}");
        }
        let described = recipe("w=9,f=json", &webp);
        assert_eq!(described.media_type(), "application/json");
        let text = described.make(&mut Renderer::new(), ROCKET, &CancelToken::new()).unwrap();
        assert!(String::from_utf8(text).unwrap().starts_with(r#"{"width":9,"height":6,"original":{"#));
    }

    #[test]
    fn clients_that_get_the_same_file_get_the_same_name() {
        let (webp, plain) = (client(&[(ACCEPT.as_str(), "image/webp")]), client(&[]));
        let also_webp = client(&[(ACCEPT.as_str(), "text/html, image/webp;q=0.5")]);
        assert_eq!(name("w=9", &webp), name("w=9", &also_webp));
        assert_ne!(name("w=9", &webp), name("w=9", &plain));
        assert_eq!(name("w=9,f=png", &webp), name("w=9,f=png", &plain));
        assert_eq!(name("w=9,f=json", &webp), name("w=9,f=json", &plain));
    }

    #[test]
    fn slow_connections_have_their_own_quality() {
        let (slow, fast) = (client(&[("save-data", "on")]), client(&[]));
        assert_ne!(name("w=9,q=90,scq=20", &slow), name("w=9,q=90,scq=20", &fast));
        assert_eq!(name("w=9,q=90", &slow), name("w=9,q=90", &fast));
        assert!(recipe("w=9,scq=20", &fast).depends_on_connection());
        assert!(!recipe("w=9", &slow).depends_on_connection());
        let made = |client| {
            recipe("w=300,q=90,scq=20", client).make(&mut Renderer::new(), ROCKET, &CancelToken::new())
        };
        assert!(made(&slow).unwrap().len() * 2 < made(&fast).unwrap().len());
    }

    #[test]
    fn options_out_of_bounds_are_refused_before_anything_is_read() {
        let options = "w=12001".parse().unwrap();
        let error = Recipe::new(options, &image(), &client(&[]), &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn a_cancelled_recipe_is_not_rendered() {
        let cancel = CancelToken::new();
        cancel.cancel();
        let error = recipe("w=9", &client(&[])).make(&mut Renderer::new(), ROCKET, &cancel).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
