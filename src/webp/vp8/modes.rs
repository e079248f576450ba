//! Prediction modes of macroblocks (RFC 6386 sections 8 and 11), read from the first partition.
//!
//! In: bits, and the modes above and to the left. Out: the modes of a macroblock. Must not know how
//! a mode predicts.

use super::bool_decoder::BoolDecoder;
use super::tables::SUBBLOCK_MODE_PROBABILITIES;

/// Prediction mode of a macroblock's luma or chroma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Dc,
    Vertical,
    Horizontal,
    TrueMotion,
}

/// Prediction mode of a subblock, in the order of section 8.1.
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
    /// Whether the stream marks it as having no coefficients.
    pub(super) skipped: bool,
    pub(super) luma: LumaMode,
    pub(super) chroma: Mode,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum LumaMode {
    Macroblock(Mode),
    /// Row by row.
    Subblocks([SubblockMode; 16]),
}

impl Mode {
    fn implied_subblock_mode(self) -> SubblockMode {
        match self {
            Self::Dc => SubblockMode::Dc,
            Self::Vertical => SubblockMode::Vertical,
            Self::Horizontal => SubblockMode::Horizontal,
            Self::TrueMotion => SubblockMode::TrueMotion,
        }
    }
}

impl Macroblock {
    /// Reads the next macroblock's modes. `above` and `left` hold the neighboring subblocks' modes,
    /// and are updated to this macroblock's.
    pub(super) fn read(
        decoder: &mut BoolDecoder<'_>,
        segment_tree: Option<[u8; 3]>,
        skip: Option<u8>,
        above: &mut [SubblockMode; 4],
        left: &mut [SubblockMode; 4],
    ) -> Self {
        decoder.with_local_copy(|decoder| {
            let segment = segment_tree.map_or(0, |[first, low, high]| {
                if decoder.read_bool(first) {
                    2 + usize::from(decoder.read_bool(high))
                } else {
                    usize::from(decoder.read_bool(low))
                }
            });
            let skipped = skip.is_some_and(|probability| decoder.read_bool(probability));
            let luma = if decoder.read_bool(145) {
                let mode = match decoder.read_bool(156) {
                    true if decoder.read_bool(128) => Mode::TrueMotion,
                    true => Mode::Horizontal,
                    false if decoder.read_bool(163) => Mode::Vertical,
                    false => Mode::Dc,
                };
                (*above, *left) = ([mode.implied_subblock_mode(); 4], [mode.implied_subblock_mode(); 4]);
                LumaMode::Macroblock(mode)
            } else {
                let mut subblocks = [SubblockMode::Dc; 16];
                for (row, left) in subblocks.as_chunks_mut::<4>().0.iter_mut().zip(left) {
                    for (mode, above) in row.iter_mut().zip(above.iter_mut()) {
                        *mode = SubblockMode::read(decoder, *above, *left);
                        (*above, *left) = (*mode, *mode);
                    }
                }
                LumaMode::Subblocks(subblocks)
            };
            let chroma = match decoder.read_bool(142) {
                false => Mode::Dc,
                true if !decoder.read_bool(114) => Mode::Vertical,
                true if decoder.read_bool(183) => Mode::TrueMotion,
                true => Mode::Horizontal,
            };
            Self { segment, skipped, luma, chroma }
        })
    }
}

impl SubblockMode {
    /// The tree of section 11.2, unrolled.
    #[inline(always)]
    fn read(decoder: &mut BoolDecoder<'_>, above: Self, left: Self) -> Self {
        let start = (above as usize * 10 + left as usize) * 9;
        let Some(&p) = SUBBLOCK_MODE_PROBABILITIES.get(start..).and_then(<[u8]>::first_chunk::<9>) else {
            return Self::Dc;
        };
        if !decoder.read_bool(p[0]) {
            Self::Dc
        } else if !decoder.read_bool(p[1]) {
            Self::TrueMotion
        } else if !decoder.read_bool(p[2]) {
            Self::Vertical
        } else if !decoder.read_bool(p[3]) {
            if !decoder.read_bool(p[4]) {
                Self::Horizontal
            } else if !decoder.read_bool(p[5]) {
                Self::RightDown
            } else {
                Self::VerticalRight
            }
        } else if !decoder.read_bool(p[6]) {
            Self::LeftDown
        } else if !decoder.read_bool(p[7]) {
            Self::VerticalLeft
        } else if !decoder.read_bool(p[8]) {
            Self::HorizontalDown
        } else {
            Self::HorizontalUp
        }
    }
}
