//! Lossy frames of an animated WebP: which macroblocks are written.
//!
//! In: pictures of one size, one after another. Out: the part of the canvas to write, with the blocks transparent that can stay.
//! A block stays if what is shown there is as near to the new picture as it was to its own when it was written: so errors never
//! add up, and grain that the quality does not keep anyway costs nothing. Must not know the file.

use super::super::difference::{Area, same};
use super::super::error::{internal, out_of_memory};
use super::super::libwebp::{self, Picture, Plane};
use super::super::step::Step;
use super::part::Part;
use crate::error::{Error, Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::WebpOptions;

/// Pixels per side of a macroblock.
const BLOCK: usize = 16;

/// Samples per side of a piece of a macroblock.
const PIECE: usize = 8;

/// A macroblock: the quarters of its luma, Cb, Cr. Zero outside of the canvas.
type Block = [[u8; PIECE * PIECE]; 6];

/// What a piece shows stays if its squared differences are at most this many tenths of what they were when it was written. At 15,
/// half of a dithered video stays, and what moves slowly begins to show.
const STAYING: u32 = 13;
/// And at most this many times the activity of the new piece: nothing stays on what has become plain.
const STAYING_ON_PLAIN: u32 = 4;
/// And in any case if they are at most this: 1.5 for each sample.
const INVISIBLE: u32 = 96;

/// Frames of which fewer than one block in this many can stay are written whole: alpha costs time and bytes, too.
const STAYING_PART: usize = 20;

/// Macroblocks between interrupt checks.
const CHECK_INTERVAL: usize = 256;

/// A macroblock of the canvas.
#[derive(Clone)]
struct State {
    shown: Block,
    /// The squared differences of each piece when it was written.
    errors: [u32; 6],
    /// Whether the frame at hand writes it.
    written: bool,
}

impl State {
    /// Whether what is shown is near enough to `wanted`.
    fn can_stay(&self, wanted: &Block) -> bool {
        let errors = differences(wanted, &self.shown).into_iter().zip(self.errors);
        errors.zip(wanted).all(|((error, when_written), piece)| {
            error <= INVISIBLE
                || (error <= when_written * STAYING / 10 && error <= activity(piece) * STAYING_ON_PLAIN)
        })
    }
}

/// What is shown.
pub(super) struct Shown {
    size: Size,
    columns: usize,
    blocks: Vec<State>,
}

impl Shown {
    /// Bytes that frames of `size` take.
    pub(super) fn bytes(size: Size) -> u64 {
        // Two pictures and a file besides.
        count(size) as u64 * size_of::<State>() as u64 + 8 * size.area()
    }

    pub(super) fn new(size: Size) -> Result<Self> {
        let (count, mut blocks) = (count(size), Vec::new());
        blocks.try_reserve_exact(count).map_err(|_| out_of_memory::<State>(count))?;
        blocks.resize(count, State { shown: [[0; 64]; 6], errors: [0; 6], written: true });
        Ok(Self { size, columns: (size.width as usize).div_ceil(BLOCK), blocks })
    }

    /// The part of `step` to write; `None` if everything can stay.
    pub(super) fn update(
        &mut self,
        step: &Step<'_>,
        options: WebpOptions,
        budget: &Budget<'_>,
    ) -> Result<Option<Part>> {
        let mut wanted = libwebp::planes(step.picture.as_flattened(), self.size, budget.interrupt())?;
        let can_blend = self.choose(step, &mut wanted, budget)?;
        let Some(area) = self.written_area() else { return Ok(None) };
        let in_area =
            self.blocks.iter().enumerate().filter(|(number, _)| area.contains(self.corner(*number)));
        let (count, staying) = in_area
            .fold((0, 0), |(count, staying), (_, state)| (count + 1, staying + usize::from(!state.written)));
        let blends = can_blend && staying * STAYING_PART > count;
        let mut pixels = area.rows(step.picture, self.size.width as usize);
        let has_alpha = blends || !pixels.all(opaque);
        let mut picture = Picture::with_planes(area.size()?, has_alpha)?;
        self.fill(&mut picture, &mut wanted, area, blends, budget)?;
        if has_alpha {
            self.fill_alpha(&mut picture, step.picture, area, budget)?;
        }
        let file = picture.encode_and_show(options, budget.interrupt())?;
        self.remember(&mut picture, &mut wanted, area, budget)?;
        Ok(Some(Part { area, file, blends, has_alpha }))
    }

    /// Marks the blocks to write. Returns whether they can be blended with what is there: whether every pixel of them is opaque or
    /// comes over a transparent one.
    fn choose(&mut self, step: &Step<'_>, wanted: &mut Picture, budget: &Budget<'_>) -> Result<bool> {
        let Some(before) = step.before else {
            self.blocks.iter_mut().for_each(|state| state.written = true);
            return Ok(false);
        };
        let (width, size) = (self.size.width as usize, self.size);
        let mut can_blend = true;
        for number in 0..self.blocks.len() {
            if number % CHECK_INTERVAL == 0 {
                budget.check_interrupt(Stage::Encode)?;
            }
            let (left, top) = self.corner(number);
            let area = Area { left, top, width: BLOCK.min(width - left), height: BLOCK };
            let rows = || area.rows(step.picture, width).zip(area.rows(before, width));
            let pixels = || rows().flat_map(|(new, old)| new.iter().zip(old));
            let Some(state) = self.blocks.get_mut(number) else { break };
            state.written = if rows().all(|(new, old)| new == old) {
                false
            } else if rows().all(|(new, old)| opaque(new) && opaque(old)) {
                !state.can_stay(&load(wanted, size, (left, top))?)
            } else {
                pixels().any(|(&new, &old)| !same(new, old))
            };
            can_blend &= !state.written || pixels().all(|(new, old)| new[3] == u8::MAX || old[3] == 0);
        }
        Ok(can_blend)
    }

    /// Where a block begins.
    fn corner(&self, number: usize) -> (usize, usize) {
        (number % self.columns * BLOCK, number / self.columns * BLOCK)
    }

    /// Fills `picture`, which is that of `area`. If nothing is blended, all of its blocks are written.
    fn fill(
        &mut self,
        picture: &mut Picture,
        wanted: &mut Picture,
        area: Area,
        blends: bool,
        budget: &Budget<'_>,
    ) -> Result<()> {
        for number in 0..self.blocks.len() {
            if number % CHECK_INTERVAL == 0 {
                budget.check_interrupt(Stage::Encode)?;
            }
            let corner = self.corner(number);
            let state = self.blocks.get_mut(number).filter(|_| area.contains(corner));
            let Some(state) = state else { continue };
            state.written |= !blends;
            let inside = (corner.0 - area.left, corner.1 - area.top);
            if state.written {
                store(picture, area.size()?, inside, &load(wanted, self.size, corner)?)?;
            } else {
                continue_smoothly(picture, area.size()?, inside)?;
            }
        }
        Ok(())
    }

    /// Takes over what was written: what `picture`, which is that of `area`, has become.
    fn remember(
        &mut self,
        picture: &mut Picture,
        wanted: &mut Picture,
        area: Area,
        budget: &Budget<'_>,
    ) -> Result<()> {
        for number in 0..self.blocks.len() {
            if number % CHECK_INTERVAL == 0 {
                budget.check_interrupt(Stage::Encode)?;
            }
            let corner = self.corner(number);
            let state = self.blocks.get_mut(number).filter(|state| state.written);
            let Some(state) = state else { continue };
            state.shown = load(picture, area.size()?, (corner.0 - area.left, corner.1 - area.top))?;
            state.errors = differences(&load(wanted, self.size, corner)?, &state.shown);
        }
        Ok(())
    }

    /// The smallest area with all blocks to write.
    fn written_area(&self) -> Option<Area> {
        let (mut left, mut top, mut right, mut bottom) = (usize::MAX, usize::MAX, 0, 0);
        for (number, _) in self.blocks.iter().enumerate().filter(|(_, state)| state.written) {
            let (x, y) = self.corner(number);
            (left, top) = (left.min(x), top.min(y));
            (right, bottom) = (right.max(x + BLOCK), bottom.max(y + BLOCK));
        }
        let (right, bottom) = (right.min(self.size.width as usize), bottom.min(self.size.height as usize));
        (right > 0).then(|| Area { left, top, width: right - left, height: bottom - top })
    }

    /// The alpha of written blocks; zero in those that stay.
    fn fill_alpha(
        &self,
        picture: &mut Picture,
        pixels: &[[u8; 4]],
        area: Area,
        budget: &Budget<'_>,
    ) -> Result<()> {
        for (y, pixels) in area.rows(pixels, self.size.width as usize).enumerate() {
            if y % BLOCK == 0 {
                budget.check_interrupt(Stage::Encode)?;
            }
            let target = picture.row(Plane::Alpha, y, area.width).ok_or_else(no_plane)?;
            let states = self.blocks.iter().skip((area.top + y) / BLOCK * self.columns + area.left / BLOCK);
            for ((target, pixels), state) in target.chunks_mut(BLOCK).zip(pixels.chunks(BLOCK)).zip(states) {
                let alphas = pixels.iter().map(|pixel| if state.written { pixel[3] } else { 0 });
                target.iter_mut().zip(alphas).for_each(|(target, alpha)| *target = alpha);
            }
        }
        Ok(())
    }
}

fn count(size: Size) -> usize {
    (size.width as usize).div_ceil(BLOCK) * (size.height as usize).div_ceil(BLOCK)
}

fn opaque(pixels: &[[u8; 4]]) -> bool {
    pixels.iter().fold(u8::MAX, |all, pixel| all & pixel[3]) == u8::MAX
}

fn no_plane() -> Error {
    internal("libwebp did not allocate this plane")
}

/// The plane of a piece, the size of the plane, and where the piece is in it.
fn place(piece: usize, size: Size, (x, y): (usize, usize)) -> (Plane, [usize; 2], [usize; 2]) {
    let (width, height) = (size.width as usize, size.height as usize);
    let chroma = ([width.div_ceil(2), height.div_ceil(2)], [x / 2, y / 2]);
    match piece {
        4 => (Plane::U, chroma.0, chroma.1),
        5 => (Plane::V, chroma.0, chroma.1),
        quarter => (Plane::Y, [width, height], [x + quarter % 2 * PIECE, y + quarter / 2 * PIECE]),
    }
}

/// The macroblock of a picture whose corner is at `corner`.
fn load(picture: &mut Picture, size: Size, corner: (usize, usize)) -> Result<Block> {
    let mut block = [[0; PIECE * PIECE]; 6];
    for (piece, samples) in block.iter_mut().enumerate() {
        let (plane, [width, height], [x, y]) = place(piece, size, corner);
        for (y, target) in (y..height).zip(samples.as_chunks_mut::<PIECE>().0) {
            let row = picture.row(plane, y, width).ok_or_else(no_plane)?;
            match row.get(x..).and_then(|row| row.first_chunk()) {
                Some(samples) => *target = *samples,
                None => {
                    target.iter_mut().zip(row.iter().skip(x)).for_each(|(target, sample)| *target = *sample)
                }
            }
        }
    }
    Ok(block)
}

/// Writes a macroblock to a picture.
fn store(picture: &mut Picture, size: Size, corner: (usize, usize), block: &Block) -> Result<()> {
    for (piece, samples) in block.iter().enumerate() {
        let (plane, [width, height], [x, y]) = place(piece, size, corner);
        for (y, samples) in (y..height).zip(samples.as_chunks::<PIECE>().0) {
            let row = picture.row(plane, y, width).ok_or_else(no_plane)?;
            row.iter_mut().skip(x).zip(samples).for_each(|(target, sample)| *target = *sample);
        }
    }
    Ok(())
}

/// Fills a macroblock that is transparent with what VP8 predicts for it: the mean of the samples beside it.
fn continue_smoothly(picture: &mut Picture, size: Size, corner: (usize, usize)) -> Result<()> {
    for (piece, side) in [(0, BLOCK), (4, PIECE), (5, PIECE)] {
        let (plane, [width, height], [x, y]) = place(piece, size, corner);
        let (mut sum, mut count) = (0_u32, 0_u32);
        if let Some(above) = y.checked_sub(1) {
            let row = picture.row(plane, above, width).ok_or_else(no_plane)?;
            for sample in row.iter().skip(x).take(side) {
                (sum, count) = (sum + u32::from(*sample), count + 1);
            }
        }
        let rows = y..height.min(y + side);
        if let Some(left) = x.checked_sub(1) {
            for y in rows.clone() {
                let row = picture.row(plane, y, width).ok_or_else(no_plane)?;
                (sum, count) = (sum + row.get(left).map_or(0, |sample| u32::from(*sample)), count + 1);
            }
        }
        let mean =
            (sum + count / 2).checked_div(count).and_then(|mean| u8::try_from(mean).ok()).unwrap_or(128);
        for y in rows {
            let row = picture.row(plane, y, width).ok_or_else(no_plane)?;
            row.iter_mut().skip(x).take(side).for_each(|sample| *sample = mean);
        }
    }
    Ok(())
}

/// The sum of squared differences of each piece.
fn differences(one: &Block, other: &Block) -> [u32; 6] {
    let mut sums = [0; 6];
    for (sum, (one, other)) in sums.iter_mut().zip(one.iter().zip(other)) {
        *sum = one.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(*other)).pow(2)).sum();
    }
    sums
}

/// How much neighboring samples of a piece differ, as what noise would differ from its mean.
fn activity(piece: &[u8; PIECE * PIECE]) -> u32 {
    let square = |(one, other): (&u8, &u8)| u32::from(one.abs_diff(*other)).pow(2);
    let rows = piece.as_chunks::<PIECE>().0.iter();
    let across: u32 = rows.flat_map(|row| row.iter().zip(row.iter().skip(1))).map(square).sum();
    let down: u32 = piece.iter().zip(piece.iter().skip(PIECE)).map(square).sum();
    // The squared difference of two samples of noise is twice its variance; there are 112 pairs, and 64 samples.
    (across + down) * 2 / 7
}
