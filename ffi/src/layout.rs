//! The layout of the structs of the header: which bytes they may hold, and their sizes, which are
//! part of the ABI.
//!
//! `tests/c/layout.c` checks the same sizes, and every offset, from the side of C.

use std::mem;

use crate::buffer::cretula_buffer;
use crate::info::cretula_info;
use crate::limits::cretula_limits;
use crate::negotiate::{cretula_negotiate_options, cretula_source};
use crate::output::cretula_output_options;
use crate::slice::{Growing, Plain, Zeroable};
use crate::variant::{cretula_placement, cretula_variant_options};

macro_rules! plain {
    ($type:ty) => {
        // SAFETY: integers, floats and raw pointers in C's layout, for which all bits zero is a
        // value.
        unsafe impl Zeroable for $type {}
        // SAFETY: as above; every bit pattern is a value.
        unsafe impl Plain for $type {}
    };
}

/// A struct that may grow, and the size of its first version.
macro_rules! growing {
    ($type:ident, $first:expr) => {
        plain!($type);
        // SAFETY: asserted below.
        unsafe impl Growing for $type {
            const NAME: &'static str = stringify!($type);
            const FIRST_SIZE: usize = $first;
        }
        const _: () = assert!(mem::offset_of!($type, struct_size) == 0);
        const _: () = assert!($first > size_of::<usize>() && $first <= size_of::<$type>());
        const _: () = assert!($first % align_of::<$type>() == 0);
    };
}

plain!(cretula_buffer);
growing!(cretula_info, size_of::<cretula_info>());
growing!(cretula_limits, size_of::<cretula_limits>());
growing!(cretula_negotiate_options, size_of::<cretula_negotiate_options>());
growing!(cretula_output_options, mem::offset_of!(cretula_output_options, damaged));
growing!(cretula_placement, size_of::<cretula_placement>());
growing!(cretula_source, size_of::<cretula_source>());
growing!(cretula_variant_options, mem::offset_of!(cretula_variant_options, options));

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<cretula_buffer>() == 16);
    assert!(size_of::<cretula_info>() == 56);
    assert!(size_of::<cretula_limits>() == 56);
    assert!(size_of::<cretula_negotiate_options>() == 24);
    assert!(size_of::<cretula_output_options>() == 48);
    assert!(cretula_output_options::FIRST_SIZE == 32);
    assert!(size_of::<cretula_placement>() == 64);
    assert!(size_of::<cretula_source>() == 24);
    assert!(size_of::<cretula_variant_options>() == 40);
    assert!(cretula_variant_options::FIRST_SIZE == 24);
};
