//! Shares become one picture.
//!
//! In: shares that were read. Out: where in which share each MCU stands, and what its DC coefficients lack. Must not know
//! what bits are.

use super::super::plane::Plane;
use super::super::processor::Processor;
use super::super::shape::Span;
use super::coder::Coder;
use super::share::{Share, Tools};
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
pub(super) fn join<'a, P: Processor>(
    shares: &mut [Share<'a>],
    processor: P,
    tools: &Tools<'_, 'a>,
    needed: usize,
    mut reach: usize,
) -> Result<Option<Vec<Piece>>> {
    let mut pieces = Vec::with_capacity(shares.len());
    let mut piece = Piece { number: shares.first().map_or(0, Share::led), ..Piece::default() };
    loop {
        let rest = shares.get_mut(pieces.len()..).unwrap_or_default();
        let Some((share, others)) = rest.split_first_mut() else { return Ok(None) };
        let Piece { first, number, shift } = piece;
        let enough = |share: &Share<'_>| share.mcus.len() >= first + needed.saturating_sub(number);
        if !enough(share) && others.is_empty() {
            // The data are longer than was thought.
            share.read(processor, tools, usize::MAX, first + needed.saturating_sub(number))?;
        }
        if enough(share) {
            pieces.push(piece);
            return Ok(Some(pieces));
        }
        let Some(next) = others.first() else { return Ok(None) };
        if let Some((ours, theirs)) = share.meets(first, next) {
            pieces.push(piece);
            piece = Piece { first: theirs, number: number + (ours - first), shift };
            let (true_ones, guesses) =
                (share.predicted(tools.coder, ours), next.predicted(tools.coder, theirs));
            for ((shift, is), guess) in piece.shift.iter_mut().zip(true_ones).zip(guesses) {
                *shift = shift.wrapping_add(is).wrapping_sub(guess);
            }
        } else if share.is_over() || share.past() >= next.passed() {
            return Ok(None);
        } else {
            reach = reach.saturating_mul(2).max(1);
            share.read(processor, tools, reach, usize::MAX)?;
        }
    }
}

/// The picture's MCUs.
pub(super) struct Joined<'a, 'b> {
    shares: &'a [Share<'b>],
    pieces: &'a [Piece],
    /// MCUs of a row.
    across: usize,
}

impl<'a, 'b> Joined<'a, 'b> {
    pub(super) fn new(shares: &'a [Share<'b>], pieces: &'a [Piece], across: usize) -> Self {
        Self { shares, pieces, across }
    }

    /// Transforms the MCUs of a row, those of `columns`, unless they were before.
    #[inline(always)]
    pub(super) fn put_row<P: Processor, S: AsRef<[u8]> + AsMut<[u8]>>(
        &self,
        processor: P,
        coder: &Coder<'_>,
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
            let (Some(piece), Some(share)) = (self.pieces.get(place), self.shares.get(place)) else { return };
            let stop = self.pieces.get(after).map_or(end, |next| next.number.min(end));
            for number in start..stop {
                let kept = share.mcus.get(piece.first + (number - piece.number));
                let column = number - row * self.across;
                coder.put(processor, kept, &piece.shift, planes, (turn, column));
            }
            start = stop;
        }
    }
}
