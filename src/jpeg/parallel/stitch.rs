//! Shares become one picture.
//!
//! In: shares that were read. Out: where in which share each MCU stands, and what its DC coefficients lack. Must not know
//! what bits are.

use super::super::cpu::Cpu;
use super::super::plane::Plane;
use super::super::scaling::Span;
use super::mcu::McuCodec;
use super::segment::{Segment, Tools};
use crate::error::Result;

/// What counts of a share: its MCUs from `first` on, which is the picture's MCU `number`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece {
    first: usize,
    number: usize,
    /// What its DC coefficients lack.
    shift: [i16; 4],
}

/// The pieces of the first shares that hold the first `needed` MCUs; `None` if they cannot be had, whatever the reason.
/// Where two shares are not in step by the end of the first, that is read on, twice as far each time.
pub(super) fn stitch<'a, P: Cpu>(
    segments: &mut [Segment<'a>],
    cpu: P,
    tools: &Tools<'_, 'a>,
    needed: usize,
    mut reach: usize,
) -> Result<Option<Vec<Piece>>> {
    let mut pieces = Vec::with_capacity(segments.len());
    let mut piece = Piece { number: segments.first().map_or(0, Segment::led), ..Piece::default() };
    loop {
        let rest = segments.get_mut(pieces.len()..).unwrap_or_default();
        let Some((segment, others)) = rest.split_first_mut() else { return Ok(None) };
        let Piece { first, number, shift } = piece;
        let enough = |segment: &Segment<'_>| segment.mcus.len() >= first + needed.saturating_sub(number);
        if !enough(segment) && others.is_empty() {
            // The data are longer than was thought.
            segment.read(cpu, tools, usize::MAX, first + needed.saturating_sub(number))?;
        }
        if enough(segment) {
            pieces.push(piece);
            return Ok(Some(pieces));
        }
        let Some(next) = others.first() else { return Ok(None) };
        if let Some((ours, theirs)) = segment.meets(first, next) {
            pieces.push(piece);
            piece = Piece { first: theirs, number: number + (ours - first), shift };
            let (true_ones, guesses) =
                (segment.predicted(tools.codec, ours), next.predicted(tools.codec, theirs));
            for ((shift, is), guess) in piece.shift.iter_mut().zip(true_ones).zip(guesses) {
                *shift = shift.wrapping_add(is).wrapping_sub(guess);
            }
        } else if segment.is_over() || segment.past() >= next.passed() {
            return Ok(None);
        } else {
            reach = reach.saturating_mul(2).max(1);
            segment.read(cpu, tools, reach, usize::MAX)?;
        }
    }
}

/// The picture's MCUs.
pub(super) struct Stitched<'a, 'b> {
    segments: &'a [Segment<'b>],
    pieces: &'a [Piece],
    /// MCUs of a row.
    across: usize,
}

impl<'a, 'b> Stitched<'a, 'b> {
    pub(super) fn new(segments: &'a [Segment<'b>], pieces: &'a [Piece], across: usize) -> Self {
        Self { segments, pieces, across }
    }

    /// Transforms the MCUs of a row, those of `columns`, unless they were before.
    #[inline(always)]
    pub(super) fn put_row<P: Cpu, S: AsRef<[u8]> + AsMut<[u8]>>(
        &self,
        cpu: P,
        codec: &McuCodec<'_>,
        planes: &mut [Plane<S>],
        (row, turn): (usize, usize),
        columns: Span,
    ) {
        let begun = self.pieces.first().map_or(0, |piece| piece.number);
        let (start, end) = (row * self.across + columns.start, row * self.across + columns.end);
        let mut start = start.max(begun);
        while start < end {
            let after = self.pieces.partition_point(|piece| piece.number <= start);
            let place = after.wrapping_sub(1);
            let (Some(piece), Some(segment)) = (self.pieces.get(place), self.segments.get(place)) else {
                return;
            };
            let stop = self.pieces.get(after).map_or(end, |next| next.number.min(end));
            for number in start..stop {
                let kept = segment.mcus.get(piece.first + (number - piece.number));
                let column = number - row * self.across;
                codec.put(cpu, kept, &piece.shift, planes, (turn, column));
            }
            start = stop;
        }
    }
}
