//! From coefficients to tokens, scan by scan (T.81 F.1.2, G.1.2).
//!
//! In: a grid of blocks for each component, a scan, a restart interval. Out: tokens. Must not know
//! the decoder.

use super::coder::Token;
use super::script::Scan;

/// One component's coefficients.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    /// Effective sampling factors: 1 if the picture has one component.
    pub(crate) h: usize,
    pub(crate) v: usize,
    /// Blocks that hold samples of the picture.
    pub(crate) across: usize,
    pub(crate) down: usize,
    /// Blocks in whole MCUs.
    pub(crate) stride: usize,
    pub(crate) lines: usize,
    /// Zigzag order.
    pub(crate) blocks: Vec<[i32; 64]>,
    /// Its quantization table, in zigzag order.
    pub(crate) quantization: [i32; 64],
    /// The lowest bit that the first scan of each coefficient coded, in zigzag order.
    pub(crate) first: [u32; 64],
}

/// How a scan is coded.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    pub(crate) progressive: bool,
    /// The restart interval; 0 for none.
    pub(crate) interval: usize,
    /// Blocks that one run of empty bands may span, 32767 at most.
    pub(crate) longest_run: u32,
    /// Slots of DC and AC tables by the scan's components.
    pub(crate) slots: Vec<[usize; 2]>,
}

/// All tokens of a scan.
pub(crate) fn tokens(scan: &Scan, grids: &[Grid], style: &Style) -> Vec<Token> {
    let mut writer =
        Writer { scan, style, tokens: Vec::new(), predicted: [0; 4], run: 0, corrections: Vec::new() };
    for (number, mcu) in mcus(scan, grids).iter().enumerate() {
        if style.interval > 0 && number > 0 && number % style.interval == 0 {
            writer.end_run();
            writer.tokens.push(Token::Restart);
            writer.predicted = [0; 4];
        }
        for &(scan_index, block) in mcu {
            writer.block(scan_index, &grids[scan.components[scan_index]].blocks[block]);
        }
    }
    writer.end_run();
    writer.tokens
}

/// The blocks of each MCU: the component's index in the scan, and the block's index in its grid
/// (A.2).
fn mcus(scan: &Scan, grids: &[Grid]) -> Vec<Vec<(usize, usize)>> {
    let mut mcus = Vec::new();
    if let [single] = scan.components[..] {
        let grid = &grids[single];
        for row in 0..grid.down {
            mcus.extend((0..grid.across).map(|column| vec![(0, row * grid.stride + column)]));
        }
        return mcus;
    }
    let (across, down) = (grids[0].stride / grids[0].h, grids[0].lines / grids[0].v);
    for (row, column) in (0..down).flat_map(|row| (0..across).map(move |column| (row, column))) {
        let mut mcu = Vec::new();
        for (scan_index, &component) in scan.components.iter().enumerate() {
            let Grid { h, v, stride, .. } = grids[component];
            for (j, i) in (0..v).flat_map(|j| (0..h).map(move |i| (j, i))) {
                mcu.push((scan_index, (row * v + j) * stride + column * h + i));
            }
        }
        mcus.push(mcu);
    }
    mcus
}

struct Writer<'a> {
    scan: &'a Scan,
    style: &'a Style,
    tokens: Vec<Token>,
    predicted: [i32; 4],
    /// Blocks of empty bands not yet written, and the correction bits in them.
    run: u32,
    corrections: Vec<u32>,
}

impl Writer<'_> {
    fn block(&mut self, scan_index: usize, block: &[i32; 64]) {
        let Scan { start, high, low, .. } = *self.scan;
        match (self.style.progressive, start, high) {
            (false, ..) => {
                self.dc(scan_index, block[0]);
                self.ac(scan_index, block);
            }
            (true, 0, 0) => self.dc(scan_index, block[0] >> low),
            (true, 0, _) => self.tokens.push(Token::Bits((block[0] >> low & 1) as u32, 1)),
            (true, _, 0) => self.band(block),
            (true, ..) => self.refinement(block),
        }
    }

    /// F.1.2.1.
    fn dc(&mut self, scan_index: usize, value: i32) {
        let difference = value - self.predicted[scan_index];
        self.predicted[scan_index] = value;
        self.tokens.push(Token::Symbol(0, self.style.slots[scan_index][0], size(difference) as u8));
        self.bits(difference);
    }

    /// The additional bits of table F.1.
    fn bits(&mut self, value: i32) {
        let raw = if value < 0 { value - 1 } else { value };
        self.tokens.push(Token::Bits(raw as u32, size(value)));
    }

    fn symbol(&mut self, scan_index: usize, run: u32, size: u32) {
        self.tokens.push(Token::Symbol(1, self.style.slots[scan_index][1], (run << 4 | size) as u8));
    }

    /// F.1.2.2.
    fn ac(&mut self, scan_index: usize, block: &[i32; 64]) {
        let mut run = 0;
        for &value in &block[1..] {
            if value == 0 {
                run += 1;
                continue;
            }
            while run > 15 {
                self.symbol(scan_index, 15, 0);
                run -= 16;
            }
            self.symbol(scan_index, run, size(value));
            self.bits(value);
            run = 0;
        }
        if run > 0 {
            self.symbol(scan_index, 0, 0);
        }
    }

    /// G.1.2.2.
    fn band(&mut self, block: &[i32; 64]) {
        let Scan { start, end, low, .. } = *self.scan;
        let mut run = 0;
        for value in &block[start..=end] {
            let value = (value.abs() >> low) * value.signum();
            if value == 0 {
                run += 1;
                continue;
            }
            self.end_run();
            while run > 15 {
                self.symbol(0, 15, 0);
                run -= 16;
            }
            self.symbol(0, run, size(value));
            self.bits(value);
            run = 0;
        }
        if run > 0 {
            self.lengthen_run();
        }
    }

    /// G.1.2.3.
    fn refinement(&mut self, block: &[i32; 64]) {
        let Scan { start, end, low, .. } = *self.scan;
        let newest = (start..=end).rev().find(|&k| block[k].unsigned_abs() >> low == 1).unwrap_or(0);
        let (mut run, mut corrections) = (0, Vec::new());
        for (k, value) in (start..=end).zip(&block[start..=end]) {
            let magnitude = value.unsigned_abs() >> low;
            if magnitude == 0 {
                run += 1;
                continue;
            }
            while run > 15 && k <= newest {
                self.end_run();
                self.symbol(0, 15, 0);
                run -= 16;
                self.correct(&mut corrections);
            }
            if magnitude > 1 {
                corrections.push(magnitude & 1);
                continue;
            }
            self.end_run();
            self.symbol(0, run, 1);
            self.tokens.push(Token::Bits(u32::from(*value > 0), 1));
            self.correct(&mut corrections);
            run = 0;
        }
        if run > 0 || !corrections.is_empty() {
            self.corrections.append(&mut corrections);
            self.lengthen_run();
        }
    }

    fn correct(&mut self, corrections: &mut Vec<u32>) {
        self.tokens.extend(corrections.drain(..).map(|bit| Token::Bits(bit, 1)));
    }

    fn lengthen_run(&mut self) {
        self.run += 1;
        if self.run >= self.style.longest_run {
            self.end_run();
        }
    }

    fn end_run(&mut self) {
        if self.run > 0 {
            let bits = self.run.ilog2();
            self.symbol(0, bits, 0);
            self.tokens.push(Token::Bits(self.run, bits));
            let mut corrections = std::mem::take(&mut self.corrections);
            self.correct(&mut corrections);
            self.run = 0;
        }
    }
}

/// The number of additional bits of a value (table F.1).
fn size(value: i32) -> u32 {
    32 - value.unsigned_abs().leading_zeros()
}
