//! Whole files, made from a description and a seed: any that T.81 allows with 8 bits, Huffman codes
//! and one frame.
//!
//! In: a [`Spec`]. Out: bytes, and the coefficients they code. Must not know the decoder.

use std::ops::Range;

use super::coder::{Random, Slots, Table, frequencies, write};
use super::entropy::{Grid, Style, tokens};
use super::script::{Scan, progressive, sequential};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    Baseline,
    Extended,
    Progressive,
}

/// The marker that says what the components mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    None,
    Jfif,
    Adobe(u8),
}

/// The description of a file; everything else depends on the seed.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) process: Process,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Sampling factors of each component.
    pub(crate) factors: Vec<(usize, usize)>,
    pub(crate) hint: Hint,
    /// The percentage of AC coefficients that are not zero.
    pub(crate) busy: usize,
    /// Fill bytes before markers, irrelevant segments between others, 16-bit quantization tables.
    pub(crate) clutter: bool,
    /// Restart interval; `None` for a different one in each scan.
    pub(crate) interval: Option<usize>,
    /// Only the longest codes with the most additional bits: more than 8-bit samples can need, but
    /// allowed by the syntax. The pixels are then meaningless, except the mean of each block.
    pub(crate) extreme: bool,
    pub(crate) seed: u64,
}

/// A file and its contents.
#[derive(Debug, Clone)]
pub(crate) struct TestFile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) progressive: bool,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) grids: Vec<Grid>,
    /// Whether three components are YCbCr.
    pub(crate) ycc: bool,
    /// Where the data of each scan are.
    pub(crate) data: Vec<Range<usize>>,
}

/// The largest sum of the magnitudes of all dequantized coefficients of a block: no 32-bit
/// transform overflows below it, and it is four times what turns white into black.
const MAX_MAGNITUDE: i32 = 8192;

impl Spec {
    pub(crate) fn make(&self) -> TestFile {
        let mut random = Random::new(self.seed);
        let mut grids = self.grids();
        let factors: Vec<(usize, usize)> = grids.iter().map(|grid| (grid.h, grid.v)).collect();
        let (scans, coded) = if self.process == Process::Progressive {
            progressive(&mut random, &factors)
        } else {
            (sequential(&mut random, &factors), vec![[Some(0); 64]; factors.len()])
        };
        let slots = self.quantize(&mut random, &scans, &mut grids);
        for scan in scans.iter().filter(|scan| scan.high == 0) {
            scan.components.iter().for_each(|&i| grids[i].first[scan.start..=scan.end].fill(scan.low));
        }
        for (grid, coded) in grids.iter_mut().zip(&coded) {
            for block in 0..grid.stride * grid.lines {
                let mut coefficients = if self.extreme {
                    std::array::from_fn(|k| extreme(&mut random, k))
                } else {
                    coefficients(&mut random, &grid.quantization, self.busy)
                };
                for (k, (value, coded)) in coefficients.iter_mut().zip(coded).enumerate() {
                    *value = match *coded {
                        None => 0,
                        Some(low) if k == 0 => coded_bits(*value, low, grid.quantization[0]),
                        Some(low) => (value.abs() >> low << low) * value.signum(),
                    };
                }
                grid.blocks[block] = coefficients;
            }
        }
        let ids = self.ids(&mut random);
        let mut file = FileWriter { out: Vec::new(), random, clutter: self.clutter, extreme: self.extreme };
        let data = self.write(&mut file, &scans, &grids, &slots, &ids);
        let ycc = match self.hint {
            Hint::None => ids != b"RGB",
            Hint::Jfif => true,
            Hint::Adobe(transform) => transform != 0,
        };
        let progressive = self.process == Process::Progressive;
        TestFile { bytes: file.out, progressive, width: self.width, height: self.height, grids, ycc, data }
    }

    fn grids(&self) -> Vec<Grid> {
        // A single component is not interleaved, and its factors have no effect (A.2.2).
        let single = self.factors.len() == 1;
        let factors: Vec<(usize, usize)> =
            self.factors.iter().map(|&factors| if single { (1, 1) } else { factors }).collect();
        let h_max = factors.iter().map(|f| f.0).max().unwrap();
        let v_max = factors.iter().map(|f| f.1).max().unwrap();
        let grid = |&(h, v): &(usize, usize)| {
            let stride = self.width.div_ceil(8 * h_max) * h;
            let lines = self.height.div_ceil(8 * v_max) * v;
            Grid {
                h,
                v,
                across: (self.width * h).div_ceil(h_max).div_ceil(8),
                down: (self.height * v).div_ceil(v_max).div_ceil(8),
                stride,
                lines,
                blocks: vec![[0; 64]; stride * lines],
                quantization: [0; 64],
                first: [0; 64],
            }
        };
        factors.iter().map(grid).collect()
    }

    /// Gives each component a table and a slot. A slot may get another table for other components
    /// once its first users have begun: as in libjpeg, the table that counts is the one in the slot
    /// at the first scan of a component.
    fn quantize(&self, random: &mut Random, scans: &[Scan], grids: &mut [Grid]) -> Vec<usize> {
        let slots: Vec<usize> = grids.iter().map(|_| random.below(4)).collect();
        let mut tables: [Option<[i32; 64]>; 4] = [None; 4];
        let mut begun = vec![false; grids.len()];
        for scan in scans {
            let mut renewed = [false; 4];
            for &component in &scan.components {
                if std::mem::replace(&mut begun[component], true) {
                    continue;
                }
                let slot = slots[component];
                let renew = !renewed[slot] && random.chance(40);
                if tables[slot].is_none() || renew {
                    let table = quantization(random, self.clutter);
                    tables[slot] = Some(if self.extreme { [1; 64] } else { table });
                }
                renewed[slot] = true;
                grids[component].quantization = tables[slot].unwrap();
            }
        }
        slots
    }

    fn ids(&self, random: &mut Random) -> Vec<u8> {
        let count = self.factors.len();
        match random.below(4) {
            0 if count == 3 => b"RGB".to_vec(),
            1 => {
                let first = random.below(256) as u8;
                (0..count as u8).map(|i| first.wrapping_sub(i * 37)).collect()
            }
            _ => (1..=count as u8).collect(),
        }
    }

    fn write(
        &self,
        file: &mut FileWriter,
        scans: &[Scan],
        grids: &[Grid],
        slots: &[usize],
        ids: &[u8],
    ) -> Vec<Range<usize>> {
        file.out.extend([0xff, 0xd8]);
        match self.hint {
            Hint::None => {}
            Hint::Jfif => file.segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"),
            Hint::Adobe(transform) => {
                file.segment(0xee, &[b"Adobe\0\x64\0\0\0\0" as &[u8], &[transform]].concat());
            }
        }
        let mut quantizations: [Option<[i32; 64]>; 4] = [None; 4];
        let mut begun = vec![false; grids.len()];
        let mut define = |file: &mut FileWriter, scan: &Scan| {
            for &component in &scan.components {
                if std::mem::replace(&mut begun[component], true) {
                    continue;
                }
                let (slot, table) = (slots[component], grids[component].quantization);
                if quantizations[slot].replace(table) != Some(table) {
                    file.quantization(slot, &table);
                }
            }
        };
        if file.random.chance(50) {
            define(file, &scans[0]);
        }
        self.frame(file, slots, ids);
        let mut huffman = Slots::default();
        // Motion JPEG leaves the standard tables out.
        if !self.clutter && self.process != Process::Progressive && file.random.chance(30) {
            for (class, kind) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                huffman[class][kind] = Some(Table::annex_k(class, kind));
            }
        }
        let (mut interval, mut data) = (0, Vec::new());
        for scan in scans {
            define(file, scan);
            let style = self.style(&mut file.random, scan);
            let tokens = tokens(scan, grids, &style);
            file.huffman(&tokens, &mut huffman);
            if interval != style.interval || self.clutter && file.random.chance(20) {
                interval = style.interval;
                file.segment(0xdd, &(interval as u16).to_be_bytes());
            }
            let mut header = vec![scan.components.len() as u8];
            for (&component, [dc, ac]) in scan.components.iter().zip(&style.slots) {
                header.extend([ids[component], (dc << 4 | ac) as u8]);
            }
            header.extend([scan.start as u8, scan.end as u8, (scan.high << 4 | scan.low) as u8]);
            file.segment(0xda, &header);
            let start = file.out.len();
            let (random, clutter) = (&mut file.random, file.clutter);
            write(&tokens, &huffman, || if clutter { random.below(3) } else { 0 }, &mut file.out);
            data.push(start..file.out.len());
        }
        file.marker(0xd9);
        data
    }

    fn frame(&self, file: &mut FileWriter, slots: &[usize], ids: &[u8]) {
        let mut header = vec![8];
        header.extend((self.height as u16).to_be_bytes());
        header.extend((self.width as u16).to_be_bytes());
        header.push(ids.len() as u8);
        for ((&id, &(h, v)), &slot) in ids.iter().zip(&self.factors).zip(slots) {
            header.extend([id, (h << 4 | v) as u8, slot as u8]);
        }
        let marker = match self.process {
            Process::Baseline => 0xc0,
            Process::Extended => 0xc1,
            Process::Progressive => 0xc2,
        };
        file.segment(marker, &header);
    }

    fn style(&self, random: &mut Random, scan: &Scan) -> Style {
        let slots = if self.process == Process::Baseline { 2 } else { 4 };
        Style {
            progressive: self.process == Process::Progressive,
            interval: self
                .interval
                .unwrap_or_else(|| if random.chance(50) { 0 } else { 1 + random.below(20) }),
            longest_run: [1, 3, 32_767, 32_767][random.below(4)],
            slots: scan.components.iter().map(|_| [random.below(slots), random.below(slots)]).collect(),
        }
    }
}

fn quantization(random: &mut Random, wide: bool) -> [i32; 64] {
    let max = match random.below(if wide { 5 } else { 4 }) {
        0 => 1,
        1 => 8,
        2 => 60,
        3 => 255,
        _ => 2000,
    };
    let mut table = std::array::from_fn(|_| random.range(1, max));
    if max > 255 {
        table[random.below(64)] = 65_535;
    }
    table
}

fn coefficients(random: &mut Random, quantization: &[i32; 64], busy: usize) -> [i32; 64] {
    let mut left = MAX_MAGNITUDE;
    let mut block = [0; 64];
    let mut busy = if random.chance(10) { 0 } else { busy };
    for (k, (value, &step)) in block.iter_mut().zip(quantization).enumerate() {
        let max = (left / step).min(1023);
        if k == 0 {
            *value = random.range(-max, max);
        } else if random.chance(busy) {
            let max = max.min(1 << random.below(1 + random.clone().below(10)));
            *value = random.range(-max, max);
        } else if random.chance(3) {
            // No more coefficients from here on, or far fewer.
            busy /= 8;
        }
        left -= value.abs() * step;
    }
    block
}

/// The part of a DC coefficient that scans down to bit `low` code: rounded down (G.1.2.1). 0 if
/// that would be far larger.
fn coded_bits(value: i32, low: u32, step: i32) -> i32 {
    let coded = value >> low << low;
    if coded < value && coded * step < -MAX_MAGNITUDE / 2 { 0 } else { coded }
}

/// Fifteen additional bits, also for the difference of a DC coefficient.
fn extreme(random: &mut Random, k: usize) -> i32 {
    let sign = if random.chance(50) { -1 } else { 1 };
    sign * if k == 0 { random.range(8192, 16_383) } else { random.range(16_384, 32_767) }
}

/// A file being written.
struct FileWriter {
    out: Vec<u8>,
    random: Random,
    clutter: bool,
    extreme: bool,
}

impl FileWriter {
    fn marker(&mut self, marker: u8) {
        let fill = if self.clutter && self.random.chance(25) { self.random.below(4) } else { 0 };
        self.out.resize(self.out.len() + fill + 1, 0xff);
        self.out.push(marker);
    }

    fn segment(&mut self, marker: u8, payload: &[u8]) {
        if self.clutter && self.random.chance(25) {
            self.noise_segment();
        }
        self.marker(marker);
        self.out.extend((payload.len() as u16 + 2).to_be_bytes());
        self.out.extend(payload);
    }

    /// A comment or application segment whose payload resembles markers.
    fn noise_segment(&mut self) {
        let mut payload: Vec<u8> = Vec::new();
        for _ in 0..self.random.below(6) {
            let looks: [&[u8]; 5] = [b"\xff\xda", b"\xff\xd9", b"\xff\xc4\0\x05", b"\xff", b"plain"];
            payload.extend(looks[self.random.below(looks.len())]);
        }
        let marker = [0xfe, 0xe3, 0xe4, 0xe7, 0xec, 0xef][self.random.below(6)];
        self.marker(marker);
        self.out.extend((payload.len() as u16 + 2).to_be_bytes());
        self.out.extend(payload);
    }

    fn quantization(&mut self, slot: usize, table: &[i32; 64]) {
        let wide = table.iter().any(|&step| step > 255) || self.clutter && self.random.chance(20);
        let mut payload = vec![(usize::from(wide) << 4 | slot) as u8];
        for &step in table {
            let step = (step as u16).to_be_bytes();
            payload.extend(&step[usize::from(!wide)..]);
        }
        self.segment(0xdb, &payload);
    }

    /// Defines tables until every symbol in `tokens` has a code, in a random number of segments.
    fn huffman(&mut self, tokens: &[super::coder::Token], slots: &mut Slots) {
        let mut payload = Vec::new();
        for (class, slot) in (0..2).flat_map(|class| (0..4).map(move |slot| (class, slot))) {
            let frequencies = frequencies(tokens, class, slot);
            let used = frequencies.iter().any(|&frequency| frequency > 0);
            let existing = slots[class][slot].as_ref().filter(|table| table.covers(&frequencies));
            if !used || existing.is_some() && (!self.clutter || self.random.chance(50)) {
                continue;
            }
            let table = self.table(class, &frequencies);
            payload.push((class << 4 | slot) as u8);
            payload.extend(table.counts);
            payload.extend(&table.symbols);
            slots[class][slot] = Some(table);
            if self.random.chance(50) {
                self.segment(0xc4, &std::mem::take(&mut payload));
            }
        }
        if !payload.is_empty() {
            self.segment(0xc4, &payload);
        }
    }

    fn table(&mut self, class: usize, frequencies: &[u64; 256]) -> Table {
        let standard = Table::annex_k(class, self.random.below(2));
        let random = &mut self.random;
        match if self.extreme { 2 } else { random.below(4) } {
            0 if standard.covers(frequencies) => standard,
            1 => {
                // Codes of any length, and some for symbols that do not occur.
                let mut random = |&frequency: &u64| {
                    if frequency > 0 || random.chance(2) { 1 << random.below(40) } else { 0 }
                };
                let mut frequencies = frequencies.each_ref().map(&mut random);
                if class == 0 {
                    frequencies[16..].fill(0);
                }
                Table::from_frequencies(&frequencies)
            }
            2 => {
                let used = (0..=255_u8).filter(|&symbol| frequencies[usize::from(symbol)] > 0);
                Table::longest(used.collect())
            }
            _ => Table::from_frequencies(frequencies),
        }
    }
}
