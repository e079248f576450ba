//! Any sequence of calls of the C ABI, valid and invalid: `ffi/tests/c/fuzz.c`, with each choice
//! taken from a byte of the input.
#![no_main]

use std::sync::Once;

// Linked for its symbols.
use cretula_abi as _;
use libfuzzer_sys::fuzz_target;

#[link(name = "calls", kind = "static")]
unsafe extern "C" {
    fn fuzz_set_up(jpeg: *const u8, len: usize);
    fn fuzz_input(data: *const u8, len: usize);
}

static SET_UP: Once = Once::new();
static PHOTO: &[u8] = include_bytes!("../../images/rocket.jpg");

fuzz_target!(|input: &[u8]| {
    // SAFETY: pointers and lengths are those of slices that outlive the calls, which one thread
    // makes.
    SET_UP.call_once(|| unsafe { fuzz_set_up(PHOTO.as_ptr(), PHOTO.len()) });
    unsafe { fuzz_input(input.as_ptr(), input.len()) };
});
