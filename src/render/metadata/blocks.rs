//! [`Blocks`]: the metadata that an output file carries.
//!
//! Plain data: `metadata` selects it, `container` writes it. Must not know formats or policies.

/// A kind of metadata that an output can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockKind {
    Exif,
    Xmp,
    Iptc,
    Icc,
}

impl BlockKind {
    /// The name that warnings use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exif => "EXIF",
            Self::Xmp => "XMP",
            Self::Iptc => "IPTC",
            Self::Icc => "profile",
        }
    }
}

/// The metadata of one output file, without any container's prefix.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    pub(crate) exif: Option<Vec<u8>>,
    pub(crate) xmp: Option<Vec<u8>>,
    /// The part of the XMP that does not fit into `xmp`; never present without it.
    pub(crate) xmp_extension: Option<XmpExtension>,
    pub(crate) iptc: Option<Vec<u8>>,
    pub(crate) icc: Option<Vec<u8>>,
}

impl Blocks {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self { exif: None, xmp: None, iptc: None, icc: None, .. })
    }
}

/// An extended XMP packet, which only JPEG can store.
#[derive(Debug)]
pub(crate) struct XmpExtension {
    /// The packet's MD5, by which the main packet refers to it.
    pub(crate) guid: String,
    pub(crate) packet: Vec<u8>,
}
