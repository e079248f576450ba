//! [`Nearest`]: the palette color nearest to a position, exactly.
//!
//! In: a palette, positions. Out: indices. Space is divided into cells; the first search in a cell
//! lists the colors that can be nearest to any position in it, the nearest to the cell first, and
//! later ones compare only those.

use super::position::{ALPHA_UNIT, MIDDLE, Position, squared_distance};

/// Cells on a color axis and on the alpha axis.
const COLOR_CELLS: usize = 16;
const ALPHA_CELLS: usize = 8;

/// The last cell on the alpha axis holds the opaque positions alone, because most are.
const OPAQUE_CELL: u32 = 7;

/// Sides of a cell by axis. Cell 0 is centered on the lowest position, and color cell 15 on the
/// highest.
const SIDES: Position = [17.0, 17.0, 17.0, 34.0];

const CELLS: usize = COLOR_CELLS * COLOR_CELLS * COLOR_CELLS * ALPHA_CELLS;

/// The lowest and highest valid position.
const LOWEST: Position = [-MIDDLE, -MIDDLE, -MIDDLE, 0.0];
const HIGHEST: Position = [MIDDLE, MIDDLE, MIDDLE, 255.0 * ALPHA_UNIT];

/// A color that can be nearest to a position in a cell.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// Its squared distance to the cell.
    least: f32,
    index: u8,
}

#[derive(Debug)]
pub(super) struct Nearest {
    palette: [Position; 256],
    /// Number of colors.
    length: usize,
    /// For each cell, the range of `lists` that it owns; empty before the first search.
    cells: Vec<(u32, u32)>,
    lists: Vec<Candidate>,
}

impl Nearest {
    /// Bytes of its cells and of `MAX_LISTED` listed colors.
    pub(super) const BYTES: u64 =
        (CELLS * size_of::<(u32, u32)>() + MAX_LISTED * size_of::<Candidate>()) as u64;

    /// `palette` has 1 to 256 colors.
    pub(super) fn new(palette: &[Position]) -> Self {
        let mut padded = [[0.0; 4]; 256];
        padded.iter_mut().zip(palette).for_each(|(slot, color)| *slot = *color);
        Self {
            palette: padded,
            length: palette.len().min(256),
            cells: vec![(0, 0); CELLS],
            lists: Vec::new(),
        }
    }

    /// The valid position nearest to `position`, by axis.
    #[inline]
    pub(super) fn clamp(position: Position) -> Position {
        let least = |a: f32, b: f32| if a < b { a } else { b };
        let greatest = |a: f32, b: f32| if a > b { a } else { b };
        std::array::from_fn(|axis| least(greatest(position[axis], LOWEST[axis]), HIGHEST[axis]))
    }

    /// The index and the position of the color nearest to a valid position.
    #[inline]
    pub(super) fn find(&mut self, position: Position) -> (u8, Position) {
        let cell = cell(position);
        let (mut first, mut end) = self.cells[number(cell)];
        if first == end {
            (first, end) = self.list(cell);
        }
        let (mut best, mut index) = (f32::INFINITY, 0);
        for candidate in self.lists.get(first as usize..end as usize).unwrap_or_default() {
            if candidate.least >= best {
                break;
            }
            let distance = squared_distance(self.palette[usize::from(candidate.index)], position);
            if distance < best {
                (best, index) = (distance, candidate.index);
            }
        }
        (index, self.palette[usize::from(index)])
    }

    /// Lists the colors that can be nearest to a position in `cell`: those whose least distance to it
    /// is not above the least of all greatest distances.
    #[cold]
    #[inline(never)]
    fn list(&mut self, cell: [u32; 4]) -> (u32, u32) {
        if self.lists.len() > MAX_LISTED - 256 {
            self.lists.clear();
            self.cells.fill((0, 0));
        }
        let center = |axis: usize| LOWEST[axis] + cell[axis] as f32 * SIDES[axis];
        let mut low: Position = std::array::from_fn(|axis| center(axis) - SIDES[axis] / 2.0);
        let mut high: Position = std::array::from_fn(|axis| center(axis) + SIDES[axis] / 2.0);
        if cell[3] == OPAQUE_CELL {
            (low[3], high[3]) = (HIGHEST[3], HIGHEST[3]);
        }
        let (mut least, mut bound) = ([0.0_f32; 256], f32::INFINITY);
        for (least, color) in least.iter_mut().zip(self.palette.iter().take(self.length)) {
            let mut greatest = 0.0;
            for axis in 0..4 {
                let (below, above) = (low[axis] - color[axis], color[axis] - high[axis]);
                let outside = below.max(above).max(0.0);
                let across = (-below).max(-above);
                *least += outside * outside;
                greatest += across * across;
            }
            bound = bound.min(greatest);
        }
        let start = self.lists.len();
        let candidates = least.into_iter().zip(0_u8..=u8::MAX).take(self.length);
        self.lists.extend(
            candidates.filter(|&(least, _)| least <= bound).map(|(least, index)| Candidate { least, index }),
        );
        if let Some(list) = self.lists.get_mut(start..) {
            list.sort_by(|a, b| a.least.total_cmp(&b.least));
        }
        let at = |length: usize| u32::try_from(length).unwrap_or(0);
        let range = (at(start), at(self.lists.len()));
        self.cells[number(cell)] = range;
        range
    }
}

/// When the lists hold this many, all cells are forgotten.
const MAX_LISTED: usize = 1 << 18;

/// The cell of a valid position, by axis.
#[inline]
fn cell(position: Position) -> [u32; 4] {
    // Added to a small number, it rounds it to a whole one and leaves that in the lowest bits.
    const TO_LOW_BITS: f32 = 8_388_608.0;
    let scaled: [f32; 4] = std::array::from_fn(|axis| (position[axis] - LOWEST[axis]) * (1.0 / SIDES[axis]));
    let mut cell = scaled.map(|at| (at + TO_LOW_BITS).to_bits() & 15);
    if position[3] == HIGHEST[3] {
        cell[3] = OPAQUE_CELL;
    }
    cell
}

/// The number of a cell.
#[inline]
fn number([red, green, blue, alpha]: [u32; 4]) -> usize {
    ((alpha & 7) << 12 | red << 8 | green << 4 | blue) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::encode::quantize::position::position;

    /// Pseudorandom bytes.
    fn bytes() -> impl Iterator<Item = u8> {
        let mut state = 7_u32;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_le_bytes()[3]
        })
    }

    #[test]
    fn the_nearest_color_is_found_as_by_comparing_all() {
        let mut bytes = bytes();
        let mut color = |opaque: bool| {
            let [red, green, blue, alpha] = std::array::from_fn(|_| bytes.next().unwrap());
            position([red, green, blue, if opaque { 255 } else { alpha }])
        };
        for (length, opaque) in [(1, false), (2, true), (37, false), (256, true), (256, false)] {
            let palette: Vec<_> = (0..length).map(|number| color(opaque || number % 2 == 0)).collect();
            let mut nearest = Nearest::new(&palette);
            for number in 0..20_000 {
                let wanted = color(number % 3 == 0);
                let (index, found) = nearest.find(wanted);
                assert_eq!(found, palette[usize::from(index)]);
                let least =
                    palette.iter().map(|&color| squared_distance(color, wanted)).fold(f32::MAX, f32::min);
                assert!(squared_distance(found, wanted) <= least * 1.0001, "{wanted:?} of {length}");
            }
        }
    }

    #[test]
    fn the_lists_do_not_outgrow_their_reservation() {
        // All colors at the same place are candidates everywhere.
        let mut nearest = Nearest::new(&[[1.0, 2.0, 3.0, 100.0]; 256]);
        for step in bytes().take(80_000).collect::<Vec<_>>().chunks_exact(4) {
            let at = position([step[0], step[1], step[2], step[3]]);
            assert_eq!(nearest.find(at), (0, [1.0, 2.0, 3.0, 100.0]));
        }
        assert!(nearest.lists.len() <= MAX_LISTED);
    }

    #[test]
    fn any_position_is_made_valid() {
        assert_eq!(Nearest::clamp([-1e9, 1e9, f32::NAN, -0.5]), [LOWEST[0], HIGHEST[1], LOWEST[2], 0.0]);
    }
}
