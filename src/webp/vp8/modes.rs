//! How macroblocks are predicted (RFC 6386 sections 8 and 11): read from the first partition.
//!
//! In: bits, and the modes above and to the left. Out: a macroblock's modes. Must not know how a mode predicts.

use super::bool_decoder::BoolDecoder;
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
pub(super) enum SubblockMode {
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
    Subblocks([SubblockMode; 16]),
}

impl Mode {
    fn of_subblocks(self) -> SubblockMode {
        match self {
            Self::Dc => SubblockMode::Dc,
            Self::Vertical => SubblockMode::Vertical,
            Self::Horizontal => SubblockMode::Horizontal,
            Self::TrueMotion => SubblockMode::TrueMotion,
        }
    }
}

impl Macroblock {
    /// Reads the next macroblock's; `above` and `left` are the subblocks' modes around it, and become its own.
    pub(super) fn read(
        decoder: &mut BoolDecoder<'_>,
        segment_tree: Option<[u8; 3]>,
        skip: Option<u8>,
        above: &mut [SubblockMode; 4],
        left: &mut [SubblockMode; 4],
    ) -> Self {
        decoder.apart(|decoder| {
            let segment = segment_tree.map_or(0, |[first, low, high]| {
                if decoder.bit(first) {
                    2 + usize::from(decoder.bit(high))
                } else {
                    usize::from(decoder.bit(low))
                }
            });
            let skipped = skip.is_some_and(|probability| decoder.bit(probability));
            let luma = if decoder.bit(145) {
                let mode = match decoder.bit(156) {
                    true if decoder.bit(128) => Mode::TrueMotion,
                    true => Mode::Horizontal,
                    false if decoder.bit(163) => Mode::Vertical,
                    false => Mode::Dc,
                };
                (*above, *left) = ([mode.of_subblocks(); 4], [mode.of_subblocks(); 4]);
                Luma::Whole(mode)
            } else {
                let mut subblocks = [SubblockMode::Dc; 16];
                for (row, left) in subblocks.as_chunks_mut::<4>().0.iter_mut().zip(left) {
                    for (mode, above) in row.iter_mut().zip(above.iter_mut()) {
                        *mode = SubblockMode::read(decoder, *above, *left);
                        (*above, *left) = (*mode, *mode);
                    }
                }
                Luma::Subblocks(subblocks)
            };
            let chroma = match decoder.bit(142) {
                false => Mode::Dc,
                true if !decoder.bit(114) => Mode::Vertical,
                true if decoder.bit(183) => Mode::TrueMotion,
                true => Mode::Horizontal,
            };
            Self { segment, skipped, luma, chroma }
        })
    }
}

impl SubblockMode {
    /// The tree of section 11.2, written out.
    #[inline(always)]
    fn read(decoder: &mut BoolDecoder<'_>, above: Self, left: Self) -> Self {
        let start = (above as usize * 10 + left as usize) * 9;
        let Some(&p) = SUBBLOCK_MODES.get(start..).and_then(<[u8]>::first_chunk::<9>) else {
            return Self::Dc;
        };
        if !decoder.bit(p[0]) {
            Self::Dc
        } else if !decoder.bit(p[1]) {
            Self::TrueMotion
        } else if !decoder.bit(p[2]) {
            Self::Vertical
        } else if !decoder.bit(p[3]) {
            if !decoder.bit(p[4]) {
                Self::Horizontal
            } else if !decoder.bit(p[5]) {
                Self::RightDown
            } else {
                Self::VerticalRight
            }
        } else if !decoder.bit(p[6]) {
            Self::LeftDown
        } else if !decoder.bit(p[7]) {
            Self::VerticalLeft
        } else if !decoder.bit(p[8]) {
            Self::HorizontalDown
        } else {
            Self::HorizontalUp
        }
    }
}
