//! How the answer is written: [`OutputOptions`] and its [`Format`], [`Background`], [`ColorPolicy`] and [`Damaged`]
//! (contract section 3).
//!
//! In: the caller's wishes. Out: checked values. Knows nothing of codecs or pixels.

use std::fmt;
use std::str::FromStr;

use crate::error::{Cause, Error, Result, Stage};
use crate::named::named;

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

named!(Format, Self::ALL, "format", "jpeg, png, webp, gif, avif");

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

named!(ColorPolicy, Self::ALL, "color", "srgb, preserve");

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

named!(ShrinkOnLoad, Self::ALL, "shrink", "fine, fast, never");

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

named!(Damaged, Self::ALL, "damaged", "refuse, accept");

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

/// The color under padding and behind transparency: sRGB, 8 bits each, alpha not premultiplied.
///
/// Where the output format has no alpha, a translucent background lies on white. A fully transparent one has no color: its
/// samples are written as 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Background {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
    /// Alpha: 0 is transparent, 255 opaque.
    pub alpha: u8,
}

impl Background {
    /// Opaque white, the default.
    pub const WHITE: Self = Self::opaque(255, 255, 255);

    /// An opaque color.
    pub const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 255 }
    }

    /// What this color looks like on white.
    pub(crate) fn on_white(self) -> [u8; 3] {
        let alpha = u16::from(self.alpha);
        [self.red, self.green, self.blue].map(|sample| {
            let mixed = (u16::from(sample) * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        })
    }
}

impl Default for Background {
    fn default() -> Self {
        Self::WHITE
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)?;
        if self.alpha == 255 { Ok(()) } else { write!(f, "{:02x}", self.alpha) }
    }
}

impl FromStr for Background {
    type Err = Error;

    /// Reads `#rrggbb` or `#rrggbbaa`.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = || {
            let shown = text.chars().take(40).collect();
            Error::new(Stage::Options, Cause::Background(shown))
        };
        let digits = text.strip_prefix('#').ok_or_else(refuse)?;
        if !matches!(digits.len(), 6 | 8) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        let value = u32::from_str_radix(digits, 16).map_err(|_| refuse())?;
        let [red, green, blue, alpha] =
            if digits.len() == 6 { (value << 8 | 0xff).to_be_bytes() } else { value.to_be_bytes() };
        Ok(Self { red, green, blue, alpha })
    }
}

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
    fn background_reads_what_it_prints_and_refuses_the_rest() {
        for text in ["#102030", "#10203040", "#ffffff", "#00000000"] {
            assert_eq!(text.parse::<Background>().unwrap().to_string(), text);
        }
        for text in ["", "#", "102030", "#1020", "#1020304", "#+02030", "#10203g", "#ééé", "white"] {
            assert!(text.parse::<Background>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_translucent_background_lies_on_white() {
        assert_eq!(Background { red: 0, green: 0, blue: 0, alpha: 0 }.on_white(), [255; 3]);
        assert_eq!(Background { red: 0, green: 100, blue: 255, alpha: 128 }.on_white(), [127, 177, 255]);
    }

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
