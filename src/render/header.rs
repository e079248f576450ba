//! What a source file says about itself besides its pixels: the value that `probe` makes and the later stages read.
//!
//! Plain data, borrowed from the input where it lies there in one piece. Knows nothing of how a format stores it.

mod orientation;
mod raw_profile;
mod resources;

use std::borrow::Cow;

pub(crate) use self::orientation::Orientation;
pub(crate) use self::raw_profile::{PngText, RawKind, RawProfile};
pub(crate) use self::resources::resources;

use crate::geometry::Size;
use crate::jpeg::Coding;
use crate::options::Format;
use crate::render::frame::Layout;
use crate::render::tiff;
use crate::render::warning::Warning;
use crate::render::zlib;

/// A source file's header, read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Header<'a> {
    /// What the decoder of the format needs.
    pub(crate) payload: Payload<'a>,
    /// The size as stored, before orientation.
    pub(crate) stored: Size,
    pub(crate) orientation: Orientation,
    /// Frames of an animation; 1 for a still image.
    pub(crate) frames: u32,
    /// Pixels of the first frame of an animation, as stored: it may cover less than the canvas, or, of a GIF, more.
    pub(crate) frame_pixels: u64,
    /// What the container already shows to be wrong with the image data, which a decoder must then not be given.
    pub(crate) broken: Option<&'static str>,
    /// Whether the file ends before its image data do, by what the container says.
    pub(crate) cut_short: bool,
    /// Bits a sample as stored; for a palette, bits of an index.
    pub(crate) bit_depth: u8,
    pub(crate) has_alpha: bool,
    /// What the file states about its colors, the statement that counts most first. One that cannot be used leaves
    /// the word to the next.
    pub(crate) color: Vec<SourceColor<'a>>,
    /// The EXIF block from its byte-order mark on (TIFF 6.0 header), without any container's prefix.
    pub(crate) exif: Option<Cow<'a, [u8]>>,
    /// The XMP packet, UTF-8.
    pub(crate) xmp: Option<Cow<'a, [u8]>>,
    /// The XMP packet as a zlib stream (PNG), where there is no plain one.
    pub(crate) xmp_zlib: Option<&'a [u8]>,
    /// The IPTC-IIM records (Photoshop resource 0x0404), without any container's prefix.
    pub(crate) iptc: Option<Cow<'a, [u8]>>,
    /// Metadata besides the first block of each kind.
    pub(crate) more: MoreMetadata<'a>,
    /// What of the file is ignored, whatever is asked of it.
    pub(crate) warnings: Vec<Warning>,
}

/// What the decoder of each format needs of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payload<'a> {
    Jpeg(JpegFrame),
    Png(PngImage<'a>),
    /// The picture, or the first frame of an animation, if there is one.
    WebP(Option<WebPFrame<'a>>),
    /// The first frame, if there is one.
    Gif(Option<GifFrame<'a>>),
    /// No file: the caller's own samples, 8 bits each.
    Pixels(Layout, &'a [u8]),
}

/// The chunks of a PNG that say what its pixels are (PNG third edition, section 5.6); each is whole, from its length to its
/// checksum, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PngImage<'a> {
    pub(crate) header: &'a [u8],
    /// Whether pixels are gray, with or without alpha.
    pub(crate) is_gray: bool,
    /// The palette, only of pictures whose pixels are indices of it.
    pub(crate) palette: Option<&'a [u8]>,
    /// The data of tRNS, masked to the bit depth (section 11.3.1.1).
    pub(crate) transparency: Option<Vec<u8>>,
    /// The IDAT chunks, which follow one another. The last may be cut off.
    pub(crate) data: &'a [u8],
}

/// Metadata besides the first block of each kind, at most [`MAX`](Self::MAX) of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MoreMetadata<'a> {
    /// EXIF blocks without any container's prefix: what continues the first one (JPEG), or blocks of their own.
    pub(crate) exif: Vec<&'a [u8]>,
    /// XMP packets, as they are in the file.
    pub(crate) xmp: Vec<&'a [u8]>,
    /// Pieces of extended XMP (JPEG): GUID, length of the whole, offset, data.
    pub(crate) xmp_extension: Vec<&'a [u8]>,
    /// IPTC-IIM records.
    pub(crate) iptc: Vec<Cow<'a, [u8]>>,
    /// Metadata as text (PNG), one of each kind.
    pub(crate) raw: Vec<RawProfile<'a>>,
    /// Blocks whose checksum is wrong (PNG), by name.
    pub(crate) damaged: Vec<&'static str>,
}

impl MoreMetadata<'_> {
    /// Most blocks of one kind that are looked at.
    pub(crate) const MAX: usize = 1024;
}

/// Adds to one of the lists of [`MoreMetadata`], unless it is full.
pub(crate) fn add_more<T>(list: &mut Vec<T>, block: T) {
    if list.len() < MoreMetadata::MAX {
        list.push(block);
    }
}

/// One frame of a GIF (GIF89a sections 20 to 23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GifFrame<'a> {
    /// Where it lies, which may be beyond the canvas: left, top, width, height.
    pub(crate) place: [u16; 4],
    pub(crate) interlaced: bool,
    /// Its own color table, or the global one: RGB, interleaved.
    pub(crate) colors: Option<&'a [u8]>,
    /// The index that shows what is behind.
    pub(crate) transparent: Option<u8>,
    /// The LZW minimum code size.
    pub(crate) code_size: u8,
    /// Its data, each sub-block behind its length, without the terminator.
    pub(crate) blocks: &'a [u8],
}

/// One picture of a WebP file (RFC 9649 section 2.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WebPFrame<'a> {
    pub(crate) coded: WebPData<'a>,
    /// The data of its alpha chunk.
    pub(crate) alpha: Option<&'a [u8]>,
    /// Where it lies on the canvas: left, top, width, height.
    pub(crate) place: [u32; 4],
}

/// The data of one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WebPData<'a> {
    /// A VP8 key frame.
    Lossy(&'a [u8]),
    /// VP8L.
    Lossless(&'a [u8]),
}

impl<'a> Header<'a> {
    /// A header of which only the payload and the size are known.
    pub(crate) fn new(payload: Payload<'a>, width: u32, height: u32) -> Self {
        Self {
            payload,
            stored: Size::new(width, height),
            orientation: Orientation::Upright,
            frames: 1,
            frame_pixels: 0,
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

    /// The header of pixels that the caller decoded.
    pub(crate) fn of_pixels(layout: Layout, samples: &'a [u8], size: Size) -> Self {
        let payload = Payload::Pixels(layout, samples);
        Self { has_alpha: layout.has_alpha(), ..Self::new(payload, size.width, size.height) }
    }

    /// Takes a chunk's EXIF block, with the identifier that some writers copy from JPEG or without.
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

    /// Takes a plain XMP packet.
    pub(crate) fn add_xmp(&mut self, packet: &'a [u8]) {
        match &mut self.xmp {
            Some(_) => add_more(&mut self.more.xmp, packet),
            none => *none = Some(Cow::Borrowed(packet)),
        }
    }
}

impl<'a> Header<'a> {
    /// Whether there is an ICC profile, sound or damaged.
    pub(crate) fn has_profile(&self) -> bool {
        let is_profile = |color: &SourceColor<'_>| {
            matches!(color, SourceColor::Icc(_) | SourceColor::IccZlib(_) | SourceColor::Damaged(_))
        };
        self.color.iter().any(is_profile)
    }

    /// Bytes of EXIF, XMP and IPTC together, or the most that they may become when unpacked. EXIF counts
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

    /// Whether there is an EXIF block, whatever it is in.
    pub(crate) fn has_exif(&self) -> bool {
        self.exif.is_some() || self.more.raw.iter().any(RawProfile::is_exif)
    }

    /// The format of the file; for the caller's pixels, the format that they become by default.
    pub(crate) fn format(&self) -> Format {
        match self.payload {
            Payload::Pixels(layout, _) if layout.has_alpha() => Format::Png,
            Payload::Pixels(..) => Format::Jpeg,
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
            Payload::WebP(_) | Payload::Gif(_) if self.has_alpha => Layout::Rgba,
            Payload::WebP(_) | Payload::Gif(_) => Layout::Rgb,
        }
    }

    /// Whether decoded samples have 16 bits.
    pub(crate) fn is_sixteen(&self) -> bool {
        matches!(self.payload, Payload::Png(_)) && self.bit_depth == 16
    }

    /// The VP8 key frame of a lossy WebP without alpha whose frame covers the canvas.
    pub(crate) fn vp8(&self) -> Option<&'a [u8]> {
        match self.payload {
            Payload::WebP(Some(WebPFrame {
                coded: WebPData::Lossy(frame),
                place: [0, 0, width, height],
                ..
            })) if !self.has_alpha && Size::new(width, height) == self.stored => Some(frame),
            _ => None,
        }
    }

    /// Whether the file codes Y, Cb and Cr that can be decoded as planes.
    pub(crate) fn has_planes(&self) -> bool {
        match &self.payload {
            Payload::Jpeg(frame) => frame.coding == Coding::YCbCr,
            _ => self.vp8().is_some(),
        }
    }

    /// The size as displayed: orientation applied.
    pub(crate) fn displayed(&self) -> Size {
        self.orientation.size(self.stored)
    }
}

/// An entry of 12 bytes may become several notes about where its value is, here and in another reader.
const EXIF_WEIGHT: u64 = 4;

/// What a JPEG codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JpegFrame {
    pub(crate) coding: Coding,
}

/// One statement of a source about its colors. In order of precedence: cICP, ICC, sRGB, gAMA and cHRM (PNG third
/// edition, section 4.3), EXIF.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SourceColor<'a> {
    /// An embedded ICC profile.
    Icc(Cow<'a, [u8]>),
    /// An embedded ICC profile, as a zlib stream (PNG).
    IccZlib(&'a [u8]),
    /// Coding-independent code points (ITU-T H.273): primaries and transfer of RGB, full range.
    Cicp { primaries: u8, transfer: u8 },
    /// PNG gAMA (file gamma times 100 000) and cHRM (white, red, green, blue: x and y times 100 000).
    Gamma { gamma: Option<u32>, chromaticities: Option<[u32; 8]> },
    /// PNG sRGB.
    Srgb,
    /// EXIF, by the rules of DCF 2.0: Adobe RGB (1998).
    AdobeRgb,
    /// An ICC profile that could not be put together or unpacked; the reason.
    Damaged(String),
}

/// What became of the colors: what the written file has to say about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OutputColor {
    /// The profile to embed: the pixels are still in their own color space.
    pub(crate) icc: Option<Vec<u8>>,
    /// Whether the pixels are known to be sRGB: they were converted, or the source stated it in a way that the output
    /// does not repeat. Only then may another statement in its metadata be corrected to say sRGB. Never together with
    /// `icc`. If neither holds, the source stated nothing that could be used, and its pixels were not changed.
    pub(crate) srgb: bool,
}
