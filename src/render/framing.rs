//! [`Framing`]: how the stored image becomes the picture that is fitted to the box: EXIF
//! orientation, trim, flip, rotation, in this order.
//!
//! In: sizes and options. Out: the picture's size, and placements of it in terms of the stored
//! image, so that all of it costs one resample. Knows nothing of pixels.

use crate::decimal::Decimal;
use crate::geometry::{CropBox, Placement, Size};
use crate::options::{Flip, Rotation, Trim};
use crate::render::header::Orientation;

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PixelBox {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) size: Size,
}

impl PixelBox {
    pub(crate) fn whole(size: Size) -> Self {
        Self { x: 0, y: 0, size }
    }

    fn to_crop(self) -> CropBox {
        CropBox {
            x: self.x.into(),
            y: self.y.into(),
            width: self.size.width.into(),
            height: self.size.height.into(),
        }
    }
}

/// How the stored image becomes the picture that is fitted to the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Framing {
    displayed: Size,
    orientation: Orientation,
    /// What is left of the displayed image.
    trimmed: PixelBox,
    /// The flip, then the rotation.
    turn: Orientation,
}

impl Framing {
    /// The framing of an image of the size `stored`, of which `trimmed` is left as displayed.
    pub(crate) fn new(
        stored: Size,
        orientation: Orientation,
        trimmed: Option<PixelBox>,
        (flip, rotate): (Flip, Rotation),
    ) -> Self {
        let displayed = orientation.size(stored);
        let flip = match flip {
            Flip::None => Orientation::Upright,
            Flip::Horizontal => Orientation::FlipHorizontal,
            Flip::Vertical => Orientation::FlipVertical,
            Flip::Both => Orientation::Rotate180,
        };
        let rotate = match rotate {
            Rotation::Upright => Orientation::Upright,
            Rotation::Clockwise90 => Orientation::Rotate90,
            Rotation::Clockwise180 => Orientation::Rotate180,
            Rotation::Clockwise270 => Orientation::Rotate270,
        };
        let trimmed = trimmed.unwrap_or(PixelBox::whole(displayed));
        Self { displayed, orientation, trimmed, turn: flip.then(rotate) }
    }

    /// The size of the picture that is fitted to the box.
    pub(crate) fn size(&self) -> Size {
        self.turn.size(self.trimmed.size)
    }

    /// What turns the stored image into the picture.
    pub(crate) fn orientation(&self) -> Orientation {
        self.orientation.then(self.turn)
    }

    /// The same if `trimmed` is left of the displayed image; `None`: all of it.
    pub(crate) fn trimmed_to(self, trimmed: Option<PixelBox>) -> Self {
        Self { trimmed: trimmed.unwrap_or(PixelBox::whole(self.displayed)), ..self }
    }

    /// Where `stored`, a box of stored pixels, is displayed.
    pub(crate) fn displayed(&self, stored: PixelBox) -> PixelBox {
        let PixelBox { x, y, size } = stored;
        let (x, y) = if self.orientation.transposes() { (y, x) } else { (x, y) };
        let size = self.orientation.size(size);
        let (columns, rows) = self.orientation.reversals();
        let mirrored = |start: u32, length: u32, side: u32| side.saturating_sub(start).saturating_sub(length);
        PixelBox {
            x: if columns { mirrored(x, size.width, self.displayed.width) } else { x },
            y: if rows { mirrored(y, size.height, self.displayed.height) } else { y },
            size,
        }
    }

    /// Whether the pixel that is displayed at the top left is stored in the last column, and the last
    /// row.
    pub(crate) fn first_is_last(&self) -> (bool, bool) {
        self.orientation.reverses()
    }

    /// The stored pixels that are left after trimming; `None` if all are.
    pub(crate) fn region(&self) -> Option<CropBox> {
        let trims = self.trimmed != PixelBox::whole(self.displayed);
        trims.then(|| self.orientation.inverse().map(self.trimmed.to_crop(), self.displayed))
    }

    /// A placement of the picture in terms of the stored image, before anything is turned.
    pub(crate) fn stored(&self, placement: &Placement) -> Placement {
        let trimmed = self.turn.stored(placement);
        let crop = CropBox {
            x: trimmed.crop.x + f64::from(self.trimmed.x),
            y: trimmed.crop.y + f64::from(self.trimmed.y),
            ..trimmed.crop
        };
        self.orientation.stored(&Placement { source: self.displayed, crop, ..trimmed })
    }

    /// Where the fractions `(x, y)` of the stored image are in the picture.
    pub(crate) fn turned(&self, (x, y): (Decimal, Decimal)) -> (Decimal, Decimal) {
        let (x, y) = if self.orientation().transposes() { (y, x) } else { (x, y) };
        let (columns, rows) = self.orientation().reversals();
        (if columns { x.complement() } else { x }, if rows { y.complement() } else { y })
    }
}

/// What [`Trim::Sides`] leaves of a picture of `size`; `None` if that is nothing.
pub(crate) fn without_sides(size: Size, trim: &Trim) -> Option<PixelBox> {
    let Trim::Sides { top, right, bottom, left } = *trim else { return Some(PixelBox::whole(size)) };
    let width = size.width.checked_sub(left)?.checked_sub(right)?;
    let height = size.height.checked_sub(top)?.checked_sub(bottom)?;
    (width > 0 && height > 0).then_some(PixelBox { x: left, y: top, size: Size::new(width, height) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Offset;

    /// Follows one pixel of a 5x4 image through orientation 6, a trim, a flip and a rotation.
    #[test]
    fn a_pixel_is_found_where_the_steps_put_it() {
        let stored = Size::new(5, 4);
        // Displayed: 4x5, of which the columns 1 to 3 and the rows 2 and 3 are left.
        let trim = Trim::Sides { top: 2, right: 0, bottom: 1, left: 1 };
        let trimmed = without_sides(Size::new(4, 5), &trim).unwrap();
        assert_eq!(trimmed, PixelBox { x: 1, y: 2, size: Size::new(3, 2) });
        let turn = (Flip::Horizontal, Rotation::Clockwise90);
        let framing = Framing::new(stored, Orientation::Rotate90, Some(trimmed), turn);
        assert_eq!(framing.size(), Size::new(2, 3));
        // The pixel at (0, 0) of the picture is, before the rotation, the one at (0, 1) of 3x2; before
        // the flip at (2, 1); in the displayed image at (3, 3). Orientation 6 shows the stored pixel
        // (x, y) at (3 - y, x), so it is stored at (3, 0).
        let crop = CropBox { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        let one = Size::new(1, 1);
        let offset = Offset { x: 0, y: 0 };
        let placement = Placement { source: Size::new(2, 3), crop, resize: one, canvas: one, offset };
        let back = framing.stored(&placement);
        assert_eq!((back.source, back.crop), (stored, CropBox { x: 3.0, y: 0.0, width: 1.0, height: 1.0 }));
        assert_eq!(framing.region(), Some(CropBox { x: 2.0, y: 0.0, width: 2.0, height: 3.0 }));
    }

    #[test]
    fn a_stored_box_is_displayed_where_its_pixels_are() {
        let stored = Size::new(5, 4);
        for orientation in Orientation::ALL {
            let whole = Framing::new(stored, orientation, None, (Flip::Horizontal, Rotation::Clockwise90));
            let inside = PixelBox { x: 1, y: 2, size: Size::new(3, 1) };
            let framing = whole.trimmed_to(Some(whole.displayed(inside)));
            assert_eq!(framing.region(), Some(inside.to_crop()), "{orientation:?}");
            let (right, bottom) = whole.first_is_last();
            let (x, y) = (if right { 4 } else { 0 }, if bottom { 3 } else { 0 });
            let first = whole.displayed(PixelBox { x, y, size: Size::new(1, 1) });
            assert_eq!((first.x, first.y), (0, 0), "{orientation:?}");
            assert_eq!(framing.trimmed_to(None), whole);
        }
    }

    #[test]
    fn nothing_is_left_of_a_picture_trimmed_away() {
        let sides = |left, right| Trim::Sides { top: 0, right, bottom: 0, left };
        assert!(without_sides(Size::new(4, 4), &sides(2, 1)).is_some());
        for (left, right) in [(2, 2), (3, 2), (u32::MAX, u32::MAX)] {
            assert_eq!(without_sides(Size::new(4, 4), &sides(left, right)), None);
        }
    }

    #[test]
    fn fractions_turn_with_the_picture() {
        let (x, y) = (Decimal::from_f64(0.2), Decimal::from_f64(0.7));
        let turned = |orientation, flip, rotate| {
            Framing::new(Size::new(9, 9), orientation, None, (flip, rotate)).turned((x, y))
        };
        let (right, bottom) = (Decimal::from_f64(0.8), Decimal::from_f64(0.3));
        assert_eq!(turned(Orientation::Upright, Flip::None, Rotation::Upright), (x, y));
        assert_eq!(turned(Orientation::Rotate90, Flip::None, Rotation::Upright), (bottom, x));
        assert_eq!(turned(Orientation::Upright, Flip::Both, Rotation::Upright), (right, bottom));
        // Orientation 6 puts (x, y) at (1 - y, x); the flip at (y, x); the rotation at (1 - x, y).
        assert_eq!(turned(Orientation::Rotate90, Flip::Horizontal, Rotation::Clockwise90), (right, y));
    }
}
