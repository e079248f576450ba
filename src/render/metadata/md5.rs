//! MD5 (RFC 1321), the name that XMP's specification asks an extended packet to have. Not for secrets.
//!
//! In: bytes. Out: their digest in hexadecimal. Knows nothing of XMP.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// The digest in upper case, as XMP writes it.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let (blocks, rest) = bytes.as_chunks::<64>();
    blocks.iter().for_each(|block| state = mixed(state, block));
    // A one bit, zeros, and the length in bits.
    let mut last = rest.to_vec();
    last.push(0x80);
    let padded = if rest.len() < 56 { 56 } else { 120 };
    last.resize(padded, 0);
    last.extend((bytes.len() as u64).wrapping_mul(8).to_le_bytes());
    last.as_chunks::<64>().0.iter().for_each(|block| state = mixed(state, block));
    state.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("{byte:02X}")).collect()
}

fn mixed(state: [u32; 4], block: &[u8; 64]) -> [u32; 4] {
    let words: Vec<u32> = block.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
    let [mut a, mut b, mut c, mut d] = state;
    for step in 0..64_u32 {
        let (mix, word) = match step >> 4 {
            0 => (b & c | !b & d, step),
            1 => (d & b | !d & c, step.wrapping_mul(5).wrapping_add(1)),
            2 => (b ^ c ^ d, step.wrapping_mul(3).wrapping_add(5)),
            _ => (c ^ (b | !d), step.wrapping_mul(7)),
        };
        // The integer part of 2^32 times the sine.
        let constant = (f64::from(step.wrapping_add(1)).sin().abs() * 4_294_967_296.0) as u32;
        let word = words.get((word & 15) as usize).copied().unwrap_or_default();
        let shifts = SHIFTS.get((step >> 4) as usize);
        let shift = shifts.and_then(|shifts| shifts.get((step & 3) as usize)).copied().unwrap_or_default();
        let sum = a.wrapping_add(mix).wrapping_add(constant).wrapping_add(word);
        (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
    }
    let [e, f, g, h] = state;
    [e.wrapping_add(a), f.wrapping_add(b), g.wrapping_add(c), h.wrapping_add(d)]
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn as_the_rfc_says() {
        let digits = "1234567890".repeat(8);
        for (text, digest) in [
            ("", "D41D8CD98F00B204E9800998ECF8427E"),
            ("abc", "900150983CD24FB0D6963F7D28E17F72"),
            ("message digest", "F96B697D7CB7938D525A2F31AAF161D0"),
            (&digits[..56], "49F193ADCE178490E34D1B3A4EC0064C"),
            (&digits, "57EDF4A22BE3C955AC49DA2E2107B67A"),
        ] {
            assert_eq!(hex(text.as_bytes()), digest, "{text}");
        }
    }
}
