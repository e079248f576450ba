//! The first share, whose MCUs have known places: they are transformed as they are read.
//!
//! In: its stream. Out: planes, filled down to about where the next share begins, and how many MCUs those were. Must not
//! know of other shares.

use super::super::baseline::Baseline;
use super::super::bits::Bits;
use super::super::fault::Fault;
use super::super::frame::Frame;
use super::super::processor::{Processor, Work};
use super::super::scan::Scan;
use super::super::stream::Stream;
use super::super::walk::{Place, State, Visitor, walk};
use crate::damage::Tolerance;
use crate::error::Result;
use crate::limits::Budget;

/// What reads it.
pub(super) struct Lead<'l, P> {
    pub(super) frame: &'l Frame,
    pub(super) scan: &'l Scan,
    pub(super) baseline: Baseline<'l, P>,
    /// Rows of MCUs that are wanted.
    pub(super) rows: usize,
}

impl<P: Processor> Lead<'_, P> {
    /// Reads until the stream may not hold one more MCU; says how many those were, and what carries over.
    pub(super) fn read(
        self,
        processor: P,
        stream: &mut Stream<'_>,
        clock: &Budget<'_>,
    ) -> Result<(usize, State)> {
        processor.perform(Leading { lead: self, stream, clock })
    }
}

/// What [`Lead::read`] does.
struct Leading<'w, 'l, 'a, P> {
    lead: Lead<'l, P>,
    stream: &'w mut Stream<'a>,
    clock: &'w Budget<'w>,
}

impl<P: Processor> Work for Leading<'_, '_, '_, P> {
    type Done = Result<(usize, State)>;

    #[inline(always)]
    fn work(self) -> Self::Done {
        let Lead { frame, scan, baseline, rows } = self.lead;
        let (visitor, tolerance) = (&mut UpToEnd(baseline), &mut Tolerance::none());
        walk(frame, scan, self.stream, 0, 0..rows, visitor, tolerance, self.clock)
    }
}

/// Stops where the stream may not hold a whole MCU.
struct UpToEnd<'l, P>(Baseline<'l, P>);

impl<P: Processor> Visitor for UpToEnd<'_, P> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, state: &mut State, place: Place) -> Result<(), Fault> {
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
