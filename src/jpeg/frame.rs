//! The frame header (T.81 B.2.2) and the grid of blocks that follows from it (A.1, A.2).
//!
//! In: an SOF segment. Out: [`Frame`]. Must not know of scans, tables or pixels.

use super::error::{malformed, unsupported};
use super::marker::Segment;
use crate::error::Result;

/// A picture's size, coding process and components.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) progressive: bool,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) components: Vec<Component>,
    /// The largest sampling factors of any component.
    pub(super) h_max: usize,
    pub(super) v_max: usize,
}

const MAX_SCANS: u64 = 100;

/// Limit on the coefficients visited by all scans together: thirteen scans of the largest picture
/// that encoders produce.
const MAX_COEFFICIENTS_READ: u64 = 4_000_000_000;

/// One component (T.81 B.2.2).
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Horizontal and vertical sampling factors, 1 to 4.
    pub(super) h: usize,
    pub(super) v: usize,
    /// The slot of its quantization table.
    pub(super) quantization: usize,
    /// Blocks that hold samples of the picture: those that a scan of only this component codes.
    pub(super) block_columns: usize,
    pub(super) block_rows: usize,
}

impl Frame {
    /// Whether `marker` starts a frame header of any coding process.
    pub(super) fn is_sof(marker: u8) -> bool {
        matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf)
    }

    pub(super) fn parse(segment: &Segment<'_>) -> Result<Self> {
        match segment.marker {
            0xc0..=0xc2 => {}
            0xc3 | 0xc7 | 0xcb | 0xcf => return Err(unsupported("lossless coding")),
            0xc5 | 0xc6 | 0xcd | 0xce => return Err(unsupported("hierarchical coding")),
            _ => return Err(unsupported("arithmetic coding")),
        }
        let short = || malformed(segment.offset, "frame header of wrong length");
        let (&[precision, y1, y0, x1, x0, count], rest) =
            segment.payload.split_first_chunk().ok_or_else(short)?;
        if precision != 8 {
            return Err(unsupported(format!("{precision} bits per sample, only 8 are supported")));
        }
        let (height, width): (usize, usize) =
            (u16::from_be_bytes([y1, y0]).into(), u16::from_be_bytes([x1, x0]).into());
        if width == 0 || height == 0 {
            return Err(malformed(segment.offset, "frame with a width or height of 0"));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(unsupported(format!("{count} components, only 1, 3 and 4 are supported")));
        }
        let (described, []) = rest.as_chunks::<3>() else { return Err(short()) };
        if described.len() != usize::from(count) {
            return Err(short());
        }
        let mut components = Vec::with_capacity(4);
        for &[id, factors, table] in described {
            let (h, v) = (usize::from(factors >> 4), usize::from(factors & 15));
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) || table > 3 {
                return Err(malformed(
                    segment.offset,
                    "component with an invalid sampling factor or table slot",
                ));
            }
            // A picture of one component has one block per MCU, whatever its sampling factors
            // (A.2.2).
            let (h, v) = if count == 1 { (1, 1) } else { (h, v) };
            let quantization = table.into();
            components.push(Component { id, h, v, quantization, block_columns: 0, block_rows: 0 });
        }
        let h_max = components.iter().map(|c| c.h).max().unwrap_or(1);
        let v_max = components.iter().map(|c| c.v).max().unwrap_or(1);
        for component in &mut components {
            component.block_columns = (width * component.h).div_ceil(8 * h_max);
            component.block_rows = (height * component.v).div_ceil(8 * v_max);
        }
        Ok(Self { progressive: segment.marker == 0xc2, width, height, components, h_max, v_max })
    }

    /// Coefficients of all components, padded to whole MCUs.
    fn coefficients(&self) -> u64 {
        let (columns, rows) = self.mcus();
        let blocks: usize = self.components.iter().map(|component| component.h * component.v).sum();
        (columns * rows * blocks) as u64 * 64
    }

    /// The most scans that are read of this picture. Encoders write about ten; each costs a pass
    /// over all coefficients.
    pub(super) fn max_scans(&self) -> u64 {
        MAX_SCANS.min(MAX_COEFFICIENTS_READ / self.coefficients().max(1))
    }

    /// MCUs of an interleaved scan: columns and rows.
    pub(super) fn mcus(&self) -> (usize, usize) {
        (self.width.div_ceil(8 * self.h_max), self.height.div_ceil(8 * self.v_max))
    }
}
