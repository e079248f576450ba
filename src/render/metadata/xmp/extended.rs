//! Extended XMP (XMP part 3, section 1.1.3.1): the part of the XMP that does not fit into a JPEG's
//! main packet, split over segments.
//!
//! In: the segments' payloads, or two packets. Out: the assembled packet, or the two packets
//! merged. Parses the outermost RDF elements and must not know the properties.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Length of the GUID, which precedes the length of the packet, the offset and the data.
const GUID: usize = 32;

/// Assembles the packet named `guid` from its segments, in any order.
pub(crate) fn assemble(pieces: &[&[u8]], guid: &str) -> Result<Vec<u8>, String> {
    let mut found = vec![];
    for piece in pieces {
        let Some((name, rest)) = piece.split_at_checked(GUID) else { continue };
        let (Some((length, rest)), true) =
            (rest.split_first_chunk(), name.eq_ignore_ascii_case(guid.as_bytes()))
        else {
            continue;
        };
        let Some((offset, data)) = rest.split_first_chunk() else { continue };
        found.push((u32::from_be_bytes(*offset), u32::from_be_bytes(*length), data));
    }
    let Some((_, whole, _)) = found.first().copied() else {
        return Err("no segment has the GUID that the main packet names".to_owned());
    };
    found.sort_by_key(|piece| piece.0);
    found.dedup();
    let mut packet = Vec::with_capacity(found.iter().map(|piece| piece.2.len()).sum());
    for (offset, length, data) in found {
        if usize::try_from(offset) != Ok(packet.len()) || length != whole {
            return Err("segments are missing or contradict each other".to_owned());
        }
        packet.extend_from_slice(data);
    }
    if usize::try_from(whole) != Ok(packet.len()) {
        return Err(format!("it is truncated: {} of {whole} bytes", packet.len()));
    }
    Ok(packet)
}

/// The `rdf:RDF` element of a packet.
struct Rdf {
    /// Namespace declarations in scope: name and value of the attribute, as in the packet.
    declared: Vec<(String, String)>,
    descriptions: Vec<Description>,
    /// The start of its end tag.
    end: usize,
}

/// A child of the `rdf:RDF` element that has properties.
struct Description {
    whole: Range<usize>,
    /// The end of the name in its start tag.
    name_end: usize,
    /// The names of its own namespace declarations.
    declared: Vec<String>,
}

/// Appends the descriptions of `extension` to those of `main`. Both must be well-formed. Returns
/// `None` if either has no RDF element, or an empty one.
pub(crate) fn merge(main: &[u8], extension: &[u8]) -> Option<Vec<u8>> {
    let (main, extension) = (str::from_utf8(main).ok()?, str::from_utf8(extension).ok()?);
    let (into, from) = (rdf(main)?, rdf(extension)?);
    let mut out = main.get(..into.end)?.to_owned();
    for description in from.descriptions {
        out.push_str(extension.get(description.whole.start..description.name_end)?);
        for (name, value) in &from.declared {
            if !description.declared.contains(name) {
                let quote = if value.contains('"') { '\'' } else { '"' };
                out.push_str(&format!(" {name}={quote}{value}{quote}"));
            }
        }
        out.push_str(extension.get(description.name_end..description.whole.end)?);
    }
    out.push_str(main.get(into.end..)?);
    Some(out.into_bytes())
}

/// Whether a packet has properties.
pub(crate) fn has_properties(packet: &[u8]) -> bool {
    let rdf = str::from_utf8(packet).ok().and_then(rdf);
    rdf.is_none_or(|rdf| !rdf.descriptions.is_empty())
}

/// Finds the RDF element, which is the root element or a child of it.
fn rdf(text: &str) -> Option<Rdf> {
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let shift = text.len().checked_sub(reader.get_ref().len())?;
    let position = |reader: &Reader<&[u8]>| {
        usize::try_from(reader.buffer_position()).ok().and_then(|at| at.checked_add(shift))
    };
    let mut found = Rdf { declared: vec![], descriptions: vec![], end: 0 };
    // `inside` is the depth of the RDF element once it is open; `open` is the description being
    // read, whether it has properties, and the end of its start tag.
    let (mut depth, mut inside) = (0_usize, None::<usize>);
    let mut open: Option<(Description, bool, usize)> = None;
    loop {
        let start = position(&reader)?;
        let event = reader.read_event().ok()?;
        let end = position(&reader)?;
        match event {
            Event::Start(tag) => {
                match (inside, &mut open) {
                    (None, _) if depth > 1 => return None,
                    (None, _) => {
                        let declared = declarations(&tag)?;
                        found.declared.retain(|(name, _)| declared.iter().all(|(other, _)| other != name));
                        found.declared.extend(declared);
                        if tag.local_name().as_ref() == b"RDF" {
                            inside = Some(depth);
                        }
                    }
                    (Some(_), None) => open = Some((description(&tag, start)?, has_property(&tag), end)),
                    (Some(_), Some((_, has_properties, _))) => *has_properties = true,
                }
                depth = depth.checked_add(1)?;
            }
            Event::Empty(tag) => match (inside, &mut open) {
                (Some(_), None) if has_property(&tag) => {
                    let description = description(&tag, start)?;
                    found.descriptions.push(Description { whole: start..end, ..description });
                }
                (Some(_), Some((_, has_properties, _))) => *has_properties = true,
                _ => {}
            },
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                if inside == Some(depth) {
                    found.end = start;
                    return Some(found);
                }
                if inside.and_then(|inside| inside.checked_add(1)) == Some(depth)
                    && let Some((description, true, _)) = open.take()
                {
                    let whole = description.whole.start..end;
                    found.descriptions.push(Description { whole, ..description });
                }
            }
            Event::Text(text) if !text.iter().all(u8::is_ascii_whitespace) => {
                if let Some((_, has_properties, _)) = &mut open {
                    *has_properties = true;
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn description(tag: &BytesStart<'_>, start: usize) -> Option<Description> {
    let declared = declarations(tag)?.into_iter().map(|(name, _)| name).collect();
    let name_end = start.checked_add(1)?.checked_add(tag.name().as_ref().len())?;
    Some(Description { whole: start..start, name_end, declared })
}

/// Whether a start tag has an attribute that is a property.
fn has_property(tag: &BytesStart<'_>) -> bool {
    tag.attributes().with_checks(false).flatten().any(|attribute| {
        attribute.key.as_namespace_binding().is_none() && attribute.key.local_name().as_ref() != b"about"
    })
}

fn declarations(tag: &BytesStart<'_>) -> Option<Vec<(String, String)>> {
    let mut found = vec![];
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.ok()?;
        if attribute.key.as_namespace_binding().is_some() {
            let (name, value) = (attribute.key.as_ref().to_vec(), attribute.value.to_vec());
            found.push((String::from_utf8(name).ok()?, String::from_utf8(value).ok()?));
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "0123456789ABCDEF0123456789ABCDEF";

    fn piece(guid: &str, whole: usize, offset: usize, data: &[u8]) -> Vec<u8> {
        let number = |n: usize| u32::try_from(n).unwrap().to_be_bytes();
        [guid.as_bytes(), &number(whole), &number(offset), data].concat()
    }

    #[test]
    fn segments_are_assembled_in_any_order_and_none_may_be_missing() {
        let text = b"<x>0123456789</x>";
        let cut: Vec<_> = [(0, 5), (5, 9), (9, text.len())]
            .map(|(from, to)| piece(NAME, text.len(), from, &text[from..to]))
            .to_vec();
        let foreign = piece("F123456789ABCDEF0123456789ABCDEF", 3, 0, b"abc");
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let mut pieces: Vec<&[u8]> = order.iter().map(|&at| &cut[at][..]).collect();
            assert_eq!(assemble(&pieces, NAME), Ok(text.to_vec()));
            pieces.extend([&foreign[..], &cut[1], b"short"]);
            assert_eq!(
                assemble(&pieces, &NAME.to_lowercase()),
                Ok(text.to_vec()),
                "foreign and repeated segments"
            );
        }
        for missing in 0..3 {
            let pieces: Vec<&[u8]> = (0..3).filter(|at| *at != missing).map(|at| &cut[at][..]).collect();
            assert!(assemble(&pieces, NAME).is_err(), "{missing}");
        }
        assert!(assemble(&[&cut[0]], "another name").is_err());
        assert!(assemble(&[&piece(NAME, 4_000_000_000, 0, b"x")], NAME).is_err());
    }

    #[test]
    fn a_merged_packet_has_the_properties_and_namespaces_of_both() {
        let main = "\u{feff}<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='r'><rdf:Description \
                    rdf:about='' xmlns:a='urn:a' a:one='1'/></rdf:RDF></x:xmpmeta>  ";
        let extension = "<x:xmpmeta xmlns:x='adobe:ns:meta/' xmlns:b='urn:b'><rdf:RDF xmlns:rdf='r'>\
                         <rdf:Description rdf:about='' xmlns:c='urn:c' c:two='2'><b:three>3</b:three>\
                         </rdf:Description><rdf:Description rdf:about='' xmlns:b='urn:b2' b:four='4'/>\
                         <rdf:Description rdf:about=''> </rdf:Description></rdf:RDF></x:xmpmeta>";
        let merged = String::from_utf8(merge(main.as_bytes(), extension.as_bytes()).unwrap()).unwrap();
        let wanted = "\u{feff}<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='r'><rdf:Description \
                      rdf:about='' xmlns:a='urn:a' a:one='1'/><rdf:Description xmlns:x=\"adobe:ns:meta/\" \
                      xmlns:b=\"urn:b\" xmlns:rdf=\"r\" rdf:about='' xmlns:c='urn:c' c:two='2'>\
                      <b:three>3</b:three></rdf:Description><rdf:Description xmlns:x=\"adobe:ns:meta/\" \
                      xmlns:rdf=\"r\" rdf:about='' xmlns:b='urn:b2' b:four='4'/></rdf:RDF></x:xmpmeta>  ";
        assert_eq!(merged, wanted);
        assert!(merge(b"<a/>", extension.as_bytes()).is_none());
        assert!(merge(b"<r:RDF/>", extension.as_bytes()).is_none());
        assert!(!has_properties(b"<r:RDF><r:Description r:about='' xmlns:r='u'/></r:RDF>"));
        assert!(has_properties(b"<r:RDF><r:Description r:about='' a='b'/></r:RDF>"));
    }
}
