//! Buffers: bytes that the library returns to the caller.

use crate::guard;
use crate::slice::{Allocated, Out};

/// Bytes allocated by the library, which the caller frees once with cretula_buffer_free.
///
/// The bytes are followed by a NUL that `len` does not count, so that text can be used as a C
/// string. Do not change the fields. `CRETULA_BUFFER_INIT` is an empty buffer, which needs no
/// freeing.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct cretula_buffer {
    /// The bytes, or NULL.
    pub data: Allocated,
    /// The number of bytes.
    pub len: usize,
}

/// Hands bytes to C.
pub(crate) fn into_buffer(bytes: Vec<u8>) -> cretula_buffer {
    let (data, len) = Allocated::new(bytes);
    cretula_buffer { data, len }
}

/// Takes back the bytes that [`into_buffer`] handed out.
fn from_buffer(buffer: cretula_buffer) -> Option<Box<[u8]>> {
    buffer.data.reclaim(buffer.len)
}

/// Frees the bytes of a buffer and empties it, so that freeing it again does nothing. NULL is
/// ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_buffer_free(buffer: Out<cretula_buffer>) {
    guard::infallible((), || {
        from_buffer(buffer.take()?);
        None
    });
}

/// Like cretula_buffer_free, but overwrites the bytes with zeros first. For values of keys.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_buffer_clear_free(buffer: Out<cretula_buffer>) {
    guard::infallible((), || {
        zeroize::Zeroize::zeroize(&mut *from_buffer(buffer.take()?)?);
        None
    });
}
