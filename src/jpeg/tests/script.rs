//! Which scans a file has: any that T.81 allows (A.2, B.2.3, G.1.1.1), at random.
//!
//! In: sampling factors. Out: scans, and how much of each coefficient they tell. Must not know the decoder.

use super::coder::Random;

/// One scan header.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    /// Places in the frame, ascending.
    pub(super) components: Vec<usize>,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) high: u32,
    pub(super) low: u32,
}

/// Of each coefficient in zigzag order, the lowest bit that was told; `None` before the first.
pub(super) type Told = [Option<u32>; 64];

/// The most blocks of an interleaved MCU (B.2.3).
const MOST_BLOCKS: usize = 10;

/// A random part of `candidates` with `must`, that one scan may interleave.
fn together(
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
            if blocks + area(&candidate) <= MOST_BLOCKS && area(&must) <= MOST_BLOCKS && random.chance(85) {
                chosen.push(candidate);
            }
        }
    }
    chosen.sort_unstable();
    chosen
}

/// Every component once, in as many scans as it falls out.
pub(super) fn sequential(random: &mut Random, factors: &[(usize, usize)]) -> Vec<Scan> {
    let mut left: Vec<usize> = (0..factors.len()).collect();
    let mut scans = Vec::new();
    while !left.is_empty() {
        let first = if random.chance(80) { left[0] } else { left[random.below(left.len())] };
        let components = together(random, factors, first, &left);
        left.retain(|component| !components.contains(component));
        scans.push(Scan { components, start: 0, end: 63, high: 0, low: 0 });
    }
    scans
}

/// Scans of a progressive picture, and what they tell of each component. Now and then the last ones are left out.
pub(super) fn progressive(random: &mut Random, factors: &[(usize, usize)]) -> (Vec<Scan>, Vec<Told>) {
    let mut told = vec![[None; 64]; factors.len()];
    let mut scans = Vec::new();
    let enough = if random.chance(20) { random.below(12) } else { 60 };
    loop {
        let open: Vec<usize> =
            (0..told.len()).filter(|&i| told[i].iter().any(|told| *told != Some(0))).collect();
        let begun = told.iter().all(|told| told[0].is_some());
        if open.is_empty() || begun && scans.len() >= enough {
            return (scans, told);
        }
        let component = open[random.below(open.len())];
        let dc = told[component][0];
        let ac_open = told[component][1..].iter().any(|told| *told != Some(0));
        let scan = match dc {
            None => dc_scan(random, factors, &told, component),
            Some(1..) if !ac_open || random.chance(30) => dc_scan(random, factors, &told, component),
            _ => ac_scan(random, &told[component], component),
        };
        for &component in &scan.components {
            told[component][scan.start..=scan.end].fill(Some(scan.low));
        }
        scans.push(scan);
    }
}

/// The lowest bit that a first scan tells.
fn first_bit(random: &mut Random) -> u32 {
    if random.chance(3) { random.range(0, 13) as u32 } else { random.range(0, 3) as u32 }
}

fn dc_scan(random: &mut Random, factors: &[(usize, usize)], told: &[Told], component: usize) -> Scan {
    let before = told[component][0];
    let same: Vec<usize> = (0..told.len()).filter(|&i| told[i][0] == before).collect();
    let components = together(random, factors, component, &same);
    let (high, low) = before.map_or_else(|| (0, first_bit(random)), |before| (before, before - 1));
    Scan { components, start: 0, end: 0, high, low }
}

/// A band of which all was told alike.
fn ac_scan(random: &mut Random, told: &Told, component: usize) -> Scan {
    let open: Vec<usize> = (1..64).filter(|&k| told[k] != Some(0)).collect();
    let somewhere = if random.chance(60) { open[0] } else { open[random.below(open.len())] };
    let before = told[somewhere];
    let alike = |k: &usize| told[*k] == before;
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
