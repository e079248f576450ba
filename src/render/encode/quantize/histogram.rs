//! [`Histogram`]: how often each color occurs; similar colors are counted together if there are too
//! many.
//!
//! In: samples. Out: colors with their counts, in the order in which they first occur.

use super::colors::{CHECK_INTERVAL, Color, colors};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::render::frame::Layout;

/// Maximum number of colors that are counted apart.
pub(super) const MAX_ENTRIES: usize = 1 << 15;

/// Size of the hash table, of which at most half is used.
const SLOTS: usize = 2 * MAX_ENTRIES;

/// Colors that are counted together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// The samples, without the bits that are ignored.
    key: u32,
    pub(super) count: u32,
    /// Sums of the samples. They have room for `MAX_SAMPLED_PIXELS`; more saturate.
    sums: [u32; 4],
}

impl Entry {
    /// The average color.
    pub(super) fn color(&self) -> Color {
        let count = self.count.max(1);
        self.sums.map(|sum| u8::try_from(sum.saturating_add(count / 2) / count).unwrap_or(u8::MAX))
    }
}

#[derive(Debug)]
pub(super) struct Histogram {
    entries: Vec<Entry>,
    /// For each hash, an entry's number plus 1, or 0.
    slots: Vec<u32>,
    /// The bits of a color that distinguish entries.
    mask: u32,
}

impl Histogram {
    /// Its maximum size in memory.
    pub(super) const BYTES: u64 = (MAX_ENTRIES * size_of::<Entry>() + SLOTS * size_of::<u32>()) as u64;

    pub(super) fn new() -> Self {
        Self { entries: Vec::new(), slots: vec![0; SLOTS], mask: u32::MAX }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn colors(&self) -> impl Iterator<Item = Color> {
        self.entries.iter().map(|entry| entry.key.to_le_bytes())
    }

    /// Writes the index of every color among the entries. Returns `false` if there are more than
    /// `max_colors`.
    pub(super) fn index_exactly(
        &mut self,
        samples: &[u8],
        layout: Layout,
        max_colors: usize,
        indices: &mut [u8],
        budget: &Budget<'_>,
    ) -> Result<bool> {
        let chunks = samples.chunks(CHECK_INTERVAL * layout.channels());
        // The most recent color and its index.
        let mut last = None;
        for (samples, indices) in chunks.zip(indices.chunks_mut(CHECK_INTERVAL)) {
            budget.check_interrupt(Stage::Encode)?;
            for (color, slot) in colors(samples, layout).zip(indices) {
                *slot = match last {
                    Some((same, index)) if same == color => index,
                    _ => {
                        let number = self.add(color, 1);
                        let Some(index) = u8::try_from(number).ok().filter(|_| number < max_colors) else {
                            return Ok(false);
                        };
                        last.insert((color, index)).1
                    }
                };
            }
        }
        Ok(true)
    }

    /// Counts every `step`-th pixel of each row of `width` pixels, with a per-row offset so that no
    /// line and no pattern is missed. Forgets what was counted before.
    pub(super) fn count(
        &mut self,
        samples: &[u8],
        layout: Layout,
        width: usize,
        step: u64,
        budget: &Budget<'_>,
    ) -> Result<()> {
        *self = Self::new();
        let skipped = usize::try_from(step).unwrap_or(usize::MAX);
        let check_rows = CHECK_INTERVAL / width.max(1) + 1;
        // The offset as a fraction of `step`, in units of 2^-32: multiples of the golden ratio.
        let mut fraction = 0_u32;
        for (number, row) in samples.chunks_exact((width * layout.channels()).max(1)).enumerate() {
            if number % check_rows == 0 {
                budget.check_interrupt(Stage::Encode)?;
            }
            fraction = fraction.wrapping_add(0x9e37_79b9);
            let first = usize::try_from((u64::from(fraction) * step) >> 32).unwrap_or(0);
            if step == 1 {
                self.add_row(colors(row, layout));
            } else {
                self.add_row(colors(row, layout).skip(first).step_by(skipped));
            }
        }
        Ok(())
    }

    fn add_row(&mut self, row: impl Iterator<Item = Color>) {
        let (mut run, mut length) = ([0; 4], 0);
        for color in row {
            if color != run {
                self.add(run, length);
                (run, length) = (color, 0);
            }
            length += 1;
        }
        self.add(run, length);
    }

    /// Counts `count` pixels of a color and returns the number of its entry.
    fn add(&mut self, color: Color, count: u32) -> usize {
        if count == 0 {
            return 0;
        }
        let sums = color.map(|sample| u32::from(sample).saturating_mul(count));
        self.merge(Entry { key: u32::from_le_bytes(color), count, sums })
    }

    fn merge(&mut self, new: Entry) -> usize {
        let key = new.key & self.mask;
        let mut slot = (key.wrapping_mul(0x9e37_79b1) >> 12) as usize % SLOTS;
        while let Some(number) = (self.slots[slot] as usize).checked_sub(1)
            && let Some(entry) = self.entries.get_mut(number)
        {
            if entry.key == key {
                entry.count = entry.count.saturating_add(new.count);
                entry.sums.iter_mut().zip(new.sums).for_each(|(sum, new)| *sum = sum.saturating_add(new));
                return number;
            }
            slot = (slot + 1) % SLOTS;
        }
        let number = self.entries.len();
        if number == MAX_ENTRIES {
            self.coarsen();
            return self.merge(new);
        }
        self.entries.push(Entry { key, ..new });
        self.slots[slot] = u32::try_from(number + 1).unwrap_or(0);
        number
    }

    /// Ignores one more bit of each sample.
    fn coarsen(&mut self) {
        self.mask &= (self.mask << 1) & 0xfefe_fefe;
        self.slots.fill(0);
        for entry in std::mem::take(&mut self.entries) {
            self.merge(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn counted(samples: &[u8], layout: Layout, width: usize, step: u64) -> Histogram {
        let mut histogram = Histogram::new();
        histogram.count(samples, layout, width, step, &Budget::start(&Limits::default(), None)).unwrap();
        histogram
    }

    #[test]
    fn colors_are_counted_in_the_order_of_their_occurrence() {
        let samples = [9, 9, 9, 255, 1, 2, 3, 0, 9, 9, 9, 255, 9, 9, 9, 255, 7, 7, 7, 0, 9, 9, 9, 254];
        let histogram = counted(&samples, Layout::Rgba, 6, 1);
        let entries: Vec<_> = histogram.entries().iter().map(|entry| (entry.color(), entry.count)).collect();
        assert_eq!(entries, [([9, 9, 9, 255], 3), ([0; 4], 2), ([9, 9, 9, 254], 1)]);
    }

    #[test]
    fn too_many_colors_are_counted_together() {
        let samples: Vec<u8> =
            (0..300_000_u32).flat_map(|i| i.wrapping_mul(0x9e37_79b1).to_le_bytes()[1..].to_vec()).collect();
        let histogram = counted(&samples, Layout::Rgb, 1000, 1);
        assert!((1000..=MAX_ENTRIES).contains(&histogram.entries().len()));
        assert_eq!(histogram.entries().iter().map(|entry| entry.count).sum::<u32>(), 300_000);
        for entry in histogram.entries() {
            assert_eq!(u32::from_le_bytes(entry.color()) & histogram.mask, entry.key);
        }
    }

    #[test]
    fn every_column_is_sampled() {
        let samples: Vec<u8> = (0..200).flat_map(|_| 0..100_u8).collect();
        let histogram = counted(&samples, Layout::Gray, 100, 3);
        assert_eq!(histogram.entries().len(), 100);
        let count: u32 = histogram.entries().iter().map(|entry| entry.count).sum();
        assert!((6600..=6800).contains(&count), "{count}");
    }
}
