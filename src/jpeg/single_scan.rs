//! A sequential picture coded in one scan: decoded from bits to samples one row of MCUs at a time,
//! without keeping coefficients.
//!
//! In: the scan and its tables. Out: the filled sink. Must not know of progressive coding.

use super::bits::Bits;
use super::block::{Selection, ac, dc, skip_ac};
use super::cpu::Cpu;
use super::error::{ScanError, malformed};
use super::frame::Frame;
use super::huffman::{AcCodes, Codes};
use super::idct;
use super::scan::{BlockPosition, ScanState, Visitor};
use super::scan_header::ScanHeader;
use super::sink::Sink;
use super::tables::{Quantization, Tables};
use crate::error::Result;

/// The decoder of the scan.
pub(super) struct SingleScan<'a, P, S = Vec<u8>> {
    cpu: P,
    sink: &'a mut Sink<S>,
    /// The index of the current row of MCUs in the sink's planes.
    buffer_row: usize,
    components: Vec<Coded<'a>>,
}

struct Coded<'a> {
    /// Its index in the frame.
    index: usize,
    /// Rows of blocks in an MCU.
    v: usize,
    selection: Selection,
    dc: Codes,
    ac: AcCodes,
    quantization: &'a Quantization,
}

impl<'a, P, S: AsRef<[u8]> + AsMut<[u8]>> SingleScan<'a, P, S> {
    pub(super) fn new(
        cpu: P,
        frame: &Frame,
        scan: &ScanHeader,
        tables: &'a Tables,
        sink: &'a mut Sink<S>,
    ) -> Result<Self> {
        let missing = |what: &str| malformed(scan.data_offset, format_args!("scan without its {what} table"));
        let mut components = Vec::with_capacity(4);
        for coded in &scan.components {
            let quantization = frame
                .components
                .get(coded.index)
                .and_then(|component| tables.quantization.get(component.quantization));
            let geometry = sink.planes[coded.index].geometry;
            components.push(Coded {
                index: coded.index,
                v: geometry.v,
                selection: Selection::new(geometry.zigzag_end),
                dc: tables.dc_codes(coded.dc).ok_or_else(|| missing("DC"))?,
                ac: tables.ac_codes(coded.ac).ok_or_else(|| missing("AC"))?,
                quantization: quantization
                    .and_then(Option::as_deref)
                    .ok_or_else(|| missing("quantization"))?,
            });
        }
        let buffer_row = sink.buffer_row(0);
        Ok(Self { cpu, sink, buffer_row, components })
    }
}

impl<P: Cpu, S: AsRef<[u8]> + AsMut<[u8]>> Visitor for SingleScan<'_, P, S> {
    #[inline(always)]
    fn block(
        &mut self,
        bits: &mut Bits<'_>,
        state: &mut ScanState,
        position: BlockPosition,
    ) -> Result<(), ScanError> {
        let coded = &self.components[position.scan_index];
        let plane = &mut self.sink.planes[coded.index & 3];
        let dc = dc(bits, &coded.dc, &mut state.predicted[position.scan_index & 3])?;
        let wanted =
            self.sink.columns.contains(position.mcu_column) && position.row >= self.sink.rows.start * coded.v;
        let (buffer_row, column) = (self.buffer_row * coded.v + position.mcu_line, position.column);
        if !wanted || plane.geometry.block_size == 1 {
            if wanted {
                plane.put_block(buffer_row, column, &[[idct::eighth(dc, coded.quantization)]]);
            }
            return skip_ac(bits, &coded.ac, 1);
        }
        let mut block = [0; 64];
        block[0] = dc;
        ac(bits, &coded.ac, &coded.selection, &mut block)?;
        match plane.geometry.block_size {
            2 => {
                let corner = [[block[0], block[1]], [block[8], block[9]]];
                plane.put_block(buffer_row, column, &idct::quarter(corner, coded.quantization));
            }
            4 => plane.put_block(buffer_row, column, &self.cpu.idct_half(&block, coded.quantization)),
            _ => plane.put_block(buffer_row, column, &self.cpu.idct_full(&block, coded.quantization)),
        }
        Ok(())
    }

    fn missing_block(&mut self, position: BlockPosition) {
        let coded = &self.components[position.scan_index];
        if !self.sink.columns.contains(position.mcu_column) || position.row < self.sink.rows.start * coded.v {
            return;
        }
        let plane = &mut self.sink.planes[coded.index & 3];
        plane.put_gray_block(self.buffer_row * coded.v + position.mcu_line, position.column);
    }

    fn end_row(&mut self, row: usize) {
        if self.sink.rows.contains(row) {
            self.sink.finish_row(self.cpu, row);
        }
        self.buffer_row = self.sink.buffer_row(row + 1);
    }
}

/// Reads a scan only to see whether it is complete.
pub(super) struct Skim(Vec<(Codes, AcCodes)>);

impl Skim {
    pub(super) fn new(scan: &ScanHeader, tables: &Tables) -> Result<Self> {
        let codes = scan.components.iter();
        let codes = codes.map(|coded| Some((tables.dc_codes(coded.dc)?, tables.ac_codes(coded.ac)?)));
        let missing = || malformed(scan.data_offset, "scan without its Huffman tables");
        codes.collect::<Option<_>>().map(Self).ok_or_else(missing)
    }
}

impl Visitor for Skim {
    fn block(
        &mut self,
        bits: &mut Bits<'_>,
        state: &mut ScanState,
        position: BlockPosition,
    ) -> Result<(), ScanError> {
        let (dc_codes, ac_codes) = self.0.get(position.scan_index).ok_or(ScanError::RunPastBlock)?;
        dc(bits, dc_codes, &mut state.predicted[position.scan_index & 3])?;
        skip_ac(bits, ac_codes, 1)
    }

    fn missing_block(&mut self, _position: BlockPosition) {}
}
