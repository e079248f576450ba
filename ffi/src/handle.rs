//! Handles: opaque values that C holds by pointer, and the pointer work on them.
//!
//! In: pointers as C passed them.
//! Out: guarded references, or the status that describes the misuse.
//!
//! Must not know the values. Only C creates the pointer types: declaring a parameter as one of them
//! states that the conventions in the header hold for it. The `unsafe` blocks below rely on that.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;

use crate::failure::{Failure, Result};
use crate::status::{CRETULA_ERR_BAD_HANDLE, CRETULA_ERR_BUSY, CRETULA_ERR_POISONED};

/// A handle type of the header, such as `cretula_keyring`. It has no fields, since C never sees the
/// value.
pub(crate) trait HandleType {
    /// The value behind a handle, which threads share.
    type Value: Send + Sync;
    /// Whether functions may change the value: [`Fixed`] or [`Mutable`].
    type Change;
    /// Distinguishes handles of different types.
    const TAG: u64;
    const NAME: &'static str;
}

/// Marks a type whose values never change.
pub(crate) struct Fixed;

/// Marks a type whose values some function changes.
pub(crate) struct Mutable;

/// The memory behind a handle. The tag comes first, so that a handle of another type can be
/// recognized.
#[repr(C)]
struct Held<T> {
    tag: AtomicU64,
    state: AtomicU32,
    value: UnsafeCell<T>,
}

/// The tag of a freed handle: best effort, until the memory is reused.
const FREED: u64 = 0;

/// The state is the number of readers, a flag for a writer, and a flag for an earlier panic.
const WRITER: u32 = 1 << 31;
const POISONED: u32 = 1 << 30;

/// A `const` handle, which any number of threads may read at once.
#[repr(transparent)]
pub struct Shared<H>(*const H);

/// A handle for use by one thread at a time.
#[repr(transparent)]
pub struct Exclusive<H>(*mut H);

/// The output for a new handle.
#[repr(transparent)]
pub struct New<H>(*mut Exclusive<H>);

impl<H: HandleType> Shared<H> {
    /// Borrows the value for reading.
    pub(crate) fn read(&self) -> Result<Reading<'_, H>> {
        let held = held::<H>(self.0)?;
        let before = held.state.fetch_add(1, Ordering::Acquire);
        let reading = Reading { held, panicking: thread::panicking() };
        match before {
            before if before & WRITER != 0 => Err(busy::<H>()),
            before if before & POISONED != 0 => Err(poisoned::<H>()),
            _ => Ok(reading),
        }
    }

    /// Like [`read`](Self::read), but `None` for NULL.
    pub(crate) fn read_if_given(&self) -> Result<Option<Reading<'_, H>>> {
        if self.0.is_null() { Ok(None) } else { self.read().map(Some) }
    }
}

impl<H: HandleType> Exclusive<H> {
    /// A new handle, which C frees.
    pub(crate) fn new(value: H::Value) -> Self {
        let held =
            Held { tag: AtomicU64::new(H::TAG), state: AtomicU32::new(0), value: UnsafeCell::new(value) };
        Self(Box::into_raw(Box::new(held)).cast())
    }

    /// NULL.
    pub(crate) fn null() -> Self {
        Self(ptr::null_mut())
    }

    /// Borrows the value for writing.
    pub(crate) fn write(&self) -> Result<Writing<'_, H>>
    where
        H: HandleType<Change = Mutable>,
    {
        let held = held::<H>(self.0)?;
        match held.state.compare_exchange(0, WRITER, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(Writing { held, panicking: thread::panicking(), one_thread: PhantomData }),
            Err(state) if state & POISONED != 0 => Err(poisoned::<H>()),
            Err(_) => Err(busy::<H>()),
        }
    }

    /// Takes the value back and drops it. Ignores NULL, a handle of another type, and a handle in
    /// use by another thread: a leak is better than a crash.
    pub(crate) fn free(self) {
        let Ok(held) = held::<H>(self.0) else { return };
        if held.state.load(Ordering::Acquire) & !POISONED != 0 {
            return;
        }
        held.tag.store(FREED, Ordering::Release);
        // SAFETY: the tag shows that `new` allocated it and nothing has freed it; by convention no
        // other call uses it now, and no reference into it remains here.
        drop(unsafe { Box::from_raw(self.0.cast::<Held<H::Value>>()) });
    }
}

impl<H: HandleType> New<H> {
    /// Writes NULL to the destination, and keeps it.
    pub(crate) fn slot(self) -> NewSlot<H> {
        if !self.0.is_null() {
            // SAFETY: by convention an output points to memory for one pointer, or is NULL.
            unsafe { self.0.write_unaligned(Exclusive::null()) };
        }
        NewSlot(self.0)
    }
}

/// The destination of a new handle, which holds NULL.
pub(crate) struct NewSlot<H>(*mut Exclusive<H>);

impl<H: HandleType> NewSlot<H> {
    /// Refuses NULL.
    pub(crate) fn required(self) -> Result<Self> {
        if self.0.is_null() {
            return Err(Failure::null(&format!("the {} output", H::NAME)));
        }
        Ok(self)
    }

    /// Hands `handle` to C.
    pub(crate) fn put(self, handle: Exclusive<H>) {
        self.put_if_wanted(|| handle);
    }

    /// Hands the result of `make` to C, unless the destination is NULL.
    pub(crate) fn put_if_wanted(self, make: impl FnOnce() -> Exclusive<H>) {
        if !self.0.is_null() {
            // SAFETY: as in `slot`.
            unsafe { self.0.write_unaligned(make()) };
        }
    }
}

/// The memory behind a handle, if the handle is of this type.
fn held<'a, H: HandleType>(handle: *const H) -> Result<&'a Held<H::Value>> {
    if handle.is_null() {
        return Err(Failure::null(H::NAME));
    }
    let held = handle.cast::<Held<H::Value>>();
    let bad = || Failure::misuse(CRETULA_ERR_BAD_HANDLE, format!("this handle is not a live {}", H::NAME));
    if !held.is_aligned() {
        return Err(bad());
    }
    // SAFETY: by convention a handle was created by this library, and begins with a tag whatever
    // its type.
    let tag = unsafe { &*held.cast::<AtomicU64>() };
    if tag.load(Ordering::Acquire) != H::TAG {
        return Err(bad());
    }
    // SAFETY: the tag shows that `Exclusive::new` allocated it for this type; it lives until it is
    // freed, by convention after every call that uses it. Access to the value goes through the
    // state only.
    Ok(unsafe { &*held })
}

fn busy<H: HandleType>() -> Failure {
    Failure::misuse(CRETULA_ERR_BUSY, format!("another thread is using this {}", H::NAME))
}

fn poisoned<H: HandleType>() -> Failure {
    let message = format!("an earlier panic poisoned this {}: free it and create another", H::NAME);
    Failure::misuse(CRETULA_ERR_POISONED, message)
}

/// Shared access to a value.
pub(crate) struct Reading<'a, H: HandleType> {
    held: &'a Held<H::Value>,
    /// Whether the thread was already unwinding when the access began.
    panicking: bool,
}

impl<H: HandleType> Deref for Reading<'_, H> {
    type Target = H::Value;

    fn deref(&self) -> &H::Value {
        // SAFETY: the state counts this reader, so that `write` refuses while it lives.
        unsafe { &*self.held.value.get() }
    }
}

impl<'a, H: HandleType<Change = Fixed>> Reading<'a, H> {
    /// The value for the lifetime of the handle: for text that C borrows until it frees the handle.
    pub(crate) fn until_freed(self) -> &'a H::Value {
        // SAFETY: a fixed type has no `write`, so that no mutable reference ever exists.
        unsafe { &*self.held.value.get() }
    }
}

impl<H: HandleType> Drop for Reading<'_, H> {
    fn drop(&mut self) {
        if thread::panicking() && !self.panicking {
            self.held.state.fetch_or(POISONED, Ordering::Relaxed);
        }
        self.held.state.fetch_sub(1, Ordering::Release);
    }
}

/// Exclusive access to a value.
pub(crate) struct Writing<'a, H: HandleType> {
    held: &'a Held<H::Value>,
    panicking: bool,
    one_thread: PhantomData<*mut ()>,
}

impl<H: HandleType> Deref for Writing<'_, H> {
    type Target = H::Value;

    fn deref(&self) -> &H::Value {
        // SAFETY: as below.
        unsafe { &*self.held.value.get() }
    }
}

impl<H: HandleType> DerefMut for Writing<'_, H> {
    fn deref_mut(&mut self) -> &mut H::Value {
        // SAFETY: the state marks this as the only writer; readers that arrive meanwhile see it and
        // do not access the value.
        unsafe { &mut *self.held.value.get() }
    }
}

impl<H: HandleType> Drop for Writing<'_, H> {
    fn drop(&mut self) {
        if thread::panicking() && !self.panicking {
            self.held.state.fetch_or(POISONED, Ordering::Relaxed);
        }
        self.held.state.fetch_and(!WRITER, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::status::CRETULA_ERR_NULL_POINTER;

    struct Counter;
    impl HandleType for Counter {
        type Value = Vec<u32>;
        type Change = Mutable;
        const TAG: u64 = 0x1111;
        const NAME: &'static str = "counter";
    }

    struct Label;
    impl HandleType for Label {
        type Value = String;
        type Change = Fixed;
        const TAG: u64 = 0x2222;
        const NAME: &'static str = "label";
    }

    fn shared<H: HandleType>(handle: &Exclusive<H>) -> Shared<H> {
        Shared(handle.0)
    }

    fn again<H: HandleType>(handle: &Exclusive<H>) -> Exclusive<H> {
        Exclusive(handle.0)
    }

    fn status<T>(result: Result<T>) -> i32 {
        result.err().map_or(0, |failure| failure.status)
    }

    #[test]
    fn many_readers_or_one_writer() {
        let handle = Exclusive::<Counter>::new(vec![1]);
        {
            let (one, other) = (shared(&handle), shared(&handle));
            let (one, other) = (one.read().unwrap(), other.read().unwrap());
            assert_eq!((one.len(), other.len()), (1, 1));
            assert_eq!(status(handle.write()), CRETULA_ERR_BUSY);
        }
        {
            let mut writing = handle.write().unwrap();
            writing.push(2);
            assert_eq!(status(shared(&handle).read()), CRETULA_ERR_BUSY);
            assert_eq!(status(again(&handle).write()), CRETULA_ERR_BUSY);
            again(&handle).free();
            assert_eq!(*writing, [1, 2], "a handle in use is not freed");
        }
        assert_eq!(*shared(&handle).read().unwrap(), [1, 2]);
        handle.free();
    }

    #[test]
    fn null_and_another_type_are_refused() {
        let null = Exclusive::<Counter>::null();
        assert_eq!(status(shared(&null).read()), CRETULA_ERR_NULL_POINTER);
        assert!(shared(&null).read_if_given().unwrap().is_none());
        null.free();
        let label = Exclusive::<Label>::new("a".to_owned());
        let wrong = Exclusive::<Counter>(label.0.cast());
        assert_eq!(status(wrong.write()), CRETULA_ERR_BAD_HANDLE);
        wrong.free();
        assert_eq!(shared(&label).read().unwrap().until_freed(), "a", "the wrong free did nothing");
        let misaligned = Shared::<Label>(label.0.wrapping_byte_add(1));
        assert_eq!(status(misaligned.read()), CRETULA_ERR_BAD_HANDLE);
        label.free();
    }

    #[test]
    fn a_panic_poisons_the_handles_in_use_and_no_other() {
        let (poisoned, other) = (Exclusive::<Counter>::new(vec![]), Exclusive::<Counter>::new(vec![]));
        let result = catch_unwind(AssertUnwindSafe(|| {
            let _writing = poisoned.write().unwrap();
            panic!("while writing");
        }));
        assert!(result.is_err());
        assert_eq!(status(poisoned.write()), CRETULA_ERR_POISONED);
        assert_eq!(status(shared(&poisoned).read()), CRETULA_ERR_POISONED);
        assert_eq!(status(other.write()), 0);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let handle = shared(&other);
            let _reading = handle.read().unwrap();
            panic!("while reading");
        }));
        assert!(result.is_err());
        assert_eq!(status(other.write()), CRETULA_ERR_POISONED);
        poisoned.free();
        other.free();
    }

    #[test]
    fn a_new_handle_is_written_to_its_output() {
        let mut place = Exclusive::<Label>(ptr::dangling_mut());
        let slot = New(&raw mut place).slot().required().unwrap();
        assert!(place.0.is_null(), "zeroed first");
        slot.put(Exclusive::new("here".to_owned()));
        assert_eq!(*shared(&place).read().unwrap(), "here");
        place.free();
        assert_eq!(status(New::<Label>(ptr::null_mut()).slot().required()), CRETULA_ERR_NULL_POINTER);
        New::<Label>(ptr::null_mut()).slot().put_if_wanted(|| unreachable!("the output is NULL"));
    }

    #[test]
    fn threads_share_readers_and_exclude_writers() {
        let handle = Exclusive::<Counter>::new(vec![0]);
        let address = handle.0.expose_provenance();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(move || {
                    let handle = Exclusive::<Counter>(ptr::with_exposed_provenance_mut(address));
                    for _ in 0..500 {
                        if let Ok(mut writing) = handle.write() {
                            let value = writing[0];
                            writing[0] = value + 1;
                            writing.push(value);
                        }
                        if let Ok(reading) = shared(&handle).read() {
                            assert_eq!(reading.len(), 1 + usize::try_from(reading[0]).unwrap());
                        }
                    }
                });
            }
        });
        let counted = shared(&handle).read().map(|reading| reading[0]);
        assert!(counted.unwrap() > 0, "some writes succeeded, and none was torn");
        handle.free();
    }
}
