//! A macroblock's coefficients (RFC 6386 section 13), multiplied by their steps.
//!
//! In: bits, probabilities, and what the neighbours had. Out: 25 blocks of coefficients, of which that of luma's DCs is
//! transformed already. Must not know how a macroblock is predicted.

use super::bool_decoder::BoolDecoder;
use super::header::Dequant;
use super::tables::{LARGE, Places, Tokens, ZIGZAG};
use super::transform::{self, Square};
use super::vectors_simd as vectors;

/// Which of the subblocks along an edge had coefficients: four of luma, two of each chroma, and luma's DCs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Edge {
    luma: [bool; 4],
    chroma: [[bool; 2]; 2],
    second: bool,
}

impl Edge {
    /// What a macroblock without coefficients leaves: one whose subblocks have their modes has no block of DCs to speak of.
    pub(super) fn clear(&mut self, whole: bool) {
        *self = Self { second: self.second && !whole, ..Self::default() };
    }
}

/// Sixteen blocks of luma, four and four of chroma.
#[derive(Debug)]
pub(super) struct Coefficients {
    pub(super) blocks: [[i16; 16]; 24],
    /// How much of each block is not 0.
    pub(super) extents: [Extent; 24],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Extent {
    #[default]
    Nothing,
    Dc,
    More,
}

impl Extent {
    fn new(end: usize, dc: i16) -> Self {
        match (end, dc) {
            (0 | 1, 0) => Self::Nothing,
            (0 | 1, _) => Self::Dc,
            _ => Self::More,
        }
    }

    /// Adds the differences of a block of this extent to samples.
    #[inline(always)]
    pub(super) fn add(self, block: &[i16; 16], square: &mut Square) {
        match self {
            Self::Nothing => {}
            Self::Dc => transform::add_dc(block[0], square),
            Self::More => vectors::add(block, square),
        }
    }
}

impl Coefficients {
    pub(super) fn new() -> Self {
        Self { blocks: [[0; 16]; 24], extents: [Extent::Nothing; 24] }
    }

    /// Reads a macroblock's; whether there is anything but zeros.
    pub(super) fn read(
        &mut self,
        decoder: &mut BoolDecoder<'_>,
        probabilities: &[Places; 4],
        steps: &Dequant,
        whole: bool,
        above: &mut Edge,
        left: &mut Edge,
    ) -> bool {
        for (block, extent) in self.blocks.iter_mut().zip(&mut self.extents) {
            if *extent != Extent::Nothing {
                *block = [0; 16];
                *extent = Extent::Nothing;
            }
        }
        let first = usize::from(whole);
        let mut any = false;
        if whole {
            let mut second = [0; 16];
            let context = usize::from(above.second) + usize::from(left.second);
            let end = read_block(decoder, &probabilities[1], context, steps.second, 0, &mut second);
            (above.second, left.second) = (end > 0, end > 0);
            for (block, dc) in self.blocks.iter_mut().zip(transform::walsh(&second)) {
                block[0] = dc;
            }
        }
        let kind = &probabilities[if whole { 0 } else { 3 }];
        for (y, left) in left.luma.iter_mut().enumerate() {
            for (x, above) in above.luma.iter_mut().enumerate() {
                let block = &mut self.blocks[4 * y + x];
                let end = read_block(
                    decoder,
                    kind,
                    usize::from(*above) + usize::from(*left),
                    steps.luma,
                    first,
                    block,
                );
                (*above, *left) = (end > first, end > first);
                self.extents[4 * y + x] = Extent::new(end, block[0]);
                any |= self.extents[4 * y + x] != Extent::Nothing;
            }
        }
        for (plane, (above, left)) in above.chroma.iter_mut().zip(&mut left.chroma).enumerate() {
            for (y, left) in left.iter_mut().enumerate() {
                for (x, above) in above.iter_mut().enumerate() {
                    let at = 16 + 4 * plane + 2 * y + x;
                    let block = &mut self.blocks[at];
                    let context = usize::from(*above) + usize::from(*left);
                    let end = read_block(decoder, &probabilities[2], context, steps.chroma, 0, block);
                    (*above, *left) = (end > 0, end > 0);
                    self.extents[at] = Extent::new(end, block[0]);
                    any |= self.extents[at] != Extent::Nothing;
                }
            }
        }
        any
    }
}

/// Reads one block from coefficient `at` on; the place after its last token that is not an end.
#[inline(never)]
fn read_block(
    decoder: &mut BoolDecoder<'_>,
    probabilities: &Places,
    context: usize,
    steps: [i32; 2],
    at: usize,
    block: &mut [i16; 16],
) -> usize {
    decoder.apart(|decoder| {
        let mut at = at;
        let mut p = &probabilities[at][context.min(2)];
        while at < 16 {
            if !decoder.bit(p[0]) {
                return at;
            }
            while !decoder.bit(p[1]) {
                at += 1;
                if at == 16 {
                    return 16;
                }
                p = &probabilities[at][0];
            }
            let next = &probabilities[at + 1];
            let value = if decoder.bit(p[2]) {
                let value = large(decoder, p);
                p = &next[2];
                value
            } else {
                p = &next[1];
                1
            };
            let value = decoder.with_sign(value).wrapping_mul(steps[usize::from(at > 0)]);
            let [low, high, ..] = value.to_le_bytes();
            block[usize::from(ZIGZAG[at & 15])] = i16::from_le_bytes([low, high]);
            at += 1;
        }
        16
    })
}

/// A value above 1 (section 13.2).
#[inline(always)]
fn large(decoder: &mut BoolDecoder<'_>, p: &Tokens) -> i32 {
    if !decoder.bit(p[3]) {
        if !decoder.bit(p[4]) {
            return 2;
        }
        return 3 + i32::from(decoder.bit(p[5]));
    }
    if !decoder.bit(p[6]) {
        if !decoder.bit(p[7]) {
            return 5 + i32::from(decoder.bit(159));
        }
        return 7 + 2 * i32::from(decoder.bit(165)) + i32::from(decoder.bit(145));
    }
    let high = usize::from(decoder.bit(p[8]));
    let kind = 2 * high + usize::from(decoder.bit(p[9 + high]));
    let bits = LARGE[kind & 3].iter().fold(0, |value, &p| value << 1 | i32::from(decoder.bit(p)));
    3 + (8 << kind) + bits
}
