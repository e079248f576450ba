//! The order of blocks in a scan (T.81 A.2), with its restarts.
//!
//! In: a scan's stream. Out: calls to a [`Visitor`], one a block and one a row of MCUs. Must not know what a block holds.

use std::ops::Range;

use super::bits::Bits;
use super::error::ScanError;
use super::frame::Frame;
use super::scan_header::Scan;
use super::stream::Stream;
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// What carries over from block to block, and starts anew at a restart.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    /// The last DC coefficient of each of the scan's components.
    pub(super) predicted: [i16; 4],
    /// Blocks whose band is still to be passed as empty (T.81 G.1.2.2).
    pub(super) empty: u32,
}

/// Where a block stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Its component's place in the scan.
    pub(super) slot: usize,
    /// Its row and column among the component's blocks.
    pub(super) row: usize,
    pub(super) column: usize,
    /// Its row among those of its MCU.
    pub(super) line: usize,
    /// Its column of MCUs; of blocks, if the scan has one component.
    pub(super) mcu: usize,
}

pub(super) trait Visitor {
    /// Reads a block.
    fn block(&mut self, bits: &mut Bits<'_>, state: &mut State, place: Place) -> Result<(), ScanError>;

    /// Whether to read one more MCU.
    #[inline(always)]
    fn goes_on(&mut self, _stream: &mut Stream<'_>) -> bool {
        true
    }

    /// A block that cannot be read. Of an MCU in which one cannot, none counts.
    fn missing(&mut self, place: Place);

    /// All blocks of a row of MCUs were read.
    fn row(&mut self, _row: usize) {}
}

/// What is left of a scan after a fault.
#[derive(Debug, Default)]
struct Loss {
    /// MCUs are missing until the next restart marker that can be found.
    now: bool,
    /// Restart intervals that are missing behind this one.
    intervals: usize,
    mcus: usize,
}

/// Reads `rows` of a scan's MCUs, those there are, or until the visitor has enough; says how many MCUs those were, and what carries
/// over to the next. The stream begins with the first of them, and with a restart interval. Rows count MCUs of interleaved scans
/// even where the scan is not. After a fault that `tolerance` accepts, MCUs are missing up to a restart marker, or to the end.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "one loop, inlined into each caller")]
pub(super) fn decode_scan(
    frame: &Frame,
    scan: &Scan,
    stream: &mut Stream<'_>,
    restart_interval: usize,
    rows: Range<usize>,
    visitor: &mut impl Visitor,
    tolerance: &mut Tolerance,
    budget: &Budget<'_>,
) -> Result<(usize, State)> {
    let mut units = [(0, 0); 4];
    let (mut across, down) = frame.mcus();
    let (mut top, mut down) = (rows.start, down.min(rows.end));
    let alone = scan.components.len() == 1;
    for (unit, coded) in units.iter_mut().zip(&scan.components) {
        let component = &frame.components[coded.index];
        *unit = (component.h, component.v);
        if alone {
            across = component.blocks_across;
            (top, down) = (top * component.v, component.blocks_down.min(down * component.v));
            *unit = (1, 1);
        }
    }
    let units = &units[..scan.components.len().min(4)];
    let mut state = State::default();
    let mut left = restart_interval;
    let mut loss = Loss::default();
    for row in top..down {
        budget.check_interrupt(Stage::Decode)?;
        for column in 0..across {
            if !visitor.goes_on(stream) {
                return Ok(((row - top) * across + column, state));
            }
            if restart_interval != 0 {
                if left == 0 {
                    loss.restart(stream, tolerance)?;
                    state = State::default();
                    left = restart_interval;
                }
                left -= 1;
            }
            if loss.now {
                loss.skip_mcu(visitor, units, row, column);
                continue;
            }
            let mut bits = stream.bits();
            let mut result = Ok(());
            'mcu: for (slot, &(h, v)) in units.iter().enumerate() {
                for j in 0..v {
                    for i in 0..h {
                        result =
                            visitor.block(&mut bits, &mut state, place(slot, (h, v), (i, j), row, column));
                        if result.is_err() {
                            break 'mcu;
                        }
                    }
                }
            }
            let reservoir = bits.reservoir();
            // What broke past the end of the data broke because they end.
            let short = stream.read(reservoir);
            if let Err(fault) = short.and(result) {
                loss.meet(fault, stream, tolerance)?;
                loss.skip_mcu(visitor, units, row, column);
            }
        }
        visitor.row(row);
    }
    let all = down.saturating_sub(top) * across;
    // Later scans of a progressive picture refine what is there.
    if loss.mcus > 0 && scan.has_dc() && scan.high == 0 {
        tolerance.lacks(loss.mcus, all);
    }
    Ok((all, state))
}

/// The place of block (`i`, `j`) of an MCU, of which a component has `h` by `v`.
#[inline(always)]
fn place(slot: usize, (h, v): (usize, usize), (i, j): (usize, usize), row: usize, column: usize) -> Place {
    // No overflow: sides of pictures have 16 bits.
    let (block_row, block_column) =
        (row.wrapping_mul(v).wrapping_add(j), column.wrapping_mul(h).wrapping_add(i));
    Place { slot, row: block_row, column: block_column, line: j, mcu: column }
}

impl Loss {
    /// Counts an MCU that cannot be read.
    #[cold]
    #[inline(never)]
    fn skip_mcu(&mut self, visitor: &mut impl Visitor, units: &[(usize, usize)], row: usize, column: usize) {
        self.mcus += 1;
        for (slot, &(h, v)) in units.iter().enumerate() {
            for (j, i) in (0..v).flat_map(|j| (0..h).map(move |i| (j, i))) {
                visitor.missing(place(slot, (h, v), (i, j), row, column));
            }
        }
    }

    /// Begins with a fault, if that is accepted.
    #[cold]
    fn meet(&mut self, fault: ScanError, stream: &Stream<'_>, tolerance: &mut Tolerance) -> Result<()> {
        let offset = stream.offset();
        if !tolerance.accepts(offset, fault) {
            return Err(fault.at(offset));
        }
        self.now = true;
        Ok(())
    }

    /// Goes on behind the restart marker that is due, or, after a fault, behind the next that fits.
    fn restart(&mut self, stream: &mut Stream<'_>, tolerance: &mut Tolerance) -> Result<()> {
        if self.intervals > 0 {
            self.intervals -= 1;
            self.now = self.intervals > 0;
            return Ok(());
        }
        if !self.now {
            match stream.restart() {
                Ok(()) => return Ok(()),
                Err(fault) => self.meet(fault, stream, tolerance)?,
            }
        }
        match stream.resync() {
            Some(0) => self.now = false,
            Some(missing) => self.intervals = missing,
            None => self.intervals = usize::MAX,
        }
        Ok(())
    }
}
