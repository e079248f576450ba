//! What a render could not honour without failing: [`Warning`], part of every result.
//!
//! In: reasons from the stages. Out: a sentence for a log. Knows nothing of how they arose.

use std::fmt;

/// Something of the source that was ignored or dropped; the image was rendered all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The color profile was damaged or did not fit the pixels; the pixels were taken as sRGB.
    ProfileIgnored {
        /// What was wrong with it.
        reason: String,
    },
    /// Metadata that the policy keeps could not be kept.
    MetadataDropped {
        /// Which: `EXIF`, `XMP`, `IPTC` or `profile`, or a part of one, such as `EXIF GPS directory`.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A part of the file that only describes the picture is damaged, and was not used.
    PartIgnored {
        /// Which, such as `gAMA chunk`.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProfileIgnored { reason } => write!(f, "color profile ignored: {reason}"),
            Self::MetadataDropped { what, reason } => write!(f, "{what} dropped: {reason}"),
            Self::PartIgnored { what, reason } => write!(f, "{what} ignored: {reason}"),
        }
    }
}
