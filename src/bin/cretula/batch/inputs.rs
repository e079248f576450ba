//! The images of a batch.
//!
//! In: the paths of the command line. Out: image files in a fixed order, each with the path of its
//! outputs below the output folder; an error if two have the same path. Must not open a file.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cretula::Format;

use crate::failure::Failure;

/// An image to render, or a path that is not one.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) path: PathBuf,
    /// Its path below its folder, or its name.
    pub(super) relative: PathBuf,
    /// Why it cannot be read, if already known.
    pub(super) error: Option<io::Error>,
}

/// Finds the images named by `paths` and in folders named by them. The output folder is never
/// searched.
pub(super) fn find(paths: &[PathBuf], output: &Path) -> Result<Vec<Input>, Failure> {
    let output = fs::canonicalize(output).ok();
    let mut search = Search { output: output.as_deref(), found: Vec::new() };
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                if search.is_output(path) {
                    return Err(Failure::usage(format!(
                        "{} is both an input and the output folder: use another folder for -o",
                        path.display()
                    )));
                }
                search.folder(path, Path::new(""));
            }
            Ok(_) => search.add(path.clone(), Path::new(path.file_name().unwrap_or_default()), None),
            Err(error) => search.add(path.clone(), path, Some(error)),
        }
    }
    without_clashes(search.found)
}

struct Search<'a> {
    output: Option<&'a Path>,
    found: Vec<Input>,
}

impl Search<'_> {
    fn is_output(&self, path: &Path) -> bool {
        self.output.is_some() && fs::canonicalize(path).ok().as_deref() == self.output
    }

    fn add(&mut self, path: PathBuf, relative: &Path, error: Option<io::Error>) {
        self.found.push(Input { path, relative: relative.to_owned(), error });
    }

    /// Adds the images in a folder and below, by name, except hidden files and links to folders.
    fn folder(&mut self, path: &Path, relative: &Path) {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.add(path.to_owned(), relative, Some(error)),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (name, path) = (entry.file_name(), entry.path());
            let relative = relative.join(&name);
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !self.is_output(&path) {
                    self.folder(&path, &relative);
                }
            } else if has_image_extension(&path) && !path.is_dir() {
                self.add(path, &relative, None);
            }
        }
    }
}

fn has_image_extension(path: &Path) -> bool {
    path.extension().is_some_and(|extension| Format::from_extension(&extension.to_string_lossy()).is_some())
}

/// Drops an image that is given twice. An error if the outputs of two images would have the same
/// names.
fn without_clashes(found: Vec<Input>) -> Result<Vec<Input>, Failure> {
    let mut taken: HashMap<PathBuf, PathBuf> = HashMap::new();
    let mut inputs = Vec::with_capacity(found.len());
    for input in found {
        if input.error.is_none() {
            let real = fs::canonicalize(&input.path).unwrap_or_else(|_| input.path.clone());
            match taken.get(&input.relative) {
                Some(other) if *other == real => continue,
                Some(other) => {
                    return Err(Failure::usage(format!(
                        "the outputs of {} and {} would have the same names: use a separate -o folder for each",
                        other.display(),
                        input.path.display()
                    )));
                }
                None => taken.insert(input.relative.clone(), real),
            };
        }
        inputs.push(input);
    }
    Ok(inputs)
}
