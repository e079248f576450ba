//! [`Spare`]: memory that one call leaves for the next.
//!
//! In: buffers that are no longer needed. Out: zeroed buffers, or, to who zeroes it bit by bit, one as it is. Asking the system for
//! pages costs several times what it costs to fill them, and a renderer asks for the same few sizes again and again. Must not know
//! what samples show.

use std::collections::VecDeque;

/// Buffers, the one that has lain here longest first.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    buffers: VecDeque<Vec<u8>>,
}

impl Spare {
    /// Bytes that are kept at most.
    const MOST: usize = 32 << 20;

    /// Smaller buffers are the allocator's own business.
    const LEAST: usize = 64 << 10;

    /// A buffer of `len` zeros, if one lies here that is large enough and not much larger.
    pub(super) fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let mut buffer = self.take_used(len)?;
        // What an earlier picture left must not be seen in this one, whatever else goes wrong.
        buffer.fill(0);
        Some(buffer)
    }

    /// As [`Self::take`], of anything.
    pub(super) fn take_used(&mut self, len: usize) -> Option<Vec<u8>> {
        if len < Self::LEAST {
            return None;
        }
        let fits = |buffer: &Vec<u8>| (len..=len.saturating_mul(2)).contains(&buffer.capacity());
        let fitting = self.buffers.iter().enumerate().filter(|(_, buffer)| fits(buffer));
        let (place, _) = fitting.min_by_key(|(_, buffer)| buffer.capacity())?;
        let mut buffer = self.buffers.remove(place)?;
        buffer.resize(len, 0);
        Some(buffer)
    }

    pub(super) fn put(&mut self, buffer: Vec<u8>) {
        if !(Self::LEAST..=Self::MOST).contains(&buffer.capacity()) {
            return;
        }
        let mut kept: usize = self.buffers.iter().map(Vec::capacity).sum();
        while kept > Self::MOST - buffer.capacity() {
            kept -= self.buffers.pop_front().map_or(kept, |oldest| oldest.capacity());
        }
        self.buffers.push_back(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_as_zeros_to_who_needs_about_as_much() {
        let mut spare = Spare::default();
        let (len, address) = (Spare::LEAST * 3, |buffer: &Vec<u8>| buffer.as_ptr().addr());
        let buffer = vec![7; len];
        let place = address(&buffer);
        spare.put(buffer);
        assert!(spare.take(len + 1).is_none() && spare.take(len / 2 - 1).is_none());
        let buffer = spare.take(len - 5).unwrap();
        assert!(address(&buffer) == place && buffer.len() == len - 5 && buffer.iter().all(|&byte| byte == 0));
        assert!(spare.take(len - 5).is_none(), "handed out twice");
    }

    #[test]
    fn the_best_fit_is_taken() {
        let mut spare = Spare::default();
        for size in [400_000, 200_000, 300_000] {
            spare.put(vec![1; size]);
        }
        assert_eq!(spare.take(200_000).unwrap().capacity(), 200_000);
        assert_eq!(spare.take(200_000).unwrap().capacity(), 300_000);
        assert_eq!(spare.take(200_000).unwrap().capacity(), 400_000);
    }

    #[test]
    fn no_more_is_kept_than_said_and_the_oldest_goes_first() {
        let mut spare = Spare::default();
        let held = |spare: &Spare| spare.buffers.iter().map(Vec::capacity).sum::<usize>();
        for size in [1, Spare::LEAST - 1, Spare::MOST + 1] {
            spare.put(vec![0; size]);
            assert_eq!(held(&spare), 0, "{size}");
        }
        for count in 1..100 {
            spare.put(vec![0; count << 16]);
            assert!(held(&spare) <= Spare::MOST);
        }
        assert_eq!(spare.buffers.back().unwrap().capacity(), 99 << 16);
        spare.put(vec![0; Spare::MOST]);
        assert_eq!((spare.buffers.len(), held(&spare)), (1, Spare::MOST));
    }
}
