//! [`PngImage`], [`GifFrame`], [`WebPFrame`]: the image data of one picture, as stored.
//!
//! Plain data, borrowed from the input.

/// The chunks of a PNG that define its pixels (PNG third edition, section 5.6). Each is complete,
/// from its length to its checksum, except as noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PngImage<'a> {
    /// IHDR.
    pub(crate) header: &'a [u8],
    /// Whether the color type is grayscale, with or without alpha.
    pub(crate) is_gray: bool,
    /// PLTE, if the image is indexed.
    pub(crate) palette: Option<&'a [u8]>,
    /// The data of tRNS, masked to the bit depth (section 11.3.1.1).
    pub(crate) transparency: Option<Vec<u8>>,
    /// The run of IDAT chunks. The last may be cut off.
    pub(crate) data: &'a [u8],
}

/// One frame of a GIF (GIF89a sections 20 to 23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GifFrame<'a> {
    /// Left, top, width, height. May extend beyond the canvas.
    pub(crate) rect: [u16; 4],
    pub(crate) interlaced: bool,
    /// The local color table, or else the global one: RGB, interleaved.
    pub(crate) colors: Option<&'a [u8]>,
    /// The transparent index.
    pub(crate) transparent: Option<u8>,
    /// The LZW minimum code size.
    pub(crate) code_size: u8,
    /// The sub-blocks of its data, without the terminator. The last may be cut off.
    pub(crate) blocks: &'a [u8],
}

/// A still WebP image, or one frame of an animation (RFC 9649 section 2.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WebPFrame<'a> {
    pub(crate) bitstream: WebPData<'a>,
    /// The data of the ALPH chunk.
    pub(crate) alpha: Option<&'a [u8]>,
    /// Left, top, width, height on the canvas.
    pub(crate) rect: [u32; 4],
}

/// The data of a chunk `VP8 ` or `VP8L`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WebPData<'a> {
    /// A VP8 key frame.
    Lossy(&'a [u8]),
    /// A VP8L bitstream.
    Lossless(&'a [u8]),
}
