//! Upsampling of one row, as in libjpeg: triangle filters at ratios of two, repetition at all
//! others.
//!
//! In: the nearest row of samples, and the next nearest. Out: a row at the full width of the
//! picture. The first and last samples count as the edges of the picture. Must not know of
//! components or color.

/// How a component is brought to the size of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upsample {
    None,
    /// Twice as wide.
    H2V1,
    /// Twice as high.
    H1V2,
    /// Twice as wide and high.
    H2V2,
    /// Repetition; each pair is samples and pixels in the same length.
    Repeat {
        horizontal: (usize, usize),
        vertical: (usize, usize),
    },
}

impl Upsample {
    /// `horizontal` and `vertical` pair a component's samples in an MCU with the picture's pixels;
    /// `width` is the component's.
    pub(super) fn new(horizontal: (usize, usize), vertical: (usize, usize), width: usize) -> Self {
        let twice = |(samples, pixels): (usize, usize)| samples * 2 == pixels;
        let same = |(samples, pixels): (usize, usize)| samples == pixels;
        match () {
            () if same(horizontal) && same(vertical) => Self::None,
            () if twice(horizontal) && same(vertical) && width > 2 => Self::H2V1,
            () if same(horizontal) && twice(vertical) => Self::H1V2,
            () if twice(horizontal) && twice(vertical) && width > 2 => Self::H2V2,
            () => Self::Repeat { horizontal, vertical },
        }
    }

    /// The row of samples nearest to pixel row `y`, and the next nearest, which may be outside the
    /// picture.
    pub(super) fn rows(self, y: usize) -> (usize, Option<usize>) {
        match self {
            Self::None | Self::H2V1 => (y, Some(y)),
            Self::H1V2 | Self::H2V2 if y.is_multiple_of(2) => (y / 2, (y / 2).checked_sub(1)),
            Self::H1V2 | Self::H2V2 => (y / 2, Some(y / 2 + 1)),
            Self::Repeat { vertical: (samples, pixels), .. } => {
                (y * samples / pixels, Some(y * samples / pixels))
            }
        }
    }

    /// Whether a pixel row reads samples of the MCU above or below.
    pub(super) fn reads_neighbor_rows(self) -> bool {
        matches!(self, Self::H1V2 | Self::H2V2)
    }

    /// Pixel row `y` from the rows given by [`rows`](Self::rows). `sums` is scratch as long as a
    /// row of samples.
    pub(super) fn row(self, y: usize, near: &[u8], far: &[u8], sums: &mut [u16], out: &mut [u8]) {
        match self {
            Self::None => {
                for (out, &sample) in out.iter_mut().zip(near) {
                    *out = sample;
                }
            }
            Self::H2V1 => h2v1(near, out),
            Self::H1V2 => h1v2(near, far, if y.is_multiple_of(2) { 1 } else { 2 }, out),
            Self::H2V2 => h2v2(near, far, sums, out),
            Self::Repeat { horizontal: (samples, pixels), .. } => repeat(near, samples, pixels, out),
        }
    }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "weighted means of samples")]
fn mean(sum: u16, bits: u32) -> u8 {
    sum.wrapping_shr(bits) as u8
}

#[inline(always)]
fn three_to_one(near: u8, far: u8) -> u16 {
    u16::from(near).wrapping_mul(3).wrapping_add(u16::from(far))
}

fn h1v2(near: &[u8], far: &[u8], bias: u16, out: &mut [u8]) {
    for ((out, &near), &far) in out.iter_mut().zip(near).zip(far) {
        *out = mean(three_to_one(near, far).wrapping_add(bias), 2);
    }
}

fn h2v1(near: &[u8], out: &mut [u8]) {
    let (Some(&first), Some(&last)) = (near.first(), near.last()) else { return };
    let (pairs, _) = out.as_chunks_mut::<2>();
    let inner = pairs.get_mut(1..near.len().saturating_sub(1)).unwrap_or_default();
    for (pair, samples) in inner.iter_mut().zip(near.windows(3)) {
        let [left, here, right] = [samples[0], samples[1], samples[2]];
        *pair = [
            mean(three_to_one(here, left).wrapping_add(1), 2),
            mean(three_to_one(here, right).wrapping_add(2), 2),
        ];
    }
    let second = near.get(1).copied().unwrap_or(first);
    let before = near.len().checked_sub(2).and_then(|at| near.get(at)).copied().unwrap_or(last);
    if let Some(pair) = pairs.first_mut() {
        *pair = [first, mean(three_to_one(first, second).wrapping_add(2), 2)];
    }
    if near.len() > 1
        && let Some(pair) = pairs.get_mut(near.len() - 1)
    {
        *pair = [mean(three_to_one(last, before).wrapping_add(1), 2), last];
    }
}

fn h2v2(near: &[u8], far: &[u8], sums: &mut [u16], out: &mut [u8]) {
    let Some(sums) = sums.get_mut(..near.len()) else { return };
    for ((sum, &near), &far) in sums.iter_mut().zip(near).zip(far) {
        *sum = three_to_one(near, far);
    }
    let (Some(&first), Some(&last)) = (sums.first(), sums.last()) else { return };
    let blend =
        |near: u16, far: u16, bias: u16| mean(near.wrapping_mul(3).wrapping_add(far).wrapping_add(bias), 4);
    let (pairs, _) = out.as_chunks_mut::<2>();
    let inner = pairs.get_mut(1..sums.len().saturating_sub(1)).unwrap_or_default();
    for (pair, sums) in inner.iter_mut().zip(sums.windows(3)) {
        let [left, here, right] = [sums[0], sums[1], sums[2]];
        *pair = [blend(here, left, 8), blend(here, right, 7)];
    }
    let second = sums.get(1).copied().unwrap_or(first);
    let before = sums.len().checked_sub(2).and_then(|at| sums.get(at)).copied().unwrap_or(last);
    if let Some(pair) = pairs.first_mut() {
        *pair = [blend(first, first, 8), blend(first, second, 7)];
    }
    if sums.len() > 1
        && let Some(pair) = pairs.get_mut(sums.len() - 1)
    {
        *pair = [blend(last, before, 8), blend(last, last, 7)];
    }
}

fn repeat(near: &[u8], samples: usize, pixels: usize, out: &mut [u8]) {
    for (x, out) in out.iter_mut().enumerate() {
        if let Some(&sample) = near.get(x * samples / pixels) {
            *out = sample;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_rows_stay_flat_and_steps_become_slopes() {
        let mut out = [0; 12];
        let mut sums = [0; 6];
        for kind in [Upsample::H2V1, Upsample::H2V2] {
            kind.row(0, &[77; 6], &[77; 6], &mut sums, &mut out);
            assert_eq!(out, [77; 12], "{kind:?}");
        }
        Upsample::H2V1.row(0, &[0, 0, 0, 100, 100, 100], &[], &mut sums, &mut out);
        assert_eq!(out, [0, 0, 0, 0, 0, 25, 75, 100, 100, 100, 100, 100]);
    }

    #[test]
    fn repetition_works_at_any_ratio() {
        let mut out = [0; 8];
        repeat(&[1, 2, 3, 4, 5, 6], 3, 4, &mut out);
        assert_eq!(out, [1, 1, 2, 3, 4, 4, 5, 6]);
        repeat(&[1, 2], 1, 4, &mut out);
        assert_eq!(out, [1, 1, 1, 1, 2, 2, 2, 2]);
    }
}
