//! [`Header`]: the contents of a file besides its pixels. Made by `probe`, read by later stages.
//!
//! Plain data, borrowed from the input where it is contiguous there. Knows nothing of how a format
//! stores it.

mod frame_data;
mod orientation;
mod raw_profile;
mod resources;
mod source_frame;

use std::borrow::Cow;
use std::time::Duration;

pub(crate) use self::frame_data::{GifFrame, PngImage, WebPData, WebPFrame};
pub(crate) use self::orientation::Orientation;
pub(crate) use self::raw_profile::{PngText, RawKind, RawProfile};
pub(crate) use self::resources::resources;
pub(crate) use self::source_frame::{Blend, Disposal, FrameData, IHDR_BYTES, PngFrame, SourceFrame};

use crate::geometry::Size;
use crate::jpeg::Coding;
use crate::options::Format;
use crate::render::frame::Layout;
use crate::render::tiff;
use crate::render::warning::Warning;
use crate::render::zlib;

/// Weight of EXIF bytes in [`Header::metadata_bytes`]: for each entry of 12 bytes, the EXIF editor
/// and `kamadak-exif` may each hold several records of where its value is.
const EXIF_WEIGHT: u64 = 4;

/// The header of a source file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Header<'a> {
    /// The part that the format's decoder needs.
    pub(crate) payload: Payload<'a>,
    /// The size as stored, without orientation.
    pub(crate) stored: Size,
    pub(crate) orientation: Orientation,
    /// Number of frames; 1 for a still image.
    pub(crate) frames: u32,
    /// How an animation plays.
    pub(crate) playback: Playback,
    /// Pixels of the first frame of an animation, as stored. It may cover less than the canvas, or
    /// more in a GIF.
    pub(crate) frame_pixels: u64,
    /// Pixels of all frames of an animation, as stored.
    pub(crate) animation_pixels: u64,
    /// Whether the file ends before a frame after the first does.
    pub(crate) frames_cut: bool,
    /// Why the image data must not be passed to a decoder, if the container already shows it.
    pub(crate) broken: Option<&'static str>,
    /// Whether the file ends before the image data do, according to the container.
    pub(crate) cut_short: bool,
    /// Bits per sample as stored; for an indexed image, bits per palette index.
    pub(crate) bit_depth: u8,
    pub(crate) has_alpha: bool,
    /// The color spaces that the file states, in order of precedence. The first usable one counts.
    pub(crate) color: Vec<SourceColor<'a>>,
    /// The EXIF block from its byte-order mark (TIFF 6.0 header) on, without a container's prefix.
    pub(crate) exif: Option<Cow<'a, [u8]>>,
    /// The XMP packet, UTF-8.
    pub(crate) xmp: Option<Cow<'a, [u8]>>,
    /// The XMP packet as a zlib stream (PNG), if there is no plain one.
    pub(crate) xmp_zlib: Option<&'a [u8]>,
    /// The IPTC-IIM records (Photoshop resource 0x0404), without the container's prefix.
    pub(crate) iptc: Option<Cow<'a, [u8]>>,
    /// Further metadata, after the first block of each kind.
    pub(crate) more: MoreMetadata<'a>,
    /// Parts of the file that are ignored in every request.
    pub(crate) warnings: Vec<Warning>,
}

/// How an animation plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Playback {
    /// How many times it plays; 0 for without end.
    pub(crate) loop_count: u32,
    /// The sum of the delays of its frames.
    pub(crate) duration: Duration,
}

impl Default for Playback {
    fn default() -> Self {
        Self { loop_count: 1, duration: Duration::ZERO }
    }
}

/// The part of the header that only the format's decoder needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payload<'a> {
    Jpeg(JpegFrame),
    Png(PngImage<'a>),
    /// The image, or the first frame of an animation, if there is one.
    WebP(Option<WebPFrame<'a>>),
    /// The first frame, if there is one.
    Gif(Option<GifFrame<'a>>),
    /// The composed frames of an animation in a file of this format: RGBA, 8 bits each.
    Composed(Format),
    /// Not a file: the caller's samples, 8 bits each.
    Pixels(Layout, &'a [u8]),
}

/// Metadata after the first block of each kind, at most [`MAX`](Self::MAX) blocks of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MoreMetadata<'a> {
    /// EXIF blocks without a container's prefix: continuations of the first (JPEG), or others.
    pub(crate) exif: Vec<&'a [u8]>,
    /// XMP packets, as stored.
    pub(crate) xmp: Vec<&'a [u8]>,
    /// Chunks of extended XMP (JPEG): GUID, full length, offset, data.
    pub(crate) xmp_extension: Vec<&'a [u8]>,
    /// IPTC-IIM records.
    pub(crate) iptc: Vec<Cow<'a, [u8]>>,
    /// Metadata as text (PNG), at most one of each kind.
    pub(crate) raw: Vec<RawProfile<'a>>,
    /// Names of blocks with a wrong checksum (PNG).
    pub(crate) damaged: Vec<&'static str>,
}

impl MoreMetadata<'_> {
    /// The most blocks of one kind; more are ignored.
    pub(crate) const MAX: usize = 1024;
}

/// Adds `block` to one of the lists of [`MoreMetadata`], unless it is full.
pub(crate) fn add_more<T>(list: &mut Vec<T>, block: T) {
    if list.len() < MoreMetadata::MAX {
        list.push(block);
    }
}

impl<'a> Header<'a> {
    /// A header with a payload and a size, and defaults for all else.
    pub(crate) fn new(payload: Payload<'a>, width: u32, height: u32) -> Self {
        Self {
            payload,
            stored: Size::new(width, height),
            orientation: Orientation::Upright,
            frames: 1,
            playback: Playback::default(),
            frame_pixels: 0,
            animation_pixels: 0,
            frames_cut: false,
            broken: None,
            cut_short: false,
            bit_depth: 8,
            has_alpha: false,
            color: Vec::new(),
            exif: None,
            xmp: None,
            xmp_zlib: None,
            iptc: None,
            more: MoreMetadata::default(),
            warnings: Vec::new(),
        }
    }

    /// The header of a JPEG of which only the size is known.
    #[cfg(test)]
    pub(crate) fn of_jpeg(width: u32, height: u32) -> Self {
        Self::new(Payload::Jpeg(JpegFrame { coding: Coding::YCbCr }), width, height)
    }

    /// A header for pixels that the caller has decoded.
    pub(crate) fn of_pixels(layout: Layout, samples: &'a [u8], size: Size) -> Self {
        let payload = Payload::Pixels(layout, samples);
        Self { has_alpha: layout.has_alpha(), ..Self::new(payload, size.width, size.height) }
    }

    /// The header of one frame of an animation as a still image.
    pub(crate) fn of_frame(frame: &'a SourceFrame<'_>) -> Self {
        let Size { width, height } = frame.size;
        let payload = match &frame.data {
            FrameData::Gif(frame) => {
                let [_, _, width, height] = frame.rect;
                Payload::Gif(Some(GifFrame { rect: [0, 0, width, height], ..*frame }))
            }
            FrameData::WebP(frame) => {
                Payload::WebP(Some(WebPFrame { rect: [0, 0, width, height], ..*frame }))
            }
            FrameData::Png(PngFrame { image, chunks }) => {
                let (header, data) = chunks.split_at_checked(IHDR_BYTES).unwrap_or_default();
                Payload::Png(PngImage { header, data, ..image.clone() })
            }
        };
        Self { has_alpha: frame.has_alpha, broken: frame.broken, ..Self::new(payload, width, height) }
    }

    /// The header of the composed frames of this animation.
    pub(crate) fn composed(&self) -> Self {
        Self { payload: Payload::Composed(self.format()), has_alpha: true, ..self.clone() }
    }

    /// Adds the EXIF block of a chunk. Removes the identifier that some writers copy from JPEG.
    pub(crate) fn add_exif(&mut self, data: &'a [u8]) {
        let block = tiff::without_identifier(data);
        if block.is_empty() {
            return;
        }
        match &mut self.exif {
            Some(_) => add_more(&mut self.more.exif, block),
            none => *none = Some(Cow::Borrowed(block)),
        }
    }

    /// Adds an uncompressed XMP packet.
    pub(crate) fn add_xmp(&mut self, packet: &'a [u8]) {
        match &mut self.xmp {
            Some(_) => add_more(&mut self.more.xmp, packet),
            none => *none = Some(Cow::Borrowed(packet)),
        }
    }
}

impl<'a> Header<'a> {
    /// Whether there is an ICC profile, valid or not.
    pub(crate) fn has_profile(&self) -> bool {
        let is_profile = |color: &SourceColor<'_>| {
            matches!(color, SourceColor::Icc(_) | SourceColor::IccZlib(_) | SourceColor::Damaged(_))
        };
        self.color.iter().any(is_profile)
    }

    /// An upper bound for the bytes of EXIF, XMP and IPTC after decompression. EXIF counts
    /// [`EXIF_WEIGHT`] times.
    pub(crate) fn metadata_bytes(&self) -> u64 {
        let MoreMetadata { exif, xmp: _, xmp_extension, iptc, raw, damaged: _ } = &self.more;
        let exif: usize = self.exif.as_deref().into_iter().chain(exif.iter().copied()).map(<[u8]>::len).sum();
        let plain = [&self.xmp, &self.iptc].into_iter().flatten().map(|block| block.len());
        let further =
            xmp_extension.iter().map(|piece| piece.len()).chain(iptc.iter().map(|block| block.len()));
        let packed = self.xmp_zlib.map(|stream| zlib::max_unpacked(stream.len()));
        let text = raw.iter().map(RawProfile::at_most);
        let rest: usize = plain.chain(further).chain(packed).chain(text).sum();
        (exif as u64).saturating_mul(EXIF_WEIGHT).saturating_add(rest as u64)
    }

    /// Whether there is an EXIF block, in binary or as text.
    pub(crate) fn has_exif(&self) -> bool {
        self.exif.is_some() || self.more.raw.iter().any(RawProfile::is_exif)
    }

    /// The format of the file; for the caller's pixels, the default output format.
    pub(crate) fn format(&self) -> Format {
        match self.payload {
            Payload::Pixels(layout, _) if layout.has_alpha() => Format::Png,
            Payload::Pixels(..) => Format::Jpeg,
            Payload::Composed(format) => format,
            Payload::Jpeg(_) => Format::Jpeg,
            Payload::Png(_) => Format::Png,
            Payload::WebP(_) => Format::WebP,
            Payload::Gif(_) => Format::Gif,
        }
    }

    /// The layout of decoded pixels.
    pub(crate) fn layout(&self) -> Layout {
        match &self.payload {
            Payload::Jpeg(frame) => match frame.coding {
                Coding::Gray => Layout::Gray,
                Coding::YCbCr | Coding::Rgb => Layout::Rgb,
                Coding::Cmyk | Coding::Ycck => Layout::Cmyk,
            },
            Payload::Png(image) => match (image.is_gray, self.has_alpha) {
                (true, false) => Layout::Gray,
                (true, true) => Layout::GrayAlpha,
                (false, false) => Layout::Rgb,
                (false, true) => Layout::Rgba,
            },
            Payload::Pixels(layout, _) => *layout,
            Payload::Composed(_) => Layout::Rgba,
            Payload::WebP(_) | Payload::Gif(_) if self.has_alpha => Layout::Rgba,
            Payload::WebP(_) | Payload::Gif(_) => Layout::Rgb,
        }
    }

    /// Whether samples have 16 bits after decoding.
    pub(crate) fn is_sixteen(&self) -> bool {
        matches!(self.payload, Payload::Png(_)) && self.bit_depth == 16
    }

    /// The VP8 key frame, if this is a lossy WebP without alpha whose frame covers the canvas.
    pub(crate) fn vp8(&self) -> Option<&'a [u8]> {
        match self.payload {
            Payload::WebP(Some(WebPFrame {
                bitstream: WebPData::Lossy(frame),
                rect: [0, 0, width, height],
                ..
            })) if !self.has_alpha && Size::new(width, height) == self.stored => Some(frame),
            _ => None,
        }
    }

    /// Whether the file stores Y, Cb and Cr that can be decoded to planes.
    pub(crate) fn has_planes(&self) -> bool {
        match &self.payload {
            Payload::Jpeg(frame) => frame.coding == Coding::YCbCr,
            _ => self.vp8().is_some(),
        }
    }

    /// The size as displayed, that is, with the orientation applied.
    pub(crate) fn displayed(&self) -> Size {
        self.orientation.size(self.stored)
    }
}

/// The part of a JPEG frame header that the plan depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JpegFrame {
    pub(crate) coding: Coding,
}

/// A color space as a file states it. In order of precedence: cICP, ICC, sRGB, gAMA and cHRM (PNG
/// third edition, section 4.3), EXIF.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SourceColor<'a> {
    /// An embedded ICC profile.
    Icc(Cow<'a, [u8]>),
    /// An embedded ICC profile, as a zlib stream (PNG).
    IccZlib(&'a [u8]),
    /// Coding-independent code points (ITU-T H.273): primaries and transfer of RGB, full range.
    Cicp { primaries: u8, transfer: u8 },
    /// PNG gAMA (file gamma × 100 000) and cHRM (x and y of white, red, green, blue, × 100 000).
    Gamma { gamma: Option<u32>, chromaticities: Option<[u32; 8]> },
    /// PNG sRGB.
    Srgb,
    /// Adobe RGB (1998), stated in EXIF by the rules of DCF 2.0.
    AdobeRgb,
    /// The reason why an ICC profile could not be assembled or decompressed.
    Damaged(String),
}

/// The color space of the output, as the written file must state it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OutputColor {
    /// The profile to embed, if the pixels are still in the color space of the source.
    pub(crate) icc: Option<Vec<u8>>,
    /// Whether the pixels are known to be sRGB: they were converted, or the source stated it in a
    /// way that the output does not repeat. Only then may another color space in the metadata be
    /// corrected to sRGB. Never true together with `icc`. If neither is set, the source stated
    /// nothing usable and its pixels were not changed.
    pub(crate) srgb: bool,
}
