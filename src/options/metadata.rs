//! [`MetadataPolicy`]: what of the source's metadata the output keeps.
//!
//! Names only.

use crate::string_enum::string_enum;

/// Metadata policy: what of the source's metadata the output keeps
/// ([contract section 2](crate::docs::contract#2-metadata-policies)).
///
/// Orientation is baked into the pixels, and the color profile is applied, under every policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum MetadataPolicy {
    /// Keeps EXIF (GPS included), XMP and IPTC; removes the thumbnail and corrects sizes and orientation.
    Keep,
    /// Keeps only the EXIF Copyright tag, in a new block.
    Copyright,
    /// Keeps nothing.
    #[default]
    None,
}

impl MetadataPolicy {
    /// All three, in the API reference's order.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Copyright, Self::None];

    /// The API reference's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Copyright => "copyright",
            Self::None => "none",
        }
    }
}

string_enum!(MetadataPolicy, Self::ALL, "metadata", "keep, copyright, none");
