//! An entropy-coded image (RFC 9649 sections 3.6 and 3.7): literals, backward references, and color
//! cache codes.
//!
//! In: bits. Out: ARGB pixels as coded, before any transform is inverted. Must not know of
//! transforms.

use super::prefix_code::{MAX_ALPHABET_SIZE, PrefixCode};
use crate::error::{Result, Stage};
use crate::limits::Budget;
use crate::webp::bit_reader::BitReader;
use crate::webp::error::malformed;

const LITERALS: usize = 256;
const LENGTH_PREFIXES: usize = 24;
const DISTANCE_PREFIXES: usize = 40;
const MAX_CACHE_BITS: u32 = 11;

const _: () = assert!(LITERALS + LENGTH_PREFIXES + (1 << MAX_CACHE_BITS) <= MAX_ALPHABET_SIZE);

#[derive(Debug)]
pub(super) struct ImageStream {
    width: usize,
    pixels: Vec<u32>,
    /// Number of decoded pixels.
    done: usize,
    groups: Vec<PrefixCodeGroup>,
    /// The prefix code group of each block, unless there is only one group.
    entropy_image: Option<EntropyImage>,
    cache: Option<ColorCache>,
}

/// A prefix code group: five codes that are used together.
#[derive(Debug)]
struct PrefixCodeGroup {
    green: PrefixCode,
    red: PrefixCode,
    blue: PrefixCode,
    alpha: PrefixCode,
    distance: PrefixCode,
    /// Red, blue and alpha, if all three are constant.
    constant: Option<u32>,
}

#[derive(Debug)]
struct EntropyImage {
    block_bits: u32,
    width_in_blocks: usize,
    groups: Vec<u32>,
}

/// The color cache: the latest color of each hash.
#[derive(Debug)]
struct ColorCache {
    colors: Vec<u32>,
    shift: u32,
}

impl ColorCache {
    #[inline(always)]
    fn insert(&mut self, color: u32) {
        let place = color.wrapping_mul(0x1e35_a7bd) >> self.shift;
        if let Some(entry) = self.colors.get_mut(place as usize) {
            *entry = color;
        }
    }
}

/// Length in blocks of `1 << bits` pixels, rounded up.
pub(super) fn block_count(side: usize, bits: u32) -> usize {
    side.div_ceil(1 << bits)
}

impl ImageStream {
    /// Reads everything before the pixels. Only the main image may have an entropy image.
    pub(super) fn read(
        bits: &mut BitReader<'_>,
        width: usize,
        height: usize,
        main_image: bool,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let mut cache = None;
        let mut colors = 0;
        if bits.read_flag() {
            let cache_bits = bits.read(4);
            if !(1..=MAX_CACHE_BITS).contains(&cache_bits) {
                return Err(malformed("invalid color cache size"));
            }
            colors = 1 << cache_bits;
            cache =
                Some(ColorCache { colors: budget.zeroed(Stage::Decode, colors)?, shift: 32 - cache_bits });
        }
        let entropy_image = if main_image && bits.read_flag() {
            Some(EntropyImage::read(bits, width, height, budget)?)
        } else {
            None
        };
        let count = entropy_image.as_ref().map_or(1, EntropyImage::count);
        let mut groups = Vec::new();
        for number in 0..count {
            if number % 64 == 0 {
                budget.check_interrupt(Stage::Decode)?;
                budget.reserve(Stage::Decode, 2 * 64 * size_of::<PrefixCodeGroup>() as u64)?;
            }
            groups.push(PrefixCodeGroup::read(bits, colors, budget)?);
        }
        let pixels = budget.zeroed(Stage::Decode, width * height)?;
        Ok(Self { width, pixels, done: 0, groups, entropy_image, cache })
    }

    /// Decodes an image that is part of the main image's header.
    pub(super) fn read_all(
        bits: &mut BitReader<'_>,
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

    /// Returns a row, decoding up to it if necessary.
    pub(super) fn row(&mut self, bits: &mut BitReader<'_>, row: usize) -> Result<&[u32]> {
        let start = row * self.width;
        self.decode_to(bits, start + self.width)?;
        Ok(self.pixels.get(start..start + self.width).unwrap_or_default())
    }

    /// Decodes at least `end` pixels. A backward reference may go a little beyond.
    fn decode_to(&mut self, bits: &mut BitReader<'_>, end: usize) -> Result<()> {
        let Self { width, pixels, done, groups, entropy_image, cache, .. } = self;
        let (mut at, mut block_end) = (*done, *done);
        let Some(mut group) = groups.first() else { return Ok(()) };
        while at < end {
            if at >= block_end {
                let (x, y) = (at % *width, at / *width);
                (group, block_end) = match entropy_image {
                    None => (group, usize::MAX),
                    Some(image) => {
                        let index = image.group_at(x, y);
                        let group =
                            groups.get(index).ok_or_else(|| malformed("prefix code group out of range"))?;
                        (group, at + ((1 << image.block_bits) - x % (1 << image.block_bits)).min(*width - x))
                    }
                };
            }
            bits.refill();
            let symbol = group.green.read_symbol(bits);
            if symbol < LITERALS {
                let color = group.literal(symbol, bits);
                if let Some(pixel) = pixels.get_mut(at) {
                    *pixel = color;
                }
                if let Some(cache) = cache {
                    cache.insert(color);
                }
                at += 1;
            } else if let Some(length) =
                symbol.checked_sub(LITERALS).filter(|length| *length < LENGTH_PREFIXES)
            {
                let length = prefix_value(length, bits);
                bits.refill();
                let distance = group.distance.read_symbol(bits);
                let distance = pixel_distance(prefix_value(distance, bits), *width);
                if distance > at || length > pixels.len() - at {
                    return Err(malformed("backward reference out of range"));
                }
                copy_backward_reference(pixels, at, distance, length);
                if let Some(cache) = cache {
                    for &color in pixels.get(at..at + length).unwrap_or_default() {
                        cache.insert(color);
                    }
                }
                at += length;
            } else {
                let cached = cache.as_mut().and_then(|cache| {
                    let color = *cache.colors.get(symbol - LITERALS - LENGTH_PREFIXES)?;
                    cache.insert(color);
                    Some(color)
                });
                let color = cached.ok_or_else(|| malformed("color cache index out of range"))?;
                if let Some(pixel) = pixels.get_mut(at) {
                    *pixel = color;
                }
                at += 1;
            }
            if bits.past_end() {
                return Err(malformed("truncated lossless data"));
            }
        }
        *done = at;
        Ok(())
    }
}

impl PrefixCodeGroup {
    fn read(bits: &mut BitReader<'_>, colors: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let green = PrefixCode::read(bits, LITERALS + LENGTH_PREFIXES + colors, budget)?;
        let [red, blue, alpha] = [(); 3].map(|()| PrefixCode::read(bits, LITERALS, budget));
        let (red, blue, alpha) = (red?, blue?, alpha?);
        let distance = PrefixCode::read(bits, DISTANCE_PREFIXES, budget)?;
        let constant = match (red.single_symbol(), blue.single_symbol(), alpha.single_symbol()) {
            (Some(red), Some(blue), Some(alpha)) => Some(alpha << 24 | red << 16 | blue),
            _ => None,
        };
        Ok(Self { green, red, blue, alpha, distance, constant })
    }

    /// The color whose green value has just been read.
    #[inline(always)]
    fn literal(&self, green: usize, bits: &mut BitReader<'_>) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "symbols are below 256")]
        let channel = |symbol: usize, shift: u32| (symbol as u32) << shift;
        if let Some(constant) = self.constant {
            return constant | channel(green, 8);
        }
        // After green, three codes of 15 bits follow; 56 bits are enough for three codes.
        let red = self.red.read_symbol(bits);
        bits.refill();
        let blue = self.blue.read_symbol(bits);
        let alpha = self.alpha.read_symbol(bits);
        channel(alpha, 24) | channel(red, 16) | channel(green, 8) | channel(blue, 0)
    }
}

impl EntropyImage {
    fn read(bits: &mut BitReader<'_>, width: usize, height: usize, budget: &mut Budget<'_>) -> Result<Self> {
        let size = bits.read(3) + 2;
        let (across, down) = (block_count(width, size), block_count(height, size));
        let mut groups = ImageStream::read_all(bits, across, down, budget)?;
        for group in &mut groups {
            *group = *group >> 8 & 0xffff;
        }
        Ok(Self { block_bits: size, width_in_blocks: across, groups })
    }

    fn count(&self) -> usize {
        self.groups.iter().max().map_or(1, |&max| max as usize + 1)
    }

    fn group_at(&self, x: usize, y: usize) -> usize {
        let place = (y >> self.block_bits) * self.width_in_blocks + (x >> self.block_bits);
        self.groups.get(place).map_or(usize::MAX, |&group| group as usize)
    }
}

/// Length or distance from its prefix code and extra bits (section 3.6.2.2).
#[inline(always)]
fn prefix_value(prefix: usize, bits: &mut BitReader<'_>) -> usize {
    if prefix < 4 {
        return prefix + 1;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 40")]
    let further = (prefix as u32 - 2) >> 1;
    ((2 + (prefix & 1)) << further) + bits.read(further) as usize + 1
}

/// Distance codes of neighboring pixels (section 3.6.2.2), as `(x, y)`: columns to the left, rows
/// up.
#[rustfmt::skip]
const DISTANCE_MAP: [(i8, i8); 120] = [
    (0, 1), (1, 0), (1, 1), (-1, 1), (0, 2), (2, 0), (1, 2), (-1, 2), (2, 1), (-2, 1), (2, 2), (-2, 2), (0, 3), (3, 0), (1, 3),
    (-1, 3), (3, 1), (-3, 1), (2, 3), (-2, 3), (3, 2), (-3, 2), (0, 4), (4, 0), (1, 4), (-1, 4), (4, 1), (-4, 1), (3, 3), (-3, 3),
    (2, 4), (-2, 4), (4, 2), (-4, 2), (0, 5), (3, 4), (-3, 4), (4, 3), (-4, 3), (5, 0), (1, 5), (-1, 5), (5, 1), (-5, 1), (2, 5),
    (-2, 5), (5, 2), (-5, 2), (4, 4), (-4, 4), (3, 5), (-3, 5), (5, 3), (-5, 3), (0, 6), (6, 0), (1, 6), (-1, 6), (6, 1), (-6, 1),
    (2, 6), (-2, 6), (6, 2), (-6, 2), (4, 5), (-4, 5), (5, 4), (-5, 4), (3, 6), (-3, 6), (6, 3), (-6, 3), (0, 7), (7, 0), (1, 7),
    (-1, 7), (5, 5), (-5, 5), (7, 1), (-7, 1), (4, 6), (-4, 6), (6, 4), (-6, 4), (2, 7), (-2, 7), (7, 2), (-7, 2), (3, 7), (-3, 7),
    (7, 3), (-7, 3), (5, 6), (-5, 6), (6, 5), (-6, 5), (8, 0), (4, 7), (-4, 7), (7, 4), (-7, 4), (8, 1), (8, 2), (6, 6), (-6, 6),
    (8, 3), (5, 7), (-5, 7), (7, 5), (-7, 5), (8, 4), (6, 7), (-6, 7), (7, 6), (-7, 6), (8, 5), (7, 7), (-7, 7), (8, 6), (8, 7),
];

/// The distance in pixels, at least 1.
fn pixel_distance(code: usize, width: usize) -> usize {
    match DISTANCE_MAP.get(code.wrapping_sub(1)) {
        None => code - DISTANCE_MAP.len(),
        Some(&(left, up)) => {
            let up = usize::try_from(up).unwrap_or(0) * width;
            up.saturating_add_signed(isize::from(left)).max(1)
        }
    }
}

/// Copies `length` pixels from `distance` before `at`. The ranges may overlap.
#[inline(always)]
fn copy_backward_reference(pixels: &mut [u32], at: usize, distance: usize, length: usize) {
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
