//! EXIF tags, and the directories in which they occur (EXIF 2.32, TIFF 6.0).

/// Pointers to directories.
pub(super) const EXIF_IFD: u16 = 0x8769;
pub(super) const GPS_IFD: u16 = 0x8825;
pub(super) const INTEROP_IFD: u16 = 0xa005;
pub(super) const SUB_IFDS: u16 = 0x014a;

pub(super) const COPYRIGHT: u16 = 0x8298;
pub(super) const MAKER_NOTE: u16 = 0x927c;
pub(super) const ICC_PROFILE: u16 = 0x8773;
/// XMP and Photoshop resources as entries: second copies that are not edited, often with a
/// thumbnail inside.
pub(super) const COPIES: [u16; 2] = [0x02bc, 0x8649];
/// SubjectArea (Exif and TIFF/EP) and SubjectLocation: coordinates in the pixels of the source.
pub(super) const COORDINATES: [u16; 2] = [0x9214, 0xa214];

/// JPEGInterchangeFormat: the offset of a whole JPEG file.
pub(super) const JPEG: u16 = 0x0201;
/// Offsets and lengths of pictures inside the block: a JPEG file, strips, tiles. They belong into
/// IFD1, but old writers put thumbnails into IFD0, some into the Exif directory, and a block that
/// once was a TIFF file has strips.
pub(super) const IMAGE_DATA: [[u16; 2]; 3] = [[JPEG, 0x0202], [0x0111, 0x0117], [0x0144, 0x0145]];

/// A kind of directory that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DirectoryKind {
    Ifd0,
    Exif,
    Gps,
    Interop,
}

impl DirectoryKind {
    /// The name that warnings use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ifd0 => "EXIF IFD0",
            Self::Exif => "EXIF Exif directory",
            Self::Gps => "EXIF GPS directory",
            Self::Interop => "EXIF Interop directory",
        }
    }

    /// The name of `tag` in this directory, if it is one of those that are lost most often.
    pub(super) fn tag_name(self, tag: u16) -> Option<&'static str> {
        Some(match (self, tag) {
            (Self::Ifd0, 0x010e) => "ImageDescription",
            (Self::Ifd0, 0x010f) => "Make",
            (Self::Ifd0, 0x0110) => "Model",
            (Self::Ifd0, 0x011a) => "XResolution",
            (Self::Ifd0, 0x011b) => "YResolution",
            (Self::Ifd0, 0x0131) => "Software",
            (Self::Ifd0, 0x0132) => "DateTime",
            (Self::Ifd0, 0x013b) => "Artist",
            (Self::Ifd0, COPYRIGHT) => "Copyright",
            (Self::Ifd0 | Self::Exif, 0xc4a5) => "PrintIM",
            (Self::Exif, 0x829a) => "ExposureTime",
            (Self::Exif, 0x9003) => "DateTimeOriginal",
            (Self::Exif, 0x9004) => "DateTimeDigitized",
            (Self::Exif, MAKER_NOTE) => "MakerNote",
            (Self::Exif, 0x9286) => "UserComment",
            (Self::Gps, 0x0002) => "GPSLatitude",
            (Self::Gps, 0x0004) => "GPSLongitude",
            _ => return None,
        })
    }
}
