//! How a scan's data are split among threads.
//!
//! In: the budget's number of threads. Out: [`Split`]. Tests make their own, with segments of a few
//! bytes.

use crate::limits::Budget;

/// How finely a scan's data may be split.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split {
    pub(crate) threads: usize,
    /// Bytes of data below which a thread of its own does not pay.
    pub(crate) min_bytes: usize,
    /// Bits that each thread reads beyond the start of the next segment.
    pub(crate) overlap_bits: usize,
}

impl Split {
    const MIN_BYTES: usize = 64 << 10;
    const OVERLAP_BITS: usize = 8 * 4096;

    /// As many threads as `budget` allows.
    pub(crate) fn of(budget: &Budget<'_>) -> Self {
        Self { threads: budget.threads(), min_bytes: Self::MIN_BYTES, overlap_bits: Self::OVERLAP_BITS }
    }
}
