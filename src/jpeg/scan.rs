//! The order of blocks in a scan (T.81 A.2), and its restarts.
//!
//! In: the stream of a scan. Out: calls to a [`Visitor`], one per block and one per row of MCUs.
//! Must not know what a block contains.

use std::ops::Range;

use super::bits::Bits;
use super::error::ScanError;
use super::frame::Frame;
use super::scan_header::ScanHeader;
use super::stream::Stream;
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// State that carries over from block to block and is reset at a restart.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ScanState {
    /// The last DC coefficient of each of the scan's components.
    pub(super) predicted: [i16; 4],
    /// Blocks whose band remains to be skipped as empty: EOBRUN in T.81 G.1.2.2.
    pub(super) eob_run: u32,
}

/// The position of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockPosition {
    /// The index of its component in the scan.
    pub(super) scan_index: usize,
    /// Its row and column among the component's blocks.
    pub(super) row: usize,
    pub(super) column: usize,
    /// Its row among those of its MCU.
    pub(super) mcu_line: usize,
    /// Its column of MCUs; of blocks, if the scan has only one component.
    pub(super) mcu_column: usize,
}

pub(super) trait Visitor {
    /// Reads a block.
    fn block(
        &mut self,
        bits: &mut Bits<'_>,
        state: &mut ScanState,
        position: BlockPosition,
    ) -> Result<(), ScanError>;

    /// Whether to read one more MCU.
    #[inline(always)]
    fn should_continue(&mut self, _stream: &mut Stream<'_>) -> bool {
        true
    }

    /// Called for each block of an MCU in which any block could not be read.
    fn missing_block(&mut self, position: BlockPosition);

    /// Called when all blocks of a row of MCUs have been read.
    fn end_row(&mut self, _row: usize) {}
}

/// What is lost of a scan after a fault.
#[derive(Debug, Default)]
struct Loss {
    /// Whether MCUs are being lost: until the next restart marker that can be found.
    active: bool,
    /// Restart intervals that are lost after this one.
    intervals: usize,
    mcus: usize,
}

/// Reads the given `rows` of a scan's MCUs, as far as they exist, or until the visitor stops.
/// Returns how many MCUs those were, and the state for the next one. The stream must start at the
/// first of them, which starts a restart interval. Rows count MCUs of interleaved scans even if
/// this scan is not interleaved. After a fault that `tolerance` accepts, MCUs are lost up to a
/// restart marker or to the end.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "one loop, inlined into each caller")]
pub(super) fn decode_scan(
    frame: &Frame,
    scan: &ScanHeader,
    stream: &mut Stream<'_>,
    restart_interval: usize,
    rows: Range<usize>,
    visitor: &mut impl Visitor,
    tolerance: &mut Tolerance,
    budget: &Budget<'_>,
) -> Result<(usize, ScanState)> {
    let mut factors = [(0, 0); 4];
    let (mut columns, bottom) = frame.mcus();
    let (mut top, mut bottom) = (rows.start, bottom.min(rows.end));
    let single = scan.components.len() == 1;
    for (factor, coded) in factors.iter_mut().zip(&scan.components) {
        let component = &frame.components[coded.index];
        *factor = (component.h, component.v);
        if single {
            columns = component.block_columns;
            (top, bottom) = (top * component.v, component.block_rows.min(bottom * component.v));
            *factor = (1, 1);
        }
    }
    let factors = &factors[..scan.components.len().min(4)];
    let mut state = ScanState::default();
    let mut left = restart_interval;
    let mut loss = Loss::default();
    for row in top..bottom {
        budget.check_interrupt(Stage::Decode)?;
        for column in 0..columns {
            if !visitor.should_continue(stream) {
                return Ok(((row - top) * columns + column, state));
            }
            if restart_interval != 0 {
                if left == 0 {
                    loss.restart(stream, tolerance)?;
                    state = ScanState::default();
                    left = restart_interval;
                }
                left -= 1;
            }
            if loss.active {
                loss.skip_mcu(visitor, factors, row, column);
                continue;
            }
            let mut bits = stream.bits();
            let mut result = Ok(());
            'mcu: for (scan_index, &(h, v)) in factors.iter().enumerate() {
                for j in 0..v {
                    for i in 0..h {
                        result = visitor.block(
                            &mut bits,
                            &mut state,
                            block_position(scan_index, (h, v), (i, j), row, column),
                        );
                        if result.is_err() {
                            break 'mcu;
                        }
                    }
                }
            }
            let reservoir = bits.reservoir();
            // A fault beyond the end of the data is a consequence of that end.
            let short = stream.commit(reservoir);
            if let Err(fault) = short.and(result) {
                loss.begin(fault, stream, tolerance)?;
                loss.skip_mcu(visitor, factors, row, column);
            }
        }
        visitor.end_row(row);
    }
    let all = bottom.saturating_sub(top) * columns;
    // Later scans of a progressive picture only refine what is there.
    if loss.mcus > 0 && scan.has_dc() && scan.high == 0 {
        tolerance.lacks(loss.mcus, all);
    }
    Ok((all, state))
}

/// The position of block (`i`, `j`) of an MCU in which a component has `h` by `v` blocks.
#[inline(always)]
fn block_position(
    scan_index: usize,
    (h, v): (usize, usize),
    (i, j): (usize, usize),
    row: usize,
    column: usize,
) -> BlockPosition {
    // No overflow: sides of pictures have 16 bits.
    let (block_row, block_column) =
        (row.wrapping_mul(v).wrapping_add(j), column.wrapping_mul(h).wrapping_add(i));
    BlockPosition { scan_index, row: block_row, column: block_column, mcu_line: j, mcu_column: column }
}

impl Loss {
    /// Counts an MCU that cannot be read.
    #[cold]
    #[inline(never)]
    fn skip_mcu(
        &mut self,
        visitor: &mut impl Visitor,
        factors: &[(usize, usize)],
        row: usize,
        column: usize,
    ) {
        self.mcus += 1;
        for (scan_index, &(h, v)) in factors.iter().enumerate() {
            for (j, i) in (0..v).flat_map(|j| (0..h).map(move |i| (j, i))) {
                visitor.missing_block(block_position(scan_index, (h, v), (i, j), row, column));
            }
        }
    }

    /// Starts to lose MCUs, if the fault is accepted.
    #[cold]
    fn begin(&mut self, fault: ScanError, stream: &Stream<'_>, tolerance: &mut Tolerance) -> Result<()> {
        let offset = stream.offset();
        if !tolerance.accepts(offset, fault) {
            return Err(fault.at(offset));
        }
        self.active = true;
        Ok(())
    }

    /// Continues after the restart marker that is due, or, after a fault, after the next one that
    /// fits.
    fn restart(&mut self, stream: &mut Stream<'_>, tolerance: &mut Tolerance) -> Result<()> {
        if self.intervals > 0 {
            self.intervals -= 1;
            self.active = self.intervals > 0;
            return Ok(());
        }
        if !self.active {
            match stream.restart() {
                Ok(()) => return Ok(()),
                Err(fault) => self.begin(fault, stream, tolerance)?,
            }
        }
        match stream.resync() {
            Some(0) => self.active = false,
            Some(missing) => self.intervals = missing,
            None => self.intervals = usize::MAX,
        }
        Ok(())
    }
}
