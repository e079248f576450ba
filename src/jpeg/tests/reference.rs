//! The picture that the coefficients of a file stand for, computed plainly and slowly: a pixel at a
//! time, as T.81 and libjpeg define it.
//!
//! In: a [`TestFile`] and a scale. Out: pixels. Must not know the decoder.

use std::f64::consts::PI;

use super::entropy::Grid;
use super::stream::TestFile;

/// The counterpart of the decoder's `Detail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    Coarse,
    Exact,
}

/// A decoded picture.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) channels: usize,
    pub(crate) pixels: Vec<u8>,
    /// How far from `pixels` a decoder may be. Above 0 only after a transform to 4 by 4 samples,
    /// which is done in floating point here.
    pub(crate) tolerance: u8,
}

/// A decoded component.
#[derive(Debug)]
pub(crate) struct ExpectedPlane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) samples: Vec<u8>,
    /// See [`Expected`].
    pub(crate) tolerance: u8,
}

impl TestFile {
    /// The first component at `eighths` eighths of the picture's size, the others with at least
    /// half as many samples per axis as the picture has at `chroma` eighths.
    pub(crate) fn expected_planes(
        &self,
        eighths: usize,
        chroma: usize,
        detail: Detail,
    ) -> Vec<ExpectedPlane> {
        let h_max = self.grids.iter().map(|grid| grid.h).max().unwrap();
        let v_max = self.grids.iter().map(|grid| grid.v).max().unwrap();
        let refined = self.refined(eighths, detail);
        let plane = |(index, grid): (usize, &Grid)| {
            let (part, unit) = if index == 0 { (1, eighths) } else { (2, chroma) };
            let enough =
                |size: &usize| part * grid.h * size >= h_max * unit && part * grid.v * size >= v_max * unit;
            let size = [1, 2, 4].into_iter().find(enough).unwrap_or(8);
            let width = (self.width * grid.h * size).div_ceil(h_max * 8);
            let height = (self.height * grid.v * size).div_ceil(v_max * 8);
            let plane = Plane::new(grid, size, (width, height), refined, detail);
            let at = |(y, x)| plane.sample(x as isize, y as isize) as u8;
            let samples = (0..height).flat_map(|y| (0..width).map(move |x| (y, x))).map(at).collect();
            ExpectedPlane { width, height, samples, tolerance: u8::from(size == 4) }
        };
        self.grids.iter().enumerate().map(plane).collect()
    }

    /// At 1/8 and 1/4, coarse detail leaves out the refinements of AC bands of a progressive file.
    fn refined(&self, eighths: usize, detail: Detail) -> bool {
        !self.progressive || eighths > 2 || detail == Detail::Exact
    }

    /// The whole picture at `eighths` eighths of its size.
    pub(crate) fn expected(&self, eighths: usize, detail: Detail) -> Expected {
        let h_max = self.grids.iter().map(|grid| grid.h).max().unwrap();
        let v_max = self.grids.iter().map(|grid| grid.v).max().unwrap();
        let whole = (h_max * eighths, v_max * eighths);
        let refined = self.refined(eighths, detail);
        let planes: Vec<Plane> = self
            .grids
            .iter()
            .map(|grid| {
                let size = size(grid, whole, eighths);
                let width = (self.width * grid.h * size).div_ceil(h_max * 8);
                let height = (self.height * grid.v * size).div_ceil(v_max * 8);
                Plane::new(grid, size, (width, height), refined, detail)
            })
            .collect();
        let (width, height) = ((self.width * eighths).div_ceil(8), (self.height * eighths).div_ceil(8));
        let mut pixels = Vec::new();
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let samples = planes.iter().map(|plane| plane.at(x, y, whole));
            let samples: Vec<i64> = samples.collect();
            match samples[..] {
                [y, cb, cr] if self.ycc => pixels.extend(rgb(y, cb, cr)),
                _ => pixels.extend(samples.iter().map(|&sample| sample as u8)),
            }
        }
        let rounded = planes.iter().any(|plane| plane.size == 4);
        let tolerance = match planes.len() {
            _ if !rounded => 0,
            // One off in Y, and one in Cb times 1.772.
            3 if self.ycc => 3,
            _ => 1,
        };
        Expected { width, height, channels: planes.len(), pixels, tolerance }
    }
}

/// Samples per side of each of the component's blocks.
fn size(grid: &Grid, whole: (usize, usize), eighths: usize) -> usize {
    let fits = |size: &usize| {
        size.is_multiple_of(eighths)
            && whole.0.is_multiple_of(grid.h * size)
            && whole.1.is_multiple_of(grid.v * size)
    };
    [8, 4, 2].into_iter().find(fits).unwrap_or(eighths)
}

/// One component's samples.
struct Plane {
    /// Samples per side of a block, and of an MCU.
    size: usize,
    mcu: (usize, usize),
    width: usize,
    height: usize,
    stride: usize,
    samples: Vec<i64>,
}

impl Plane {
    fn new(grid: &Grid, size: usize, (width, height): (usize, usize), refined: bool, detail: Detail) -> Self {
        let stride = grid.across * size;
        let mut samples = vec![0; stride * grid.down * size];
        for (row, column) in (0..grid.down).flat_map(|row| (0..grid.across).map(move |column| (row, column)))
        {
            let mut block = dequantized(grid, row * grid.stride + column, refined);
            if size == 4 && detail == Detail::Coarse {
                block[3 * 8 + 3] = 0;
            }
            let block = inverse_dct(&block, size);
            for (i, sample) in block.into_iter().enumerate() {
                samples[(row * size + i / size) * stride + column * size + i % size] = sample;
            }
        }
        Self { size, mcu: (grid.h * size, grid.v * size), width, height, stride, samples }
    }

    /// A sample; beyond the picture, the edge repeats.
    fn sample(&self, x: isize, y: isize) -> i64 {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.samples[y * self.stride + x]
    }

    /// The value at a pixel of the picture, whose MCUs have `whole` pixels: the triangle filters of
    /// libjpeg where the picture is twice as large and the conditions for them hold, otherwise the
    /// nearest sample.
    fn at(&self, x: usize, y: usize, whole: (usize, usize)) -> i64 {
        let twice = (self.mcu.0 * 2 == whole.0, self.mcu.1 * 2 == whole.1);
        let same = (self.mcu.0 == whole.0, self.mcu.1 == whole.1);
        let (odd_x, odd_y) = (x % 2 == 1, y % 2 == 1);
        let (left, up) = ((x / 2) as isize, (y / 2) as isize);
        let (next_x, next_y) = (if odd_x { left + 1 } else { left - 1 }, if odd_y { up + 1 } else { up - 1 });
        match (twice, same) {
            ((true, false), (_, true)) if self.width > 2 => {
                let y = y as isize;
                (3 * self.sample(left, y) + self.sample(next_x, y) + 1 + i64::from(odd_x)) >> 2
            }
            ((false, true), (true, _)) => {
                let x = x as isize;
                (3 * self.sample(x, up) + self.sample(x, next_y) + 1 + i64::from(odd_y)) >> 2
            }
            ((true, true), _) if self.width > 2 => {
                let column = |x| 3 * self.sample(x, up) + self.sample(x, next_y);
                (3 * column(left) + column(next_x) + 8 - i64::from(odd_x)) >> 4
            }
            _ => self.sample((x * self.mcu.0 / whole.0) as isize, (y * self.mcu.1 / whole.1) as isize),
        }
    }
}

/// T.871 section 7, with 16 bits of fraction.
fn rgb(y: i64, cb: i64, cr: i64) -> [u8; 3] {
    let (cb, cr) = (cb - 128, cr - 128);
    let half = 1 << 15;
    let red = y + ((91_881 * cr + half) >> 16);
    let green = y + ((-22_554 * cb - 46_802 * cr + half) >> 16);
    let blue = y + ((116_130 * cb + half) >> 16);
    [red, green, blue].map(|value| value.clamp(0, 255) as u8)
}

/// The dequantized coefficients of a block, row by row. Walks the zigzag instead of looking it up
/// (T.81 figure 5).
fn dequantized(grid: &Grid, block: usize, refined: bool) -> [i64; 64] {
    let mut dequantized = [0; 64];
    let (mut row, mut column) = (0, 0);
    for (k, (&value, step)) in grid.blocks[block].iter().zip(&grid.quantization).enumerate() {
        let low = if refined || k == 0 { 0 } else { grid.first[k] };
        dequantized[row * 8 + column] = i64::from((value.abs() >> low << low) * value.signum() * step);
        match ((row + column) % 2 == 0, row, column) {
            (true, _, 7) | (false, 7, _) => {
                if column == 7 {
                    row += 1
                } else {
                    column += 1
                }
            }
            (true, 0, _) => column += 1,
            (false, _, 0) => row += 1,
            (true, ..) => (row, column) = (row - 1, column + 1),
            (false, ..) => (row, column) = (row + 1, column - 1),
        }
    }
    dequantized
}

/// `size` by `size` samples of a block.
pub(crate) fn inverse_dct(block: &[i64; 64], size: usize) -> Vec<i64> {
    let values = match size {
        1 => vec![(block[0] + 4) >> 3],
        8 => accurate_idct(block),
        // (a ± b ± c ± d) / 8 at size 2: rounded only once, at the end, half up.
        _ => exact_idct(block, size).into_iter().map(|value| (value + 0.5 + 1e-9).floor() as i64).collect(),
    };
    values.into_iter().map(|value| (value + 128).clamp(0, 255)).collect()
}

/// The lowest `size` by `size` coefficients transformed to as many samples (T.81 A.3.3, on a
/// smaller grid).
pub(crate) fn exact_idct(block: &[i64; 64], size: usize) -> Vec<f64> {
    let basis: [[f64; 8]; 8] = std::array::from_fn(|x| {
        std::array::from_fn(|u| {
            let scale = if u == 0 { 1.0 / 8.0_f64.sqrt() } else { 0.5 };
            scale * ((2 * x + 1) as f64 * u as f64 * PI / (2 * size) as f64).cos()
        })
    });
    let mut samples = vec![0.0; size * size];
    for (i, sample) in samples.iter_mut().enumerate() {
        for (v, u) in (0..size).flat_map(|v| (0..size).map(move |u| (v, u))) {
            *sample += basis[i / size][v] * basis[i % size][u] * block[v * 8 + u] as f64;
        }
    }
    samples
}

/// The transform of jidctint.c in libjpeg, multiplied out: between its two roundings it is linear,
/// and these are its integers. One column per coefficient; the lower half of the rows mirrors the
/// upper one.
const ACCURATE: [[i64; 8]; 4] = [
    [8192, 11_363, 10_703, 9633, 8192, 6437, 4433, 2260],
    [8192, 9633, 4433, -2259, -8192, -11_362, -10_704, -6436],
    [8192, 6437, -4433, -11_362, -8192, 2261, 10_704, 9633],
    [8192, 2260, -10_703, -6436, 8192, 9633, -4433, -11_363],
];

/// One pass of [`ACCURATE`] over eight values, rounded to `bits` fewer bits.
fn pass(values: [i64; 8], bits: u32) -> [i64; 8] {
    std::array::from_fn(|x| {
        let terms = values.iter().enumerate().map(|(u, value)| match (x, u % 2) {
            (4.., 1) => -ACCURATE[7 - x][u] * value,
            (4.., _) => ACCURATE[7 - x][u] * value,
            _ => ACCURATE[x][u] * value,
        });
        (terms.sum::<i64>() + (1 << (bits - 1))) >> bits
    })
}

fn accurate_idct(block: &[i64; 64]) -> Vec<i64> {
    let columns: Vec<[i64; 8]> =
        (0..8).map(|u| pass(std::array::from_fn(|v| block[v * 8 + u]), 11)).collect();
    (0..8).flat_map(|y| pass(std::array::from_fn(|u| columns[u][y]), 18)).collect()
}

/// The largest difference between [`ACCURATE`] and the definition of the transform: a rounding or
/// two of its constants.
pub(crate) fn worst_of_table() -> f64 {
    let mut worst: f64 = 0.0;
    for (x, row) in ACCURATE.iter().enumerate() {
        for (u, &entry) in row.iter().enumerate() {
            let scale = if u == 0 { 1.0 } else { 2.0_f64.sqrt() };
            let exact = scale * ((2 * x + 1) as f64 * u as f64 * PI / 16.0).cos() * 8192.0;
            worst = worst.max((exact - entry as f64).abs());
        }
    }
    worst
}
