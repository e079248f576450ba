//! [`negotiate`]: the output format for a client and a source
//! ([contract section 8](crate::docs::contract#8-content-negotiation)).
//!
//! In: the bytes of an `Accept` header (RFC 9110, section 12.5.1), and what is known of the source. Out: a format that this
//! build writes. Reads the header in linear time and allocates nothing. Must not know of pixels or codecs.

#![deny(clippy::indexing_slicing)]

use crate::options::Format;
use crate::render::ImageInfo;

/// A source, as far as the choice of its output format depends on it.
///
/// Made from an [`ImageInfo`], or from what a server has stored about the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Source {
    /// The format of the file.
    pub format: Format,
    /// Whether pixels may be transparent. Default `false`.
    pub has_alpha: bool,
    /// Number of frames; above 1, the source is animated. Default 1.
    pub frames: u32,
}

impl Source {
    /// A still image without alpha.
    pub fn new(format: Format) -> Self {
        Self { format, has_alpha: false, frames: 1 }
    }

    /// Sets whether pixels may be transparent.
    pub fn has_alpha(self, has_alpha: bool) -> Self {
        Self { has_alpha, ..self }
    }

    /// Sets the number of frames.
    pub fn frames(self, frames: u32) -> Self {
        Self { frames, ..self }
    }
}

impl From<&ImageInfo> for Source {
    fn from(info: &ImageInfo) -> Self {
        Self { format: info.format, has_alpha: info.has_alpha, frames: info.frames }
    }
}

/// Options of [`negotiate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct NegotiateOptions {
    /// Number of pixels of the output, its width times its height. Default `None`: unknown, and then not limited.
    pub output_pixels: Option<u64>,
    /// AVIF is not chosen for an output of more pixels, because its encoder is slow. Default 1 440 000, that is 1200 × 1200;
    /// 0 turns AVIF off where `output_pixels` is given.
    pub max_avif_pixels: u64,
}

impl Default for NegotiateOptions {
    fn default() -> Self {
        Self { output_pixels: None, max_avif_pixels: 1_440_000 }
    }
}

impl NegotiateOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of pixels of the output.
    pub fn output_pixels(self, pixels: u64) -> Self {
        Self { output_pixels: Some(pixels), ..self }
    }

    /// Sets the largest output, in pixels, for which AVIF is chosen.
    pub fn max_avif_pixels(self, pixels: u64) -> Self {
        Self { max_avif_pixels: pixels, ..self }
    }
}

/// The answer of [`negotiate`].
///
/// JSON keys: `format`, `vary`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Negotiated {
    /// The output format. This build writes it.
    pub format: Format,
    /// Value of the response's `Vary` header. Always `Accept`: a cache must not give this answer to a client with another
    /// `Accept` header, whichever format was chosen.
    pub vary: &'static str,
}

/// Chooses the output format from the value of an `Accept` header.
///
/// AVIF if the header names `image/avif`, else WebP if it names `image/webp`, else the source's own format. A build that does
/// not write one of them passes on to the next; in place of the own format that is JPEG, or PNG if the source has alpha. This
/// version does not write AVIF. An animated source becomes an animated WebP, or keeps its own format.
///
/// A name counts if its weight (`q`) is above 0; a larger weight does not put WebP before AVIF. `*/*` and `image/*` choose
/// neither. No header makes this fail: members that break the grammar are ignored, and a client that refuses every format gets
/// the source's own.
///
/// Without the header, pass `""`. If it was sent several times, join the values with commas.
///
/// ```
/// use cretula::{Fit, Format, Limits, NegotiateOptions, VariantOptions, negotiate, place, probe};
///
/// # let upload = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images/rocket.jpg"));
/// let info = probe(upload, &Limits::default())?;
/// let output = place(info.width, info.height, &VariantOptions::new(Fit::Cover, 320, 180))?.canvas;
/// let options = NegotiateOptions::new().output_pixels(u64::from(output.width) * u64::from(output.height));
///
/// let chosen = negotiate("image/webp,image/png,image/*;q=0.8,*/*;q=0.5", &info, &options);
/// assert_eq!((chosen.format, chosen.vary), (Format::WebP, "Accept"));
/// assert_eq!(negotiate("*/*", &info, &options).format, Format::Jpeg);
/// # Ok::<(), cretula::Error>(())
/// ```
pub fn negotiate(
    accept: impl AsRef<[u8]>,
    source: impl Into<Source>,
    options: &NegotiateOptions,
) -> Negotiated {
    let writes = |format: Format, animated: bool| {
        format.is_written() && (!animated || format.capabilities().animation)
    };
    Negotiated { format: choose(accept.as_ref(), source.into(), options, writes), vary: "Accept" }
}

/// Chooses among the formats that a build `writes`, as a still image or animated. Every build writes JPEG and PNG.
fn choose(
    accept: &[u8],
    source: Source,
    options: &NegotiateOptions,
    writes: impl Fn(Format, bool) -> bool,
) -> Format {
    let listed = Listed::read(accept);
    let animated = source.frames > 1;
    let small = options.output_pixels.is_none_or(|pixels| pixels <= options.max_avif_pixels);
    let avif = small && !animated && writes(Format::Avif, false);
    match source.format {
        _ if listed.avif && avif => Format::Avif,
        _ if listed.webp && writes(Format::WebP, animated) => Format::WebP,
        Format::Avif if avif => Format::Avif,
        // If the animation cannot be written, its first frame can.
        own if own != Format::Avif && writes(own, false) => own,
        _ if source.has_alpha => Format::Png,
        _ => Format::Jpeg,
    }
}

/// Which formats a header names with a weight above 0.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Listed {
    avif: bool,
    webp: bool,
}

impl Listed {
    /// Reads a header. Of members that name the same type, the highest weight counts, so that their order does not matter.
    fn read(accept: &[u8]) -> Self {
        let mut listed = Self::default();
        for format in split(accept, b',').filter_map(accepted) {
            listed.avif |= format == Format::Avif;
            listed.webp |= format == Format::WebP;
        }
        listed
    }
}

/// The format that a member of the header names, if its weight is above 0.
///
/// A member with a parameter besides `q` names a more specific type than any that this library writes, or breaks the grammar.
fn accepted(member: &[u8]) -> Option<Format> {
    // This also removes the line breaks of a folded header.
    let mut parts = split(member, b';').map(<[u8]>::trim_ascii);
    let name = parts.next()?;
    let format = [Format::Avif, Format::WebP]
        .into_iter()
        .find(|format| name.eq_ignore_ascii_case(format.media_type().as_bytes()))?;
    let mut weight = None;
    for parameter in parts.filter(|part| !part.is_empty()) {
        let [b'q' | b'Q', b'=', qvalue @ ..] = parameter else { return None };
        if weight.replace(is_above_zero(qvalue)?).is_some() {
            return None;
        }
    }
    weight.unwrap_or(true).then_some(format)
}

/// Whether a `qvalue` (RFC 9110, section 12.4.2) is above 0; `None` if it is not a `qvalue`.
fn is_above_zero(qvalue: &[u8]) -> Option<bool> {
    match qvalue {
        b"0" => Some(false),
        b"1" => Some(true),
        [b'0', b'.', digits @ ..] if digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit) => {
            Some(digits.iter().any(|&digit| digit != b'0'))
        }
        [b'1', b'.', zeros @ ..] if zeros.len() <= 3 && zeros.iter().all(|&digit| digit == b'0') => {
            Some(true)
        }
        _ => None,
    }
}

/// The parts of `text` between separators outside quoted strings. A quote that never ends takes in the rest.
fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => return byte == separator && !quoted,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// The builds that `tests/cases/negotiate.toml` names, in its order: what each writes, still or animated.
    const BUILDS: [fn(Format, bool) -> bool; 4] = [
        |format, animated| !animated && !matches!(format, Format::WebP | Format::Avif),
        |format, animated| !animated && format != Format::Avif,
        |_, animated| !animated,
        |format, animated| !animated || matches!(format, Format::WebP | Format::Gif),
    ];
    const ALL: fn(Format, bool) -> bool = BUILDS[3];
    const JPEG: Source = Source { format: Format::Jpeg, has_alpha: false, frames: 1 };
    const BOTH: &[u8] = b"image/avif,image/webp";

    fn plainly(accept: &[u8], source: Source) -> Format {
        choose(accept, source, &NegotiateOptions::new(), ALL)
    }

    #[test]
    fn every_build_gives_the_answers_of_the_cases() {
        #[derive(serde::Deserialize)]
        struct Cases {
            case: Vec<Case>,
        }
        #[derive(serde::Deserialize)]
        struct Case {
            name: String,
            accept: String,
            jpeg: [String; 4],
            png: [String; 4],
            gif: [String; 4],
        }
        let cases: Cases = toml::from_str(include_str!("../tests/cases/negotiate.toml")).unwrap();
        let png = Source::new(Format::Png).has_alpha(true);
        let gif = Source::new(Format::Gif).has_alpha(true).frames(12);
        for Case { name, accept, jpeg, png: of_png, gif: of_gif } in cases.case {
            for (source, expected) in [(JPEG, jpeg), (png, of_png), (gif, of_gif)] {
                let answers = BUILDS.map(|writes| {
                    choose(accept.as_bytes(), source, &NegotiateOptions::new(), writes).as_str()
                });
                assert_eq!(answers.as_slice(), expected.as_slice(), "{name}, from {}", source.format);
            }
        }
    }

    #[test]
    fn weights_follow_the_grammar() {
        for zero in ["0", "0.", "0.0", "0.00", "0.000"] {
            assert_eq!(is_above_zero(zero.as_bytes()), Some(false), "{zero}");
        }
        for positive in ["1", "1.", "1.0", "1.000", "0.001", "0.1", "0.999"] {
            assert_eq!(is_above_zero(positive.as_bytes()), Some(true), "{positive}");
        }
        for broken in [
            "", ".5", "2", "1.001", "1.0000", "0.0001", "0.5a", "+1", "-1", "01", "00", "1e0", "\"1\"",
            "0,5", "0..1",
        ] {
            assert_eq!(is_above_zero(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn avif_gives_way_to_webp_above_its_number_of_pixels() {
        let choose = |options| choose(BOTH, JPEG, &options, ALL);
        let options = NegotiateOptions::new();
        assert_eq!(choose(options), Format::Avif);
        assert_eq!(choose(options.output_pixels(1200 * 1200)), Format::Avif);
        assert_eq!(choose(options.output_pixels(1200 * 1200 + 1)), Format::WebP);
        assert_eq!(choose(options.output_pixels(u64::MAX)), Format::WebP);
        assert_eq!(choose(options.output_pixels(1).max_avif_pixels(0)), Format::WebP);
        let alone = super::choose(b"image/avif", JPEG, &options.output_pixels(u64::MAX), ALL);
        assert_eq!(alone, Format::Jpeg);
    }

    #[test]
    fn an_avif_or_webp_source_keeps_its_format_where_that_can_be_written() {
        let avif = Source::new(Format::Avif);
        assert_eq!(plainly(b"*/*", Source::new(Format::WebP)), Format::WebP);
        assert_eq!(plainly(b"*/*", avif), Format::Avif);
        assert_eq!(plainly(b"image/webp", avif), Format::WebP);
        assert_eq!(plainly(b"*/*", avif.frames(2)), Format::Jpeg);
        assert_eq!(plainly(BOTH, avif.frames(2)), Format::WebP);
        let large = NegotiateOptions::new().output_pixels(u64::MAX);
        assert_eq!(choose(b"*/*", avif.has_alpha(true), &large, ALL), Format::Png);
        for (has_alpha, expected) in [(false, Format::Jpeg), (true, Format::Png)] {
            let written = choose(b"", avif.has_alpha(has_alpha), &NegotiateOptions::new(), BUILDS[1]);
            assert_eq!(written, expected);
        }
    }

    #[test]
    fn an_animation_keeps_its_format_unless_animated_webp_is_written() {
        for format in [Format::Gif, Format::Png, Format::WebP] {
            let animation = Source::new(format).frames(2);
            assert_eq!(choose(BOTH, animation, &NegotiateOptions::new(), BUILDS[2]), format);
            assert_eq!(plainly(BOTH, animation), Format::WebP);
            assert_eq!(plainly(b"*/*", animation), format);
        }
    }

    #[test]
    fn bytes_that_are_not_text_break_only_their_member() {
        assert_eq!(plainly(b"image/avif\xff,\x00,image/webp", JPEG), Format::WebP);
        assert_eq!(plainly(b"image/avif;q=\xff,image/webp;q=\x80", JPEG), Format::Jpeg);
        assert_eq!(plainly(b"text/html,\r\n image/avif", JPEG), Format::Avif, "a folded header");
    }

    /// Any bytes, and bytes that look like a header.
    fn header() -> impl Strategy<Value = Vec<u8>> {
        let words =
            vec!["image/avif", "image/webp", ",", ";", "q=", "0", "1", ".", "\"", "\\", " ", "=", "\u{80}"];
        let soup = proptest::collection::vec(select(words), 0..24);
        prop_oneof![any::<Vec<u8>>(), soup.prop_map(|words| words.concat().into_bytes())]
    }

    proptest! {
        #[test]
        fn any_bytes_choose_a_format_that_the_build_writes(
            accept in header(),
            (format, has_alpha, frames) in (select(Format::ALL.to_vec()), any::<bool>(), 0..3u32),
            (webp, avif, gif, animated) in any::<(bool, bool, bool, bool)>(),
            output_pixels: Option<u64>,
        ) {
            let writes = |format, animation: bool| match format {
                Format::Jpeg | Format::Png => !animation,
                Format::WebP => webp && (animated || !animation),
                Format::Avif => avif && !animation,
                Format::Gif => gif && !animation,
            };
            let source = Source { format, has_alpha, frames };
            let options = NegotiateOptions { output_pixels, ..NegotiateOptions::new() };
            prop_assert!(writes(choose(&accept, source, &options, writes), false));
        }
    }
}
