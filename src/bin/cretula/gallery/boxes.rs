//! Boxes that show the difference between the fits.
//!
//! In: the size of the image. Out: a box smaller and a box larger than it, both with a different
//! aspect ratio. Must not know of pixels, nor compute placements.

/// A box, and its relation to the image.
pub(super) struct Bounds {
    pub(super) size: (u32, u32),
    pub(super) relation: &'static str,
}

/// Ratio of the aspects of image and box: a third of the image is cropped, or of the box padded.
const DISTORTION: f64 = 1.5;

impl Bounds {
    pub(super) fn given(size: (u32, u32)) -> Self {
        Self { size, relation: "" }
    }

    /// A box smaller and a box larger than the image, with sides of at most `max_side`.
    pub(super) fn around(picture: (u32, u32), max_side: u32) -> [Self; 2] {
        let (width, height) = (f64::from(picture.0), f64::from(picture.1));
        // Computed for a landscape image; a portrait one is transposed, and its boxes transposed
        // back.
        let (long, short) = (width.max(height), width.min(height));
        let aspect = long / short / DISTORTION;
        let oriented = |(along, across): (f64, f64)| {
            let sides = (whole(along, max_side), whole(across, max_side));
            if width >= height { sides } else { (sides.1, sides.0) }
        };
        let inside = short * 0.6;
        let around = long * 1.2;
        [
            Self { size: oriented((inside * aspect, inside)), relation: "smaller than the image" },
            Self { size: oriented((around, around / aspect)), relation: "larger than the image" },
        ]
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of u32 before"
)]
fn whole(side: f64, max_side: u32) -> u32 {
    // Round numbers, where ten pixels make little difference.
    let side = if side < 200.0 { side.ceil() } else { (side / 10.0).ceil() * 10.0 };
    side.clamp(1.0, f64::from(max_side)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_box_is_smaller_and_one_larger() {
        for picture in [(640, 427), (427, 640), (500, 500), (3000, 40), (40, 3000), (10, 10), (1280, 1)] {
            let [inside, around] = Bounds::around(picture, 12_000);
            assert!(
                inside.size.0 <= picture.0 && inside.size.1 <= picture.1,
                "{picture:?}: {:?}",
                inside.size
            );
            assert!(around.size.0 > picture.0 && around.size.1 > picture.1, "{picture:?}: {:?}", around.size);
        }
        assert_eq!(Bounds::around((640, 427), 12_000).map(|b| b.size), [(260, 260), (770, 770)]);
    }
}
