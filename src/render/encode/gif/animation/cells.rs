//! [`Cells`]: which colors occur how often; similar ones are counted together.
//!
//! In: colors. Out: the cells that have colors, in the order in which they first occur. Must not
//! know of palettes.

/// Bits of a sample that tell cells apart.
const BITS: u32 = 5;

/// The side of a cell.
const SIDE: f32 = (1 << (8 - BITS)) as f32;

/// Number of cells.
pub(super) const CELLS: usize = 1 << (3 * BITS);

/// A cell that has colors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) key: usize,
    count: u32,
    sums: [u32; 3],
    /// A color that may be most of them, and by how much it outnumbers the others.
    commonest: [u8; 4],
    majority: u32,
}

impl Cell {
    pub(super) fn count(&self) -> f32 {
        self.count as f32
    }

    /// The color of most pixels if there is one, else the mean.
    pub(super) fn color(&self) -> [f32; 3] {
        if self.majority * 2 > self.count {
            let [red, green, blue, _] = self.commonest;
            return [red, green, blue].map(f32::from);
        }
        let share = 1.0 / self.count.max(1) as f32;
        self.sums.map(|sum| sum as f32 * share)
    }
}

#[derive(Debug)]
pub(super) struct Cells {
    /// For each key, the number of the cell plus 1, or 0.
    numbers: Vec<u16>,
    used: Vec<Cell>,
}

impl Cells {
    /// Their maximum size in memory.
    pub(super) const BYTES: u64 = (CELLS * (size_of::<u16>() + size_of::<Cell>())) as u64;

    pub(super) fn new() -> Self {
        Self { numbers: vec![0; CELLS], used: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        for cell in self.used.drain(..) {
            self.numbers[cell.key] = 0;
        }
    }

    pub(super) fn used(&self) -> &[Cell] {
        &self.used
    }

    /// Counts an opaque color. No more than 2^24 can be counted.
    #[inline(always)]
    pub(super) fn add(&mut self, color: [u8; 4]) {
        let key = key(color);
        let number = match self.numbers[key] {
            0 => self.start(key),
            number => usize::from(number - 1),
        };
        let Some(cell) = self.used.get_mut(number) else { return };
        cell.count = cell.count.wrapping_add(1);
        for (sum, sample) in cell.sums.iter_mut().zip(color) {
            *sum = sum.wrapping_add(u32::from(sample));
        }
        if cell.commonest == color {
            cell.majority = cell.majority.wrapping_add(1);
        } else if cell.majority == 0 {
            (cell.commonest, cell.majority) = (color, 1);
        } else {
            cell.majority -= 1;
        }
    }

    #[cold]
    #[inline(never)]
    fn start(&mut self, key: usize) -> usize {
        let number = self.used.len();
        self.used.push(Cell { key, count: 0, sums: [0; 3], commonest: [0; 4], majority: 0 });
        self.numbers[key] = u16::try_from(number + 1).unwrap_or(0);
        number
    }
}

#[inline(always)]
pub(super) fn key([red, green, blue, _]: [u8; 4]) -> usize {
    let [red, green, blue] = [red, green, blue].map(|sample| usize::from(sample >> (8 - BITS)));
    red << (2 * BITS) | green << BITS | blue
}

/// The middle of a cell.
pub(super) fn center(key: usize) -> [f32; 3] {
    let middle = |shift: u32| {
        let cell = (key >> shift) & ((1 << BITS) - 1);
        cell as f32 * SIDE + (SIDE - 1.0) / 2.0
    };
    [middle(2 * BITS), middle(BITS), middle(0)]
}
