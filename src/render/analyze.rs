//! Examines decoded pixels for what only they show: the border that is trimmed, and what is salient.
//!
//! In: a decoded image, how it is framed without these, the options. Out: [`Findings`], for the final
//! plan. Must not know of formats.

mod border;
mod others;
mod saliency;
mod sample;
mod thumbnail;

use self::thumbnail::Thumbnail;
use super::decode::Decoded;
use super::frame::SourceRegion;
use super::framing::{Framing, PixelBox};
use crate::decimal::Decimal;
use crate::error::{Error, Result, Stage};
use crate::geometry::{self, CropBox, Gravity, Placement, Size};
use crate::limits::Budget;
use crate::options::{Trim, TrimBorder, VariantOptions};

/// What the pixels showed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Findings {
    examined: bool,
    /// What is inside of the border, as displayed; `None` if that is nothing.
    inside: Option<PixelBox>,
    /// The salient point, as fractions of the picture that is placed.
    focus: Option<(Decimal, Decimal)>,
}

impl Findings {
    /// Whether the options depend on pixels that have not been examined. `placement` is that of the
    /// options without these findings.
    pub(crate) fn are_wanted(&self, variant: &VariantOptions, placement: &Placement) -> bool {
        let chooses = variant.gravity == Gravity::Auto && placement.crops();
        !self.examined && (chooses || matches!(variant.trim, Trim::Border(_)))
    }

    /// What is inside of the border of a picture of the displayed size; all, if unexamined.
    pub(crate) fn inside_border(&self, displayed: Size) -> Option<PixelBox> {
        if self.examined { self.inside } else { Some(PixelBox::whole(displayed)) }
    }

    /// The salient point; the center, if unexamined.
    pub(crate) fn focus(&self) -> (Decimal, Decimal) {
        self.focus.unwrap_or(Gravity::HALVES)
    }
}

/// Examines `decoded` for a variant that was planned without findings, as `framing` shows it.
pub(crate) fn examine(
    decoded: &Decoded<'_>,
    framing: Framing,
    variant: &VariantOptions,
    budget: &mut Budget<'_>,
) -> Result<Findings> {
    budget.check_interrupt(Stage::Analyze)?;
    let (inside, framing) = match &variant.trim {
        Trim::Border(border) => {
            let inside = inside_border(decoded, border, &framing, budget)?;
            (inside, framing.trimmed_to(inside))
        }
        _ => (None, framing),
    };
    let focus = match variant.gravity {
        Gravity::Auto => focus(decoded, &framing, variant, budget)?,
        Gravity::Point { .. } => None,
    };
    Ok(Findings { examined: true, inside, focus })
}

/// What is inside of the border, as displayed.
fn inside_border(
    decoded: &Decoded<'_>,
    border: &TrimBorder,
    framing: &Framing,
    budget: &Budget<'_>,
) -> Result<Option<PixelBox>> {
    let Decoded::Image(image, SourceRegion::WHOLE) = decoded else {
        return Err(Error::internal(
            Stage::Analyze,
            "the border is searched in the pixels of the whole source",
        ));
    };
    let inside = border::inside(image, border, framing.first_is_last(), budget)?;
    Ok(inside.map(|stored| framing.displayed(stored)))
}

/// The salient point of the picture; `None` if nothing is cut off.
fn focus(
    decoded: &Decoded<'_>,
    framing: &Framing,
    variant: &VariantOptions,
    budget: &mut Budget<'_>,
) -> Result<Option<(Decimal, Decimal)>> {
    let placement = geometry::place(framing.size(), variant.bounds(), variant.fit, Gravity::HALVES)?;
    let Placement { source, crop, .. } = framing.stored(&placement);
    let region = framing.region().unwrap_or(CropBox {
        x: 0.0,
        y: 0.0,
        width: source.width.into(),
        height: source.height.into(),
    });
    let part = (Decimal::from_f64(crop.width / region.width), Decimal::from_f64(crop.height / region.height));
    if part == (Decimal::ONE, Decimal::ONE) {
        return Ok(None);
    }
    let thumbnail = match decoded {
        Decoded::Image(image, view) => Thumbnail::of_image(image, *view, region, budget),
        Decoded::YuvImage(planes, _) => Thumbnail::of_planes(planes, region, budget),
        Decoded::Rows(_) => Err(Error::internal(Stage::Analyze, "rows are not decoded yet")),
    }?;
    Ok(Some(framing.turned(saliency::focus(&thumbnail, part))))
}

#[cfg(test)]
mod tests {
    use super::super::orient;
    use super::*;
    use crate::geometry::Fit;
    use crate::limits::Limits;
    use crate::options::{Flip, Rotation};
    use crate::render::frame::{Image, Layout, Samples};
    use crate::render::header::Orientation;

    const STORED: Size = Size::new(40, 24);

    /// Black, with a white box.
    fn picture(inside: PixelBox) -> Image {
        let columns = inside.x..inside.x + inside.size.width;
        let rows = inside.y..inside.y + inside.size.height;
        let pixels = (0..STORED.height).flat_map(|y| (0..STORED.width).map(move |x| (x, y)));
        let level = |(x, y)| if columns.contains(&x) && rows.contains(&y) { 255 } else { 0 };
        Image::eight(STORED, Layout::Gray, pixels.map(level).collect())
    }

    fn square(trim: Trim) -> VariantOptions {
        VariantOptions { gravity: Gravity::Auto, trim, ..VariantOptions::new(Fit::Cover, 10, 10) }
    }

    #[test]
    fn the_inside_is_that_of_the_displayed_image_in_every_orientation() {
        let stored = PixelBox { x: 3, y: 5, size: Size::new(20, 8) };
        let limits = Limits::default();
        for orientation in Orientation::ALL {
            let framing = Framing::new(STORED, orientation, None, (Flip::Horizontal, Rotation::Clockwise90));
            let Trim::Border(border) = Trim::BORDER else { unreachable!("it is a border") };
            let mut budget = Budget::start(&limits, None);
            let found = |image: Image, framing: &Framing| {
                inside_border(&image.into(), &border, framing, &Budget::start(&limits, None)).unwrap()
            };
            let displayed = orient::apply(picture(stored), orientation, &mut budget).unwrap();
            let upright =
                Framing::new(displayed.size, Orientation::Upright, None, (Flip::None, Rotation::Upright));
            assert_eq!(found(picture(stored), &framing), found(displayed, &upright), "{orientation:?}");
        }
    }

    #[test]
    fn the_focus_is_the_same_point_in_every_orientation() {
        let stored = PixelBox { x: 30, y: 5, size: Size::new(6, 8) };
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        let mut found = |image: Image, framing: Framing| {
            focus(&image.into(), &framing, &square(Trim::None), &mut budget).unwrap().unwrap()
        };
        let upright = |size| Framing::new(size, Orientation::Upright, None, (Flip::None, Rotation::Upright));
        let (x, y) = found(picture(stored), upright(STORED));
        assert_eq!((x > Decimal::from_f64(0.8), y), (true, Gravity::HALVES.1));
        for orientation in Orientation::ALL {
            for turn in [(Flip::None, Rotation::Upright), (Flip::Vertical, Rotation::Clockwise270)] {
                let framing = Framing::new(STORED, orientation, None, turn);
                assert_eq!(found(picture(stored), framing), framing.turned((x, y)), "{orientation:?}");
            }
        }
    }

    #[test]
    fn the_focus_is_that_of_what_is_left_after_trimming() {
        // The white box has a gray object at its right.
        let mut image = picture(PixelBox { x: 10, y: 4, size: Size::new(30, 10) });
        let Samples::Eight(samples) = &mut image.samples else { unreachable!("8 bits") };
        for y in 7..11 {
            samples[y * 40 + 33..y * 40 + 37].fill(128);
        }
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        let decoded = Decoded::from(image);
        let framing = Framing::new(STORED, Orientation::Upright, None, (Flip::None, Rotation::Upright));
        let found = examine(&decoded, framing, &square(Trim::BORDER), &mut budget).unwrap();
        assert_eq!(found.inside, Some(PixelBox { x: 10, y: 4, size: Size::new(30, 10) }));
        // A square of 10 pixels is cut out of 30: from 20 on at the most.
        assert!(found.focus.unwrap().0 > Decimal::from_f64(0.9), "{found:?}");
    }

    #[test]
    fn nothing_is_examined_where_nothing_is_cut() {
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        let framing = Framing::new(STORED, Orientation::Upright, None, (Flip::None, Rotation::Upright));
        let variant = VariantOptions { gravity: Gravity::Auto, ..VariantOptions::new(Fit::Contain, 10, 10) };
        let image = picture(PixelBox { x: 30, y: 5, size: Size::new(6, 8) });
        assert_eq!(focus(&image.into(), &framing, &variant, &mut budget).unwrap(), None);
    }

    #[test]
    fn random_pictures_give_boxes_and_points_within_them() {
        let mut state = 9_u32;
        let mut random = |bound: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) * bound) >> 16
        };
        let layouts = [Layout::Gray, Layout::GrayAlpha, Layout::Rgb, Layout::Rgba, Layout::Cmyk];
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        for case in 0..400 {
            let layout = layouts[case % 5];
            let side = [1, 2, 70, 300][case / 5 % 4];
            let size = Size::new(1 + random(side), 1 + random(90));
            let levels = 1 + random(256);
            let count = size.width as usize * size.height as usize * layout.channels();
            let samples = (0..count).map(|_| u16::try_from(random(levels) * 257).unwrap()).collect();
            let decoded = Decoded::from(Image { size, layout, samples: Samples::Sixteen(samples) });
            let orientation = Orientation::ALL[case % 8];
            let framing = Framing::new(size, orientation, None, (Flip::None, Rotation::Upright));
            let (width, height) = (1 + random(100), 1 + random(100));
            let variant = VariantOptions {
                gravity: Gravity::Auto,
                trim: Trim::BORDER,
                ..VariantOptions::new(Fit::ALL[case % 8], width, height)
            };
            let found = examine(&decoded, framing, &variant, &mut budget).unwrap();
            let (x, y) = found.focus();
            assert!(x <= Decimal::ONE && y <= Decimal::ONE);
            let inside = found.inside.unwrap_or(PixelBox::whole(orientation.size(size)));
            let whole = orientation.size(size);
            assert!(inside.size.width > 0 && inside.x + inside.size.width <= whole.width);
            assert!(inside.size.height > 0 && inside.y + inside.size.height <= whole.height);
        }
        assert_eq!(budget.spent(), 0);
    }
}
