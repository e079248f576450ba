//! The file of variants.
//!
//! In: the path of a file with the reference's JSON. Out: 1 to 100 variants, in the order of their
//! ids, and the modification time of the file. Must not know of images.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use cretula::records::{self, RuleSet};
use cretula::{Limits, Variant};

use crate::args;
use crate::failure::Failure;

/// The contents of a file of variants.
pub(super) struct Variants {
    pub(super) list: Vec<Variant>,
    pub(super) modified: SystemTime,
}

/// Reads and checks a file of variants.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Variants, Failure> {
    let text = args::read_json(path)?;
    let modified = fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .map_err(|error| Failure::io("read", path, &error))?;
    // Any fault is a fault of the file, including more variants than there may be.
    let invalid = |detail: String| Failure::invalid(detail).about(path.display());
    let variants = records::Variants::from_json(&text, limits, RuleSet::Reference)
        .map_err(|error| invalid(error.to_string()))?;
    if variants.is_empty() {
        return Err(invalid("no variants".to_owned()));
    }
    Ok(Variants { list: variants.iter().cloned().collect(), modified })
}
