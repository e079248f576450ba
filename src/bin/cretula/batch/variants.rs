//! The list of variants: the reference's own shape, read strictly.
//!
//! In: the path of a JSON file. Out: 1 to 100 named variants, in the file's order, and when the file was last changed.
//! Must not know of images.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use cretula::{Limits, Variant};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::args;
use crate::failure::Failure;

/// Contract section 5: variants per account.
const MAX_VARIANTS: usize = 100;

/// What a file of variants says.
pub(super) struct Variants {
    pub(super) list: Vec<Variant>,
    pub(super) modified: SystemTime,
}

#[derive(Deserialize)]
struct File {
    variants: Entries,
}

/// The entries of a JSON object, with those that a map would silently merge.
struct Entries(Vec<(String, Variant)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of variants by id")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries: Vec<(String, Variant)> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    if entries.len() == MAX_VARIANTS {
                        return Err(de::Error::custom(format!("more than {MAX_VARIANTS} variants")));
                    }
                    if entries.iter().any(|(known, _)| *known == key) {
                        return Err(de::Error::custom(format!("variant {key:?} is there twice")));
                    }
                    let variant: Variant = map.next_value()?;
                    if variant.id.as_str() != key {
                        let id = variant.id.as_str();
                        return Err(de::Error::custom(format!("variant {key:?} has the id {id:?}")));
                    }
                    entries.push((key, variant));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Reads and checks a file of variants.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Variants, Failure> {
    let text = args::read_json(path)?;
    let modified = fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .map_err(|error| Failure::io("read", path, &error))?;
    let invalid = |detail: String| Failure::invalid(detail).about(path.display());
    let File { variants: Entries(entries) } =
        serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
    if entries.is_empty() {
        return Err(invalid("no variants".to_owned()));
    }
    for (id, variant) in &entries {
        variant.options.check(limits).map_err(|e| invalid(format!("variant {id:?}: {e}")))?;
    }
    Ok(Variants { list: entries.into_iter().map(|(_, variant)| variant).collect(), modified })
}
