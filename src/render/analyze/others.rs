//! [`Others`]: the box of the pixels that are not border.
//!
//! In: rows of pixels, what is border. Out: the smallest box that holds all others. Reads what is
//! outside of the box, and what touches it. Must not know what a pixel is.

use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::framing::PixelBox;

/// Pixels that are compared without a branch.
const BLOCK: usize = 16;

/// Finds pixels that are not border.
pub(super) struct Others<P, F> {
    is_border: F,
    /// Border that is compared faster.
    plain: Option<[P; BLOCK]>,
}

impl<P: Copy + PartialEq, F: Fn(&P) -> bool> Others<P, F> {
    /// Most borders are `plain`: all their pixels are this one.
    pub(super) fn new(is_border: F, plain: Option<P>) -> Self {
        Self { is_border, plain: plain.map(|pixel| [pixel; BLOCK]) }
    }

    /// The box of the others among rows of `width`; `None` if there are none.
    pub(super) fn bounds(&self, pixels: &[P], width: u32, budget: &Budget<'_>) -> Result<Option<PixelBox>> {
        let rows = pixels.chunks_exact((width as usize).max(1));
        let check = || budget.check_interrupt(Stage::Analyze);
        let mut first = None;
        for (y, row) in rows.clone().enumerate() {
            check()?;
            first = self.first(row).map(|x| (x, y));
            if first.is_some() {
                break;
            }
        }
        let Some((x, top)) = first else { return Ok(None) };
        let mut bottom = top;
        for (y, row) in rows.clone().enumerate().skip(top).rev() {
            check()?;
            if self.first(row).is_some() {
                bottom = y;
                break;
            }
        }
        let (mut left, mut right) = (x, x);
        for row in rows.take(bottom + 1).skip(top) {
            check()?;
            let before = row.get(..left).unwrap_or_default();
            let after = row.get(right + 1..).unwrap_or_default();
            left = self.first(before).unwrap_or(left);
            right += self.last(after).map_or(0, |x| x + 1);
        }
        Ok(Some(inclusive(left, top, right, bottom)))
    }

    fn first(&self, pixels: &[P]) -> Option<usize> {
        let start = BLOCK * pixels.chunks(BLOCK).position(|block| !self.are_border(block))?;
        let rest = pixels.get(start..)?;
        rest.iter().position(|pixel| !(self.is_border)(pixel)).map(|at| start + at)
    }

    fn last(&self, pixels: &[P]) -> Option<usize> {
        let behind = BLOCK * pixels.rchunks(BLOCK).position(|block| !self.are_border(block))?;
        pixels.get(..pixels.len() - behind)?.iter().rposition(|pixel| !(self.is_border)(pixel))
    }

    fn are_border(&self, block: &[P]) -> bool {
        self.plain.as_ref().is_some_and(|plain| block == plain)
            || block.iter().fold(true, |all, pixel| all & (self.is_border)(pixel))
    }
}

/// The box from (`left`, `top`) to (`right`, `bottom`), with these.
fn inclusive(left: usize, top: usize, right: usize, bottom: usize) -> PixelBox {
    let [x, y, width, height] =
        [left, top, right + 1 - left, bottom + 1 - top].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    PixelBox { x, y, size: Size::new(width, height) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{CancelToken, Limits};

    fn bounds(rows: &[&str], plain: Option<u8>) -> Option<[u32; 4]> {
        let pixels: Vec<u8> = rows.iter().flat_map(|row| row.bytes()).collect();
        let width = u32::try_from(rows[0].len()).unwrap();
        let limits = Limits::default();
        let others = Others::new(|pixel: &u8| *pixel < b'A', plain);
        let found = others.bounds(&pixels, width, &Budget::start(&limits, None)).unwrap();
        found.map(|PixelBox { x, y, size }| [x, y, size.width, size.height])
    }

    #[test]
    fn the_box_holds_every_other_pixel_and_no_more() {
        for plain in [None, Some(b'.')] {
            assert_eq!(bounds(&["....", ".-..", "...."], plain), None);
            assert_eq!(bounds(&["....", ".X..", "...."], plain), Some([1, 1, 1, 1]));
            assert_eq!(bounds(&["X...", "-...", "...X"], plain), Some([0, 0, 4, 3]));
            assert_eq!(bounds(&["....", "..X.", ".X..", "-..X", "...."], plain), Some([1, 1, 3, 3]));
            assert_eq!(bounds(&["..X.", "X..."], plain), Some([0, 0, 3, 2]));
            assert_eq!(bounds(&[".", "X", ".", "X", "."], plain), Some([0, 1, 1, 3]));
        }
    }

    #[test]
    fn a_pixel_is_found_at_every_place_of_a_block() {
        let ground = "-".repeat(53);
        for x in 0..53 {
            let mut row = ground.clone();
            row.replace_range(x..=x, "X");
            let x = u32::try_from(x).unwrap();
            for plain in [None, Some(b'-')] {
                assert_eq!(bounds(&[&ground, &row, &ground], plain), Some([x, 1, 1, 1]));
                let two = format!("X{}", &row[1..]);
                assert_eq!(bounds(&[&two], plain), Some([0, 0, x + 1, 1]));
            }
        }
    }

    #[test]
    fn a_cancelled_call_stops() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let budget = Budget::start(&limits, Some(&token));
        assert!(Others::new(|_: &u8| true, None).bounds(&[0; 6], 3, &budget).is_err());
    }
}
