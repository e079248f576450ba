//! [`Exact`]: the palette of a picture with few colors.
//!
//! In: colors. Out: their indices, in the order in which they first occur.

use super::palette::MAX_COLORS;

/// Size of the hash table, of which at most a quarter is used.
const SLOTS: usize = 1024;

#[derive(Debug)]
pub(super) struct Exact {
    colors: Vec<[u8; 4]>,
    /// For each hash, the index of a color plus 1, or 0.
    slots: [u16; SLOTS],
    /// The color that was asked for last, and its index.
    last: ([u8; 4], u8),
}

impl Exact {
    pub(super) fn new() -> Self {
        Self { colors: Vec::with_capacity(MAX_COLORS), slots: [0; SLOTS], last: ([0; 4], 0) }
    }

    pub(super) fn len(&self) -> usize {
        self.colors.len()
    }

    pub(super) fn colors(&self) -> impl Iterator<Item = [u8; 3]> {
        self.colors.iter().map(|&[red, green, blue, _]| [red, green, blue])
    }

    /// Forgets all but the first `length` colors.
    pub(super) fn truncate(&mut self, length: usize) {
        let colors = std::mem::take(&mut self.colors);
        self.slots.fill(0);
        self.last = ([0; 4], 0);
        for color in colors.into_iter().take(length) {
            self.index(color);
        }
    }

    /// The index of an opaque color; `None` if there are too many colors.
    #[inline]
    pub(super) fn index(&mut self, color: [u8; 4]) -> Option<u8> {
        if self.last.0 == color {
            return Some(self.last.1);
        }
        let index = self.look_up(color)?;
        self.last = (color, index);
        Some(index)
    }

    fn look_up(&mut self, color: [u8; 4]) -> Option<u8> {
        let mut slot = (u32::from_le_bytes(color).wrapping_mul(0x9e37_79b1) >> 22) as usize;
        while let Some(index) = self.slots[slot % SLOTS].checked_sub(1) {
            if self.colors[usize::from(index)] == color {
                return u8::try_from(index).ok();
            }
            slot += 1;
        }
        let index = u8::try_from(self.colors.len()).ok().filter(|index| usize::from(*index) < MAX_COLORS)?;
        self.colors.push(color);
        self.slots[slot % SLOTS] = u16::from(index) + 1;
        Some(index)
    }
}
