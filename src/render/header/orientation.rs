//! [`Orientation`]: the eight symmetries of a rectangle, as EXIF numbers them.
//!
//! In: the tag's value. Out: how sizes, boxes and placements map between the stored and the displayed image. Knows nothing of
//! pixels.

use crate::geometry::{CropBox, Offset, Placement, Size};

/// EXIF orientation (EXIF 2.32, tag 0x0112): what turns the stored image into the displayed one.
///
/// The eight values form a group: [`then`](Self::then) composes, [`inverse`](Self::inverse) undoes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Orientation {
    /// 1.
    #[default]
    Upright,
    /// 2: mirror left to right.
    FlipHorizontal,
    /// 3: rotate by 180°.
    Rotate180,
    /// 4: mirror top to bottom.
    FlipVertical,
    /// 5: mirror along the main diagonal.
    Transpose,
    /// 6: rotate clockwise by 90°.
    Rotate90,
    /// 7: mirror along the other diagonal.
    Transverse,
    /// 8: rotate clockwise by 270°.
    Rotate270,
}

impl Orientation {
    pub(crate) const ALL: [Self; 8] = [
        Self::Upright,
        Self::FlipHorizontal,
        Self::Rotate180,
        Self::FlipVertical,
        Self::Transpose,
        Self::Rotate90,
        Self::Transverse,
        Self::Rotate270,
    ];

    /// From the tag's value; anything but 2 to 8 is upright.
    pub(crate) fn from_tag(value: u16) -> Self {
        match usize::from(value) {
            number @ 2..=8 => Self::ALL[number - 1],
            _ => Self::Upright,
        }
    }

    /// The tag's value, 1 to 8.
    pub(crate) fn tag(self) -> u8 {
        self as u8 + 1
    }

    /// Whether width and height are swapped, after which columns, and rows, are reversed: every orientation is a transposition
    /// or none, then a reversal of the columns, the rows, both or neither.
    fn parts(self) -> (bool, bool, bool) {
        match self {
            Self::Upright => (false, false, false),
            Self::FlipHorizontal => (false, true, false),
            Self::Rotate180 => (false, true, true),
            Self::FlipVertical => (false, false, true),
            Self::Transpose => (true, false, false),
            Self::Rotate90 => (true, true, false),
            Self::Transverse => (true, true, true),
            Self::Rotate270 => (true, false, true),
        }
    }

    fn from_parts(parts: (bool, bool, bool)) -> Self {
        Self::ALL.into_iter().find(|orientation| orientation.parts() == parts).unwrap_or_default()
    }

    /// This one first, then `next`.
    pub(crate) fn then(self, next: Self) -> Self {
        let (transposes, columns, rows) = self.parts();
        let (transposes_next, columns_next, rows_next) = next.parts();
        // A later transposition turns a reversal of columns into one of rows.
        let (columns, rows) = if transposes_next { (rows, columns) } else { (columns, rows) };
        Self::from_parts((transposes != transposes_next, columns != columns_next, rows != rows_next))
    }

    /// What turns the displayed image into the stored one.
    pub(crate) fn inverse(self) -> Self {
        match self {
            Self::Rotate90 => Self::Rotate270,
            Self::Rotate270 => Self::Rotate90,
            own => own,
        }
    }

    /// Whether width and height are swapped.
    pub(crate) fn transposes(self) -> bool {
        self.parts().0
    }

    /// Whether columns, and rows, are reversed, after sides are swapped.
    pub(crate) fn reversals(self) -> (bool, bool) {
        let (_, columns, rows) = self.parts();
        (columns, rows)
    }

    /// Whether the first column, and the first row, of the displayed image are the last ones of their side as stored.
    pub(crate) fn reverses(self) -> (bool, bool) {
        let (_, columns, rows) = self.inverse().parts();
        (columns, rows)
    }

    /// The size of an image of the size `of` after this orientation is applied.
    pub(crate) fn size(self, of: Size) -> Size {
        if self.transposes() { of.transposed() } else { of }
    }

    /// Where `part` of an image of the size `of` is after this orientation is applied.
    pub(crate) fn map(self, part: CropBox, of: Size) -> CropBox {
        let (transposes, columns, rows) = self.parts();
        let part = match part {
            CropBox { x, y, width, height } if transposes => {
                CropBox { x: y, y: x, width: height, height: width }
            }
            part => part,
        };
        let of = self.size(of);
        let (right, bottom) =
            (f64::from(of.width) - part.x - part.width, f64::from(of.height) - part.y - part.height);
        CropBox { x: if columns { right } else { part.x }, y: if rows { bottom } else { part.y }, ..part }
    }

    /// The placement of the displayed image in terms of the stored one, before this orientation is applied.
    pub(crate) fn stored(self, placement: &Placement) -> Placement {
        let Placement { source, crop, resize, canvas, offset } = *placement;
        let back = self.inverse();
        let (_, columns, rows) = back.parts();
        let on = |canvas: Size, resize: Size, offset: Offset| {
            let offset = if self.transposes() { Offset { x: offset.y, y: offset.x } } else { offset };
            Offset {
                x: if columns { canvas.width - resize.width - offset.x } else { offset.x },
                y: if rows { canvas.height - resize.height - offset.y } else { offset.y },
            }
        };
        let (resize, canvas) = (back.size(resize), back.size(canvas));
        Placement {
            source: back.size(source),
            crop: back.map(crop, source),
            resize,
            canvas,
            offset: on(canvas, resize, offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pixels of a small image in which all differ, after `orientation` is applied by the definition of EXIF.
    fn displayed(orientation: Orientation, size: Size, pixels: &[u32]) -> Vec<u32> {
        let (width, height) = (size.width, size.height);
        let at = |x: u32, y: u32| pixels[(y * width + x) as usize];
        let shown = orientation.size(size);
        let mut out = vec![];
        for y in 0..shown.height {
            for x in 0..shown.width {
                out.push(match orientation {
                    Orientation::Upright => at(x, y),
                    Orientation::FlipHorizontal => at(width - 1 - x, y),
                    Orientation::Rotate180 => at(width - 1 - x, height - 1 - y),
                    Orientation::FlipVertical => at(x, height - 1 - y),
                    Orientation::Transpose => at(y, x),
                    Orientation::Rotate90 => at(y, height - 1 - x),
                    Orientation::Transverse => at(width - 1 - y, height - 1 - x),
                    Orientation::Rotate270 => at(width - 1 - y, x),
                });
            }
        }
        out
    }

    const SIZE: Size = Size::new(3, 2);
    const PIXELS: [u32; 6] = [0, 1, 2, 3, 4, 5];

    #[test]
    fn tags_count_from_1() {
        for (index, orientation) in Orientation::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(orientation.tag()), index + 1);
            assert_eq!(Orientation::from_tag(orientation.tag().into()), orientation);
        }
        for other in [0, 9, u16::MAX] {
            assert_eq!(Orientation::from_tag(other), Orientation::Upright);
        }
    }

    #[test]
    fn composition_and_inverse_are_those_of_the_pixels() {
        for first in Orientation::ALL {
            let once = displayed(first, SIZE, &PIXELS);
            for next in Orientation::ALL {
                let twice = displayed(next, first.size(SIZE), &once);
                assert_eq!(displayed(first.then(next), SIZE, &PIXELS), twice, "{first:?} {next:?}");
            }
            assert_eq!(displayed(first.inverse(), first.size(SIZE), &once), PIXELS, "{first:?}");
        }
    }

    #[test]
    fn a_box_maps_as_its_pixels_do() {
        for orientation in Orientation::ALL {
            for (x, y) in (0..SIZE.width).flat_map(|x| (0..SIZE.height).map(move |y| (x, y))) {
                let part = CropBox { x: x.into(), y: y.into(), width: 1.0, height: 1.0 };
                let mapped = orientation.map(part, SIZE);
                let shown = orientation.size(SIZE);
                let places = displayed(orientation, SIZE, &PIXELS);
                let place = (0..).zip(&places).find(|&(_, &p)| p == y * SIZE.width + x).unwrap().0;
                let expected = (f64::from(place % shown.width), f64::from(place / shown.width));
                assert_eq!((mapped.x, mapped.y), expected, "{orientation:?}");
            }
        }
    }

    #[test]
    fn an_asymmetric_crop_is_found_in_the_stored_image() {
        let displayed = Placement {
            source: Size::new(2, 3),
            crop: CropBox { x: 0.0, y: 0.0, width: 1.0, height: 2.0 },
            resize: Size::new(1, 2),
            canvas: Size::new(4, 6),
            offset: Offset { x: 1, y: 3 },
        };
        let stored = Orientation::Rotate90.stored(&displayed);
        assert_eq!(stored.source, Size::new(3, 2));
        assert_eq!(stored.crop, CropBox { x: 0.0, y: 1.0, width: 2.0, height: 1.0 });
        assert_eq!((stored.resize, stored.canvas), (Size::new(2, 1), Size::new(6, 4)));
        assert_eq!(stored.offset, Offset { x: 3, y: 2 });
        assert_eq!(Orientation::Rotate90.inverse().stored(&stored), displayed);
    }
}
