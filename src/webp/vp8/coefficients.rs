//! The coefficients of a macroblock (RFC 6386 section 13), dequantized.
//!
//! In: bits, probabilities, and which neighbors had coefficients. Out: 24 blocks of coefficients;
//! the block of luma DCs (Y2) is already transformed and distributed. Must not know how macroblocks
//! are predicted.

use super::bool_decoder::BoolDecoder;
use super::header::Dequant;
use super::simd;
use super::tables::{CATEGORY_PROBABILITIES, PositionProbabilities, TokenProbabilities, ZIGZAG};
use super::transform::{self, Subblock};

/// Which subblocks along an edge had coefficients: four of luma, two of each chroma plane, and Y2.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NonzeroContext {
    luma: [bool; 4],
    chroma: [[bool; 2]; 2],
    y2: bool,
}

impl NonzeroContext {
    /// Updates the context for a macroblock without coefficients. Without Y2, the flag of the last
    /// Y2 block stays.
    pub(super) fn clear(&mut self, has_y2: bool) {
        *self = Self { y2: self.y2 && !has_y2, ..Self::default() };
    }
}

/// Sixteen blocks of luma, then four of each chroma plane.
#[derive(Debug)]
pub(super) struct Coefficients {
    pub(super) blocks: [[i16; 16]; 24],
    /// Which coefficients of each block may be nonzero.
    pub(super) extents: [Extent; 24],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Extent {
    #[default]
    Zero,
    DcOnly,
    Full,
}

impl Extent {
    fn new(end: usize, dc: i16) -> Self {
        match (end, dc) {
            (0 | 1, 0) => Self::Zero,
            (0 | 1, _) => Self::DcOnly,
            _ => Self::Full,
        }
    }

    /// Adds the residue of a block of this extent to samples.
    #[inline(always)]
    pub(super) fn add(self, block: &[i16; 16], subblock: &mut Subblock) {
        match self {
            Self::Zero => {}
            Self::DcOnly => transform::inverse_dct_add_dc(block[0], subblock),
            Self::Full => simd::inverse_dct_add(block, subblock),
        }
    }
}

impl Coefficients {
    pub(super) fn new() -> Self {
        Self { blocks: [[0; 16]; 24], extents: [Extent::Zero; 24] }
    }

    /// Reads the coefficients of a macroblock. Returns whether any is nonzero.
    pub(super) fn read(
        &mut self,
        decoder: &mut BoolDecoder<'_>,
        probabilities: &[PositionProbabilities; 4],
        dequant: &Dequant,
        has_y2: bool,
        above: &mut NonzeroContext,
        left: &mut NonzeroContext,
    ) -> bool {
        for (block, extent) in self.blocks.iter_mut().zip(&mut self.extents) {
            if *extent != Extent::Zero {
                *block = [0; 16];
                *extent = Extent::Zero;
            }
        }
        let first = usize::from(has_y2);
        let mut any = false;
        if has_y2 {
            let mut y2 = [0; 16];
            let context = usize::from(above.y2) + usize::from(left.y2);
            let end = read_block(decoder, &probabilities[1], context, dequant.y2, 0, &mut y2);
            (above.y2, left.y2) = (end > 0, end > 0);
            for (block, dc) in self.blocks.iter_mut().zip(transform::inverse_wht(&y2)) {
                block[0] = dc;
            }
        }
        let kind = &probabilities[if has_y2 { 0 } else { 3 }];
        for (y, left) in left.luma.iter_mut().enumerate() {
            for (x, above) in above.luma.iter_mut().enumerate() {
                let block = &mut self.blocks[4 * y + x];
                let end = read_block(
                    decoder,
                    kind,
                    usize::from(*above) + usize::from(*left),
                    dequant.y1,
                    first,
                    block,
                );
                (*above, *left) = (end > first, end > first);
                self.extents[4 * y + x] = Extent::new(end, block[0]);
                any |= self.extents[4 * y + x] != Extent::Zero;
            }
        }
        for (plane, (above, left)) in above.chroma.iter_mut().zip(&mut left.chroma).enumerate() {
            for (y, left) in left.iter_mut().enumerate() {
                for (x, above) in above.iter_mut().enumerate() {
                    let at = 16 + 4 * plane + 2 * y + x;
                    let block = &mut self.blocks[at];
                    let context = usize::from(*above) + usize::from(*left);
                    let end = read_block(decoder, &probabilities[2], context, dequant.uv, 0, block);
                    (*above, *left) = (end > 0, end > 0);
                    self.extents[at] = Extent::new(end, block[0]);
                    any |= self.extents[at] != Extent::Zero;
                }
            }
        }
        any
    }
}

/// Reads one block from coefficient `at` on. Returns the position after its last token before the
/// end of block.
#[inline(never)]
fn read_block(
    decoder: &mut BoolDecoder<'_>,
    probabilities: &PositionProbabilities,
    context: usize,
    steps: [i32; 2],
    at: usize,
    block: &mut [i16; 16],
) -> usize {
    decoder.with_local_copy(|decoder| {
        let mut at = at;
        let mut p = &probabilities[at][context.min(2)];
        while at < 16 {
            if !decoder.read_bool(p[0]) {
                return at;
            }
            while !decoder.read_bool(p[1]) {
                at += 1;
                if at == 16 {
                    return 16;
                }
                p = &probabilities[at][0];
            }
            let next = &probabilities[at + 1];
            let value = if decoder.read_bool(p[2]) {
                let value = read_large_value(decoder, p);
                p = &next[2];
                value
            } else {
                p = &next[1];
                1
            };
            let value = decoder.apply_sign(value).wrapping_mul(steps[usize::from(at > 0)]);
            let [low, high, ..] = value.to_le_bytes();
            block[usize::from(ZIGZAG[at & 15])] = i16::from_le_bytes([low, high]);
            at += 1;
        }
        16
    })
}

/// Reads a value above 1 (section 13.2).
#[inline(always)]
fn read_large_value(decoder: &mut BoolDecoder<'_>, p: &TokenProbabilities) -> i32 {
    if !decoder.read_bool(p[3]) {
        if !decoder.read_bool(p[4]) {
            return 2;
        }
        return 3 + i32::from(decoder.read_bool(p[5]));
    }
    if !decoder.read_bool(p[6]) {
        if !decoder.read_bool(p[7]) {
            return 5 + i32::from(decoder.read_bool(159));
        }
        return 7 + 2 * i32::from(decoder.read_bool(165)) + i32::from(decoder.read_bool(145));
    }
    let high = usize::from(decoder.read_bool(p[8]));
    let kind = 2 * high + usize::from(decoder.read_bool(p[9 + high]));
    let bits = CATEGORY_PROBABILITIES[kind & 3]
        .iter()
        .fold(0, |value, &p| value << 1 | i32::from(decoder.read_bool(p)));
    3 + (8 << kind) + bits
}
