//! Decides the fate of XMP properties, by what they claim about pixels and bytes.
//!
//! In: namespaces by URI or prefix, and local names. Out: the fate of a property. Must not know
//! XML.
//!
//! The names come from the vendors' specifications: Google's photo metadata (camera, container,
//! depth, image, audio, panorama), Adobe's gain map and Camera Raw, Apple's HDR, depth and face
//! data, the Metadata Working Group's and Microsoft's regions, IPTC's image regions.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

/// The fate of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Keep,
    /// The property gets the output's value.
    Becomes(Fact),
    /// The property names the extended packet.
    Link,
    /// The property is removed. The claim is `None` if no information is lost with it.
    Remove(Option<Claim>),
}

/// A fact about the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    Upright,
    Width,
    Height,
    /// Only if the colors were converted.
    Srgb,
}

/// The subject of a removed property: data or pixels that the output does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    MotionPhoto,
    Container,
    GainMap,
    Depth,
    Picture,
    Audio,
    Panorama,
    Regions,
}

/// A set of claims.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Claims(u16);

impl Claims {
    const NAMES: [(Claim, &str); 8] = [
        (Claim::MotionPhoto, "a motion photo"),
        (Claim::Container, "a container of media"),
        (Claim::GainMap, "a gain map"),
        (Claim::Depth, "depth data"),
        (Claim::Picture, "an embedded picture"),
        (Claim::Audio, "audio"),
        (Claim::Panorama, "panorama sizes"),
        (Claim::Regions, "regions"),
    ];

    pub(super) fn add(&mut self, claim: Claim) {
        self.0 |= 1 << claim as u16;
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The text of a warning about all claims; `None` if there are none.
    pub(crate) fn reason(self) -> Option<String> {
        let names = Self::NAMES.iter().filter(|(claim, _)| self.0 >> *claim as u16 & 1 == 1);
        let names: Vec<_> = names.map(|(_, name)| *name).collect();
        (!names.is_empty()).then(|| {
            format!("{}: the output does not have the data or pixels that they describe", names.join(", "))
        })
    }
}

/// The namespaces with properties that do not hold for an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Tiff,
    Exif,
    Xmp,
    XmpImage,
    XmpNote,
    Photoshop,
    CameraRaw,
    IptcExtension,
    GoogleCamera,
    Panorama,
    AppleAdjustment,
    /// A namespace all of whose properties make this claim.
    Of(Claim),
    Other,
}

/// The namespaces by URI, without its trailing slash or hash, and the prefix that is assumed where
/// a packet does not declare one.
const KNOWN: [(Space, &str, &str); 36] = [
    (Space::Tiff, "tiff", "http://ns.adobe.com/tiff/1.0"),
    (Space::Exif, "exif", "http://ns.adobe.com/exif/1.0"),
    (Space::Xmp, "xmp", "http://ns.adobe.com/xap/1.0"),
    (Space::XmpImage, "xmpGImg", "http://ns.adobe.com/xap/1.0/g/img"),
    (Space::XmpNote, "xmpNote", "http://ns.adobe.com/xmp/note"),
    (Space::Photoshop, "photoshop", "http://ns.adobe.com/photoshop/1.0"),
    (Space::CameraRaw, "crs", "http://ns.adobe.com/camera-raw-settings/1.0"),
    (Space::IptcExtension, "Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29"),
    (Space::GoogleCamera, "GCamera", "http://ns.google.com/photos/1.0/camera"),
    (Space::Panorama, "GPano", "http://ns.google.com/photos/1.0/panorama"),
    (Space::Panorama, "GSpherical", "http://ns.google.com/videos/1.0/spherical"),
    (Space::AppleAdjustment, "aas", "http://ns.apple.com/adjustment-settings/1.0"),
    (Space::Of(Claim::MotionPhoto), "OpCamera", "http://ns.oplus.com/photos/1.0/camera"),
    (Space::Of(Claim::Container), "Container", "http://ns.google.com/photos/1.0/container"),
    (Space::Of(Claim::Container), "Item", "http://ns.google.com/photos/1.0/container/item"),
    (Space::Of(Claim::Container), "MiCamera", "http://ns.xiaomi.com/photos/1.0/camera"),
    (Space::Of(Claim::GainMap), "hdrgm", "http://ns.adobe.com/hdr-gain-map/1.0"),
    (Space::Of(Claim::GainMap), "HDRGainMap", "http://ns.apple.com/HDRGainMap/1.0"),
    (Space::Of(Claim::GainMap), "HDRToneMap", "http://ns.apple.com/HDRToneMap/1.0"),
    (Space::Of(Claim::GainMap), "apdi", "http://ns.apple.com/pixeldatainfo/1.0"),
    (Space::Of(Claim::Depth), "GDepth", "http://ns.google.com/photos/1.0/depthmap"),
    (Space::Of(Claim::Depth), "GFocus", "http://ns.google.com/photos/1.0/focus"),
    (Space::Of(Claim::Depth), "depthData", "http://ns.apple.com/depthData/1.0"),
    (Space::Of(Claim::Depth), "depthBlurEffect", "http://ns.apple.com/depthBlurEffect/1.0"),
    (Space::Of(Claim::Depth), "portraitEffectsMatte", "http://ns.apple.com/portraitEffectsMatte/1.0"),
    (
        Space::Of(Claim::Depth),
        "semanticSegmentationMatte",
        "http://ns.apple.com/semanticSegmentationMatte/1.0",
    ),
    (Space::Of(Claim::Picture), "GImage", "http://ns.google.com/photos/1.0/image"),
    (Space::Of(Claim::Audio), "GAudio", "http://ns.google.com/photos/1.0/audio"),
    (Space::Of(Claim::Regions), "mwg-rs", "http://www.metadataworkinggroup.com/schemas/regions"),
    (Space::Of(Claim::Regions), "MP", "http://ns.microsoft.com/photo/1.2"),
    (Space::Of(Claim::Regions), "MPRI", "http://ns.microsoft.com/photo/1.2/t/RegionInfo"),
    (Space::Of(Claim::Regions), "MPReg", "http://ns.microsoft.com/photo/1.2/t/Region"),
    (Space::Of(Claim::Regions), "apple-fi", "http://ns.apple.com/faceinfo/1.0"),
    (Space::Of(Claim::Regions), "acdsee-rs", "http://ns.acdsee.com/regions"),
    (Space::Of(Claim::Regions), "acdsee-rs1", "http://ns.acdsee.com/sdepth/regions"),
    (Space::Of(Claim::Depth), "Device", "http://ns.google.com/photos/dd/1.0/device"),
];

/// Namespaces by the start of their URI: Google's Dynamic Depth and its predecessor.
const FAMILIES: [(Space, &str); 2] = [
    (Space::Of(Claim::Depth), "http://ns.google.com/photos/dd/1.0/"),
    (Space::Of(Claim::Depth), "http://ns.xdm.org/photos/1.0/"),
];

impl Space {
    pub(super) fn of_name(name: &str) -> Self {
        let name = name.trim();
        let bare = name.trim_end_matches(['/', '#']);
        let known = KNOWN.iter().find(|known| known.2 == bare).map(|known| known.0);
        let family = || FAMILIES.iter().find(|family| name.starts_with(family.1)).map(|family| family.0);
        known.or_else(family).unwrap_or(Self::Other)
    }

    pub(super) fn of_prefix(prefix: &[u8]) -> Self {
        KNOWN.iter().find(|known| known.1.as_bytes() == prefix).map_or(Self::Other, |known| known.0)
    }

    /// The fate of the property `name`; `srgb` says whether the colors were converted.
    pub(super) fn fate(self, name: &[u8], srgb: bool) -> Fate {
        let starts = |starts: &[&[u8]]| starts.iter().any(|start| name.starts_with(start));
        match (self, name) {
            (Self::Tiff, b"Orientation") => Fate::Becomes(Fact::Upright),
            (Self::Tiff, b"ImageWidth") | (Self::Exif, b"PixelXDimension") => Fate::Becomes(Fact::Width),
            (Self::Tiff, b"ImageLength") | (Self::Exif, b"PixelYDimension") => Fate::Becomes(Fact::Height),
            (Self::Exif, b"ColorSpace") if srgb => Fate::Becomes(Fact::Srgb),
            (Self::Photoshop, b"ICCProfile") if srgb => Fate::Remove(None),
            (Self::Exif, b"SubjectArea" | b"SubjectLocation") => Fate::Remove(None),
            // Both show the uncropped picture.
            (Self::Xmp, b"Thumbnails") | (Self::XmpImage, b"image") => Fate::Remove(None),
            (Self::XmpNote, b"HasExtendedXMP") => Fate::Link,
            // Crops of the raw file or the original, which are already applied to the pixels.
            (Self::CameraRaw, _) if starts(&[b"Crop", b"HasCrop"]) => Fate::Remove(None),
            (Self::AppleAdjustment, _) if starts(&[b"Crop", b"Affine"]) => Fate::Remove(None),
            (Self::IptcExtension, b"ImageRegion") => Fate::Remove(Some(Claim::Regions)),
            (Self::GoogleCamera, _) if starts(&[b"MicroVideo", b"MotionPhoto"]) => {
                Fate::Remove(Some(Claim::MotionPhoto))
            }
            // The projection type still holds.
            (Self::Panorama, _)
                if starts(&[b"FullPano", b"CroppedArea", b"LargestValidInterior"])
                    || name.ends_with(b"Image") =>
            {
                Fate::Remove(Some(Claim::Panorama))
            }
            (Self::Of(claim), _) => Fate::Remove(Some(claim)),
            _ => Fate::Keep,
        }
    }
}
