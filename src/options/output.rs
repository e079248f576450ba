//! How the answer is written: [`OutputOptions`] and its [`Format`], [`Background`], [`ColorPolicy`] and [`Damaged`]
//! (contract section 3).
//!
//! In: the caller's wishes. Out: checked values. Knows nothing of codecs or pixels.

use crate::error::{Cause, Error, Result, Stage};
use crate::options::background::Background;
use crate::options::format::Format;
use crate::string_enum::string_enum;

/// What happens to the source's colors.
///
/// The color space of a source is what its `cICP` chunk, ICC profile, `sRGB`, `gAMA` and `cHRM` chunks or EXIF state, the
/// first usable one in this order; EXIF counts if it states Adobe RGB (ColorSpace 2, or the DCF interoperability index `R03`).
/// A statement that cannot be used gives a warning. Without any, RGB and gray pixels are taken as sRGB
/// and stay unchanged, and CMYK converts by the plain formula `(255 - ink) * (255 - black) / 255`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum ColorPolicy {
    /// Pixels are converted to sRGB and the profile is dropped. CMYK profiles convert with the perceptual intent and black point
    /// compensation. HDR (PQ and HLG) is tone mapped as browsers do: reference white (203 cd/m²) becomes level 188 of 255,
    /// 1000 cd/m² and above become white.
    #[default]
    Srgb,
    /// Pixels stay in their own color space and its profile is embedded, where the output format can carry it
    /// (JPEG, PNG, WebP); the background is converted to that space. Gray pixels with an RGB profile are written as RGB. Pixels
    /// are still converted to sRGB where no profile of the written layout exists: CMYK and HDR sources, GIF output, and
    /// gray profiles where the output is RGB (WebP, or a colored background).
    Preserve,
}

impl ColorPolicy {
    /// Both policies.
    pub const ALL: [Self; 2] = [Self::Srgb, Self::Preserve];

    /// The lower-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Srgb => "srgb",
            Self::Preserve => "preserve",
        }
    }
}

string_enum!(ColorPolicy, Self::ALL, "color", "srgb, preserve");

/// How small a JPEG is decoded, from the scales that it can be decoded at for less: a half, a quarter, an eighth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum ShrinkOnLoad {
    /// No smaller than looks the same: at an eighth if that leaves twice the variant's pixels a side, at a quarter if it
    /// leaves one and a half times as many, at a half if it leaves one and a quarter. A photograph's variant is then within a
    /// quarter of a decibel of one made of all pixels, both coded at quality 80; of drawings with hard edges it can lack two. What
    /// is written without loss is left twice its pixels a side at any scale.
    #[default]
    Fine,
    /// As small as leaves the variant its pixels. Faster, the more so where files are progressive, and up to two decibels
    /// off where next to nothing is left to resample.
    Fast,
    /// Not at all: all pixels are decoded, then resampled. Takes up to two and a half times as long, for a progressive file
    /// more; a photograph's variant gains next to nothing, one of a drawing with hard edges does.
    Never,
}

impl ShrinkOnLoad {
    /// All ways.
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

/// What to do with an image whose data are damaged: they end early, or break the rules of their format.
///
/// Not damage, and read under both policies, is what is odd but whole: bytes after the end, a missing end marker behind complete
/// data, a wrong checksum of a chunk that only describes the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Damaged {
    /// It is an error of kind [`MalformedImage`](crate::ErrorKind::MalformedImage).
    #[default]
    Refuse,
    /// The picture as far as it can be read, with a warning that gives the byte of the first fault and the share of the pixels
    /// that are missing. Missing pixels are gray, or transparent in a picture with alpha. JPEG files go on behind the next
    /// restart marker, if they have any. A broken header is still an error.
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

/// How the variant is made and written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OutputOptions {
    /// The output format; `None` is the contract's `source`: the input's own format.
    pub format: Option<Format>,
    /// 1 (smallest) to 100 (best), for JPEG and lossy WebP. Default 85. JPEG is 4:2:0 up to 90, 4:4:4 above.
    pub quality: u8,
    /// Shown under padding, and behind transparency where the output format has no alpha. Default opaque white.
    pub background: Background,
    /// What becomes of the color profile. Default: convert to sRGB.
    pub color: ColorPolicy,
    /// How small a JPEG is decoded. Default: no smaller than looks the same.
    pub shrink: ShrinkOnLoad,
    /// 1 (fastest) to 6 (smallest), for lossy WebP: what libwebp calls its method. Default 2. At 4, libwebp's own default,
    /// files are 7 % smaller for what they show, and the encoder takes twice as long; at 6 another 3 %, for three times as long
    /// again. From 3 up, a deadline can be passed by 20 ms a megapixel.
    pub effort: u8,
    /// What to do with an image whose data are damaged. Default: refuse it. A set of variants is made of a damaged image only if
    /// all of them accept it.
    pub damaged: Damaged,
}

impl Default for OutputOptions {
    fn default() -> Self {
        Self {
            format: None,
            quality: 85,
            background: Background::WHITE,
            color: ColorPolicy::Srgb,
            shrink: ShrinkOnLoad::Fine,
            effort: 2,
            damaged: Damaged::Refuse,
        }
    }
}

impl OutputOptions {
    /// The defaults: the source's format, quality 85, white, sRGB, fine, effort 2, damaged images refused.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same options with this output format.
    pub fn format(self, format: Format) -> Self {
        Self { format: Some(format), ..self }
    }

    /// The same options with this quality, 1 to 100.
    pub fn quality(self, quality: u8) -> Self {
        Self { quality, ..self }
    }

    /// The same options with this background.
    pub fn background(self, background: Background) -> Self {
        Self { background, ..self }
    }

    /// The same options with this color policy.
    pub fn color(self, color: ColorPolicy) -> Self {
        Self { color, ..self }
    }

    /// The same options with JPEG decoded so small.
    pub fn shrink(self, shrink: ShrinkOnLoad) -> Self {
        Self { shrink, ..self }
    }

    /// The same options with this effort, 1 to 6.
    pub fn effort(self, effort: u8) -> Self {
        Self { effort, ..self }
    }

    /// The same options with this policy for damaged images.
    pub fn damaged(self, damaged: Damaged) -> Self {
        Self { damaged, ..self }
    }

    /// Refuses a quality outside 1 to 100, an effort outside 1 to 6, and a format that this build does not write.
    pub(crate) fn check(&self) -> Result<()> {
        if !(1..=100).contains(&self.quality) {
            return Err(Error::new(Stage::Options, Cause::Quality(self.quality)));
        }
        if !(1..=6).contains(&self.effort) {
            return Err(Error::new(Stage::Options, Cause::Effort(self.effort)));
        }
        if self.format == Some(Format::Avif) {
            return Err(Error::new(Stage::Options, Cause::UnsupportedOutput("avif")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_and_effort_end() {
        assert!(OutputOptions::new().quality(0).check().is_err());
        assert!(OutputOptions::new().quality(1).check().is_ok());
        assert!(OutputOptions::new().quality(100).check().is_ok());
        assert!(OutputOptions::new().quality(101).check().is_err());
        for (effort, taken) in [(0, false), (1, true), (6, true), (7, false)] {
            assert_eq!(OutputOptions::new().effort(effort).check().is_ok(), taken, "{effort}");
        }
    }
}
