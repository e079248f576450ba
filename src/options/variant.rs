//! [`VariantOptions`], [`MetadataPolicy`] and the named [`Variant`], in the words of the API reference
//! ([contract section 1](crate::docs::contract#1-variants)).
//!
//! In: the caller's options, or JSON. Out: checked values. Knows nothing of pixels.

use crate::error::{Cause, Error, Result, Stage};
use crate::geometry::{self, Bounds, Fit, Placement, Size};
use crate::identifiers::VariantId;
#[cfg(feature = "serde")]
use crate::json;
use crate::limits::Limits;
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

/// Options for one variant: target box, fit, and metadata policy.
///
/// Either side of the box may be left out (not both): it then follows the aspect ratio, and `cover`, `crop` and `pad` neither
/// crop nor pad.
///
/// In JSON, sides are numbers (`320` or `320.0`), a side that is left out is absent, and unknown fields are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct VariantOptions {
    /// How the image fits the box.
    pub fit: Fit,
    /// Width of the box in pixels, from 1 to [`Limits::max_side`].
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(deserialize_with = "side"))]
    pub width: Option<u32>,
    /// Height of the box in pixels, from 1 to [`Limits::max_side`].
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(deserialize_with = "side"))]
    pub height: Option<u32>,
    /// Which metadata the output keeps.
    pub metadata: MetadataPolicy,
}

impl VariantOptions {
    /// A box of `width` by `height` pixels; no metadata.
    ///
    /// ```
    /// use cretula::{Fit, VariantOptions};
    /// let hero = VariantOptions::new(Fit::Cover, 1366, 768);
    /// assert_eq!((hero.width, hero.height), (Some(1366), Some(768)));
    /// ```
    pub fn new(fit: Fit, width: u32, height: u32) -> Self {
        Self { fit, width: Some(width), height: Some(height), metadata: MetadataPolicy::None }
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
        Self { fit, width: Some(width), height: None, metadata: MetadataPolicy::None }
    }

    /// `height` pixels high, as wide as the aspect ratio makes it; no metadata.
    pub fn with_height(fit: Fit, height: u32) -> Self {
        Self { fit, width: None, height: Some(height), metadata: MetadataPolicy::None }
    }

    /// Sets the metadata policy.
    pub fn metadata(self, metadata: MetadataPolicy) -> Self {
        Self { metadata, ..self }
    }

    /// Checks the sides of the box against `limits`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if a side is 0 or above [`Limits::max_side`], or if both are left out.
    pub fn check(&self, limits: &Limits) -> Result<()> {
        if self.width.is_none() && self.height.is_none() {
            return Err(Error::new(Stage::Options, Cause::NoSide));
        }
        let sides = [("width", self.width), ("height", self.height)];
        sides.into_iter().try_for_each(|(field, side)| match side {
            Some(side) => limits.check_variant_side(field, side),
            None => Ok(()),
        })
    }

    /// Parses and checks `{"fit","width","height","metadata"}`, or a whole variant `{"id","options":{…}}`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON or a value violates
    /// [contract section 1](crate::docs::contract#1-variants).
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
        options.check(limits)?;
        Ok(options)
    }
}

/// Places a source of `width` by `height` pixels, as displayed (EXIF orientation applied), by `options`.
///
/// ```
/// use cretula::{Fit, VariantOptions, place};
/// let placement = place(1080, 720, &VariantOptions::new(Fit::Cover, 500, 500)).unwrap();
/// assert_eq!(placement.to_string(), "1080x720 [720x720+180+0] -> 500x500+0+0 on 500x500");
/// ```
///
/// # Errors
///
/// `InvalidArgument` if a side of the source or of the box is 0, or if both sides of the box are left out.
pub fn place(width: u32, height: u32, options: &VariantOptions) -> Result<Placement> {
    geometry::place(
        Size::new(width, height),
        Bounds { width: options.width, height: options.height },
        options.fit,
    )
}

/// A named variant: the `Variant` model of the API reference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Variant {
    /// Its identifier, the last segment of delivery URLs.
    pub id: VariantId,
    /// Its options.
    pub options: VariantOptions,
    /// Whether the variant is served without a signature even if the image requires one. `false` if absent in JSON.
    #[cfg_attr(feature = "serde", serde(rename = "neverRequireSignedURLs", default))]
    pub never_require_signed_urls: bool,
}

impl Variant {
    /// A variant whose images decide whether a signature is required.
    pub fn new(id: VariantId, options: VariantOptions) -> Self {
        Self { id, options, never_require_signed_urls: false }
    }

    /// Sets whether the variant is served without a signature even if the image requires one.
    pub fn never_require_signed_urls(self, never: bool) -> Self {
        Self { never_require_signed_urls: never, ..self }
    }

    /// Parses and checks the JSON of the API reference.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON or a value violates
    /// [contract section 1](crate::docs::contract#1-variants) or [5](crate::docs::contract#5-identifiers-records-limits).
    #[cfg(feature = "serde")]
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self> {
        let variant: Self = json::parse(Stage::Options, "a variant", text)?;
        variant.options.check(limits)?;
        Ok(variant)
    }

    /// Compact JSON in the form of the API reference.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice.
    #[cfg(feature = "serde")]
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Options, "a variant", self)
    }
}

/// A side of the box: JSON has no integers, so `320.0` is a side and `1.5` is not.
#[cfg(feature = "serde")]
fn side<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    json::whole_number(deserializer, "a whole number of pixels, 1 or more", 1).map(Some)
}
