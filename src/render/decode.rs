//! Decoding: bytes, [`Header`] and [`Wanted`] to [`Decoded`].
//!
//! In: the whole file, and the part of the stored pixels that each variant needs. Out: pixels in
//! the file's color space and orientation that cover those parts. A decoder may scale down and
//! crop, and then returns the region that it decoded. Must not know of fits, output formats or
//! profiles.

mod decoded;
mod gif;
mod interruptible_reader;
mod jpeg;
mod png;
mod wanted;
mod webp;

pub(crate) use self::decoded::Decoded;
pub(crate) use self::wanted::Wanted;

use self::decoded::count;
use self::wanted::can_stream;
use crate::damage::Tolerance;
use crate::error::{Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout};
use crate::render::header::{Header, Payload};

/// Decodes the first frame of `bytes` for all variants in `wanted`. With `planes`, a file that
/// stores YCbCr is decoded to planes. [`Decoded::Rows`] takes over `tolerance`.
pub(crate) fn decode<'a, 'b: 'a>(
    bytes: &'a [u8],
    header: &Header<'a>,
    wanted: &[Wanted],
    planes: bool,
    tolerance: &mut Tolerance,
    budget: &mut Budget<'b>,
) -> Result<Decoded<'a>> {
    check(bytes, header, header.cut_short, tolerance)?;
    let format = header.format().as_str();
    if header.frames > 1 {
        budget.limits().check_decoded_frames(header.frame_pixels)?;
    }
    catch_panic(Stage::Decode, format, || match &header.payload {
        Payload::Jpeg(_) => jpeg::decode(bytes, header.stored, wanted, planes, tolerance, budget),
        Payload::Png(image) => png::decode(bytes, image, wanted, tolerance, budget),
        Payload::WebP(frame) => webp::decode(bytes, header, *frame, wanted, planes, tolerance, budget),
        Payload::Gif(frame) => gif::decode(bytes, header, *frame, wanted, tolerance, budget),
        Payload::Pixels(layout, samples) => copy(samples, header.stored, *layout, budget),
        Payload::Composed(_) => Err(Error::internal(Stage::Decode, "frames are decoded one by one")),
    })
}

/// Fails if the container shows that the image data cannot be decoded, or if they are `cut_short` and
/// that is not accepted.
pub(crate) fn check(
    bytes: &[u8],
    header: &Header<'_>,
    cut_short: bool,
    tolerance: &mut Tolerance,
) -> Result<()> {
    let malformed = |reason| Err(Error::malformed(Stage::Decode, header.format().as_str(), reason));
    match header.broken {
        Some(broken) => malformed(broken),
        None if cut_short && !tolerance.accepts(bytes.len(), CUT_SHORT) => malformed(CUT_SHORT),
        None => Ok(()),
    }
}

/// Copies the caller's pixels.
fn copy(samples: &[u8], size: Size, layout: Layout, budget: &mut Budget<'_>) -> Result<Decoded<'static>> {
    let mut copied = budget.zeroed::<u8>(Stage::Decode, count(size, layout)?)?;
    copied.copy_from_slice(samples);
    Ok(Image::eight(size, layout, copied).into())
}

/// The size of the decoded image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DecodedSize {
    pub(crate) size: Size,
    /// Whether it may be decoded row by row, and so never be in memory as a whole.
    pub(crate) rows: bool,
}

/// The size of the image when decoded only for `wanted`.
pub(crate) fn size(header: &Header<'_>, wanted: &Wanted, planes: bool) -> DecodedSize {
    match &header.payload {
        Payload::Jpeg(_) => DecodedSize { size: jpeg::size(header.stored, wanted, planes), rows: false },
        Payload::Pixels(..) => DecodedSize { size: header.stored, rows: false },
        Payload::Composed(_) => DecodedSize { size: header.stored, rows: false },
        Payload::Png(_) | Payload::WebP(_) | Payload::Gif(_) => {
            DecodedSize { size: header.stored, rows: !planes && can_stream(std::slice::from_ref(wanted)) }
        }
    }
}

const CUT_SHORT: &str = "the file ends before the image data do";

#[cfg(test)]
mod tests {
    use image::codecs::webp::WebPEncoder;
    use image::{ExtendedColorType, ImageEncoder};

    use super::*;
    use crate::container::{Cursor, riff};
    use crate::limits::Limits;
    use crate::render::header::{GifFrame, PngImage, WebPData, WebPFrame};

    const SIZE: Size = Size::new(40, 1);

    /// Decodes an image of 40x1 pixels row by row, for a variant of 1x1 pixel, and recycles it.
    fn bytes_held_after_recycling(bytes: &[u8], payload: Payload<'_>) -> u64 {
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        let header = Header::new(payload, SIZE.width, SIZE.height);
        let mut wanted = Wanted::whole(SIZE);
        wanted.placement.resize = Size::new(1, 1);
        wanted.whole = false;
        let mut tolerance = Tolerance::default();
        let decoded = decode(bytes, &header, &[wanted], false, &mut tolerance, &mut budget).unwrap();
        assert!(matches!(decoded, Decoded::Rows(_)), "not row by row");
        assert_ne!(budget.spent(), 0);
        decoded.recycle(&mut budget);
        budget.spent()
    }

    fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        let body = [kind, data].concat();
        [&length[..], &body, &crc32fast::hash(&body).to_be_bytes()].concat()
    }

    #[test]
    fn a_row_decoder_releases_its_memory_when_recycled() {
        let ihdr = chunk(b"IHDR", &[0, 0, 0, 40, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
        let data = chunk(b"IDAT", b"\x78\x9c");
        let (header, data) = (ihdr.as_slice(), data.as_slice());
        let png = PngImage { header, is_gray: true, palette: None, transparency: None, data };
        assert_eq!(bytes_held_after_recycling(data, Payload::Png(png)), 0);

        let (rect, colors) = ([0, 0, 40, 1], Some(&[0; 6][..]));
        let gif = GifFrame { rect, interlaced: false, colors, transparent: None, code_size: 2, blocks: &[] };
        assert_eq!(bytes_held_after_recycling(&[], Payload::Gif(Some(gif))), 0);

        let mut webp = Vec::new();
        let encoder = WebPEncoder::new_lossless(&mut webp);
        encoder.write_image(&[7; 120], SIZE.width, SIZE.height, ExtendedColorType::Rgb8).unwrap();
        let data = riff::next_chunk(&mut Cursor::new(webp.get(12..).unwrap())).unwrap().data;
        let (bitstream, rect) = (WebPData::Lossless(data), [0, 0, 40, 1]);
        let frame = WebPFrame { bitstream, alpha: None, rect };
        assert_eq!(bytes_held_after_recycling(&webp, Payload::WebP(Some(frame))), 0);
    }
}
