//! [`Variants`]: the variants of an account by their ids.
//!
//! In: the reference's JSON; variants to create, update and remove. Out: at most 100 variants, each under its own id.
//! Must not know of images or pixels.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{RuleSet, VariantId, json};
use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::broken;
use crate::limits::Limits;
use crate::options::Variant;

const WHAT: &str = "variants";

/// The variants of an account, in the order of their ids: `{"variants":{"hero":{"id":"hero",…}}}`.
///
/// Each key is the id of its variant, and there are at most 100 (contract section 5). `Deserialize` follows
/// [`RuleSet::Reference`] and the default [`Limits`]; [`from_json`](Self::from_json) follows those given.
///
/// ```
/// use cretula::records::{RuleSet, Variants};
/// use cretula::Limits;
/// let json = r#"{"variants":{"hero":{"id":"hero","options":{"fit":"pad","width":9,"height":9,"metadata":"none"}}}}"#;
/// let mut variants = Variants::from_json(json, &Limits::default(), RuleSet::Reference)?;
/// assert_eq!(variants.get("hero")?.options.width, 9);
/// variants.remove("hero", RuleSet::Reference)?;
/// assert_eq!(variants.get("hero").unwrap_err().code(), 5401);
/// # Ok::<(), cretula::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Variants {
    #[serde(rename = "variants")]
    by_id: BTreeMap<VariantId, Variant>,
}

impl Variants {
    /// The most variants an account has.
    pub const MAX: usize = 100;

    /// The variant that the hosted service makes itself and never lets go.
    const PUBLIC: &str = "public";

    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, a key is there twice or is not the id of its variant, or a
    /// variant breaks contract section 1 or 5. `LimitExceeded` if there are over [`MAX`](Self::MAX).
    pub fn from_json(text: &str, limits: &Limits, rules: RuleSet) -> Result<Self> {
        json::parse::<RawVariants>(WHAT, text)?.check(limits, rules)
    }

    /// Writes the reference's JSON, compact.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice.
    pub fn to_json(&self) -> Result<String> {
        json::write(WHAT, self)
    }

    /// The variant of that id.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none.
    pub fn get(&self, id: &str) -> Result<&Variant> {
        self.by_id.get(id).ok_or_else(|| not_found(id))
    }

    /// Adds a variant.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if its id is in use or breaks the rules of `rules`, or a side lies outside `limits`.
    /// `LimitExceeded` if there are [`MAX`](Self::MAX) already.
    pub fn create(&mut self, variant: Variant, limits: &Limits, rules: RuleSet) -> Result<()> {
        VariantId::new(variant.id.as_str(), rules)?;
        variant.options.check(limits)?;
        let full = self.by_id.len() >= Self::MAX;
        match self.by_id.entry(variant.id.clone()) {
            Entry::Occupied(entry) => Err(broken(
                "variant id",
                entry.key().as_str(),
                "is in use: update that variant, or choose another",
            )),
            Entry::Vacant(_) if full => {
                let cause = Cause::Full { what: WHAT, max: Self::MAX as u64, advice: "remove one first" };
                Err(Error::new(Stage::Records, cause))
            }
            Entry::Vacant(entry) => {
                entry.insert(variant);
                Ok(())
            }
        }
    }

    /// Replaces the variant of the same id whole, and returns what it was.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none of that id. `InvalidArgument` if a side lies outside `limits`.
    pub fn update(&mut self, variant: Variant, limits: &Limits) -> Result<Variant> {
        variant.options.check(limits)?;
        match self.by_id.get_mut(variant.id.as_str()) {
            Some(old) => Ok(std::mem::replace(old, variant)),
            None => Err(not_found(variant.id.as_str())),
        }
    }

    /// Takes a variant out.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none of that id. `InvalidArgument` if it is `public` in the `hosted` profile.
    pub fn remove(&mut self, id: &str, rules: RuleSet) -> Result<Variant> {
        if rules == RuleSet::Hosted && id == Self::PUBLIC {
            return Err(broken("variant id", id, "cannot be removed: every hosted account has it"));
        }
        self.by_id.remove(id).ok_or_else(|| not_found(id))
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Variant> {
        self.by_id.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

fn not_found(id: &str) -> Error {
    Error::new(Stage::Records, Cause::NotFound { what: "variant", name: json::short(id) })
}

/// By the rules of [`RuleSet::Reference`] and the default [`Limits`].
impl<'de> Deserialize<'de> for Variants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawVariants::deserialize(deserializer)?;
        raw.check(&Limits::default(), RuleSet::Reference).map_err(de::Error::custom)
    }
}

#[derive(Deserialize)]
struct RawVariants {
    variants: Entries,
}

impl RawVariants {
    fn check(self, limits: &Limits, rules: RuleSet) -> Result<Variants> {
        let mut variants = Variants::new();
        for (key, variant) in self.variants.0 {
            if variant.id.as_str() != key {
                let (key, id) = (json::short(&key), json::short(variant.id.as_str()));
                return Err(json::invalid(WHAT, format!("the key {key:?} holds the variant {id:?}")));
            }
            if variants.by_id.contains_key(key.as_str()) {
                return Err(json::invalid(WHAT, format!("the key {:?} is there twice", json::short(&key))));
            }
            variants.create(variant, limits, rules)?;
        }
        Ok(variants)
    }
}

/// The entries of an object, with those that a map would silently merge; one more than may be, and the rest unread.
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
                let mut entries = Vec::new();
                while entries.len() <= Variants::MAX {
                    let Some(entry) = map.next_entry()? else { return Ok(Entries(entries)) };
                    entries.push(entry);
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// One variant as an answer wraps it: `{"variant":{"id":"hero",…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantResult {
    /// The variant.
    pub variant: Variant,
}

impl VariantResult {
    /// Reads the reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or the variant breaks contract section 1 or 5.
    pub fn from_json(text: &str, limits: &Limits, rules: RuleSet) -> Result<Self> {
        let read: Self = json::parse("a variant", text)?;
        VariantId::new(read.variant.id.as_str(), rules)?;
        read.variant.options.check(limits)?;
        Ok(read)
    }

    /// Writes the reference's JSON, compact.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`, never in practice.
    pub fn to_json(&self) -> Result<String> {
        json::write("a variant", self)
    }
}
