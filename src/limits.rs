//! How much an image may cost: the [`Limits`] a caller sets, the `Budget` that is spent from them, and the
//! [`CancelToken`].
//!
//! In: sizes and times. Out: leave to go on, or an error naming the value and the bound. The only place that says
//! "too big". Knows nothing of formats.

mod buffer_pool;
mod interrupt;

#[cfg(feature = "parallel")]
use std::num::NonZeroUsize;
use std::time::Duration;

pub(crate) use self::buffer_pool::{BufferPool, Reused};
#[cfg(feature = "parallel")]
pub(crate) use self::buffer_pool::{Piece, Uncleared};
pub use self::interrupt::CancelToken;
pub(crate) use self::interrupt::Interrupt;
use crate::error::{Cause, Error, LimitName, Result, Stage};

/// What one call may cost. The defaults are those of contract section 5.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most bytes of an input. Default 10 MB (10 000 000).
    pub max_input_bytes: u64,
    /// Most pixels of one frame of a source. Default 100 megapixels.
    pub max_pixels: u64,
    /// Most pixels that are decoded of an animated source, over all its frames that are drawn, as stored (a frame may cover
    /// less than the canvas). Frames that are not drawn do not count: while the first is the only one that is, it alone does.
    /// Default 50 megapixels.
    pub max_total_pixels: u64,
    /// Most bytes held at once for one call, counted before each allocation. Default 400 MB (400 000 000).
    ///
    /// Counts pixels, codec working memory as estimated from the header, and metadata; not the input itself.
    pub max_memory_bytes: u64,
    /// Most pixels a side, of sources and of variants. Default 12 000.
    pub max_side: u32,
    /// Most frames of an animated source. Default 10 000.
    pub max_frames: u32,
    /// How long one call may take, measured from its start on the monotonic clock. Default `None`: no deadline.
    ///
    /// Looked at between stages; while JPEG, PNG, GIF and lossless WebP are decoded, at least every few milliseconds whatever
    /// the file; and while PNG and lossy WebP are written. Not interrupted are the decoding of lossy WebP, the writing of JPEG and
    /// GIF, and single steps over a whole variant: `SECURITY.md` says how long they take.
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
    /// Refuses a variant's side outside `1..=max_side`, naming `field`.
    pub(crate) fn check_variant_side(&self, field: &'static str, value: u32) -> Result<()> {
        if (1..=self.max_side).contains(&value) {
            return Ok(());
        }
        let cause = Cause::Side { field, value: value.to_string(), max: self.max_side };
        Err(Error::new(Stage::Options, cause))
    }

    /// Refuses an output whose size follows from the source's and one given side.
    pub(crate) fn check_output(&self, width: u32, height: u32) -> Result<()> {
        let max = u64::from(self.max_side);
        at_most(Stage::Fit, "the width of the output", width.into(), "pixels", max, LimitName::MaxSide)?;
        at_most(Stage::Fit, "the height of the output", height.into(), "pixels", max, LimitName::MaxSide)
    }

    /// Refuses an input of too many bytes.
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

    /// Refuses a source by the numbers in its header; `frame_pixels` are those of its first frame, as stored.
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
        // A frame may reach beyond its canvas.
        at_most(Stage::Probe, "the frame", frame_pixels, "pixels", self.max_pixels, LimitName::MaxPixels)
    }
}

impl Limits {
    /// Refuses to decode frames of an animation that have so many pixels together.
    pub(crate) fn check_decoded_frames(&self, pixels: u64) -> Result<()> {
        let (unit, max) = ("pixels over all frames that are drawn", self.max_total_pixels);
        at_most(Stage::Decode, "the animation", pixels, unit, max, LimitName::MaxTotalPixels)
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

#[cfg(feature = "parallel")]
const MOST_THREADS: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// What is left of the [`Limits`] during one call. Spent before each allocation that input sizes.
#[derive(Debug)]
pub(crate) struct Budget<'a> {
    limits: &'a Limits,
    interrupt: Interrupt<'a>,
    spent: u64,
    pool: BufferPool,
    #[cfg(feature = "parallel")]
    threads: NonZeroUsize,
}

impl<'a> Budget<'a> {
    /// Starts a call: the deadline counts from here.
    pub(crate) fn start(limits: &'a Limits, cancel: Option<&'a CancelToken>) -> Self {
        Self {
            limits,
            interrupt: Interrupt::set(cancel, limits.deadline),
            spent: 0,
            pool: BufferPool::default(),
            #[cfg(feature = "parallel")]
            threads: NonZeroUsize::MIN,
        }
    }

    /// Has memory that earlier calls left.
    pub(crate) fn with_pool(self, pool: BufferPool) -> Self {
        Self { pool, ..self }
    }

    /// What the next call can use.
    pub(crate) fn into_pool(self) -> BufferPool {
        self.pool
    }

    /// Allows work on `threads` threads at once, 16 at most.
    #[cfg(feature = "parallel")]
    pub(crate) fn with_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads: threads.min(MOST_THREADS), ..self }
    }

    /// What the caller allows.
    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// How many threads may work at once.
    pub(crate) fn threads(&self) -> usize {
        #[cfg(feature = "parallel")]
        return self.threads.get();
        #[cfg(not(feature = "parallel"))]
        1
    }

    /// Memory reserved and not given back.
    pub(crate) fn spent(&self) -> u64 {
        self.spent
    }

    /// Fails if the caller has cancelled or the deadline has passed. Cheap enough for a loop over rows.
    pub(crate) fn check_interrupt(&self, stage: Stage) -> Result<()> {
        self.interrupt.check_interrupt(stage)
    }

    /// What [`Self::check_interrupt`] looks at, for who cannot hold a budget.
    pub(crate) fn interrupt(&self) -> Interrupt<'a> {
        self.interrupt
    }

    /// Spends `bytes` of memory, or fails before anything is allocated.
    pub(crate) fn reserve(&mut self, stage: Stage, bytes: u64) -> Result<()> {
        self.check(stage, bytes)?;
        self.spent = self.spent.saturating_add(bytes);
        Ok(())
    }

    /// Fails if `bytes` of memory, besides those that are reserved, would exceed the limit.
    pub(crate) fn check(&self, stage: Stage, bytes: u64) -> Result<()> {
        let (needed, most) = (self.spent.saturating_add(bytes), self.limits.max_memory_bytes);
        at_most(stage, "the memory needed", needed, "bytes", most, LimitName::MaxMemoryBytes)
    }

    /// Gives back `bytes` that were reserved and are no longer held.
    pub(crate) fn release(&mut self, bytes: u64) {
        self.spent = self.spent.saturating_sub(bytes);
    }

    /// Takes a buffer that is no longer needed, for a later one. What was reserved for it is released by [`Self::release`].
    pub(crate) fn recycle(&mut self, buffer: Vec<u8>) {
        self.pool.put(buffer);
    }

    /// Like [`Self::zeroed`], but cleared piece by piece.
    #[cfg(feature = "parallel")]
    pub(crate) fn zeroed_in_pieces(&mut self, stage: Stage, len: usize) -> Result<Uncleared> {
        let Some(buffer) = self.pool.take_in_pieces(len) else {
            return self.zeroed(stage, len).map(Uncleared::new);
        };
        self.reserve(stage, len as u64)?;
        Ok(buffer)
    }

    /// Like [`Self::recycle`], of a buffer that was cleared piece by piece.
    #[cfg(feature = "parallel")]
    pub(crate) fn recycle_pieces(&mut self, buffer: Uncleared) {
        self.recycle(buffer.into_buffer());
    }

    /// Spends for, then allocates, `len` zeroed samples; never aborts.
    pub(crate) fn zeroed<T: bytemuck::Pod>(&mut self, stage: Stage, len: usize) -> Result<Vec<T>> {
        let bytes = (len as u64).saturating_mul(size_of::<T>() as u64);
        self.reserve(stage, bytes)?;
        // Buffers of bytes alone come and go.
        let pool = if size_of::<T>() == 1 { self.pool.take(len) } else { None };
        if let Some(Ok(samples)) = pool.map(bytemuck::allocation::try_cast_vec) {
            return Ok(samples);
        }
        bytemuck::allocation::try_zeroed_vec(len).map_err(|()| Error::new(stage, Cause::OutOfMemory(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn both_ends_of_each_source_limit() {
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

    #[test]
    fn memory_is_refused_before_it_is_taken_and_can_be_given_back() {
        let limits = Limits { max_memory_bytes: 100, ..Limits::default() };
        let mut budget = Budget::start(&limits, None);
        budget.reserve(Stage::Decode, 60).unwrap();
        let error = budget.zeroed::<u16>(Stage::Decode, 21).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert_eq!(
            error.to_string(),
            "the memory needed is 102 bytes, the limit is 100: raise Limits::max_memory_bytes to accept it"
        );
        budget.release(60);
        assert_eq!(budget.zeroed::<u16>(Stage::Decode, 50).unwrap().len(), 50);
    }
}
