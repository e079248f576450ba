//! `cretula verify`: checks the signature of a URL.
//!
//! In: a URL as received, a keyring, the time. Out: `{"key","expires"}` on stdout, or exit code 3.
//! Must not know what the URL refers to.

use std::ffi::OsString;

use serde::Serialize;

use crate::failure::Failure;
use crate::keys::{self, KeysArgs};
use crate::print;

/// Verify a signed delivery URL
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// URL, or its path with query, exactly as received
    #[arg(allow_hyphen_values = true)]
    url: OsString,
    #[command(flatten)]
    keys: KeysArgs,
    /// Time at which to check the expiry [default: the system clock]
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true)]
    now: Option<u64>,
    /// Print errors as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer<'a> {
        key: &'a str,
        expires: Option<u64>,
    }
    let keys = args.keys.read(args.json)?;
    let now = args.now.map_or_else(keys::unix_now, Ok)?;
    let verified = keys.verify(args.url.as_encoded_bytes(), now)?;
    print::json(&Answer { key: verified.key.as_str(), expires: verified.expires })
}
