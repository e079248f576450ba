//! [`Limits`]: the bounds that a caller sets, and the checks of values that a header or an option
//! states.
//!
//! In: values. Out: nothing, or an error that names the value and the bound.

use std::time::Duration;

use crate::error::{Cause, Error, LimitName, Result, Stage};

/// What one call may cost. Defaults are those of
/// [contract section 5](crate::docs::contract#5-identifiers-records-limits).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Maximum size of an input in bytes. Default 10 MB (10 000 000).
    pub max_input_bytes: u64,
    /// Maximum number of pixels in one frame of a source. Default 100 megapixels.
    pub max_pixels: u64,
    /// Maximum number of pixels decoded from an animated source, summed over all frames that are
    /// rendered, as stored (a frame may cover less than the canvas); and of an animated output: its
    /// size times the number of frames of the source. If only the first frame is rendered, only its
    /// pixels count. Default 50 megapixels.
    pub max_total_pixels: u64,
    /// Maximum number of bytes held at once by one call, counted before each allocation. Default
    /// 400 MB (400 000 000).
    ///
    /// Counts pixels, codec working memory as estimated from the header, and metadata, but not the
    /// input itself.
    pub max_memory_bytes: u64,
    /// Maximum width and height in pixels, of sources and of variants. Default 12 000.
    pub max_side: u32,
    /// Maximum number of frames in an animated source. Default 10 000.
    pub max_frames: u32,
    /// Maximum duration of one call, measured on the monotonic clock from the start of the call.
    /// Default `None`: no deadline, and the clock is never read.
    ///
    /// A deadline takes effect within 50 ms in every stage, whatever the file. The exceptions
    /// are encoders: libwebp's cannot be stopped while it compresses an alpha channel or, above the
    /// default effort, while it flushes its output; nor can the writing of a progressive JPEG.
    /// `SECURITY.md` gives the figures.
    pub deadline: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_input_bytes: 10_000_000,
            max_pixels: 100_000_000,
            max_total_pixels: 50_000_000,
            max_memory_bytes: 400_000_000,
            max_side: 12_000,
            max_frames: 10_000,
            deadline: None,
        }
    }
}

impl Limits {
    /// Fails if the side `field` of a variant is outside `1..=max_side`.
    pub(crate) fn check_variant_side(&self, field: &'static str, value: u32) -> Result<()> {
        if (1..=self.max_side).contains(&value) {
            return Ok(());
        }
        let cause = Cause::Side { field, value: value.to_string(), max: self.max_side };
        Err(Error::new(Stage::Options, cause))
    }

    /// Checks an output whose size follows from the source's and one given side.
    pub(crate) fn check_output(&self, width: u32, height: u32) -> Result<()> {
        let max = u64::from(self.max_side);
        at_most(Stage::Fit, "the width of the output", width.into(), "pixels", max, LimitName::MaxSide)?;
        at_most(Stage::Fit, "the height of the output", height.into(), "pixels", max, LimitName::MaxSide)
    }

    /// Fails if an input has too many bytes.
    pub(crate) fn check_input(&self, bytes: usize) -> Result<()> {
        at_most(
            Stage::Probe,
            "the input",
            bytes as u64,
            "bytes",
            self.max_input_bytes,
            LimitName::MaxInputBytes,
        )
    }

    /// Checks a source by the numbers in its header. `frame_pixels` counts the pixels of its first
    /// frame, as stored.
    pub(crate) fn check_source(&self, width: u32, height: u32, frames: u32, frame_pixels: u64) -> Result<()> {
        let pixels = u64::from(width) * u64::from(height);
        let max_side = u64::from(self.max_side);
        at_most(Stage::Probe, "the width", width.into(), "pixels", max_side, LimitName::MaxSide)?;
        at_most(Stage::Probe, "the height", height.into(), "pixels", max_side, LimitName::MaxSide)?;
        at_most(Stage::Probe, "the image", pixels, "pixels", self.max_pixels, LimitName::MaxPixels)?;
        if frames > 1 {
            let max_frames = u64::from(self.max_frames);
            at_most(
                Stage::Probe,
                "the animation",
                frames.into(),
                "frames",
                max_frames,
                LimitName::MaxFrames,
            )?;
        }
        // A frame may extend beyond its canvas.
        at_most(Stage::Probe, "the frame", frame_pixels, "pixels", self.max_pixels, LimitName::MaxPixels)
    }

    /// Checks the number of pixels in all frames of an animation that are to be decoded.
    pub(crate) fn check_decoded_frames(&self, pixels: u64) -> Result<()> {
        let (unit, max) = ("pixels in all rendered frames", self.max_total_pixels);
        at_most(Stage::Decode, "the animation", pixels, unit, max, LimitName::MaxTotalPixels)
    }

    /// Checks the number of pixels in all frames of an animation that are to be encoded.
    pub(crate) fn check_encoded_frames(&self, pixels: u64) -> Result<()> {
        let (unit, max) = ("pixels in all frames", self.max_total_pixels);
        at_most(Stage::Fit, "the animated output", pixels, unit, max, LimitName::MaxTotalPixels)
    }

    /// Fails if a call that holds `bytes` of memory would hold too many.
    pub(super) fn check_memory(&self, stage: Stage, bytes: u64) -> Result<()> {
        at_most(stage, "the memory needed", bytes, "bytes", self.max_memory_bytes, LimitName::MaxMemoryBytes)
    }
}

fn at_most(
    stage: Stage,
    what: &'static str,
    value: u64,
    unit: &'static str,
    max: u64,
    limit: LimitName,
) -> Result<()> {
    if value <= max {
        return Ok(());
    }
    Err(Error::new(stage, Cause::Limit { what, value, unit, max, limit }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_limit_accepts_its_bound_and_refuses_one_more() {
        let limits = Limits::default();
        assert!(limits.check_input(10_000_000).is_ok());
        assert!(limits.check_input(10_000_001).is_err());
        for (good, bad) in [
            ((12_000, 1, 1, 0), (12_001, 1, 1, 0)),
            ((1, 12_000, 1, 0), (1, 12_001, 1, 0)),
            ((10_000, 10_000, 1, 0), (10_001, 10_000, 1, 0)),
            ((1000, 1000, 50, 100_000_000), (1000, 1000, 50, 100_000_001)),
            ((1, 1, 10_000, 1), (1, 1, 10_001, 1)),
            ((1, 1, 1, 100_000_000), (1, 1, 1, 100_000_001)),
        ] {
            let check = |(width, height, frames, total)| limits.check_source(width, height, frames, total);
            assert!(check(good).is_ok(), "{good:?}");
            assert!(check(bad).is_err(), "{bad:?}");
        }
        assert!(limits.check_decoded_frames(50_000_000).is_ok());
        assert!(limits.check_decoded_frames(50_000_001).is_err());
    }
}
