//! [`VariantOptions`]: everything that a stored variant, or a URL in the place of its name, can ask
//! of a picture ([contract sections 1](crate::docs::contract#1-variants) and
//! [7](crate::docs::contract#7-options-beyond-the-references-four)).
//!
//! In: the caller's options, text or JSON. Out: checked values. Knows nothing of pixels.

use super::color::Color;
use super::effects::Effects;
use super::format::Format;
use super::metadata::MetadataPolicy;
use super::trim::{Border, Trim};
use super::turn::{Flip, Rotation};
use crate::decimal::Decimal;
use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::{self, Bounds, Fit, Gravity, Placement, Size};
#[cfg(feature = "serde")]
use crate::json;
use crate::limits::Limits;
use crate::string_enum::string_enum;

/// The output format that a variant asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormatChoice {
    /// Left to the server: [`negotiate`](crate::negotiate) chooses. The renderer takes the format of
    /// the output options, or the source's own.
    Auto,
    /// This format; a JPEG is progressive.
    Format(Format),
    /// A JPEG that is not progressive.
    BaselineJpeg,
    /// A description of the output as JSON, in the place of the output.
    Json,
}

impl FormatChoice {
    const ALL: [Self; 8] = [
        Self::Auto,
        Self::Format(Format::Avif),
        Self::Format(Format::WebP),
        Self::Format(Format::Jpeg),
        Self::BaselineJpeg,
        Self::Format(Format::Png),
        Self::Format(Format::Gif),
        Self::Json,
    ];

    /// The lower-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Format(format) => format.as_str(),
            Self::BaselineJpeg => "baseline-jpeg",
            Self::Json => "json",
        }
    }
}

string_enum!(FormatChoice, Self::ALL, "format", "auto, avif, webp, jpeg, baseline-jpeg, png, gif, json");

/// Everything that a stored variant, or a URL in the place of its name, can ask of a picture.
///
/// Either side of the box may be left out: it then follows the aspect ratio, and `cover`, `crop` and
/// `pad` neither crop nor pad. Without both, the picture keeps its size.
///
/// As text ([`FromStr`](std::str::FromStr), [`Display`](std::fmt::Display)): `width=400,fit=cover`,
/// see [contract section 7](crate::docs::contract#7-options-beyond-the-references-four). The text
/// that is printed is canonical: equal options print equal texts, which suit as cache keys. In JSON,
/// the keys are the same, sides are numbers (`320` or `320.0`), what is left out has its default, and
/// unknown fields are ignored.
///
/// ```
/// use cretula::{Fit, Gravity, VariantOptions};
/// let options: VariantOptions = "h=300,w=400,fit=cover,g=top,sharpen=1".parse()?;
/// assert_eq!((options.fit, options.gravity), (Fit::Cover, Gravity::point(0.5, 0.0)));
/// assert_eq!(options.to_string(), "width=400,height=300,fit=cover,gravity=top,sharpen=1");
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct VariantOptions {
    /// How the image fits the box.
    pub fit: Fit,
    /// Width of the box in pixels, from 1 to [`Limits::max_side`].
    pub width: Option<u32>,
    /// Height of the box in pixels, from 1 to [`Limits::max_side`].
    pub height: Option<u32>,
    /// Which metadata the output keeps.
    pub metadata: MetadataPolicy,
    /// Device pixel ratio: multiplies width and height, rounded half up. Above 0, at most 3; default 1.
    pub dpr: Decimal,
    /// Where `cover`, `crop` and `aspect-crop` cut. Default: around the center.
    pub gravity: Gravity,
    /// What is cut off the source before anything else.
    pub trim: Trim,
    /// How the picture is mirrored, before it is rotated and fitted.
    pub flip: Flip,
    /// How the picture is rotated, before it is fitted: width and height are those of the turned
    /// picture.
    pub rotate: Rotation,
    /// Color under transparency and of the padding. `None`: that of the output options.
    pub background: Option<Color>,
    /// The border around the output.
    pub border: Border,
    /// Effects on the resized picture.
    pub effects: Effects,
    /// Quality, 1 to 100: of lossy formats; a PNG below 100 has a palette of up to 256 colors, and a
    /// WebP at 100 is lossless. `None`: as the output options say.
    pub quality: Option<u8>,
    /// The quality in the place of `quality` if the caller states that the connection is slow.
    pub slow_connection_quality: Option<u8>,
    /// The output format. `None`: that of the output options.
    pub format: Option<FormatChoice>,
    /// Whether the cheapest encoder is used, at the cost of bytes (`compression=fast`).
    pub fast_compression: bool,
    /// Whether an animation stays one. If `false`, its first frame is rendered.
    pub anim: bool,
}

impl VariantOptions {
    /// `scale-down` without a box, with the copyright: the defaults of option texts.
    pub(super) const TEXT_DEFAULTS: Self = Self {
        fit: Fit::ScaleDown,
        width: None,
        height: None,
        metadata: MetadataPolicy::Copyright,
        dpr: Decimal::ONE,
        gravity: Gravity::CENTER,
        trim: Trim::None,
        flip: Flip::None,
        rotate: Rotation::Upright,
        background: None,
        border: Border::NONE,
        effects: Effects::NONE,
        quality: None,
        slow_connection_quality: None,
        format: None,
        fast_compression: false,
        anim: true,
    };

    /// A box with both, one or no sides, and nothing else.
    fn in_bounds(fit: Fit, width: Option<u32>, height: Option<u32>) -> Self {
        Self { fit, width, height, metadata: MetadataPolicy::None, ..Self::TEXT_DEFAULTS }
    }

    /// A box of `width` by `height` pixels; no metadata.
    ///
    /// ```
    /// use cretula::{Fit, VariantOptions};
    /// let hero = VariantOptions::new(Fit::Cover, 1366, 768);
    /// assert_eq!((hero.width, hero.height), (Some(1366), Some(768)));
    /// ```
    pub fn new(fit: Fit, width: u32, height: u32) -> Self {
        Self::in_bounds(fit, Some(width), Some(height))
    }

    /// `width` pixels wide, as high as the aspect ratio makes it; no metadata.
    ///
    /// ```
    /// use cretula::{Fit, VariantOptions, place};
    /// let placement = place(4000, 3000, &VariantOptions::with_width(Fit::ScaleDown, 800))?;
    /// assert_eq!((placement.canvas.width, placement.canvas.height), (800, 600));
    /// # Ok::<(), cretula::Error>(())
    /// ```
    pub fn with_width(fit: Fit, width: u32) -> Self {
        Self::in_bounds(fit, Some(width), None)
    }

    /// `height` pixels high, as wide as the aspect ratio makes it; no metadata.
    pub fn with_height(fit: Fit, height: u32) -> Self {
        Self::in_bounds(fit, None, Some(height))
    }

    /// The picture at its own size; no metadata.
    pub fn original_size() -> Self {
        Self::in_bounds(Fit::ScaleDown, None, None)
    }

    /// Sets the metadata policy.
    pub fn metadata(self, metadata: MetadataPolicy) -> Self {
        Self { metadata, ..self }
    }

    /// Sets the device pixel ratio, above 0 and at most 3.
    pub fn dpr(self, dpr: f64) -> Self {
        Self { dpr: Decimal::from_f64(dpr), ..self }
    }

    /// Sets where the picture is cut.
    pub fn gravity(self, gravity: Gravity) -> Self {
        Self { gravity, ..self }
    }

    /// Sets what is cut off the source.
    pub fn trim(self, trim: Trim) -> Self {
        Self { trim, ..self }
    }

    /// Sets how the picture is mirrored.
    pub fn flip(self, flip: Flip) -> Self {
        Self { flip, ..self }
    }

    /// Sets how the picture is rotated.
    pub fn rotate(self, rotate: Rotation) -> Self {
        Self { rotate, ..self }
    }

    /// Sets the color under transparency and of the padding.
    pub fn background(self, background: Color) -> Self {
        Self { background: Some(background), ..self }
    }

    /// Sets the border.
    pub fn border(self, border: Border) -> Self {
        Self { border, ..self }
    }

    /// Sets the effects.
    pub fn effects(self, effects: Effects) -> Self {
        Self { effects, ..self }
    }

    /// Sets the quality, 1 to 100.
    pub fn quality(self, quality: u8) -> Self {
        Self { quality: Some(quality), ..self }
    }

    /// Sets the output format.
    pub fn format(self, format: FormatChoice) -> Self {
        Self { format: Some(format), ..self }
    }

    /// Checks every option against its range, and the sides of the box against `limits`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if a side is 0 or above [`Limits::max_side`], or if another option is out of
    /// its range.
    pub fn check(&self, limits: &Limits) -> Result<()> {
        let Border { top, right, bottom, left, .. } = self.border;
        for (field, side) in [("width", self.width), ("height", self.height)] {
            side.map_or(Ok(()), |side| limits.check_variant_side(field, side))?;
        }
        for side in [top, right, bottom, left].into_iter().filter(|side| *side > 0) {
            limits.check_variant_side("border", side)?;
        }
        self.check_values()
    }

    /// [`check`](Self::check) for a stored variant, which has at least one side
    /// ([contract section 1](crate::docs::contract#1-variants)).
    #[cfg(feature = "serde")]
    pub(crate) fn check_stored(&self, limits: &Limits) -> Result<()> {
        if self.width.is_none() && self.height.is_none() {
            return Err(Error::new(Stage::Options, Cause::NoSide));
        }
        self.check(limits)
    }

    /// Checks what does not depend on limits.
    pub(super) fn check_values(&self) -> Result<()> {
        let refuse = |key, value: String, expected| {
            Err(Error::new(Stage::Options, Cause::OptionValue { key, value, expected }))
        };
        if self.dpr == Decimal::ZERO || self.dpr > MAX_DPR {
            return refuse("dpr", self.dpr.to_string(), "a number above 0, at most 3");
        }
        if let Gravity::Point { x, y } = self.gravity
            && x.max(y) > Decimal::ONE
        {
            return refuse("gravity", self.gravity.to_string(), "fractions from 0 to 1");
        }
        for (key, quality) in
            [("quality", self.quality), ("slow-connection-quality", self.slow_connection_quality)]
        {
            if let Some(quality) = quality.filter(|quality| !(1..=100).contains(quality)) {
                return refuse(key, quality.to_string(), "a whole number from 1 to 100");
            }
        }
        self.effects.check()
    }

    /// The box in output pixels.
    pub(crate) fn bounds(&self) -> Bounds {
        let pixels = |side: Option<u32>| {
            side.map(|side| match self.dpr.times(side) {
                0 if side > 0 => 1,
                pixels => pixels,
            })
        };
        Bounds { width: pixels(self.width), height: pixels(self.height) }
    }

    /// Parses and checks JSON: an object of options with at least `fit`, `metadata` and one of `width`
    /// and `height`, or a whole variant `{"id","options":{…}}`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON or a value violates
    /// [contract section 1](crate::docs::contract#1-variants) or
    /// [7](crate::docs::contract#7-options-beyond-the-references-four).
    #[cfg(feature = "serde")]
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self> {
        #[derive(serde::Deserialize)]
        struct Whole {
            options: serde_json::Value,
        }
        let what = "variant options";
        let options: Self = match serde_json::from_str::<Whole>(text) {
            Ok(whole) => serde_json::from_value(whole.options)
                .map_err(|error| json::invalid(Stage::Options, what, error))?,
            Err(_) => json::parse(Stage::Options, what, text)?,
        };
        options.check_stored(limits)?;
        Ok(options)
    }

    /// Writes the options as JSON.
    ///
    /// # Errors
    ///
    /// `Internal` only.
    #[cfg(feature = "serde")]
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Options, "variant options", self)
    }
}

/// The largest device pixel ratio.
pub(super) const MAX_DPR: Decimal = Decimal::from_millionths(3_000_000);

/// Places a picture of `width` by `height` pixels by `options`: the picture as displayed, trimmed,
/// mirrored and rotated. [`Gravity::Auto`] counts as the center, because it depends on the pixels.
///
/// ```
/// use cretula::{Fit, VariantOptions, place};
/// let placement = place(1080, 720, &VariantOptions::new(Fit::Cover, 500, 500)).unwrap();
/// assert_eq!(placement.to_string(), "1080x720 [720x720+180+0] -> 500x500+0+0 on 500x500");
/// ```
///
/// # Errors
///
/// `InvalidArgument` if a side of the picture or of the box is 0.
pub fn place(width: u32, height: u32, options: &VariantOptions) -> Result<Placement> {
    let focus = match options.gravity {
        Gravity::Point { x, y } => (x, y),
        Gravity::Auto => Gravity::HALVES,
    };
    geometry::place(Size::new(width, height), options.bounds(), options.fit, focus)
}
