//! Pictures that need several scans: coefficients are put together first, then transformed.
//!
//! In: scans and their tables. Out: stores, filled. Must not know of pixels.

use super::bits::Bits;
use super::block::{Selection, ac, dc, wrap_i16};
use super::coefficients::{CoefficientBuffer, Slot};
use super::error::{ScanError, malformed};
use super::huffman::{AcCodes, BandCodes, Codes};
use super::scan::{Place, State, Visitor};
use super::scan_header::Scan;
use super::tables::{Tables, ZIGZAG};
use crate::error::Result;

/// What a scan does to a block, with the tables for it; tables by the scan's components.
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

/// One scan's decoder.
pub(super) struct MultiScan<'a> {
    scan: &'a Scan,
    stores: &'a mut [CoefficientBuffer],
    step: Step,
}

impl<'a> MultiScan<'a> {
    pub(super) fn new(
        progressive: bool,
        scan: &'a Scan,
        tables: &Tables,
        stores: &'a mut [CoefficientBuffer],
    ) -> Result<Self> {
        let missing = || malformed(scan.data, "a scan without its tables");
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
        Ok(Self { scan, stores, step })
    }
}

impl Visitor for MultiScan<'_> {
    /// What was stored of it before stays.
    fn missing(&mut self, _place: Place) {}

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, state: &mut State, place: Place) -> Result<(), ScanError> {
        let scan = self.scan;
        let coded = scan.components.get(place.slot).ok_or(ScanError::RunPastBlock)?;
        let store = self.stores.get_mut(coded.index).ok_or(ScanError::RunPastBlock)?;
        let predicted = &mut state.predicted[place.slot & 3];
        // Scans of DC coefficients are all that an eighth needs of most files: nothing is looked up for them that only
        // bands need.
        match &self.step {
            Step::DcFirst(tables) => {
                let value = dc(bits, &tables[place.slot], predicted)?;
                let kept = store.dc_mut(place.row, place.column).ok_or(ScanError::RunPastBlock)?;
                *kept = value.wrapping_shl(scan.low);
                return Ok(());
            }
            Step::DcRefine => {
                bits.ensure(1);
                let bit = wrap_i16(bits.read(1).cast_signed());
                let kept = store.dc_mut(place.row, place.column).ok_or(ScanError::RunPastBlock)?;
                *kept |= bit.wrapping_shl(scan.low);
                return Ok(());
            }
            _ => {}
        }
        let mut slot = store.slot(place.row, place.column).ok_or(ScanError::RunPastBlock)?;
        match &self.step {
            Step::Sequential(tables, all) => {
                let (dc_codes, ac_codes) = &tables[place.slot];
                let mut block = [0; 64];
                block[0] = dc(bits, dc_codes, predicted)?;
                ac(bits, ac_codes, all, &mut block)?;
                for (k, &position) in ZIGZAG.iter().enumerate() {
                    if let Some(kept) = slot.at(k) {
                        *kept = block[usize::from(position & 63)];
                    }
                }
                Ok(())
            }
            Step::AcFirst(codes) => ac_first(bits, codes, scan, &mut state.empty, &mut slot),
            Step::AcRefine(codes) => ac_refine(bits, codes, scan, &mut state.empty, &mut slot),
            Step::DcFirst(_) | Step::DcRefine => Ok(()),
        }
    }
}

/// T.81 G.1.2.2.
#[inline(always)]
fn ac_first(
    bits: &mut Bits<'_>,
    table: &BandCodes,
    scan: &Scan,
    empty: &mut u32,
    slot: &mut Slot<'_>,
) -> Result<(), ScanError> {
    if *empty > 0 {
        *empty -= 1;
        return Ok(());
    }
    let mut k = scan.start;
    while k <= scan.end {
        bits.ensure(32);
        let one = table.one(bits);
        let (run, size, value) = if one.length() != 0 {
            if one.ends() {
                *empty =
                    (1_u32.wrapping_shl(one.size()) | bits.read_of(one.entry(), one.size())).wrapping_sub(1);
                return Ok(());
            }
            (one.run(), one.size(), bits.read_signed_of(one.entry(), one.size()))
        } else {
            let symbol = table.codes.symbol(bits)?;
            let (run, size) = (symbol >> 4, symbol & 15);
            if size == 0 && run != 15 {
                *empty = (1_u32.wrapping_shl(run) | bits.read(run)).wrapping_sub(1);
                return Ok(());
            }
            (run as usize, size, bits.read_signed(size))
        };
        k += run;
        if size != 0 {
            if k > scan.end {
                return Err(ScanError::RunPastBlock);
            }
            slot.set(k, wrap_i16(value.wrapping_shl(scan.low)));
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
    scan: &Scan,
    empty: &mut u32,
    slot: &mut Slot<'_>,
) -> Result<(), ScanError> {
    let one = wrap_i16(1_i32.wrapping_shl(scan.low));
    let mut k = scan.start;
    if *empty == 0 {
        while k <= scan.end {
            bits.ensure(32);
            let symbol = codes.symbol(bits)?;
            let (mut run, size) = (symbol >> 4, symbol & 15);
            let value = match size {
                0 if run != 15 => {
                    *empty = 1_u32.wrapping_shl(run) | bits.read(run);
                    break;
                }
                0 => None,
                1 => Some(if bits.read(1) != 0 { one } else { one.wrapping_neg() }),
                _ => return Err(ScanError::Refinement),
            };
            while k <= scan.end {
                if slot.nonzero(k) {
                    correct(bits, slot, k, one);
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
                slot.set(k, value);
            }
            k += 1;
        }
    }
    if *empty > 0 {
        while k <= scan.end {
            if slot.nonzero(k) {
                correct(bits, slot, k, one);
            }
            k += 1;
        }
        *empty -= 1;
    }
    Ok(())
}

/// Reads a correction bit for a coefficient that is not zero.
#[inline(always)]
fn correct(bits: &mut Bits<'_>, slot: &mut Slot<'_>, k: usize, one: i16) {
    bits.ensure(1);
    if bits.read(1) != 0
        && let Some(kept) = slot.at(k)
        && *kept & one == 0
    {
        *kept = if *kept >= 0 { kept.wrapping_add(one) } else { kept.wrapping_sub(one) };
    }
}
