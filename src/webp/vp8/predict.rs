//! Intra prediction (RFC 6386 section 12), and the buffers that hold a macroblock with its
//! neighbors.
//!
//! In: modes, and samples above and to the left. Out: samples. Must not know of coefficients.

use super::modes::{Mode, SubblockMode};
use super::transform::Subblock;

/// Offset of a row's first sample; the one before it belongs to the left neighbor.
const LEFT: usize = 8;

/// A macroblock of one component, `N` samples a side, with the row above it and the column to its
/// left.
#[derive(Debug)]
pub(super) struct PredictionBuffer<const N: usize, const ROWS: usize, const STRIDE: usize> {
    samples: [[u8; STRIDE]; ROWS],
}

pub(super) type LumaBuffer = PredictionBuffer<16, 17, 32>;
pub(super) type ChromaBuffer = PredictionBuffer<8, 9, 16>;

/// Samples above the image, and left of it.
const ABOVE_IMAGE: u8 = 127;
const LEFT_OF_IMAGE: u8 = 129;

impl<const N: usize, const ROWS: usize, const STRIDE: usize> PredictionBuffer<N, ROWS, STRIDE> {
    pub(super) fn new() -> Self {
        Self { samples: [[0; STRIDE]; ROWS] }
    }

    /// Prepares for the first macroblock of a row.
    pub(super) fn begin_row(&mut self, top: bool) {
        for row in &mut self.samples {
            row[LEFT - 1] = LEFT_OF_IMAGE;
        }
        self.samples[0][LEFT - 1] = if top { ABOVE_IMAGE } else { LEFT_OF_IMAGE };
    }

    /// Moves the right column of the last macroblock to the left of this one, and sets the row
    /// above: `N` samples, and four more for luma.
    pub(super) fn begin(&mut self, first: bool, above: Option<&[u8]>) {
        if !first {
            for row in &mut self.samples {
                row[LEFT - 1] = row[LEFT + N - 1];
            }
        }
        match above {
            Some(above) => self.samples[0][LEFT..LEFT + above.len()].copy_from_slice(above),
            None => self.samples[0][LEFT..].fill(ABOVE_IMAGE),
        }
    }

    /// The rows of the macroblock.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.samples.iter().skip(1).map(|row| &row[LEFT..LEFT + N])
    }

    /// Predicts the whole macroblock. `top` and `first` mean that there is no neighbor above or to
    /// the left.
    #[inline(always)]
    pub(super) fn predict(&mut self, mode: Mode, top: bool, first: bool) {
        let above: [u8; N] = std::array::from_fn(|x| self.samples[0][LEFT + x]);
        let left: [u8; N] = std::array::from_fn(|y| self.samples[1 + y][LEFT - 1]);
        let corner = self.samples[0][LEFT - 1];
        let rows = self.samples.iter_mut().skip(1).map(|row| &mut row[LEFT..LEFT + N]);
        match mode {
            Mode::Dc => {
                let sum = |side: &[u8; N]| side.iter().map(|&sample| u32::from(sample)).sum::<u32>();
                let log = N.trailing_zeros();
                let mean = match (top, first) {
                    (true, true) => 128,
                    (true, false) => (sum(&left) + (1 << (log - 1))) >> log,
                    (false, true) => (sum(&above) + (1 << (log - 1))) >> log,
                    (false, false) => (sum(&left) + sum(&above) + (1 << log)) >> (log + 1),
                };
                rows.for_each(|row| row.fill(mean.to_le_bytes()[0]));
            }
            Mode::Vertical => rows.for_each(|row| row.copy_from_slice(&above)),
            Mode::Horizontal => rows.zip(left).for_each(|(row, left)| row.fill(left)),
            Mode::TrueMotion => {
                for (row, left) in rows.zip(left) {
                    let base = i16::from(left) - i16::from(corner);
                    for (sample, above) in row.iter_mut().zip(above) {
                        *sample = (i16::from(above) + base).clamp(0, 255).to_le_bytes()[0];
                    }
                }
            }
        }
    }

    /// Edits the samples of the subblock at `(x, y)`, in subblocks.
    #[inline(always)]
    pub(super) fn edit_subblock(&mut self, x: usize, y: usize, change: impl FnOnce(&mut Subblock)) {
        let (row, column) = (1 + 4 * y, LEFT + 4 * x);
        let mut subblock =
            std::array::from_fn(|i| std::array::from_fn(|j| self.samples[row + i][column + j]));
        change(&mut subblock);
        for (i, line) in subblock.iter().enumerate() {
            self.samples[row + i][column..column + 4].copy_from_slice(line);
        }
    }
}

impl LumaBuffer {
    /// Copies the samples above and to the right of the macroblock next to the lower subblocks,
    /// too, which use them as their own above-right samples.
    pub(super) fn copy_above_right(&mut self) {
        let right: [u8; 4] = std::array::from_fn(|i| self.samples[0][LEFT + 16 + i]);
        for row in [4, 8, 12] {
            self.samples[row][LEFT + 16..LEFT + 20].copy_from_slice(&right);
        }
    }

    /// Predicts the subblock at `(x, y)`, in subblocks (section 12.3).
    #[inline(always)]
    pub(super) fn predict_subblock(&mut self, x: usize, y: usize, mode: SubblockMode) {
        let (row, column) = (4 * y, LEFT + 4 * x);
        let above = |i: usize| self.samples[row][column + i];
        let left = |i: usize| self.samples[row + 1 + i][column - 1];
        let p = self.samples[row][column - 1];
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(above);
        let [i, j, k, l] = std::array::from_fn(left);
        let out = match mode {
            SubblockMode::Dc => {
                let sum: u32 = [a, b, c, d, i, j, k, l].into_iter().map(u32::from).sum();
                [[((sum + 4) >> 3).to_le_bytes()[0]; 4]; 4]
            }
            SubblockMode::TrueMotion => [i, j, k, l].map(|left| {
                let base = i16::from(left) - i16::from(p);
                [a, b, c, d].map(|above| (i16::from(above) + base).clamp(0, 255).to_le_bytes()[0])
            }),
            SubblockMode::Vertical => [[avg3(p, a, b), avg3(a, b, c), avg3(b, c, d), avg3(c, d, e)]; 4],
            SubblockMode::Horizontal => {
                [avg3(p, i, j), avg3(i, j, k), avg3(j, k, l), avg3(k, l, l)].map(|left| [left; 4])
            }
            SubblockMode::LeftDown => {
                let line = [
                    avg3(a, b, c),
                    avg3(b, c, d),
                    avg3(c, d, e),
                    avg3(d, e, f),
                    avg3(e, f, g),
                    avg3(f, g, h),
                    avg3(g, h, h),
                ];
                std::array::from_fn(|y| std::array::from_fn(|x| line[x + y]))
            }
            SubblockMode::RightDown => {
                let line = [
                    avg3(j, k, l),
                    avg3(i, j, k),
                    avg3(p, i, j),
                    avg3(a, p, i),
                    avg3(p, a, b),
                    avg3(a, b, c),
                    avg3(b, c, d),
                ];
                std::array::from_fn(|y| std::array::from_fn(|x| line[3 + x - y]))
            }
            SubblockMode::VerticalRight => {
                let even = [avg2(p, a), avg2(a, b), avg2(b, c), avg2(c, d)];
                let odd = [avg3(i, p, a), avg3(p, a, b), avg3(a, b, c), avg3(b, c, d)];
                let (near, far) = (avg3(j, i, p), avg3(k, j, i));
                [even, odd, [near, even[0], even[1], even[2]], [far, odd[0], odd[1], odd[2]]]
            }
            SubblockMode::VerticalLeft => {
                let even = [avg2(a, b), avg2(b, c), avg2(c, d), avg2(d, e)];
                let odd = [avg3(a, b, c), avg3(b, c, d), avg3(c, d, e), avg3(d, e, f)];
                let (near, far) = (avg3(e, f, g), avg3(f, g, h));
                [even, odd, [even[1], even[2], even[3], near], [odd[1], odd[2], odd[3], far]]
            }
            SubblockMode::HorizontalDown => {
                let line = [
                    avg2(l, k),
                    avg3(l, k, j),
                    avg2(k, j),
                    avg3(k, j, i),
                    avg2(j, i),
                    avg3(j, i, p),
                    avg2(i, p),
                    avg3(i, p, a),
                    avg3(p, a, b),
                    avg3(a, b, c),
                ];
                std::array::from_fn(|y| std::array::from_fn(|x| line[6 + x - 2 * y]))
            }
            SubblockMode::HorizontalUp => {
                let line = [
                    avg2(i, j),
                    avg3(i, j, k),
                    avg2(j, k),
                    avg3(j, k, l),
                    avg2(k, l),
                    avg3(k, l, l),
                    l,
                    l,
                    l,
                    l,
                ];
                std::array::from_fn(|y| std::array::from_fn(|x| line[x + 2 * y]))
            }
        };
        self.edit_subblock(x, y, |subblock| *subblock = out);
    }
}

#[inline(always)]
fn avg2(a: u8, b: u8) -> u8 {
    ((u16::from(a) + u16::from(b) + 1) >> 1).to_le_bytes()[0]
}

#[inline(always)]
fn avg3(a: u8, b: u8, c: u8) -> u8 {
    ((u16::from(a) + 2 * u16::from(b) + u16::from(c) + 2) >> 2).to_le_bytes()[0]
}
