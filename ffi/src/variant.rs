//! Variant options, and the geometry of a variant.

use std::ffi::c_char;

use cretula::{Fit, Limits, MetadataPolicy, VariantOptions, place};

use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::New;
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_INVALID_ARGUMENT, cretula_status};

/// Scales down to fit inside the box, and never enlarges.
pub const CRETULA_FIT_SCALE_DOWN: i32 = 0;
/// Scales to fit inside the box, enlarging if necessary.
pub const CRETULA_FIT_CONTAIN: i32 = 1;
/// Scales to fill the box, enlarging if necessary, and crops the overflow.
pub const CRETULA_FIT_COVER: i32 = 2;
/// Like CRETULA_FIT_COVER, but never enlarges.
pub const CRETULA_FIT_CROP: i32 = 3;
/// Like CRETULA_FIT_CONTAIN, and pads to the full box.
pub const CRETULA_FIT_PAD: i32 = 4;
/// Scales to exactly the box, without keeping the aspect ratio.
pub const CRETULA_FIT_SQUEEZE: i32 = 5;
/// Like CRETULA_FIT_CONTAIN, but never reduces.
pub const CRETULA_FIT_SCALE_UP: i32 = 6;
/// Crops to the aspect ratio of the box and scales down to it; never enlarges.
pub const CRETULA_FIT_ASPECT_CROP: i32 = 7;

/// The output has no metadata.
pub const CRETULA_METADATA_NONE: i32 = 0;
/// The output has only the EXIF Copyright tag.
pub const CRETULA_METADATA_COPYRIGHT: i32 = 1;
/// The output has the EXIF (GPS included), XMP and IPTC of the input.
pub const CRETULA_METADATA_KEEP: i32 = 2;

/// Options for one variant: target box, fit, and metadata policy, or a text with any options.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_variant_options {
    /// Set by CRETULA_VARIANT_OPTIONS_INIT.
    pub struct_size: usize,
    /// CRETULA_FIT_*.
    pub fit: i32,
    /// Width of the box in pixels, from 1 to the limits' max_side; 0 to follow the height and the
    /// aspect ratio.
    pub width: u32,
    /// Height of the box in pixels, from 1 to the limits' max_side; 0 to follow the width and the
    /// aspect ratio.
    pub height: u32,
    /// CRETULA_METADATA_*.
    pub metadata: i32,
    /// All options as one text, such as "w=400,fit=cover,gravity=top", UTF-8; NULL for none. If it is
    /// given, it says everything: the other fields must be 0.
    pub options: In<c_char>,
    /// Bytes of `options`.
    pub options_len: usize,
}

/// The geometry of a variant: crop the displayed source, resize it, place it on a canvas.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_placement {
    /// Set by CRETULA_PLACEMENT_INIT.
    pub struct_size: usize,
    /// Left edge of the crop in source pixels.
    pub crop_x: f64,
    /// Top edge of the crop in source pixels.
    pub crop_y: f64,
    /// Width of the crop in source pixels.
    pub crop_width: f64,
    /// Height of the crop in source pixels.
    pub crop_height: f64,
    /// Width in pixels after resizing.
    pub resize_width: u32,
    /// Height in pixels after resizing.
    pub resize_height: u32,
    /// Width of the output in pixels.
    pub canvas_width: u32,
    /// Height of the output in pixels.
    pub canvas_height: u32,
    /// Left edge of the resized image on the canvas, in pixels.
    pub offset_x: u32,
    /// Top edge of the resized image on the canvas, in pixels.
    pub offset_y: u32,
}

/// Parses options, `{"fit","width","height","metadata"}`, or a whole variant, `{"id","options",…}`,
/// and checks them against the default limits.
///
/// CRETULA_ERR_INVALID_ARGUMENT for other JSON, a value out of range, and options beyond these four,
/// which cretula_options_from_json reads.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variant_options_parse(
    json: In<c_char>,
    json_len: usize,
    out: Out<cretula_variant_options>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.growing_slot()?.required()?;
        let options = VariantOptions::from_json(json.text(json_len, "json")?, &Limits::default())?;
        out.put(to_native(&options, "cretula_options_from_json")?);
        Ok(())
    })
}

/// Computes the geometry of a variant of a picture of this size, without the picture: of the image as
/// displayed and, if the options say so, trimmed and rotated. "gravity=auto" counts as the center.
///
/// CRETULA_ERR_INVALID_ARGUMENT if a side of the source is 0, if both sides of the box are 0 and there
/// is no text, or if an option is out of its range.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_place(
    variant: In<cretula_variant_options>,
    src_width: u32,
    src_height: u32,
    out: Out<cretula_placement>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.growing_slot()?.required()?;
        let options = options(&variant.read()?)?;
        options.check(&Limits::default())?;
        let placement = place(src_width, src_height, &options)?;
        out.put(cretula_placement {
            struct_size: size_of::<cretula_placement>(),
            crop_x: placement.crop.x,
            crop_y: placement.crop.y,
            crop_width: placement.crop.width,
            crop_height: placement.crop.height,
            resize_width: placement.resize.width,
            resize_height: placement.resize.height,
            canvas_width: placement.canvas.width,
            canvas_height: placement.canvas.height,
            offset_x: placement.offset.x,
            offset_y: placement.offset.y,
        });
        Ok(())
    })
}

/// The options for the core, which checks their values.
pub(crate) fn options(variant: &cretula_variant_options) -> Result<VariantOptions> {
    let text = variant.options.text(variant.options_len, "options")?;
    if !text.is_empty() {
        return from_text(variant, text);
    }
    let fit = match variant.fit {
        CRETULA_FIT_SCALE_DOWN => Fit::ScaleDown,
        CRETULA_FIT_CONTAIN => Fit::Contain,
        CRETULA_FIT_COVER => Fit::Cover,
        CRETULA_FIT_CROP => Fit::Crop,
        CRETULA_FIT_PAD => Fit::Pad,
        CRETULA_FIT_SQUEEZE => Fit::Squeeze,
        CRETULA_FIT_SCALE_UP => Fit::ScaleUp,
        CRETULA_FIT_ASPECT_CROP => Fit::AspectCrop,
        other => return Err(Failure::unknown("FIT", other)),
    };
    let metadata = match variant.metadata {
        CRETULA_METADATA_NONE => MetadataPolicy::None,
        CRETULA_METADATA_COPYRIGHT => MetadataPolicy::Copyright,
        CRETULA_METADATA_KEEP => MetadataPolicy::Keep,
        other => return Err(Failure::unknown("METADATA", other)),
    };
    if (variant.width, variant.height) == (0, 0) {
        return Err(invalid("width and height are both missing: give at least one"));
    }
    let mut options = VariantOptions::new(fit, variant.width, variant.height).metadata(metadata);
    options.width = options.width.filter(|side| *side > 0);
    options.height = options.height.filter(|side| *side > 0);
    Ok(options)
}

/// The options that `text` states.
fn from_text(variant: &cretula_variant_options, text: &str) -> Result<VariantOptions> {
    let cretula_variant_options { fit, width, height, metadata, .. } = *variant;
    if (fit, width, height, metadata) != (0, 0, 0, 0) {
        return Err(invalid(
            "fit, width, height and metadata must be 0 where options is given: state them there",
        ));
    }
    Ok(text.parse()?)
}

/// The options for C, if they have no more than its four fields; `instead` is the function that
/// gives all of them.
pub(crate) fn to_native(options: &VariantOptions, instead: &str) -> Result<cretula_variant_options> {
    let mut plain = VariantOptions::original_size().metadata(options.metadata);
    (plain.fit, plain.width, plain.height) = (options.fit, options.width, options.height);
    if plain != *options {
        let message =
            format!("the options {options} have more than fit, width, height and metadata: use {instead}");
        return Err(invalid(message));
    }
    Ok(cretula_variant_options {
        struct_size: size_of::<cretula_variant_options>(),
        fit: match options.fit {
            Fit::ScaleDown => CRETULA_FIT_SCALE_DOWN,
            Fit::Contain => CRETULA_FIT_CONTAIN,
            Fit::Cover => CRETULA_FIT_COVER,
            Fit::Crop => CRETULA_FIT_CROP,
            Fit::Pad => CRETULA_FIT_PAD,
            Fit::Squeeze => CRETULA_FIT_SQUEEZE,
            Fit::ScaleUp => CRETULA_FIT_SCALE_UP,
            Fit::AspectCrop => CRETULA_FIT_ASPECT_CROP,
            // A new fit of the core needs a number; the test below enforces it.
            other => return Err(invalid(format!("{other} has no CRETULA_FIT_* constant: use {instead}"))),
        },
        width: options.width.unwrap_or(0),
        height: options.height.unwrap_or(0),
        metadata: match options.metadata {
            MetadataPolicy::None => CRETULA_METADATA_NONE,
            MetadataPolicy::Copyright => CRETULA_METADATA_COPYRIGHT,
            MetadataPolicy::Keep => CRETULA_METADATA_KEEP,
        },
        options: In::null(),
        options_len: 0,
    })
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::misuse(CRETULA_ERR_INVALID_ARGUMENT, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fit_and_policy_survives_a_round_trip() {
        for fit in Fit::ALL {
            for metadata in MetadataPolicy::ALL {
                let given = VariantOptions::new(fit, 3, 4).metadata(metadata);
                assert_eq!(options(&to_native(&given, "").unwrap()).unwrap(), given);
            }
        }
    }
    #[test]
    fn options_beyond_the_four_are_never_lost() {
        let given: VariantOptions = "w=3,blur=2".parse().unwrap();
        let message = to_native(&given, "another function").unwrap_err().message;
        assert!(message.contains("width=3,blur=2") && message.ends_with("use another function"), "{message}");
    }
}
