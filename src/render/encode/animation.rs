//! Encodes an animation: one picture after another, each with the time for which it is shown
//! ([contract section 9](crate::docs::contract#9-animation)).
//!
//! In: finished pictures of one size, delays. Out: an encoded file. Pictures that do not differ from
//! the one before are merged with it. Holds three pictures, however many there are: an encoder sees
//! the one before and the one after. Must not know of sources.

use std::time::Duration;

use super::error::{check_side, internal};
use super::step::Step;
use super::{gif, png, webp};
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::{Format, OutputOptions};
use crate::render::catch_panic::catch_panic;
use crate::render::frame::{Image, Layout, Samples};
use crate::render::header::Playback;

/// The number of pictures that are held together.
pub(crate) const PICTURES_HELD: u64 = 3;

/// In hundredths of a second. Browsers show what is shorter for 100 ms.
const SHORTEST_IN_GIF: u32 = 2;

/// Writes an animation.
pub(crate) struct AnimationEncoder {
    session: Session,
    format: Format,
    size: Size,
    whole_frames: bool,
    /// The shortest delay that is played as it is, in the format's unit.
    shortest: u32,
    before: Option<Vec<u8>>,
    pending: Option<Pending>,
    /// When the picture that is added next is shown.
    now: Duration,
}

/// A picture whose end is not known yet.
struct Pending {
    picture: Vec<u8>,
    start: Duration,
}

enum Session {
    Gif(Box<gif::animation::Animation>),
    WebP(Box<webp::animation::Animation>),
    Png(Box<png::animation::Animation>),
}

impl AnimationEncoder {
    /// Starts a file of pictures of `size` that plays as the source does.
    pub(crate) fn begin(
        format: Format,
        size: Size,
        playback: Playback,
        output: &OutputOptions,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        let Playback { loop_count, duration } = playback;
        check_side(format, size)?;
        let whole_frames = output.whole_frames;
        let session = match format {
            Format::Gif => Session::Gif(Box::new(gif::animation::Animation::begin(
                size,
                loop_count,
                whole_frames,
                budget,
            )?)),
            Format::WebP => {
                let options = output.webp;
                let session =
                    webp::animation::Animation::begin(size, loop_count, whole_frames, options, budget)?;
                Session::WebP(Box::new(session))
            }
            Format::Png => {
                let session = png::animation::Animation::begin(
                    size,
                    loop_count,
                    whole_frames,
                    output.png,
                    false,
                    budget,
                )?;
                Session::Png(Box::new(session))
            }
            Format::Jpeg | Format::Avif => return Err(internal("this format has no animations")),
        };
        let (before, pending, now) = (None, None, Duration::ZERO);
        let shortest = if format == Format::Gif && !duration.is_zero() { SHORTEST_IN_GIF } else { 0 };
        Ok(Self { session, format, size, whole_frames, shortest, before, pending, now })
    }

    /// Adds a picture, RGBA, that is shown for `delay`.
    pub(crate) fn add(&mut self, picture: Image, delay: Duration, budget: &mut Budget<'_>) -> Result<()> {
        budget.check_interrupt(Stage::Encode)?;
        let Image { size, layout: Layout::Rgba, samples: Samples::Eight(mut picture) } = picture else {
            return Err(internal("the pictures of an animation are RGBA of 8 bits"));
        };
        if size != self.size {
            return Err(internal("the pictures of an animation have one size"));
        }
        clear_transparent(&mut picture, budget)?;
        let start = self.now;
        self.now = self.now.saturating_add(delay);
        if let Some(pending) = &self.pending
            && !self.whole_frames
            && is_same(&pending.picture, &picture, budget)?
        {
            release(picture, budget);
            return Ok(());
        }
        let mut next = Pending { picture, start };
        if let Some(pending) =
            self.pending.take_if(|last| units(last.start, start, self.format) < self.shortest)
        {
            // Players would show it for longer than it lasts: the next one takes its time.
            next.start = pending.start;
            release(pending.picture, budget);
        }
        self.write_pending(Some(&next), budget)?;
        self.pending = Some(next);
        Ok(())
    }

    /// Shows the last picture for another `delay`.
    pub(crate) fn extend(&mut self, delay: Duration) {
        self.now = self.now.saturating_add(delay);
    }

    /// Writes the last picture, and ends the file.
    pub(crate) fn finish(mut self, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
        self.write_pending(None, budget)?;
        self.before.take().into_iter().for_each(|picture| release(picture, budget));
        catch_panic(Stage::Encode, self.format.as_str(), || match self.session {
            Session::Gif(session) => session.finish(budget),
            Session::WebP(session) => session.finish(budget),
            Session::Png(session) => session.finish(budget),
        })
    }

    /// Writes the pending picture, whose time ends when that of the next one starts.
    fn write_pending(&mut self, next: Option<&Pending>, budget: &mut Budget<'_>) -> Result<()> {
        let Some(Pending { picture, start }) = self.pending.take() else { return Ok(()) };
        let step = Step {
            size: self.size,
            picture: picture.as_chunks().0,
            before: self.before.as_deref().map(|before| before.as_chunks().0),
            after: next.map(|next| next.picture.as_chunks().0),
            delay: units(start, next.map_or(self.now, |next| next.start), self.format).max(self.shortest),
        };
        catch_panic(Stage::Encode, self.format.as_str(), || match &mut self.session {
            Session::Gif(session) => session.add(&step, budget),
            Session::WebP(session) => session.add(&step, budget),
            Session::Png(session) => session.add(&step, budget),
        })?;
        if let Some(before) = self.before.replace(picture) {
            release(before, budget);
        }
        Ok(())
    }
}

/// The time from `start` to `end` in the format's unit: hundredths of a second in a GIF, otherwise
/// milliseconds. Both ends are rounded, so that errors do not add up.
fn units(start: Duration, end: Duration, format: Format) -> u32 {
    let unit = Duration::from_millis(if format == Format::Gif { 10 } else { 1 });
    let rounded = |time: Duration| (time + unit / 2).as_nanos() / unit.as_nanos();
    u32::try_from(rounded(end).saturating_sub(rounded(start))).unwrap_or(u32::MAX)
}

/// Bytes of a picture between interrupt checks.
const CHECK_INTERVAL: usize = 1 << 20;

/// The color of a transparent pixel does not count.
fn clear_transparent(picture: &mut [u8], budget: &Budget<'_>) -> Result<()> {
    for part in picture.chunks_mut(CHECK_INTERVAL) {
        budget.check_interrupt(Stage::Encode)?;
        for pixel in part.as_chunks_mut::<4>().0 {
            if pixel[3] == 0 {
                *pixel = [0; 4];
            }
        }
    }
    Ok(())
}

fn is_same(before: &[u8], picture: &[u8], budget: &Budget<'_>) -> Result<bool> {
    for (before, part) in before.chunks(CHECK_INTERVAL).zip(picture.chunks(CHECK_INTERVAL)) {
        budget.check_interrupt(Stage::Encode)?;
        if before != part {
            return Ok(false);
        }
    }
    Ok(true)
}

fn release(picture: Vec<u8>, budget: &mut Budget<'_>) {
    budget.release(picture.len() as u64);
    budget.recycle(picture);
}
