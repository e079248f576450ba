//! [`Warning`]: a problem that did not make a call fail. Part of every result.
//!
//! In: reasons from the stages. Out: a message for a log.

use std::fmt;

use crate::damage::Damage;

/// A part of the source that was ignored or dropped while the image was rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The color profile is damaged or does not fit the pixels, which were treated as sRGB.
    ProfileIgnored {
        /// Why the profile was ignored.
        reason: String,
    },
    /// Metadata was dropped although the metadata policy keeps it.
    MetadataDropped {
        /// The dropped metadata: `EXIF`, `XMP`, `IPTC` or `profile`, or a part of one, such as
        /// `EXIF GPS directory`.
        what: &'static str,
        /// Why it was dropped.
        reason: String,
    },
    /// The image data is damaged and was rendered as far as it could be decoded, as
    /// `Damaged::Accept` requests.
    ImageDamaged {
        /// The byte offset in the file of the first fault.
        offset: u64,
        /// A description of the fault.
        reason: String,
        /// The percentage of pixels that are missing, from 0 to 100, rounded up.
        missing_percent: u8,
    },
    /// A damaged part of the file that is not image data was ignored.
    PartIgnored {
        /// The ignored part, such as `gAMA chunk`.
        what: String,
        /// Why the part was ignored.
        reason: String,
    },
    /// Trimming would have left nothing: the picture was not trimmed.
    TrimIgnored,
}

impl From<&Damage> for Warning {
    fn from(damage: &Damage) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
        let missing_percent = (damage.missing * 100.0).ceil().clamp(0.0, 100.0) as u8;
        Self::ImageDamaged { offset: damage.offset as u64, reason: damage.reason.clone(), missing_percent }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProfileIgnored { reason } => write!(f, "color profile ignored: {reason}"),
            Self::MetadataDropped { what, reason } => write!(f, "{what} dropped: {reason}"),
            Self::ImageDamaged { offset, reason, missing_percent } => {
                let missing = missing_percent;
                write!(f, "image damaged at byte {offset}: {reason}; {missing}% of the pixels are missing")
            }
            Self::PartIgnored { what, reason } => write!(f, "{what} ignored: {reason}"),
            Self::TrimIgnored => f.write_str("trim ignored: nothing would be left of the picture"),
        }
    }
}
