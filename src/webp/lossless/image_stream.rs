//! An entropy-coded picture (RFC 9649 sections 3.6 and 3.7): literals, copies of what was, and colors of a cache.
//!
//! In: bits. Out: ARGB pixels as coded, before any transform is undone. Must not know of transforms.

use super::prefix_code::PrefixCode;
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::webp::bits::Bits;
use crate::webp::malformed;

const LITERALS: usize = 256;
const LENGTHS: usize = 24;
const DISTANCES: usize = 40;
const MOST_CACHE_BITS: u32 = 11;

/// The largest alphabet: green, lengths, and cached colors.
pub(super) const MOST_SYMBOLS: usize = LITERALS + LENGTHS + (1 << MOST_CACHE_BITS);

#[derive(Debug)]
pub(super) struct ImageStream {
    width: usize,
    pixels: Vec<u32>,
    /// Pixels that are decoded.
    done: usize,
    groups: Vec<Group>,
    /// Which group each block of the picture takes.
    blocks: Option<Blocks>,
    cache: Option<Cache>,
}

/// Five codes that go together.
#[derive(Debug)]
struct Group {
    green: PrefixCode,
    red: PrefixCode,
    blue: PrefixCode,
    alpha: PrefixCode,
    distance: PrefixCode,
    /// Red, blue and alpha, where they never change.
    fixed: Option<u32>,
}

#[derive(Debug)]
struct Blocks {
    bits: u32,
    across: usize,
    groups: Vec<u32>,
}

/// The last color of each hash.
#[derive(Debug)]
struct Cache {
    colors: Vec<u32>,
    shift: u32,
}

impl Cache {
    #[inline(always)]
    fn put(&mut self, color: u32) {
        let place = color.wrapping_mul(0x1e35_a7bd) >> self.shift;
        if let Some(entry) = self.colors.get_mut(place as usize) {
            *entry = color;
        }
    }
}

/// A side in blocks of `1 << bits`.
pub(super) fn blocks(side: usize, bits: u32) -> usize {
    side.div_ceil(1 << bits)
}

impl ImageStream {
    /// Reads all that stands before the pixels. `main` is the picture itself, which may have a group for each block.
    pub(super) fn read(
        bits: &mut Bits<'_>,
        width: usize,
        height: usize,
        main: bool,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let mut cache = None;
        let mut colors = 0;
        if bits.flag() {
            let wide = bits.read(4);
            if !(1..=MOST_CACHE_BITS).contains(&wide) {
                return Err(malformed("a lossless cache is of no size"));
            }
            colors = 1 << wide;
            cache = Some(Cache { colors: budget.zeroed(Stage::Decode, colors)?, shift: 32 - wide });
        }
        let blocks =
            if main && bits.flag() { Some(Blocks::read(bits, width, height, budget)?) } else { None };
        let count = blocks.as_ref().map_or(1, Blocks::count);
        let mut groups = Vec::new();
        for number in 0..count {
            if number % 64 == 0 {
                budget.check_interrupt(Stage::Decode)?;
                budget.reserve(Stage::Decode, 2 * 64 * size_of::<Group>() as u64)?;
            }
            groups.push(Group::read(bits, colors, budget)?);
        }
        let pixels = budget.zeroed(Stage::Decode, width * height)?;
        Ok(Self { width, pixels, done: 0, groups, blocks, cache })
    }

    /// A picture that belongs to another's head, read whole.
    pub(super) fn read_whole(
        bits: &mut Bits<'_>,
        width: usize,
        height: usize,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<u32>> {
        let before = budget.spent();
        let mut coded = Self::read(bits, width, height, false, budget)?;
        for row in 0..height {
            budget.check_interrupt(Stage::Decode)?;
            coded.row(bits, row)?;
        }
        let pixels = coded.pixels;
        let spent = budget.spent() - before - 4 * pixels.len() as u64;
        budget.release(spent);
        Ok(pixels)
    }

    /// A row, decoded if it is not yet.
    pub(super) fn row(&mut self, bits: &mut Bits<'_>, row: usize) -> Result<&[u32]> {
        let start = row * self.width;
        self.fill(bits, start + self.width)?;
        Ok(self.pixels.get(start..start + self.width).unwrap_or_default())
    }

    /// Decodes until `end` pixels are, or a few more.
    fn fill(&mut self, bits: &mut Bits<'_>, end: usize) -> Result<()> {
        let Self { width, pixels, done, groups, blocks, cache, .. } = self;
        let (mut at, mut block_end) = (*done, *done);
        let Some(mut group) = groups.first() else { return Ok(()) };
        while at < end {
            if at >= block_end {
                let (x, y) = (at % *width, at / *width);
                (group, block_end) = match blocks {
                    None => (group, usize::MAX),
                    Some(blocks) => {
                        let number = blocks.of(x, y);
                        let group = groups.get(number).ok_or_else(|| malformed("a block has no codes"))?;
                        (group, at + ((1 << blocks.bits) - x % (1 << blocks.bits)).min(*width - x))
                    }
                };
            }
            bits.refill();
            let symbol = group.green.symbol(bits);
            if symbol < LITERALS {
                let color = group.literal(symbol, bits);
                if let Some(pixel) = pixels.get_mut(at) {
                    *pixel = color;
                }
                if let Some(cache) = cache {
                    cache.put(color);
                }
                at += 1;
            } else if let Some(length) = symbol.checked_sub(LITERALS).filter(|length| *length < LENGTHS) {
                let length = number(length, bits);
                bits.refill();
                let distance = group.distance.symbol(bits);
                let distance = distance_of(number(distance, bits), *width);
                if distance > at || length > pixels.len() - at {
                    return Err(malformed("a lossless copy of what is not in the picture"));
                }
                copy(pixels, at, distance, length);
                if let Some(cache) = cache {
                    for &color in pixels.get(at..at + length).unwrap_or_default() {
                        cache.put(color);
                    }
                }
                at += length;
            } else {
                let cached = cache.as_mut().and_then(|cache| {
                    let color = *cache.colors.get(symbol - LITERALS - LENGTHS)?;
                    cache.put(color);
                    Some(color)
                });
                let color = cached.ok_or_else(|| malformed("a lossless color that is not cached"))?;
                if let Some(pixel) = pixels.get_mut(at) {
                    *pixel = color;
                }
                at += 1;
            }
            if bits.ended() {
                return Err(malformed("its lossless data end early"));
            }
        }
        *done = at;
        Ok(())
    }
}

impl Group {
    fn read(bits: &mut Bits<'_>, colors: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let green = PrefixCode::read(bits, LITERALS + LENGTHS + colors, budget)?;
        let [red, blue, alpha] = [(); 3].map(|()| PrefixCode::read(bits, LITERALS, budget));
        let (red, blue, alpha) = (red?, blue?, alpha?);
        let distance = PrefixCode::read(bits, DISTANCES, budget)?;
        let fixed = match (red.only(), blue.only(), alpha.only()) {
            (Some(red), Some(blue), Some(alpha)) => Some(alpha << 24 | red << 16 | blue),
            _ => None,
        };
        Ok(Self { green, red, blue, alpha, distance, fixed })
    }

    /// The color whose green is read.
    #[inline(always)]
    fn literal(&self, green: usize, bits: &mut Bits<'_>) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "symbols are below 256")]
        let part = |symbol: usize, shift: u32| (symbol as u32) << shift;
        if let Some(fixed) = self.fixed {
            return fixed | part(green, 8);
        }
        // Three codes of 15 bits, after green's: 56 are enough for three.
        let red = self.red.symbol(bits);
        bits.refill();
        let blue = self.blue.symbol(bits);
        let alpha = self.alpha.symbol(bits);
        part(alpha, 24) | part(red, 16) | part(green, 8) | part(blue, 0)
    }
}

impl Blocks {
    fn read(bits: &mut Bits<'_>, width: usize, height: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let size = bits.read(3) + 2;
        let (across, down) = (blocks(width, size), blocks(height, size));
        let mut groups = ImageStream::read_whole(bits, across, down, budget)?;
        for group in &mut groups {
            *group = *group >> 8 & 0xffff;
        }
        Ok(Self { bits: size, across, groups })
    }

    fn count(&self) -> usize {
        self.groups.iter().max().map_or(1, |&most| most as usize + 1)
    }

    fn of(&self, x: usize, y: usize) -> usize {
        let place = (y >> self.bits) * self.across + (x >> self.bits);
        self.groups.get(place).map_or(usize::MAX, |&group| group as usize)
    }
}

/// A length or distance: a prefix, and further bits (section 3.6.2.2).
#[inline(always)]
fn number(prefix: usize, bits: &mut Bits<'_>) -> usize {
    if prefix < 4 {
        return prefix + 1;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 40")]
    let further = (prefix as u32 - 2) >> 1;
    ((2 + (prefix & 1)) << further) + bits.read(further) as usize + 1
}

/// Places near a pixel: how far to the left, and how many rows up (section 3.6.2.2), each as `(x, y)`.
#[rustfmt::skip]
const NEAR: [(i8, i8); 120] = [
    (0, 1), (1, 0), (1, 1), (-1, 1), (0, 2), (2, 0), (1, 2), (-1, 2), (2, 1), (-2, 1), (2, 2), (-2, 2), (0, 3), (3, 0), (1, 3),
    (-1, 3), (3, 1), (-3, 1), (2, 3), (-2, 3), (3, 2), (-3, 2), (0, 4), (4, 0), (1, 4), (-1, 4), (4, 1), (-4, 1), (3, 3), (-3, 3),
    (2, 4), (-2, 4), (4, 2), (-4, 2), (0, 5), (3, 4), (-3, 4), (4, 3), (-4, 3), (5, 0), (1, 5), (-1, 5), (5, 1), (-5, 1), (2, 5),
    (-2, 5), (5, 2), (-5, 2), (4, 4), (-4, 4), (3, 5), (-3, 5), (5, 3), (-5, 3), (0, 6), (6, 0), (1, 6), (-1, 6), (6, 1), (-6, 1),
    (2, 6), (-2, 6), (6, 2), (-6, 2), (4, 5), (-4, 5), (5, 4), (-5, 4), (3, 6), (-3, 6), (6, 3), (-6, 3), (0, 7), (7, 0), (1, 7),
    (-1, 7), (5, 5), (-5, 5), (7, 1), (-7, 1), (4, 6), (-4, 6), (6, 4), (-6, 4), (2, 7), (-2, 7), (7, 2), (-7, 2), (3, 7), (-3, 7),
    (7, 3), (-7, 3), (5, 6), (-5, 6), (6, 5), (-6, 5), (8, 0), (4, 7), (-4, 7), (7, 4), (-7, 4), (8, 1), (8, 2), (6, 6), (-6, 6),
    (8, 3), (5, 7), (-5, 7), (7, 5), (-7, 5), (8, 4), (6, 7), (-6, 7), (7, 6), (-7, 6), (8, 5), (7, 7), (-7, 7), (8, 6), (8, 7),
];

/// Pixels back, at least one.
fn distance_of(code: usize, width: usize) -> usize {
    match NEAR.get(code.wrapping_sub(1)) {
        None => code - NEAR.len(),
        Some(&(left, up)) => {
            let up = usize::try_from(up).unwrap_or(0) * width;
            up.saturating_add_signed(isize::from(left)).max(1)
        }
    }
}

/// Copies `length` pixels from `distance` before `at`, which may lie within what is copied.
#[inline(always)]
fn copy(pixels: &mut [u32], at: usize, distance: usize, length: usize) {
    if distance >= length {
        pixels.copy_within(at - distance..at - distance + length, at);
    } else {
        let (before, after) = pixels.split_at_mut(at);
        if distance == 1 {
            let last = before.last().copied().unwrap_or(0);
            after.iter_mut().take(length).for_each(|pixel| *pixel = last);
            return;
        }
        for place in at..at + length {
            if let Some(&color) = pixels.get(place - distance)
                && let Some(pixel) = pixels.get_mut(place)
            {
                *pixel = color;
            }
        }
    }
}
