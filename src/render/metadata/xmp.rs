//! The XMP packet of an output: the source's packet with a few properties corrected or removed and
//! all other bytes unchanged.
//!
//! In: a packet, the output's size and color space, and a check for cancellation. Out: the output's
//! packet, or why there is none. Handles both spellings of a property in RDF, attribute and
//! element. Must not know containers or policies.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod claims;
mod extended;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{PrefixDeclaration, QName};

pub(super) use self::claims::Claims;
use self::claims::{Fact, Fate, Space};
pub(super) use self::extended::{assemble, has_properties, merge};
use crate::geometry::Size;

/// Maximum number of namespace declarations in scope at one place; packets have a few dozen.
const MAX_BINDINGS: usize = 512;
/// Maximum number of attributes of one tag; packets have a few hundred. Their names are checked for
/// duplicates.
const MAX_ATTRIBUTES: usize = 10_000;
/// Maximum nesting depth; packets are about a dozen deep.
const MAX_DEPTH: usize = 256;

/// Edits a packet for an output of `size` whose pixels are sRGB or, if not `srgb`, described by an
/// ICC profile.
///
/// `extension` is the GUID of the output's extended packet; with `None` the reference is removed.
///
/// `Err` says why the packet is rejected: it is not UTF-8, is not well-formed, or has a document
/// type, whose entities are not expanded.
pub(super) fn keep(
    packet: &[u8],
    (size, srgb): (Size, bool),
    extension: Option<&str>,
    should_stop: ShouldStop<'_>,
) -> Result<Kept, String> {
    let text = str::from_utf8(packet).map_err(|error| format!("the packet is not UTF-8: {error}"))?;
    // Some writers terminate the packet like a C string.
    let text = text.trim_end_matches('\0');
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let forbidden = |c: &char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if let Some(c) = body.chars().find(forbidden) {
        return Err(format!("the packet contains the character {:#06x}", u32::from(c)));
    }
    let mut editor = Editor::new(body, size, srgb, should_stop);
    editor.new_link = extension;
    editor.run()?;
    Ok(Kept { packet: apply(body, editor.edits), claims: editor.claims, extension: editor.link })
}

/// An edited packet.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) packet: Vec<u8>,
    /// The removed claims about data and pixels that the output does not have.
    pub(super) claims: Claims,
    /// The GUID of the source's extended packet.
    pub(super) extension: Option<String>,
}

/// Returns whether the call is cancelled or past its deadline. The caller reports the reason.
pub(super) type ShouldStop<'a> = &'a dyn Fn() -> bool;

/// Tags and attributes processed between interrupt checks.
const CHECK_INTERVAL: u32 = 256;

/// A replacement of a range of the packet.
type Edit = (Range<usize>, String);

/// An open element.
struct Open {
    /// The start of the start tag.
    start: usize,
    /// The end of the start tag.
    content: usize,
    fate: Fate,
    /// Whether it is a property in plain form: no attributes and no elements inside.
    plain: bool,
    /// Number of namespace bindings outside it.
    bindings: usize,
}

/// Walks through a packet and collects edits.
struct Editor<'a> {
    text: &'a str,
    size: Size,
    srgb: bool,
    open: Vec<Open>,
    bindings: Vec<(&'a [u8], Space)>,
    edits: Vec<Edit>,
    /// Depth of the outermost element that is being removed with its contents.
    removing: Option<usize>,
    claims: Claims,
    /// The GUID of the source's extended packet.
    link: Option<String>,
    /// The GUID of the output's extended packet.
    new_link: Option<&'a str>,
    /// Whether the root element has been seen.
    rooted: bool,
    should_stop: ShouldStop<'a>,
    /// Tags and attributes until the next interrupt check.
    until_check: u32,
}

impl<'a> Editor<'a> {
    fn new(text: &'a str, size: Size, srgb: bool, should_stop: ShouldStop<'a>) -> Self {
        Self {
            text,
            size,
            srgb,
            open: vec![],
            bindings: vec![],
            edits: vec![],
            removing: None,
            claims: Claims::default(),
            link: None,
            new_link: None,
            rooted: false,
            should_stop,
            until_check: 0,
        }
    }

    fn run(&mut self) -> Result<(), String> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        loop {
            self.check_interrupt()?;
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
                        return Err("the packet is not XML: text outside the root element".into());
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
                    return Err("the packet is not XML: text outside the root element".into());
                }
                Event::Decl(declaration) => match declaration.encoding() {
                    None => {}
                    Some(Ok(name)) if name.eq_ignore_ascii_case(b"utf-8") => {}
                    Some(_) => return Err("the packet declares an encoding other than UTF-8".into()),
                },
                Event::DocType(_) => return Err("the packet has a document type".into()),
                Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Eof if self.rooted && self.open.is_empty() => return Ok(()),
                Event::Eof => return Err("the packet is not XML: it is truncated".into()),
            }
        }
    }

    fn check_interrupt(&mut self) -> Result<(), String> {
        self.until_check = self.until_check.checked_sub(1).unwrap_or(CHECK_INTERVAL);
        if self.until_check == CHECK_INTERVAL && (self.should_stop)() {
            Err("the call was stopped".into())
        } else {
            Ok(())
        }
    }

    fn start(&mut self, tag: &BytesStart<'a>, start: usize, end: usize) -> Result<(), String> {
        if self.open.is_empty() && std::mem::replace(&mut self.rooted, true) {
            return Err("the packet is not XML: it has a second root element".into());
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("the packet is nested more than {MAX_DEPTH} levels deep"));
        }
        if let Some(parent) = self.open.last_mut() {
            parent.plain = false;
        }
        let bindings = self.bindings.len();
        let attributes = self.attributes(tag)?;
        let fate = self.fate(tag.name(), true);
        if self.open.is_empty() && fate != Fate::Keep {
            return Err("nothing in the packet can be kept".into());
        }
        if let (Fate::Remove(claim), None) = (fate, self.removing) {
            self.removing = Some(self.open.len());
            claim.into_iter().for_each(|claim| self.claims.add(claim));
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
            Fate::Becomes(fact) if element.plain && element.content < end => {
                self.edits.push((element.content..start, self.value(fact).to_string()));
            }
            Fate::Link if element.plain && element.content < end => {
                let name = self.text.get(element.content..start).unwrap_or_default().trim();
                self.link.get_or_insert(name.to_owned());
                self.edits.push(match self.new_link {
                    Some(name) => (element.content..start, name.to_owned()),
                    None => (whole, String::new()),
                });
            }
            // An empty property, or one with qualifiers: its value does not hold, and its form is
            // not supported.
            Fate::Becomes(_) | Fate::Link | Fate::Remove(_) => {
                // Discard the edits inside it.
                let outside = self.edits.partition_point(|(range, _)| range.start < element.start);
                self.edits.truncate(outside);
                self.edits.push((whole, String::new()));
            }
        }
    }

    /// Checks the attributes of a start tag, binds the namespaces that it declares, and returns the
    /// other attributes.
    fn attributes<'t>(&mut self, tag: &'t BytesStart<'a>) -> Result<Vec<Attribute<'t>>, String> {
        let mut names = HashSet::new();
        let mut others = vec![];
        for attribute in tag.attributes().with_checks(false) {
            self.check_interrupt()?;
            let attribute = attribute.map_err(|error| format!("the packet is not XML: {error}"))?;
            let value =
                attribute.unescape_value().map_err(|error| format!("the packet is not XML: {error}"))?;
            if attribute.value.contains(&b'<') || !names.insert(attribute.key) {
                return Err("the packet is not XML: an invalid or repeated attribute".into());
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
                return Err(format!("the packet declares more than {MAX_BINDINGS} namespaces in one scope"));
            }
            self.bindings.push((self.in_packet(prefix), Space::of_name(&value)));
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
                Fate::Becomes(fact) => self.edits.push((value, self.value(fact).to_string())),
                Fate::Link if self.note_link(&attribute.value) => {
                    self.edits.push((value, self.new_link.unwrap_or_default().to_owned()));
                }
                Fate::Link | Fate::Remove(_) => {
                    if let Fate::Remove(Some(claim)) = fate {
                        self.claims.add(claim);
                    }
                    let from = self.with_indent(key);
                    self.edits.push((from..value.end.saturating_add(1), String::new()));
                }
            }
        }
    }

    /// Records the GUID of the source's extended packet. Returns whether the output has one, too.
    fn note_link(&mut self, name: &[u8]) -> bool {
        let name = String::from_utf8_lossy(name).trim().to_owned();
        self.link.get_or_insert(name);
        self.new_link.is_some()
    }

    fn fate(&self, name: QName<'_>, element: bool) -> Fate {
        let space = match name.prefix() {
            Some(prefix) => self.space(prefix.as_ref()),
            None if element => self.space(b""),
            None => Space::Other,
        };
        space.fate(name.local_name().as_ref(), self.srgb)
    }

    /// The output's value of `fact`.
    fn value(&self, fact: Fact) -> u32 {
        match fact {
            Fact::Upright | Fact::Srgb => 1,
            Fact::Width => self.size.width,
            Fact::Height => self.size.height,
        }
    }

    /// The namespace bound to a prefix in this scope; for an undeclared prefix, the namespace that
    /// usually has it.
    fn space(&self, prefix: &[u8]) -> Space {
        let bound = self.bindings.iter().rev().find(|binding| binding.0 == prefix);
        bound.map_or_else(|| Space::of_prefix(prefix), |binding| binding.1)
    }

    /// The start of the white space before `at`, or `at`.
    fn with_indent(&self, at: usize) -> usize {
        self.text.get(..at).map_or(at, |before| before.trim_ascii_end().len())
    }

    /// `part`, borrowed from the packet instead of from an event.
    fn in_packet(&self, part: &[u8]) -> &'a [u8] {
        let text = self.text.as_bytes();
        offset(text, part).and_then(|at| text.get(at..at.saturating_add(part.len()))).unwrap_or_default()
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// The offset of `part` in `whole`, of which it is a slice.
fn offset(whole: &[u8], part: &[u8]) -> Option<usize> {
    let at = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (whole.get(at..at.checked_add(part.len())?)? == part).then_some(at)
}

/// Applies `edits`, which are in order and do not overlap, to `text`.
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
