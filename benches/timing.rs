//! Does the time of `Keyring::verify` tell anything but its answer?
//!
//! Welch's t-test over two classes of input, measured alternately in random order (the method of *dudect*, Reparaz,
//! Balasch and Verbauwhede 2017): a wrong signature whose first byte is wrong against one whose last byte is; URLs
//! that the first key of eight signed against URLs that the last did. A third pair is the control: a comparison that stops
//! at the first difference must be caught, or the test could not fail. |t| above 10 is a leak, below 4.5 there is no sign of
//! one; the program says what it saw and exits 1 on a leak or on a blind control.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a program that reports")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use cretula::sign::{Keyring, SignOptions, SigningKey};

/// Calls in one measurement: enough to rise above the clock's own grain.
const CALLS: u32 = 8;
const LEAK: f64 = 10.0;

fn main() -> ExitCode {
    // `cargo bench -- --test` asks every bench to run once.
    let smoke = std::env::args().any(|argument| argument == "--test");
    let pairs = if smoke { 2_000 } else { 200_000 };

    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut ring = Keyring::with_capacity(names.len());
    for name in names {
        ring.insert(SigningKey::generate(name.parse().unwrap()).unwrap()).unwrap();
    }
    // Many URLs a class, all of one length: no class is one signature's own.
    let signed_by = |key: &str| -> Vec<Vec<u8>> {
        let url =
            |n| format!("/cheeW4oKsx5ljh8e8BoL2A/bc27a117-9509-446b-8c69-{n:012}/mobile?exp=1631289275");
        (0..256).map(|n| ring.sign(key, &url(n), &SignOptions::new()).unwrap().into_bytes()).collect()
    };
    let wrong_at = |from_end: usize| -> Vec<Vec<u8>> {
        let mut urls = signed_by("a");
        for url in &mut urls {
            let at = url.len() - from_end;
            url[at] = if url[at] == b'0' { b'1' } else { b'0' };
        }
        urls
    };
    let good = signed_by("a");
    let verify = |_, url: &[u8]| ring.verify(url, 0).is_ok();
    let leaky = |n: usize, url: &[u8]| (url.iter().zip(&good[n])).all(|(a, b)| black_box(a) == b);

    let bytes = [wrong_at(64), wrong_at(1)];
    let wrong = compare("first wrong byte: 0 against 31", pairs, verify, &bytes);
    let key =
        compare("matching key: first of 8 against last", pairs, verify, &[signed_by("a"), signed_by("h")]);
    let control = compare("control: early exit", pairs, leaky, &bytes);
    if wrong.abs() > LEAK || key.abs() > LEAK || control.abs() < LEAK {
        println!("FAILED: a time tells something, or the control told nothing");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Measures both inputs in random alternation; says and returns Welch's t.
fn compare(name: &str, pairs: usize, call: impl Fn(usize, &[u8]) -> bool, inputs: &[Vec<Vec<u8>>; 2]) -> f64 {
    let mut times = [Vec::with_capacity(pairs), Vec::with_capacity(pairs)];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    while times.iter().any(|t| t.len() < pairs) {
        // xorshift64: the order must not follow anything periodic in the machine.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let class = usize::from(random >> 40 & 1 == 1);
        // Both classes from one place in memory: an address is not what is compared.
        let which = usize::from(random.to_le_bytes()[0]);
        let url = black_box(inputs[class][which].clone());
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(call(which, black_box(&url)));
        }
        times[class].push(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
    }
    // Interrupts make a tail that is not the code's: keep the fastest nine tenths, by one threshold for both.
    let mut all: Vec<f64> = times.concat();
    all.sort_by(f64::total_cmp);
    let threshold = all[all.len() * 9 / 10];
    let [a, b] = times.map(|t| Moments::of(t.into_iter().filter(|&v| v <= threshold)));
    let t = (a.mean - b.mean) / (a.variance / a.count + b.variance / b.count).sqrt();
    println!(
        "{name}: {:.1} ns and {:.1} ns, t = {t:.2} ({} and {} samples)",
        a.mean, b.mean, a.count, b.count
    );
    t
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for value in values {
            count += 1.0;
            let off = value - mean;
            mean += off / count;
            squares += off * (value - mean);
        }
        Self { count, mean, variance: squares / (count - 1.0) }
    }
}
