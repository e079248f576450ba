//! `cretula validate`: checks the value of a field.
//!
//! In: the name of a field, a value, a rule set. Out: `valid`, as a line or as JSON, or the
//! violated rule. Must not know any rule itself.

use cretula::records::{Creator, Filename, ImageId, KeyName, Meta, RuleSet, VariantId};
use serde::Serialize;

use crate::failure::Failure;
use crate::print;

/// Check an identifier, a short text or metadata
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Field to check
    field: Field,
    /// Value; put -- before a value that looks like an option of this command
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// reference or hosted
    #[arg(long, value_name = "RULES", default_value_t)]
    rules: RuleSet,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Field {
    /// Id of an image, chosen by its uploader
    ImageId,
    /// Id of a variant
    VariantId,
    /// Name of a signing key
    KeyName,
    /// Owner of an image
    Creator,
    /// Name of the uploaded file
    Filename,
    /// Metadata, a JSON object
    Meta,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Report {
        field: Field,
        rules: &'static str,
        valid: bool,
    }
    let Args { field, ref value, rules, json } = *args;
    match field {
        Field::ImageId => ImageId::new(value, rules).map(drop),
        Field::VariantId => VariantId::new(value, rules).map(drop),
        Field::KeyName => KeyName::new(value).map(drop),
        Field::Creator => Creator::new(value).map(drop),
        Field::Filename => Filename::new(value).map(drop),
        Field::Meta => Meta::from_json(value).map(drop),
    }?;
    if json {
        print::json(&Report { field, rules: rules.as_str(), valid: true })
    } else {
        print::line("valid")
    }
}
