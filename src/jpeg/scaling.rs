//! The geometry of a scaled decode: the size of each component, and the MCUs that a window needs.
//!
//! In: the frame, a [`Scale`] and a [`Window`]. Out: [`ComponentGeometry`], and [`Span`]s of MCUs.

use super::frame::{Component, Frame};
use super::upsample::Upsample;

/// The scale at which a picture is decoded. Sides are rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scale {
    Eighth,
    Quarter,
    Half,
    Full,
}

impl Scale {
    /// All scales, smallest first.
    pub(crate) const ALL: [Self; 4] = [Self::Eighth, Self::Quarter, Self::Half, Self::Full];

    /// Eighths of the coded size: samples per side of a block.
    pub(crate) fn eighths(self) -> u32 {
        match self {
            Self::Eighth => 1,
            Self::Quarter => 2,
            Self::Half => 4,
            Self::Full => 8,
        }
    }

    /// Decoded pixels per pixel of the picture as coded, horizontally and vertically.
    pub(crate) fn density(self) -> (f64, f64) {
        let density = f64::from(self.eighths()) / 8.0;
        (density, density)
    }

    /// The scaled length of a side of `side` pixels.
    pub(crate) fn of(self, side: u32) -> u32 {
        (side * self.eighths()).div_ceil(8)
    }
}

/// How much of what a scale can show is decoded. At full size the two are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// At 1/4 and below, AC bands of a progressive file are read from their first scans only,
    /// without the refinements that add the last bits, which halves the time. At 1/2 all
    /// coefficients except the last are used.
    Coarse,
    /// Everything.
    Exact,
}

/// A part of the scaled picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// The decoded size and layout of one component.
#[derive(Debug, Clone, Copy)]
pub(super) struct ComponentGeometry {
    /// Samples per side of each block: 1, 2, 4 or 8.
    pub(super) block_size: usize,
    /// The zigzag position after the last coefficient that the transform uses.
    pub(super) zigzag_end: usize,
    /// Blocks per MCU, horizontally and vertically.
    pub(super) h: usize,
    pub(super) v: usize,
    /// Samples of the whole picture.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples per pixel of the picture as coded, horizontally and vertically.
    pub(super) density: (f64, f64),
    pub(super) upsample: Upsample,
}

impl ComponentGeometry {
    /// For pixels: each component gets the largest transform that needs no shrinking afterwards, so
    /// that as little as possible is left to upsampling.
    pub(super) fn for_pixels(frame: &Frame, component: &Component, scale: Scale, detail: Detail) -> Self {
        let unit = scale.eighths() as usize;
        let Component { h, v, .. } = *component;
        let (mcu_width, mcu_height) = (frame.h_max * unit, frame.v_max * unit);
        let mut block_size = unit;
        while block_size < 8
            && mcu_width % (h * block_size * 2) == 0
            && mcu_height % (v * block_size * 2) == 0
        {
            block_size *= 2;
        }
        Self::new(frame, component, scale, block_size, detail)
    }

    /// For planes: luma, the first component, gets the smallest transform that has at least the
    /// pixels of the picture at its scale; chroma gets the smallest that has at least half of them
    /// per axis at its own.
    pub(super) fn for_planes(
        frame: &Frame,
        component: &Component,
        (luma, chroma): (Scale, Scale),
        detail: Detail,
    ) -> Self {
        let Component { h, v, .. } = *component;
        let first = frame.components.first().is_some_and(|first| first.id == component.id);
        let (unit, part) = if first { (luma.eighths(), 1) } else { (chroma.eighths(), 2) };
        let unit = unit as usize;
        let mut block_size = 1;
        while block_size < 8
            && (h * block_size * part < frame.h_max * unit || v * block_size * part < frame.v_max * unit)
        {
            block_size *= 2;
        }
        Self::new(frame, component, luma, block_size, detail)
    }

    fn new(frame: &Frame, component: &Component, scale: Scale, block_size: usize, detail: Detail) -> Self {
        let unit = scale.eighths() as usize;
        let Component { h, v, .. } = *component;
        let (mcu_width, mcu_height) = (frame.h_max * unit, frame.v_max * unit);
        let width = (frame.width * h * block_size).div_ceil(frame.h_max * 8);
        let height = (frame.height * v * block_size).div_ceil(frame.v_max * 8);
        let upsample = Upsample::new((h * block_size, mcu_width), (v * block_size, mcu_height), width);
        #[expect(clippy::cast_precision_loss, reason = "factors and sizes of at most 8")]
        let density = |samples: usize, factor: usize| samples as f64 / (factor * 8) as f64;
        let density = (density(h * block_size, frame.h_max), density(v * block_size, frame.v_max));
        // The last zigzag position of a corner of 2 by 2 coefficients is 4. That of 4 by 4 is 24,
        // the coefficient of the highest frequency in both directions; the last but one is 18.
        let zigzag_end = match (block_size, detail) {
            (1, _) => 1,
            (2, _) => 5,
            (4, Detail::Coarse) => 19,
            (4, Detail::Exact) => 25,
            _ => 64,
        };
        Self { block_size, zigzag_end, h, v, width, height, density, upsample }
    }

    pub(super) fn mcu_width(&self) -> usize {
        self.h * self.block_size
    }

    pub(super) fn mcu_height(&self) -> usize {
        self.v * self.block_size
    }
}

/// A range of MCUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    /// The MCUs that cover `length` pixels from `start` on, with one pixel of context at either
    /// side; an MCU has `mcu` pixels, and there are `count`.
    pub(super) fn new(start: usize, length: usize, mcu: usize, count: usize) -> Self {
        let end = (start + length + 1).div_ceil(mcu).min(count);
        Self { start: start.saturating_sub(1) / mcu, end }
    }

    pub(super) fn len(self) -> usize {
        self.end - self.start
    }

    pub(super) fn contains(self, index: usize) -> bool {
        (self.start..self.end).contains(&index)
    }
}
