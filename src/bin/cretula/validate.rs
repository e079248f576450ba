//! `cretula validate`: whether a text is a valid value of a field.
//!
//! In: the name of a field, a text, whose rules. Out: `valid`, as a line or as JSON, or the rule that is broken. Must
//! not know any rule itself.

use cretula::records::{Creator, Filename, ImageId, KeyName, Meta, RuleSet, VariantId};
use serde::Serialize;

use crate::failure::Failure;
use crate::print;

/// Check an identifier, a short text or metadata
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What it is to be
    field: Field,
    /// The text; if it reads like an option of this command, put -- before it
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// Whose rules: reference or hosted
    #[arg(long, value_name = "P", default_value_t)]
    profile: RuleSet,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Field {
    /// Of an image, chosen by its uploader
    ImageId,
    /// Of a variant
    VariantId,
    /// Of a signing key
    KeyName,
    /// Who an image belongs to
    Creator,
    /// Of the file that was uploaded
    Filename,
    /// A JSON object
    Meta,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Report {
        field: Field,
        profile: &'static str,
        valid: bool,
    }
    let Args { field, ref value, profile, json } = *args;
    match field {
        Field::ImageId => ImageId::new(value, profile).map(drop),
        Field::VariantId => VariantId::new(value, profile).map(drop),
        Field::KeyName => KeyName::new(value, profile).map(drop),
        Field::Creator => Creator::new(value, profile).map(drop),
        Field::Filename => Filename::new(value, profile).map(drop),
        Field::Meta => Meta::from_json(value).map(drop),
    }?;
    if json {
        print::json(&Report { field, profile: profile.as_str(), valid: true })
    } else {
        print::line("valid")
    }
}
