//! The colors of samples.
//!
//! In: 8-bit samples of any layout except CMYK. Out: one [`Color`] per pixel.

use crate::render::frame::Layout;

/// A color of 8 bits: red, green, blue, alpha. A transparent one is all zeros.
pub(crate) type Color = [u8; 4];

/// Pixels processed between interrupt checks.
pub(super) const CHECK_INTERVAL: usize = 64 << 10;

/// The colors of `samples`.
pub(super) fn colors(
    samples: &[u8],
    layout: Layout,
) -> impl DoubleEndedIterator<Item = Color> + ExactSizeIterator {
    samples.chunks_exact(layout.channels()).map(|pixel| match *pixel {
        [gray] => [gray, gray, gray, u8::MAX],
        [red, green, blue] => [red, green, blue, u8::MAX],
        [gray, alpha] if alpha > 0 => [gray, gray, gray, alpha],
        [red, green, blue, alpha] if alpha > 0 => [red, green, blue, alpha],
        _ => [0; 4],
    })
}
