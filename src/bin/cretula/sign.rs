//! `cretula sign`: adds `exp` and `sig` to a URL.
//!
//! In: a URL and a keyring. Out: the signed URL on stdout. Must not know what is signed.

use cretula::records::KeyName;
use cretula::sign::{SignOptions, SignatureEncoding};

use crate::failure::Failure;
use crate::keys::{self, KeysArgs};
use crate::print;

/// Sign a delivery URL
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Absolute URL, or path with query
    #[arg(allow_hyphen_values = true)]
    url: String,
    #[command(flatten)]
    keys: KeysArgs,
    /// Name of the signing key
    #[arg(long, value_name = "NAME", default_value_t)]
    key_name: KeyName,
    /// Last second at which the URL is valid
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true, conflicts_with = "ttl")]
    expires_at: Option<u64>,
    /// Validity of the URL from now
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    ttl: Option<u64>,
    /// Encoding of the signature: hex or base64url
    #[arg(long, value_name = "E", default_value_t)]
    encoding: SignatureEncoding,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let keys = args.keys.read(false)?;
    let expires_at = match args.ttl {
        None => args.expires_at,
        Some(ttl) => Some(
            keys::unix_now()?
                .checked_add(ttl)
                .ok_or_else(|| Failure::invalid(format!("--ttl {ttl}: the expiry would be beyond 2^64")))?,
        ),
    };
    let mut options = SignOptions::new().encoding(args.encoding);
    if let Some(seconds) = expires_at {
        options = options.expires_at(seconds);
    }
    print::line(&keys.sign(args.key_name.as_str(), &args.url, &options)?)
}
