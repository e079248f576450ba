//! Variant options, and the geometry of a variant.

use std::ffi::c_char;

use cretula::{Fit, Limits, MetadataPolicy, VariantOptions, place};

use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::New;
use crate::slice::{In, Out};
use crate::status::cretula_status;

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

/// The output has no metadata.
pub const CRETULA_METADATA_NONE: i32 = 0;
/// The output has only the EXIF Copyright tag.
pub const CRETULA_METADATA_COPYRIGHT: i32 = 1;
/// The output has the EXIF (GPS included), XMP and IPTC of the input.
pub const CRETULA_METADATA_KEEP: i32 = 2;

/// Options for one variant: target box, fit, and metadata policy.
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
/// CRETULA_ERR_INVALID_ARGUMENT for other JSON or a value out of range.
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
        out.put(to_native(&options));
        Ok(())
    })
}

/// Computes the geometry of a variant of an image of this displayed size, without the image.
///
/// CRETULA_ERR_INVALID_ARGUMENT if a side of the source is 0, if both sides of the box are 0, or if
/// one exceeds the default max_side.
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

/// The options for the core, which checks the sides.
pub(crate) fn options(variant: &cretula_variant_options) -> Result<VariantOptions> {
    let fit = match variant.fit {
        CRETULA_FIT_SCALE_DOWN => Fit::ScaleDown,
        CRETULA_FIT_CONTAIN => Fit::Contain,
        CRETULA_FIT_COVER => Fit::Cover,
        CRETULA_FIT_CROP => Fit::Crop,
        CRETULA_FIT_PAD => Fit::Pad,
        other => return Err(Failure::unknown("FIT", other)),
    };
    let metadata = match variant.metadata {
        CRETULA_METADATA_NONE => MetadataPolicy::None,
        CRETULA_METADATA_COPYRIGHT => MetadataPolicy::Copyright,
        CRETULA_METADATA_KEEP => MetadataPolicy::Keep,
        other => return Err(Failure::unknown("METADATA", other)),
    };
    let mut options = VariantOptions::new(fit, variant.width, variant.height).metadata(metadata);
    options.width = options.width.filter(|side| *side > 0);
    options.height = options.height.filter(|side| *side > 0);
    Ok(options)
}

/// The options for C.
pub(crate) fn to_native(options: &VariantOptions) -> cretula_variant_options {
    cretula_variant_options {
        struct_size: size_of::<cretula_variant_options>(),
        fit: match options.fit {
            Fit::ScaleDown => CRETULA_FIT_SCALE_DOWN,
            Fit::Contain => CRETULA_FIT_CONTAIN,
            Fit::Cover => CRETULA_FIT_COVER,
            Fit::Crop => CRETULA_FIT_CROP,
            Fit::Pad => CRETULA_FIT_PAD,
        },
        width: options.width.unwrap_or(0),
        height: options.height.unwrap_or(0),
        metadata: match options.metadata {
            MetadataPolicy::None => CRETULA_METADATA_NONE,
            MetadataPolicy::Copyright => CRETULA_METADATA_COPYRIGHT,
            MetadataPolicy::Keep => CRETULA_METADATA_KEEP,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fit_and_policy_survives_a_round_trip() {
        for fit in Fit::ALL {
            for metadata in MetadataPolicy::ALL {
                let given = VariantOptions::new(fit, 3, 4).metadata(metadata);
                assert_eq!(options(&to_native(&given)).unwrap(), given);
            }
        }
    }
}
