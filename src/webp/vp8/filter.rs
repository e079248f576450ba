//! The loop filter (RFC 6386 section 15), for as many places of an edge at once as vectors hold.
//!
//! In: the samples on both sides of an edge. Out: the same, smoother. Must not know where the edge lies.
//!
//! Written a lane at a time, without branches and with arithmetic that saturates, which compilers make vectors of.

use super::header::Strength;

/// Places along an edge that are filtered at once: lanes of a vector.
pub(super) const LANES: usize = 16;

/// Four samples before the edge and four behind it, the outermost first.
pub(super) type Across = [[u8; LANES]; 8];

#[inline(always)]
fn signed(sample: u8) -> i8 {
    (sample ^ 0x80).cast_signed()
}

#[inline(always)]
fn unsigned(value: i8) -> u8 {
    value.cast_unsigned() ^ 0x80
}

/// What the two nearest samples move by (section 15.2): `q0` less the first, `p0` more the second.
#[inline(always)]
fn nearest(change: i8) -> (i8, i8) {
    (change.saturating_add(4) >> 3, change.saturating_add(3) >> 3)
}

/// How far the samples at an edge are apart, `outer` being what the ones next to them differ by.
#[inline(always)]
fn step(outer: i8, p0: i8, q0: i8) -> i8 {
    let near = q0.saturating_sub(p0);
    outer.saturating_add(near).saturating_add(near).saturating_add(near)
}

/// Twice the difference at the edge and half of the next.
#[inline(always)]
fn height(p1: u8, p0: u8, q0: u8, q1: u8) -> u8 {
    let near = p0.abs_diff(q0);
    near.saturating_add(near).saturating_add(p1.abs_diff(q1) >> 1)
}

/// The simple filter (section 15.2).
#[inline(always)]
pub(super) fn simple(lines: &mut Across, limit: u8) {
    let [_, _, before1, before0, behind0, behind1, _, _] = lines;
    for lane in 0..LANES {
        let (p1, p0, q0, q1) = (before1[lane], before0[lane], behind0[lane], behind1[lane]);
        let filtered = height(p1, p0, q0, q1) <= limit;
        let [p1, p0, q0, q1] = [signed(p1), signed(p0), signed(q0), signed(q1)];
        let change = step(p1.saturating_sub(q1), p0, q0);
        let (b, c) = nearest(if filtered { change } else { 0 });
        (before0[lane], behind0[lane]) = (unsigned(p0.saturating_add(c)), unsigned(q0.saturating_sub(b)));
    }
}

/// Which places of an edge are to be filtered, and at which samples vary much (section 15.3).
#[inline(always)]
fn asked(lines: &Across, limit: u8, strength: &Strength) -> [[bool; LANES]; 2] {
    let (mut filtered, mut varies) = ([false; LANES], [false; LANES]);
    let [p3, p2, p1, p0, q0, q1, q2, q3] = lines;
    for lane in 0..LANES {
        let nearest = p1[lane].abs_diff(p0[lane]).max(q1[lane].abs_diff(q0[lane]));
        let before = p3[lane].abs_diff(p2[lane]).max(p2[lane].abs_diff(p1[lane]));
        let behind = q3[lane].abs_diff(q2[lane]).max(q2[lane].abs_diff(q1[lane]));
        let within = nearest.max(before).max(behind) <= strength.interior;
        filtered[lane] = (height(p1[lane], p0[lane], q0[lane], q1[lane]) <= limit) & within;
        varies[lane] = nearest > strength.variance;
    }
    [filtered, varies]
}

/// The filter of edges within a macroblock.
#[inline(always)]
pub(super) fn inner(lines: &mut Across, limit: u8, strength: &Strength) {
    let [filtered, varies] = asked(lines, limit, strength);
    let [_, _, before1, before0, behind0, behind1, _, _] = lines;
    for lane in 0..LANES {
        let (p1, p0) = (signed(before1[lane]), signed(before0[lane]));
        let (q0, q1) = (signed(behind0[lane]), signed(behind1[lane]));
        let change = step(if varies[lane] { p1.saturating_sub(q1) } else { 0 }, p0, q0);
        let (b, c) = nearest(if filtered[lane] { change } else { 0 });
        // Less than 17: no sum overflows. 0 where nothing is filtered, for then `b` is.
        let further = if varies[lane] { 0 } else { b.wrapping_add(1) >> 1 };
        before1[lane] = unsigned(p1.saturating_add(further));
        before0[lane] = unsigned(p0.saturating_add(c));
        behind0[lane] = unsigned(q0.saturating_sub(b));
        behind1[lane] = unsigned(q1.saturating_sub(further));
    }
}

/// The filter of edges between macroblocks.
#[inline(always)]
pub(super) fn outer(lines: &mut Across, limit: u8, strength: &Strength) {
    let [filtered, varies] = asked(lines, limit, strength);
    let [_, before2, before1, before0, behind0, behind1, behind2, _] = lines;
    for lane in 0..LANES {
        let (p2, p1, p0) = (signed(before2[lane]), signed(before1[lane]), signed(before0[lane]));
        let (q0, q1, q2) = (signed(behind0[lane]), signed(behind1[lane]), signed(behind2[lane]));
        let change = step(p1.saturating_sub(q1), p0, q0);
        let change = if filtered[lane] { change } else { 0 };
        let (b, c) = nearest(if varies[lane] { change } else { 0 });
        let smooth = i16::from(if varies[lane] { 0 } else { change });
        let part = |ninths: i16| {
            let [low, _] = (ninths.wrapping_mul(9).wrapping_mul(smooth).wrapping_add(63) >> 7).to_le_bytes();
            low.cast_signed()
        };
        let (far, middle, close) = (part(1), part(2), part(3));
        before2[lane] = unsigned(p2.saturating_add(far));
        before1[lane] = unsigned(p1.saturating_add(middle));
        before0[lane] = unsigned(p0.saturating_add(c).saturating_add(close));
        behind0[lane] = unsigned(q0.saturating_sub(b).saturating_sub(close));
        behind1[lane] = unsigned(q1.saturating_sub(middle));
        behind2[lane] = unsigned(q2.saturating_sub(far));
    }
}
