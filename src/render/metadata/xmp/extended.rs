//! Extended XMP (XMP part 3, section 1.1.3.1): what JPEG's first packet has no room for, in pieces.
//!
//! In: the pieces as they are in the file, or two packets. Out: the packet that the pieces make, or one packet of two.
//! Knows RDF's outermost elements; nothing of what the properties say.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Bytes before a piece's data: GUID, length of the whole, offset.
const GUID: usize = 32;

/// The packet that the pieces named `guid` make, whatever their order.
pub(in crate::render::metadata) fn assemble(pieces: &[&[u8]], guid: &str) -> Result<Vec<u8>, String> {
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
        return Err("no part of it has the name that the packet gives".to_owned());
    };
    found.sort_by_key(|piece| piece.0);
    found.dedup();
    let mut packet = Vec::with_capacity(found.iter().map(|piece| piece.2.len()).sum());
    for (offset, length, data) in found {
        if usize::try_from(offset) != Ok(packet.len()) || length != whole {
            return Err("parts of it are missing or contradict each other".to_owned());
        }
        packet.extend_from_slice(data);
    }
    if usize::try_from(whole) != Ok(packet.len()) {
        return Err(format!("it is cut short: {} of {whole} bytes", packet.len()));
    }
    Ok(packet)
}

/// The `rdf:RDF` element of a packet.
struct Rdf {
    /// Namespaces that are declared at it or outside it: name and value of the attribute, as they are.
    declared: Vec<(String, String)>,
    descriptions: Vec<Description>,
    /// Where its end tag is.
    end: usize,
}

/// A child of it that says anything.
struct Description {
    whole: Range<usize>,
    /// Where the name in its start tag ends.
    name_end: usize,
    /// The namespaces that it declares itself.
    declared: Vec<String>,
}

/// `main` with the descriptions of `extension`; `None` if one of them has no RDF element to be opened. Both are
/// well-formed.
pub(in crate::render::metadata) fn merge(main: &[u8], extension: &[u8]) -> Option<Vec<u8>> {
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

/// Whether a packet says anything.
pub(in crate::render::metadata) fn says_anything(packet: &[u8]) -> bool {
    let rdf = str::from_utf8(packet).ok().and_then(rdf);
    rdf.is_none_or(|rdf| !rdf.descriptions.is_empty())
}

/// Finds the RDF element, which is the outermost one or its child.
fn rdf(text: &str) -> Option<Rdf> {
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let shift = text.len().checked_sub(reader.get_ref().len())?;
    let position = |reader: &Reader<&[u8]>| {
        usize::try_from(reader.buffer_position()).ok().and_then(|at| at.checked_add(shift))
    };
    let mut found = Rdf { declared: vec![], descriptions: vec![], end: 0 };
    // How deep the RDF element is, once it is open, and the description in it.
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
                    (Some(_), None) => open = Some((description(&tag, start)?, says(&tag), end)),
                    (Some(_), Some((_, speaks, _))) => *speaks = true,
                }
                depth = depth.checked_add(1)?;
            }
            Event::Empty(tag) => match (inside, &mut open) {
                (Some(_), None) if says(&tag) => {
                    let description = description(&tag, start)?;
                    found.descriptions.push(Description { whole: start..end, ..description });
                }
                (Some(_), Some((_, speaks, _))) => *speaks = true,
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
                if let Some((_, speaks, _)) = &mut open {
                    *speaks = true;
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
fn says(tag: &BytesStart<'_>) -> bool {
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
    fn pieces_in_any_order_make_the_packet_and_a_missing_one_none() {
        let text = b"<x>0123456789</x>";
        let cut: Vec<_> = [(0, 5), (5, 9), (9, text.len())]
            .map(|(from, to)| piece(NAME, text.len(), from, &text[from..to]))
            .to_vec();
        let foreign = piece("F123456789ABCDEF0123456789ABCDEF", 3, 0, b"abc");
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let mut pieces: Vec<&[u8]> = order.iter().map(|&at| &cut[at][..]).collect();
            assert_eq!(assemble(&pieces, NAME), Ok(text.to_vec()));
            pieces.extend([&foreign[..], &cut[1], b"short"]);
            assert_eq!(assemble(&pieces, &NAME.to_lowercase()), Ok(text.to_vec()), "others and repetitions");
        }
        for missing in 0..3 {
            let pieces: Vec<&[u8]> = (0..3).filter(|at| *at != missing).map(|at| &cut[at][..]).collect();
            assert!(assemble(&pieces, NAME).is_err(), "{missing}");
        }
        assert!(assemble(&[&cut[0]], "another name").is_err());
        assert!(assemble(&[&piece(NAME, 4_000_000_000, 0, b"x")], NAME).is_err());
    }

    #[test]
    fn a_merged_packet_has_both_and_the_namespaces_of_both() {
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
        assert!(!says_anything(b"<r:RDF><r:Description r:about='' xmlns:r='u'/></r:RDF>"));
        assert!(says_anything(b"<r:RDF><r:Description r:about='' a='b'/></r:RDF>"));
    }
}
