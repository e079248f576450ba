//! `cretula verify`: who signed a URL, until when, or why it is refused.
//!
//! In: a URL as it was received, a ring of keys, the time. Out: `{"key","expires"}` on stdout, or exit code 3. Must not
//! know what the URL shows.

use std::ffi::OsString;

use serde::Serialize;

use crate::failure::Failure;
use crate::keys::{self, KeysArgs};
use crate::print;

/// Check a signed delivery URL
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The URL, or its path with query, exactly as it was received
    #[arg(allow_hyphen_values = true)]
    url: OsString,
    #[command(flatten)]
    keys: KeysArgs,
    /// The time to check the expiry at [default: this machine's clock]
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
