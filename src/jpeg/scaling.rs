//! The geometry of a scaled decode: what size each component comes out at, and which MCUs a window needs.
//!
//! In: the frame, a [`Scale`] and a [`Window`]. Out: [`ComponentGeometry`], and [`Span`]s of MCUs. Must not know of coefficients.

use super::Detail;
use super::frame::{Component, Frame};
use super::upsample::Upsample;

/// How much smaller than coded a picture is decoded. Sides are rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scale {
    Eighth,
    Quarter,
    Half,
    Full,
}

impl Scale {
    /// All, the smallest first.
    pub(crate) const ALL: [Self; 4] = [Self::Eighth, Self::Quarter, Self::Half, Self::Full];

    /// Eighths of the coded size: samples a side of a block.
    pub(crate) fn eighths(self) -> u32 {
        match self {
            Self::Eighth => 1,
            Self::Quarter => 2,
            Self::Half => 4,
            Self::Full => 8,
        }
    }

    /// Pixels for one of the picture as coded, across and down.
    pub(crate) fn density(self) -> (f64, f64) {
        let density = f64::from(self.eighths()) / 8.0;
        (density, density)
    }

    /// How long a side of `side` pixels comes out.
    pub(crate) fn of(self, side: u32) -> u32 {
        (side * self.eighths()).div_ceil(8)
    }
}

/// A part of the scaled picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// How one component comes out.
#[derive(Debug, Clone, Copy)]
pub(super) struct ComponentGeometry {
    /// Samples a side of each block: 1, 2, 4 or 8.
    pub(super) size: usize,
    /// The zigzag position behind the last coefficient that its transform takes.
    pub(super) keep: usize,
    /// Blocks of each MCU.
    pub(super) h: usize,
    pub(super) v: usize,
    /// Samples of the whole picture.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples for one pixel of the picture as coded, across and down.
    pub(super) density: (f64, f64),
    pub(super) upsample: Upsample,
}

impl ComponentGeometry {
    /// For pixels: each component gets the largest transform that needs no shrinking after, so that as little as possible
    /// is left to upsampling.
    pub(super) fn for_pixels(frame: &Frame, component: &Component, scale: Scale, detail: Detail) -> Self {
        let unit = scale.eighths() as usize;
        let Component { h, v, .. } = *component;
        let (across, down) = (frame.h_max * unit, frame.v_max * unit);
        let mut size = unit;
        while size < 8 && across % (h * size * 2) == 0 && down % (v * size * 2) == 0 {
            size *= 2;
        }
        Self::new(frame, component, scale, size, detail)
    }

    /// For planes: luma, the first component, gets the smallest transform that gives it all the pixels of the picture at
    /// its scale, chroma the one that gives it half a side of those at its own.
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
        let mut size = 1;
        while size < 8 && (h * size * part < frame.h_max * unit || v * size * part < frame.v_max * unit) {
            size *= 2;
        }
        Self::new(frame, component, luma, size, detail)
    }

    fn new(frame: &Frame, component: &Component, scale: Scale, size: usize, detail: Detail) -> Self {
        let unit = scale.eighths() as usize;
        let Component { h, v, .. } = *component;
        let (across, down) = (frame.h_max * unit, frame.v_max * unit);
        let width = (frame.width * h * size).div_ceil(frame.h_max * 8);
        let height = (frame.height * v * size).div_ceil(frame.v_max * 8);
        let upsample = Upsample::new((h * size, across), (v * size, down), width);
        #[expect(clippy::cast_precision_loss, reason = "factors and sizes of at most 8")]
        let density = |samples: usize, factor: usize| samples as f64 / (factor * 8) as f64;
        let density = (density(h * size, frame.h_max), density(v * size, frame.v_max));
        // The last position of a corner of 2 by 2 coefficients is 4, that of 4 by 4 is 24, where stands the one that changes most
        // both across and down; the last but one is 18.
        let keep = match (size, detail) {
            (1, _) => 1,
            (2, _) => 5,
            (4, Detail::Coarse) => 19,
            (4, Detail::Exact) => 25,
            _ => 64,
        };
        Self { size, keep, h, v, width, height, density, upsample }
    }

    pub(super) fn mcu_width(&self) -> usize {
        self.h * self.size
    }

    pub(super) fn mcu_height(&self) -> usize {
        self.v * self.size
    }
}

/// A range of MCUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    /// The MCUs of `mcu` pixels that `length` pixels from `start` on need with one pixel of context, out of `count`.
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
