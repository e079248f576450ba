//! Chooses a palette: divides the colors where their variance is greatest, then moves each cluster
//! to the center of the colors that are nearest to it.
//!
//! In: a histogram, a maximum number of colors, the error that is allowed. Out: colors.

use std::ops::Range;

use super::colors::Color;
use super::histogram::{Histogram, MAX_ENTRIES};
use super::nearest::Nearest;
use super::position::{MIDDLE, Position, SAMPLES, TRANSPARENT, color, position, squared_distance};
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// Maximum size of the points in memory.
pub(super) const BYTES: u64 = MAX_ENTRIES as u64 * size_of::<Point>() as u64;

/// Moves of the clusters. Later ones gain less than 0.05 dB each.
const MOVES: usize = 3;

/// The maximum weight of a color as a share of all pixels. Without it, a large background would take
/// colors from the foreground, and its low error would hide the error of the foreground.
const MAX_WEIGHT: f32 = 0.015;

/// Divisions of an axis among which a cluster is cut.
const BINS: usize = 64;

#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    position: Position,
    /// The number of pixels, up to a maximum: by this, colors are divided.
    weight: f32,
    /// The number of pixels: by this, clusters are moved, so that large areas keep their color.
    count: f32,
}

/// A set of points: a range of them.
#[derive(Debug)]
struct Cluster {
    range: Range<usize>,
    center: Position,
    /// The axis on which the points vary most.
    axis: usize,
    /// Sum of weighted squared distances to the center.
    error: f64,
}

/// At most `max_colors` colors: as few as give a mean squared error of `max_error` per sample.
pub(super) fn choose(
    histogram: Histogram,
    max_colors: usize,
    max_error: f32,
    budget: &Budget<'_>,
) -> Result<Vec<Color>> {
    let colors = histogram.entries().iter().map(|entry| (position(entry.color()), entry.count as f32));
    let points = points(colors);
    drop(histogram);
    choose_from(points, max_colors, max_error, budget)
}

/// Points for opaque colors and the number of pixels of each.
pub(super) fn opaque_points(colors: impl Iterator<Item = ([f32; 3], f32)>) -> Vec<Point> {
    let opaque = position([0, 0, 0, u8::MAX])[3];
    let at = |[red, green, blue]: [f32; 3]| [red - MIDDLE, green - MIDDLE, blue - MIDDLE, opaque];
    points(colors.map(|(color, count)| (at(color), count)))
}

fn points(colors: impl Iterator<Item = (Position, f32)>) -> Vec<Point> {
    let point = |(position, count)| Point { position, weight: count, count };
    let mut points: Vec<Point> = colors.map(point).collect();
    let pixels: f32 = points.iter().map(|point| point.count).sum();
    let max_weight = (pixels * MAX_WEIGHT).max(1.0);
    points.iter_mut().for_each(|point| point.weight = point.weight.min(max_weight));
    points
}

/// The same as [`choose`], for points.
pub(super) fn choose_from(
    mut points: Vec<Point>,
    max_colors: usize,
    max_error: f32,
    budget: &Budget<'_>,
) -> Result<Vec<Color>> {
    let weight: f64 = points.iter().map(|point| f64::from(point.weight)).sum();
    let allowed = weight * f64::from(max_error) * f64::from(SAMPLES);
    let mut clusters = vec![Cluster::new(&points, 0..points.len())];
    let mut error = clusters[0].error;
    while clusters.len() < max_colors && error > allowed {
        budget.check_interrupt(Stage::Encode)?;
        let worst = clusters.iter_mut().max_by(|a, b| a.error.total_cmp(&b.error));
        let Some(worst) = worst else { break };
        let Some([left, right]) = worst.divide(&mut points) else { break };
        *worst = left;
        clusters.push(right);
        error = clusters.iter().map(|cluster| cluster.error).sum();
    }
    let mut centers: Vec<_> = clusters.iter().map(|cluster| cluster.center).collect();
    for number in 0..=MOVES {
        centers = moved(&centers, &points, number == MOVES, budget)?;
    }
    let mut colors: Vec<Color> = centers.iter().map(|&center| color(center)).collect();
    if points.iter().any(|point| point.position == TRANSPARENT) && !colors.contains(&[0; 4]) {
        let distance = |color: &Color| squared_distance(position(*color), TRANSPARENT);
        let nearest = colors.iter_mut().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.into_iter().for_each(|nearest| *nearest = [0; 4]);
    }
    Ok(colors)
}

impl Cluster {
    fn new(points: &[Point], range: Range<usize>) -> Self {
        let (mut weight, mut sums, mut squares) = (0.0_f64, [0.0_f64; 4], [0.0_f64; 4]);
        for point in points.get(range.clone()).unwrap_or_default() {
            let own = f64::from(point.weight);
            weight += own;
            for (axis, position) in point.position.into_iter().enumerate() {
                let moment = own * f64::from(position);
                sums[axis] += moment;
                squares[axis] += moment * f64::from(position);
            }
        }
        let weight = weight.max(1.0);
        let errors: [f64; 4] = std::array::from_fn(|i| (squares[i] - sums[i] * sums[i] / weight).max(0.0));
        let axis = (0..4).max_by(|&a, &b| errors[a].total_cmp(&errors[b])).unwrap_or(0);
        #[expect(clippy::cast_possible_truncation, reason = "the center needs no more than 24 bits")]
        let center = sums.map(|sum| (sum / weight) as f32);
        Self { range, center, axis, error: errors.iter().sum() }
    }

    /// Cuts on the axis of greatest variance, where the variances of both parts are least. `None`
    /// if all points are alike.
    fn divide(&self, points: &mut [Point]) -> Option<[Self; 2]> {
        let own = points.get_mut(self.range.clone())?;
        let at = |point: &Point| point.position[self.axis];
        let low = own.iter().map(at).fold(f32::INFINITY, f32::min);
        let high = own.iter().map(at).fold(f32::NEG_INFINITY, f32::max);
        if high <= low {
            return None;
        }
        let scale = (BINS - 1) as f32 / (high - low);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 63")]
        let bin = |point: &Point| (((at(point) - low) * scale + 0.5) as usize).min(BINS - 1);
        let mut bins = [(0.0_f64, 0.0_f64); BINS];
        for point in own.iter() {
            let (weight, moment) = &mut bins[bin(point)];
            *weight += f64::from(point.weight);
            *moment += f64::from(point.weight) * f64::from(at(point) - low);
        }
        let (total, total_moment) = bins.iter().fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        let (mut best, mut first_right) = (0.0, 1);
        let (mut weight, mut moment) = (0.0, 0.0);
        for (number, (more, more_moment)) in bins.iter().enumerate().take(BINS - 1) {
            weight += more;
            moment += more_moment;
            let other = total - weight;
            if weight > 0.0 && other > 0.0 {
                let apart = moment / weight - (total_moment - moment) / other;
                let gain = weight * other * apart * apart;
                if gain > best {
                    (best, first_right) = (gain, number + 1);
                }
            }
        }
        let left = partition(own, |point| bin(point) < first_right);
        let middle = self.range.start + left;
        if middle == self.range.start || middle == self.range.end {
            return None;
        }
        Some([Self::new(points, self.range.start..middle), Self::new(points, middle..self.range.end)])
    }
}

/// Moves the points that satisfy `first` to the front; returns their number.
fn partition(points: &mut [Point], first: impl Fn(&Point) -> bool) -> usize {
    let mut count = 0;
    for number in 0..points.len() {
        if first(&points[number]) {
            points.swap(number, count);
            count += 1;
        }
    }
    count
}

/// The center of the pixels that are nearest to each of `centers`; with `snap`, the color of most of
/// them if there is one, so that flat areas keep their color.
fn moved(centers: &[Position], points: &[Point], snap: bool, budget: &Budget<'_>) -> Result<Vec<Position>> {
    budget.check_interrupt(Stage::Encode)?;
    let mut nearest = Nearest::new(centers);
    let mut sums = vec![[0.0_f64; 5]; centers.len()];
    let mut commonest = vec![Point { position: [0.0; 4], weight: 0.0, count: 0.0 }; centers.len()];
    for point in points {
        let index = usize::from(nearest.find(point.position).0);
        let count = f64::from(point.count);
        let [red, green, blue, alpha] = point.position.map(|axis| count * f64::from(axis));
        sums[index].iter_mut().zip([red, green, blue, alpha, count]).for_each(|(sum, more)| *sum += more);
        if point.count > commonest[index].count {
            commonest[index] = *point;
        }
    }
    let center = |((old, [red, green, blue, alpha, count]), commonest): ((&Position, [f64; 5]), Point)| {
        if count == 0.0 {
            *old
        } else if snap && f64::from(commonest.count) * 2.0 > count {
            commonest.position
        } else {
            #[expect(clippy::cast_possible_truncation, reason = "the center needs no more than 24 bits")]
            let axis = |sum: f64| (sum / count) as f32;
            [red, green, blue, alpha].map(axis)
        }
    };
    Ok(centers.iter().zip(sums).zip(commonest).map(center).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::render::frame::Layout;

    fn palette(samples: &[u8], layout: Layout, max_colors: usize, max_error: f32) -> Vec<Color> {
        let limits = Limits::default();
        let budget = Budget::start(&limits, None);
        let mut histogram = Histogram::new();
        histogram.count(samples, layout, samples.len() / layout.channels(), 1, &budget).unwrap();
        choose(histogram, max_colors, max_error, &budget).unwrap()
    }

    #[test]
    fn a_lower_error_takes_more_colors() {
        let ramp: Vec<u8> = (0..=255).collect();
        let lengths = [200.0, 20.0, 2.0].map(|error| palette(&ramp, Layout::Gray, 256, error).len());
        assert!(lengths[0] < lengths[1] && lengths[1] < lengths[2] && lengths[2] < 128, "{lengths:?}");
        assert_eq!(palette(&ramp, Layout::Gray, 5, 0.0).len(), 5);
        assert_eq!(palette(&[3; 9], Layout::Rgb, 5, 0.0), [[3, 3, 3, 255]]);
    }

    #[test]
    fn a_background_keeps_its_color_and_leaves_colors_for_the_rest() {
        let mut samples = [250, 252, 251].repeat(100_000);
        samples.extend((0..=255).flat_map(|level| [level, 0, 255 - level]));
        let palette = palette(&samples, Layout::Rgb, 16, 0.0);
        assert!(palette.contains(&[250, 252, 251, 255]), "{palette:?}");
        assert_eq!(palette.len(), 16);
    }

    #[test]
    fn transparency_is_among_the_colors_however_rare() {
        let mut samples: Vec<u8> = (0..=255).flat_map(|level| [level, level, level, 255].repeat(9)).collect();
        samples.extend([50, 60, 70, 0]);
        assert!(palette(&samples, Layout::Rgba, 4, 0.0).contains(&[0; 4]));
    }
}
