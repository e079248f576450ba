//! The worker of a batch: takes the next image until none is left.
//!
//! In: the plan and the inputs, shared between threads. Out: files, and updates of `Progress`. Each
//! image is read and decoded once for all its variants. Must not know the number of threads.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use cretula::{
    DecodeOptions, ErrorKind, Format, Limits, OutputOptions, Rendered, Renderer, Request, Variant,
};

use super::inputs::Input;
use super::names;
use super::progress::Progress;
use super::variants::Variants;
use crate::failure::Failure;
use crate::files;

/// The work to do for every image.
pub(super) struct Plan<'a> {
    pub(super) folder: &'a Path,
    pub(super) output: OutputOptions,
    pub(super) decode: DecodeOptions,
    pub(super) redo: bool,
    pub(super) variants: &'a Variants,
    pub(super) limits: Limits,
    pub(super) next: AtomicUsize,
}

impl Plan<'_> {
    /// Removes leftovers of killed runs from the folders that this one writes to.
    pub(super) fn remove_stale(&self, inputs: &[Input]) {
        let folders: BTreeSet<&Path> = inputs.iter().filter_map(|input| input.relative.parent()).collect();
        for folder in folders {
            files::remove_stale(&self.folder.join(folder));
        }
    }

    /// Processes images until none is left.
    pub(super) fn work(&self, inputs: &[Input], progress: &Progress) {
        let mut renderer = Renderer::with_limits(self.limits.clone());
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(input) = inputs.get(index) else { return };
            let job = Job { plan: self, input, index, progress };
            job.run(&mut renderer);
        }
    }
}

/// One image of the batch.
struct Job<'a> {
    plan: &'a Plan<'a>,
    input: &'a Input,
    index: usize,
    progress: &'a Progress,
}

impl Job<'_> {
    fn run(&self, renderer: &mut Renderer) {
        let all: Vec<&Variant> = self.plan.variants.list.iter().collect();
        match self.try_run(&all, renderer) {
            Ok(()) => {}
            Err((outputs, failure)) => self.progress.failed(self.index, outputs, failure),
        }
    }

    /// Renders the missing outputs; an error comes with the number of outputs it concerns.
    fn try_run(&self, all: &[&Variant], renderer: &mut Renderer) -> Result<(), (usize, Failure)> {
        let path = &self.input.path;
        if let Some(error) = &self.input.error {
            return Err((all.len(), Failure::io("read", path, error)));
        }
        // Without --format, outputs have the format of the image, which most likely is that of its
        // extension.
        let named = path.extension().and_then(|e| Format::from_extension(&e.to_string_lossy()));
        let missing = self.skip_done(all, self.plan.output.format.or(named));
        if missing.is_empty() {
            return Ok(());
        }
        let failed = |failure: Failure| (missing.len(), failure);
        let source = files::read_input(path, self.plan.limits.max_input_bytes).map_err(failed)?;
        let about = |error| (missing.len(), Failure::from(error).about(path.display()));
        let missing = match self.plan.output.format {
            Some(_) => missing.clone(),
            None => {
                let format = cretula::probe(&source, &self.plan.limits).map_err(about)?.format;
                if Some(format) == named { missing.clone() } else { self.skip_done(&missing, Some(format)) }
            }
        };
        self.render(&source, &missing, renderer)
    }

    /// The variants whose output in this format is not up to date. The others are counted as
    /// skipped.
    fn skip_done<'v>(&self, variants: &[&'v Variant], format: Option<Format>) -> Vec<&'v Variant> {
        let Some(format) = format.filter(|_| !self.plan.redo) else { return variants.to_vec() };
        let Ok(modified) = fs::metadata(&self.input.path).and_then(|metadata| metadata.modified()) else {
            return variants.to_vec();
        };
        let newest = modified.max(self.plan.variants.modified);
        let (done, missing): (Vec<&Variant>, Vec<&Variant>) =
            variants.iter().partition(|variant| is_done(&self.destination(variant, format), newest));
        self.progress.skipped(done.len());
        missing
    }

    /// Renders and writes `variants`. If one of them exceeds a limit, the others are rendered one
    /// by one.
    fn render(
        &self,
        source: &[u8],
        variants: &[&Variant],
        renderer: &mut Renderer,
    ) -> Result<(), (usize, Failure)> {
        let Plan { output, decode, .. } = self.plan;
        let request =
            |variant: &&Variant| Request::new(variant.options).output(output.clone()).decode(*decode);
        let requests: Vec<Request> = variants.iter().map(request).collect();
        let error = match renderer.render_all(source, &requests, None) {
            Ok(rendered) => {
                for (variant, rendered) in variants.iter().zip(&rendered) {
                    self.write(variant, rendered);
                }
                return Ok(());
            }
            Err(error) => error,
        };
        if let [_, _, ..] = variants
            && matches!(error.kind(), ErrorKind::LimitExceeded | ErrorKind::Internal)
        {
            for variant in variants {
                if let Err((outputs, failure)) = self.render(source, &[variant], renderer) {
                    self.progress.failed(self.index, outputs, failure);
                }
            }
            return Ok(());
        }
        let subject = match variants {
            [variant] if self.plan.variants.list.len() > 1 => {
                format!("{} ({})", self.input.path.display(), variant.id)
            }
            _ => self.input.path.display().to_string(),
        };
        Err((variants.len(), Failure::from(error).about(subject)))
    }

    fn write(&self, variant: &Variant, rendered: &Rendered) {
        for warning in &rendered.warnings {
            self.progress.warning(&format!("{} ({}): {warning}", self.input.path.display(), variant.id));
        }
        let destination = self.destination(variant, rendered.info.format);
        let folder = destination.parent().unwrap_or(self.plan.folder);
        let written =
            files::create_folder(folder).and_then(|()| files::write_output(&destination, &rendered.bytes));
        match written {
            Ok(()) => self.progress.rendered(1),
            Err(failure) => self.progress.failed(self.index, 1, failure),
        }
    }

    fn destination(&self, variant: &Variant, format: Format) -> PathBuf {
        self.plan.folder.join(names::output(&self.input.relative, variant.id.as_str(), format))
    }
}

/// Whether an output exists, is not empty, and is not older than its sources.
fn is_done(path: &Path, newest: SystemTime) -> bool {
    let Ok(metadata) = fs::metadata(path) else { return false };
    metadata.is_file() && metadata.len() > 0 && metadata.modified().is_ok_and(|modified| modified >= newest)
}
