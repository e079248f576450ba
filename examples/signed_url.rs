//! Signs the URL of a private image, and decides who may see it:
//!
//! ```sh
//! cargo run --example signed_url -- img.example pets/cat.jpg hero 3600
//! ```
//!
//! In: a host, an image id, a variant id, and the lifetime of the URL in seconds. Out: the URL, and
//! the responses to four requests. The key is generated for this run; a service would store its
//! keys.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints what it did")]

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use cretula::records::{DeliveryUrl, ImageId, RuleSet};
use cretula::sign::{Access, Keyring, Requirement, SignOptions, SigningKey};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [host, image, variant, seconds] = arguments.as_slice() else {
        eprintln!("usage: signed_url HOST IMAGE VARIANT SECONDS");
        return ExitCode::from(2);
    };
    if let Err(error) = signed_url(host, image, variant, seconds) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn signed_url(host: &str, image: &str, variant: &str, seconds: &str) -> Result<(), Box<dyn Error>> {
    let mut keys = Keyring::new();
    keys.insert(SigningKey::generate("2026-11".parse()?)?)?;

    let image = ImageId::new(image, RuleSet::Hosted)?;
    let url = DeliveryUrl::new("ZWd9g1K7eljCn_KDTu_MWA", image, variant.parse()?)?.at_host(host)?;
    // The library reads no clock.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let expiry = now.saturating_add(seconds.parse()?);
    let url = url.to_string();
    let signed = keys.sign("2026-11", &url, &SignOptions::new().expires_at(expiry))?;
    println!("{signed}");

    let answer = |who: &str, url: &str, at: u64| match keys.authorize(url, at, Requirement::Signature) {
        Access::Denied(reason) => println!("{who}: {} {reason}", reason.http_status()),
        access => println!("{who}: {}", access.http_status()),
    };
    answer("with the signed URL", &signed, now);
    answer("without a signature", &url, now);
    answer("with another expiry", &signed.replace("exp=", "exp=1"), now);
    answer("after the expiry", &signed, expiry.saturating_add(1));
    Ok(())
}
