//! An allocator that counts what each thread holds, so that a test can say what a call took, whatever other tests do. The
//! library starts no thread of its own; what C allocates (libwebp's encoder) is not seen.
#![allow(unsafe_code, reason = "an allocator is unsafe by its signature; it adds counting to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: isize) {
    // A thread that ends may have no counters any more.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

fn signed(bytes: usize) -> isize {
    isize::try_from(bytes).unwrap_or(isize::MAX)
}

// SAFETY: every call is the system allocator's; counting neither allocates nor touches the memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-signed(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both, for a moment: so it is where memory cannot grow in its place.
        count(signed(size));
        count(-signed(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// What `call` gives, and the most bytes that it held at once on this thread, beyond what was held before.
pub(crate) fn peak_of<T>(call: impl FnOnce() -> T) -> (T, u64) {
    let before = HELD.get();
    PEAK.set(before);
    let answer = call();
    (answer, u64::try_from(PEAK.get() - before).unwrap_or(0))
}

#[test]
fn peak_counts_live_bytes_only() {
    let ((), peak) = peak_of(|| {
        for _ in 0..10 {
            drop(std::hint::black_box(vec![1_u8; 100_000]));
        }
    });
    assert!((100_000..101_000).contains(&peak), "{peak}");
    let (kept, peak) = peak_of(|| (0..10).map(|_| vec![1_u8; 100_000]).collect::<Vec<_>>());
    assert!((1_000_000..1_010_000).contains(&peak) && kept.len() == 10, "{peak}");
}
