//! Partial files that a kill during a write leaves in a folder. Until a file is complete,
//! `object_store` names it after its key with `#` and a number. No listing contains such files, so
//! they must be found in the file system.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::failure::Failure;

/// Removes the partial files that were written before `time`, and returns their number.
pub(super) async fn remove(folder: PathBuf, time: SystemTime) -> Result<u64, Failure> {
    let work = move || remove_below(&folder, time);
    let removed = tokio::task::spawn_blocking(work).await;
    let removed = removed.map_err(|_| Failure::internal("the search for partial files panicked"))?;
    removed.map_err(|error| {
        tracing::error!(%error, "removing partial files failed");
        Failure::internal("the objects folder cannot be read")
    })
}

fn remove_below(folder: &Path, time: SystemTime) -> io::Result<u64> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            removed += if_there(remove_below(&entry.path(), time))?.unwrap_or(0);
        } else if is_leftover(&entry) && if_there(is_older(&entry, time))? == Some(true) {
            removed += if_there(fs::remove_file(entry.path()))?.map_or(0, |()| 1);
        }
    }
    Ok(removed)
}

/// Other processes remove files and folders at the same time.
fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

fn is_leftover(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let number = name.to_str().and_then(|name| name.split_once('#')).map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_older(entry: &DirEntry, time: SystemTime) -> io::Result<bool> {
    Ok(entry.metadata()?.modified()? < time)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn only_old_partial_files_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let account = folder.path().join("originals").join("a");
        fs::create_dir_all(&account).unwrap();
        let names = ["00ff", "00ff#1", "00fe#12", "00fd#", "00fc#x"];
        for name in names {
            fs::write(account.join(name), "x").unwrap();
        }
        let left = || {
            let mut names: Vec<_> = fs::read_dir(&account)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
        assert_eq!(remove(folder.path().to_owned(), now - hour).await.unwrap(), 0);
        assert_eq!(left().len(), names.len());
        assert_eq!(remove(folder.path().to_owned(), now + hour).await.unwrap(), 2);
        assert_eq!(left(), ["00fc#x", "00fd#", "00ff"]);
    }
}
