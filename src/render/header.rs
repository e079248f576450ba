//! What a source file says about itself besides its pixels: the value that `probe` makes and the later stages read.
//!
//! Plain data, borrowed from the input where it lies there in one piece. Knows nothing of how a format stores it.

mod raw_profile;
mod resources;

use std::borrow::Cow;

pub(crate) use self::raw_profile::{PngText, RawKind, RawProfile};
pub(crate) use self::resources::resources;

use crate::geometry::{Placement, Size};
use crate::options::Format;
use crate::render::tiff;
use crate::render::warning::Warning;
use crate::render::zlib;

/// A source file's header, read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Header<'a> {
    pub(crate) format: Format,
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
    /// What the JPEG decoder's adapter needs to know before it decodes.
    pub(crate) jpeg: Option<JpegFrame>,
    /// What the PNG decoder is given.
    pub(crate) png: Option<PngImage<'a>>,
    /// A WebP's picture, or the first one of an animation.
    pub(crate) webp: Option<WebPFrame<'a>>,
    /// A GIF's first frame.
    pub(crate) gif: Option<GifFrame<'a>>,
    /// What of the file is ignored, whatever is asked of it.
    pub(crate) warnings: Vec<Warning>,
}

/// The chunks of a PNG that say what its pixels are (PNG third edition, section 5.6); each is whole, from its length to its
/// checksum, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PngImage<'a> {
    pub(crate) header: &'a [u8],
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

impl Header<'_> {
    /// A header that says nothing but format and size.
    pub(crate) fn new(format: Format, width: u32, height: u32) -> Self {
        Self {
            format,
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
            jpeg: None,
            png: None,
            webp: None,
            gif: None,
            warnings: Vec::new(),
        }
    }

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

    /// The VP8 key frame of a lossy WebP without alpha, whose frame is all of the canvas.
    pub(crate) fn vp8(&self) -> Option<&[u8]> {
        match self.webp {
            Some(WebPFrame { coded: WebPData::Lossy(frame), place: [0, 0, width, height], .. })
                if !self.has_alpha && Size::new(width, height) == self.stored =>
            {
                Some(frame)
            }
            _ => None,
        }
    }

    /// Whether the file codes Y, Cb and Cr.
    pub(crate) fn has_planes(&self) -> bool {
        self.vp8().is_some() || self.jpeg.is_some_and(|frame| frame.components == 3)
    }

    /// The size as displayed: orientation applied.
    pub(crate) fn displayed(&self) -> Size {
        if self.orientation.transposes() { self.stored.transposed() } else { self.stored }
    }
}

/// An entry of 12 bytes may become several notes about where its value is, here and in another reader.
const EXIF_WEIGHT: u64 = 4;

/// How a JPEG's frame header (T.81 B.2.2) says it is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JpegFrame {
    pub(crate) components: u8,
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

/// EXIF orientation (EXIF 2.32, tag 0x0112): what to do to the stored pixels to see them upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Orientation {
    /// 1.
    #[default]
    Upright,
    /// 2: mirror left to right.
    FlipHorizontal,
    /// 3: turn by 180 degrees.
    Rotate180,
    /// 4: mirror top to bottom.
    FlipVertical,
    /// 5: mirror along the main diagonal.
    Transpose,
    /// 6: turn clockwise by 90 degrees.
    Rotate90,
    /// 7: mirror along the other diagonal.
    Transverse,
    /// 8: turn clockwise by 270 degrees.
    Rotate270,
}

impl Orientation {
    /// From the tag's value; anything but 2 to 8 is upright (contract section 1.3).
    pub(crate) fn from_tag(value: u16) -> Self {
        match value {
            2 => Self::FlipHorizontal,
            3 => Self::Rotate180,
            4 => Self::FlipVertical,
            5 => Self::Transpose,
            6 => Self::Rotate90,
            7 => Self::Transverse,
            8 => Self::Rotate270,
            _ => Self::Upright,
        }
    }

    /// The tag's value, 1 to 8.
    pub(crate) fn tag(self) -> u8 {
        match self {
            Self::Upright => 1,
            Self::FlipHorizontal => 2,
            Self::Rotate180 => 3,
            Self::FlipVertical => 4,
            Self::Transpose => 5,
            Self::Rotate90 => 6,
            Self::Transverse => 7,
            Self::Rotate270 => 8,
        }
    }

    /// Whether width and height change places.
    pub(crate) fn transposes(self) -> bool {
        matches!(self, Self::Transpose | Self::Rotate90 | Self::Transverse | Self::Rotate270)
    }

    /// Whether the first column, the first row of the displayed picture are the last ones of their side as stored.
    pub(crate) fn reverses(self) -> (bool, bool) {
        let across =
            matches!(self, Self::FlipHorizontal | Self::Rotate180 | Self::Transverse | Self::Rotate270);
        let down = matches!(self, Self::FlipVertical | Self::Rotate180 | Self::Transverse | Self::Rotate90);
        (across, down)
    }

    /// The placement as the stored pixels see it. Crops are centred, so a mirrored one is the same.
    pub(crate) fn stored(self, placement: &Placement) -> Placement {
        if self.transposes() { placement.transposed() } else { *placement }
    }
}
