//! [`OutputOptions`]: how a variant is encoded.
//!
//! In: the caller's options. Out: checked values
//! ([contract section 3](crate::docs::contract#3-output)). Knows nothing of codecs or pixels.

use super::color::Color;
use super::format::{Fidelity, Format};
use crate::error::{Cause, Error, Result, Stage};
use crate::string_enum::string_enum;

/// Color policy: whether pixels are converted to sRGB or keep their color space.
///
/// The source's color space comes from the first usable of: the `cICP` chunk, the ICC profile, the `sRGB`, `gAMA` and `cHRM`
/// chunks, and EXIF if it declares Adobe RGB (ColorSpace 2, or the DCF interoperability index `R03`). An unusable declaration
/// gives a warning. Without any, RGB and gray pixels are assumed to be sRGB and stay unchanged, and CMYK is converted by the
/// formula `(255 - ink) * (255 - black) / 255`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum ColorPolicy {
    /// Converts pixels to sRGB and drops the profile. CMYK profiles use the perceptual intent with black point compensation. HDR
    /// (PQ and HLG) is tone mapped as in browsers: reference white (203 cd/m²) becomes level 188 of 255, 1000 cd/m² and
    /// above become white.
    #[default]
    Srgb,
    /// Keeps pixels in their color space and embeds its profile where the output format supports one (JPEG, PNG, WebP); the
    /// background is converted to that space. Gray pixels with an RGB profile are written as RGB. Pixels are still converted to
    /// sRGB where the output could not carry a matching profile: CMYK and HDR sources, GIF output, and gray profiles if the
    /// output is RGB (WebP, or a colored background).
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

/// JPEG encoder options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct JpegOptions {
    /// 1 (smallest) to 100 (best). Default 85. Chroma is 4:2:0 up to 90, 4:4:4 above.
    pub quality: u8,
    /// Progressive scans: the same pixels in files 4 % smaller, for about ten times the encoding time. Default `false`.
    pub progressive: bool,
}

impl Default for JpegOptions {
    fn default() -> Self {
        Self { quality: 85, progressive: false }
    }
}

impl JpegOptions {
    /// Quality 85, baseline.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the quality, 1 to 100.
    pub fn quality(self, quality: u8) -> Self {
        Self { quality, ..self }
    }

    /// Sets whether the scans are progressive.
    pub fn progressive(self, progressive: bool) -> Self {
        Self { progressive, ..self }
    }
}

/// PNG encoder options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PngOptions {
    /// 1 (smallest) to 100 (lossless). Below 100, the file has a palette: of as few colors as the quality allows, dithered, or of
    /// the picture's own colors if these are not more than [`colors`](Self::colors). Default 100.
    pub quality: u8,
    /// Maximum number of colors, 2 to 256. Less than 256 makes a palette at quality 100, too. Default 256.
    pub colors: u16,
    /// Whether a source of 16 bits is written with 16 bits, if there is no palette. Default `false`: 8 bits.
    pub sixteen: bool,
}

impl Default for PngOptions {
    fn default() -> Self {
        Self { quality: 100, colors: 256, sixteen: false }
    }
}

impl PngOptions {
    /// Lossless, 8 bits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the quality, 1 to 100.
    pub fn quality(self, quality: u8) -> Self {
        Self { quality, ..self }
    }

    /// Sets the maximum number of colors, 2 to 256.
    pub fn colors(self, colors: u16) -> Self {
        Self { colors, ..self }
    }

    /// Sets whether sources of 16 bits keep them.
    pub fn sixteen(self, sixteen: bool) -> Self {
        Self { sixteen, ..self }
    }

    /// Whether the file has a palette.
    pub(crate) fn has_palette(self) -> bool {
        self.quality < 100 || self.colors < 256
    }
}

/// WebP encoder options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WebpOptions {
    /// 1 (smallest) to 100 (best), for lossy output. Default 85.
    pub quality: u8,
    /// 1 (fastest) to 6 (smallest), for lossy output: libwebp's `method`. Default 2.
    ///
    /// At 4, libwebp's own default, files are 7 % smaller at equal quality and encoding takes twice as long; at 6, another 3 %
    /// and three times as long again. From 3 up, a deadline may be overrun by 20 ms per megapixel.
    pub effort: u8,
    /// Lossless compression (VP8L). Default `false`. Builds without the feature `webp-lossy` always write lossless WebP.
    pub lossless: bool,
}

impl Default for WebpOptions {
    fn default() -> Self {
        Self { quality: 85, effort: 2, lossless: false }
    }
}

impl WebpOptions {
    /// Lossy, quality 85, effort 2.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the quality, 1 to 100.
    pub fn quality(self, quality: u8) -> Self {
        Self { quality, ..self }
    }

    /// Sets the effort, 1 to 6.
    pub fn effort(self, effort: u8) -> Self {
        Self { effort, ..self }
    }

    /// Sets lossless compression.
    pub fn lossless(self, lossless: bool) -> Self {
        Self { lossless, ..self }
    }
}

/// Output options: format, encoder options for each format, background, color policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct OutputOptions {
    /// Output format. Default `None`: the input's own format.
    pub format: Option<Format>,
    /// Options that apply if the output is JPEG.
    pub jpeg: JpegOptions,
    /// Options that apply if the output is PNG.
    pub png: PngOptions,
    /// Options that apply if the output is WebP.
    pub webp: WebpOptions,
    /// Color of the padding, and of the ground behind transparency if the output format has no alpha. Default opaque white.
    ///
    /// If the output format has no alpha, a translucent background is itself composited onto white.
    pub background: Color,
    /// Color policy. Default: convert to sRGB.
    pub color: ColorPolicy,
    /// Whether the client says that its connection is slow: the variant's
    /// [`slow_connection_quality`](crate::VariantOptions::slow_connection_quality), if it has one,
    /// then replaces its quality. Default `false`.
    pub slow_connection: bool,
    /// Whether every frame of an animation is written whole. By default, a frame holds what has changed,
    /// which makes files much smaller; a few old players show such files wrongly. Default `false`.
    pub whole_frames: bool,
}

impl OutputOptions {
    /// The defaults: the input's format, quality 85, white background, sRGB.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the output format.
    pub fn format(self, format: Format) -> Self {
        Self { format: Some(format), ..self }
    }

    /// Sets the quality of every lossy format, 1 to 100.
    pub fn quality(self, quality: u8) -> Self {
        Self { jpeg: self.jpeg.quality(quality), webp: self.webp.quality(quality), ..self }
    }

    /// Sets the JPEG options.
    pub fn jpeg(self, jpeg: JpegOptions) -> Self {
        Self { jpeg, ..self }
    }

    /// Sets the PNG options.
    pub fn png(self, png: PngOptions) -> Self {
        Self { png, ..self }
    }

    /// Sets the WebP options.
    pub fn webp(self, webp: WebpOptions) -> Self {
        Self { webp, ..self }
    }

    /// Sets the background.
    pub fn background(self, background: Color) -> Self {
        Self { background, ..self }
    }

    /// Sets the color policy.
    pub fn color(self, color: ColorPolicy) -> Self {
        Self { color, ..self }
    }

    /// Sets whether the client says that its connection is slow.
    pub fn slow_connection(self, slow_connection: bool) -> Self {
        Self { slow_connection, ..self }
    }

    /// Sets whether every frame of an animation is written whole.
    pub fn whole_frames(self, whole_frames: bool) -> Self {
        Self { whole_frames, ..self }
    }

    /// Checks qualities (1 to 100), the effort (1 to 6), the number of colors (2 to 256), and that this build writes the format.
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |cause| Err(Error::new(Stage::Options, cause));
        if let Some(quality) = [self.jpeg.quality, self.png.quality, self.webp.quality]
            .into_iter()
            .find(|q| !(1..=100).contains(q))
        {
            return refuse(Cause::Quality(quality));
        }
        if !(1..=6).contains(&self.webp.effort) {
            return refuse(Cause::Effort(self.webp.effort));
        }
        let colors = self.png.colors;
        if !(2..=256).contains(&colors) {
            let (key, expected) = ("colors", "a whole number from 2 to 256");
            return refuse(Cause::OptionValue { key, value: colors.to_string(), expected });
        }
        match self.format {
            Some(format) if !format.is_written() => refuse(Cause::UnsupportedOutput(format.as_str())),
            _ => Ok(()),
        }
    }

    /// How much source precision survives encoding as `format` with these options.
    pub(crate) fn fidelity(&self, format: Format) -> Fidelity {
        let lossy = |quality: u8| if quality > 85 { Fidelity::High } else { Fidelity::Low };
        match format {
            Format::Jpeg => lossy(self.jpeg.quality),
            Format::WebP if !self.writes_lossless_webp() => lossy(self.webp.quality),
            Format::WebP | Format::Png | Format::Gif | Format::Avif => Fidelity::Lossless,
        }
    }

    /// Whether WebP output is lossless: requested, or all that this build can write.
    pub(crate) fn writes_lossless_webp(&self) -> bool {
        self.webp.lossless || cfg!(not(feature = "webp-lossy"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_and_effort_are_checked_at_both_ends() {
        for (quality, valid) in [(0, false), (1, true), (100, true), (101, false)] {
            assert_eq!(OutputOptions::new().quality(quality).check().is_ok(), valid, "{quality}");
            let jpeg = OutputOptions::new().jpeg(JpegOptions::new().quality(quality));
            assert_eq!(jpeg.check().is_ok(), valid, "{quality}");
        }
        for (effort, valid) in [(0, false), (1, true), (6, true), (7, false)] {
            let output = OutputOptions::new().webp(WebpOptions::new().effort(effort));
            assert_eq!(output.check().is_ok(), valid, "{effort}");
        }
    }
}
