//! Vector instructions by processor family: one file each, and only there `unsafe`.

pub(super) mod avx2;
