//! The progress of a batch.
//!
//! In: results of workers, from any thread. Out: failures and warnings on stderr as they happen, a
//! bar with rate and time left if stderr is a terminal, and the counts at the end. Must not know
//! what a worker does.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::failure::Failure;

const STYLE: &str = "{wide_bar} {pos}/{len} outputs, {per_sec}, {eta} left";

/// Counts of outputs.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Summary {
    rendered: usize,
    skipped: usize,
    failed: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rendered, {} skipped, {} failed", self.rendered, self.skipped, self.failed)
    }
}

/// The batch so far.
pub(super) struct Progress {
    bar: ProgressBar,
    json: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    summary: Summary,
    /// The first failed input, in the order of the inputs.
    first: Option<(usize, Failure)>,
}

impl Progress {
    pub(super) fn new(inputs: usize, variants: usize, json: bool) -> Self {
        let bar = if io::stderr().is_terminal() && !json {
            ProgressBar::new((inputs as u64).saturating_mul(variants as u64))
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template(STYLE);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, json, state: Mutex::default() }
    }

    pub(super) fn rendered(&self, outputs: usize) {
        self.state().summary.rendered += outputs;
        self.bar.inc(outputs as u64);
    }

    pub(super) fn skipped(&self, outputs: usize) {
        self.state().summary.skipped += outputs;
        // Skipped outputs are removed from the bar: they take no time and would distort the rate.
        self.bar.set_length(self.bar.length().unwrap_or_default().saturating_sub(outputs as u64));
    }

    /// `outputs` of the input numbered `index` failed.
    pub(super) fn failed(&self, index: usize, outputs: usize, failure: Failure) {
        self.print(&failure.line(self.json));
        self.bar.inc(outputs as u64);
        let mut state = self.state();
        state.summary.failed += outputs;
        if state.first.as_ref().is_none_or(|(first, _)| index < *first) {
            state.first = Some((index, failure));
        }
    }

    /// Prints a warning on stderr, except with `--json`.
    pub(super) fn warning(&self, text: &str) {
        if !self.json {
            self.print(&format!("warning: {text}"));
        }
    }

    /// Removes the bar and returns the counts.
    pub(super) fn finish(self) -> (Summary, Option<Failure>) {
        self.bar.finish_and_clear();
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        (state.summary, state.first.map(|(_, failure)| failure))
    }

    fn print(&self, line: &str) {
        self.bar.suspend(|| {
            let _ = writeln!(io::stderr().lock(), "{line}");
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
