//! The table from samples and layouts to the pixel types of `fast_image_resize`.
//!
//! The types are named here, and only here, so that no kernel is compiled for any other pixel type.

use fast_image_resize::PixelTrait;
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4, U16, U16x2, U16x3, U16x4};

/// A sample, and the pixel types that are made of one to four of it.
pub(super) trait Sample: bytemuck::Pod + Send + Sync {
    type One: PixelTrait;
    type Two: PixelTrait;
    type Three: PixelTrait;
    type Four: PixelTrait;
}

impl Sample for u8 {
    type One = U8;
    type Two = U8x2;
    type Three = U8x3;
    type Four = U8x4;
}

impl Sample for u16 {
    type One = U16;
    type Two = U16x2;
    type Three = U16x3;
    type Four = U16x4;
}

/// Calls `$job.$method::<P, $sample>(…)` with the pixel type `P` for `$job.layout`.
macro_rules! call_with_pixel_type {
    ($job:ident.$method:ident::<$sample:ty>($($argument:expr),* $(,)?)) => {{
        use $crate::render::frame::Layout;
        match $job.layout {
            Layout::Gray => $job.$method::<<$sample as Sample>::One, $sample>($($argument),*),
            Layout::GrayAlpha => $job.$method::<<$sample as Sample>::Two, $sample>($($argument),*),
            Layout::Rgb => $job.$method::<<$sample as Sample>::Three, $sample>($($argument),*),
            Layout::Rgba | Layout::Cmyk => {
                $job.$method::<<$sample as Sample>::Four, $sample>($($argument),*)
            }
        }
    }};
}
pub(super) use call_with_pixel_type;
