//! How much the tests do. By default they take a sample of what has no end: bytes at which a file
//! can be cut, random pictures. If the variable `CRETULA_THOROUGH` is set, they leave nothing out.
//!
//! The sample is the same in every run. `tests/it` includes this file.

use std::iter::StepBy;

use proptest::test_runner::{Config, RngSeed};

/// How many times as many random cases a thorough test tries.
const CASES: u32 = 5;

fn is_thorough() -> bool {
    std::env::var_os("CRETULA_THOROUGH").is_some()
}

/// Every `step`-th of `all`, from the first. The step must have no factor in common with the period
/// of anything that repeats in `all`, so that a sample has all of it.
pub(crate) fn every<I: IntoIterator>(step: usize, all: I) -> StepBy<I::IntoIter> {
    all.into_iter().step_by(if is_thorough() { 1 } else { step })
}

/// What is left of `count` things if a test takes [`every`] `step`-th.
pub(crate) fn share(step: usize, count: usize) -> usize {
    if is_thorough() { count } else { count / step }
}

/// As many random cases as this; by default a fifth, with a fixed seed.
pub(crate) fn cases(all: u32) -> Config {
    if is_thorough() {
        return Config { cases: all, ..Config::default() };
    }
    Config { cases: all.div_ceil(CASES), rng_seed: RngSeed::Fixed(1), ..Config::default() }
}
