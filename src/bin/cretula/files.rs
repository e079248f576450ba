//! Reads inputs, and writes outputs atomically.
//!
//! In: paths (`-` is a standard stream). Out: bytes, or files under their final name. An output is
//! written to a temporary file in the same folder, which is locked while its writer is alive, and
//! then renamed; leftovers of a killed run are recognized because they are not locked. Must not
//! know of images.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::failure::Failure;

const TEMPORARY_PREFIX: &str = ".cretula-";
const TEMPORARY_SUFFIX: &str = ".part";

/// Whether a path is `-`, a standard stream.
pub(crate) fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a file or stdin. An error if there are more than `max` bytes; no more are held.
pub(crate) fn read_input(path: &Path, max: u64) -> Result<Vec<u8>, Failure> {
    if is_stream(path) {
        return read_at_most(io::stdin().lock(), Path::new("standard input"), max);
    }
    let failed = |error| Failure::io("read", path, &error);
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > max {
        return Err(Failure::input_too_large(&size.to_string(), max));
    }
    read_at_most(file, path, max)
}

fn read_at_most(source: impl Read, path: &Path, max: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let ceiling = max.saturating_add(1);
    source.take(ceiling).read_to_end(&mut bytes).map_err(|error| Failure::io("read", path, &error))?;
    if bytes.len() as u64 > max {
        return Err(Failure::input_too_large(&format!("more than {max}"), max));
    }
    Ok(bytes)
}

/// Writes a file atomically: its name always refers to the old content or to all of `bytes`.
///
/// An existing path that is not a regular file (a pipe, `/dev/null`) is written to, not replaced.
pub(crate) fn write_output(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::io("write", path, &error);
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return fs::write(path, bytes).map_err(failed);
    }
    if path.file_name().is_none() || path.is_dir() {
        return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let temporary = temporary_beside(path);
    let written = (|| {
        let mut file = File::create_new(&temporary)?;
        // Without file locks, only the cleanup after a killed run is lost.
        let _ = file.try_lock();
        file.write_all(bytes)?;
        fs::rename(&temporary, path)
    })();
    written.map_err(|error| {
        let _ = fs::remove_file(&temporary);
        failed(error)
    })
}

/// Removes the temporary files in `folder` that no running process has locked.
pub(crate) fn remove_stale(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX));
        if ours && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Creates a folder and its parents.
pub(crate) fn create_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| Failure::io("create the folder", path, &error))
}

fn temporary_beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    path.with_file_name(format!("{TEMPORARY_PREFIX}{process}-{count}{TEMPORARY_SUFFIX}"))
}
