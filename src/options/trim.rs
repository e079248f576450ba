//! [`Trim`] and [`Border`]: what is cut off the source, and what is put around the output.
//!
//! Plain values. Knows nothing of pixels.

use super::color::Color;

/// What is cut off the source, as displayed, before anything else is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Trim {
    /// Nothing.
    #[default]
    None,
    /// A number of pixels from each side. If nothing would be left, the whole picture is used, with
    /// a warning.
    Sides {
        /// Pixels from the top.
        top: u32,
        /// Pixels from the right.
        right: u32,
        /// Pixels from the bottom.
        bottom: u32,
        /// Pixels from the left.
        left: u32,
    },
    /// The border of one color.
    Border(TrimBorder),
}

impl Trim {
    /// A border of the color of the top left pixel, within a tolerance of 10.
    pub const BORDER: Self = Self::Border(TrimBorder { color: None, tolerance: 10, keep: 0 });
}

/// The border that [`Trim::Border`] cuts off: rows and columns of one color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrimBorder {
    /// Its color. `None`: that of the top left pixel.
    pub color: Option<Color>,
    /// The largest difference in any channel, 0 to 255, to the color. Default 10.
    pub tolerance: u8,
    /// Pixels of the border that are kept on each side. Default 0.
    pub keep: u32,
}

/// A border around the output, which grows by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Border {
    /// Pixels above.
    pub top: u32,
    /// Pixels on the right.
    pub right: u32,
    /// Pixels below.
    pub bottom: u32,
    /// Pixels on the left.
    pub left: u32,
    /// Its color. `None`: the background.
    pub color: Option<Color>,
}

impl Border {
    /// No border.
    pub const NONE: Self = Self { top: 0, right: 0, bottom: 0, left: 0, color: None };

    /// `width` pixels of `color` on all sides.
    pub const fn new(width: u32, color: Color) -> Self {
        Self { top: width, right: width, bottom: width, left: width, color: Some(color) }
    }

    /// `top`, `right`, `bottom` and `left` pixels of `color`.
    pub const fn sides([top, right, bottom, left]: [u32; 4], color: Color) -> Self {
        Self { top, right, bottom, left, color: Some(color) }
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        (self.top, self.right, self.bottom, self.left) == (0, 0, 0, 0)
    }
}
