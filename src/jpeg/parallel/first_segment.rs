//! The first share, whose MCUs have known places: they are transformed as they are read.
//!
//! In: its stream. Out: planes, filled down to about where the next share begins, and how many MCUs those were. Must not
//! know of other shares.

use super::super::bits::Bits;
use super::super::cpu::{Cpu, Work};
use super::super::error::ScanError;
use super::super::frame::Frame;
use super::super::scan::{Place, State, Visitor, decode_scan};
use super::super::scan_header::Scan;
use super::super::single_scan::SingleScan;
use super::super::stream::Stream;
use crate::damage::Tolerance;
use crate::error::Result;
use crate::limits::Budget;

/// What reads it.
pub(super) struct FirstSegment<'l, P> {
    pub(super) frame: &'l Frame,
    pub(super) scan: &'l Scan,
    pub(super) baseline: SingleScan<'l, P>,
    /// Rows of MCUs that are wanted.
    pub(super) rows: usize,
}

impl<P: Cpu> FirstSegment<'_, P> {
    /// Reads until the stream may not hold one more MCU; says how many those were, and what carries over.
    pub(super) fn read(self, cpu: P, stream: &mut Stream<'_>, clock: &Budget<'_>) -> Result<(usize, State)> {
        cpu.perform(Leading { lead: self, stream, clock })
    }
}

/// What [`FirstSegment::read`] does.
struct Leading<'w, 'l, 'a, P> {
    lead: FirstSegment<'l, P>,
    stream: &'w mut Stream<'a>,
    clock: &'w Budget<'w>,
}

impl<P: Cpu> Work for Leading<'_, '_, '_, P> {
    type Done = Result<(usize, State)>;

    #[inline(always)]
    fn work(self) -> Self::Done {
        let FirstSegment { frame, scan, baseline, rows } = self.lead;
        let (visitor, tolerance) = (&mut UpToEnd(baseline), &mut Tolerance::none());
        decode_scan(frame, scan, self.stream, 0, 0..rows, visitor, tolerance, self.clock)
    }
}

/// Stops where the stream may not hold a whole MCU.
struct UpToEnd<'l, P>(SingleScan<'l, P>);

impl<P: Cpu> Visitor for UpToEnd<'_, P> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, state: &mut State, place: Place) -> Result<(), ScanError> {
        self.0.block(bits, state, place)
    }

    fn missing(&mut self, place: Place) {
        self.0.missing(place);
    }

    #[inline(always)]
    fn goes_on(&mut self, stream: &mut Stream<'_>) -> bool {
        stream.ready()
    }

    fn row(&mut self, row: usize) {
        self.0.row(row);
    }
}
