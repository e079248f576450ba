//! XMP packets as cameras, editors and attackers write them, edited.

use super::*;

const SIZE: Size = Size::new(320, 200);

fn keep(packet: &[u8], size: Size, srgb: bool) -> Result<Vec<u8>, String> {
    super::keep(packet, (size, srgb), None, &|| false).map(|kept| kept.packet)
}

#[test]
fn cancel_takes_effect_between_tags_and_between_attributes() {
    let names: String = (0..2000).map(|i| format!(" a{i}=''")).collect();
    for packet in [format!("<a>{}</a>", "<b/>".repeat(2000)), format!("<a{names}/>")] {
        let checks = std::cell::Cell::new(0);
        let third = || {
            checks.set(checks.get() + 1);
            checks.get() > 2
        };
        assert!(super::keep(packet.as_bytes(), (SIZE, true), None, &third).is_err());
        assert_eq!(checks.get(), 3);
    }
}

#[test]
fn the_number_of_attributes_is_limited() {
    let packet = |count: usize| {
        let names: String = (0..count).map(|i| format!(" a{i}=''")).collect();
        keep(format!("<a{names}/>").as_bytes(), SIZE, true)
    };
    assert!(packet(MAX_ATTRIBUTES).is_ok());
    assert!(packet(MAX_ATTRIBUTES + 1).unwrap_err().contains("attributes"));
}

fn kept(packet: &str) -> String {
    String::from_utf8(keep(packet.as_bytes(), SIZE, true).unwrap()).unwrap()
}

/// A packet with one description, which has these attributes and elements.
fn packet(attributes: &str, elements: &str) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id='W5M0MpCehiHzreSzNTczkc9d'?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" \
         xmlns:t='http://ns.adobe.com/tiff/1.0/' xmlns:exif='http://ns.adobe.com/exif/1.0/' \
         xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:n='http://ns.adobe.com/xmp/note/' \
         xmlns:tiff='urn:other' xmlns:p='http://ns.adobe.com/photoshop/1.0/'{attributes}>{elements}\
         </rdf:Description></rdf:RDF></x:xmpmeta>\n   \n<?xpacket end='w'?>"
    )
}

#[test]
fn values_that_do_not_hold_are_corrected_in_both_spellings() {
    let before = packet(
        " t:Orientation='6'\n t:Make=\"A &amp; B\" exif:PixelXDimension = \"4000\" tiff:Orientation='6' \
         exif:ColorSpace='65535'",
        "<t:ImageWidth>4000</t:ImageWidth><t:ImageLength>&#51;</t:ImageLength><t:Model>é&lt;</t:Model>\
         <tiff:Orientation>6</tiff:Orientation><exif:PixelYDimension><![CDATA[3]]></exif:PixelYDimension>",
    );
    let after = packet(
        " t:Orientation='1'\n t:Make=\"A &amp; B\" exif:PixelXDimension = \"320\" tiff:Orientation='6' \
         exif:ColorSpace='1'",
        "<t:ImageWidth>320</t:ImageWidth><t:ImageLength>200</t:ImageLength><t:Model>é&lt;</t:Model>\
         <tiff:Orientation>6</tiff:Orientation><exif:PixelYDimension>200</exif:PixelYDimension>",
    );
    assert_eq!(kept(&before), after);
    assert_eq!(kept(&after), after);
}

#[test]
fn thumbnails_and_references_to_source_data_are_removed() {
    let before = packet(
        " n:HasExtendedXMP='00' p:ICCProfile=\"Adobe RGB\" p:City='x'",
        "\n <xmp:Thumbnails><rdf:Alt><rdf:li t:Orientation='6'><g:image xmlns:g='http://ns.adobe.com/xap/1.0/g/img/'\
         >/9j/</g:image></rdf:li></rdf:Alt></xmp:Thumbnails>\n <p:ICCProfile>Adobe RGB</p:ICCProfile>\
         <t:Orientation rdf:parseType='Resource'><rdf:value>6</rdf:value></t:Orientation>\
         <t:ImageWidth/><t:Make>m</t:Make>",
    );
    assert_eq!(kept(&before), packet(" p:City='x'", "<t:Make>m</t:Make>"));
    let preserved = keep(before.as_bytes(), SIZE, false).unwrap();
    assert_eq!(String::from_utf8(preserved).unwrap().matches("ICCProfile").count(), 3);
}

#[test]
fn namespaces_are_scoped_and_an_undeclared_prefix_is_guessed() {
    let nested = "<a xmlns:q='urn:x'><b xmlns:q='http://ns.adobe.com/tiff/1.0/' q:Orientation='6'/>\
                  <b q:Orientation='6'/></a>";
    assert_eq!(kept(nested), nested.replacen("='6'", "='1'", 1));
    assert_eq!(
        kept("<a tiff:Orientation='6' Orientation='6'/>"),
        "<a tiff:Orientation='1' Orientation='6'/>"
    );
    let default = "<Orientation xmlns='http://ns.adobe.com/tiff/1.0/'>6</Orientation>";
    assert_eq!(kept(&format!("<a>{default}</a>")), format!("<a>{}</a>", default.replace('6', "1")));
}

#[test]
fn malformed_packets_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY b 'bb'>]><a>&b;</a>";
    let many: String = (0..=MAX_BINDINGS).map(|n| format!(" xmlns:a{n}='u'")).collect();
    for bad in [
        "",
        " ",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<a>&b;</a>",
        "<a b='&c;'/>",
        "<a b='<'/>",
        "<a b='1' b='2'/>",
        "<a b=1/>",
        "<xmp:Thumbnails/>",
        "<a>\u{1}</a>",
        "<?xml version='1.0' encoding='latin1'?><a/>",
        bomb,
        &format!("<a{many}/>"),
        &"<a>".repeat(MAX_DEPTH + 1),
    ] {
        assert!(keep(bad.as_bytes(), SIZE, true).is_err(), "{bad}");
    }
    assert!(keep(b"<a>\xff</a>", SIZE, true).is_err());
    assert!(keep(b"\xff\xfe<\0a\0/\0>\0", SIZE, true).is_err());
    assert_eq!(keep("\u{feff}<a/>\n\0\0".as_bytes(), SIZE, true).unwrap(), b"<a/>\n");
}

#[test]
fn truncated_at_every_offset() {
    let whole =
        packet(" t:Orientation='6'", "<xmp:Thumbnails>x</xmp:Thumbnails><t:ImageWidth>6</t:ImageWidth>");
    let root = whole.find("</x:xmpmeta>").unwrap() + "</x:xmpmeta>".len();
    for length in 0..whole.len() {
        assert!(length >= root || keep(&whole.as_bytes()[..length], SIZE, true).is_err(), "{length}");
    }
}

/// The kept packet and the warning about removed claims.
fn claims(packet: &str) -> (String, Option<String>) {
    let kept = super::keep(packet.as_bytes(), (SIZE, true), None, &|| false).unwrap();
    (String::from_utf8(kept.packet).unwrap(), kept.claims.reason())
}

#[test]
fn claims_about_missing_data_are_removed_in_both_spellings() {
    for (uri, name, what) in [
        ("http://ns.google.com/photos/1.0/camera/", "MicroVideoOffset", "a motion photo"),
        ("http://ns.google.com/photos/1.0/camera/", "MotionPhotoPresentationTimestampUs", "a motion photo"),
        ("http://ns.oplus.com/photos/1.0/camera/", "VideoLength", "a motion photo"),
        ("http://ns.google.com/photos/1.0/container/", "Directory", "a container of media"),
        ("http://ns.google.com/photos/1.0/container/item/", "Length", "a container of media"),
        ("http://ns.xiaomi.com/photos/1.0/camera/", "XMPMeta", "a container of media"),
        ("http://ns.adobe.com/hdr-gain-map/1.0/", "Version", "a gain map"),
        ("http://ns.apple.com/HDRGainMap/1.0/", "HDRGainMapVersion", "a gain map"),
        ("http://ns.apple.com/pixeldatainfo/1.0/", "AuxiliaryImageType", "a gain map"),
        ("http://ns.google.com/photos/1.0/depthmap/", "Near", "depth data"),
        ("http://ns.google.com/photos/1.0/focus/", "FocalDistance", "depth data"),
        ("http://ns.google.com/photos/dd/1.0/profile/", "DepthIndices", "depth data"),
        ("http://ns.xdm.org/photos/1.0/depthmap/", "Near", "depth data"),
        ("http://ns.google.com/photos/1.0/image/", "Mime", "an embedded picture"),
        ("http://ns.google.com/photos/1.0/audio/", "Mime", "audio"),
        ("http://ns.google.com/photos/1.0/panorama/", "FullPanoWidthPixels", "panorama sizes"),
        ("http://ns.google.com/photos/1.0/panorama/", "CroppedAreaLeftPixels", "panorama sizes"),
        ("http://ns.google.com/photos/1.0/panorama/", "LargestValidInteriorRectTop", "panorama sizes"),
        ("http://www.metadataworkinggroup.com/schemas/regions/", "Regions", "regions"),
        ("http://ns.microsoft.com/photo/1.2/", "RegionInfo", "regions"),
        ("http://ns.apple.com/faceinfo/1.0/", "Timestamp", "regions"),
        ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "ImageRegion", "regions"),
    ] {
        let declared = format!(" xmlns:odd='{uri}'");
        let reason = format!("{what}: the output does not have the data or pixels that they describe");
        let rest = packet(&declared, "<t:Make>m</t:Make>");
        let attribute = packet(&format!("{declared} odd:{name}='7'"), "<t:Make>m</t:Make>");
        assert_eq!(claims(&attribute), (rest.clone(), Some(reason.clone())), "{uri}{name}");
        let nested =
            format!("<t:Make>m</t:Make><odd:{name}><rdf:Bag><rdf:li odd:x='1'/></rdf:Bag></odd:{name}>");
        assert_eq!(claims(&packet(&declared, &nested)), (rest, Some(reason)), "{uri}{name}");
        // The same names in another namespace mean something else.
        let other = packet(&format!(" xmlns:GCamera='urn:x' GCamera:{name}='7'"), "");
        assert_eq!(claims(&other), (other, None), "{name}");
    }
}

#[test]
fn properties_that_still_hold_are_kept() {
    for (uri, name) in [
        ("http://ns.google.com/photos/1.0/camera/", "BurstID"),
        ("http://ns.google.com/photos/1.0/panorama/", "ProjectionType"),
        ("http://ns.google.com/photos/1.0/panorama/", "PoseHeadingDegrees"),
        ("http://ns.microsoft.com/photo/1.0/", "Rating"),
        ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "PersonInImage"),
        ("http://ns.adobe.com/camera-raw-settings/1.0/", "Exposure2012"),
    ] {
        let one = packet(&format!(" xmlns:odd='{uri}' odd:{name}='7'"), "");
        assert_eq!(claims(&one), (one, None), "{uri}{name}");
    }
    // Coordinates and crops of the original are removed without a warning: no information about the
    // picture is lost.
    for (uri, name) in [
        ("http://ns.adobe.com/camera-raw-settings/1.0/", "CropTop"),
        ("http://ns.adobe.com/camera-raw-settings/1.0/", "HasCrop"),
        ("http://ns.apple.com/adjustment-settings/1.0/", "CropX"),
        ("http://ns.adobe.com/exif/1.0/", "SubjectArea"),
    ] {
        let declared = format!(" xmlns:odd='{uri}'");
        let one = packet(&format!("{declared} odd:{name}='7'"), "");
        assert_eq!(claims(&one), (packet(&declared, ""), None), "{uri}{name}");
    }
}

#[test]
fn the_reference_to_the_extended_packet_is_read_and_replaced_in_both_spellings() {
    let attribute = packet(" n:HasExtendedXMP='00FF'", "");
    let element = packet("", "<n:HasExtendedXMP> 00FF </n:HasExtendedXMP>");
    for (before, renamed) in [
        (attribute, packet(" n:HasExtendedXMP='AB'", "")),
        (element, packet("", "<n:HasExtendedXMP>AB</n:HasExtendedXMP>")),
    ] {
        let keep = |name| super::keep(before.as_bytes(), (SIZE, true), name, &|| false).unwrap();
        let (without, with) = (keep(None), keep(Some("AB")));
        assert_eq!((without.extension.as_deref(), with.extension.as_deref()), (Some("00FF"), Some("00FF")));
        assert_eq!((without.packet, with.packet), (packet("", "").into_bytes(), renamed.into_bytes()));
    }
}
