//! [`Lzw`]: the compression of GIF.
//!
//! In: rows of indices. Out: the minimum code size and sub-blocks.

/// Codes are at most 12 bits long.
const MAX_CODES: u32 = 4096;

/// Size of the hash table, of which at most half is used.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 13;
const HASH_SHIFT: u32 = u32::BITS - SLOT_BITS;

/// Sub-blocks hold at most this many bytes.
const BLOCK: usize = 255;

#[derive(Debug)]
pub(super) struct Lzw {
    /// `prefix << 20 | index << 12 | code`, or [`EMPTY`].
    slots: Vec<u32>,
    min_code_size: u32,
    /// The bits of a code.
    code_size: u32,
    next_code: u32,
    /// The string that has been read and not yet been written, if any.
    prefix: Option<u32>,
    bits: u64,
    bit_count: u32,
    block: Vec<u8>,
}

/// No string ends in the clear code, so no slot has this prefix with this code.
const EMPTY: u32 = u32::MAX;

impl Lzw {
    /// Its size in memory.
    pub(super) const BYTES: u64 = (SLOTS * size_of::<u32>() + BLOCK) as u64;

    pub(super) fn new() -> Self {
        Self {
            slots: vec![EMPTY; SLOTS],
            min_code_size: 8,
            code_size: 9,
            next_code: 258,
            prefix: None,
            bits: 0,
            bit_count: 0,
            block: Vec::with_capacity(BLOCK),
        }
    }

    /// Starts an image whose indices are below `colors`.
    pub(super) fn start(&mut self, colors: usize, out: &mut Vec<u8>) {
        self.min_code_size = colors.clamp(4, 256).next_power_of_two().trailing_zeros();
        out.push(self.min_code_size.to_le_bytes()[0]);
        self.prefix = None;
        (self.bits, self.bit_count) = (0, 0);
        self.block.clear();
        self.code_size = self.min_code_size + 1;
        self.clear(out);
    }

    /// Compresses a row of indices. It takes at most [`MAX_BYTES`](Self::MAX_BYTES) for each.
    pub(super) fn row(&mut self, row: &[u8], out: &mut Vec<u8>) {
        let mut indices = row.iter().map(|index| u32::from(*index));
        let Some(mut prefix) = self.prefix.or_else(|| indices.next()) else { return };
        for index in indices {
            let key = prefix << 8 | index;
            let mut slot = (key.wrapping_mul(0x9e37_79b1) >> HASH_SHIFT) as usize;
            prefix = loop {
                let entry = self.slots[slot % SLOTS];
                if entry >> 12 == key {
                    break entry & 0xfff;
                }
                if entry == EMPTY {
                    self.slots[slot % SLOTS] = key << 12 | self.next_code;
                    self.write(prefix, out);
                    self.grow(out);
                    break index;
                }
                slot = slot.wrapping_add(1);
            };
        }
        self.prefix = Some(prefix);
    }

    /// Ends the image.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if let Some(prefix) = self.prefix.take() {
            self.write(prefix, out);
            self.grow(out);
        }
        self.write((1 << self.min_code_size) + 1, out);
        while self.bit_count > 0 {
            self.push_byte(out);
        }
        self.end_block(out);
        out.push(0);
    }

    /// Counts the string that was added.
    fn grow(&mut self, out: &mut Vec<u8>) {
        if self.next_code == 1 << self.code_size && self.code_size < 12 {
            self.code_size += 1;
        }
        self.next_code += 1;
        if self.next_code == MAX_CODES {
            self.clear(out);
        }
    }

    /// Forgets all strings.
    #[cold]
    fn clear(&mut self, out: &mut Vec<u8>) {
        self.write(1 << self.min_code_size, out);
        self.slots.fill(EMPTY);
        self.code_size = self.min_code_size + 1;
        self.next_code = (1 << self.min_code_size) + 2;
    }

    #[inline]
    fn write(&mut self, code: u32, out: &mut Vec<u8>) {
        self.bits |= u64::from(code) << self.bit_count;
        self.bit_count += self.code_size;
        while self.bit_count >= 8 {
            self.push_byte(out);
        }
    }

    #[inline]
    fn push_byte(&mut self, out: &mut Vec<u8>) {
        self.block.push(self.bits.to_le_bytes()[0]);
        self.bits >>= 8;
        self.bit_count = self.bit_count.saturating_sub(8);
        if self.block.len() == BLOCK {
            self.end_block(out);
        }
    }

    fn end_block(&mut self, out: &mut Vec<u8>) {
        if !self.block.is_empty() {
            out.push(self.block.len().to_le_bytes()[0]);
            out.append(&mut self.block);
        }
    }
}

#[cfg(test)]
mod tests {
    use weezl::{BitOrder, decode::Decoder};

    use super::*;

    /// The indices, from sub-blocks that end with their terminator.
    fn decoded(bytes: &[u8]) -> Vec<u8> {
        let (min_code_size, mut rest) = bytes.split_first().unwrap();
        let mut codes = Vec::new();
        while let Some((&length, block)) = rest.split_first().filter(|(length, _)| **length > 0) {
            codes.extend(&block[..usize::from(length)]);
            rest = &block[usize::from(length)..];
        }
        assert_eq!(rest, [0]);
        // Whatever follows the end code is not read.
        codes.extend([0x55; 16]);
        Decoder::new(BitOrder::Lsb, *min_code_size).decode(&codes).unwrap()
    }

    #[test]
    fn rows_are_decoded_as_they_were() {
        let mut lzw = Lzw::new();
        for colors in [1, 2, 3, 4, 5, 16, 17, 200, 256] {
            for count in (1..700).chain([3_000, 3_837, 3_838, 3_839, 4_096, 20_000, 100_001]) {
                let noise = |i: u32| (i.wrapping_mul(0x9e37_79b1) ^ (i >> 3)).wrapping_mul(0x85eb_ca6b) >> 8;
                let index = |i: u32| (noise(i) % colors).to_le_bytes()[0];
                let indices: Vec<u8> = (0..count).map(index).collect();
                let mut bytes = Vec::new();
                lzw.start(colors as usize, &mut bytes);
                indices.chunks(37).for_each(|row| lzw.row(row, &mut bytes));
                lzw.finish(&mut bytes);
                assert!(decoded(&bytes) == indices, "{count} of {colors}");
                assert!(bytes.len() <= indices.len() * 2 + 64);
            }
        }
    }
}
