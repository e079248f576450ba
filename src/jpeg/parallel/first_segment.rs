//! The first segment, whose MCUs have known positions: they are transformed as they are read.
//!
//! In: its stream. Out: planes, filled down to about the start of the next segment, and the number
//! of MCUs in them. Must not know of other segments.

use super::super::bits::Bits;
use super::super::cpu::{Cpu, Work};
use super::super::error::ScanError;
use super::super::frame::Frame;
use super::super::scan::{BlockPosition, ScanState, Visitor, decode_scan};
use super::super::scan_header::ScanHeader;
use super::super::single_scan::SingleScan;
use super::super::stream::Stream;
use crate::damage::Tolerance;
use crate::error::Result;
use crate::limits::Budget;

/// The reader of the first segment.
pub(super) struct FirstSegment<'l, P> {
    pub(super) frame: &'l Frame,
    pub(super) scan: &'l ScanHeader,
    pub(super) visitor: SingleScan<'l, P>,
    /// Rows of MCUs that are wanted.
    pub(super) rows: usize,
}

impl<P: Cpu> FirstSegment<'_, P> {
    /// Reads until the stream may not hold one more MCU. Returns how many MCUs were read, and the
    /// state for the next one.
    pub(super) fn read(
        self,
        cpu: P,
        stream: &mut Stream<'_>,
        clock: &Budget<'_>,
    ) -> Result<(usize, ScanState)> {
        cpu.perform(DirectRead { first_segment: self, stream, clock })
    }
}

/// The work of [`FirstSegment::read`].
struct DirectRead<'w, 'l, 'a, P> {
    first_segment: FirstSegment<'l, P>,
    stream: &'w mut Stream<'a>,
    clock: &'w Budget<'w>,
}

impl<P: Cpu> Work for DirectRead<'_, '_, '_, P> {
    type Output = Result<(usize, ScanState)>;

    #[inline(always)]
    fn work(self) -> Self::Output {
        let FirstSegment { frame, scan, visitor, rows } = self.first_segment;
        let (visitor, tolerance) = (&mut UntilEnd(visitor), &mut Tolerance::none());
        decode_scan(frame, scan, self.stream, 0, 0..rows, visitor, tolerance, self.clock)
    }
}

/// Stops where the stream may not hold a whole MCU.
struct UntilEnd<'l, P>(SingleScan<'l, P>);

impl<P: Cpu> Visitor for UntilEnd<'_, P> {
    #[inline(always)]
    fn block(
        &mut self,
        bits: &mut Bits<'_>,
        state: &mut ScanState,
        position: BlockPosition,
    ) -> Result<(), ScanError> {
        self.0.block(bits, state, position)
    }

    fn missing_block(&mut self, position: BlockPosition) {
        self.0.missing_block(position);
    }

    #[inline(always)]
    fn should_continue(&mut self, stream: &mut Stream<'_>) -> bool {
        stream.has_whole_mcu()
    }

    fn end_row(&mut self, row: usize) {
        self.0.end_row(row);
    }
}
