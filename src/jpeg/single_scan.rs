//! A sequential picture coded in one scan: from bits to pixels a row of MCUs at a time, nothing kept.
//!
//! In: the scan and its tables. Out: the canvas, filled. Must not know of progressive coding.

use super::bits::Bits;
use super::block::{Selection, ac, dc, skip_ac};
use super::cpu::Cpu;
use super::error::{ScanError, malformed};
use super::huffman::{AcCodes, Codes};
use super::idct;
use super::scan::{Place, State, Visitor};
use super::scan_header::Scan;
use super::sink::Sink;
use super::tables::{Quantization, Tables};
use crate::error::Result;

/// A scan's decoder.
pub(super) struct SingleScan<'a, P, S = Vec<u8>> {
    cpu: P,
    canvas: &'a mut Sink<S>,
    /// The place of the row of MCUs that is being read.
    turn: usize,
    components: Vec<Coded<'a>>,
}

struct Coded<'a> {
    /// Its place in the frame.
    index: usize,
    /// Blocks of an MCU's height.
    v: usize,
    kept: Selection,
    dc: Codes,
    ac: AcCodes,
    quantization: &'a Quantization,
}

impl<'a, P, S: AsRef<[u8]> + AsMut<[u8]>> SingleScan<'a, P, S> {
    pub(super) fn new(
        cpu: P,
        scan: &Scan,
        tables: &'a Tables,
        canvas: &'a mut Sink<S>,
        slots: &[usize],
    ) -> Result<Self> {
        let missing = |what: &str| malformed(scan.data, format_args!("a scan without its {what} table"));
        let mut components = Vec::with_capacity(4);
        for coded in &scan.components {
            let quantization = slots.get(coded.index).and_then(|&slot| tables.quantization.get(slot));
            let shape = canvas.planes[coded.index].shape;
            components.push(Coded {
                index: coded.index,
                v: shape.v,
                kept: Selection::new(shape.keep),
                dc: tables.dc_codes(coded.dc).ok_or_else(|| missing("DC"))?,
                ac: tables.ac_codes(coded.ac).ok_or_else(|| missing("AC"))?,
                quantization: quantization
                    .and_then(Option::as_deref)
                    .ok_or_else(|| missing("quantization"))?,
            });
        }
        let turn = canvas.turn(0);
        Ok(Self { cpu, canvas, turn, components })
    }
}

impl<P: Cpu, S: AsRef<[u8]> + AsMut<[u8]>> Visitor for SingleScan<'_, P, S> {
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, state: &mut State, place: Place) -> Result<(), ScanError> {
        let coded = &self.components[place.slot];
        let plane = &mut self.canvas.planes[coded.index & 3];
        let dc = dc(bits, &coded.dc, &mut state.predicted[place.slot & 3])?;
        let wanted = self.canvas.columns.contains(place.mcu) && place.row >= self.canvas.rows.start * coded.v;
        let (turn, column) = (self.turn * coded.v + place.line, place.column);
        if !wanted || plane.shape.size == 1 {
            if wanted {
                plane.put(turn, column, &[[idct::eighth(dc, coded.quantization)]]);
            }
            return skip_ac(bits, &coded.ac, 1);
        }
        let mut block = [0; 64];
        block[0] = dc;
        ac(bits, &coded.ac, &coded.kept, &mut block)?;
        match plane.shape.size {
            2 => {
                let corner = [[block[0], block[1]], [block[8], block[9]]];
                plane.put(turn, column, &idct::quarter(corner, coded.quantization));
            }
            4 => plane.put(turn, column, &self.cpu.half(&block, coded.quantization)),
            _ => plane.put(turn, column, &self.cpu.full(&block, coded.quantization)),
        }
        Ok(())
    }

    fn missing(&mut self, place: Place) {
        let coded = &self.components[place.slot];
        if !self.canvas.columns.contains(place.mcu) || place.row < self.canvas.rows.start * coded.v {
            return;
        }
        let plane = &mut self.canvas.planes[coded.index & 3];
        plane.put_gray(self.turn * coded.v + place.line, place.column);
    }

    fn row(&mut self, row: usize) {
        if self.canvas.rows.contains(row) {
            self.canvas.finish_row(self.cpu, row);
        }
        self.turn = self.canvas.turn(row + 1);
    }
}

/// Passes over a scan, to see whether all of it is there.
pub(super) struct Skim(Vec<(Codes, AcCodes)>);

impl Skim {
    pub(super) fn new(scan: &Scan, tables: &Tables) -> Result<Self> {
        let codes = scan.components.iter();
        let codes = codes.map(|coded| Some((tables.dc_codes(coded.dc)?, tables.ac_codes(coded.ac)?)));
        let missing = || malformed(scan.data, "a scan without its tables");
        codes.collect::<Option<_>>().map(Self).ok_or_else(missing)
    }
}

impl Visitor for Skim {
    fn block(&mut self, bits: &mut Bits<'_>, state: &mut State, place: Place) -> Result<(), ScanError> {
        let (dc_codes, ac_codes) = self.0.get(place.slot).ok_or(ScanError::RunPastBlock)?;
        dc(bits, dc_codes, &mut state.predicted[place.slot & 3])?;
        skip_ac(bits, ac_codes, 1)
    }

    fn missing(&mut self, _place: Place) {}
}
