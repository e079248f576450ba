//! [`OptionsUpdate`]: the options of a stored variant that a PATCH changes.
//!
//! In: an object of options in JSON, all of them optional. Out: the same options, changed. Must not
//! know of variants' ids.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::json::{pairs, side};
use super::keys;
use super::variant::VariantOptions;
use crate::error::Result;
use crate::limits::Limits;

/// The options that are given, and their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OptionsUpdate {
    /// Long names.
    given: Vec<&'static str>,
    values: VariantOptions,
}

impl OptionsUpdate {
    /// No option is changed.
    pub(crate) const NONE: Self = Self { given: Vec::new(), values: VariantOptions::TEXT_DEFAULTS };

    /// Checks the given options against their ranges.
    pub(crate) fn check(&self, limits: &Limits) -> Result<()> {
        self.values.check(limits)
    }

    /// `options` with the given ones in the place of its own.
    pub(crate) fn applied_to(&self, options: &VariantOptions) -> VariantOptions {
        let mut changed = *options;
        for key in &self.given {
            keys::copy(key, &self.values, &mut changed);
        }
        keys::settle(&mut changed);
        changed
    }

    fn set<E: serde::de::Error>(&mut self, key: &str, value: &Json) -> std::result::Result<(), E> {
        let Some(long) = keys::long(key) else { return Ok(()) };
        self.given.push(long);
        match long {
            "fit" => self.values.fit = Deserialize::deserialize(value).map_err(E::custom)?,
            "metadata" => self.values.metadata = Deserialize::deserialize(value).map_err(E::custom)?,
            // Back to the default, which is already there.
            _ if value.is_null() => {}
            "width" => self.values.width = side(value).map_err(E::custom)?,
            "height" => self.values.height = side(value).map_err(E::custom)?,
            _ => {
                for (key, value) in pairs(key, value) {
                    if keys::is_known(&key) {
                        self.given.push(keys::set(&mut self.values, &key, &value).map_err(E::custom)?);
                    }
                }
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for OptionsUpdate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let mut update = Self::NONE;
        for (key, value) in BTreeMap::<String, Json>::deserialize(deserializer)? {
            update.set(&key, &value)?;
        }
        Ok(update)
    }
}
