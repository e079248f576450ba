//! [`Variants`]: the variants of an account by id.
//!
//! In: the API reference's JSON; variants to create, update and remove. Out: at most 100 variants,
//! each under its own id. Must not know of images or pixels.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::{RuleSet, VariantId, broken_rule};
use crate::json;
use crate::limits::Limits;
use crate::options::Variant;

const WHAT: &str = "variants";
const WHAT_ONE: &str = "variant";

/// The variants of an account, ordered by id: `{"variants":{"hero":{"id":"hero",…}}}`.
///
/// Each key is the id of its variant, and there are at most 100 ([contract section
/// 5](crate::docs::contract#5-identifiers-records-limits)). `Deserialize` follows
/// [`RuleSet::Reference`] and the default [`Limits`]; [`from_json`](Self::from_json) follows the
/// given ones.
///
/// ```
/// use cretula::records::{RuleSet, Variants};
/// use cretula::Limits;
/// let json = r#"{"variants":{"hero":{"id":"hero","options":{"fit":"pad","width":9,"height":9,"metadata":"none"}}}}"#;
/// let mut variants = Variants::from_json(json, &Limits::default(), RuleSet::Reference)?;
/// assert_eq!(variants.get("hero")?.options.width, Some(9));
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
    /// Maximum number of variants per account.
    pub const MAX: usize = 100;

    /// The variant that the hosted service creates itself, and that cannot be removed there.
    const PUBLIC: &str = "public";

    /// Creates an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses the API reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, a key is duplicate or is not the id of its
    /// variant, or a variant breaks a rule of contract sections
    /// [1](crate::docs::contract#1-variants) or
    /// [5](crate::docs::contract#5-identifiers-records-limits). `LimitExceeded` if there are more
    /// than [`MAX`](Self::MAX).
    pub fn from_json(text: &str, limits: &Limits, rules: RuleSet) -> Result<Self> {
        json::parse::<RawVariants>(Stage::Records, WHAT, text)?.check(limits, rules)
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, WHAT, self)
    }

    /// The variant with the given id.
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
    /// `AlreadyExists` if its id is in use. `InvalidArgument` if the id breaks `rules`, or a side is
    /// outside `limits`. `LimitExceeded` if there are [`MAX`](Self::MAX) variants already.
    pub fn create(&mut self, variant: Variant, limits: &Limits, rules: RuleSet) -> Result<()> {
        VariantId::new(variant.id.as_str(), rules)?;
        variant.options.check_stored(limits)?;
        let full = self.by_id.len() >= Self::MAX;
        match self.by_id.entry(variant.id.clone()) {
            Entry::Occupied(entry) => Err(Error::already_exists(WHAT_ONE, entry.key().as_str())),
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

    /// Replaces the variant with the same id, and returns the old one.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none with that id. `InvalidArgument` if a side is outside `limits`.
    pub fn update(&mut self, variant: Variant, limits: &Limits) -> Result<Variant> {
        variant.options.check_stored(limits)?;
        match self.by_id.get_mut(variant.id.as_str()) {
            Some(old) => Ok(std::mem::replace(old, variant)),
            None => Err(not_found(variant.id.as_str())),
        }
    }

    /// Removes a variant.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none with that id. `InvalidArgument` if it is `public` and `rules` is
    /// [`RuleSet::Hosted`].
    pub fn remove(&mut self, id: &str, rules: RuleSet) -> Result<Variant> {
        if rules == RuleSet::Hosted && id == Self::PUBLIC {
            return Err(broken_rule(
                "variant id",
                id,
                "cannot be removed: every hosted account has this variant",
            ));
        }
        self.by_id.remove(id).ok_or_else(|| not_found(id))
    }

    /// All variants, ordered by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Variant> {
        self.by_id.values()
    }

    /// The number of variants.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

fn not_found(id: &str) -> Error {
    Error::not_found(WHAT_ONE, id)
}

/// Follows [`RuleSet::Reference`] and the default [`Limits`].
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
                let (key, id) = (json::excerpt(&key), json::excerpt(variant.id.as_str()));
                return Err(json::invalid(
                    Stage::Records,
                    WHAT,
                    format!("the key {key:?} holds the variant {id:?}"),
                ));
            }
            if variants.by_id.contains_key(key.as_str()) {
                return Err(json::invalid(
                    Stage::Records,
                    WHAT,
                    format!("duplicate key {:?}", json::excerpt(&key)),
                ));
            }
            variants.create(variant, limits, rules)?;
        }
        Ok(variants)
    }
}

/// The entries of an object, including duplicates, which a map would silently merge. Keeps at most
/// one more than is allowed, and skips the rest.
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

/// A single variant in a response: `{"variant":{"id":"hero",…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantResult {
    /// The variant.
    pub variant: Variant,
}

impl VariantResult {
    /// Parses the API reference's JSON.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, or the variant breaks a rule of contract
    /// sections [1](crate::docs::contract#1-variants) or
    /// [5](crate::docs::contract#5-identifiers-records-limits).
    pub fn from_json(text: &str, limits: &Limits, rules: RuleSet) -> Result<Self> {
        let read: Self = json::parse(Stage::Records, "a variant", text)?;
        VariantId::new(read.variant.id.as_str(), rules)?;
        read.variant.options.check_stored(limits)?;
        Ok(read)
    }

    /// Writes the API reference's JSON in compact form.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<String> {
        json::write(Stage::Records, "a variant", self)
    }
}
