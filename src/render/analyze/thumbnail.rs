//! [`Thumbnail`]: a small version of decoded pixels, in luma, chroma and alpha.
//!
//! In: pixels or planes, and the region that counts. Out: at most 64x64 cells, each the average of a
//! box of pixels. Must not know what they are for.

use super::sample::Sample;
use crate::error::{Result, Stage};
use crate::geometry::{CropBox, Size};
use crate::limits::Budget;
use crate::render::frame::{Image, Layout, Plane, Samples, SourceRegion};

/// Cells, row by row. Neither side is 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thumbnail {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Luma, Cb, Cr and alpha, in [`UNIT`]s; 0 in Cb and Cr is gray. Cells without a visible pixel
    /// have the mean color of the others.
    pub(super) planes: [Vec<i32>; 4],
}

/// Units per level of 8 bits.
pub(super) const UNIT: u64 = 16;

/// The highest level.
pub(super) const FULL: i32 = 255 * 16;

/// Cb and Cr of gray, as stored.
const GRAY: i32 = 128 * 16;

/// The longest side of a thumbnail.
const SIDE: usize = 64;

/// The rows of a box that are averaged, if it has more: every second, third and so on.
const BOX_ROWS: usize = 4;

impl Thumbnail {
    /// The thumbnail of `region`, in source pixels, of pixels that show `view`.
    pub(super) fn of_image(
        image: &Image,
        view: SourceRegion,
        region: CropBox,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let boxes = Boxes::new(view.of(region), image.size, image.size.width as usize, None);
        let cells = match &image.samples {
            Samples::Eight(samples) => boxes.average(samples, image.layout, budget),
            Samples::Sixteen(samples) => boxes.average(samples, image.layout, budget),
        }?;
        Ok(Self::from_cells(boxes.cells, &cells, image.layout))
    }

    /// The same, of Y, Cb and Cr.
    pub(super) fn of_planes(planes: &[Plane; 3], region: CropBox, budget: &mut Budget<'_>) -> Result<Self> {
        let [luma, cb, cr] = planes;
        let boxes = |plane: &Plane, cells| Boxes::new(plane.view.of(region), plane.size, plane.stride, cells);
        let cells = boxes(luma, None).cells;
        let mut average = |plane: &Plane, zero: i32| -> Result<Vec<i32>> {
            let averages = boxes(plane, Some(cells)).average(&plane.samples, Layout::Gray, budget)?;
            Ok(averages.iter().map(|[level, ..]| level - zero).collect())
        };
        let alpha = vec![FULL; cells.0 * cells.1];
        let planes = [average(luma, 0)?, average(cb, GRAY)?, average(cr, GRAY)?, alpha];
        Ok(Self { width: cells.0, height: cells.1, planes })
    }

    /// From the averages of the samples in each cell.
    fn from_cells((width, height): (usize, usize), cells: &[[i32; 4]], layout: Layout) -> Self {
        let mut planes: [Vec<i32>; 4] = std::array::from_fn(|_| Vec::with_capacity(cells.len()));
        for &[a, b, c, d] in cells {
            let [red, green, blue] = match layout {
                Layout::Gray | Layout::GrayAlpha => [a, a, a],
                Layout::Rgb | Layout::Rgba => [a, b, c],
                Layout::Cmyk => [a, b, c].map(|ink| (FULL - ink) * (FULL - d) / FULL),
            };
            // T.871, in 256ths.
            let luma = (77 * red + 150 * green + 29 * blue) / 256;
            let (cb, cr) = ((blue - luma) * 144 / 256, (red - luma) * 183 / 256);
            let alpha = if layout.has_alpha() { d } else { FULL };
            planes.iter_mut().zip([luma, cb, cr, alpha]).for_each(|(plane, value)| plane.push(value));
        }
        let [color @ .., alpha] = &mut planes;
        color.iter_mut().for_each(|plane| fill_invisible(plane, alpha));
        Self { width, height, planes }
    }
}

/// Gives cells without a visible pixel the mean of the others.
fn fill_invisible(plane: &mut [i32], alpha: &[i32]) {
    let (mut total, mut count) = (0, 0);
    for (value, _) in plane.iter().zip(alpha).filter(|&(_, &alpha)| alpha > 0) {
        total += value;
        count += 1;
    }
    let mean = total / count.max(1);
    plane.iter_mut().zip(alpha).filter(|&(_, &alpha)| alpha == 0).for_each(|(value, _)| *value = mean);
}

/// The boxes that are averaged: a grid over a region of samples.
#[derive(Debug, Clone, Copy)]
struct Boxes {
    /// Pixels in a row of the image, in memory.
    stride: usize,
    /// First and end.
    columns: (usize, usize),
    rows: (usize, usize),
    /// Columns and rows of the grid.
    cells: (usize, usize),
}

impl Boxes {
    /// The boxes of `region`, clipped to an image of `size`: a grid of `cells`, or one with square
    /// cells.
    fn new(region: CropBox, size: Size, stride: usize, cells: Option<(usize, usize)>) -> Self {
        let columns = clipped(region.x, region.width, size.width);
        let rows = clipped(region.y, region.height, size.height);
        let (width, height) = (columns.1 - columns.0, rows.1 - rows.0);
        let longest = width.max(height);
        let square = |side: usize| ((2 * side * SIDE + longest) / (2 * longest)).clamp(1, SIDE);
        let cells = cells.unwrap_or(match longest {
            ..=SIDE => (width, height),
            _ => (square(width), square(height)),
        });
        Self { stride, columns, rows, cells }
    }

    /// The average of the pixels in each box, weighted by alpha, which is the last value.
    fn average<T: Sample>(
        &self,
        samples: &[T],
        layout: Layout,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<[i32; 4]>> {
        match layout {
            Layout::Gray => self.average_of(samples, add::<T>, opaque::<1>, budget),
            Layout::GrayAlpha => self.average_of(samples, add_weighted::<T, 2>, translucent::<2>, budget),
            Layout::Rgb => self.average_of(samples, add::<T>, opaque::<3>, budget),
            Layout::Rgba => self.average_of(samples, add_weighted::<T, 4>, translucent::<4>, budget),
            Layout::Cmyk => self.average_of(samples, add::<T>, opaque::<4>, budget),
        }
    }

    /// Adds up rows with `add`, then the `N` sums of each column, of which `mean` makes averages.
    fn average_of<T: Sample, const N: usize>(
        &self,
        samples: &[T],
        add: impl Fn(&mut [u32], &[T]),
        mean: impl Fn([u64; N], u64) -> [u64; 4],
        budget: &mut Budget<'_>,
    ) -> Result<Vec<[i32; 4]>> {
        let (left, right) = self.columns;
        let mut sums = budget.zeroed::<u32>(Stage::Analyze, (right - left) * N)?;
        let mut cells = Vec::with_capacity(self.cells.0 * self.cells.1);
        for cell_row in 0..self.cells.1 {
            budget.check_interrupt(Stage::Analyze)?;
            let (top, bottom) = part(self.rows, cell_row, self.cells.1);
            sums.fill(0);
            let mut count = 0;
            for row in (top..bottom).step_by((bottom - top).div_ceil(BOX_ROWS)) {
                let first = row * self.stride;
                let pixels = samples.get((first + left) * N..(first + right) * N).unwrap_or_default();
                add(&mut sums, pixels);
                count += 1;
            }
            let (columns, _) = sums.as_chunks::<N>();
            for cell_column in 0..self.cells.0 {
                let (first, end) = part((0, columns.len()), cell_column, self.cells.0);
                let column = columns.get(first..end).unwrap_or_default();
                let total = column.iter().fold([0; N], |total: [u64; N], column| {
                    std::array::from_fn(|at| total[at] + u64::from(column[at]))
                });
                let means = mean(total, count * column.len() as u64);
                cells.push(means.map(|mean| i32::try_from(mean).unwrap_or(i32::MAX)));
            }
        }
        budget.release((sums.len() * size_of::<u32>()) as u64);
        Ok(cells)
    }
}

/// Adds the levels of a row. Sums of `BOX_ROWS` levels fit in `u32`, even of products; overflow checks
/// would keep the loops from being vectorized.
fn add<T: Sample>(sums: &mut [u32], row: &[T]) {
    sums.iter_mut().zip(row).for_each(|(sum, sample)| *sum = sum.wrapping_add(sample.level().into()));
}

/// Adds the levels of a row, weighted by alpha, and alpha.
fn add_weighted<T: Sample, const N: usize>(sums: &mut [u32], row: &[T]) {
    let ((sums, _), (row, _)) = (sums.as_chunks_mut::<N>(), row.as_chunks::<N>());
    for (sums, pixel) in sums.iter_mut().zip(row) {
        let levels = pixel.map(Sample::level);
        let mut weights = [levels[N - 1]; N];
        weights[N - 1] = 1;
        for (sum, (level, weight)) in sums.iter_mut().zip(levels.into_iter().zip(weights)) {
            *sum = sum.wrapping_add(level.wrapping_mul(weight).into());
        }
    }
}

/// The averages of `count` pixels.
fn opaque<const N: usize>(total: [u64; N], count: u64) -> [u64; 4] {
    std::array::from_fn(|at| total.get(at).map_or(0, |sum| sum * UNIT / count.max(1)))
}

/// The averages of `count` pixels that were weighted by alpha.
fn translucent<const N: usize>(total: [u64; N], count: u64) -> [u64; 4] {
    let alpha = total[N - 1];
    std::array::from_fn(|at| match at {
        3 => alpha * UNIT / count.max(1),
        _ if at < N - 1 => total[at] * UNIT / alpha.max(1),
        _ => 0,
    })
}

/// The samples from `start` to `start + length` of `side`: at least one.
fn clipped(start: f64, length: f64, side: u32) -> (usize, usize) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
    let (first, end) = (start.floor() as u32, (start + length).ceil() as u32);
    let first = first.min(side.saturating_sub(1));
    (first as usize, end.clamp(first + 1, side.max(first + 1)) as usize)
}

/// Part `index` of `count` of a range; at least one, if parts overlap.
fn part((start, end): (usize, usize), index: usize, count: usize) -> (usize, usize) {
    let at = |index: usize| start + (end - start) * index / count;
    (at(index), at(index + 1).max(at(index) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn thumbnail(image: &Image, [x, y, width, height]: [f64; 4]) -> Thumbnail {
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        let region = CropBox { x, y, width, height };
        let thumbnail = Thumbnail::of_image(image, SourceRegion::WHOLE, region, &mut budget).unwrap();
        assert_eq!(budget.spent(), 0);
        thumbnail
    }

    #[test]
    fn cells_are_the_averages_of_their_boxes() {
        let samples = (0..=255_u8).cycle().take(256 * 128).collect();
        let image = Image::eight(Size::new(256, 128), Layout::Gray, samples);
        let thumbnail = thumbnail(&image, [0.0, 0.0, 256.0, 128.0]);
        assert_eq!((thumbnail.width, thumbnail.height), (64, 32));
        // Columns 4x to 4x + 3: 4x + 1.5 on average.
        let [luma, cb, cr, alpha] = &thumbnail.planes;
        for row in luma.chunks(64) {
            assert!(row.iter().eq(&(0..64).map(|x| 64 * x + 24).collect::<Vec<_>>()));
        }
        assert!(cb.iter().chain(cr).all(|&value| value == 0) && alpha.iter().all(|&value| value == FULL));
    }

    #[test]
    fn every_layout_and_depth_shows_the_same_colors() {
        let (red, alpha) = ([200, 40, 40], 255);
        let planes = |layout: Layout, pixel: &[u8]| {
            let size = Size::new(10, 90);
            let samples = pixel.repeat(900);
            let wide = Samples::Sixteen(samples.iter().map(|&level| u16::from(level) * 257).collect());
            let narrow = thumbnail(&Image::eight(size, layout, samples), [0.0, 0.0, 10.0, 90.0]);
            let wide = Image { size, layout, samples: wide };
            assert_eq!(thumbnail(&wide, [0.0, 0.0, 10.0, 90.0]), narrow);
            assert_eq!((narrow.width, narrow.height), (7, 64));
            narrow.planes.map(|plane| plane[0])
        };
        let rgb = planes(Layout::Rgb, &red);
        assert_eq!(rgb, [1410, -433, 1279, FULL]);
        assert_eq!(planes(Layout::Rgba, &[red[0], red[1], red[2], alpha]), rgb);
        assert_eq!(planes(Layout::Cmyk, &[55, 215, 215, 0]), rgb);
        assert_eq!(planes(Layout::Cmyk, &[55, 215, 215, 255]), [0, 0, 0, FULL]);
        assert_eq!(planes(Layout::Gray, &[87]), [87 * 16, 0, 0, FULL]);
        assert_eq!(planes(Layout::GrayAlpha, &[87, 51]), [87 * 16, 0, 0, 51 * 16]);
    }

    #[test]
    fn invisible_pixels_have_no_color() {
        let mut samples = vec![0; 128 * 128 * 2];
        for (at, pixel) in samples.chunks_exact_mut(2).enumerate() {
            // Every second column is visible, on the left half only.
            let visible = at % 2 == 0 && at % 128 < 64;
            pixel.copy_from_slice(if visible { &[100, 255] } else { &[255, 0] });
        }
        let image = Image::eight(Size::new(128, 128), Layout::GrayAlpha, samples);
        let thumbnail = thumbnail(&image, [0.0, 0.0, 128.0, 128.0]);
        assert!(thumbnail.planes[0].iter().all(|&luma| luma == 1600));
        assert_eq!((thumbnail.planes[3][0], thumbnail.planes[3][40]), (FULL / 2, 0));
    }

    #[test]
    fn planes_of_different_sizes_give_one_grid_of_the_region() {
        let plane = |scale: u32, left: u8, right: u8| {
            let (width, height) = (200 / scale, 100 / scale);
            let stride = width as usize + 8;
            let samples = (0..stride * height as usize)
                .map(|at| if at % stride < width as usize / 2 { left } else { right })
                .collect();
            let view = SourceRegion {
                scale_x: 1.0 / f64::from(scale),
                scale_y: 1.0 / f64::from(scale),
                ..SourceRegion::WHOLE
            };
            Plane { size: Size::new(width, height), stride, samples, view }
        };
        let planes = [plane(1, 20, 200), plane(2, 128, 90), plane(4, 138, 128)];
        let limits = Limits::default();
        let region = CropBox { x: 100.0, y: 0.0, width: 100.0, height: 50.0 };
        let thumbnail = Thumbnail::of_planes(&planes, region, &mut Budget::start(&limits, None)).unwrap();
        assert_eq!((thumbnail.width, thumbnail.height), (64, 32));
        let expected = [200 * 16, (90 - 128) * 16, 0, FULL];
        for (plane, value) in thumbnail.planes.iter().zip(expected) {
            assert_eq!(plane.len(), 64 * 32);
            assert!(plane.iter().all(|&cell| cell == value));
        }
    }

    #[test]
    fn narrow_pictures_and_regions_at_the_edge_have_at_least_one_cell() {
        for (width, height) in [(1, 1), (1, 900), (900, 1), (3, 2), (64, 65), (12_000, 2)] {
            let image =
                Image::eight(Size::new(width, height), Layout::Rgb, vec![7; (width * height * 3) as usize]);
            for region in [
                [0.0, 0.0, f64::from(width), f64::from(height)],
                [f64::from(width) - 0.5, f64::from(height) - 0.5, 0.25, 0.25],
                [-3.0, 0.0, 1e9, 1.0],
                [f64::from(width), 5e9, 10.0, 10.0],
            ] {
                let thumbnail = thumbnail(&image, region);
                let cells = thumbnail.width * thumbnail.height;
                assert!(cells > 0 && thumbnail.width <= SIDE && thumbnail.height <= SIDE);
                assert!(thumbnail.planes.iter().all(|plane| plane.len() == cells));
                assert!(thumbnail.planes[0].iter().all(|&luma| luma == 7 * 16));
            }
        }
    }
}
