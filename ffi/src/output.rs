//! Output options, and the names of formats.

use std::ffi::c_char;

use cretula::{
    Color, ColorPolicy, Damaged, DecodeOptions, Format, OutputOptions, Request, ShrinkOnLoad, VariantOptions,
    WebpOptions,
};

use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::New;
use crate::slice::{In, Out, constant};
use crate::status::{CRETULA_ERR_INVALID_ARGUMENT, cretula_status};

/// The format of the input.
pub const CRETULA_FORMAT_SOURCE: i32 = 0;
/// JPEG.
pub const CRETULA_FORMAT_JPEG: i32 = 1;
/// PNG.
pub const CRETULA_FORMAT_PNG: i32 = 2;
/// WebP.
pub const CRETULA_FORMAT_WEBP: i32 = 3;
/// GIF.
pub const CRETULA_FORMAT_GIF: i32 = 4;
/// AVIF, which this version neither reads nor writes.
pub const CRETULA_FORMAT_AVIF: i32 = 5;

/// Pixels are converted to sRGB.
pub const CRETULA_COLOR_SRGB: i32 = 0;
/// Pixels stay in the color space of the source, whose ICC profile is embedded.
pub const CRETULA_COLOR_PRESERVE: i32 = 1;

/// A JPEG is decoded at the smallest scale that is visually indistinguishable.
pub const CRETULA_SHRINK_FINE: i32 = 0;
/// A JPEG is decoded at the smallest scale that still covers the target size: faster, up to 2 dB
/// less accurate.
pub const CRETULA_SHRINK_FAST: i32 = 1;
/// A JPEG is decoded at full size, then resampled.
pub const CRETULA_SHRINK_NEVER: i32 = 2;

/// An image with damaged data is refused.
pub const CRETULA_DAMAGED_REFUSE: i32 = 0;
/// The readable part of an image with damaged data is rendered, with a warning. Missing pixels are
/// gray, or transparent in an image with alpha.
pub const CRETULA_DAMAGED_ACCEPT: i32 = 1;

/// A fully transparent background.
pub const CRETULA_BACKGROUND_TRANSPARENT: u32 = 0xffff_ff00;

/// Output options: format, quality, background, color policy. A field of 0 selects its default; a
/// NULL pointer to the struct selects all defaults.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_output_options {
    /// Set by CRETULA_OUTPUT_OPTIONS_INIT.
    pub struct_size: usize,
    /// CRETULA_FORMAT_*. Default: that of the input.
    pub format: i32,
    /// 1 (smallest) to 100 (best), for JPEG and lossy WebP. Default 85.
    pub quality: u32,
    /// The color of padding and behind transparency: 0xRRGGBBAA in sRGB, alpha not premultiplied.
    /// Default opaque white. Since 0 selects the default, use CRETULA_BACKGROUND_TRANSPARENT for
    /// transparency.
    pub background_rgba: u32,
    /// CRETULA_COLOR_*. Default sRGB.
    pub color: i32,
    /// CRETULA_SHRINK_*. Default fine.
    pub shrink: i32,
    /// 1 (fastest) to 6 (smallest), for lossy WebP: the "method" of libwebp. Default 2.
    pub effort: u32,
    /// CRETULA_DAMAGED_*. Default refuse. A set renders a damaged image only if all of its outputs
    /// accept it.
    pub damaged: i32,
    /// 1 for lossless WebP. Default 0, lossy.
    pub lossless: u32,
    /// 1 if the client says that its connection is slow: "slow-connection-quality" of the variant's
    /// options then replaces the quality. Default 0.
    pub slow_connection: u32,
    /// 1 to write every frame of an animation whole. Default 0: a frame holds what has changed.
    pub whole_frames: u32,
}

/// Each format: its number, name, media type and file extension.
const FORMATS: [(i32, &str, &str, &str); 5] = [
    (CRETULA_FORMAT_JPEG, "jpeg\0", "image/jpeg\0", "jpg\0"),
    (CRETULA_FORMAT_PNG, "png\0", "image/png\0", "png\0"),
    (CRETULA_FORMAT_WEBP, "webp\0", "image/webp\0", "webp\0"),
    (CRETULA_FORMAT_GIF, "gif\0", "image/gif\0", "gif\0"),
    (CRETULA_FORMAT_AVIF, "avif\0", "image/avif\0", "avif\0"),
];

/// The name of a format, such as "jpeg"; NULL for an unknown number and for CRETULA_FORMAT_SOURCE.
/// Static.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_format_name(format: i32) -> In<c_char> {
    described(format, |(_, name, _, _)| name)
}

/// The media type of a format, such as "image/jpeg"; NULL as for cretula_format_name. Static.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_format_media_type(format: i32) -> In<c_char> {
    described(format, |(_, _, media_type, _)| media_type)
}

/// The usual file extension of a format, without a dot, such as "jpg"; NULL as for
/// cretula_format_name. Static.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_format_extension(format: i32) -> In<c_char> {
    described(format, |(_, _, _, extension)| extension)
}

/// The format with this file extension, in any case and without a dot; CRETULA_FORMAT_SOURCE if
/// there is none.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_format_from_extension(extension: In<c_char>, extension_len: usize) -> i32 {
    guard::infallible(CRETULA_FORMAT_SOURCE, || {
        let extension = extension.text(extension_len, "extension").ok()?;
        Some(number(Format::from_extension(extension)?))
    })
}

/// Parses a color, `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa` or a CSS color name, into 0xRRGGBBAA as
/// background_rgba expects it: fully transparent black, which would select the default, becomes
/// CRETULA_BACKGROUND_TRANSPARENT.
///
/// CRETULA_ERR_INVALID_ARGUMENT for other text.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_color_parse(
    text: In<c_char>,
    text_len: usize,
    out: Out<u32>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let Color { red, green, blue, alpha } = text.text(text_len, "text")?.parse()?;
        match u32::from_be_bytes([red, green, blue, alpha]) {
            0 => out.put(CRETULA_BACKGROUND_TRANSPARENT),
            color => out.put(color),
        }
        Ok(())
    })
}

type Described = (i32, &'static str, &'static str, &'static str);

fn described(format: i32, text: impl FnOnce(Described) -> &'static str) -> In<c_char> {
    FORMATS.into_iter().find(|row| row.0 == format).map_or(In::null(), |row| constant(text(row)))
}

/// The request for the core; without `output`, all its options are defaults.
pub(crate) fn request(variant: VariantOptions, output: Option<&cretula_output_options>) -> Result<Request> {
    let Some(output) = output else { return Ok(Request::new(variant)) };
    Ok(Request::new(variant).output(options(output)?).decode(decode(output)?))
}

fn options(output: &cretula_output_options) -> Result<OutputOptions> {
    let mut options = OutputOptions::new();
    options.format = format(output.format)?;
    options.slow_connection = at_most("slow_connection", output.slow_connection, 0, 1)? == 1;
    options.whole_frames = at_most("whole_frames", output.whole_frames, 0, 1)? == 1;
    let mut webp = WebpOptions::new().lossless(at_most("lossless", output.lossless, 0, 1)? == 1);
    if output.effort > 0 {
        webp = webp.effort(at_most("effort", output.effort, 1, 6)?);
    }
    options = options.webp(webp);
    if output.quality > 0 {
        options = options.quality(at_most("quality", output.quality, 1, 100)?);
    }
    if output.background_rgba > 0 {
        let [red, green, blue, alpha] = output.background_rgba.to_be_bytes();
        options.background = Color { red, green, blue, alpha };
    }
    options.color = match output.color {
        CRETULA_COLOR_SRGB => ColorPolicy::Srgb,
        CRETULA_COLOR_PRESERVE => ColorPolicy::Preserve,
        other => return Err(Failure::unknown("COLOR", other)),
    };
    Ok(options)
}

fn decode(output: &cretula_output_options) -> Result<DecodeOptions> {
    let shrink = match output.shrink {
        CRETULA_SHRINK_FINE => ShrinkOnLoad::Fine,
        CRETULA_SHRINK_FAST => ShrinkOnLoad::Fast,
        CRETULA_SHRINK_NEVER => ShrinkOnLoad::Never,
        other => return Err(Failure::unknown("SHRINK", other)),
    };
    let damaged = match output.damaged {
        CRETULA_DAMAGED_REFUSE => Damaged::Refuse,
        CRETULA_DAMAGED_ACCEPT => Damaged::Accept,
        other => return Err(Failure::unknown("DAMAGED", other)),
    };
    Ok(DecodeOptions::new().shrink(shrink).damaged(damaged))
}

pub(crate) fn at_most(field: &str, value: u32, least: u8, most: u8) -> Result<u8> {
    u8::try_from(value).ok().filter(|value| *value <= most).ok_or_else(|| {
        let message = format!("{field} must be a whole number from {least} to {most}, got {value}");
        Failure::misuse(CRETULA_ERR_INVALID_ARGUMENT, message)
    })
}

/// The format for the core; `None` for that of the input.
pub(crate) fn format(format: i32) -> Result<Option<Format>> {
    Ok(match format {
        CRETULA_FORMAT_SOURCE => None,
        CRETULA_FORMAT_JPEG => Some(Format::Jpeg),
        CRETULA_FORMAT_PNG => Some(Format::Png),
        CRETULA_FORMAT_WEBP => Some(Format::WebP),
        CRETULA_FORMAT_GIF => Some(Format::Gif),
        CRETULA_FORMAT_AVIF => Some(Format::Avif),
        other => return Err(Failure::unknown("FORMAT", other)),
    })
}

/// The format for C.
pub(crate) fn number(format: Format) -> i32 {
    match format {
        Format::Jpeg => CRETULA_FORMAT_JPEG,
        Format::Png => CRETULA_FORMAT_PNG,
        Format::WebP => CRETULA_FORMAT_WEBP,
        Format::Gif => CRETULA_FORMAT_GIF,
        Format::Avif => CRETULA_FORMAT_AVIF,
        // A new format of the core needs a number; the test below enforces it.
        _ => CRETULA_FORMAT_SOURCE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slice::c_str;

    #[test]
    fn every_format_has_a_number_and_the_names_of_the_core() {
        for format in Format::ALL {
            let number = number(format);
            assert_eq!(self::format(number).unwrap(), Some(format));
            assert_eq!(c_str(&cretula_format_name(number)), format.as_str());
            assert_eq!(c_str(&cretula_format_media_type(number)), format.media_type());
            assert_eq!(c_str(&cretula_format_extension(number)), format.extension());
        }
        assert_eq!(format(CRETULA_FORMAT_SOURCE).unwrap(), None);
    }

    #[test]
    fn the_defaults_are_those_of_the_core() {
        let zero = cretula_output_options {
            struct_size: 0,
            format: 0,
            quality: 0,
            background_rgba: 0,
            color: 0,
            shrink: 0,
            effort: 0,
            damaged: 0,
            lossless: 0,
            slow_connection: 0,
            whole_frames: 0,
        };
        assert_eq!(options(&zero).unwrap(), OutputOptions::new());
        let clear = cretula_output_options { background_rgba: CRETULA_BACKGROUND_TRANSPARENT, ..zero };
        assert_eq!(options(&clear).unwrap().background.alpha, 0);
        assert_eq!(options(&cretula_output_options { quality: 101, ..zero }).unwrap_err().code, 5400);
        assert_eq!(options(&cretula_output_options { effort: 6, ..zero }).unwrap().webp.effort, 6);
        assert_eq!(decode(&zero).unwrap(), DecodeOptions::new());
        assert_eq!(decode(&cretula_output_options { damaged: 1, ..zero }).unwrap().damaged, Damaged::Accept);
        assert!(decode(&cretula_output_options { damaged: 2, ..zero }).is_err());
        assert!(options(&cretula_output_options { lossless: 1, ..zero }).unwrap().webp.lossless);
        assert!(options(&cretula_output_options { whole_frames: 1, ..zero }).unwrap().whole_frames);
        assert_eq!(options(&cretula_output_options { whole_frames: 2, ..zero }).unwrap_err().code, 5400);
        assert_eq!(options(&cretula_output_options { lossless: 2, ..zero }).unwrap_err().code, 5400);
        assert_eq!(options(&cretula_output_options { effort: 7, ..zero }).unwrap_err().code, 5400);
    }
}
