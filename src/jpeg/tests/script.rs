//! The scans of a file: any that T.81 allows (A.2, B.2.3, G.1.1.1), at random.
//!
//! In: sampling factors. Out: scans, and how much of each coefficient they code. Must not know the
//! decoder.

use super::coder::Random;

/// One scan header.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    /// Indices in the frame, ascending.
    pub(crate) components: Vec<usize>,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) high: u32,
    pub(crate) low: u32,
}

/// The lowest bit coded so far of each coefficient, in zigzag order; `None` before the first scan.
pub(crate) type CodedBits = [Option<u32>; 64];

/// The most blocks in an interleaved MCU (B.2.3).
const MAX_BLOCKS: usize = 10;

/// A random subset of `candidates` that includes `must` and that one scan may interleave.
fn interleavable(
    random: &mut Random,
    factors: &[(usize, usize)],
    must: usize,
    candidates: &[usize],
) -> Vec<usize> {
    let mut chosen = vec![must];
    let area = |&i: &usize| factors[i].0 * factors[i].1;
    if random.chance(75) {
        for &candidate in candidates.iter().filter(|&&candidate| candidate != must) {
            let blocks: usize = chosen.iter().map(area).sum();
            if blocks + area(&candidate) <= MAX_BLOCKS && area(&must) <= MAX_BLOCKS && random.chance(85) {
                chosen.push(candidate);
            }
        }
    }
    chosen.sort_unstable();
    chosen
}

/// Every component once, in a random number of scans.
pub(crate) fn sequential(random: &mut Random, factors: &[(usize, usize)]) -> Vec<Scan> {
    let mut left: Vec<usize> = (0..factors.len()).collect();
    let mut scans = Vec::new();
    while !left.is_empty() {
        let first = if random.chance(80) { left[0] } else { left[random.below(left.len())] };
        let components = interleavable(random, factors, first, &left);
        left.retain(|component| !components.contains(component));
        scans.push(Scan { components, start: 0, end: 63, high: 0, low: 0 });
    }
    scans
}

/// The scans of a progressive picture, and the bits of each component that they code. Sometimes the
/// last ones are left out.
pub(crate) fn progressive(random: &mut Random, factors: &[(usize, usize)]) -> (Vec<Scan>, Vec<CodedBits>) {
    let mut coded = vec![[None; 64]; factors.len()];
    let mut scans = Vec::new();
    let enough = if random.chance(20) { random.below(12) } else { 60 };
    loop {
        let open: Vec<usize> =
            (0..coded.len()).filter(|&i| coded[i].iter().any(|coded| *coded != Some(0))).collect();
        let begun = coded.iter().all(|coded| coded[0].is_some());
        if open.is_empty() || begun && scans.len() >= enough {
            return (scans, coded);
        }
        let component = open[random.below(open.len())];
        let dc = coded[component][0];
        let ac_open = coded[component][1..].iter().any(|coded| *coded != Some(0));
        let scan = match dc {
            None => dc_scan(random, factors, &coded, component),
            Some(1..) if !ac_open || random.chance(30) => dc_scan(random, factors, &coded, component),
            _ => ac_scan(random, &coded[component], component),
        };
        for &component in &scan.components {
            coded[component][scan.start..=scan.end].fill(Some(scan.low));
        }
        scans.push(scan);
    }
}

/// The lowest bit that a first scan codes.
fn first_bit(random: &mut Random) -> u32 {
    if random.chance(3) { random.range(0, 13) as u32 } else { random.range(0, 3) as u32 }
}

fn dc_scan(random: &mut Random, factors: &[(usize, usize)], coded: &[CodedBits], component: usize) -> Scan {
    let before = coded[component][0];
    let same: Vec<usize> = (0..coded.len()).filter(|&i| coded[i][0] == before).collect();
    let components = interleavable(random, factors, component, &same);
    let (high, low) = before.map_or_else(|| (0, first_bit(random)), |before| (before, before - 1));
    Scan { components, start: 0, end: 0, high, low }
}

/// A band whose coefficients have all been coded to the same bit.
fn ac_scan(random: &mut Random, coded: &CodedBits, component: usize) -> Scan {
    let open: Vec<usize> = (1..64).filter(|&k| coded[k] != Some(0)).collect();
    let somewhere = if random.chance(60) { open[0] } else { open[random.below(open.len())] };
    let before = coded[somewhere];
    let alike = |k: &usize| coded[*k] == before;
    let first = (1..=somewhere).rev().take_while(alike).last().unwrap();
    let last = (somewhere..64).take_while(alike).last().unwrap();
    let (start, end) = if random.chance(60) {
        (first, last)
    } else {
        let start = first + random.below(somewhere - first + 1);
        (start, somewhere + random.below(last - somewhere + 1))
    };
    let (high, low) = before.map_or_else(|| (0, first_bit(random)), |before| (before, before - 1));
    Scan { components: vec![component], start, end, high, low }
}
