//! What is asked: [`Variant`], [`VariantOptions`], [`Fit`] and [`MetadataPolicy`], in the reference's words
//! (contract section 1).
//!
//! In: the caller's options, or the reference's JSON. Out: checked values. Knows nothing of pixels or geometry.

use crate::error::Result;
use crate::geometry::{self, Fit, Placement, Size};
use crate::identifiers::VariantId;
use crate::limits::Limits;
use crate::string_enum::string_enum;

/// Which metadata of the source the output keeps (contract section 2). The orientation is baked into the pixels and
/// the color profile is applied under every policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum MetadataPolicy {
    /// EXIF (GPS included), XMP and IPTC are kept; the thumbnail is removed and sizes and orientation are corrected.
    Keep,
    /// Only the EXIF Copyright tag, in a new block.
    Copyright,
    /// Nothing.
    #[default]
    None,
}

impl MetadataPolicy {
    /// All three, in the reference's order.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Copyright, Self::None];

    /// The reference's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Copyright => "copyright",
            Self::None => "none",
        }
    }
}

string_enum!(MetadataPolicy, Self::ALL, "metadata", "keep, copyright, none");

/// What is asked of one variant: the box, how to fit it, and which metadata to keep.
///
/// In JSON all four fields are required; sides are numbers (`320` or `320.0`), and unknown fields are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VariantOptions {
    /// How the box is meant.
    pub fit: Fit,
    /// Width of the box in pixels, from 1 to [`Limits::max_side`].
    #[cfg_attr(feature = "serde", serde(deserialize_with = "json::side"))]
    pub width: u32,
    /// Height of the box in pixels, from 1 to [`Limits::max_side`].
    #[cfg_attr(feature = "serde", serde(deserialize_with = "json::side"))]
    pub height: u32,
    /// Which metadata the output keeps.
    pub metadata: MetadataPolicy,
}

impl VariantOptions {
    /// Options that keep no metadata.
    ///
    /// ```
    /// use cretula::{Fit, VariantOptions};
    /// let hero = VariantOptions::new(Fit::Cover, 1366, 768);
    /// assert_eq!((hero.width, hero.height), (1366, 768));
    /// ```
    pub fn new(fit: Fit, width: u32, height: u32) -> Self {
        Self { fit, width, height, metadata: MetadataPolicy::None }
    }

    /// The same options with another metadata policy.
    pub fn metadata(self, metadata: MetadataPolicy) -> Self {
        Self { metadata, ..self }
    }

    /// Checks both sides against `limits`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if a side is 0 or above [`Limits::max_side`].
    pub fn check(&self, limits: &Limits) -> Result<()> {
        limits.check_variant_side("width", self.width)?;
        limits.check_variant_side("height", self.height)
    }

    /// Reads `{"fit","width","height","metadata"}`, or a whole variant `{"id","options":{…}}`, and checks it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON or a value breaks contract section 1.
    #[cfg(feature = "serde")]
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self> {
        json::options(text, limits)
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
/// `InvalidArgument` if any of the four sides is 0.
pub fn place(width: u32, height: u32, options: &VariantOptions) -> Result<Placement> {
    geometry::place(Size::new(width, height), Size::new(options.width, options.height), options.fit)
}

/// A named variant: the reference's `Variant` model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Variant {
    /// Its identifier, by which delivery URLs name it.
    pub id: VariantId,
    /// What is asked.
    pub options: VariantOptions,
    /// Whether an unsigned URL may always see this variant, whatever the image says. Absent in JSON means `false`.
    #[cfg_attr(feature = "serde", serde(rename = "neverRequireSignedURLs", default))]
    pub never_require_signed_urls: bool,
}

impl Variant {
    /// A variant that is as private as its images are.
    pub fn new(id: VariantId, options: VariantOptions) -> Self {
        Self { id, options, never_require_signed_urls: false }
    }

    /// Reads the reference's JSON and checks it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON or a value breaks contract section 1 or 5.
    #[cfg(feature = "serde")]
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self> {
        let variant: Self = json::parse("a variant", text)?;
        variant.options.check(limits)?;
        Ok(variant)
    }

    /// Writes the reference's JSON, compact.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice.
    #[cfg(feature = "serde")]
    pub fn to_json(&self) -> Result<String> {
        json::write("a variant", self)
    }
}

#[cfg(feature = "serde")]
mod json {
    //! The reference's numbers: JSON has no integers, so `320.0` is a side and `1.5` is not.

    use serde::{Deserialize, Deserializer, de};

    use super::{Limits, Result, VariantOptions};
    use crate::error::{Cause, Error, Stage};

    pub(super) fn parse<T: for<'a> Deserialize<'a>>(what: &'static str, text: &str) -> Result<T> {
        serde_json::from_str(text)
            .map_err(|e| Error::new(Stage::Options, Cause::Json { what, detail: e.to_string() }))
    }

    pub(super) fn write(what: &'static str, value: &impl serde::Serialize) -> Result<String> {
        serde_json::to_string(value)
            .map_err(|e| Error::new(Stage::Options, Cause::Json { what, detail: e.to_string() }))
    }

    pub(super) fn options(text: &str, limits: &Limits) -> Result<VariantOptions> {
        #[derive(Deserialize)]
        struct Whole {
            options: serde_json::Value,
        }
        let what = "variant options";
        let options: VariantOptions = match serde_json::from_str::<Whole>(text) {
            Ok(whole) => serde_json::from_value(whole.options)
                .map_err(|e| Error::new(Stage::Options, Cause::Json { what, detail: e.to_string() }))?,
            Err(_) => parse(what, text)?,
        };
        options.check(limits)?;
        Ok(options)
    }

    pub(super) fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        struct Side;
        impl de::Visitor<'_> for Side {
            type Value = u32;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a whole number of pixels, 1 or more")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<u32, E> {
                match u32::try_from(value) {
                    Ok(side) if side > 0 => Ok(side),
                    _ => Err(E::invalid_value(de::Unexpected::Unsigned(value), &self)),
                }
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<u32, E> {
                // Formats other than JSON hand out whole numbers as signed ones.
                match u64::try_from(value) {
                    Ok(value) => self.visit_u64(value),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Signed(value), &self)),
                }
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<u32, E> {
                if value.fract() != 0.0 || !(1.0..=f64::from(u32::MAX)).contains(&value) {
                    return Err(E::invalid_value(de::Unexpected::Float(value), &self));
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole and in range, as just checked"
                )]
                Ok(value as u32)
            }
        }
        deserializer.deserialize_any(Side)
    }
}
