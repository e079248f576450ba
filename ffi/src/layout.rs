//! The layout of the structs of the header: which bytes they may hold, and their sizes, which are part of the ABI.
//!
//! `tests/c/layout.c` checks the same sizes and every offset from the side of C.

use std::mem;

use crate::buffer::cretula_buffer;
use crate::info::cretula_info;
use crate::limits::cretula_limits;
use crate::output::cretula_output;
use crate::slice::{Growing, Plain, Zeroable};
use crate::variant::{cretula_placement, cretula_variant};

macro_rules! plain {
    ($($type:ty),*) => {
        $(
            // SAFETY: integers, floats and raw pointers in C's layout; every bit pattern is a value of each, zeros too.
            unsafe impl Zeroable for $type {}
            // SAFETY: as above.
            unsafe impl Plain for $type {}
        )*
    };
}

macro_rules! growing {
    ($($type:ident),*) => {
        plain!($($type),*);
        $(
            // SAFETY: asserted below.
            unsafe impl Growing for $type {
                const NAME: &'static str = stringify!($type);
            }
            const _: () = assert!(mem::offset_of!($type, struct_size) == 0);
        )*
    };
}

plain!(cretula_buffer);
growing!(cretula_info, cretula_limits, cretula_output, cretula_placement, cretula_variant);

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<cretula_buffer>() == 16);
    assert!(size_of::<cretula_info>() == 48);
    assert!(size_of::<cretula_limits>() == 56);
    assert!(size_of::<cretula_output>() == 40);
    assert!(size_of::<cretula_placement>() == 64);
    assert!(size_of::<cretula_variant>() == 24);
};
