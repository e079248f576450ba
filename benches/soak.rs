//! A soak test: two threads of one process render good, unusual and broken files, sign URLs and
//! parse records, each with one long-lived renderer. At the end, memory must not have grown, no
//! file handle or thread may be left, and the first render must still give the same bytes.
//!
//! `cargo bench --bench soak -- --seconds 3600`; one minute by default. Linux only, because it
//! reads `/proc`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that is run manually and by the gate"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use cretula::records::{Image, RuleSet};
use cretula::sign::{Keyring, SignOptions, SigningKey};
use cretula::{
    ColorPolicy, ErrorKind, Fit, Format, Limits, MetadataPolicy, OutputOptions, Renderer, Request,
    VariantOptions,
};

const ROCKET: &[u8] = include_bytes!("../tests/images/rocket.jpg");
const THREADS: usize = 2;
/// Time between two readings of memory, taken while the threads are idle.
const ROUND: Duration = Duration::from_secs(2);
/// Different jobs per thread and second of the run: as many as a slow machine completes in a tenth
/// of it.
const JOBS_A_SECOND: u64 = 50;
/// Growth to ignore: fragmentation of the allocator.
const SLACK: u64 = 2 << 20;

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound.max(1)
    }

    fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.below(some.len())]
    }
}

/// The images in the repository, and those of the larger corpus that `CRETULA_CORPUS` names.
fn files() -> Vec<Vec<u8>> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut folders = ["tests/images", "tests/corpus"].map(|folder| root.join(folder)).to_vec();
    folders.extend(std::env::var_os("CRETULA_CORPUS").map(PathBuf::from));
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A file unchanged, truncated, or with some flipped bits.
fn varied(random: &mut Random, file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    match random.below(4) {
        0 => file.truncate(random.below(file.len())),
        1 if !file.is_empty() => {
            for _ in 0..=random.below(8) {
                let at = random.below(file.len());
                file[at] ^= 1 << random.below(8);
            }
        }
        _ => {}
    }
    file
}

fn options(random: &mut Random) -> (VariantOptions, OutputOptions) {
    let side = |random: &mut Random| {
        let most = random.of(&[40, 400, 1200]);
        u32::try_from(1 + random.below(most)).unwrap()
    };
    let (width, height) = (side(random), side(random));
    let variant = VariantOptions::new(random.of(&Fit::ALL), width, height);
    let format = random.of(&[Format::Jpeg, Format::Png, Format::WebP, Format::Gif]);
    let output = OutputOptions::new().format(format).quality(random.of(&[1, 50, 80, 95, 100]));
    (variant.metadata(random.of(&MetadataPolicy::ALL)), output.color(random.of(&ColorPolicy::ALL)))
}

/// One call of the kinds a server makes; whether it succeeded.
fn call(random: &mut Random, renderer: &mut Renderer, files: &[Vec<u8>], keys: &Keyring) -> bool {
    match random.below(12) {
        0 => {
            let url = format!("/account/image-{}/public", random.next());
            let signed = keys.sign("k", &url, &SignOptions::new().expires_at(random.next())).unwrap();
            keys.verify(&signed, random.next()).is_ok()
        }
        1 => {
            Image::from_json(&format!(r#"{{"id":"i{}","meta":{{"a":[1]}}}}"#, random.next()), RuleSet::Hosted)
                .is_ok()
        }
        _ => {
            let at = random.below(files.len());
            let file = varied(random, &files[at]);
            let (variant, output) = options(random);
            match renderer.render(&file, &Request::new(variant).output(output.clone())) {
                Ok(_) => true,
                Err(error) if error.kind() == ErrorKind::Internal => panic!("{error}"),
                Err(_) => false,
            }
        }
    }
}

/// A number from `/proc/self/status`; memory is in kB.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn handles() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

fn main() {
    let mut arguments = std::env::args().skip(1).skip_while(|argument| argument != "--seconds");
    let seconds = arguments.nth(1).map_or(60, |seconds| seconds.parse().unwrap());
    let (files, start) = (files(), Instant::now());
    let jobs = seconds * JOBS_A_SECOND;
    let rounds = (seconds / ROUND.as_secs()).max(8);
    let mut keys = Keyring::new();
    keys.insert(SigningKey::new("k".parse().unwrap(), "a secret").unwrap()).unwrap();
    let before = (handles(), status("Threads"));
    let (barrier, memory) = (Barrier::new(THREADS), Mutex::new(Vec::new()));
    let (succeeded, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = |seed: u64| {
        let mut calls = 0;
        let mut limits = Limits::default();
        limits.deadline = Some(Duration::from_secs(10));
        let mut renderer = Renderer::with_limits(limits);
        let (variant, output) =
            (VariantOptions::new(Fit::Cover, 200, 100), OutputOptions::new().format(Format::WebP));
        let first = renderer.render(ROCKET, &Request::new(variant).output(output.clone())).unwrap();
        for _ in 0..rounds {
            let round = Instant::now();
            while round.elapsed() < ROUND {
                // The jobs repeat, so that after a quarter of the time all memory for new jobs has
                // been allocated.
                let mut random = Random((calls % jobs + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed);
                calls += 1;
                let fine = call(&mut random, &mut renderer, &files, &keys);
                let count = if fine { &succeeded } else { &failed };
                count.fetch_add(1, Ordering::Relaxed);
            }
            assert!(
                renderer.render(ROCKET, &Request::new(variant).output(output.clone())).unwrap() == first,
                "different from the first render"
            );
            if barrier.wait().is_leader() {
                memory.lock().unwrap().push(status("VmRSS") * 1024);
            }
            barrier.wait();
        }
    };
    let work = &work;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..=THREADS as u64).map(|seed| scope.spawn(move || work(seed))).collect();
        // Join explicitly, so that the system has removed the threads.
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
    let memory = memory.into_inner().unwrap();
    // Single readings vary with the last call of each thread; a leak raises the median.
    let median = |part: &[u64]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part[part.len() / 2]
    };
    let quarter = memory.len() / 4;
    let (early, late) =
        (median(&memory[quarter..memory.len() - quarter]), median(&memory[memory.len() - quarter..]));
    println!(
        "{} s, {} calls, {} failed; median memory between calls: {:.1} MB in the middle half, {:.1} MB in the last \
         quarter; peak {:.1} MB",
        start.elapsed().as_secs(),
        succeeded.load(Ordering::Relaxed) + failed.load(Ordering::Relaxed),
        failed.load(Ordering::Relaxed),
        early as f64 / 1e6,
        late as f64 / 1e6,
        status("VmHWM") as f64 * 1024.0 / 1e6,
    );
    assert!(late <= early + early / 20 + SLACK, "memory grew: {memory:?}");
    assert_eq!((handles(), status("Threads")), before, "file handles, threads");
}
