//! JPEG through `zune-jpeg`: 8-bit Huffman baseline, extended and progressive; gray, YCbCr, RGB, CMYK and YCCK.
//!
//! In: a JPEG file. Out: gray, RGB, or ink (CMYK, 0 is none). Strict: data that ends early or breaks the entropy code
//! is an error, never a half-gray picture. `Placement` is for a decoder that can shrink while it decodes; this one
//! decodes in full.

use memchr::memmem;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::count;
use crate::error::{Cause, Error, Result, Stage};
use crate::fit::Placement;
use crate::limits::Budget;
use crate::render::pixels::{Layout, Pixels};
use crate::render::source::{JpegFrame, Source};

/// Scans of one progressive file. Encoders make ten or so.
const MAX_SCANS: u64 = 100;

/// Each scan costs a pass over all coefficients. This many are passed over at most: thirteen scans of the largest
/// picture that encoders make.
const MAX_PASSED: u64 = 4_000_000_000;

const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
const START_OF_SCAN: [u8; 2] = [0xff, 0xda];

pub(super) fn decode(
    bytes: &[u8],
    source: &Source<'_>,
    _placement: &Placement,
    budget: &mut Budget<'_>,
) -> Result<Pixels> {
    let frame = source.jpeg.ok_or_else(|| malformed("it has no frame header"))?;
    refuse_unsupported(frame, source.bit_depth)?;
    check_scans(bytes.get(frame.scan_offset..).unwrap_or_default(), frame)?;
    let working = working_memory(frame, source);
    budget.reserve(Stage::Decode, working)?;

    let options =
        DecoderOptions::default().set_strict_mode(true).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(refused)?;
    let coded = decoder.input_colorspace().ok_or_else(|| malformed("it has no color space"))?;
    let (layout, wanted) = match coded {
        ColorSpace::Luma => (Layout::Gray, ColorSpace::Luma),
        // Four components come out as they are coded: only then can the profile be applied, and the decoder's own
        // conversion of YCCK is wrong.
        ColorSpace::CMYK | ColorSpace::YCCK if frame.components == 4 => (Layout::Cmyk, coded),
        _ if frame.components == 3 => (Layout::Rgb, ColorSpace::RGB),
        other => return Err(unsupported(format!("{} components as {other:?}", frame.components))),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let mut samples = budget.zeroed::<u8>(Stage::Decode, count(source.stored, layout)?)?;
    decoder.decode_into(&mut samples).map_err(refused)?;
    budget.release(working);

    if layout == Layout::Cmyk {
        to_ink(&mut samples, coded == ColorSpace::YCCK, frame.adobe_transform.is_some());
    }
    Ok(Pixels::eight(source.stored, layout, samples))
}

/// Refuses a file without its end, which the decoder would take for whole, and one with more scans than are worth
/// their time. Neither marker can occur in entropy-coded data.
fn check_scans(scanned: &[u8], frame: JpegFrame) -> Result<()> {
    if memmem::rfind(scanned, &END_OF_IMAGE).is_none() {
        return Err(malformed("it is cut short: there is no end-of-image marker"));
    }
    let scans = 1 + memmem::find_iter(scanned, &START_OF_SCAN).count() as u64;
    let max = MAX_SCANS.min(MAX_PASSED / frame.coefficients.max(1));
    if frame.process == 2 && scans > max {
        return Err(Error::new(Stage::Decode, Cause::Scans { scans, max }));
    }
    Ok(())
}

fn refuse_unsupported(frame: JpegFrame, precision: u8) -> Result<()> {
    match frame.process {
        0..=2 if precision == 8 => Ok(()),
        0..=2 => Err(unsupported(format!("{precision} bits a sample, only 8 are read"))),
        3 | 7 | 11 | 15 => Err(unsupported("lossless coding".to_owned())),
        5 | 6 | 13 | 14 => Err(unsupported("hierarchical coding".to_owned())),
        _ => Err(unsupported("arithmetic coding".to_owned())),
    }
}

/// What the decoder holds beside its output: all coefficients of a progressive file (16 bits each), else a few rows of
/// blocks.
fn working_memory(frame: JpegFrame, source: &Source<'_>) -> u64 {
    let rows = u64::from(source.stored.width) * u64::from(frame.components) * 64;
    let coefficients = if frame.process == 2 { frame.coefficients * 2 } else { 0 };
    rows + coefficients
}

/// Turns coded CMYK or YCCK samples into ink. Adobe's files hold the complement of ink (T.872 section 6.5.3); YCCK is
/// the YCbCr of the complement of what CMYK would hold.
fn to_ink(samples: &mut [u8], ycck: bool, adobe: bool) {
    let (quads, _) = samples.as_chunks_mut::<4>();
    for quad in quads {
        if ycck {
            let [y, cb, cr, k] = *quad;
            let [r, g, b] = rgb(y, cb, cr);
            *quad = [255 - r, 255 - g, 255 - b, k];
        }
        if adobe {
            *quad = quad.map(|sample| 255 - sample);
        }
    }
}

/// Full-range YCbCr to RGB (T.871 section 7).
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|v| (v + 0.5) as u8)
}

fn malformed(detail: impl Into<String>) -> Error {
    Error::new(Stage::Decode, Cause::Malformed { format: "jpeg", detail: detail.into() })
}

fn unsupported(detail: String) -> Error {
    Error::new(Stage::Decode, Cause::UnsupportedInput { format: "jpeg", detail })
}

fn refused(error: DecodeErrors) -> Error {
    match error {
        DecodeErrors::Unsupported(scheme) => unsupported(format!("{scheme:?}")),
        other => malformed(format!("{other:?}")),
    }
}
