//! One thread's share of a scan's data.
//!
//! In: where it begins, perhaps in the midst of a code, and where the next one's does. Out: MCUs, and where each began.
//! Who begins in the midst of a code reads nonsense at first, but falls into step after a hundred bytes or so, most
//! times. Must not know where in the picture an MCU is.

use std::cmp::Ordering;

use super::super::bits::Reservoir;
use super::super::cpu::{Cpu, Work};
use super::super::stream::Stream;
use super::first_segment::FirstSegment;
use super::mcu::McuCodec;
use super::mcu_buffer::{Lender, Mcus};
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// MCUs between two looks at the clock.
const CHECK_INTERVAL: usize = 256;

/// Where MCUs take fewer bits than this, as many are read as would take so many bits.
const MCU_BITS: usize = 64;

/// More bytes than a chunk of a stream has: what is left of them says how many bits were read.
const FAR: usize = usize::MAX >> 8;

/// What all shares are read with.
pub(super) struct Tools<'t, 'a> {
    pub(super) codec: &'t McuCodec<'t>,
    pub(super) lender: &'t Lender<'a>,
    pub(super) clock: &'t Budget<'t>,
}

pub(super) struct Segment<'a> {
    stream: Stream<'a>,
    /// All data, once those up to the next share are read.
    beyond: Option<&'a [u8]>,
    /// Whether it may have begun anywhere.
    guess: bool,
    predicted: [i16; 4],
    /// MCUs that went elsewhere before those that are kept, and the DC coefficients that the first of these is told from.
    led: (usize, [i16; 4]),
    /// Bits read since then, without stuffing.
    at: usize,
    /// By the same count, where the next share begins, and how many MCUs had been read just before; not known before it is
    /// near.
    border: Option<(usize, usize)>,
    pub(super) mcus: Mcus<'a>,
    /// No more can be read: the data end or are broken, or there is no memory.
    over: bool,
}

impl<'a> Segment<'a> {
    /// The data from `start` to `end`, then on; `guess` says that no MCU may begin at `start`. Neither may lie between a
    /// byte and its stuffing.
    pub(super) fn new(bytes: &'a [u8], [start, end]: [usize; 2], guess: bool, codec: &McuCodec<'_>) -> Self {
        let stream = Stream::new(bytes.get(..end).unwrap_or(bytes), start, codec.blocks());
        let (beyond, mcus) = (Some(bytes), Mcus::new(codec.area()));
        let (predicted, led) = ([0; 4], (0, [0; 4]));
        Self { stream, beyond, guess, predicted, led, at: 0, border: None, mcus, over: false }
    }

    /// Has `lead` read what of it is before about the next share.
    pub(super) fn begin<P: Cpu>(
        &mut self,
        lead: FirstSegment<'_, P>,
        cpu: P,
        clock: &Budget<'_>,
    ) -> Result<()> {
        let Ok((mcus, state)) = lead.read(cpu, &mut self.stream, clock) else {
            self.over = true;
            return clock.check_interrupt(Stage::Decode);
        };
        (self.predicted, self.led) = (state.predicted, (mcus, state.predicted));
        Ok(())
    }

    /// Reads until it has `count` MCUs or is `reach` bits past the beginning of the next share, or very many MCUs.
    pub(super) fn read<P: Cpu>(
        &mut self,
        cpu: P,
        tools: &Tools<'_, 'a>,
        reach: usize,
        count: usize,
    ) -> Result<()> {
        cpu.perform(Reading { segment: self, tools, reach, count })
    }

    #[inline(always)]
    fn read_on(&mut self, tools: &Tools<'_, 'a>, reach: usize, count: usize) -> Result<()> {
        let mut patience = 0;
        while !self.over && self.mcus.len() < count {
            if !self.stream.ready() && self.pass_border() {
                continue;
            }
            if let Some((border, mcus)) = self.border
                && (self.at >= border.saturating_add(reach)
                    || self.mcus.len() > mcus.saturating_add(reach / MCU_BITS))
            {
                break;
            }
            if patience == 0 {
                tools.clock.check_interrupt(Stage::Decode)?;
                patience = CHECK_INTERVAL;
            }
            patience -= 1;
            self.read_one(tools);
        }
        Ok(())
    }

    #[inline(always)]
    fn read_one(&mut self, tools: &Tools<'_, 'a>) {
        let Some(kept) = self.mcus.next(self.at, tools.lender) else {
            self.over = true;
            return;
        };
        let mut bits = self.stream.bits();
        let before = bits.reservoir();
        let result = tools.codec.read(&mut bits, &mut self.predicted, kept);
        let after = bits.reservoir();
        self.at += passed(before, after);
        if self.stream.read(after).is_err() {
            self.over = true;
        } else if result.is_ok() {
            self.mcus.keep();
        } else {
            self.start_over();
        }
    }

    /// In step with the code, sound data have no faults: all before this one was a wrong guess.
    #[cold]
    fn start_over(&mut self) {
        if !self.guess || self.border.is_some() {
            self.over = true;
            return;
        }
        self.mcus.clear();
        self.predicted = [0; 4];
        let mut bits = self.stream.bits();
        bits.ensure(1);
        bits.consume(1);
        let after = bits.reservoir();
        self.at += 1;
        self.over = self.stream.read(after).is_err();
    }

    /// Goes on where the next share begins, if that was not done before.
    #[cold]
    fn pass_border(&mut self) -> bool {
        let left = self.beyond.take().and_then(|bytes| self.stream.extend(bytes));
        self.border = self.border.or(left.map(|left| (self.at + left, self.mcus.len())));
        left.is_some()
    }

    /// MCUs that went elsewhere before those that are kept.
    pub(super) fn led(&self) -> usize {
        self.led.0
    }

    /// Bits read past the beginning of the next share.
    pub(super) fn past(&self) -> usize {
        self.border.map_or(0, |(border, _)| self.at.saturating_sub(border))
    }

    /// Bits read.
    pub(super) fn passed(&self) -> usize {
        self.at
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// The first MCU from `first` on that begins where one of `next` does, and that one.
    pub(super) fn meets(&self, first: usize, next: &Self) -> Option<(usize, usize)> {
        let (border, mcus) = self.border?;
        let (mut ours, mut theirs) = (first.max(mcus), 0);
        loop {
            let (our, their) = (self.mcus.start(ours)?, next.mcus.start(theirs)?.checked_add(border)?);
            match our.cmp(&their) {
                Ordering::Less => ours += 1,
                Ordering::Equal => return Some((ours, theirs)),
                Ordering::Greater => theirs += 1,
            }
        }
    }

    /// The DC coefficients that an MCU's are told from.
    pub(super) fn predicted(&self, codec: &McuCodec<'_>, mcu: usize) -> [i16; 4] {
        mcu.checked_sub(1).map_or(self.led.1, |before| codec.last(self.mcus.get(before)))
    }
}

/// What [`Segment::read`] does.
struct Reading<'s, 't, 'a> {
    segment: &'s mut Segment<'a>,
    tools: &'s Tools<'t, 'a>,
    reach: usize,
    count: usize,
}

impl Work for Reading<'_, '_, '_> {
    type Done = Result<()>;

    #[inline(always)]
    fn work(self) -> Result<()> {
        self.segment.read_on(self.tools, self.reach, self.count)
    }
}

/// Bits read between two places in one chunk.
#[inline(always)]
fn passed(before: Reservoir, after: Reservoir) -> usize {
    let left = |reservoir: Reservoir| reservoir.left(FAR).unwrap_or(0);
    left(before).wrapping_sub(left(after))
}
