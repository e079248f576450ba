//! Joining segments into one picture.
//!
//! In: segments that have been read. Out: which segment holds each MCU of the picture, and the
//! offset of its DC coefficients. Must not know how MCUs are coded.

use super::super::cpu::Cpu;
use super::super::plane::Plane;
use super::super::scaling::Span;
use super::mcu::McuCodec;
use super::segment::{Context, Segment};
use crate::error::Result;

/// The part of a segment that counts: its MCUs from `first` on, which is MCU `number` of the
/// picture.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece {
    first: usize,
    number: usize,
    /// What to add to its DC coefficients.
    dc_offset: [i16; 4],
}

/// The pieces of the first segments that hold the first `needed` MCUs; `None` if that fails for any
/// reason. If two segments are not in sync by the end of the first, more of it is read, twice as
/// far each time.
pub(super) fn stitch<'a, P: Cpu>(
    segments: &mut [Segment<'a>],
    cpu: P,
    context: &Context<'_, 'a>,
    needed: usize,
    mut overlap_bits: usize,
) -> Result<Option<Vec<Piece>>> {
    let mut pieces = Vec::with_capacity(segments.len());
    let mut piece = Piece { number: segments.first().map_or(0, Segment::direct_mcus), ..Piece::default() };
    loop {
        let rest = segments.get_mut(pieces.len()..).unwrap_or_default();
        let Some((segment, others)) = rest.split_first_mut() else { return Ok(None) };
        let Piece { first, number, dc_offset } = piece;
        let enough = |segment: &Segment<'_>| segment.mcus.len() >= first + needed.saturating_sub(number);
        if !enough(segment) && others.is_empty() {
            // The data are longer than expected.
            segment.read(cpu, context, usize::MAX, first + needed.saturating_sub(number))?;
        }
        if enough(segment) {
            pieces.push(piece);
            return Ok(Some(pieces));
        }
        let Some(next) = others.first() else { return Ok(None) };
        if let Some((ours, theirs)) = segment.find_joint(first, next) {
            pieces.push(piece);
            piece = Piece { first: theirs, number: number + (ours - first), dc_offset };
            let (true_ones, guesses) =
                (segment.predicted(context.codec, ours), next.predicted(context.codec, theirs));
            for ((dc_offset, is), guess) in piece.dc_offset.iter_mut().zip(true_ones).zip(guesses) {
                *dc_offset = dc_offset.wrapping_add(is).wrapping_sub(guess);
            }
        } else if segment.is_exhausted() || segment.bits_past_boundary() >= next.bits_read() {
            return Ok(None);
        } else {
            overlap_bits = overlap_bits.saturating_mul(2).max(1);
            segment.read(cpu, context, overlap_bits, usize::MAX)?;
        }
    }
}

/// The MCUs of the picture.
pub(super) struct Stitched<'a, 'b> {
    segments: &'a [Segment<'b>],
    pieces: &'a [Piece],
    /// MCUs per row.
    mcu_columns: usize,
}

impl<'a, 'b> Stitched<'a, 'b> {
    pub(super) fn new(segments: &'a [Segment<'b>], pieces: &'a [Piece], mcu_columns: usize) -> Self {
        Self { segments, pieces, mcu_columns }
    }

    /// Transforms the MCUs of a row that are in `columns`, except those that the first segment has
    /// already transformed.
    #[inline(always)]
    pub(super) fn put_row<P: Cpu, S: AsRef<[u8]> + AsMut<[u8]>>(
        &self,
        cpu: P,
        codec: &McuCodec<'_>,
        planes: &mut [Plane<S>],
        (row, buffer_row): (usize, usize),
        columns: Span,
    ) {
        let direct = self.pieces.first().map_or(0, |piece| piece.number);
        let (start, end) = (row * self.mcu_columns + columns.start, row * self.mcu_columns + columns.end);
        let mut start = start.max(direct);
        while start < end {
            let after = self.pieces.partition_point(|piece| piece.number <= start);
            let index = after.wrapping_sub(1);
            let (Some(piece), Some(segment)) = (self.pieces.get(index), self.segments.get(index)) else {
                return;
            };
            let stop = self.pieces.get(after).map_or(end, |next| next.number.min(end));
            for number in start..stop {
                let kept = segment.mcus.get(piece.first + (number - piece.number));
                let column = number - row * self.mcu_columns;
                codec.put(cpu, kept, &piece.dc_offset, planes, (buffer_row, column));
            }
            start = stop;
        }
    }
}
