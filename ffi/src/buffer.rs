//! Buffers: bytes that the library gives to the caller.

use crate::guard;
use crate::slice::{Out, reclaim};

/// Bytes that the library made and the caller frees with cretula_buffer_free, once. A NUL stands behind them that `len`
/// does not count, so that a text can be used as a C string. Do not change the fields. `CRETULA_BUFFER_INIT` is an empty
/// one, for which there is nothing to free.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_buffer {
    /// The bytes, or NULL.
    pub data: *mut u8,
    /// How many.
    pub len: usize,
}

/// Frees a buffer's bytes and empties it, so that freeing it again does nothing. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_buffer_free(buffer: Out<cretula_buffer>) {
    guard::infallible((), || {
        reclaim(buffer.take()?);
        None
    });
}

/// Overwrites a buffer's bytes with zeros, then frees them: for the values of keys.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_buffer_clear_free(buffer: Out<cretula_buffer>) {
    guard::infallible((), || {
        zeroize::Zeroize::zeroize(&mut *reclaim(buffer.take()?)?);
        None
    });
}
