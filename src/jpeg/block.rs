//! Blocks of sequential scans (T.81 F.2.2).
//!
//! In: bits and tables. Out: the first coefficients of a block in row-major order; the rest is passed over without
//! being decoded. Must not know where the block goes.

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

/// Symbols that are read for sure before more bits must be taken in. To ask for bits each time whether they are needed
/// costs more than to take some in each second time.
const AT_ONCE: usize = 2;

/// Which coefficients of a block are wanted.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    /// The zigzag position behind the last.
    end: usize,
    /// Where each position lies. A run may lead behind those that are wanted, which no processor foresees: instead of a
    /// branch they have a place where nobody looks.
    places: [u8; 64],
}

impl Selection {
    /// All up to zigzag position `end - 1`, at least the first of AC. Unless they are all 64, nothing may be made of the last
    /// of the block.
    pub(super) fn new(end: usize) -> Self {
        let mut places = ZIGZAG;
        places.iter_mut().skip(end).for_each(|place| *place = 63);
        Self { end, places }
    }
}

/// Reads the AC coefficients that are wanted into `block`, which must hold zeros, and passes over the rest.
#[inline(always)]
pub(super) fn ac(
    bits: &mut Bits<'_>,
    table: &AcCodes,
    kept: &Selection,
    block: &mut Block,
) -> Result<(), ScanError> {
    let mut k = 1;
    'block: loop {
        bits.refill();
        for _ in 0..AT_ONCE {
            let one = table.one(bits);
            let value = if one.length() != 0 {
                k += one.run();
                let value = bits.read_signed_of(one.entry(), one.size());
                if k > 63 {
                    // Either the end of the block, or a run that leaves it.
                    return if one.ends() { Ok(()) } else { Err(ScanError::RunPastBlock) };
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
            block[usize::from(kept.places[k & 63] & 63)] = wrap_i16(value);
            k += 1;
            if k >= kept.end {
                break 'block;
            }
        }
    }
    skip_ac(bits, table, k)
}

/// Passes over the AC coefficients from zigzag position `k` on.
#[inline(always)]
pub(super) fn skip_ac(bits: &mut Bits<'_>, table: &AcCodes, mut k: usize) -> Result<(), ScanError> {
    while k < 64 {
        bits.refill();
        for _ in 0..AT_ONCE {
            let run = table.run(bits);
            let after = k.wrapping_add(run.advance());
            // An entry may run on into the next block; then, as where it holds no symbol, go one symbol at a time.
            if after <= 64 {
                bits.consume(run.entry());
                if run.ends() {
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

/// What 16 bits hold of a value; sound files have no more.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "on purpose: broken files must not panic")]
pub(super) fn wrap_i16(value: i32) -> i16 {
    value as i16
}
