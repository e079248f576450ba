//! Variants: what is asked, and where it puts the picture.

use std::ffi::c_char;

use cretula::{Fit, Limits, MetadataPolicy, VariantOptions, place};

use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::New;
use crate::slice::{In, Out};
use crate::status::cretula_status;

/// Shrinks to fit inside the box, never enlarges.
pub const CRETULA_FIT_SCALE_DOWN: i32 = 0;
/// Fits inside the box, enlarging if need be.
pub const CRETULA_FIT_CONTAIN: i32 = 1;
/// Fills the box, enlarging if need be, and crops what stands over.
pub const CRETULA_FIT_COVER: i32 = 2;
/// Like CRETULA_FIT_COVER, never enlarging.
pub const CRETULA_FIT_CROP: i32 = 3;
/// Like CRETULA_FIT_CONTAIN, padded to the whole box.
pub const CRETULA_FIT_PAD: i32 = 4;

/// The output carries no metadata.
pub const CRETULA_METADATA_NONE: i32 = 0;
/// The output carries the EXIF Copyright tag alone.
pub const CRETULA_METADATA_COPYRIGHT: i32 = 1;
/// The output carries the input's EXIF (GPS included), XMP and IPTC.
pub const CRETULA_METADATA_KEEP: i32 = 2;

/// What is asked of one variant.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_variant {
    /// Set by CRETULA_VARIANT_INIT.
    pub struct_size: usize,
    /// CRETULA_FIT_*: how the box is meant.
    pub fit: i32,
    /// Width of the box in pixels, from 1 to the limits' max_side.
    pub width: u32,
    /// Height of the box in pixels, from 1 to the limits' max_side.
    pub height: u32,
    /// CRETULA_METADATA_*: which metadata the output keeps.
    pub metadata: i32,
}

/// Where a variant puts the displayed picture: crop, resize, lay on the canvas.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_placement {
    /// Set by CRETULA_PLACEMENT_INIT.
    pub struct_size: usize,
    /// Left edge of what is kept, in source pixels.
    pub crop_x: f64,
    /// Top edge of what is kept, in source pixels.
    pub crop_y: f64,
    /// Width of what is kept, in source pixels.
    pub crop_width: f64,
    /// Height of what is kept, in source pixels.
    pub crop_height: f64,
    /// Width in pixels to which it is resized.
    pub resize_width: u32,
    /// Height in pixels to which it is resized.
    pub resize_height: u32,
    /// Width of the output in pixels.
    pub canvas_width: u32,
    /// Height of the output in pixels.
    pub canvas_height: u32,
    /// Left edge of the resized picture on the canvas, in pixels.
    pub offset_x: u32,
    /// Top edge of the resized picture on the canvas, in pixels.
    pub offset_y: u32,
}

/// Reads an options object, `{"fit","width","height","metadata"}`, or a whole variant, `{"id","options",…}`, and checks it
/// against the default limits.
///
/// CRETULA_ERR_INVALID_ARGUMENT if it is no such JSON or a value is out of range.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variant_parse(
    json: In<c_char>,
    json_len: usize,
    out: Out<cretula_variant>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.growing_slot()?.required()?;
        let options = VariantOptions::from_json(json.text(json_len, "json")?, &Limits::default())?;
        out.put(written(&options));
        Ok(())
    })
}

/// Computes the geometry of a variant of a picture of this displayed size, without an image.
///
/// CRETULA_ERR_INVALID_ARGUMENT if a side is 0, or one of the box above the default limits' max_side.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_variant_place(
    variant: In<cretula_variant>,
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

/// The core's options. The core checks the sides.
pub(crate) fn options(variant: &cretula_variant) -> Result<VariantOptions> {
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
    Ok(VariantOptions::new(fit, variant.width, variant.height).metadata(metadata))
}

/// C's options.
pub(crate) fn written(options: &VariantOptions) -> cretula_variant {
    cretula_variant {
        struct_size: size_of::<cretula_variant>(),
        fit: match options.fit {
            Fit::ScaleDown => CRETULA_FIT_SCALE_DOWN,
            Fit::Contain => CRETULA_FIT_CONTAIN,
            Fit::Cover => CRETULA_FIT_COVER,
            Fit::Crop => CRETULA_FIT_CROP,
            Fit::Pad => CRETULA_FIT_PAD,
        },
        width: options.width,
        height: options.height,
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
    fn every_fit_and_policy_goes_there_and_back() {
        for fit in Fit::ALL {
            for metadata in MetadataPolicy::ALL {
                let asked = VariantOptions::new(fit, 3, 4).metadata(metadata);
                assert_eq!(options(&written(&asked)).unwrap(), asked);
            }
        }
    }
}
