//! Memory owned by C: bytes, text, structs and arrays. No other file reads or writes it.
//!
//! In: pointers and lengths as C passed them.
//! Out: slices that live for the call, values, and destinations for outputs; or the status that
//! describes the misuse.
//!
//! Must not know the meaning of the values. As in `handle`, only C creates the pointer types:
//! declaring a parameter as one of them states that the conventions in the header hold for it.

use std::ffi::{CStr, c_char};
use std::{mem, ptr, slice, str};

use crate::failure::{Failure, Result};
use crate::status::{CRETULA_ERR_LENGTH, CRETULA_ERR_STRUCT_SIZE, CRETULA_ERR_UTF8};

/// A pointer to memory that the function reads.
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub struct In<T>(*const T);

/// A pointer to memory that the function writes.
#[repr(transparent)]
pub struct Out<T>(*mut T);

/// A pointer to memory allocated here and held by C until C returns it.
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub struct Allocated(*mut u8);

/// A type that may be zeroed and overwritten: integers, and structs of integers without owning
/// pointers.
///
/// # Safety
///
/// `repr(C)` or a primitive, and all bits zero is a valid value.
pub(crate) unsafe trait Zeroable: Copy {}

/// A type that C may fill with any bytes.
///
/// # Safety
///
/// Every bit pattern is a valid value.
pub(crate) unsafe trait Plain: Zeroable {}

/// A struct that may grow. Its first field is `size_t struct_size`, the size that the caller knows.
///
/// # Safety
///
/// `struct_size` is at offset 0.
pub(crate) unsafe trait Growing: Plain {
    const NAME: &'static str;
    /// The size of the struct in the first version of the header.
    const FIRST_SIZE: usize;
}

macro_rules! primitive {
    ($($type:ty),*) => {
        $(
            // SAFETY: a primitive for which all bits zero is a value.
            unsafe impl Zeroable for $type {}
        )*
    };
}

primitive!(bool, i32, i64, u32, u64);

impl In<u8> {
    /// `len` bytes, borrowed for the call. If `len` is 0, the pointer is ignored.
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

    /// Text that C borrows for as long as `text` lives.
    pub(crate) fn borrowed(text: &CStr) -> Self {
        Self(text.as_ptr())
    }

    /// NULL.
    pub(crate) fn null() -> Self {
        Self(ptr::null())
    }
}

impl<T: Growing> In<T> {
    /// The struct. Fields that a caller of an older header does not know are zero.
    pub(crate) fn read(&self) -> Result<T> {
        if self.0.is_null() {
            return Err(Failure::null(T::NAME));
        }
        let size = struct_size(self.0)?;
        // SAFETY: all bits zero is a value of a plain type.
        let mut value: T = unsafe { mem::zeroed() };
        // SAFETY: the caller guarantees that `size` bytes are readable, and `size` is at most the
        // size of `T`.
        unsafe { ptr::copy_nonoverlapping(self.0.cast::<u8>(), (&raw mut value).cast::<u8>(), size) };
        Ok(value)
    }

    /// Like [`read`](Self::read), but `None` for NULL.
    pub(crate) fn read_if_given(&self) -> Result<Option<T>> {
        if self.0.is_null() { Ok(None) } else { self.read().map(Some) }
    }

    /// Like [`read_each`](Self::read_each), but `None` for NULL.
    pub(crate) fn read_each_if_given(&self, count: usize) -> Result<Option<Vec<T>>> {
        if self.0.is_null() { Ok(None) } else { self.read_each(count).map(Some) }
    }

    /// An array of `count` structs, each of the size stated by the first one.
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
                if struct_size(element.0)? == stride {
                    element.read()
                } else {
                    Err(wrong_size::<T>("differs from that of the first element"))
                }
            })
            .collect()
    }
}

impl<T: Zeroable> Out<T> {
    /// Writes zeros to the destination, and keeps it.
    pub(crate) fn slot(self) -> Slot<T> {
        self.slots(1)
    }

    /// Writes zeros to each of `count` destinations, and keeps them.
    pub(crate) fn slots(self, count: usize) -> Slot<T> {
        let slot = Slot(self.0);
        for index in 0..count {
            // SAFETY: all bits zero is a value of a zeroable type.
            slot.write_at(index, unsafe { mem::zeroed() });
        }
        slot
    }
}

impl<T: Plain> Out<T> {
    /// Moves the value out and leaves zeros; `None` for NULL.
    pub(crate) fn take(&self) -> Option<T> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: by convention the pointer is to a value, and every bit pattern is one.
        let value = unsafe { self.0.read_unaligned() };
        // SAFETY: all bits zero is a value of a plain type.
        Slot(self.0).write_at(0, unsafe { mem::zeroed() });
        Some(value)
    }
}

/// Destinations of outputs, which hold zeros.
pub(crate) struct Slot<T>(*mut T);

impl<T: Zeroable> Slot<T> {
    /// Refuses NULL.
    pub(crate) fn required(self, what: &str) -> Result<Self> {
        if self.0.is_null() { Err(Failure::null(what)) } else { Ok(self) }
    }

    /// Whether the caller wants this output.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.0.is_null()
    }

    /// Writes the output, unless the destination is NULL.
    pub(crate) fn put(&self, value: T) {
        self.write_at(0, value);
    }

    /// Writes one of several outputs, unless the destination is NULL.
    pub(crate) fn write_at(&self, index: usize, value: T) {
        if !self.0.is_null() {
            // SAFETY: by convention an output points to as many values as the function documents,
            // or is NULL, and nothing else writes to it during the call.
            unsafe { self.0.wrapping_add(index).write_unaligned(value) };
        }
    }
}

impl<T: Growing> Out<T> {
    /// Writes zeros to the part of the struct that the caller knows, except its size, and keeps the
    /// destination.
    pub(crate) fn growing_slot(self) -> Result<GrowingSlot<T>> {
        let size = if self.0.is_null() { 0 } else { struct_size(self.0)? };
        let slot = GrowingSlot { place: self.0, size };
        // SAFETY: all bits zero is a value of a plain type.
        slot.put(unsafe { mem::zeroed() });
        Ok(slot)
    }
}

/// The destination of an output struct that may grow, with the size that the caller knows.
pub(crate) struct GrowingSlot<T> {
    place: *mut T,
    size: usize,
}

impl<T: Growing> GrowingSlot<T> {
    /// Refuses NULL.
    pub(crate) fn required(self) -> Result<Self> {
        if self.place.is_null() { Err(Failure::null(T::NAME)) } else { Ok(self) }
    }

    /// Whether the caller wants this output.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.place.is_null()
    }

    /// Writes the output except its `struct_size`, unless the destination is NULL.
    pub(crate) fn put(&self, value: T) {
        let skip = size_of::<usize>();
        if self.is_wanted() {
            let from = (&raw const value).cast::<u8>().wrapping_add(skip);
            let to = self.place.cast::<u8>().wrapping_add(skip);
            // SAFETY: `struct_size` has checked that `size` is above `skip` and at most the size of
            // `T`; the caller guarantees that `size` bytes are writable.
            unsafe { ptr::copy_nonoverlapping(from, to, self.size - skip) };
        }
    }
}

impl Allocated {
    /// Hands bytes to C, followed by a NUL that the length does not count. Returns the length.
    pub(crate) fn new(mut bytes: Vec<u8>) -> (Self, usize) {
        let len = bytes.len();
        bytes.reserve_exact(1);
        bytes.push(0);
        (Self(Box::into_raw(bytes.into_boxed_slice()).cast::<u8>()), len)
    }

    /// Takes back what [`new`](Self::new) returned, NUL included.
    pub(crate) fn reclaim(self, len: usize) -> Option<Box<[u8]>> {
        if self.0.is_null() || len >= isize::MAX.unsigned_abs() {
            return None;
        }
        // SAFETY: by convention a pointer that is not NULL is as `new` returned it, with its
        // length: a boxed slice of `len + 1` bytes.
        Some(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(self.0, len + 1)) })
    }
}

/// Reads the size that a struct states, and checks that it is that of some version from the first
/// to this one.
///
/// A program compiled against an older header states a smaller size: fields added since are at the
/// end, and keep their defaults. Like every size of a struct, it is a multiple of the alignment, so
/// that no field is cut.
fn struct_size<T: Growing>(place: *const T) -> Result<usize> {
    // SAFETY: every caller here has refused NULL, and by convention the struct begins with its
    // size.
    let size = unsafe { place.cast::<usize>().read_unaligned() };
    let (first, current) = (T::FIRST_SIZE, size_of::<T>());
    match size {
        0 => Err(wrong_size::<T>("is 0: initialize the struct with its CRETULA_*_INIT")),
        size if (first..=current).contains(&size) && size % align_of::<T>() == 0 => Ok(size),
        _ if first == current => Err(wrong_size::<T>(&format!("is {size}, this library knows {current}"))),
        _ => Err(wrong_size::<T>(&format!("is {size}, this library knows {first} to {current}"))),
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
    // SAFETY: by convention `len` bytes are readable and nothing writes to them during the call;
    // every caller here ties the lifetime to the parameter, which ends with the call.
    Ok(unsafe { slice::from_raw_parts(pointer, len) })
}

/// Static text, which must end with its only NUL.
pub(crate) fn constant(text: &'static str) -> In<c_char> {
    In::borrowed(CStr::from_bytes_with_nul(text.as_bytes()).unwrap_or(c""))
}

/// Returned text, for tests.
#[cfg(test)]
pub(crate) fn c_str(text: &In<c_char>) -> &str {
    assert!(!text.0.is_null());
    // SAFETY: all text that this library returns ends with a NUL.
    unsafe { CStr::from_ptr(text.0) }.to_str().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A struct that has grown twice.
    #[repr(C)]
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Grown {
        struct_size: usize,
        first: u64,
        second: u64,
        third: u64,
    }

    // SAFETY: integers in C's layout.
    unsafe impl Zeroable for Grown {}
    // SAFETY: as above.
    unsafe impl Plain for Grown {}
    // SAFETY: `struct_size` is the first field.
    unsafe impl Growing for Grown {
        const NAME: &'static str = "grown";
        const FIRST_SIZE: usize = mem::offset_of!(Grown, second);
    }

    const WORD: usize = size_of::<u64>();

    fn grown(struct_size: usize) -> Grown {
        Grown { struct_size, first: 1, second: 2, third: 3 }
    }

    fn refusal<T>(result: Result<T>) -> String {
        result.err().map(|failure| failure.message).unwrap_or_default()
    }

    #[test]
    fn fields_that_an_older_program_does_not_know_have_their_defaults() {
        let sizes = [(2 * WORD, 0, 0), (3 * WORD, 2, 0), (4 * WORD, 2, 3)];
        for (struct_size, second, third) in sizes {
            let older = grown(struct_size);
            let read = In(&raw const older).read().unwrap();
            assert_eq!(read, Grown { struct_size, first: 1, second, third });
        }
    }

    #[test]
    fn fields_that_an_older_program_does_not_know_are_not_written() {
        for (struct_size, second, third) in [(2 * WORD, 2, 3), (3 * WORD, 8, 3), (4 * WORD, 8, 9)] {
            let mut place = grown(struct_size);
            let slot = Out(&raw mut place).growing_slot().unwrap();
            slot.put(Grown { struct_size: 0, first: 7, second: 8, third: 9 });
            assert_eq!(place, Grown { struct_size, first: 7, second, third });
        }
    }

    #[test]
    fn an_array_of_an_older_program_has_elements_of_the_older_size() {
        let older = [2 * WORD as u64, 1, 2 * WORD as u64, 5, 2 * WORD as u64, 6];
        let read = In(older.as_ptr().cast::<Grown>()).read_each(3).unwrap();
        assert_eq!(read.iter().map(|element| element.first).collect::<Vec<_>>(), [1, 5, 6]);
        assert!(read.iter().all(|element| (element.second, element.third) == (0, 0)));
        let mixed = [grown(4 * WORD), grown(3 * WORD)];
        let message = refusal(In(mixed.as_ptr()).read_each(2));
        assert_eq!(message, "struct_size of grown differs from that of the first element");
    }

    #[test]
    fn sizes_of_no_version_are_refused() {
        for size in [1, WORD, 2 * WORD - 1, 2 * WORD + 1, 2 * WORD + 4, 4 * WORD + 1, 5 * WORD, usize::MAX] {
            let mut place = grown(size);
            let expected = format!("struct_size of grown is {size}, this library knows 16 to 32");
            assert_eq!(refusal(In(&raw const place).read()), expected);
            assert_eq!(refusal(Out(&raw mut place).growing_slot()), expected);
            assert_eq!(place, grown(size), "nothing is written");
        }
        let empty = grown(0);
        assert!(refusal(In(&raw const empty).read()).contains("is 0: initialize the struct"));
    }
}
