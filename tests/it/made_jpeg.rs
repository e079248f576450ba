//! The JPEG encoder of the decoder's unit tests, which is written independently of the decoder.
#![allow(dead_code, reason = "the decoder's unit tests use all of the encoder")]

#[path = "../../src/jpeg/tests/coder.rs"]
pub(crate) mod coder;
#[path = "../../src/jpeg/tests/entropy.rs"]
pub(crate) mod entropy;
#[path = "../../src/jpeg/tests/reference.rs"]
pub(crate) mod reference;
#[path = "../../src/jpeg/tests/script.rs"]
pub(crate) mod script;
#[path = "../../src/jpeg/tests/stream.rs"]
pub(crate) mod stream;

use self::stream::{Hint, Process, Spec};

/// The description of a file without peculiarities.
pub(crate) fn spec(process: Process, width: usize, height: usize, factors: &[(usize, usize)]) -> Spec {
    let factors = factors.to_vec();
    let (hint, busy, clutter, interval, extreme) = (Hint::None, 8, false, Some(0), false);
    Spec { process, width, height, factors, hint, busy, clutter, interval, extreme, seed: 0 }
}

/// A progressive file of eight scans.
pub(crate) fn progressive(width: usize, height: usize) -> Vec<u8> {
    let spec = spec(Process::Progressive, width, height, &[(2, 2), (1, 1), (1, 1)]);
    let made = (0..).map(|seed| Spec { seed, ..spec.clone() }.make());
    made.into_iter().find(|made| made.data.len() == 8).unwrap().bytes
}
