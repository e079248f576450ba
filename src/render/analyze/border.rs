//! Finds the border that is trimmed: rows and columns at the sides, all pixels of which look alike
//! within a tolerance.
//!
//! In: decoded pixels, the border's options. Out: the box of what is inside. Reads the border and
//! what touches it, but not what is inside. Must not know how the image is displayed.

use super::others::Others;
use super::sample::Sample;
use crate::error::Result;
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::{Color, TrimBorder};
use crate::render::frame::{Image, Layout, Samples};
use crate::render::framing::PixelBox;

/// What is inside of the border of `image`; `None` if the border is all there is. Without a color in
/// the options, the border looks like the pixel at a corner: that in the last column, and in the
/// last row, if `corner` says so.
pub(super) fn inside(
    image: &Image,
    border: &TrimBorder,
    corner: (bool, bool),
    budget: &Budget<'_>,
) -> Result<Option<PixelBox>> {
    let inside = match &image.samples {
        Samples::Eight(samples) => {
            Scan { samples, size: image.size, border, corner }.run(image.layout, budget)
        }
        Samples::Sixteen(samples) => {
            Scan { samples, size: image.size, border, corner }.run(image.layout, budget)
        }
    }?;
    Ok(inside.map(|inside| grown(inside, border.keep, image.size)))
}

/// What a pixel looks like: red, green and blue, each times alpha, and alpha. Transparent pixels look
/// alike whatever color they hide. 1 is `T::MAX` of opaque layouts, its square of others.
type Look = [u32; 4];

/// The look of a pixel of a layout with alpha. Factors have 16 bits; overflow checks would keep the
/// loop from being vectorized.
fn times_alpha([red, green, blue, alpha]: [u32; 4], max: u32) -> Look {
    [red, green, blue, max].map(|sample| sample.wrapping_mul(alpha))
}

struct Scan<'a, T> {
    samples: &'a [T],
    size: Size,
    border: &'a TrimBorder,
    corner: (bool, bool),
}

impl<T: Sample> Scan<'_, T> {
    /// Scans pixels of `layout`. A color is compared as if the image were in sRGB, and ink as if it
    /// were the complement of red, green and blue.
    fn run(&self, layout: Layout, budget: &Budget<'_>) -> Result<Option<PixelBox>> {
        let max = T::MAX;
        let square = max * max;
        match layout {
            Layout::Gray => self.compare(max, |[gray]| [gray, gray, gray, max], budget),
            Layout::Rgb => self.compare(max, |[red, green, blue]| [red, green, blue, max], budget),
            Layout::GrayAlpha => {
                self.compare(square, |[gray, alpha]| times_alpha([gray, gray, gray, alpha], max), budget)
            }
            Layout::Rgba => self.compare(square, |rgba| times_alpha(rgba, max), budget),
            Layout::Cmyk => {
                let look = |[c, m, y, k]: [u32; 4]| {
                    let [red, green, blue, _] = times_alpha([max - c, max - m, max - y, max - k], max);
                    [red, green, blue, square]
                };
                self.compare(square, look, budget)
            }
        }
    }

    /// Scans pixels of `N` samples that look as `look` says, where 1 is `one`.
    fn compare<const N: usize>(
        &self,
        one: u32,
        look: impl Fn([u32; N]) -> Look,
        budget: &Budget<'_>,
    ) -> Result<Option<PixelBox>> {
        let (pixels, _) = self.samples.as_chunks::<N>();
        let look = |pixel: &[T; N]| look(pixel.map(Into::into));
        let given = self.border.color.map(|color| look_of(color, one));
        let Some(border) = given.or_else(|| self.at_corner(pixels).map(look)) else { return Ok(None) };
        // One level is `one / 255`.
        let tolerance = u32::from(self.border.tolerance) * (one / 255);
        let low = border.map(|value| value.saturating_sub(tolerance));
        let high = border.map(|value| value.saturating_add(tolerance));
        let within = |look: Look| {
            let [red, green, blue, alpha] =
                std::array::from_fn(|at| (low[at] <= look[at]) & (look[at] <= high[at]));
            red & green & blue & alpha
        };
        let is_border = |pixel: &[T; N]| within(look(pixel));
        let plain = self.at_corner(pixels).filter(|pixel| is_border(pixel)).copied();
        Others::new(is_border, plain).bounds(pixels, self.size.width, budget)
    }

    /// The pixel at the corner.
    fn at_corner<'p, P>(&self, pixels: &'p [P]) -> Option<&'p P> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let x = if self.corner.0 { width.checked_sub(1)? } else { 0 };
        let y = if self.corner.1 { height.checked_sub(1)? } else { 0 };
        pixels.get(y.checked_mul(width)?.checked_add(x)?)
    }
}

/// What a color of the options looks like, where 1 is `one`.
fn look_of(Color { red, green, blue, alpha }: Color, one: u32) -> Look {
    [red, green, blue, 255].map(|level| {
        let product = u64::from(level) * u64::from(alpha) * u64::from(one) / (255 * 255);
        u32::try_from(product).unwrap_or(one)
    })
}

/// `inside` and up to `keep` pixels around it.
fn grown(inside: PixelBox, keep: u32, of: Size) -> PixelBox {
    let grow = |start: u32, length: u32, side: u32| {
        let first = start.saturating_sub(keep);
        let end = start.saturating_add(length).saturating_add(keep).min(side);
        (first, end.saturating_sub(first))
    };
    let (x, width) = grow(inside.x, inside.size.width, of.width);
    let (y, height) = grow(inside.y, inside.size.height, of.height);
    PixelBox { x, y, size: Size::new(width, height) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    const LAYOUTS: [Layout; 5] = [Layout::Gray, Layout::GrayAlpha, Layout::Rgb, Layout::Rgba, Layout::Cmyk];

    fn find(image: &Image, border: TrimBorder, corner: (bool, bool)) -> Option<[u32; 4]> {
        let limits = Limits::default();
        let inside = inside(image, &border, corner, &Budget::start(&limits, None)).unwrap();
        inside.map(|PixelBox { x, y, size }| [x, y, size.width, size.height])
    }

    fn border(tolerance: u8) -> TrimBorder {
        TrimBorder { color: None, tolerance, keep: 0 }
    }

    /// A picture of levels; with `sixteen`, widened.
    fn picture(
        size: [u32; 2],
        layout: Layout,
        sixteen: bool,
        mut level: impl FnMut(u32, u32, usize) -> u32,
    ) -> Image {
        let [width, height] = size;
        let mut samples = vec![];
        for y in 0..height {
            for x in 0..width {
                (0..layout.channels())
                    .for_each(|channel| samples.push(level(x, y, channel).to_le_bytes()[0]));
            }
        }
        let samples = match sixteen {
            true => Samples::Sixteen(samples.into_iter().map(|level| u16::from(level) * 257).collect()),
            false => Samples::Eight(samples),
        };
        Image { size: Size::new(width, height), layout, samples }
    }

    struct Random(u32);

    impl Random {
        fn below(&mut self, bound: u32) -> u32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((self.0 >> 16) * bound) >> 16
        }
    }

    /// Each picture has a border of random widths and color, with noise; inside is anything, but each
    /// of the outer rows and columns has a pixel of another color.
    #[test]
    fn the_borders_of_random_pictures_are_found_to_the_pixel() {
        let mut random = Random(7);
        for case in 0..500 {
            let layout = LAYOUTS[case % 5];
            let tolerance: u8 = [0, 1, 10, 40][case / 5 % 4];
            let [left, top, right, bottom] = std::array::from_fn(|_| random.below(30).saturating_sub(6));
            // The first pixel decides what the border is.
            let left = if top == 0 { left.max(1) } else { left };
            let (width, height) = (1 + random.below(70), 1 + random.below(50));
            let color: [u32; 4] = std::array::from_fn(|_| 60 + random.below(50));
            let others =
                [random.below(height), random.below(height), random.below(width), random.below(width)];
            let fill = random.below(3);
            let size = [left + width + right, top + height + bottom];
            let image = picture(size, layout, case % 3 == 0, |x, y, channel| {
                let is_alpha = layout.has_alpha() && channel == layout.channels() - 1;
                let ground = if is_alpha { 200 } else { color[channel] };
                let (x_inside, y_inside) = (x.wrapping_sub(left), y.wrapping_sub(top));
                let is_inside = x_inside < width && y_inside < height;
                let is_other = is_inside
                    && [
                        (x_inside, y_inside) == (0, others[0]),
                        (x_inside, y_inside) == (width - 1, others[1]),
                        (x_inside, y_inside) == (others[2], 0),
                        (x_inside, y_inside) == (others[3], height - 1),
                    ]
                    .contains(&true);
                let has_noise = (x, y) != (0, 0) && !is_alpha && layout != Layout::Cmyk;
                match fill {
                    _ if is_other => ground ^ 0x80,
                    1 if is_inside => (x * 3 + y * 5) % 256,
                    2 if is_inside => ground,
                    _ if has_noise => {
                        ground + random.below(2 * u32::from(tolerance) + 1) - u32::from(tolerance)
                    }
                    _ => ground,
                }
            });
            let found = find(&image, border(tolerance), (false, false));
            assert_eq!(
                found,
                Some([left, top, width, height]),
                "case {case}: {layout:?}, tolerance {tolerance}"
            );
        }
    }

    #[test]
    fn a_picture_that_is_all_border_has_no_inside() {
        for layout in LAYOUTS {
            for sixteen in [false, true] {
                for size in [[1, 1], [1, 40], [40, 1], [33, 17]] {
                    let plain = picture(size, layout, sixteen, |x, y, _| if x + y > 0 { 110 } else { 100 });
                    // Ink is compared as red, green and blue, in which two inks add up.
                    assert_eq!(find(&plain, border(12), (false, false)), None, "{layout:?}");
                }
            }
        }
    }

    #[test]
    fn the_tolerance_is_inclusive_in_both_depths() {
        for sixteen in [false, true] {
            for (other, is_border) in [(110, true), (111, false), (90, true), (89, false)] {
                let image = picture([5, 4], Layout::Rgb, sixteen, |x, y, channel| {
                    if (x, y, channel) == (3, 1, 1) { other } else { 100 }
                });
                let found = find(&image, border(10), (false, false));
                assert_eq!(found, if is_border { None } else { Some([3, 1, 1, 1]) }, "{other}");
            }
        }
        let wide = |level: u16| {
            let samples = Samples::Sixteen(vec![1000, 1000, level]);
            Image { size: Size::new(3, 1), layout: Layout::Gray, samples }
        };
        assert_eq!(find(&wide(1000 + 2570), border(10), (false, false)), None);
        assert_eq!(find(&wide(1000 + 2571), border(10), (false, false)), Some([2, 0, 1, 1]));
    }

    #[test]
    fn transparent_pixels_look_alike_whatever_color_they_hide() {
        let image = picture([9, 9], Layout::Rgba, false, |x, y, channel| match (x, y, channel) {
            (3..6, 4..6, 3) => 255,
            (_, _, 3) => 0,
            (x, y, 1) => x * 28 + y * 3,
            (x, ..) => x * 5,
        });
        assert_eq!(find(&image, border(0), (false, false)), Some([3, 4, 3, 2]));
        // Black on a transparent ground of black.
        let black = picture(
            [9, 9],
            Layout::GrayAlpha,
            true,
            |x, _, channel| if x == 2 && channel == 1 { 255 } else { 0 },
        );
        assert_eq!(find(&black, border(10), (false, false)), Some([2, 0, 1, 9]));
    }

    #[test]
    fn a_given_color_is_the_borders_in_every_layout() {
        let white = |keep| TrimBorder { color: Some(Color::WHITE), tolerance: 10, keep };
        for layout in LAYOUTS {
            let (white_level, black) = if layout == Layout::Cmyk { (2, 255) } else { (250, 0) };
            let image = picture([20, 10], layout, false, |x, y, channel| match (x, y) {
                _ if layout.has_alpha() && channel == layout.channels() - 1 => 255,
                (4..9, 2..5) => black,
                _ => white_level,
            });
            assert_eq!(find(&image, white(0), (false, false)), Some([4, 2, 5, 3]), "{layout:?}");
            assert_eq!(find(&image, white(3), (false, false)), Some([1, 0, 11, 8]), "{layout:?}");
            assert_eq!(find(&image, white(u32::MAX), (false, false)), Some([0, 0, 20, 10]), "{layout:?}");
            let red = TrimBorder { color: Some(Color::opaque(255, 0, 0)), ..white(0) };
            assert_eq!(find(&image, red, (false, false)), Some([0, 0, 20, 10]), "{layout:?}");
        }
    }

    #[test]
    fn the_corner_that_is_displayed_first_has_the_borders_color() {
        let halves = picture([4, 3], Layout::Gray, false, |x, _, _| x / 2 * 200);
        let left = Some([0, 0, 2, 3]);
        let right = Some([2, 0, 2, 3]);
        for (corner, inside) in
            [((false, false), right), ((true, false), left), ((false, true), right), ((true, true), left)]
        {
            assert_eq!(find(&halves, border(0), corner), inside);
        }
        let rows = picture([4, 3], Layout::Gray, false, |_, y, _| y * 100);
        assert_eq!(find(&rows, border(0), (true, true)), Some([0, 0, 4, 2]));
    }
}
