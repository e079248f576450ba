//! The inverse transforms (RFC 6386 section 14), except for the full inverse DCT, which is in
//! [`simd`](super::simd).
//!
//! In: coefficients. Out: residues, or samples with residues added. Must not know where a block is.

/// The samples of a subblock.
pub(super) type Subblock = [[u8; 4]; 4];

/// The inverse WHT, which computes the luma DCs from Y2 (section 14.3).
pub(super) fn inverse_wht(block: &[i16; 16]) -> [i16; 16] {
    let block = block.map(i32::from);
    let mut across = [0; 16];
    for i in 0..4 {
        let (a, b) = (block[i] + block[12 + i], block[4 + i] + block[8 + i]);
        let (c, d) = (block[4 + i] - block[8 + i], block[i] - block[12 + i]);
        (across[i], across[4 + i], across[8 + i], across[12 + i]) = (a + b, d + c, a - b, d - c);
    }
    let mut out = [0; 16];
    for (out, row) in out.as_chunks_mut::<4>().0.iter_mut().zip(across.as_chunks::<4>().0) {
        let first = row[0] + 3;
        let (a, b) = (first + row[3], row[1] + row[2]);
        let (c, d) = (row[1] - row[2], first - row[3]);
        *out = [a + b, d + c, a - b, d - c].map(|sum| short(sum >> 3));
    }
    out
}

fn short(value: i32) -> i16 {
    let [low, high, ..] = value.to_le_bytes();
    i16::from_le_bytes([low, high])
}

#[inline(always)]
pub(super) fn clip(value: i16) -> u8 {
    value.clamp(0, 255).to_le_bytes()[0]
}

/// Adds the residue of a block that has only a DC coefficient.
#[inline(always)]
pub(super) fn inverse_dct_add_dc(dc: i16, subblock: &mut Subblock) {
    let sum = dc.wrapping_add(4) >> 3;
    for sample in subblock.iter_mut().flatten() {
        *sample = clip(i16::from(*sample).saturating_add(sum));
    }
}
