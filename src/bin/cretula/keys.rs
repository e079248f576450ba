//! The ring of keys that a command signs or verifies with.
//!
//! In: `--keys FILE`, the reference's `{"keys":[{"name","value"}]}`. Out: a `Keyring`. A key value is never an argument:
//! any user of the machine sees those. Must not know what is signed.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cretula::sign::Keyring;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::files;

/// More than any ring of keys takes.
const MAX_FILE_BYTES: u64 = 1_000_000;

/// Where the keys are.
#[derive(Debug, clap::Args)]
pub(crate) struct KeysArgs {
    /// {"keys":[{"name","value"}]}, as keygen prints it; - is standard input
    #[arg(long = "keys", value_name = "FILE")]
    file: PathBuf,
    /// The most keys that the file may hold
    #[arg(long, value_name = "N", default_value_t = Keyring::DEFAULT_CAPACITY)]
    max_keys: usize,
}

impl KeysArgs {
    /// Reads them, warning about a file that others may read.
    pub(crate) fn read(&self, json: bool) -> Result<Keyring, Failure> {
        if !files::is_stream(&self.file) && others_may_read(&self.file) {
            let message =
                format!("{} holds secrets and others may read it: chmod 600 {0}", self.file.display());
            let line = if json {
                serde_json::json!({ "warning": { "message": message } }).to_string()
            } else {
                format!("warning: {message}")
            };
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
        let bytes = Zeroizing::new(files::read_input(&self.file, MAX_FILE_BYTES)?);
        let name = self.file.display();
        let text =
            std::str::from_utf8(&bytes).map_err(|_| Failure::invalid("is not UTF-8 text").about(&name))?;
        Keyring::from_json_with_capacity(text, self.max_keys)
            .map_err(|error| Failure::from(error).about(&name))
    }
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    File::open(path)
        .and_then(|file| file.metadata())
        .is_ok_and(|data| data.is_file() && data.mode() & 0o044 != 0)
}

/// Elsewhere the file system does not say it in one word.
#[cfg(not(unix))]
fn others_may_read(_path: &Path) -> bool {
    false
}

/// The time, which the library asks its callers for.
pub(crate) fn unix_now() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since
        .map(|time| time.as_secs())
        .map_err(|_| Failure::invalid("the clock of this machine stands before 1970"))
}
