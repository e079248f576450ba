//! `cretula keygen`: generates a signing key.
//!
//! In: a name. Out: a key file, `{"keys":[{"name","value"}]}`, on stdout. Must not write it
//! anywhere else.

use cretula::records::KeyName;
use cretula::sign::{Keyring, SigningKey};

use crate::failure::Failure;
use crate::print;

/// Generate a signing key and print a key file (redirect it to a file with mode 600)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the key, 1 to 20 characters
    #[arg(long, value_name = "N", default_value_t)]
    name: KeyName,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut keys = Keyring::new();
    keys.insert(SigningKey::generate(args.name.clone())?)?;
    print::line(keys.to_json()?.expose_secret())
}
