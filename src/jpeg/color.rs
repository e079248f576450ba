//! The color space of the components, and YCbCr to RGB (T.871 section 7) in the integer arithmetic
//! of libjpeg.
//!
//! In: component ids and marker hints; rows of samples, one per component. Out: [`Coding`]; RGB.
//! Must not know where rows come from.

/// What the components mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gray,
    YCbCr,
    Rgb,
    Cmyk,
    Ycck,
}

/// Whether there is a JFIF segment, and the transform that an Adobe segment names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hints {
    pub(crate) jfif: bool,
    pub(crate) adobe: Option<u8>,
}

impl Coding {
    /// Follows the rules that decoders share: JFIF means YCbCr; otherwise the Adobe transform byte
    /// decides, then the component ids.
    pub(crate) fn new(ids: &[u8], hints: Hints) -> Self {
        match (ids, hints.adobe) {
            ([_], _) => Self::Gray,
            ([_, _, _], _) if hints.jfif => Self::YCbCr,
            ([_, _, _], Some(0)) => Self::Rgb,
            (b"RGB", None) => Self::Rgb,
            ([_, _, _], _) => Self::YCbCr,
            (_, None | Some(0)) => Self::Cmyk,
            _ => Self::Ycck,
        }
    }

    /// Samples per pixel.
    pub(crate) fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::YCbCr | Self::Rgb => 3,
            Self::Cmyk | Self::Ycck => 4,
        }
    }
}

/// Pixels converted together, so that the arithmetic is vectorized.
const TILE: usize = 32;

/// Converts a row to interleaved RGB.
#[inline(always)]
pub(super) fn ycc_to_rgb_row(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    let (ys, y_rest) = y.as_chunks::<TILE>();
    let (cbs, cb_rest) = cb.as_chunks::<TILE>();
    let (crs, cr_rest) = cr.as_chunks::<TILE>();
    let (pixels, _) = out.as_chunks_mut::<3>();
    let (tiles, rest) = pixels.as_chunks_mut::<TILE>();
    for (((tile, y), cb), cr) in tiles.iter_mut().zip(ys).zip(cbs).zip(crs) {
        let (mut red, mut green, mut blue) = ([0; TILE], [0; TILE], [0; TILE]);
        for i in 0..TILE {
            [red[i], green[i], blue[i]] = rgb(y[i], cb[i], cr[i]);
        }
        for i in 0..TILE {
            tile[i] = [red[i], green[i], blue[i]];
        }
    }
    for (((pixel, &y), &cb), &cr) in rest.iter_mut().zip(y_rest).zip(cb_rest).zip(cr_rest) {
        *pixel = rgb(y, cb, cr);
    }
}

/// One pixel. The factors are those of libjpeg (1.402, 0.34414, 0.71414 and 1.772 times 2^16), less
/// whole multiples of 2^16 so that they fit in 16 bits.
#[inline(always)]
pub(crate) fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb).wrapping_sub(128), i32::from(cr).wrapping_sub(128));
    let scaled = |value: i32| value.wrapping_add(1 << 15) >> 16;
    let red = scaled(cr.wrapping_mul(26_345)).wrapping_add(cr);
    let green = scaled(cb.wrapping_mul(-22_554).wrapping_add(cr.wrapping_mul(18_734))).wrapping_sub(cr);
    let blue = scaled(cb.wrapping_mul(-14_942)).wrapping_add(cb).wrapping_add(cb);
    #[expect(clippy::cast_sign_loss, reason = "clamped")]
    [red, green, blue].map(|offset| y.wrapping_add(offset).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every chroma pair at seven luma values, against the formula in floating point. The bound is
    /// half a unit for rounding, and a little for the factors of libjpeg.
    #[test]
    fn every_color_is_within_one_of_the_formula() {
        for y in [0, 1, 77, 128, 200, 254, 255] {
            for cb in 0..=255 {
                for cr in 0..=255 {
                    let (fy, fb, fr) = (f64::from(y), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
                    let exact = [fy + 1.402 * fr, fy - 0.344_136 * fb - 0.714_136 * fr, fy + 1.772 * fb];
                    for (ours, exact) in rgb(y, cb, cr).into_iter().zip(exact) {
                        assert!(
                            (f64::from(ours) - exact.clamp(0.0, 255.0)).abs() <= 0.51 + 0.01,
                            "{y} {cb} {cr}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn color_space_follows_jfif_then_adobe_then_component_ids() {
        let coding = |ids: &[u8], jfif, adobe| Coding::new(ids, Hints { jfif, adobe });
        assert_eq!(coding(&[1], false, Some(1)), Coding::Gray);
        assert_eq!(coding(b"RGB", true, Some(0)), Coding::YCbCr);
        assert_eq!(coding(&[1, 2, 3], false, Some(0)), Coding::Rgb);
        assert_eq!(coding(b"RGB", false, Some(1)), Coding::YCbCr);
        assert_eq!(coding(b"RGB", false, None), Coding::Rgb);
        assert_eq!(coding(&[0, 1, 2], false, None), Coding::YCbCr);
        assert_eq!(coding(&[1, 2, 3, 4], true, None), Coding::Cmyk);
        assert_eq!(coding(&[1, 2, 3, 4], true, Some(2)), Coding::Ycck);
    }
}
