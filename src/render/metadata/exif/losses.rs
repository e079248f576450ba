//! The losses of an edited EXIF block, as warnings: a few by name, the others as a count.
//!
//! In: directories and tags as they are found to be lost. Out: warnings, whose number a hostile
//! block cannot inflate.

use super::tags::DirectoryKind;
use crate::render::warning::Warning;

/// Maximum number of tags that are named; files by cameras lose one or two.
const MAX_NAMED: usize = 8;

#[derive(Debug, Clone, Default)]
pub(super) struct Losses {
    warnings: Vec<Warning>,
    named: usize,
    unnamed: usize,
}

impl Losses {
    /// Adds a lost directory.
    pub(super) fn add(&mut self, directory: DirectoryKind, reason: &str) {
        let warning = Warning::MetadataDropped { what: directory.name(), reason: reason.to_owned() };
        if self.warnings.len() <= 2 * MAX_NAMED && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Adds a lost entry.
    pub(super) fn add_tag(&mut self, directory: DirectoryKind, tag: u16, reason: &str) {
        if self.named < MAX_NAMED {
            self.named = self.named.saturating_add(1);
            let name = directory.tag_name(tag).map(|name| format!(" ({name})")).unwrap_or_default();
            let directory = directory.name().trim_start_matches("EXIF ");
            let reason = format!("{tag:#06x}{name} in {directory}: {reason}");
            self.warnings.push(Warning::MetadataDropped { what: "EXIF tag", reason });
        } else {
            self.unnamed = self.unnamed.saturating_add(1);
        }
    }

    pub(super) fn into_warnings(self) -> Vec<Warning> {
        let mut warnings = self.warnings;
        if self.unnamed > 0 {
            let reason = format!("{} more values are outside the block or overlap others", self.unnamed);
            warnings.push(Warning::MetadataDropped { what: "EXIF tag", reason });
        }
        warnings
    }
}
