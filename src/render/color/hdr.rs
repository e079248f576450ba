//! HDR (PQ, HLG; ITU-R BT.2100) to SDR sRGB, as browsers show it.
//!
//! In: 8- or 16-bit samples, full range, and their primaries. Out: 8-bit sRGB. The curve is the
//! reference white tone mapping of SMPTE ST 2094-50 annex D for a display without headroom: light
//! below reference white (203 cd/m², HLG 75 %) is halved, and from there to 1000 cd/m² a Bézier
//! curve leads to white. It is applied to the largest component in BT.2020, so that hues are
//! preserved. Must not know where the statement was found.

use super::levels::{Levels, level, levels};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::render::frame::{Image, Layout, Samples, narrow};

/// The transfer functions of BT.2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    Pq,
    Hlg,
}

type Matrix = [[f32; 3]; 3];

/// A conversion from one HDR space to sRGB.
pub(crate) struct HdrTransform {
    transfer: Transfer,
    /// From the source's primaries to BT.2020.
    to_2020: Matrix,
    /// From BT.2020 to sRGB.
    to_srgb: Matrix,
    /// The sRGB level for linear light, quantized to 16 bits.
    levels: Box<Levels>,
}

/// Reference white, cd/m².
const REFERENCE_WHITE: f64 = 203.0;

/// The light that is mapped to white, 1000 cd/m², as a multiple of reference white.
const TOP: f32 = 1000.0 / 203.0;

/// The level to which reference white is mapped: half of the display's light.
const KNEE: f32 = 0.5;

/// The position of the Bézier curve's middle control point, between the knee and the corner.
const BEND: f32 = 0.65;

impl HdrTransform {
    /// `xyz` is the matrix from the primaries to XYZ relative to D50, as in ICC profiles.
    pub(super) fn new(transfer: Transfer, xyz: [[f64; 3]; 3]) -> Self {
        Self {
            transfer,
            to_2020: single(product(inverse(BT2020), xyz)),
            to_srgb: single(product(inverse(SRGB), BT2020)),
            levels: levels(|light| light),
        }
    }

    /// Converts `pixels` of any layout except CMYK.
    pub(super) fn apply(&self, pixels: &Image, budget: &mut Budget<'_>) -> Result<Samples> {
        let mut target = budget.zeroed::<u8>(Stage::Color, pixels.samples.len())?;
        match &pixels.samples {
            Samples::Eight(samples) => {
                self.convert(samples, &mut target, pixels.layout, usize::from, |alpha| alpha, budget)?;
            }
            Samples::Sixteen(samples) => {
                self.convert(samples, &mut target, pixels.layout, usize::from, narrow, budget)?;
            }
        }
        Ok(Samples::Eight(target))
    }

    fn convert<T: Copy>(
        &self,
        samples: &[T],
        target: &mut [u8],
        layout: Layout,
        index: impl Fn(T) -> usize,
        narrow: impl Fn(T) -> u8,
        budget: &Budget<'_>,
    ) -> Result<()> {
        let table = self.light_table(if size_of::<T>() == 1 { 256 } else { 65_536 });
        let light = |sample: T| table.get(index(sample)).copied().unwrap_or_default();
        let channels = layout.channels();
        let chunks =
            samples.chunks(CHECK_INTERVAL * channels).zip(target.chunks_mut(CHECK_INTERVAL * channels));
        for (samples, target) in chunks {
            budget.check_interrupt(Stage::Color)?;
            for (from, to) in samples.chunks_exact(channels).zip(target.chunks_exact_mut(channels)) {
                match (from, to) {
                    ([gray, alpha @ ..], [to, to_alpha @ ..]) if channels < 3 => {
                        *to = level(&self.levels, self.gray(light(*gray)));
                        to_alpha.iter_mut().zip(alpha).for_each(|(to, alpha)| *to = narrow(*alpha));
                    }
                    ([r, g, b, alpha @ ..], [to_r, to_g, to_b, to_alpha @ ..]) => {
                        let mapped = self.color([light(*r), light(*g), light(*b)]);
                        [*to_r, *to_g, *to_b] = mapped.map(|light| level(&self.levels, light));
                        to_alpha.iter_mut().zip(alpha).for_each(|(to, alpha)| *to = narrow(*alpha));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The light of each sample value: for PQ display light, where 1 is reference white; for HLG
    /// scene light, where 1 is the peak.
    fn light_table(&self, samples: u32) -> Vec<f32> {
        let value = |sample| f64::from(sample) / f64::from(samples - 1);
        #[expect(clippy::cast_possible_truncation, reason = "24 bits of light suffice")]
        let light = |sample| match self.transfer {
            Transfer::Pq => (pq(value(sample)) / REFERENCE_WHITE) as f32,
            Transfer::Hlg => hlg(value(sample)) as f32,
        };
        (0..samples).map(light).collect()
    }

    fn gray(&self, light: f32) -> f32 {
        let shown = match self.transfer {
            Transfer::Pq => light,
            Transfer::Hlg => light * system_gain(light),
        };
        shown * gain(shown)
    }

    fn color(&self, light: [f32; 3]) -> [f32; 3] {
        let wide = transform(&self.to_2020, light);
        let system = match self.transfer {
            Transfer::Pq => 1.0,
            Transfer::Hlg => system_gain(dot(LUMINANCE, wide)),
        };
        let gain = system * gain(system * wide.into_iter().fold(0.0, f32::max));
        transform(&self.to_srgb, wide.map(|light| light * gain))
    }
}

/// Pixels converted between interrupt checks.
const CHECK_INTERVAL: usize = 64 << 10;

/// The tone mapping factor for a pixel whose largest component is `x` times reference white.
fn gain(x: f32) -> f32 {
    if x <= 1.0 {
        return KNEE;
    }
    if x >= TOP {
        return 1.0 / x;
    }
    // The quadratic Bézier curve from (1, KNEE) to (TOP, 1). Its middle control point is on the
    // line through the origin and the first point; with a BEND of 1 it is at y = 1. Solve for the
    // parameter, then evaluate y.
    let (x_mid, y_mid) = ((1.0 - BEND) + BEND / KNEE, (1.0 - BEND) * KNEE + BEND);
    let (x_a, x_b) = (1.0 - 2.0 * x_mid + TOP, 2.0 * (x_mid - 1.0));
    let (y_a, y_b) = (KNEE - 2.0 * y_mid + 1.0, 2.0 * (y_mid - KNEE));
    // This form of the root has no cancellation, however small x_a is.
    let t = 2.0 * (x - 1.0) / (x_b + (x_b * x_b + 4.0 * x_a * (x - 1.0)).sqrt());
    (KNEE + t * (y_b + t * y_a)) / x
}

/// The gain by HLG's system gamma on a display of 1000 cd/m², in units of reference white (BT.2100
/// table 5).
fn system_gain(luminance: f32) -> f32 {
    // At 1000 cd/m² gamma is 1.2, and the gain is the luminance to the power of 0.2.
    TOP * fifth_root(luminance)
}

/// Newton's method in plain IEEE arithmetic, which gives the same bits on every processor; library
/// powers do not.
fn fifth_root(x: f32) -> f32 {
    if x <= 1e-12 {
        return 0.0;
    }
    // Dividing the exponent by five is accurate to 4 %.
    let mut y = f32::from_bits(x.to_bits() / 5 + FIFTH_ROOT_BIAS);
    for _ in 0..2 {
        let squared = y * y;
        y = 0.2 * (4.0 * y + x / (squared * squared));
    }
    y
}

/// Four fifths of the exponent bits of 1, minus a correction because the first guess is too large.
const FIFTH_ROOT_BIAS: u32 = 0x3f80_0000 / 5 * 4 - 0x0005_0000;

/// The light of a PQ value in cd/m² (BT.2100 table 4).
fn pq(value: f64) -> f64 {
    const M1: f64 = 2610.0 / 16_384.0;
    const M2: f64 = 2523.0 / 4096.0 * 128.0;
    const C1: f64 = 3424.0 / 4096.0;
    const C2: f64 = 2413.0 / 4096.0 * 32.0;
    const C3: f64 = 2392.0 / 4096.0 * 32.0;
    let power = value.powf(1.0 / M2);
    10_000.0 * ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1)
}

/// The scene light of an HLG value (BT.2100 table 5, the inverse OETF).
fn hlg(value: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 0.284_668_92;
    const C: f64 = 0.559_910_73;
    if value <= 0.5 { value * value / 3.0 } else { (((value - C) / A).exp() + B) / 12.0 }
}

/// The luminance coefficients of BT.2020's primaries.
const LUMINANCE: [f32; 3] = [0.2627, 0.6780, 0.0593];

/// The matrices from BT.2020 and from sRGB to XYZ, adapted to D50 by Bradford's method.
const BT2020: [[f64; 3]; 3] = [
    [0.673_459_0, 0.165_663_1, 0.125_100_1],
    [0.279_033_3, 0.675_337_2, 0.045_629_5],
    [-0.001_931_3, 0.029_979_4, 0.797_053_8],
];
const SRGB: [[f64; 3]; 3] = [
    [0.436_074_7, 0.385_064_9, 0.143_080_4],
    [0.222_504_5, 0.716_878_6, 0.060_616_9],
    [0.013_932_2, 0.097_104_5, 0.714_173_3],
];

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn transform(matrix: &Matrix, color: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| dot(row, color))
}

fn product(a: [[f64; 3]; 3], b: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    a.map(|row| {
        std::array::from_fn(|column| row[0] * b[0][column] + row[1] * b[1][column] + row[2] * b[2][column])
    })
}

/// The inverse by cofactors. A matrix of primaries is never singular.
fn inverse(m: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let cofactor = |i: usize, j: usize| {
        let (a, b, c, d) = ((i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3);
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant: f64 = (0..3).map(|j| m[0][j] * cofactor(0, j)).sum();
    std::array::from_fn(|i| std::array::from_fn(|j| cofactor(j, i) / determinant))
}

fn single(matrix: [[f64; 3]; 3]) -> Matrix {
    #[expect(clippy::cast_possible_truncation, reason = "24 bits of precision suffice")]
    matrix.map(|row| row.map(|value| value as f32))
}
