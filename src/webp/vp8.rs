//! VP8 key frames (RFC 6386), WebP's lossy bitstream.
//!
//! In: a frame. Out: planes of Y, U and V in whole macroblocks, decoded a row of macroblocks at a time. Must not know of colors or
//! alpha.

mod bool_decoder;
mod coefficients;
mod filter;
mod header;
mod modes;
mod plane;
mod predict;
mod tables;
#[cfg(test)]
mod tests;
mod transform;
mod vectors_simd;

pub(crate) use self::plane::Plane;

use self::coefficients::{Coefficients, Edge};
use self::header::{Header, Strength};
use self::modes::{Luma, Macroblock, SubblockMode};
use self::plane::{Edges, Filtered as _};
use self::predict::{ChromaField, LumaField};
use super::malformed;
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// A frame whose header is read.
#[derive(Debug)]
pub(crate) struct Frame<'a>(Header<'a>);

impl<'a> Frame<'a> {
    /// Reads the header. If `lenient`, the data behind it may be cut short.
    pub(crate) fn read_header(frame: &'a [u8], lenient: bool) -> Result<Self> {
        Header::read(frame, lenient).map(Self)
    }

    /// Width and height in pixels.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.0.width, self.0.height)
    }

    /// Y, U and V; luma's rows are padded to whole macroblocks of 16 samples, chroma's of 8. `end` is where the frame's data end
    /// in the file.
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
        let working = (across * size_of::<Column>()) as u64;
        budget.reserve(Stage::Decode, working)?;
        let mut rows = Rows::new(header, across);
        for row in 0..down {
            budget.check_interrupt(Stage::Decode)?;
            if let Err(error) = rows.decode(row, &mut planes) {
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

/// What a column of macroblocks hands down from row to row.
#[derive(Debug, Clone, Default)]
struct Column {
    modes: [SubblockMode; 4],
    edge: Edge,
    /// The last row of samples, before it is filtered.
    luma: [u8; 16],
    chroma: [[u8; 8]; 2],
    /// How this row's macroblock is filtered, and whether within.
    strength: Strength,
    inner: bool,
}

struct Rows<'a> {
    header: Header<'a>,
    columns: Vec<Column>,
    residue: Box<Coefficients>,
    luma: LumaField,
    chroma: [ChromaField; 2],
}

impl<'a> Rows<'a> {
    fn new(header: Header<'a>, across: usize) -> Self {
        Self {
            header,
            columns: vec![Column::default(); across],
            residue: Box::new(Coefficients::new()),
            luma: LumaField::new(),
            chroma: [ChromaField::new(), ChromaField::new()],
        }
    }

    /// Decodes a row of macroblocks into the planes.
    fn decode(&mut self, row: usize, planes: &mut [Plane; 3]) -> Result<()> {
        let early = || malformed("its frame's data end early");
        let top = row == 0;
        self.luma.begin_row(top);
        self.chroma.iter_mut().for_each(|field| field.begin_row(top));
        let (mut left_modes, mut left_edge) = ([SubblockMode::Dc; 4], Edge::default());
        let partition = row & (self.header.tokens.len() - 1);
        for x in 0..self.columns.len() {
            let Self { header, columns, residue, .. } = self;
            let Some(column) = columns.get_mut(x) else { break };
            let tokens = header.tokens.get_mut(partition).ok_or_else(early)?;
            let block = Macroblock::read(
                &mut header.modes,
                header.segment_tree,
                header.skip,
                &mut column.modes,
                &mut left_modes,
            );
            let whole = matches!(block.luma, Luma::Whole(_));
            let some = if block.skipped {
                column.edge.clear(whole);
                left_edge.clear(whole);
                false
            } else {
                let steps = &header.steps[block.segment & 3];
                residue.read(tokens, &header.probabilities, steps, whole, &mut column.edge, &mut left_edge)
            };
            if let Some(filter) = &header.filter {
                column.strength = filter.strengths[block.segment & 3][usize::from(!whole)];
                column.inner = !whole || some;
            }
            if header.modes.ended() || tokens.ended() {
                return Err(early());
            }
            self.reconstruct(x, top, &block, some);
            self.put(x, row, planes);
        }
        self.filter(row, planes);
        Ok(())
    }

    /// Predicts a macroblock and adds its differences.
    fn reconstruct(&mut self, x: usize, top: bool, block: &Macroblock, some: bool) {
        let Self { columns, residue, luma, chroma, .. } = self;
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
        let blocks = residue.blocks.iter().zip(&residue.extents).enumerate();
        match &block.luma {
            Luma::Whole(mode) => {
                luma.predict(*mode, top, first);
                for (at, (block, extent)) in blocks.clone().take(16).filter(|_| some) {
                    luma.edit(at % 4, at / 4, |square| extent.add(block, square));
                }
            }
            Luma::Subblocks(modes) => {
                luma.spread_right();
                for ((at, (block, extent)), mode) in blocks.clone().zip(modes) {
                    luma.predict_subblock(at % 4, at / 4, *mode);
                    if some {
                        luma.edit(at % 4, at / 4, |square| extent.add(block, square));
                    }
                }
            }
        }
        for (plane, field) in chroma.iter_mut().enumerate() {
            field.begin(first, (!top).then_some(&column.chroma[plane]));
            field.predict(block.chroma, top, first);
            for (at, (block, extent)) in blocks.clone().skip(16 + 4 * plane).take(4).filter(|_| some) {
                field.edit(at % 2, at / 2 % 2, |square| extent.add(block, square));
            }
        }
    }

    /// Puts a macroblock into the planes, and its last rows where the next row of macroblocks looks for them. Those stay as they
    /// are when the planes are filtered.
    fn put(&mut self, x: usize, row: usize, [y, u, v]: &mut [Plane; 3]) {
        let Some(column) = self.columns.get_mut(x) else { return };
        for (line, samples) in self.luma.rows().enumerate() {
            y.put(16 * x, 16 * row + line, samples);
            if line == 15 {
                column.luma.copy_from_slice(samples);
            }
        }
        for ((plane, field), last) in [u, v].into_iter().zip(&self.chroma).zip(&mut column.chroma) {
            for (line, samples) in field.rows().enumerate() {
                plane.put(8 * x, 8 * row + line, samples);
                if line == 7 {
                    last.copy_from_slice(samples);
                }
            }
        }
    }

    /// Filters the row just decoded, which changes some of the row above, too.
    fn filter(&self, row: usize, planes: &mut [Plane; 3]) {
        let Some(filter) = &self.header.filter else { return };
        let [luma, chroma @ ..] = planes;
        for (x, column) in self.columns.iter().enumerate().filter(|(_, column)| column.strength.limit > 0) {
            let edges = Edges { left: x > 0, above: row > 0, inner: column.inner, simple: filter.simple };
            luma.filter(16 * x, 16 * row, &column.strength, edges);
            if !filter.simple {
                chroma.filter(8 * x, 8 * row, &column.strength, edges);
            }
        }
    }
}
