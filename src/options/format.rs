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

    /// What this build can do with the format: the one table that code outside of the codecs asks.
    pub(crate) fn capabilities(self) -> Capabilities {
        let all = Capabilities {
            read: true,
            written: true,
            alpha: true,
            gray: true,
            profile: true,
            animation: true,
            max_side: u32::MAX,
        };
        match self {
            Self::Jpeg => Capabilities { alpha: false, animation: false, max_side: 65_535, ..all },
            Self::Png => all,
            Self::WebP => Capabilities { gray: false, max_side: 16_383, ..all },
            Self::Gif => Capabilities { profile: false, max_side: 65_535, ..all },
            Self::Avif => Capabilities { read: false, written: false, animation: false, ..all },
        }
    }

    /// Whether this build encodes the format.
    pub(crate) fn is_written(self) -> bool {
        self.capabilities().written
    }
}

/// What a format can express, and whether this build reads and writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capabilities {
    pub(crate) read: bool,
    pub(crate) written: bool,
    /// Transparent pixels.
    pub(crate) alpha: bool,
    /// Gray pixels as such.
    pub(crate) gray: bool,
    /// An ICC profile.
    pub(crate) profile: bool,
    /// More than one frame.
    pub(crate) animation: bool,
    /// The largest width and height.
    pub(crate) max_side: u32,
}

string_enum!(Format, Self::ALL, "format", "jpeg, png, webp, gif, avif");

/// How much source precision survives encoding; decides how much the decoder must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fidelity {
    /// Lossy, quality up to 85: dropping the last bits of the source's coefficients costs at most 0.22 dB.
    Low,
    /// Lossy, quality above 85: dropping them would cost up to 1.2 dB at 95.
    High,
    /// Lossless: dropping them would cost up to 6.7 dB.
    Lossless,
}
