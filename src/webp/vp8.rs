//! VP8 key frames (RFC 6386), the bitstream of lossy WebP.
//!
//! In: a frame. Out: Y, U and V planes of whole macroblocks, decoded one macroblock row at a time.
//! Must not know of colors or alpha.

mod bool_decoder;
mod coefficients;
mod filter;
mod header;
mod modes;
mod plane;
mod predict;
mod simd;
mod tables;
#[cfg(test)]
mod tests;
mod transform;

pub(crate) use self::plane::Plane;

use self::coefficients::{Coefficients, NonzeroContext};
use self::header::{FilterLimits, Header};
use self::modes::{LumaMode, Macroblock, SubblockMode};
use self::plane::{FilteredEdges, LoopFilter as _};
use self::predict::{ChromaBuffer, LumaBuffer};
use super::error::malformed;
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// A frame whose header has been read.
#[derive(Debug)]
pub(crate) struct Frame<'a>(Header<'a>);

impl<'a> Frame<'a> {
    /// Reads the header. If `lenient`, the data after it may be truncated.
    pub(crate) fn read_header(frame: &'a [u8], lenient: bool) -> Result<Self> {
        Header::read(frame, lenient).map(Self)
    }

    /// Width and height in pixels.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.0.width, self.0.height)
    }

    /// Decodes the Y, U and V planes. Rows are padded to whole macroblocks, 16 samples wide in luma
    /// and 8 in chroma. `end` is the offset in the file where the frame's data end.
    pub(crate) fn decode(
        self,
        end: usize,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<[Plane; 3]> {
        let Self(header) = self;
        let (across, down) = (header.width.div_ceil(16), header.height.div_ceil(16));
        let mut planes = [
            Plane::new(across, down, 16, budget)?,
            Plane::new(across, down, 8, budget)?,
            Plane::new(across, down, 8, budget)?,
        ];
        let working = (across * size_of::<ColumnContext>()) as u64;
        budget.reserve(Stage::Decode, working)?;
        let mut decoder = RowDecoder::new(header, across);
        for row in 0..down {
            budget.check_interrupt(Stage::Decode)?;
            if let Err(error) = decoder.decode(row, &mut planes) {
                if error.malformed_detail().is_none_or(|detail| !tolerance.accepts(end, detail)) {
                    return Err(error);
                }
                tolerance.lacks(down - row, down);
                for (plane, (side, gray)) in planes.iter_mut().zip([(16, GRAY), (8, 128), (8, 128)]) {
                    plane
                        .samples
                        .iter_mut()
                        .skip(row * side * plane.stride)
                        .for_each(|sample| *sample = gray);
                }
                break;
            }
        }
        budget.release(working);
        Ok(planes)
    }
}

/// Luma of middle gray, in video range.
const GRAY: u8 = 126;

/// State that a column of macroblocks passes from one row to the next.
#[derive(Debug, Clone, Default)]
struct ColumnContext {
    modes: [SubblockMode; 4],
    nonzero: NonzeroContext,
    /// The last row of samples, before the loop filter.
    luma: [u8; 16],
    chroma: [[u8; 8]; 2],
    /// Filter limits of this row's macroblock, and whether its subblock edges are filtered.
    limits: FilterLimits,
    inner: bool,
}

struct RowDecoder<'a> {
    header: Header<'a>,
    columns: Vec<ColumnContext>,
    coefficients: Box<Coefficients>,
    luma: LumaBuffer,
    chroma: [ChromaBuffer; 2],
}

impl<'a> RowDecoder<'a> {
    fn new(header: Header<'a>, across: usize) -> Self {
        Self {
            header,
            columns: vec![ColumnContext::default(); across],
            coefficients: Box::new(Coefficients::new()),
            luma: LumaBuffer::new(),
            chroma: [ChromaBuffer::new(), ChromaBuffer::new()],
        }
    }

    /// Decodes one row of macroblocks into the planes.
    fn decode(&mut self, row: usize, planes: &mut [Plane; 3]) -> Result<()> {
        let truncated = || malformed("truncated frame data");
        let top = row == 0;
        self.luma.begin_row(top);
        self.chroma.iter_mut().for_each(|buffer| buffer.begin_row(top));
        let (mut left_modes, mut left_nonzero) = ([SubblockMode::Dc; 4], NonzeroContext::default());
        let partition = row & (self.header.tokens.len() - 1);
        for x in 0..self.columns.len() {
            let Self { header, columns, coefficients, .. } = self;
            let Some(column) = columns.get_mut(x) else { break };
            let tokens = header.tokens.get_mut(partition).ok_or_else(truncated)?;
            let block = Macroblock::read(
                &mut header.modes,
                header.segment_tree,
                header.skip,
                &mut column.modes,
                &mut left_modes,
            );
            let has_y2 = matches!(block.luma, LumaMode::Macroblock(_));
            let has_coefficients = if block.skipped {
                column.nonzero.clear(has_y2);
                left_nonzero.clear(has_y2);
                false
            } else {
                let dequant = &header.dequant[block.segment & 3];
                coefficients.read(
                    tokens,
                    &header.probabilities,
                    dequant,
                    has_y2,
                    &mut column.nonzero,
                    &mut left_nonzero,
                )
            };
            if let Some(filter) = &header.filter {
                column.limits = filter.limits[block.segment & 3][usize::from(!has_y2)];
                column.inner = !has_y2 || has_coefficients;
            }
            if header.modes.past_end() || tokens.past_end() {
                return Err(truncated());
            }
            self.reconstruct(x, top, &block, has_coefficients);
            self.store(x, row, planes);
        }
        self.filter(row, planes);
        Ok(())
    }

    /// Predicts a macroblock and adds its residue.
    fn reconstruct(&mut self, x: usize, top: bool, block: &Macroblock, has_coefficients: bool) {
        let Self { columns, coefficients, luma, chroma, .. } = self;
        let first = x == 0;
        let Some(column) = columns.get(x) else { return };
        if top {
            luma.begin(first, None);
        } else {
            let mut above = [0; 20];
            above[..16].copy_from_slice(&column.luma);
            let right =
                columns.get(x + 1).map_or([column.luma[15]; 4], |next| std::array::from_fn(|i| next.luma[i]));
            above[16..].copy_from_slice(&right);
            luma.begin(first, Some(&above));
        }
        let blocks = coefficients.blocks.iter().zip(&coefficients.extents).enumerate();
        match &block.luma {
            LumaMode::Macroblock(mode) => {
                luma.predict(*mode, top, first);
                for (at, (block, extent)) in blocks.clone().take(16).filter(|_| has_coefficients) {
                    luma.edit_subblock(at % 4, at / 4, |subblock| extent.add(block, subblock));
                }
            }
            LumaMode::Subblocks(modes) => {
                luma.copy_above_right();
                for ((at, (block, extent)), mode) in blocks.clone().zip(modes) {
                    luma.predict_subblock(at % 4, at / 4, *mode);
                    if has_coefficients {
                        luma.edit_subblock(at % 4, at / 4, |subblock| extent.add(block, subblock));
                    }
                }
            }
        }
        for (plane, buffer) in chroma.iter_mut().enumerate() {
            buffer.begin(first, (!top).then_some(&column.chroma[plane]));
            buffer.predict(block.chroma, top, first);
            for (at, (block, extent)) in
                blocks.clone().skip(16 + 4 * plane).take(4).filter(|_| has_coefficients)
            {
                buffer.edit_subblock(at % 2, at / 2 % 2, |subblock| extent.add(block, subblock));
            }
        }
    }

    /// Stores a macroblock in the planes, and its last rows in the column, unfiltered, for the
    /// prediction of the next row.
    fn store(&mut self, x: usize, row: usize, [y, u, v]: &mut [Plane; 3]) {
        let Some(column) = self.columns.get_mut(x) else { return };
        for (line, samples) in self.luma.rows().enumerate() {
            y.store_row(16 * x, 16 * row + line, samples);
            if line == 15 {
                column.luma.copy_from_slice(samples);
            }
        }
        for ((plane, buffer), last) in [u, v].into_iter().zip(&self.chroma).zip(&mut column.chroma) {
            for (line, samples) in buffer.rows().enumerate() {
                plane.store_row(8 * x, 8 * row + line, samples);
                if line == 7 {
                    last.copy_from_slice(samples);
                }
            }
        }
    }

    /// Filters the row just decoded, which also changes part of the row above.
    fn filter(&self, row: usize, planes: &mut [Plane; 3]) {
        let Some(filter) = &self.header.filter else { return };
        let [luma, chroma @ ..] = planes;
        for (x, column) in self.columns.iter().enumerate().filter(|(_, column)| column.limits.edge_limit > 0)
        {
            let edges =
                FilteredEdges { left: x > 0, above: row > 0, inner: column.inner, simple: filter.simple };
            luma.filter(16 * x, 16 * row, &column.limits, edges);
            if !filter.simple {
                chroma.filter(8 * x, 8 * row, &column.limits, edges);
            }
        }
    }
}
