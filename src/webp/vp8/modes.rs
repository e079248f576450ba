//! How macroblocks are predicted (RFC 6386 sections 8 and 11): read from the first partition.
//!
//! In: bits, and the modes above and to the left. Out: a macroblock's modes. Must not know how a mode predicts.

use super::coder::Coder;
use super::tables::SUBBLOCK_MODES;

/// How a whole macroblock's luma, or its chroma, is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Dc,
    Vertical,
    Horizontal,
    TrueMotion,
}

/// How a subblock is predicted, in the order of section 8.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sub {
    #[default]
    Dc,
    TrueMotion,
    Vertical,
    Horizontal,
    LeftDown,
    RightDown,
    VerticalRight,
    VerticalLeft,
    HorizontalDown,
    HorizontalUp,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Macroblock {
    pub(super) segment: usize,
    /// Whether it is said to have no coefficients.
    pub(super) skipped: bool,
    pub(super) luma: Luma,
    pub(super) chroma: Mode,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Luma {
    Whole(Mode),
    /// Row by row.
    Subblocks([Sub; 16]),
}

impl Mode {
    fn of_subblocks(self) -> Sub {
        match self {
            Self::Dc => Sub::Dc,
            Self::Vertical => Sub::Vertical,
            Self::Horizontal => Sub::Horizontal,
            Self::TrueMotion => Sub::TrueMotion,
        }
    }
}

impl Macroblock {
    /// Reads the next macroblock's; `above` and `left` are the subblocks' modes around it, and become its own.
    pub(super) fn read(
        coder: &mut Coder<'_>,
        segment_tree: Option<[u8; 3]>,
        skip: Option<u8>,
        above: &mut [Sub; 4],
        left: &mut [Sub; 4],
    ) -> Self {
        coder.apart(|coder| {
            let segment = segment_tree.map_or(0, |[first, low, high]| {
                if coder.bit(first) { 2 + usize::from(coder.bit(high)) } else { usize::from(coder.bit(low)) }
            });
            let skipped = skip.is_some_and(|probability| coder.bit(probability));
            let luma = if coder.bit(145) {
                let mode = match coder.bit(156) {
                    true if coder.bit(128) => Mode::TrueMotion,
                    true => Mode::Horizontal,
                    false if coder.bit(163) => Mode::Vertical,
                    false => Mode::Dc,
                };
                (*above, *left) = ([mode.of_subblocks(); 4], [mode.of_subblocks(); 4]);
                Luma::Whole(mode)
            } else {
                let mut subblocks = [Sub::Dc; 16];
                for (row, left) in subblocks.as_chunks_mut::<4>().0.iter_mut().zip(left) {
                    for (mode, above) in row.iter_mut().zip(above.iter_mut()) {
                        *mode = Sub::read(coder, *above, *left);
                        (*above, *left) = (*mode, *mode);
                    }
                }
                Luma::Subblocks(subblocks)
            };
            let chroma = match coder.bit(142) {
                false => Mode::Dc,
                true if !coder.bit(114) => Mode::Vertical,
                true if coder.bit(183) => Mode::TrueMotion,
                true => Mode::Horizontal,
            };
            Self { segment, skipped, luma, chroma }
        })
    }
}

impl Sub {
    /// The tree of section 11.2, written out.
    #[inline(always)]
    fn read(coder: &mut Coder<'_>, above: Self, left: Self) -> Self {
        let start = (above as usize * 10 + left as usize) * 9;
        let Some(&p) = SUBBLOCK_MODES.get(start..).and_then(<[u8]>::first_chunk::<9>) else {
            return Self::Dc;
        };
        if !coder.bit(p[0]) {
            Self::Dc
        } else if !coder.bit(p[1]) {
            Self::TrueMotion
        } else if !coder.bit(p[2]) {
            Self::Vertical
        } else if !coder.bit(p[3]) {
            if !coder.bit(p[4]) {
                Self::Horizontal
            } else if !coder.bit(p[5]) {
                Self::RightDown
            } else {
                Self::VerticalRight
            }
        } else if !coder.bit(p[6]) {
            Self::LeftDown
        } else if !coder.bit(p[7]) {
            Self::VerticalLeft
        } else if !coder.bit(p[8]) {
            Self::HorizontalDown
        } else {
            Self::HorizontalUp
        }
    }
}
