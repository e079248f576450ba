//! XMP for a variant: the source's packet with a few values corrected, all other bytes as they were.
//!
//! In: a packet, what the output looks like, and whom to ask whether to go on. Out: the output's packet, or why there is none. Knows the names of the
//! properties that a resize makes untrue, in both of RDF's spellings (attribute and element), and nothing of containers,
//! policies or the rest of RDF.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::collections::HashSet;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{PrefixDeclaration, QName};

use crate::fit::Size;

/// Most namespace declarations in force at one place; packets have a few dozen.
const MAX_BINDINGS: usize = 512;
/// Most attributes of one tag; packets have a few hundred. Each must differ from all others.
const MAX_ATTRIBUTES: usize = 10_000;
/// Deepest nesting; packets go a dozen deep.
const MAX_DEPTH: usize = 256;

/// The packet under `keep`, for an output of `size` pixels that are sRGB or, if not, described by an ICC profile.
///
/// `Err` says what is wrong with the packet: not UTF-8, not well-formed, or with a document type, whose entities nobody
/// here expands.
pub(super) fn keep(packet: &[u8], size: Size, srgb: bool, stopped: Stopped<'_>) -> Result<Vec<u8>, String> {
    let text = str::from_utf8(packet).map_err(|error| format!("the packet is not UTF-8: {error}"))?;
    // Some writers end it like a C string.
    let text = text.trim_end_matches('\0');
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let forbidden = |c: &char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if let Some(c) = body.chars().find(forbidden) {
        return Err(format!("the packet holds the character {:#06x}", u32::from(c)));
    }
    let edits = Walk::new(body, size, srgb, stopped).run()?;
    Ok(apply(body, edits))
}

/// Whether the call is over; whoever gave it will say why.
pub(super) type Stopped<'a> = &'a dyn Fn() -> bool;

/// Tags and attributes between two such questions.
const PATIENCE: u32 = 256;

/// What becomes of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Becomes(u32),
    Remove,
}

/// The namespaces whose properties matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Tiff,
    Exif,
    Xmp,
    XmpImage,
    XmpNote,
    Photoshop,
    GoogleImage,
    Other,
}

impl Space {
    /// The namespaces by name, and the prefixes they have where a packet forgets to say.
    const KNOWN: [(Self, &str, &str); 7] = [
        (Self::Tiff, "tiff", "http://ns.adobe.com/tiff/1.0"),
        (Self::Exif, "exif", "http://ns.adobe.com/exif/1.0"),
        (Self::Xmp, "xmp", "http://ns.adobe.com/xap/1.0"),
        (Self::XmpImage, "xmpGImg", "http://ns.adobe.com/xap/1.0/g/img"),
        (Self::XmpNote, "xmpNote", "http://ns.adobe.com/xmp/note"),
        (Self::Photoshop, "photoshop", "http://ns.adobe.com/photoshop/1.0"),
        (Self::GoogleImage, "GImage", "http://ns.google.com/photos/1.0/image"),
    ];

    fn of_name(name: &str) -> Self {
        let name = name.trim().trim_end_matches('/');
        Self::KNOWN.iter().find(|known| known.2 == name).map_or(Self::Other, |known| known.0)
    }

    fn of_prefix(prefix: &[u8]) -> Self {
        Self::KNOWN.iter().find(|known| known.1.as_bytes() == prefix).map_or(Self::Other, |known| known.0)
    }
}

/// A replacement of bytes of the packet.
type Edit = (Range<usize>, String);

/// An element that is open.
struct Open {
    /// Where its start tag begins and ends.
    start: usize,
    content: usize,
    fate: Fate,
    /// Whether it is a property in RDF's plain form, text and nothing else.
    plain: bool,
    /// How many namespaces were declared outside it.
    bindings: usize,
}

struct Walk<'a> {
    text: &'a str,
    size: Size,
    srgb: bool,
    open: Vec<Open>,
    bindings: Vec<(&'a [u8], Space)>,
    edits: Vec<Edit>,
    /// Depth of the outermost element being removed, with all that is in it.
    removing: Option<usize>,
    rooted: bool,
    stopped: Stopped<'a>,
    /// Tags and attributes up to the next question.
    patience: u32,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, size: Size, srgb: bool, stopped: Stopped<'a>) -> Self {
        Self {
            text,
            size,
            srgb,
            open: vec![],
            bindings: vec![],
            edits: vec![],
            removing: None,
            rooted: false,
            stopped,
            patience: 0,
        }
    }

    fn run(mut self) -> Result<Vec<Edit>, String> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        loop {
            self.go_on()?;
            let start = position(&reader);
            let event = reader.read_event().map_err(|error| format!("the packet is not XML: {error}"))?;
            let end = position(&reader);
            match event {
                Event::Start(tag) => self.start(&tag, start, end)?,
                Event::Empty(tag) => {
                    self.start(&tag, start, end)?;
                    self.end(end, end);
                }
                Event::End(_) => self.end(start, end),
                Event::Text(text) if self.open.is_empty() => {
                    if !text.iter().all(u8::is_ascii_whitespace) {
                        return Err("the packet is not XML: text outside its element".into());
                    }
                }
                Event::GeneralRef(name) => {
                    let known = matches!(&*name, b"lt" | b"gt" | b"amp" | b"quot" | b"apos")
                        || matches!(name.resolve_char_ref(), Ok(Some(_)));
                    if self.open.is_empty() || !known {
                        return Err("the packet is not XML: it refers to an unknown entity".into());
                    }
                }
                Event::CData(_) if self.open.is_empty() => {
                    return Err("the packet is not XML: text outside its element".into());
                }
                Event::Decl(declaration) => match declaration.encoding() {
                    None => {}
                    Some(Ok(name)) if name.eq_ignore_ascii_case(b"utf-8") => {}
                    Some(_) => return Err("the packet declares another encoding than UTF-8".into()),
                },
                Event::DocType(_) => return Err("the packet has a document type".into()),
                Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Eof if self.rooted && self.open.is_empty() => return Ok(self.edits),
                Event::Eof => return Err("the packet is not XML: it ends too early".into()),
            }
        }
    }

    fn go_on(&mut self) -> Result<(), String> {
        self.patience = self.patience.checked_sub(1).unwrap_or(PATIENCE);
        if self.patience == PATIENCE && (self.stopped)() { Err("the call is over".into()) } else { Ok(()) }
    }

    fn start(&mut self, tag: &BytesStart<'a>, start: usize, end: usize) -> Result<(), String> {
        if self.open.is_empty() && std::mem::replace(&mut self.rooted, true) {
            return Err("the packet is not XML: it has a second element".into());
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("the packet is nested more than {MAX_DEPTH} deep"));
        }
        if let Some(parent) = self.open.last_mut() {
            parent.plain = false;
        }
        let bindings = self.bindings.len();
        let attributes = self.attributes(tag)?;
        let fate = self.fate(tag.name(), true);
        if self.open.is_empty() && fate != Fate::Keep {
            return Err("the packet holds nothing that could be kept".into());
        }
        if fate == Fate::Remove && self.removing.is_none() {
            self.removing = Some(self.open.len());
        }
        let plain = attributes.is_empty();
        if self.removing.is_none() {
            self.edit_attributes(&attributes);
        }
        self.open.push(Open { start, content: end, fate, plain, bindings });
        Ok(())
    }

    /// Closes the innermost element, whose end tag is at `start..end`.
    fn end(&mut self, start: usize, end: usize) {
        let Some(element) = self.open.pop() else { return };
        self.bindings.truncate(element.bindings);
        match self.removing {
            Some(depth) if depth == self.open.len() => self.removing = None,
            Some(_) => return,
            None => {}
        }
        let whole = self.with_indent(element.start)..end;
        match element.fate {
            Fate::Keep => {}
            Fate::Becomes(value) if element.plain && element.content < end => {
                self.edits.push((element.content..start, value.to_string()));
            }
            // A property with qualifiers, or an empty one: what it says is untrue, and how it says it unknown.
            Fate::Becomes(_) | Fate::Remove => {
                // Edits inside it go with it.
                let outside = self.edits.partition_point(|(range, _)| range.start < element.start);
                self.edits.truncate(outside);
                self.edits.push((whole, String::new()));
            }
        }
    }

    /// Checks the attributes of a start tag, brings the namespaces it declares into force, and returns the others.
    fn attributes<'t>(&mut self, tag: &'t BytesStart<'a>) -> Result<Vec<Attribute<'t>>, String> {
        let mut names = HashSet::new();
        let mut others = vec![];
        for attribute in tag.attributes().with_checks(false) {
            self.go_on()?;
            let attribute = attribute.map_err(|error| format!("the packet is not XML: {error}"))?;
            let value =
                attribute.unescape_value().map_err(|error| format!("the packet is not XML: {error}"))?;
            if attribute.value.contains(&b'<') || !names.insert(attribute.key) {
                return Err("the packet is not XML: a bad attribute".into());
            }
            if names.len() > MAX_ATTRIBUTES {
                return Err(format!("a tag of the packet has more than {MAX_ATTRIBUTES} attributes"));
            }
            let Some(declaration) = attribute.key.as_namespace_binding() else {
                others.push(attribute);
                continue;
            };
            let prefix = match declaration {
                PrefixDeclaration::Default => b"",
                PrefixDeclaration::Named(prefix) => prefix,
            };
            if self.bindings.len() >= MAX_BINDINGS {
                return Err(format!("the packet declares more than {MAX_BINDINGS} namespaces at one place"));
            }
            self.bindings.push((self.same(prefix), Space::of_name(&value)));
        }
        Ok(others)
    }

    fn edit_attributes(&mut self, attributes: &[Attribute<'_>]) {
        for attribute in attributes {
            let fate = self.fate(attribute.key, false);
            let text = self.text.as_bytes();
            let (Some(key), Some(value)) =
                (offset(text, attribute.key.as_ref()), offset(text, &attribute.value))
            else {
                continue;
            };
            let value = value..value.saturating_add(attribute.value.len());
            match fate {
                Fate::Keep => {}
                Fate::Becomes(new) => self.edits.push((value, new.to_string())),
                Fate::Remove => {
                    let from = self.with_indent(key);
                    self.edits.push((from..value.end.saturating_add(1), String::new()));
                }
            }
        }
    }

    fn fate(&self, name: QName<'_>, element: bool) -> Fate {
        let local = name.local_name();
        let known = || match name.prefix() {
            Some(prefix) => self.space(prefix.as_ref()),
            None if element => self.space(b""),
            None => Space::Other,
        };
        match local.as_ref() {
            b"Orientation" if known() == Space::Tiff => Fate::Becomes(1),
            b"ImageWidth" if known() == Space::Tiff => Fate::Becomes(self.size.width),
            b"ImageLength" if known() == Space::Tiff => Fate::Becomes(self.size.height),
            b"PixelXDimension" if known() == Space::Exif => Fate::Becomes(self.size.width),
            b"PixelYDimension" if known() == Space::Exif => Fate::Becomes(self.size.height),
            b"ColorSpace" if self.srgb && known() == Space::Exif => Fate::Becomes(1),
            b"ICCProfile" if self.srgb && known() == Space::Photoshop => Fate::Remove,
            // Both show the uncropped picture, and so does the original that Google's cameras put beside an edit.
            b"Thumbnails" if known() == Space::Xmp => Fate::Remove,
            b"image" if known() == Space::XmpImage => Fate::Remove,
            b"Data" if known() == Space::GoogleImage => Fate::Remove,
            // The extension itself is not carried.
            b"HasExtendedXMP" if known() == Space::XmpNote => Fate::Remove,
            _ => Fate::Keep,
        }
    }

    /// What a prefix means here; one that was never declared means what it usually does.
    fn space(&self, prefix: &[u8]) -> Space {
        let bound = self.bindings.iter().rev().find(|binding| binding.0 == prefix);
        bound.map_or_else(|| Space::of_prefix(prefix), |binding| binding.1)
    }

    /// `at`, or the start of the white space before it.
    fn with_indent(&self, at: usize) -> usize {
        self.text.get(..at).map_or(at, |before| before.trim_ascii_end().len())
    }

    /// `part`, borrowed from the packet itself and not from an event.
    fn same(&self, part: &[u8]) -> &'a [u8] {
        let text = self.text.as_bytes();
        offset(text, part).and_then(|at| text.get(at..at.saturating_add(part.len()))).unwrap_or_default()
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset(whole: &[u8], part: &[u8]) -> Option<usize> {
    let at = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (whole.get(at..at.checked_add(part.len())?)? == part).then_some(at)
}

/// `text` with `edits`, which are in order and apart.
fn apply(text: &str, edits: Vec<Edit>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for (range, new) in edits {
        out.extend_from_slice(text.as_bytes().get(done..range.start).unwrap_or_default());
        out.extend_from_slice(new.as_bytes());
        done = range.end;
    }
    out.extend_from_slice(text.as_bytes().get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(320, 200);

    fn keep(packet: &[u8], size: Size, srgb: bool) -> Result<Vec<u8>, String> {
        super::keep(packet, size, srgb, &|| false)
    }

    #[test]
    fn it_stops_when_asked_among_tags_and_among_attributes() {
        let names: String = (0..2000).map(|i| format!(" a{i}=''")).collect();
        for packet in [format!("<a>{}</a>", "<b/>".repeat(2000)), format!("<a{names}/>")] {
            let asked = std::cell::Cell::new(0);
            let third = || {
                asked.set(asked.get() + 1);
                asked.get() > 2
            };
            assert!(super::keep(packet.as_bytes(), SIZE, true, &third).is_err());
            assert_eq!(asked.get(), 3);
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

    /// A packet around attributes and elements of its one description.
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
    fn untrue_values_are_corrected_in_both_spellings() {
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
    fn what_shows_or_needs_the_source_is_removed() {
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
    fn namespaces_are_scoped_and_a_forgotten_one_is_guessed() {
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
    fn what_is_not_a_clean_packet_is_refused() {
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
}
