//! [`Meta::from_form`]: metadata as clients send them in a form.
//!
//! In: the names and values of a form's fields. Out: metadata, in any of four forms. Must not know of
//! the form's other fields, nor how it was encoded.

use super::meta::{Meta, check_bytes, invalid, too_deep, write_string};
use crate::error::Result;
use crate::json::excerpt;

const FIELD: &str = "metadata";

impl Meta {
    /// Reads the metadata among the fields of a form, `(name, value)`. Other fields are ignored.
    ///
    /// | name | value |
    /// |---|---|
    /// | `metadata` | JSON; empty means that there are no metadata |
    /// | `metadata.a`, `metadata.a.b`, `metadata[a]`, `metadata[a][b]` | a text, in objects |
    /// | `metadata.a[]`, `metadata[a][]` | a text, at the end of an array |
    /// | `metadata.a.0`, `metadata[a][0]` | a text, in an array |
    ///
    /// Names that are 0, 1, 2, … in this order make an array, others an object; the outermost is
    /// always an object. All values but those in JSON are texts.
    ///
    /// ```
    /// use cretula::records::Meta;
    /// let meta = Meta::from_form([("metadata[album]", "cats"), ("metadata[tags][]", "a"), ("file", "…")])?;
    /// assert_eq!(meta.unwrap().as_json(), r#"{"album":"cats","tags":["a"]}"#);
    /// assert_eq!(Meta::from_form([("metadata", "{\"n\":1}\n")])?.unwrap().as_json(), r#"{"n":1}"#);
    /// assert_eq!(Meta::from_form([("metadata", "")])?, None);
    /// # Ok::<(), cretula::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if a name is malformed, a value is given twice, or is both a text and the
    /// parent of others; and what [`from_json`](Self::from_json) refuses.
    pub fn from_form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Option<Self>> {
        let mut json = None;
        let mut root = Node::default();
        // The least size of the result: bounds the tree before it is built.
        let mut bytes = 0;
        for (name, value) in fields {
            let Some(path) = name.strip_prefix(FIELD) else { continue };
            match path.as_bytes().first() {
                None if json.replace(value).is_some() => {
                    return Err(invalid("the field \"metadata\" is given twice"));
                }
                Some(b'.' | b'[') => {
                    bytes += value.len() + "\"\",".len();
                    check_bytes("the values of meta", bytes, Self::MAX_BYTES)?;
                    root.insert(name, &steps(name, path)?, value)?;
                }
                _ => {}
            }
        }
        match json.filter(|text| !text.trim().is_empty()) {
            Some(_) if bytes > 0 => {
                Err(invalid("given both as JSON in the field \"metadata\" and as fields of their own"))
            }
            Some(text) => Self::from_json(text).map(Some),
            None if bytes == 0 => Ok(None),
            None => {
                let mut text = String::new();
                root.write(true, &mut text)?;
                Self::from_json(&text).map(Some)
            }
        }
    }
}

/// Splits `.a[b][]` into `a`, `b` and the empty name that appends to an array.
fn steps<'a>(name: &str, path: &'a str) -> Result<Vec<&'a str>> {
    let malformed = || invalid(format!("the field {:?} has no such name as metadata.a[b]", excerpt(name)));
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (step, after) = if let Some(rest) = rest.strip_prefix('[') {
            rest.split_once(']').ok_or_else(malformed)?
        } else {
            let rest = rest.strip_prefix('.').ok_or_else(malformed)?;
            let (step, after) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
            if step.is_empty() {
                return Err(malformed());
            }
            (step, after)
        };
        steps.push(step);
        rest = after;
        if step.is_empty() && !rest.is_empty() {
            let name = excerpt(name);
            return Err(invalid(format!(
                "the field {name:?} has [] before its end: give such metadata as JSON"
            )));
        }
        if steps.len() > Meta::MAX_DEPTH {
            return Err(too_deep());
        }
    }
    Ok(steps)
}

/// A value that is being built.
enum Node<'a> {
    Text(&'a str),
    /// Members of an object, or of an array by their index, in their order.
    Members(Vec<(&'a str, Node<'a>)>),
    /// An array whose members are appended.
    Appended(Vec<&'a str>),
}

impl Default for Node<'_> {
    fn default() -> Self {
        Self::Members(Vec::new())
    }
}

impl<'a> Node<'a> {
    /// Puts `text` where `steps` lead from here.
    fn insert(&mut self, name: &str, steps: &[&'a str], text: &'a str) -> Result<()> {
        let conflict = || invalid(format!("the field {:?} contradicts another one", excerpt(name)));
        match (self, steps) {
            (Self::Appended(texts), [""]) => texts.push(text),
            (Self::Members(members), [step, rest @ ..]) if !step.is_empty() => {
                let known = members.iter_mut().find(|(key, _)| key == step);
                match (known, rest) {
                    (Some((_, node)), [_, ..]) => node.insert(name, rest, text)?,
                    (Some(_), []) => {
                        return Err(invalid(format!("the field {:?} is given twice", excerpt(name))));
                    }
                    (None, rest) => {
                        let mut node = match rest {
                            [] => Self::Text(text),
                            [""] => Self::Appended(Vec::new()),
                            _ => Self::default(),
                        };
                        if !rest.is_empty() {
                            node.insert(name, rest, text)?;
                        }
                        members.push((step, node));
                    }
                }
            }
            _ => return Err(conflict()),
        }
        Ok(())
    }

    /// Appends the value as JSON. The depth was checked with the names.
    fn write(&self, outermost: bool, out: &mut String) -> Result<()> {
        match self {
            Self::Text(text) => write_string(text, out),
            Self::Appended(texts) => write_list('[', texts, ']', out, |text, out| write_string(text, out)),
            Self::Members(members) if !outermost && is_array(members) => {
                write_list('[', members, ']', out, |(_, node), out| node.write(false, out))
            }
            Self::Members(members) => write_list('{', members, '}', out, |(key, node), out| {
                write_string(key, out)?;
                out.push(':');
                node.write(false, out)
            }),
        }
    }
}

/// Whether the names are 0, 1, 2, …
fn is_array(members: &[(&str, Node<'_>)]) -> bool {
    members.iter().enumerate().all(|(index, (key, _))| *key == index.to_string())
}

fn write_list<T>(
    open: char,
    items: &[T],
    close: char,
    out: &mut String,
    write: impl Fn(&T, &mut String) -> Result<()>,
) -> Result<()> {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out)?;
    }
    out.push(close);
    Ok(())
}
