//! Finds the salient part of a picture: where edges and unusual colors are, in the middle rather
//! than at a side.
//!
//! In: a thumbnail, the size of the part. Out: where the part is. Integers only: the same on every
//! processor. Must not know where the thumbnail comes from.

use std::cmp::Reverse;

use super::thumbnail::{FULL, Thumbnail, UNIT};
use crate::decimal::Decimal;
use crate::geometry::Gravity;

/// What the features count, in tenths: edges of luma and alpha, edges of chroma, unusual colors.
/// These and the other tenths are the best of those tried on a hundred annotated photographs; the
/// results hardly change if they do.
const WEIGHTS: [u64; 3] = [10, 3, 4];

/// How much less the sides of the picture count than its middle, in tenths.
const PICTURE_SIDES: u64 = 8;

/// How much less the sides of the part count than its middle, in tenths: what is salient is
/// centered in the part if that costs little.
const PART_SIDES: u64 = 3;

/// Cells from the sides that show what colors are usual: those of the ground.
const GROUND: usize = 2;

/// Where the most salient part is that has `part` of the width and the height of the picture, as
/// fractions of what it leaves over. Among equal parts, the one closest to the center.
pub(super) fn focus(thumbnail: &Thumbnail, part: (Decimal, Decimal)) -> (Decimal, Decimal) {
    let saliency = saliency(thumbnail);
    let rows = saliency.chunks_exact(thumbnail.width);
    let by_row: Vec<u64> = rows.clone().map(|row| row.iter().sum()).collect();
    let mut by_column = vec![0; thumbnail.width];
    rows.for_each(|row| by_column.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
    (best(&by_column, part.0), best(&by_row, part.1))
}

/// Where `part` of a side shows most.
fn best(side: &[u64], part: Decimal) -> Decimal {
    let cells = u32::try_from(side.len()).unwrap_or(u32::MAX);
    let length = part.times(cells).clamp(1, cells.max(1)) as usize;
    let weights = weights(length, PART_SIDES);
    let shown = side.windows(length).map(|part| part.iter().zip(&weights).map(|(a, b)| a * b).sum::<u64>());
    let left_over = side.len().saturating_sub(length);
    let from_center = |start: usize| (2 * start).abs_diff(left_over);
    match shown.enumerate().max_by_key(|&(start, shown)| (shown, Reverse(from_center(start)))) {
        // The center may be between two cells.
        Some((start, _)) if from_center(start) > 1 => {
            let fraction = start * Decimal::ONE.millionths() as usize / left_over.max(1);
            Decimal::from_millionths(u32::try_from(fraction).unwrap_or(0))
        }
        _ => Gravity::HALVES.0,
    }
}

/// How salient each cell is.
fn saliency(thumbnail: &Thumbnail) -> Vec<u64> {
    let [luma, cb, cr, alpha] = &thumbnail.planes;
    let width = thumbnail.width;
    let cells = luma.len();
    let mut features: [Vec<u32>; 3] = std::array::from_fn(|_| vec![0; cells]);
    let [edges, chroma_edges, unusual] = &mut features;
    [luma, alpha].into_iter().for_each(|plane| add_edges(edges, plane, width));
    [cb, cr].into_iter().for_each(|plane| add_edges(chroma_edges, plane, width));
    [luma, cb, cr, alpha].into_iter().for_each(|plane| add_unusual(unusual, plane, width));

    let mut saliency = vec![0; cells];
    for (feature, weight) in features.iter().zip(WEIGHTS) {
        // In terms of the mean, faint pictures are judged like strong ones; noise below a level is not.
        let mean = feature.iter().copied().map(u64::from).sum::<u64>() / (cells as u64).max(1) + UNIT;
        for (sum, &value) in saliency.iter_mut().zip(feature) {
            *sum += u64::from(value) * weight * 256 / mean;
        }
    }
    let across = weights(width, PICTURE_SIDES);
    let down = weights(thumbnail.height, PICTURE_SIDES);
    let places = down.iter().flat_map(|down| across.iter().map(move |across| down * across));
    for ((value, place), &alpha) in saliency.iter_mut().zip(places).zip(alpha) {
        *value = ((*value * place) >> 20) * u64::from(alpha.unsigned_abs()) / u64::from(FULL.unsigned_abs());
    }
    saliency
}

/// Adds how much each cell's neighbors differ, left to right and above to below.
fn add_edges(sums: &mut [u32], plane: &[i32], width: usize) {
    let height = plane.len() / width;
    let row = |y: usize| plane.get(y * width..(y + 1) * width).unwrap_or_default();
    for (y, sums) in sums.chunks_exact_mut(width).enumerate() {
        let (own, above, below) = (row(y), row(y.saturating_sub(1)), row((y + 1).min(height - 1)));
        for (sum, (above, below)) in sums.iter_mut().zip(above.iter().zip(below)) {
            *sum += above.abs_diff(*below);
        }
        let left = own.iter().take(1).chain(own);
        let right = own.iter().skip(1).chain(own.last());
        for (sum, (left, right)) in sums.iter_mut().zip(left.zip(right)) {
            *sum += left.abs_diff(*right);
        }
    }
}

/// Adds how much each cell differs from the mean of the ground.
fn add_unusual(sums: &mut [u32], plane: &[i32], width: usize) {
    let height = plane.len() / width;
    let near = |at: usize, side: usize| at.min(side - 1 - at) < GROUND;
    let (mut total, mut count) = (0_i32, 0);
    for (y, row) in plane.chunks_exact(width).enumerate() {
        for (x, value) in row.iter().enumerate() {
            if near(x, width) || near(y, height) {
                total += value;
                count += 1;
            }
        }
    }
    let ground = total / count.max(1);
    sums.iter_mut().zip(plane).for_each(|(sum, value)| *sum += value.abs_diff(ground));
}

/// The weights of the cells of a side: 1024 in its middle, `tenths` less at its ends.
fn weights(cells: usize, tenths: u64) -> Vec<u64> {
    let cells = cells as u64;
    let off_center = |at: u64| (2 * at + 1).abs_diff(cells);
    (0..cells).map(|at| 1024 - 1024 * tenths * off_center(at).pow(2) / (10 * cells.pow(2))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 64;
    const HALF: Decimal = Decimal::from_millionths(500_000);

    /// A gray thumbnail of the levels that `level` states.
    fn thumbnail(width: usize, height: usize, level: impl Fn(usize, usize) -> i32) -> Thumbnail {
        let cells = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let luma: Vec<i32> = cells.map(|(x, y)| level(x, y) * 16).collect();
        let none = vec![0; luma.len()];
        let alpha = vec![FULL; luma.len()];
        Thumbnail { width, height, planes: [luma, none.clone(), none, alpha] }
    }

    /// The cells that a part of `length` cells shows at `focus` of a side of `cells`.
    fn shown(cells: usize, length: usize, focus: Decimal) -> std::ops::Range<f64> {
        let start = focus.to_f64() * (cells - length) as f64;
        start..start + length as f64
    }

    #[test]
    fn a_bright_disc_on_plain_ground_is_shown_whole_and_near_the_middle_of_the_part() {
        for (cx, cy) in [(8, 8), (20, 50), (32, 32), (32, 8), (55, 55), (6, 40), (57, 30), (44, 20)] {
            let disc = thumbnail(SIDE, SIDE, |x, y| {
                if x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) <= 25 { 220 } else { 40 }
            });
            let part = Decimal::from_f64(0.5);
            let (x, y) = focus(&disc, (part, part));
            for (center, focus) in [(cx, x), (cy, y)] {
                let shown = shown(SIDE, 32, focus);
                let center = center as f64 + 0.5;
                assert!(shown.start <= center - 5.5 && shown.end >= center + 5.5, "({cx}, {cy}): {shown:?}");
                let middle = (shown.start + shown.end) / 2.0;
                let clipped = center.clamp(16.0, 48.0);
                assert!((middle - clipped).abs() <= 5.0, "({cx}, {cy}): {middle}");
            }
        }
    }

    #[test]
    fn a_uniform_picture_is_cut_around_its_exact_center() {
        for (width, height) in [(1, 1), (2, 1), (1, 64), (64, 1), (63, 64), (64, 33), (7, 5)] {
            for level in [0, 40, 255] {
                for part in [1, 100_000, 333_333, 500_000, 510_000, 999_999, 1_000_000] {
                    let part = Decimal::from_millionths(part);
                    let uniform = thumbnail(width, height, |_, _| level);
                    assert_eq!(focus(&uniform, (part, part)), (HALF, HALF), "{width}x{height}, {part}");
                }
            }
        }
    }

    #[test]
    fn a_mirrored_picture_has_the_mirrored_focus() {
        let mut state = 1_u32;
        for _ in 0..30 {
            let levels: Vec<i32> = (0..40 * 64)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if state & 0x0100_0000 == 0 { 0 } else { i32::from(state.to_le_bytes()[3]) }
                })
                .collect();
            let part = (Decimal::from_f64(0.4), Decimal::from_f64(0.6));
            let (x, y) = focus(&thumbnail(64, 40, |x, y| levels[y * 64 + x]), part);
            let mirrored = focus(&thumbnail(64, 40, |x, y| levels[y * 64 + 63 - x]), part);
            assert!(
                mirrored.0.millionths().abs_diff(x.complement().millionths()) <= 1,
                "{x}: {}",
                mirrored.0
            );
            assert_eq!(mirrored.1, y);
            let flipped = focus(&thumbnail(64, 40, |x, y| levels[(39 - y) * 64 + x]), part);
            assert!(flipped.1.millionths().abs_diff(y.complement().millionths()) <= 1, "{y}: {}", flipped.1);
        }
    }

    #[test]
    fn a_color_attracts_like_a_brightness_and_a_visible_part_like_a_color() {
        let at = |x: usize| (40..48).contains(&x);
        let part = (Decimal::from_f64(0.5), Decimal::ONE);
        let place = |thumbnail: &Thumbnail| shown(SIDE, 32, focus(thumbnail, part).0);
        let mut colored = thumbnail(SIDE, 32, |_, _| 128);
        let column = |index: usize| index % SIDE;
        for (index, value) in colored.planes[2].iter_mut().enumerate() {
            *value = if at(column(index)) { 800 } else { 0 };
        }
        let mut visible = thumbnail(SIDE, 32, |_, _| 128);
        for (index, value) in visible.planes[3].iter_mut().enumerate() {
            *value = if at(column(index)) { FULL } else { 0 };
        }
        for shown in [place(&colored), place(&visible)] {
            assert!(shown.start > 20.0 && shown.start <= 40.0, "{shown:?}");
        }
    }

    #[test]
    fn of_two_equal_objects_the_one_closer_to_the_center_is_shown() {
        let two =
            thumbnail(SIDE, 16, |x, _| if (2..6).contains(&x) || (40..44).contains(&x) { 200 } else { 20 });
        let (x, _) = focus(&two, (Decimal::from_f64(0.25), Decimal::ONE));
        let shown = shown(SIDE, 16, x);
        assert!(shown.start <= 40.0 && shown.end >= 44.0, "{shown:?}");
    }

    #[test]
    fn a_faint_picture_is_cut_like_a_strong_one() {
        let picture = |strength: i32| {
            thumbnail(SIDE, 16, move |x, y| 100 + if x > 45 && x < 55 && y > 4 { strength } else { 0 })
        };
        let part = (Decimal::from_f64(0.4), Decimal::ONE);
        assert_eq!(focus(&picture(8), part), focus(&picture(120), part));
    }
}
