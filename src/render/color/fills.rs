//! [`Fills`]: the colors of options that show beside the picture.
//!
//! Plain data.

use crate::options::Color;

/// The colors around and behind the pixels, as far as they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fills {
    pub(crate) background: Option<Color>,
    pub(crate) border: Option<Color>,
}
