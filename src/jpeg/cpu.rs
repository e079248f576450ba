//! [`Cpu`]: the steps that have several implementations, one of them for any processor.
//!
//! In: blocks and rows. Out: samples and pixels, the same on every processor. Must not know what a
//! picture is.

use super::block::Block;
use super::color;
use super::idct;
use super::tables::Quantization;

/// Work to be compiled as a whole for one processor. A closure that is used twice may not be
/// inlined into [`Cpu::run`]; this is.
pub(super) trait Work {
    type Output;

    /// Must be marked `#[inline(always)]`.
    fn work(self) -> Self::Output;
}

/// The steps for which a processor may have better instructions.
pub(super) trait Cpu: Copy + Send + Sync {
    /// Runs `work`; all code that is inlined into it is compiled for this processor.
    fn run<R>(self, work: impl FnOnce() -> R) -> R;

    /// Like [`Self::run`].
    fn perform<W: Work>(self, work: W) -> W::Output;

    /// Like [`idct::full`].
    fn idct_full(self, block: &Block, table: &Quantization) -> [[u8; 8]; 8];

    /// Like [`idct::half`].
    fn idct_half(self, block: &Block, table: &Quantization) -> [[u8; 4]; 4];

    /// Like [`color::ycc_to_rgb_row`].
    fn ycc_to_rgb_row(self, y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]);
}

/// Any processor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

impl Cpu for Portable {
    #[inline(always)]
    fn run<R>(self, work: impl FnOnce() -> R) -> R {
        work()
    }

    #[inline(always)]
    fn perform<W: Work>(self, work: W) -> W::Output {
        work.work()
    }

    #[inline(always)]
    fn idct_full(self, block: &Block, table: &Quantization) -> [[u8; 8]; 8] {
        idct::full(block, table)
    }

    #[inline(always)]
    fn idct_half(self, block: &Block, table: &Quantization) -> [[u8; 4]; 4] {
        idct::half(block, table)
    }

    #[inline(always)]
    fn ycc_to_rgb_row(self, y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
        color::ycc_to_rgb_row(y, cb, cr, out);
    }
}
