//! The writing side of entropy coding: random numbers, Huffman tables (T.81 annexes C and K) and
//! bits.
//!
//! In: tokens and tables. Out: bytes with stuffing and restart markers. Must not know the decoder.

/// `SplitMix64` (Steele, Lea and Flood): a file is determined by its seed.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// From `low` to `high`, both included.
    pub(crate) fn range(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1) as usize) as i32
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// An element of a scan, before its code is chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token {
    /// Class (0 is DC, 1 is AC), slot, symbol.
    Symbol(usize, usize, u8),
    /// Value and number of bits.
    Bits(u32, u32),
    Restart,
}

/// A Huffman table as DHT defines it (B.2.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) counts: [u8; 16],
    pub(crate) symbols: Vec<u8>,
}

impl Table {
    /// The table of annex K.3 for DC (class 0) or AC (class 1), luminance (kind 0) or chrominance
    /// (kind 1).
    pub(crate) fn annex_k(class: usize, kind: usize) -> Self {
        let (counts, symbols) = ANNEX_K[class * 2 + kind];
        let parse = |hex: &str| -> Vec<u8> {
            let digit = |c: u8| (c as char).to_digit(16).unwrap() as u8;
            hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
        };
        Self { counts: parse(counts).try_into().unwrap(), symbols: parse(symbols) }
    }

    /// The procedure of annex K.2. Symbols of frequency 0 get no code, and no code consists of ones
    /// only.
    pub(crate) fn from_frequencies(frequencies: &[u64; 256]) -> Self {
        let mut frequencies: Vec<u64> = frequencies.iter().copied().chain([1]).collect();
        let (mut sizes, mut others) = (vec![0_usize; 257], vec![None; 257]);
        loop {
            // The smallest frequency, the last of equal ones; then the next smallest.
            let mut order: Vec<usize> = (0..257).filter(|&i| frequencies[i] > 0).collect();
            order.sort_by_key(|&i| (frequencies[i], 256 - i));
            let &[mut one, mut two, ..] = &order[..] else { break };
            frequencies[one] += frequencies[two];
            frequencies[two] = 0;
            sizes[one] += 1;
            while let Some(other) = others[one] {
                one = other;
                sizes[one] += 1;
            }
            others[one] = Some(two);
            sizes[two] += 1;
            while let Some(other) = others[two] {
                two = other;
                sizes[two] += 1;
            }
        }
        let mut bits = vec![0_usize; 258];
        for &size in sizes.iter().filter(|&&size| size > 0) {
            bits[size] += 1;
        }
        for length in (17..258).rev() {
            while bits[length] > 0 {
                let shorter = (1..=length - 2).rev().find(|&j| bits[j] > 0).unwrap();
                bits[length] -= 2;
                bits[length - 1] += 1;
                bits[shorter + 1] += 2;
                bits[shorter] -= 1;
            }
        }
        let longest = (1..17).rev().find(|&j| bits[j] > 0).unwrap();
        bits[longest] -= 1;
        let mut symbols: Vec<u8> = (0..=255).filter(|&symbol| sizes[usize::from(symbol)] > 0).collect();
        symbols.sort_by_key(|&symbol| (sizes[usize::from(symbol)], symbol));
        Self { counts: std::array::from_fn(|i| bits[i + 1] as u8), symbols }
    }

    /// Every symbol with a code of 16 bits.
    pub(crate) fn longest(symbols: Vec<u8>) -> Self {
        let mut counts = [0; 16];
        counts[15] = symbols.len() as u8;
        Self { counts, symbols }
    }

    pub(crate) fn covers(&self, frequencies: &[u64; 256]) -> bool {
        (0..=255_u8).all(|symbol| frequencies[usize::from(symbol)] == 0 || self.symbols.contains(&symbol))
    }

    /// Code and length of each symbol; length 0 if it has none (annex C).
    fn codes(&self) -> [(u32, u32); 256] {
        let mut codes = [(0, 0); 256];
        let (mut code, mut symbols) = (0, self.symbols.iter());
        for (length, &count) in (1..).zip(&self.counts) {
            for &symbol in symbols.by_ref().take(count.into()) {
                codes[usize::from(symbol)] = (code, length);
                code += 1;
            }
            code <<= 1;
        }
        codes
    }
}

/// Tables by class and slot.
pub(crate) type Slots = [[Option<Table>; 4]; 2];

/// How often each symbol of a class and slot occurs in `tokens`.
pub(crate) fn frequencies(tokens: &[Token], class: usize, slot: usize) -> [u64; 256] {
    let mut frequencies = [0; 256];
    for token in tokens {
        if let Token::Symbol(c, s, symbol) = *token
            && (c, s) == (class, slot)
        {
            frequencies[usize::from(symbol)] += 1;
        }
    }
    frequencies
}

/// Writes the data of a scan. `fill` gives the number of fill bytes before each restart marker.
pub(crate) fn write(tokens: &[Token], slots: &Slots, mut fill: impl FnMut() -> usize, out: &mut Vec<u8>) {
    let codes = slots.each_ref().map(|class| class.each_ref().map(|t| t.as_ref().map(Table::codes)));
    let (mut held, mut count, mut restarts) = (0_u64, 0, 0);
    for &token in tokens {
        let (value, length) = match token {
            Token::Symbol(class, slot, symbol) => {
                let code = codes[class][slot].as_ref().unwrap()[usize::from(symbol)];
                assert!(code.1 > 0, "symbol {symbol:#x} has no code");
                code
            }
            Token::Bits(value, length) => (value & ((1 << length) - 1), length),
            Token::Restart => {
                flush(&mut held, &mut count, out);
                out.resize(out.len() + 1 + fill(), 0xff);
                out.push(0xd0 | restarts);
                restarts = (restarts + 1) & 7;
                continue;
            }
        };
        held = held << length | u64::from(value);
        count += length;
        while count >= 8 {
            count -= 8;
            stuffed((held >> count) as u8, out);
        }
        held &= (1 << count) - 1;
    }
    flush(&mut held, &mut count, out);
}

/// Pads with ones (F.1.2.3).
fn flush(held: &mut u64, count: &mut u32, out: &mut Vec<u8>) {
    if *count > 0 {
        stuffed((*held << (8 - *count)) as u8 | 0xff >> *count, out);
    }
    (*held, *count) = (0, 0);
}

fn stuffed(byte: u8, out: &mut Vec<u8>) {
    out.push(byte);
    if byte == 0xff {
        out.push(0);
    }
}

/// Annex K.3: counts and symbols, in hexadecimal.
const ANNEX_K: [(&str, &str); 4] = [
    ("00010501010101010100000000000000", "000102030405060708090a0b"),
    ("00030101010101010101010000000000", "000102030405060708090a0b"),
    (
        "0002010303020403050504040000017d",
        "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435\
         363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798\
         999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4\
         f5f6f7f8f9fa",
    ),
    (
        "00020102040403040705040400010277",
        "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a\
         35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a9293949596\
         9798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4\
         f5f6f7f8f9fa",
    ),
];
