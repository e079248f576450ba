//! Tests whether the time of `Keyring::verify` reveals more than its result.
//!
//! Welch's t-test over two classes of input, measured alternately in random order (the method of
//! *dudect*, Reparaz, Balasch and Verbauwhede 2017): signatures with a wrong first byte against
//! signatures with a wrong last byte; URLs signed with the first of eight keys against URLs signed
//! with the last. A third pair is the control: a comparison that stops at the first difference must
//! be detected, or the test could not fail. |t| above 10 is a leak; below 4.5 there is no sign of
//! one. The program prints the results, and exits with 1 on a leak or if the control is not
//! detected.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a program that reports")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use cretula::sign::{Keyring, SignOptions, SigningKey};

/// Calls per measurement: enough to exceed the resolution of the clock.
const CALLS: u32 = 8;
const LEAK: f64 = 10.0;

fn main() -> ExitCode {
    // `cargo bench -- --test` runs every bench once.
    let smoke = std::env::args().any(|argument| argument == "--test");
    let pairs = if smoke { 2_000 } else { 200_000 };

    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut ring = Keyring::with_capacity(names.len());
    for name in names {
        ring.insert(SigningKey::generate(name.parse().unwrap()).unwrap()).unwrap();
    }
    // Many URLs per class, all of one length: no class depends on a single signature.
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
        println!("FAILED: the time leaks, or the control was not detected");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Measures both classes in random alternation; prints and returns Welch's t.
fn compare(name: &str, pairs: usize, call: impl Fn(usize, &[u8]) -> bool, inputs: &[Vec<Vec<u8>>; 2]) -> f64 {
    let mut times = [Vec::with_capacity(pairs), Vec::with_capacity(pairs)];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    while times.iter().any(|t| t.len() < pairs) {
        // xorshift64: the order must not correlate with periodic activity of the machine.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let class = usize::from(random >> 40 & 1 == 1);
        // Copy the URL, so that its address does not depend on the class.
        let which = usize::from(random.to_le_bytes()[0]);
        let url = black_box(inputs[class][which].clone());
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(call(which, black_box(&url)));
        }
        times[class].push(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
    }
    // Interrupts cause a tail of slow samples: keep the fastest nine tenths, with one threshold for
    // both classes.
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
