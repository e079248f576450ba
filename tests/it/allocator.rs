//! An allocator that counts the bytes each thread holds, so that a test can measure a call while
//! other tests run.
//!
//! Not counted: memory allocated by other threads (the library starts threads only after
//! `Renderer::set_threads`, with the feature `parallel`), and memory allocated by C (libwebp's
//! encoder).
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
    // The counters may be gone while a thread exits.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

fn signed(bytes: usize) -> isize {
    isize::try_from(bytes).unwrap_or(isize::MAX)
}

// SAFETY: every call is forwarded to the system allocator; counting neither allocates nor touches
// the memory.
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
        // Count both blocks at once: both exist while memory that cannot grow in place is copied.
        count(signed(size));
        count(-signed(layout.size()));
        // SAFETY: as the caller promised.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// The result of `call`, and the most bytes it held at once on this thread, beyond those held
/// before.
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
