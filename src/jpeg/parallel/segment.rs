//! One segment of a scan, read by one thread.
//!
//! In: where it begins, perhaps inside a code, and where the next one does. Out: MCUs, and where
//! each began. A segment that begins inside a code yields garbage at first, then resynchronizes,
//! usually within about 100 bytes. Must not know where in the picture an MCU is.

use std::cmp::Ordering;

use super::super::bits::Reservoir;
use super::super::cpu::{Cpu, Work};
use super::super::stream::Stream;
use super::first_segment::FirstSegment;
use super::mcu::McuCodec;
use super::mcu_buffer::{ChunkQueue, McuBuffer};
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// MCUs read between interrupt checks.
const CHECK_INTERVAL: usize = 256;

/// Bits per MCU, to convert the overlap to a number of MCUs. That number ends the overlap where
/// MCUs are smaller than this.
const MCU_BITS: usize = 64;

/// More bytes than a chunk of a stream has. The difference of what is left of them gives the bits
/// read.
const BEYOND_CHUNK: usize = usize::MAX >> 8;

/// What all segments are read with.
pub(super) struct Context<'t, 'a> {
    pub(super) codec: &'t McuCodec<'t>,
    pub(super) chunks: &'t ChunkQueue<'a>,
    pub(super) budget: &'t Budget<'t>,
}

pub(super) struct Segment<'a> {
    stream: Stream<'a>,
    /// The whole file; taken once the data up to the next segment are unpacked.
    all_bytes: Option<&'a [u8]>,
    /// Whether the segment may begin inside an MCU.
    unaligned: bool,
    predicted: [i16; 4],
    /// MCUs that were transformed directly, before those in the buffer, and the DC prediction after
    /// them.
    direct: (usize, [i16; 4]),
    /// Bits read after these, without stuffing.
    bits_read: usize,
    /// Where the next segment begins, as a number of bits like `bits_read`, and the number of MCUs
    /// read just before. `None` until reading comes near.
    boundary: Option<(usize, usize)>,
    pub(super) mcus: McuBuffer<'a>,
    /// No more can be read: the data end or are malformed, or there is no memory left.
    exhausted: bool,
}

impl<'a> Segment<'a> {
    /// The data from `start` to `end`, then beyond. `unaligned` says that `start` may be inside an
    /// MCU. Neither offset may be between a 0xff and its stuffed zero.
    pub(super) fn new(
        bytes: &'a [u8],
        [start, end]: [usize; 2],
        unaligned: bool,
        codec: &McuCodec<'_>,
    ) -> Self {
        let stream = Stream::new(bytes.get(..end).unwrap_or(bytes), start, codec.blocks());
        let (all_bytes, mcus) = (Some(bytes), McuBuffer::new(codec.area()));
        let (predicted, direct) = ([0; 4], (0, [0; 4]));
        Self {
            stream,
            all_bytes,
            unaligned,
            predicted,
            direct,
            bits_read: 0,
            boundary: None,
            mcus,
            exhausted: false,
        }
    }

    /// Lets `first_segment` read almost up to the next segment.
    pub(super) fn read_direct<P: Cpu>(
        &mut self,
        first_segment: FirstSegment<'_, P>,
        cpu: P,
        budget: &Budget<'_>,
    ) -> Result<()> {
        let Ok((mcus, state)) = first_segment.read(cpu, &mut self.stream, budget) else {
            self.exhausted = true;
            return budget.check_interrupt(Stage::Decode);
        };
        (self.predicted, self.direct) = (state.predicted, (mcus, state.predicted));
        Ok(())
    }

    /// Reads until it has `count` MCUs, or is `overlap_bits` bits or very many MCUs past the start
    /// of the next segment.
    pub(super) fn read<P: Cpu>(
        &mut self,
        cpu: P,
        context: &Context<'_, 'a>,
        overlap_bits: usize,
        count: usize,
    ) -> Result<()> {
        cpu.perform(Reading { segment: self, context, overlap_bits, count })
    }

    #[inline(always)]
    fn read_on(&mut self, context: &Context<'_, 'a>, overlap_bits: usize, count: usize) -> Result<()> {
        let mut until_check = 0;
        while !self.exhausted && self.mcus.len() < count {
            if !self.stream.has_whole_mcu() && self.pass_boundary() {
                continue;
            }
            if let Some((boundary, mcus)) = self.boundary
                && (self.bits_read >= boundary.saturating_add(overlap_bits)
                    || self.mcus.len() > mcus.saturating_add(overlap_bits / MCU_BITS))
            {
                break;
            }
            if until_check == 0 {
                context.budget.check_interrupt(Stage::Decode)?;
                until_check = CHECK_INTERVAL;
            }
            until_check -= 1;
            self.read_one(context);
        }
        Ok(())
    }

    #[inline(always)]
    fn read_one(&mut self, context: &Context<'_, 'a>) {
        let Some(kept) = self.mcus.next(self.bits_read, context.chunks) else {
            self.exhausted = true;
            return;
        };
        let mut bits = self.stream.bits();
        let before = bits.reservoir();
        let result = context.codec.read(&mut bits, &mut self.predicted, kept);
        let after = bits.reservoir();
        self.bits_read += passed(before, after);
        if self.stream.commit(after).is_err() {
            self.exhausted = true;
        } else if result.is_ok() {
            self.mcus.commit();
        } else {
            self.resync();
        }
    }

    /// Valid data that are decoded in sync have no faults, so everything before this fault was
    /// garbage: starts again one bit further on.
    #[cold]
    fn resync(&mut self) {
        if !self.unaligned || self.boundary.is_some() {
            self.exhausted = true;
            return;
        }
        self.mcus.clear();
        self.predicted = [0; 4];
        let mut bits = self.stream.bits();
        bits.ensure(1);
        bits.consume(1);
        let after = bits.reservoir();
        self.bits_read += 1;
        self.exhausted = self.stream.commit(after).is_err();
    }

    /// Continues into the next segment, once.
    #[cold]
    fn pass_boundary(&mut self) -> bool {
        let bits_left = self.all_bytes.take().and_then(|bytes| self.stream.extend(bytes));
        self.boundary =
            self.boundary.or(bits_left.map(|bits_left| (self.bits_read + bits_left, self.mcus.len())));
        bits_left.is_some()
    }

    /// MCUs that were transformed directly, before those in the buffer.
    pub(super) fn direct_mcus(&self) -> usize {
        self.direct.0
    }

    /// Bits read past the start of the next segment.
    pub(super) fn bits_past_boundary(&self) -> usize {
        self.boundary.map_or(0, |(boundary, _)| self.bits_read.saturating_sub(boundary))
    }

    /// Bits read.
    pub(super) fn bits_read(&self) -> usize {
        self.bits_read
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// The first MCU from `first` on that begins at the same bit as one of `next`, and that one.
    pub(super) fn find_joint(&self, first: usize, next: &Self) -> Option<(usize, usize)> {
        let (boundary, mcus) = self.boundary?;
        let (mut ours, mut theirs) = (first.max(mcus), 0);
        loop {
            let (our, their) = (self.mcus.start(ours)?, next.mcus.start(theirs)?.checked_add(boundary)?);
            match our.cmp(&their) {
                Ordering::Less => ours += 1,
                Ordering::Equal => return Some((ours, theirs)),
                Ordering::Greater => theirs += 1,
            }
        }
    }

    /// The DC prediction for an MCU.
    pub(super) fn predicted(&self, codec: &McuCodec<'_>, mcu: usize) -> [i16; 4] {
        mcu.checked_sub(1).map_or(self.direct.1, |before| codec.last(self.mcus.get(before)))
    }
}

/// The work of [`Segment::read`].
struct Reading<'s, 't, 'a> {
    segment: &'s mut Segment<'a>,
    context: &'s Context<'t, 'a>,
    overlap_bits: usize,
    count: usize,
}

impl Work for Reading<'_, '_, '_> {
    type Output = Result<()>;

    #[inline(always)]
    fn work(self) -> Result<()> {
        self.segment.read_on(self.context, self.overlap_bits, self.count)
    }
}

/// Bits read between two positions in one chunk.
#[inline(always)]
fn passed(before: Reservoir, after: Reservoir) -> usize {
    let bits_left = |reservoir: Reservoir| reservoir.bits_left(BEYOND_CHUNK).unwrap_or(0);
    bits_left(before).wrapping_sub(bits_left(after))
}
