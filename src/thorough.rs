//! Sampling for exhaustive tests: every byte at which a file can be cut, hundreds of random pictures. By
//! default they run a sample, the same in every run; with the variable `CRETULA_THOROUGH`, all of it.
//! `tests/it` includes this file.

use std::iter::StepBy;

use proptest::test_runner::{Config, RngSeed};

/// A thorough test runs this many times the default number of random cases.
const CASES: u32 = 5;

fn is_thorough() -> bool {
    std::env::var_os("CRETULA_THOROUGH").is_some()
}

/// Every `step`-th of `all`, from the first. The step must have no factor in common with the period
/// of anything that repeats in `all`, so that a sample has all of it.
pub(crate) fn every<I: IntoIterator>(step: usize, all: I) -> StepBy<I::IntoIter> {
    all.into_iter().step_by(if is_thorough() { 1 } else { step })
}

/// The share of `count` items that a test with [`every`] `step`-th item sees.
pub(crate) fn share(step: usize, count: usize) -> usize {
    if is_thorough() { count } else { count / step }
}

/// A configuration for `all` random cases; by default a fifth of them, with a fixed seed.
pub(crate) fn cases(all: u32) -> Config {
    if is_thorough() {
        return Config { cases: all, ..Config::default() };
    }
    Config { cases: all.div_ceil(CASES), rng_seed: RngSeed::Fixed(1), ..Config::default() }
}
