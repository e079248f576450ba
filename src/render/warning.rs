//! What a render could not honour without failing: [`Warning`], part of every result.
//!
//! In: reasons from the stages. Out: a sentence for a log. Knows nothing of how they arose.

use std::fmt;

use crate::damage::Damage;

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
    /// The image data are damaged; the picture was rendered as far as they can be read, as `Damaged::Accept` requests.
    ImageDamaged {
        /// The byte of the file where the first fault was found.
        offset: u64,
        /// What is wrong there.
        reason: String,
        /// Percent of the pixels that are missing, rounded up.
        missing_percent: u8,
    },
    /// A part of the file that only describes the picture is damaged, and was not used.
    PartIgnored {
        /// Which, such as `gAMA chunk`.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
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
                write!(f, "image damaged at byte {offset}: {reason}; {missing} % of the pixels are missing")
            }
            Self::PartIgnored { what, reason } => write!(f, "{what} ignored: {reason}"),
        }
    }
}
