//! Which boxes show the difference between the fits.
//!
//! In: the picture's size. Out: a box smaller and a box larger than it, both of another aspect. Must not know of
//! pixels, nor compute what a fit makes of a box.

/// A box, and how it relates to the picture.
pub(super) struct Bounds {
    pub(super) size: (u32, u32),
    pub(super) relation: &'static str,
}

/// How much wider or taller the picture is than the box, by aspect: a third of it is cut off, or padded.
const DISTORTION: f64 = 1.5;

impl Bounds {
    pub(super) fn given(size: (u32, u32)) -> Self {
        Self { size, relation: "" }
    }

    /// A box inside the picture and one around it, none with a side over `max_side`.
    pub(super) fn around(picture: (u32, u32), max_side: u32) -> [Self; 2] {
        let (width, height) = (f64::from(picture.0), f64::from(picture.1));
        // Seen as a picture that is wider than high; a taller one is turned, and its box turned back.
        let (long, short) = (width.max(height), width.min(height));
        let aspect = long / short / DISTORTION;
        let oriented = |(along, across): (f64, f64)| {
            let sides = (whole(along, max_side), whole(across, max_side));
            if width >= height { sides } else { (sides.1, sides.0) }
        };
        let inside = short * 0.6;
        let around = long * 1.2;
        [
            Self { size: oriented((inside * aspect, inside)), relation: "smaller than the picture" },
            Self { size: oriented((around, around / aspect)), relation: "larger than the picture" },
        ]
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of u32 before"
)]
fn whole(side: f64, max_side: u32) -> u32 {
    // Round numbers read better where ten pixels make little difference.
    let side = if side < 200.0 { side.ceil() } else { (side / 10.0).ceil() * 10.0 };
    side.clamp(1.0, f64::from(max_side)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_box_lies_inside_and_one_around() {
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
