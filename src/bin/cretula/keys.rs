//! The keyring of a command that signs or verifies.
//!
//! In: `--keys FILE`, the reference's `{"keys":[{"name","value"}]}`. Out: a `Keyring`. A key value
//! is never an argument, because other users of the machine can see those. Must not know what is
//! signed.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cretula::sign::Keyring;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::files;

/// More than any keyring needs.
const MAX_FILE_BYTES: u64 = 1_000_000;

/// The key file.
#[derive(Debug, clap::Args)]
pub(crate) struct KeysArgs {
    /// Key file {"keys":[{"name","value"}]}, as printed by keygen; - is standard input
    #[arg(long = "keys", value_name = "FILE")]
    file: PathBuf,
    /// Maximum number of keys in the file
    #[arg(long, value_name = "N", default_value_t = Keyring::DEFAULT_CAPACITY)]
    max_keys: usize,
}

impl KeysArgs {
    /// Reads the keys; warns if other users may read the file.
    pub(crate) fn read(&self, json: bool) -> Result<Keyring, Failure> {
        if !files::is_stream(&self.file) && others_may_read(&self.file) {
            let message = format!(
                "{} contains secrets but other users can read it: use chmod 600 {0}",
                self.file.display()
            );
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
            std::str::from_utf8(&bytes).map_err(|_| Failure::invalid("not UTF-8 text").about(&name))?;
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

/// Not determined on other systems.
#[cfg(not(unix))]
fn others_may_read(_path: &Path) -> bool {
    false
}

/// The current time, which callers of the library must supply.
pub(crate) fn unix_now() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map(|time| time.as_secs()).map_err(|_| Failure::invalid("the system clock is set before 1970"))
}
