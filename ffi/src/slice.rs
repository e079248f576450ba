//! Memory that C owns: bytes, texts, structs and arrays of them, read and written here alone.
//!
//! In: pointers and lengths as C passed them. Out: slices that live for the call, values, and places to write to; or the
//! status that says what is wrong. Must not know what the values mean. As in `handle`, only C can make these types, and
//! declaring a parameter as one says that the header's conventions hold for it.

use std::ffi::{CStr, c_char};
use std::{mem, ptr, slice, str};

use crate::buffer::cretula_buffer;
use crate::failure::{Failure, Result};
use crate::info::cretula_info;
use crate::limits::cretula_limits;
use crate::output::cretula_output;
use crate::status::{CRETULA_ERR_LENGTH, CRETULA_ERR_STRUCT_SIZE, CRETULA_ERR_UTF8};
use crate::variant::{cretula_placement, cretula_variant};

/// A pointer to `const` memory.
#[repr(transparent)]
pub struct In<T>(*const T);

/// A pointer to memory that is written.
#[repr(transparent)]
pub struct Out<T>(*mut T);

/// What C may fill with any bytes and Rust may overwrite: integers, and structs of them without pointers that own.
///
/// # Safety
///
/// `repr(C)` or a primitive, and every bit pattern, zeros among them, is a value.
pub(crate) unsafe trait Plain: Copy {}

/// A struct that may grow: its first field is `size_t struct_size`, the size that the caller knows.
///
/// # Safety
///
/// As it says: `struct_size` is at offset 0.
pub(crate) unsafe trait Growing: Plain {
    const NAME: &'static str;
}

macro_rules! plain {
    ($($type:ty),*) => {
        $(
            // SAFETY: integers, floats and raw pointers in C's layout; all bits zero is a value of each.
            unsafe impl Plain for $type {}
        )*
    };
}

macro_rules! growing {
    ($($type:ident),*) => {
        plain!($($type),*);
        $(
            // SAFETY: the assertion below.
            unsafe impl Growing for $type {
                const NAME: &'static str = stringify!($type);
            }
            const _: () = assert!(mem::offset_of!($type, struct_size) == 0);
        )*
    };
}

plain!(i64, u32, u64, usize, cretula_buffer);
growing!(cretula_info, cretula_limits, cretula_output, cretula_placement, cretula_variant);

/// Sizes are part of the ABI; `tests/c/layout.c` says the same of them, and of every offset.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<cretula_buffer>() == 16);
    assert!(size_of::<cretula_info>() == 48);
    assert!(size_of::<cretula_limits>() == 56);
    assert!(size_of::<cretula_output>() == 40);
    assert!(size_of::<cretula_placement>() == 64);
    assert!(size_of::<cretula_variant>() == 24);
};

impl In<u8> {
    /// `len` bytes, borrowed for the call. Length 0 ignores the pointer.
    pub(crate) fn bytes(&self, len: usize, what: &str) -> Result<&[u8]> {
        bytes(self.0, len, what)
    }
}

impl In<c_char> {
    /// `len` bytes that need not be UTF-8.
    pub(crate) fn bytes(&self, len: usize, what: &str) -> Result<&[u8]> {
        bytes(self.0.cast(), len, what)
    }

    /// `len` bytes of UTF-8.
    pub(crate) fn text(&self, len: usize, what: &str) -> Result<&str> {
        str::from_utf8(self.bytes(len, what)?).map_err(|error| {
            let message = format!("{what} is not UTF-8 at byte {}", error.valid_up_to());
            Failure::misuse(CRETULA_ERR_UTF8, message)
        })
    }

    /// A text that C borrows for as long as `text` lives.
    pub(crate) fn borrowed(text: &CStr) -> Self {
        Self(text.as_ptr())
    }

    /// No text.
    pub(crate) fn null() -> Self {
        Self(ptr::null())
    }
}

impl<T: Growing> In<T> {
    /// The struct; what a caller of an older header does not know is zero.
    pub(crate) fn read(&self) -> Result<T> {
        if self.0.is_null() {
            return Err(Failure::null(T::NAME));
        }
        let size = struct_size(self.0)?;
        // SAFETY: all bits zero is a value of a plain type.
        let mut value: T = unsafe { mem::zeroed() };
        // SAFETY: the caller says that `size` bytes are there, and they are no more than `T` has.
        unsafe { ptr::copy_nonoverlapping(self.0.cast::<u8>(), (&raw mut value).cast::<u8>(), size) };
        Ok(value)
    }

    /// As [`read`](Self::read), `None` for NULL.
    pub(crate) fn read_if_given(&self) -> Result<Option<T>> {
        if self.0.is_null() { Ok(None) } else { self.read().map(Some) }
    }

    /// As [`read_each`](Self::read_each), `None` for NULL.
    pub(crate) fn read_each_if_given(&self, count: usize) -> Result<Option<Vec<T>>> {
        if self.0.is_null() { Ok(None) } else { self.read_each(count).map(Some) }
    }

    /// An array of `count` structs, all of the size that the first one states.
    pub(crate) fn read_each(&self, count: usize) -> Result<Vec<T>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        if self.0.is_null() {
            return Err(Failure::null(T::NAME));
        }
        let stride = struct_size(self.0)?;
        (0..count)
            .map(|index| {
                let element = In(self.0.wrapping_byte_add(index.saturating_mul(stride)));
                match element.read()? {
                    value if struct_size(element.0)? == stride => Ok(value),
                    _ => Err(wrong_size::<T>("differs from the first element's")),
                }
            })
            .collect()
    }
}

impl<T: Plain> Out<T> {
    /// Writes zeros there, and keeps the place.
    pub(crate) fn slot(self) -> Slot<T> {
        let slot = Slot(self.0);
        // SAFETY: all bits zero is a value of a plain type.
        slot.write_at(0, unsafe { mem::zeroed() });
        slot
    }

    /// Writes zeros to each of `count` places, and keeps them.
    pub(crate) fn slots(self, count: usize) -> Slot<T> {
        let slot = Slot(self.0);
        for index in 0..count {
            // SAFETY: all bits zero is a value of a plain type.
            slot.write_at(index, unsafe { mem::zeroed() });
        }
        slot
    }

    /// Moves the value out and leaves zeros; `None` for NULL.
    pub(crate) fn take(&self) -> Option<T> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: by convention it points to a value, and every bit pattern is one.
        let value = unsafe { self.0.read_unaligned() };
        // SAFETY: all bits zero is a value of a plain type.
        Slot(self.0).write_at(0, unsafe { mem::zeroed() });
        Some(value)
    }
}

/// Places of outputs that hold zeros.
pub(crate) struct Slot<T>(*mut T);

impl<T: Plain> Slot<T> {
    /// Refuses NULL.
    pub(crate) fn required(self, what: &str) -> Result<Self> {
        if self.0.is_null() { Err(Failure::null(what)) } else { Ok(self) }
    }

    /// Whether the caller wants an answer here.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.0.is_null()
    }

    /// Writes the answer, unless the place is NULL.
    pub(crate) fn put(&self, value: T) {
        self.write_at(0, value);
    }

    /// Writes one of several answers, unless the place is NULL.
    pub(crate) fn write_at(&self, index: usize, value: T) {
        if !self.0.is_null() {
            // SAFETY: by convention an output points to as many values as the function says, or is NULL; nobody else
            // writes to it during the call.
            unsafe { self.0.wrapping_add(index).write_unaligned(value) };
        }
    }
}

impl<T: Growing> Out<T> {
    /// Writes zeros to what the caller knows of the struct, apart from its size, and keeps the place.
    pub(crate) fn growing_slot(self) -> Result<GrowingSlot<T>> {
        let size = if self.0.is_null() { 0 } else { struct_size(self.0)? };
        let slot = GrowingSlot { place: self.0, size };
        // SAFETY: all bits zero is a value of a plain type.
        slot.put(unsafe { mem::zeroed() });
        Ok(slot)
    }
}

/// The place of an output struct that may grow, with the size that the caller knows.
pub(crate) struct GrowingSlot<T> {
    place: *mut T,
    size: usize,
}

impl<T: Growing> GrowingSlot<T> {
    /// Refuses NULL.
    pub(crate) fn required(self) -> Result<Self> {
        if self.place.is_null() { Err(Failure::null(T::NAME)) } else { Ok(self) }
    }

    /// Whether the caller wants an answer here.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.place.is_null()
    }

    /// Writes the answer, all but its `struct_size`, unless the place is NULL.
    pub(crate) fn put(&self, value: T) {
        let skip = size_of::<usize>();
        if self.is_wanted() {
            let from = (&raw const value).cast::<u8>().wrapping_add(skip);
            let to = self.place.cast::<u8>().wrapping_add(skip);
            // SAFETY: `struct_size` has checked that `size` is over `skip` and at most what `T` has; the caller says that
            // it has as much.
            unsafe { ptr::copy_nonoverlapping(from, to, self.size - skip) };
        }
    }
}

/// Reads the size that a struct states of itself, and checks that this library can have defined it.
fn struct_size<T: Growing>(place: *const T) -> Result<usize> {
    // SAFETY: not NULL, as every caller here has checked, and by convention a struct that begins with its size.
    let size = unsafe { place.cast::<usize>().read_unaligned() };
    // Every struct is of its first version, so that there is one size. A field that joins makes this a range.
    match size {
        0 => Err(wrong_size::<T>("is 0: begin with the struct's CRETULA_*_INIT")),
        size if size == size_of::<T>() => Ok(size),
        _ => Err(wrong_size::<T>(&format!("is {size}, this library knows {}", size_of::<T>()))),
    }
}

fn wrong_size<T: Growing>(rule: &str) -> Failure {
    Failure::misuse(CRETULA_ERR_STRUCT_SIZE, format!("struct_size of {} {rule}", T::NAME))
}

fn bytes<'a>(pointer: *const u8, len: usize, what: &str) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    if len > isize::MAX.unsigned_abs() {
        let message = format!("the length of {what} has its top bit set: {len}");
        return Err(Failure::misuse(CRETULA_ERR_LENGTH, message));
    }
    if pointer.is_null() {
        return Err(Failure::null(what));
    }
    // SAFETY: by convention `len` bytes are there and nobody writes to them during the call; every caller here ties the
    // lifetime to the parameter, which ends with the call.
    Ok(unsafe { slice::from_raw_parts(pointer, len) })
}

/// A text that never goes away; it ends with its only NUL.
pub(crate) fn constant(text: &'static str) -> In<c_char> {
    In::borrowed(CStr::from_bytes_with_nul(text.as_bytes()).unwrap_or(c""))
}

/// What a test sees of an answered text.
#[cfg(test)]
pub(crate) fn c_str(text: &In<c_char>) -> &str {
    assert!(!text.0.is_null());
    // SAFETY: every text that this library answers ends with a NUL.
    unsafe { CStr::from_ptr(text.0) }.to_str().unwrap()
}

/// Gives memory to C: `bytes`, and a NUL behind them that the length does not count.
pub(crate) fn lend(mut bytes: Vec<u8>) -> cretula_buffer {
    let len = bytes.len();
    bytes.reserve_exact(1);
    bytes.push(0);
    let data = Box::into_raw(bytes.into_boxed_slice()).cast::<u8>();
    cretula_buffer { data, len }
}

/// Takes memory back that [`lend`] gave.
pub(crate) fn reclaim(buffer: cretula_buffer) -> Option<Box<[u8]>> {
    if buffer.data.is_null() || buffer.len >= isize::MAX.unsigned_abs() {
        return None;
    }
    // SAFETY: by convention a buffer that is not zeroed is as this library filled it: a boxed slice of `len + 1` bytes.
    Some(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(buffer.data, buffer.len + 1)) })
}
