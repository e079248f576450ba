//! Prediction from neighbours (RFC 6386 section 12), and the buffers that hold a macroblock with its neighbours.
//!
//! In: modes, and samples above and to the left. Out: samples. Must not know of coefficients.

use super::modes::{Mode, SubblockMode};
use super::transform::Square;

/// Columns before the first sample's: the last of them is the left neighbour's.
const LEFT: usize = 8;

/// A macroblock of one component, `N` samples a side, with the row above it and the column to its left.
#[derive(Debug)]
pub(super) struct PredictionBuffer<const N: usize, const ROWS: usize, const STRIDE: usize> {
    samples: [[u8; STRIDE]; ROWS],
}

pub(super) type LumaField = PredictionBuffer<16, 17, 32>;
pub(super) type ChromaField = PredictionBuffer<8, 9, 16>;

/// What stands above the picture, and to its left.
const ABOVE: u8 = 127;
const BESIDE: u8 = 129;

impl<const N: usize, const ROWS: usize, const STRIDE: usize> PredictionBuffer<N, ROWS, STRIDE> {
    pub(super) fn new() -> Self {
        Self { samples: [[0; STRIDE]; ROWS] }
    }

    /// Before a row's first macroblock.
    pub(super) fn begin_row(&mut self, top: bool) {
        for row in &mut self.samples {
            row[LEFT - 1] = BESIDE;
        }
        self.samples[0][LEFT - 1] = if top { ABOVE } else { BESIDE };
    }

    /// Lets the last macroblock's right column be this one's left, and takes what stands above: `N` samples, and more if luma.
    pub(super) fn begin(&mut self, first: bool, above: Option<&[u8]>) {
        if !first {
            for row in &mut self.samples {
                row[LEFT - 1] = row[LEFT + N - 1];
            }
        }
        match above {
            Some(above) => self.samples[0][LEFT..LEFT + above.len()].copy_from_slice(above),
            None => self.samples[0][LEFT..].fill(ABOVE),
        }
    }

    /// The macroblock's rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.samples.iter().skip(1).map(|row| &row[LEFT..LEFT + N])
    }

    /// Predicts all of it. `top` and `first` say that there is nothing above, nothing to the left.
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

    /// Changes the four rows of the subblock at `(x, y)`, in subblocks.
    #[inline(always)]
    pub(super) fn edit(&mut self, x: usize, y: usize, change: impl FnOnce(&mut Square)) {
        let (row, column) = (1 + 4 * y, LEFT + 4 * x);
        let mut square = std::array::from_fn(|i| std::array::from_fn(|j| self.samples[row + i][column + j]));
        change(&mut square);
        for (i, line) in square.iter().enumerate() {
            self.samples[row + i][column..column + 4].copy_from_slice(line);
        }
    }
}

impl LumaField {
    /// Puts what stands above and to the right of the macroblock beside the lower subblocks' upper right, too.
    pub(super) fn spread_right(&mut self) {
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
            SubblockMode::Vertical => [[three(p, a, b), three(a, b, c), three(b, c, d), three(c, d, e)]; 4],
            SubblockMode::Horizontal => {
                [three(p, i, j), three(i, j, k), three(j, k, l), three(k, l, l)].map(|left| [left; 4])
            }
            SubblockMode::LeftDown => {
                let line = [
                    three(a, b, c),
                    three(b, c, d),
                    three(c, d, e),
                    three(d, e, f),
                    three(e, f, g),
                    three(f, g, h),
                    three(g, h, h),
                ];
                std::array::from_fn(|y| std::array::from_fn(|x| line[x + y]))
            }
            SubblockMode::RightDown => {
                let line = [
                    three(j, k, l),
                    three(i, j, k),
                    three(p, i, j),
                    three(a, p, i),
                    three(p, a, b),
                    three(a, b, c),
                    three(b, c, d),
                ];
                std::array::from_fn(|y| std::array::from_fn(|x| line[3 + x - y]))
            }
            SubblockMode::VerticalRight => {
                let even = [two(p, a), two(a, b), two(b, c), two(c, d)];
                let odd = [three(i, p, a), three(p, a, b), three(a, b, c), three(b, c, d)];
                let (near, far) = (three(j, i, p), three(k, j, i));
                [even, odd, [near, even[0], even[1], even[2]], [far, odd[0], odd[1], odd[2]]]
            }
            SubblockMode::VerticalLeft => {
                let even = [two(a, b), two(b, c), two(c, d), two(d, e)];
                let odd = [three(a, b, c), three(b, c, d), three(c, d, e), three(d, e, f)];
                let (near, far) = (three(e, f, g), three(f, g, h));
                [even, odd, [even[1], even[2], even[3], near], [odd[1], odd[2], odd[3], far]]
            }
            SubblockMode::HorizontalDown => {
                let line = [
                    two(l, k),
                    three(l, k, j),
                    two(k, j),
                    three(k, j, i),
                    two(j, i),
                    three(j, i, p),
                    two(i, p),
                    three(i, p, a),
                    three(p, a, b),
                    three(a, b, c),
                ];
                std::array::from_fn(|y| std::array::from_fn(|x| line[6 + x - 2 * y]))
            }
            SubblockMode::HorizontalUp => {
                let line = [
                    two(i, j),
                    three(i, j, k),
                    two(j, k),
                    three(j, k, l),
                    two(k, l),
                    three(k, l, l),
                    l,
                    l,
                    l,
                    l,
                ];
                std::array::from_fn(|y| std::array::from_fn(|x| line[x + 2 * y]))
            }
        };
        self.edit(x, y, |square| *square = out);
    }
}

#[inline(always)]
fn two(a: u8, b: u8) -> u8 {
    ((u16::from(a) + u16::from(b) + 1) >> 1).to_le_bytes()[0]
}

#[inline(always)]
fn three(a: u8, b: u8, c: u8) -> u8 {
    ((u16::from(a) + 2 * u16::from(b) + u16::from(c) + 2) >> 2).to_le_bytes()[0]
}
