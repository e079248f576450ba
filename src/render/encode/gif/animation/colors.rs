//! [`Colors`]: chooses the palette of each frame and the indices of its pixels.
//!
//! In: a picture, and which of its pixels have changed. Out: a [`Table`]; the canvas holds the
//! indices. Must not know of files.
//!
//! As long as all pictures together have few colors, each is reproduced without loss, and one global
//! palette grows. Otherwise the first picture makes the global palette, and each of the others uses
//! that or one of its own, whichever is worth its bytes.

use super::area::Area;
use super::canvas::{Canvas, LEAVE, opaque};
use super::cells::Cells;
use super::dither::{ABSENT, Block, CHANGED};
use super::exact::Exact;
use super::file::table_bytes;
use super::palette::{MAX_COLORS, Palette};
use crate::error::Result;
use crate::limits::Budget;
use crate::render::encode::quantize;

/// The tolerance for changes where colors are not exact anyway: nobody sees less, and it keeps the
/// noise of films from being written again in each frame.
const TOLERANCE: u8 = 3;

/// The squared error, summed over pixels and samples, that is worth a byte.
const ERROR_PER_BYTE: f32 = 150.0;

/// About so many pixels are counted to make a palette, but at least one of [`MAX_STEP`]: otherwise
/// small things would not get their color.
const COUNTED: usize = 1 << 13;
const MAX_STEP: usize = 8;

/// The global palette is tried at least every so many pictures; for all of them, if the error of a
/// picture is worth less than so many palettes.
const MAX_SKIPPED: u8 = 8;
const WORTH_SKIPPING: f32 = 2.0;

/// As long as the error of about so many pixels does not grow, the palette follows only every so many
/// pictures.
const SAMPLED: usize = 1 << 10;
const MAX_RESTED: u8 = 2;

/// A new palette is made if following the picture leaves an error greater than this many times the
/// usual one.
const MAX_GROWTH: f32 = 1.5;

/// The squared error that is tolerated of a pixel where it is shown already.
const TOLERATED: f32 = 30.0;

/// The global palette takes no more colors than give a mean squared error of a sample of this, so
/// that there is room for those of later pictures.
const GLOBAL_ERROR: f32 = 1.0;

/// Colors are added to it for a greater squared error of a pixel.
const MISFIT: f32 = 8.0;

/// The palette of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Global,
    /// [`Colors::own`].
    Own,
}

#[derive(Debug)]
pub(super) struct Colors {
    /// Whether all frames were exact until now.
    is_exact: bool,
    /// The global palette if the first picture has few colors.
    exact: Exact,
    /// The global palette if it has many.
    global: Palette,
    /// The palette of the last frame that had its own and was dithered.
    follower: Palette,
    /// The colors of a frame's own palette.
    own: Vec<[u8; 3]>,
    /// The usual error of the palettes, per pixel.
    usual_error: f32,
    cells: Cells,
    /// Whether the last dithered frame had its own palette, and for how many the global one was not
    /// tried.
    uses_own: bool,
    skipped: u8,
    /// The error of a few pixels when the follower followed last, and for how many pictures it has
    /// not.
    followed_error: f32,
    rested: u8,
}

/// A picture to be indexed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture<'a> {
    pub(super) pixels: &'a [[u8; 4]],
    /// Where it has changed, and how many of its pixels have.
    pub(super) area: Area,
    pub(super) changed: usize,
    /// Whether it is to be written completely, not only where it has changed.
    pub(super) complete: bool,
}

impl Picture<'_> {
    /// Whether a pixel is to be written.
    #[inline(always)]
    fn writes(&self, task: u8) -> bool {
        task == CHANGED || (self.complete && task != ABSENT)
    }
}

impl Colors {
    /// Its size in memory.
    pub(super) const BYTES: u64 = Cells::BYTES + 2 * Palette::BYTES + quantize::WORKING_BYTES;

    pub(super) fn new() -> Self {
        Self {
            is_exact: true,
            exact: Exact::new(),
            global: Palette::new(),
            follower: Palette::new(),
            own: Vec::new(),
            usual_error: 0.0,
            cells: Cells::new(),
            uses_own: false,
            skipped: 0,
            followed_error: 0.0,
            rested: 0,
        }
    }

    /// By how much a sample can differ before its pixel counts as changed.
    pub(super) fn tolerance(&self) -> u8 {
        if self.is_exact { 0 } else { TOLERANCE }
    }

    /// The global palette.
    pub(super) fn global(&self) -> impl Iterator<Item = [u8; 3]> {
        self.exact.colors().chain(self.global.colors())
    }

    /// The palette of a frame.
    pub(super) fn table(&self, table: Table) -> Vec<[u8; 3]> {
        match table {
            Table::Global => self.global().collect(),
            Table::Own => self.own.clone(),
        }
    }

    /// Writes the indices of the pixels that have changed.
    pub(super) fn index(
        &mut self,
        canvas: &mut Canvas,
        picture: Picture<'_>,
        budget: &Budget<'_>,
    ) -> Result<Table> {
        if self.global.is_empty() && self.index_exactly(canvas, picture, budget)? {
            return Ok(Table::Global);
        }
        let mut exact = Exact::new();
        let is_exact = collect(&mut exact, canvas, picture, budget)?;
        if is_exact && self.is_exact {
            return self.index_by(&mut exact, canvas, picture, budget);
        }
        if self.is_exact && self.exact.len() > 0 {
            let colors: Vec<[u8; 3]> = self.exact.colors().collect();
            self.global.set(&colors);
            self.exact.truncate(0);
        }
        self.is_exact = false;
        let table = self.choose(is_exact.then_some(&exact), canvas, picture, budget)?;
        let Some(table) = table else { return self.index_by(&mut exact, canvas, picture, budget) };
        self.dither(table, canvas, picture, budget)?;
        Ok(table)
    }

    /// Tries to extend the exact global palette.
    fn index_exactly(
        &mut self,
        canvas: &mut Canvas,
        picture: Picture<'_>,
        budget: &Budget<'_>,
    ) -> Result<bool> {
        let before = self.exact.len();
        if collect(&mut self.exact, canvas, picture, budget)? {
            write_exactly(&mut self.exact, canvas, picture, budget)?;
            return Ok(true);
        }
        self.exact.truncate(before);
        Ok(false)
    }

    fn index_by(
        &mut self,
        exact: &mut Exact,
        canvas: &mut Canvas,
        picture: Picture<'_>,
        budget: &Budget<'_>,
    ) -> Result<Table> {
        write_exactly(exact, canvas, picture, budget)?;
        self.own.clear();
        self.own.extend(exact.colors());
        Ok(Table::Own)
    }

    /// Chooses among the global palette, one that follows the pictures, and the exact colors (`None`)
    /// if there are few.
    fn choose(
        &mut self,
        exact: Option<&Exact>,
        canvas: &Canvas,
        picture: Picture<'_>,
        budget: &Budget<'_>,
    ) -> Result<Option<Table>> {
        let pixels = picture.changed as f32;
        let price = |colors: usize| ERROR_PER_BYTE * table_bytes(colors) as f32;
        // Far from the global palette, a picture will hardly come back to it at once.
        let is_far = self.uses_own && self.usual_error * pixels > price(MAX_COLORS) * WORTH_SKIPPING;
        let rests = is_far && exact.is_none() && self.rested < MAX_RESTED;
        if rests && self.sampled_error(canvas, picture, budget)? <= self.followed_error * 1.05 + 1.0 {
            self.rested += 1;
            return Ok(Some(self.own_table()));
        }
        self.rested = 0;
        self.count(canvas, picture, budget)?;
        if self.global.is_empty() {
            self.usual_error = make(&mut self.global, &self.cells, GLOBAL_ERROR, budget)?;
            self.follower.copy(&self.global);
            return Ok(Some(Table::Global));
        }
        let following = price(MAX_COLORS) + self.usual_error * pixels;
        self.skipped = if is_far { (self.skipped + 1) % MAX_SKIPPED } else { 0 };
        let global = if self.skipped > 0 { f32::MAX } else { self.extend(budget)? * pixels };
        if exact.is_some_and(|exact| price(exact.len() + 1) <= global.min(following)) {
            return Ok(None);
        }
        self.uses_own = global > following;
        if !self.uses_own {
            return Ok(Some(Table::Global));
        }
        self.follow(budget)?;
        self.followed_error = self.sampled_error(canvas, picture, budget)?;
        Ok(Some(self.own_table()))
    }

    /// Makes the follower the frame's own palette.
    fn own_table(&mut self) -> Table {
        self.own.clear();
        self.own.extend(self.follower.colors());
        Table::Own
    }

    /// Counts the colors that have changed.
    fn count(&mut self, canvas: &Canvas, picture: Picture<'_>, budget: &Budget<'_>) -> Result<()> {
        self.cells.clear();
        let step = picture.changed.div_ceil(COUNTED).clamp(1, MAX_STEP);
        sample(canvas, picture, step, budget, |pixel| self.cells.add(opaque(pixel)))
    }

    /// The mean squared error of a few pixels with the follower.
    fn sampled_error(&mut self, canvas: &Canvas, picture: Picture<'_>, budget: &Budget<'_>) -> Result<f32> {
        let (mut error, mut pixels) = (0.0, 0.0);
        let step = picture.changed.div_ceil(SAMPLED).max(1);
        sample(canvas, picture, step, budget, |pixel| {
            error += self.follower.error(pixel);
            pixels += 1.0;
        })?;
        Ok(error / f32::max(pixels, 1.0))
    }

    /// Adds colors to the global palette if it has room. Returns its error.
    fn extend(&mut self, budget: &Budget<'_>) -> Result<f32> {
        let error = self.global.fit(&self.cells).error;
        let room = MAX_COLORS - self.global.len();
        if room == 0 || error <= MISFIT {
            return Ok(error);
        }
        let misfits = self.global.misfits(&self.cells, MISFIT);
        let colors = quantize::palette_of(misfits.into_iter(), room.div_ceil(2), GLOBAL_ERROR, budget)?;
        self.global.extend(&colors);
        Ok(self.global.fit(&self.cells).error)
    }

    /// Lets the follower follow, or makes a new one after a cut.
    fn follow(&mut self, budget: &Budget<'_>) -> Result<()> {
        if self.follower.is_empty() {
            self.usual_error = make(&mut self.follower, &self.cells, 0.0, budget)?;
        } else {
            let fit = self.follower.fit(&self.cells);
            let error = self.follower.follow(fit);
            if error > MAX_GROWTH * self.usual_error + 1.0 {
                self.usual_error = make(&mut self.follower, &self.cells, 0.0, budget)?;
            } else {
                self.usual_error = 0.9 * self.usual_error + 0.1 * error;
            }
        }
        Ok(())
    }

    fn dither(
        &mut self,
        table: Table,
        canvas: &mut Canvas,
        picture: Picture<'_>,
        budget: &Budget<'_>,
    ) -> Result<()> {
        let palette = if table == Table::Global { &mut self.global } else { &mut self.follower };
        let area = canvas.area();
        let (first, last) = (picture.area.top / 2, picture.area.bottom.div_ceil(2));
        for pair in first..last {
            canvas.check_interrupt(2 * pair, budget)?;
            let top = canvas.row(area, 2 * pair);
            let width = top.len();
            let start = top.start;
            let rows = if 2 * pair + 1 < area.bottom { 2 } else { 1 };
            let (pixels, shown) =
                (&picture.pixels[start..][..rows * width], &canvas.shown[start..][..rows * width]);
            let indices = &mut canvas.indices[start..][..rows * width];
            let (top, bottom) = indices.split_at_mut(width);
            for x in (picture.area.left / 2 * 2..picture.area.right).step_by(2) {
                let tasks = join(pair_at(top, x), pair_at(bottom, x));
                let four = if tasks.iter().any(|task| picture.writes(*task)) {
                    let block = Block {
                        wanted: join(pair_at(pixels, x), pair_at(&pixels[width..], x)),
                        shown: join(pair_at(shown, x), pair_at(&shown[width..], x)),
                        tasks,
                    };
                    block.dither(palette, LEAVE, TOLERATED, picture.complete)
                } else {
                    [LEAVE; 4]
                };
                let [a, b, c, d] = four;
                for (row, pair) in [(&mut *top, [a, b]), (&mut *bottom, [c, d])] {
                    let slots = row.iter_mut().skip(x).zip(pair);
                    slots.for_each(|(slot, index)| *slot = index);
                }
            }
        }
        Ok(())
    }
}

#[inline(always)]
fn join<T: Copy>([a, b]: [T; 2], [c, d]: [T; 2]) -> [T; 4] {
    [a, b, c, d]
}

/// The items at `x` and `x + 1`; zeros beyond the end.
#[inline(always)]
fn pair_at<T: Copy + Default>(row: &[T], x: usize) -> [T; 2] {
    match row.get(x..x + 2) {
        Some(&[a, b]) => [a, b],
        _ => [row.get(x).copied().unwrap_or_default(), T::default()],
    }
}

/// Calls `take` with every `step`-th pixel of each row, if it is to be written.
fn sample(
    canvas: &Canvas,
    picture: Picture<'_>,
    step: usize,
    budget: &Budget<'_>,
    mut take: impl FnMut([u8; 4]),
) -> Result<()> {
    for y in picture.area.top..picture.area.bottom {
        canvas.check_interrupt(y, budget)?;
        let row = canvas.row(picture.area, y);
        let pixels = picture.pixels[row.clone()].iter().zip(&canvas.indices[row]);
        // Multiples of the golden ratio, so that no column and no pattern is missed.
        let fraction = u64::from(0x9e37_79b9_u32.wrapping_mul(u32::try_from(y).unwrap_or(0)));
        let first = usize::try_from((fraction * step as u64) >> 32).unwrap_or(0);
        for (&pixel, &task) in pixels.skip(first).step_by(step) {
            if picture.writes(task) {
                take(pixel);
            }
        }
    }
    Ok(())
}

/// Makes a new palette. Returns its error.
fn make(palette: &mut Palette, cells: &Cells, max_error: f32, budget: &Budget<'_>) -> Result<f32> {
    let colors = cells.used().iter().map(|cell| (cell.color(), cell.count()));
    let chosen = quantize::palette_of(colors, MAX_COLORS, max_error, budget)?;
    palette.set(&chosen);
    let fit = palette.fit(cells);
    Ok(palette.follow(fit))
}

/// Adds the colors of all pixels that have changed. Returns `false` if they are too many.
fn collect(exact: &mut Exact, canvas: &Canvas, picture: Picture<'_>, budget: &Budget<'_>) -> Result<bool> {
    for y in picture.area.top..picture.area.bottom {
        canvas.check_interrupt(y, budget)?;
        let row = canvas.row(picture.area, y);
        for (&pixel, &task) in picture.pixels[row.clone()].iter().zip(&canvas.indices[row]) {
            if picture.writes(task) && exact.index(opaque(pixel)).is_none() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn write_exactly(
    exact: &mut Exact,
    canvas: &mut Canvas,
    picture: Picture<'_>,
    budget: &Budget<'_>,
) -> Result<()> {
    for y in picture.area.top..picture.area.bottom {
        canvas.check_interrupt(y, budget)?;
        let row = canvas.row(picture.area, y);
        for (&pixel, slot) in picture.pixels[row.clone()].iter().zip(&mut canvas.indices[row]) {
            let index = picture.writes(*slot).then(|| exact.index(opaque(pixel))).flatten();
            *slot = index.unwrap_or(LEAVE);
        }
    }
    Ok(())
}
