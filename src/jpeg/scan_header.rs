//! The scan header (T.81 B.2.3).
//!
//! In: an SOS segment and the frame. Out: [`ScanHeader`]. Must not know how the data after it are
//! decoded.

use super::error::malformed;
use super::frame::{Component, Frame};
use super::marker::Segment;
use crate::error::Result;

/// The components that a scan codes, their tables, and the coded part of their coefficients.
#[derive(Debug, Clone)]
pub(super) struct ScanHeader {
    pub(super) components: Vec<ScanComponent>,
    /// The band of zigzag positions, both ends included (Ss and Se in T.81).
    pub(super) start: usize,
    pub(super) end: usize,
    /// Successive approximation: the bit position that earlier scans reached (Ah, 0 for none) and
    /// that of this scan (Al).
    pub(super) high: u32,
    pub(super) low: u32,
    /// Where the entropy-coded data begin.
    pub(super) data_offset: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ScanComponent {
    /// Its index in the frame.
    pub(super) index: usize,
    /// Slots of its Huffman tables. They are checked only where codes are read: a scan of AC
    /// coefficients may name any slot for DC.
    pub(super) dc: usize,
    pub(super) ac: usize,
}

impl ScanHeader {
    pub(super) fn parse(segment: &Segment<'_>, frame: &Frame) -> Result<Self> {
        Self::read(segment, frame).ok_or_else(|| malformed(segment.offset, "invalid scan header"))
    }

    fn read(segment: &Segment<'_>, frame: &Frame) -> Option<Self> {
        let (&count, rest) = segment.payload.split_first()?;
        let (described, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let &[start, end, approximation] = rest.first_chunk()?;
        if !(1..=frame.components.len()).contains(&usize::from(count)) {
            return None;
        }
        let mut components: Vec<ScanComponent> = Vec::with_capacity(4);
        for &[id, slots] in described.as_chunks::<2>().0 {
            // If components share an id, each mention means the next one that the scan has not
            // named yet, as in libjpeg.
            let unused = |index: usize| components.iter().all(|other| other.index != index);
            let named = |(index, component): (usize, &Component)| component.id == id && unused(index);
            let index = frame.components.iter().enumerate().position(named)?;
            components.push(ScanComponent {
                index,
                dc: usize::from(slots >> 4),
                ac: usize::from(slots & 15),
            });
        }
        let data_offset = segment.end();
        if !frame.progressive {
            // Sequential scans have fixed values here, which are not checked.
            return Some(Self { components, start: 0, end: 63, high: 0, low: 0, data_offset });
        }
        let (start, end) = (usize::from(start), usize::from(end));
        let (high, low) = (u32::from(approximation >> 4), u32::from(approximation & 15));
        // T.81 G.1.1.1: DC is coded separately, AC is never interleaved, each refinement adds one
        // bit.
        let band = if start == 0 { end == 0 } else { start <= end && end <= 63 && count == 1 };
        let bits = low <= 13 && (high == 0 || high == low + 1);
        (band && bits).then_some(Self { components, start, end, high, low, data_offset })
    }

    /// Whether the scan codes DC coefficients.
    pub(super) fn has_dc(&self) -> bool {
        self.start == 0
    }
}

/// How much of each component's coefficients the scans so far have coded.
#[derive(Debug)]
pub(super) struct Coverage {
    /// The lowest bit coded so far of each coefficient; [`NONE`] if there is none.
    bits: Vec<[u8; 64]>,
}

/// Above any bit position of a coefficient.
const NONE: u8 = u8::MAX;

impl Coverage {
    pub(super) fn new(frame: &Frame) -> Self {
        Self { bits: vec![[NONE; 64]; frame.components.len()] }
    }

    /// Adds a scan. Returns whether it is the first scan of any of its components.
    pub(super) fn add(&mut self, scan: &ScanHeader) -> bool {
        let mut first = false;
        for coded in &scan.components {
            first |= !self.has_begun(coded.index);
            let bits = self.bits.get_mut(coded.index).and_then(|bits| bits.get_mut(scan.start..=scan.end));
            bits.unwrap_or_default().fill(u8::try_from(scan.low).unwrap_or(NONE));
        }
        first
    }

    pub(super) fn has_begun(&self, component: usize) -> bool {
        self.bits.get(component).is_some_and(|bits| bits.iter().any(|&bit| bit != NONE))
    }

    pub(super) fn have_all_begun(&self) -> bool {
        (0..self.bits.len()).all(|component| self.has_begun(component))
    }

    /// Whether every bit of every coefficient has been coded.
    pub(super) fn is_complete(&self) -> bool {
        self.bits.as_flattened().iter().all(|&bit| bit == 0)
    }
}
