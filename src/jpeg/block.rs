//! Blocks of sequential scans (T.81 F.2.2).
//!
//! In: bits and tables. Out: the selected coefficients of a block in row-major order; the rest is
//! skipped without being decoded. Must not know where the block goes.

use super::bits::Bits;
use super::error::ScanError;
use super::huffman::{AcCodes, Codes};
use super::tables::ZIGZAG;

/// A block's coefficients, row-major.
pub(super) type Block = [i16; 64];

/// Reads a DC coefficient (T.81 F.2.2.1).
#[inline(always)]
pub(super) fn dc(bits: &mut Bits<'_>, codes: &Codes, predicted: &mut i16) -> Result<i16, ScanError> {
    bits.ensure(32);
    *predicted = predicted.wrapping_add(wrap_i16(codes.difference(bits)?));
    Ok(*predicted)
}

/// Symbols that are read before more bits must be loaded. A refill for every second symbol is
/// cheaper than a check before every one.
const SYMBOLS_PER_REFILL: usize = 2;

/// The coefficients of a block that are wanted.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    /// The zigzag position after the last one.
    end: usize,
    /// The row-major slot for each zigzag position. A run can overshoot the last wanted
    /// coefficient. That branch would be unpredictable, so overshoot is written to slot 63, which
    /// is never read.
    targets: [u8; 64],
}

impl Selection {
    /// Zigzag positions 0 to `end - 1`, including at least the first AC coefficient. Unless all 64
    /// are selected, the last element of the block must not be used.
    pub(super) fn new(end: usize) -> Self {
        let mut targets = ZIGZAG;
        targets.iter_mut().skip(end).for_each(|target| *target = 63);
        Self { end, targets }
    }
}

/// Reads the selected AC coefficients into `block`, which must hold zeros, and skips the rest.
#[inline(always)]
pub(super) fn ac(
    bits: &mut Bits<'_>,
    table: &AcCodes,
    selection: &Selection,
    block: &mut Block,
) -> Result<(), ScanError> {
    let mut k = 1;
    'block: loop {
        bits.refill();
        for _ in 0..SYMBOLS_PER_REFILL {
            let entry = table.entry(bits);
            let value = if entry.length() != 0 {
                k += entry.run();
                let value = bits.read_signed_entry(entry.raw(), entry.size());
                if k > 63 {
                    // Either the end of the block, or a run past it.
                    return if entry.is_end() { Ok(()) } else { Err(ScanError::RunPastBlock) };
                }
                value
            } else {
                bits.refill();
                let symbol = table.codes.symbol(bits)?;
                let (run, size) = (symbol >> 4, symbol & 15);
                if size == 0 && run != 15 {
                    return Ok(());
                }
                k += run as usize;
                if k > 63 {
                    return Err(ScanError::RunPastBlock);
                }
                let value = bits.read_signed(size);
                bits.refill();
                value
            };
            block[usize::from(selection.targets[k & 63] & 63)] = wrap_i16(value);
            k += 1;
            if k >= selection.end {
                break 'block;
            }
        }
    }
    skip_ac(bits, table, k)
}

/// Skips the AC coefficients from zigzag position `k` on.
#[inline(always)]
pub(super) fn skip_ac(bits: &mut Bits<'_>, table: &AcCodes, mut k: usize) -> Result<(), ScanError> {
    while k < 64 {
        bits.refill();
        for _ in 0..SYMBOLS_PER_REFILL {
            let skip = table.skip_entry(bits);
            let after = k.wrapping_add(skip.advance());
            // An entry may run on into the next block. Then, and where an entry holds no symbol, go
            // one symbol at a time.
            if after <= 64 {
                bits.consume(skip.raw());
                if skip.is_end() {
                    return Ok(());
                }
                k = after;
            } else {
                bits.refill();
                let symbol = table.codes.symbol(bits)?;
                let (run, size) = (symbol >> 4, symbol & 15);
                if size == 0 && run != 15 {
                    return Ok(());
                }
                bits.consume(size);
                bits.refill();
                k += run as usize + 1;
            }
            if k >= 64 {
                break;
            }
        }
    }
    if k == 64 { Ok(()) } else { Err(ScanError::RunPastBlock) }
}

/// The low 16 bits of a value; valid files need no more.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "intended: malformed files must not panic")]
pub(super) fn wrap_i16(value: i32) -> i16 {
    value as i16
}
