//! [`Format`]: the file formats, and what each can do.
//!
//! In: names, extensions. Out: media types and capabilities. Knows nothing of codecs.

use crate::string_enum::string_enum;

/// An image file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Format {
    /// JPEG (ITU-T T.81), baseline or progressive in, baseline out.
    Jpeg,
    /// PNG (W3C, third edition).
    Png,
    /// WebP (RFC 9649).
    WebP,
    /// GIF (89a).
    Gif,
    /// AVIF. Known by name; this version neither reads nor writes it.
    Avif,
}

impl Format {
    /// Every format that has a name here.
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::WebP, Self::Gif, Self::Avif];

    /// The lower-case name: `jpeg`, `png`, `webp`, `gif`, `avif`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
        }
    }

    /// The media type (RFC 6838), for a `Content-Type` header.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
        }
    }

    /// The usual file extension, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            other => other.as_str(),
        }
    }

    /// The format that a file extension (without its dot, any case) names.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "jpe" | "jfif" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "webp" => Some(Self::WebP),
            "gif" => Some(Self::Gif),
            "avif" => Some(Self::Avif),
            _ => None,
        }
    }

    /// Whether a pixel of this format can be transparent.
    pub(crate) fn has_alpha(self) -> bool {
        self != Self::Jpeg
    }
}

string_enum!(Format, Self::ALL, "format", "jpeg, png, webp, gif, avif");

/// How much of the pixels that it is made of a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fidelity {
    /// Lossy, up to a quality of 85: without the last bits of the source's coefficients it loses 0.22 dB at most.
    Low,
    /// Lossy above that: at 95 it would lose up to 1.2 dB.
    High,
    /// All of it: it would lose up to 6.7 dB.
    Lossless,
}

impl Fidelity {
    /// That of a format at a quality.
    pub(crate) fn of(format: Format, quality: u8) -> Self {
        match format {
            Format::WebP if cfg!(not(feature = "webp-lossy")) => Self::Lossless,
            Format::Jpeg | Format::WebP if quality > 85 => Self::High,
            Format::Jpeg | Format::WebP => Self::Low,
            Format::Png | Format::Gif | Format::Avif => Self::Lossless,
        }
    }
}
