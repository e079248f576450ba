//! [`Scratch`]: the resizers and buffers that one resample leaves for the next.

use fast_image_resize::{MulDiv, Resizer};

use crate::limits::{Budget, Reused};

/// Resizers and buffers that are reused between calls.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(super) engine: Engine,
    pub(super) buffers: Buffers,
    pub(super) quads: RowQuads,
}

/// The objects of `fast_image_resize` that do the work.
#[derive(Debug, Default)]
pub(super) struct Engine {
    /// One per thread.
    resizers: Vec<Resizer>,
    pub(super) alpha: MulDiv,
}

impl Engine {
    /// One resizer for each thread that is worthwhile for a source of `bytes`.
    pub(super) fn resizers(&mut self, bytes: usize, budget: &Budget<'_>) -> &mut [Resizer] {
        self.first(budget.threads().min(bytes / THREAD_BYTES).max(1))
    }

    /// A single resizer, for one thread.
    pub(super) fn resizer(&mut self) -> &mut [Resizer] {
        self.first(1)
    }

    fn first(&mut self, count: usize) -> &mut [Resizer] {
        if self.resizers.len() < count {
            self.resizers.resize_with(count, Resizer::default);
        }
        &mut self.resizers[..count]
    }
}

/// Source bytes for which one more thread is worthwhile.
const THREAD_BYTES: usize = 512 << 10;

/// Intermediate buffers for each sample type.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) eight: PassBuffers<u8>,
    pub(super) sixteen: PassBuffers<u16>,
}

/// What the two passes need besides source and target.
#[derive(Debug, Default)]
pub(super) struct PassBuffers<T> {
    /// Source rows with premultiplied alpha, or the strip that is being decoded.
    pub(super) rows: Reused<T>,
    /// The picture between the two passes.
    pub(super) between: Reused<T>,
}

impl<T: bytemuck::Pod> PassBuffers<T> {
    /// Frees buffers that are too large to keep between calls.
    pub(super) fn trim(&mut self) {
        self.rows.trim();
        self.between.trim();
    }
}

/// Intermediate buffers for one-channel pictures, whose rows are interleaved four at a time.
#[derive(Debug, Default)]
pub(super) struct RowQuads {
    /// Interleaved rows before the horizontal pass.
    pub(super) interleaved: Reused<u8>,
    /// Interleaved rows after the horizontal pass.
    pub(super) resampled: Reused<u8>,
    /// The same rows, separated again.
    pub(super) rows: Reused<u8>,
}

impl RowQuads {
    /// Frees buffers that are too large to keep between calls.
    pub(super) fn trim(&mut self) {
        self.interleaved.trim();
        self.resampled.trim();
        self.rows.trim();
    }
}
