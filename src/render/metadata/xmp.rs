//! XMP for a variant: the source's packet with a few values corrected, all other bytes as they were.
//!
//! In: a packet, what the output looks like, and whom to ask whether to go on. Out: the output's packet, or why there is none. Knows the names of the
//! properties that a resize makes untrue, in both of RDF's spellings (attribute and element), and nothing of containers,
//! policies or the rest of RDF.

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
pub(super) use self::extended::{assemble, merge, says_anything};
use crate::geometry::Size;

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
///
/// `extension` is the name of the output's extended packet; with `None` the packet names none.
pub(super) fn keep(
    packet: &[u8],
    (size, srgb): (Size, bool),
    extension: Option<&str>,
    stopped: Stopped<'_>,
) -> Result<Kept, String> {
    let text = str::from_utf8(packet).map_err(|error| format!("the packet is not UTF-8: {error}"))?;
    // Some writers end it like a C string.
    let text = text.trim_end_matches('\0');
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let forbidden = |c: &char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if let Some(c) = body.chars().find(forbidden) {
        return Err(format!("the packet holds the character {:#06x}", u32::from(c)));
    }
    let mut walk = Walk::new(body, size, srgb, stopped);
    walk.new_link = extension;
    walk.run()?;
    Ok(Kept { packet: apply(body, walk.edits), claims: walk.claims, extension: walk.link })
}

/// An edited packet.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) packet: Vec<u8>,
    /// What it claimed of data and pixels that the output does not have.
    pub(super) claims: Claims,
    /// The name of the source's extended packet.
    pub(super) extension: Option<String>,
}

/// Whether the call is over; whoever gave it will say why.
pub(super) type Stopped<'a> = &'a dyn Fn() -> bool;

/// Tags and attributes between two such questions.
const CHECK_INTERVAL: u32 = 256;

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
    claims: Claims,
    /// The names of the extended packet: the source's, and the output's.
    link: Option<String>,
    new_link: Option<&'a str>,
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
            claims: Claims::default(),
            link: None,
            new_link: None,
            rooted: false,
            stopped,
            patience: 0,
        }
    }

    fn run(&mut self) -> Result<(), String> {
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
                Event::Eof if self.rooted && self.open.is_empty() => return Ok(()),
                Event::Eof => return Err("the packet is not XML: it ends too early".into()),
            }
        }
    }

    fn go_on(&mut self) -> Result<(), String> {
        self.patience = self.patience.checked_sub(1).unwrap_or(CHECK_INTERVAL);
        if self.patience == CHECK_INTERVAL && (self.stopped)() {
            Err("the call is over".into())
        } else {
            Ok(())
        }
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
            // A property with qualifiers, or an empty one: what it says is untrue, and how it says it unknown.
            Fate::Becomes(_) | Fate::Link | Fate::Remove(_) => {
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

    /// Notes the name of the source's extended packet; whether another takes its place.
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

    /// What the output's packet says instead of `fact`.
    fn value(&self, fact: Fact) -> u32 {
        match fact {
            Fact::Upright | Fact::Srgb => 1,
            Fact::Width => self.size.width,
            Fact::Height => self.size.height,
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
