//! [`DecodeOptions`]: how a source is decoded.
//!
//! In: the caller's options. Out: plain values. Knows nothing of decoders.

use crate::string_enum::string_enum;

/// Shrink on load: at what scale (1/1, 1/2, 1/4, 1/8) a JPEG is decoded before it is resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum ShrinkOnLoad {
    /// Decode at the smallest scale that is visually indistinguishable: 1/8 if it still covers 2× the target per axis, 1/4 at
    /// 1.5×, 1/2 at 1.25×. A photograph's variant is then within 0.25 dB of one made from all pixels, both encoded at quality
    /// 80; a drawing with hard edges can lose 2 dB. For lossless output every scale must cover 2× the target.
    #[default]
    Fine,
    /// Decode at the smallest scale that still covers the target size. Faster, most of all for progressive files; up to 2 dB
    /// worse where little is left to resample.
    Fast,
    /// Decode every pixel, then resample. Takes up to 2.5 times as long, more for progressive files. Photographs gain next to
    /// nothing, drawings with hard edges do.
    Never,
}

impl ShrinkOnLoad {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Fine, Self::Fast, Self::Never];

    /// The lower-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Fast => "fast",
            Self::Never => "never",
        }
    }
}

string_enum!(ShrinkOnLoad, Self::ALL, "shrink", "fine, fast, never");

/// Whether an image with damaged data is refused or rendered as far as it can be read.
///
/// Data are damaged if they end early or violate their format. Harmless oddities are not damage and are always read: bytes
/// after the end, a missing end marker after complete data, a wrong checksum on a chunk that only describes the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Damaged {
    /// Damage is an error of kind [`MalformedImage`](crate::ErrorKind::MalformedImage).
    #[default]
    Refuse,
    /// Damaged images are rendered, with a warning that gives the byte offset of the first fault and the share of missing
    /// pixels. Missing pixels are gray, or transparent in images with alpha. JPEG decoding resumes at the next restart marker, if
    /// there is one. A broken header is still an error.
    Accept,
}

impl Damaged {
    /// Both policies.
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Accept];

    /// The lower-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Accept => "accept",
        }
    }
}

string_enum!(Damaged, Self::ALL, "damaged", "refuse, accept");

/// Decoder options: shrink on load, and what to do with damaged images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct DecodeOptions {
    /// At what scale a JPEG is decoded. Default: [`ShrinkOnLoad::Fine`].
    pub shrink: ShrinkOnLoad,
    /// What to do with an image whose data are damaged. Default: refuse it.
    ///
    /// Requests that are rendered together share one decode: a damaged image is accepted only if every request accepts it.
    pub damaged: Damaged,
}

impl DecodeOptions {
    /// The defaults: `fine`, `refuse`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the scale at which a JPEG is decoded.
    pub fn shrink(self, shrink: ShrinkOnLoad) -> Self {
        Self { shrink, ..self }
    }

    /// Sets what to do with damaged images.
    pub fn damaged(self, damaged: Damaged) -> Self {
        Self { damaged, ..self }
    }
}
