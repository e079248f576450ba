//! What the loops run on: any processor, or one with wide vectors.
//!
//! In: blocks and rows. Out: samples and pixels, the same on every processor. Must not know what a picture is.

use super::block::Block;
use super::color;
use super::idct;
use super::tables::Quantization;

/// Something to do, all of which is to be compiled for one processor: of a closure, a compiler that sees it used twice may
/// not.
#[cfg(feature = "parallel")]
pub(super) trait Work {
    type Done;

    /// To be marked `#[inline(always)]`.
    fn work(self) -> Self::Done;
}

/// The steps that a processor may have better instructions for.
pub(super) trait Cpu: Copy + Send + Sync {
    /// Does `work`; what of it is inlined is compiled for this processor.
    fn run<R>(self, work: impl FnOnce() -> R) -> R;

    /// As [`Self::run`].
    #[cfg(feature = "parallel")]
    fn perform<W: Work>(self, work: W) -> W::Done;

    /// As [`idct::full`].
    fn full(self, block: &Block, table: &Quantization) -> [[u8; 8]; 8];

    /// As [`idct::half`].
    fn half(self, block: &Block, table: &Quantization) -> [[u8; 4]; 4];

    /// As [`color::ycc_row`].
    fn ycc_row(self, y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]);
}

/// Any processor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

impl Cpu for Portable {
    #[inline(always)]
    fn run<R>(self, work: impl FnOnce() -> R) -> R {
        work()
    }

    #[cfg(feature = "parallel")]
    #[inline(always)]
    fn perform<W: Work>(self, work: W) -> W::Done {
        work.work()
    }

    #[inline(always)]
    fn full(self, block: &Block, table: &Quantization) -> [[u8; 8]; 8] {
        idct::full(block, table)
    }

    #[inline(always)]
    fn half(self, block: &Block, table: &Quantization) -> [[u8; 4]; 4] {
        idct::half(block, table)
    }

    #[inline(always)]
    fn ycc_row(self, y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
        color::ycc_row(y, cb, cr, out);
    }
}
