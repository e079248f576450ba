//! Vector instructions, one file per processor family. These files hold all the `unsafe` code of
//! this decoder.

pub(super) mod avx2;
