//! The loop filter (RFC 6386 section 15), applied to as many positions along an edge as fit into a
//! vector.
//!
//! In: the samples on both sides of an edge. Out: the same samples, smoothed. Must not know where
//! the edge is.
//!
//! Written lane by lane, without branches and with saturating arithmetic, so that compilers
//! vectorize it.

use super::header::FilterLimits;

/// Positions along an edge that are filtered at once: lanes of a vector.
pub(super) const LANES: usize = 16;

/// Four samples before the edge and four after it, from p3 to q3.
pub(super) type EdgeSamples = [[u8; LANES]; 8];

#[inline(always)]
fn signed(sample: u8) -> i8 {
    (sample ^ 0x80).cast_signed()
}

#[inline(always)]
fn unsigned(value: i8) -> u8 {
    value.cast_unsigned() ^ 0x80
}

/// The amounts by which the two nearest samples change (section 15.2): `q0` minus the first, `p0`
/// plus the second.
#[inline(always)]
fn common_adjust(change: i8) -> (i8, i8) {
    (change.saturating_add(4) >> 3, change.saturating_add(3) >> 3)
}

/// The adjustment at an edge: `outer`, from the samples next to the nearest, plus 3 × (q0 - p0).
#[inline(always)]
fn adjustment(outer: i8, p0: i8, q0: i8) -> i8 {
    let near = q0.saturating_sub(p0);
    outer.saturating_add(near).saturating_add(near).saturating_add(near)
}

/// Twice the difference at the edge plus half of the difference between the next samples.
#[inline(always)]
fn edge_difference(p1: u8, p0: u8, q0: u8, q1: u8) -> u8 {
    let near = p0.abs_diff(q0);
    near.saturating_add(near).saturating_add(p1.abs_diff(q1) >> 1)
}

/// The simple filter (section 15.2).
#[inline(always)]
pub(super) fn simple(lines: &mut EdgeSamples, limit: u8) {
    let [_, _, before1, before0, after0, after1, _, _] = lines;
    for lane in 0..LANES {
        let (p1, p0, q0, q1) = (before1[lane], before0[lane], after0[lane], after1[lane]);
        let filtered = edge_difference(p1, p0, q0, q1) <= limit;
        let [p1, p0, q0, q1] = [signed(p1), signed(p0), signed(q0), signed(q1)];
        let change = adjustment(p1.saturating_sub(q1), p0, q0);
        let (b, c) = common_adjust(if filtered { change } else { 0 });
        (before0[lane], after0[lane]) = (unsigned(p0.saturating_add(c)), unsigned(q0.saturating_sub(b)));
    }
}

/// Which positions to filter, and which have a high edge variance (section 15.3).
#[inline(always)]
fn filter_masks(lines: &EdgeSamples, limit: u8, limits: &FilterLimits) -> [[bool; LANES]; 2] {
    let (mut filtered, mut high_variance) = ([false; LANES], [false; LANES]);
    let [p3, p2, p1, p0, q0, q1, q2, q3] = lines;
    for lane in 0..LANES {
        let nearest = p1[lane].abs_diff(p0[lane]).max(q1[lane].abs_diff(q0[lane]));
        let before = p3[lane].abs_diff(p2[lane]).max(p2[lane].abs_diff(p1[lane]));
        let after = q3[lane].abs_diff(q2[lane]).max(q2[lane].abs_diff(q1[lane]));
        let within = nearest.max(before).max(after) <= limits.interior_limit;
        filtered[lane] = (edge_difference(p1[lane], p0[lane], q0[lane], q1[lane]) <= limit) & within;
        high_variance[lane] = nearest > limits.hev_threshold;
    }
    [filtered, high_variance]
}

/// The normal filter for edges between subblocks.
#[inline(always)]
pub(super) fn subblock(lines: &mut EdgeSamples, limit: u8, limits: &FilterLimits) {
    let [filtered, high_variance] = filter_masks(lines, limit, limits);
    let [_, _, before1, before0, after0, after1, _, _] = lines;
    for lane in 0..LANES {
        let (p1, p0) = (signed(before1[lane]), signed(before0[lane]));
        let (q0, q1) = (signed(after0[lane]), signed(after1[lane]));
        let change = adjustment(if high_variance[lane] { p1.saturating_sub(q1) } else { 0 }, p0, q0);
        let (b, c) = common_adjust(if filtered[lane] { change } else { 0 });
        // At most 16, so no sum overflows; and 0 where nothing is filtered, because `b` is 0 there.
        let outer_change = if high_variance[lane] { 0 } else { b.wrapping_add(1) >> 1 };
        before1[lane] = unsigned(p1.saturating_add(outer_change));
        before0[lane] = unsigned(p0.saturating_add(c));
        after0[lane] = unsigned(q0.saturating_sub(b));
        after1[lane] = unsigned(q1.saturating_sub(outer_change));
    }
}

/// The normal filter for edges between macroblocks.
#[inline(always)]
pub(super) fn macroblock(lines: &mut EdgeSamples, limit: u8, limits: &FilterLimits) {
    let [filtered, high_variance] = filter_masks(lines, limit, limits);
    let [_, before2, before1, before0, after0, after1, after2, _] = lines;
    for lane in 0..LANES {
        let (p2, p1, p0) = (signed(before2[lane]), signed(before1[lane]), signed(before0[lane]));
        let (q0, q1, q2) = (signed(after0[lane]), signed(after1[lane]), signed(after2[lane]));
        let change = adjustment(p1.saturating_sub(q1), p0, q0);
        let change = if filtered[lane] { change } else { 0 };
        let (b, c) = common_adjust(if high_variance[lane] { change } else { 0 });
        let smooth = i16::from(if high_variance[lane] { 0 } else { change });
        let part = |ninths: i16| {
            let [low, _] = (ninths.wrapping_mul(9).wrapping_mul(smooth).wrapping_add(63) >> 7).to_le_bytes();
            low.cast_signed()
        };
        let (far, middle, close) = (part(1), part(2), part(3));
        before2[lane] = unsigned(p2.saturating_add(far));
        before1[lane] = unsigned(p1.saturating_add(middle));
        before0[lane] = unsigned(p0.saturating_add(c).saturating_add(close));
        after0[lane] = unsigned(q0.saturating_sub(b).saturating_sub(close));
        after1[lane] = unsigned(q1.saturating_sub(middle));
        after2[lane] = unsigned(q2.saturating_sub(far));
    }
}
