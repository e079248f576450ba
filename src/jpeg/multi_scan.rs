//! Pictures that need several scans: their coefficients are collected first and transformed
//! afterwards.
//!
//! In: scans and their tables. Out: filled [`CoefficientBuffer`]s. Must not know of pixels.

use super::bits::Bits;
use super::block::{Selection, ac, dc, wrap_i16};
use super::coefficients::{CoefficientBuffer, StoredBlock};
use super::error::{ScanError, malformed};
use super::huffman::{AcCodes, BandCodes, Codes};
use super::scan::{BlockPosition, ScanState, Visitor};
use super::scan_header::ScanHeader;
use super::tables::{Tables, ZIGZAG};
use crate::error::Result;

/// What a scan does to a block, with its tables, indexed by the scan's components.
enum Step {
    /// All coefficients (T.81 F.2.2).
    Sequential(Vec<(Codes, AcCodes)>, Selection),
    /// The DC coefficient (G.1.2.1).
    DcFirst(Vec<Codes>),
    DcRefine,
    /// A band of AC coefficients (G.1.2.2).
    AcFirst(BandCodes),
    /// One more bit of a band (G.1.2.3).
    AcRefine(Codes),
}

/// The decoder of one scan.
pub(super) struct MultiScan<'a> {
    scan: &'a ScanHeader,
    buffers: &'a mut [CoefficientBuffer],
    step: Step,
}

impl<'a> MultiScan<'a> {
    pub(super) fn new(
        progressive: bool,
        scan: &'a ScanHeader,
        tables: &Tables,
        buffers: &'a mut [CoefficientBuffer],
    ) -> Result<Self> {
        let missing = || malformed(scan.data_offset, "scan without its Huffman tables");
        let coded = &scan.components;
        let band = || coded.first().and_then(|first| tables.ac.get(first.ac)).and_then(Option::as_deref);
        let step = if !progressive {
            let both =
                coded.iter().map(|coded| Some((tables.dc_codes(coded.dc)?, tables.ac_codes(coded.ac)?)));
            Step::Sequential(both.collect::<Option<_>>().ok_or_else(missing)?, Selection::new(64))
        } else if scan.has_dc() && scan.high == 0 {
            let codes = coded.iter().map(|coded| tables.dc_codes(coded.dc));
            Step::DcFirst(codes.collect::<Option<_>>().ok_or_else(missing)?)
        } else if scan.has_dc() {
            Step::DcRefine
        } else if scan.high == 0 {
            Step::AcFirst(band().and_then(BandCodes::new).ok_or_else(missing)?)
        } else {
            Step::AcRefine(band().and_then(Codes::new).ok_or_else(missing)?)
        };
        Ok(Self { scan, buffers, step })
    }
}

impl Visitor for MultiScan<'_> {
    /// Keeps what earlier scans stored.
    fn missing_block(&mut self, _position: BlockPosition) {}

    #[inline(always)]
    fn block(
        &mut self,
        bits: &mut Bits<'_>,
        state: &mut ScanState,
        position: BlockPosition,
    ) -> Result<(), ScanError> {
        let scan = self.scan;
        let coded = scan.components.get(position.scan_index).ok_or(ScanError::RunPastBlock)?;
        let buffer = self.buffers.get_mut(coded.index).ok_or(ScanError::RunPastBlock)?;
        let predicted = &mut state.predicted[position.scan_index & 3];
        // At 1/8 most files need only scans of DC coefficients. They return from this match, before
        // the lookups that only bands need.
        match &self.step {
            Step::DcFirst(tables) => {
                let value = dc(bits, &tables[position.scan_index], predicted)?;
                let kept = buffer.dc_mut(position.row, position.column).ok_or(ScanError::RunPastBlock)?;
                *kept = value.wrapping_shl(scan.low);
                return Ok(());
            }
            Step::DcRefine => {
                bits.ensure(1);
                let bit = wrap_i16(bits.read(1).cast_signed());
                let kept = buffer.dc_mut(position.row, position.column).ok_or(ScanError::RunPastBlock)?;
                *kept |= bit.wrapping_shl(scan.low);
                return Ok(());
            }
            _ => {}
        }
        let mut stored = buffer.block_mut(position.row, position.column).ok_or(ScanError::RunPastBlock)?;
        match &self.step {
            Step::Sequential(tables, all) => {
                let (dc_codes, ac_codes) = &tables[position.scan_index];
                let mut block = [0; 64];
                block[0] = dc(bits, dc_codes, predicted)?;
                ac(bits, ac_codes, all, &mut block)?;
                for (k, &position) in ZIGZAG.iter().enumerate() {
                    if let Some(kept) = stored.get_mut(k) {
                        *kept = block[usize::from(position & 63)];
                    }
                }
                Ok(())
            }
            Step::AcFirst(codes) => ac_first(bits, codes, scan, &mut state.eob_run, &mut stored),
            Step::AcRefine(codes) => ac_refine(bits, codes, scan, &mut state.eob_run, &mut stored),
            Step::DcFirst(_) | Step::DcRefine => Ok(()),
        }
    }
}

/// T.81 G.1.2.2.
#[inline(always)]
fn ac_first(
    bits: &mut Bits<'_>,
    table: &BandCodes,
    scan: &ScanHeader,
    eob_run: &mut u32,
    stored: &mut StoredBlock<'_>,
) -> Result<(), ScanError> {
    if *eob_run > 0 {
        *eob_run -= 1;
        return Ok(());
    }
    let mut k = scan.start;
    while k <= scan.end {
        bits.ensure(32);
        let entry = table.entry(bits);
        let (run, size, value) = if entry.length() != 0 {
            if entry.is_end() {
                *eob_run = (1_u32.wrapping_shl(entry.size()) | bits.read_entry(entry.raw(), entry.size()))
                    .wrapping_sub(1);
                return Ok(());
            }
            (entry.run(), entry.size(), bits.read_signed_entry(entry.raw(), entry.size()))
        } else {
            let symbol = table.codes.symbol(bits)?;
            let (run, size) = (symbol >> 4, symbol & 15);
            if size == 0 && run != 15 {
                *eob_run = (1_u32.wrapping_shl(run) | bits.read(run)).wrapping_sub(1);
                return Ok(());
            }
            (run as usize, size, bits.read_signed(size))
        };
        k += run;
        if size != 0 {
            if k > scan.end {
                return Err(ScanError::RunPastBlock);
            }
            stored.set(k, wrap_i16(value.wrapping_shl(scan.low)));
        }
        k += 1;
    }
    if k > 64 { Err(ScanError::RunPastBlock) } else { Ok(()) }
}

/// T.81 G.1.2.3.
#[inline(always)]
fn ac_refine(
    bits: &mut Bits<'_>,
    codes: &Codes,
    scan: &ScanHeader,
    eob_run: &mut u32,
    stored: &mut StoredBlock<'_>,
) -> Result<(), ScanError> {
    let one = wrap_i16(1_i32.wrapping_shl(scan.low));
    let mut k = scan.start;
    if *eob_run == 0 {
        while k <= scan.end {
            bits.ensure(32);
            let symbol = codes.symbol(bits)?;
            let (mut run, size) = (symbol >> 4, symbol & 15);
            let value = match size {
                0 if run != 15 => {
                    *eob_run = 1_u32.wrapping_shl(run) | bits.read(run);
                    break;
                }
                0 => None,
                1 => Some(if bits.read(1) != 0 { one } else { one.wrapping_neg() }),
                _ => return Err(ScanError::Refinement),
            };
            while k <= scan.end {
                if stored.is_nonzero(k) {
                    correct(bits, stored, k, one);
                } else if run == 0 {
                    break;
                } else {
                    run -= 1;
                }
                k += 1;
            }
            if let Some(value) = value {
                if k > scan.end {
                    return Err(ScanError::RunPastBlock);
                }
                stored.set(k, value);
            }
            k += 1;
        }
    }
    if *eob_run > 0 {
        while k <= scan.end {
            if stored.is_nonzero(k) {
                correct(bits, stored, k, one);
            }
            k += 1;
        }
        *eob_run -= 1;
    }
    Ok(())
}

/// Reads a correction bit for a coefficient that is not zero.
#[inline(always)]
fn correct(bits: &mut Bits<'_>, stored: &mut StoredBlock<'_>, k: usize, one: i16) {
    bits.ensure(1);
    if bits.read(1) != 0
        && let Some(kept) = stored.get_mut(k)
        && *kept & one == 0
    {
        *kept = if *kept >= 0 { kept.wrapping_add(one) } else { kept.wrapping_sub(one) };
    }
}
