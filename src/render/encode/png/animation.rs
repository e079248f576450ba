//! Animated PNG: each frame holds what changed (PNG third edition, acTL, fcTL and fdAT).
//!
//! In: pictures of one size, one after another. Out: a PNG file whose first frame is also its still picture. Frames compose to the
//! pictures, up to the color of transparent pixels. Must not know how pictures came about, or of metadata.

use super::super::difference::{self, Area};
use super::super::error::{internal, out_of_memory};
use super::super::step::Step;
use super::encode_eight;
use crate::container::png;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::PngOptions;
use crate::render::frame::Layout;

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// Where the acTL chunk is in the file: after the signature and IHDR.
const ACTL_AT: usize = 33;
/// The length, type and checksum of a chunk.
const CHUNK_OVERHEAD: usize = 12;
/// Bytes of an fcTL chunk.
const CONTROL: usize = CHUNK_OVERHEAD + 26;

/// The blend operations.
const SOURCE: u8 = 0;
const OVER: u8 = 1;

/// A second file is tried, with the pixels transparent that stay, if these are at least this part of the area.
const KEPT_PART: usize = 4;

/// What of an animation is being written.
pub(crate) struct Animation {
    size: Size,
    plays: u32,
    whole_frames: bool,
    opaque: bool,
    file: Vec<u8>,
    frames: u32,
    /// The number of fcTL and fdAT chunks.
    sequence: u32,
    /// Milliseconds by which the delays that are written are too short so far.
    owed: u32,
    reserved: u64,
}

impl Animation {
    /// Starts an animation that plays `plays` times, 0 for endlessly. With `whole_frames`, each frame holds all of its picture.
    /// With `opaque`, alpha is not stored, and every pixel of every picture must be opaque: where everything moves, this takes a
    /// tenth less, but where little does, twice as much, because pixels that stay cannot be left out.
    ///
    /// Pixels are stored as they are, whatever the options say: a palette would have to be that of all pictures, which are not
    /// known yet, and sources of 16 bits are not animated.
    pub(crate) fn begin(
        size: Size,
        plays: u32,
        whole_frames: bool,
        _: PngOptions,
        opaque: bool,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        if size.area() == 0 {
            return Err(internal("an animation without pixels"));
        }
        // The samples of a frame, and two files of it.
        let reserved = 12 * size.area() + 4096;
        budget.reserve(Stage::Encode, reserved)?;
        let file = Vec::new();
        Ok(Self { size, plays, whole_frames, opaque, file, frames: 0, sequence: 0, owed: 0, reserved })
    }

    /// Adds a picture.
    pub(crate) fn add(&mut self, step: &Step<'_>, budget: &mut Budget<'_>) -> Result<()> {
        difference::check(step, self.size)?;
        let before = step.before.filter(|_| self.frames > 0);
        let area =
            match before.filter(|_| !self.whole_frames) {
                None => Area::whole(self.size),
                // The colors of transparent pixels may be all that differs: a frame is needed for the delay.
                Some(before) => difference::changed(step.picture, before, self.size, budget)?
                    .unwrap_or(Area { left: 0, top: 0, width: 1, height: 1 }),
            };
        let step = Step { before: before.filter(|_| !self.whole_frames && !self.opaque), ..*step };
        let (image, blend) = self.smallest(&step, area, budget)?;
        self.write(&image, area, blend, step.delay, budget)
    }

    /// The smallest file of an area that is worth a try, and how to blend it.
    fn smallest(&self, step: &Step<'_>, area: Area, budget: &Budget<'_>) -> Result<(Vec<u8>, u8)> {
        let layout = if self.opaque { Layout::Rgb } else { Layout::Rgba };
        let encode = |samples: &[u8]| encode_eight(samples, area.size()?, layout, budget.interrupt());
        let count = area.width * area.height;
        let mut samples = Vec::new();
        samples.try_reserve_exact(count * 4).map_err(|_| out_of_memory::<u8>(count * 4))?;
        difference::cut(step.picture, self.size, area, &mut samples, budget)?;
        if self.opaque {
            drop_alpha(&mut samples, budget)?;
        }
        let plain = encode(&samples)?;
        samples.clear();
        let overlay = difference::cut_changes(step, area, &mut samples, budget)?;
        if !overlay.blends || overlay.kept * KEPT_PART < count {
            return Ok((plain, SOURCE));
        }
        let overlaid = encode(&samples)?;
        Ok(if overlaid.len() < plain.len() { (overlaid, OVER) } else { (plain, SOURCE) })
    }

    /// Appends a frame: its control chunk, and the image data of a still picture.
    fn write(
        &mut self,
        image: &[u8],
        area: Area,
        blend: u8,
        delay: u32,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let data =
            chunks(image).filter(|(kind, _)| *kind == b"IDAT").map(|(_, data)| data).collect::<Vec<_>>();
        let bytes = data.iter().map(|data| data.len() + CHUNK_OVERHEAD + 4).sum::<usize>() + CONTROL;
        self.grow(bytes + ACTL_AT + 2 * CHUNK_OVERHEAD + 8, budget)?;
        if self.frames == 0 {
            let (_, header) = chunks(image).next().ok_or_else(|| internal("the encoder wrote no picture"))?;
            self.file.extend(SIGNATURE);
            add_chunk(&mut self.file, b"IHDR", &[header])?;
            add_chunk(&mut self.file, b"acTL", &[&[0; 8]])?;
        }
        let (delay, owed) = fraction(delay.saturating_add(self.owed));
        self.owed = owed;
        let mut control = Vec::with_capacity(CONTROL);
        control.extend(self.next_number());
        for side in [area.width, area.height, area.left, area.top] {
            control.extend(u32::try_from(side).map_err(internal)?.to_be_bytes());
        }
        control.extend(delay.into_iter().flat_map(u16::to_be_bytes));
        // Nothing is disposed of.
        control.extend([0, blend]);
        add_chunk(&mut self.file, b"fcTL", &[&control])?;
        for data in data {
            budget.check_interrupt(Stage::Encode)?;
            if self.frames == 0 {
                add_chunk(&mut self.file, b"IDAT", &[data])?;
            } else {
                let number = self.next_number();
                add_chunk(&mut self.file, b"fdAT", &[&number, data])?;
            }
        }
        self.frames += 1;
        Ok(())
    }

    fn next_number(&mut self) -> [u8; 4] {
        let number = self.sequence;
        self.sequence += 1;
        number.to_be_bytes()
    }

    /// The finished file.
    pub(crate) fn finish(mut self, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
        let mut control = Vec::new();
        // The field holds 31 bits.
        let plays = self.plays.min(i32::MAX.unsigned_abs());
        add_chunk(&mut control, b"acTL", &[&self.frames.to_be_bytes(), &plays.to_be_bytes()])?;
        let field = self.file.get_mut(ACTL_AT..ACTL_AT + control.len());
        field.ok_or_else(|| internal("an animation without frames"))?.copy_from_slice(&control);
        add_chunk(&mut self.file, b"IEND", &[])?;
        budget.release(self.reserved);
        Ok(self.file)
    }

    /// Makes room for `bytes` more in the file.
    fn grow(&mut self, bytes: usize, budget: &mut Budget<'_>) -> Result<()> {
        self.reserved += difference::grow(&mut self.file, bytes, budget)?;
        Ok(())
    }
}

/// Removes the fourth sample of every pixel.
fn drop_alpha(samples: &mut Vec<u8>, budget: &Budget<'_>) -> Result<()> {
    let pixels = samples.len() / 4;
    for pixel in 0..pixels {
        if pixel % (1 << 16) == 0 {
            budget.check_interrupt(Stage::Encode)?;
        }
        samples.copy_within(pixel * 4..pixel * 4 + 3, pixel * 3);
    }
    samples.truncate(pixels * 3);
    Ok(())
}

/// A delay in milliseconds as a fraction of a second, and the milliseconds that it is too short.
fn fraction(delay: u32) -> ([u16; 2], u32) {
    for (unit, per_second) in [(1, 1000), (10, 100), (100, 10)] {
        if let Ok(units) = u16::try_from(delay / unit) {
            return ([units, per_second], delay % unit);
        }
    }
    // Whole seconds; what exceeds 18 hours is lost.
    u16::try_from(delay / 1000).map_or(([u16::MAX, 1], 0), |seconds| ([seconds, 1], delay % 1000))
}

/// The types and data of the chunks of a file.
fn chunks(file: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = file.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let (data, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        rest = after.get(4..)?;
        Some((kind, data))
    })
}

/// Appends a chunk whose data is `parts`.
fn add_chunk(out: &mut Vec<u8>, kind: &[u8; 4], parts: &[&[u8]]) -> Result<()> {
    png::add_chunk(out, kind, parts).ok_or_else(|| internal("a chunk is too long"))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use ::png::{BlendOp, ColorType, Decoder, DisposeOp};

    use super::*;
    use crate::error::ErrorKind;
    use crate::limits::{CancelToken, Limits};

    type Picture = Vec<[u8; 4]>;

    fn write(
        size: Size,
        pictures: &[(Picture, u32)],
        plays: u32,
        whole_frames: bool,
        opaque: bool,
    ) -> Vec<u8> {
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        let options = PngOptions::default();
        let mut animation =
            Animation::begin(size, plays, whole_frames, options, opaque, &mut budget).unwrap();
        for (number, (picture, delay)) in pictures.iter().enumerate() {
            let before = number.checked_sub(1).map(|number| &pictures[number].0[..]);
            let step = Step { size, picture, before, after: None, delay: *delay };
            animation.add(&step, &mut budget).unwrap();
        }
        let file = animation.finish(&mut budget).unwrap();
        assert_eq!(budget.spent(), 0);
        file
    }

    /// What a file shows.
    struct Shown {
        plays: u32,
        color: ColorType,
        /// Pictures, their delays as fractions, their areas, and whether they are blended.
        frames: Vec<(Picture, [u16; 2], [u32; 4], bool)>,
    }

    fn shown(file: &[u8]) -> Shown {
        let mut reader = Decoder::new(Cursor::new(file)).read_info().unwrap();
        let (width, height, color) = (reader.info().width, reader.info().height, reader.info().color_type);
        let control = reader.info().animation_control.unwrap();
        let mut canvas = vec![[0; 4]; (width * height) as usize];
        let mut samples = vec![0; reader.output_buffer_size().unwrap()];
        let frames = (0..control.num_frames).map(|number| {
            let length = reader.next_frame(&mut samples).unwrap().buffer_size();
            let frame = *reader.info().frame_control().unwrap();
            let area = [frame.x_offset, frame.y_offset, frame.width, frame.height];
            let over = frame.blend_op == BlendOp::Over;
            assert!(frame.dispose_op == DisposeOp::None);
            assert!(number > 0 || area == [0, 0, width, height]);
            for (i, sample) in (0_u32..).zip(samples[..length].chunks_exact(color.samples())) {
                let (x, y) = (area[0] + i % area[2], area[1] + i / area[2]);
                let pixel = [sample[0], sample[1], sample[2], sample.get(3).copied().unwrap_or(255)];
                assert!(!over || matches!(pixel[3], 0 | 255));
                if !over || pixel[3] == 255 {
                    canvas[(y * width + x) as usize] = pixel;
                }
            }
            (canvas.clone(), [frame.delay_num, frame.delay_den], area, over)
        });
        let frames = frames.collect();
        Shown { plays: control.num_plays, color, frames }
    }

    fn assert_same(file: &[u8], pictures: &[(Picture, u32)]) {
        let frames = shown(file).frames;
        assert_eq!(frames.len(), pictures.len());
        for (number, ((shown, ..), (picture, _))) in frames.iter().zip(pictures).enumerate() {
            let differ = |pair: &(&[u8; 4], &[u8; 4])| !difference::same(*pair.0, *pair.1);
            assert_eq!(shown.iter().zip(picture).find(differ), None, "picture {number}");
        }
    }

    fn hash(value: u32) -> u32 {
        (value.wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995).wrapping_mul(0x85eb_ca6b) >> 16
    }

    /// Grain in which some pixels change, from picture to picture.
    fn changing(size: Size, alphas: &[u8], count: u32) -> Vec<(Picture, u32)> {
        let pixel = |value: u32| {
            let [a, b, ..] = hash(value).to_le_bytes();
            [a, b, 7, alphas[value as usize % alphas.len()]]
        };
        let mut picture: Picture = (0..size.width * size.height).map(pixel).collect();
        let next = |number: u32| {
            for step in 0..hash(number) % 9 {
                let at = hash(number * 31 + step) as usize % picture.len();
                picture[at] = pixel(step + number);
            }
            let at = hash(number) as usize % picture.len();
            picture[at] = [number.to_le_bytes()[0], 77, 0, 255];
            (picture.clone(), 40)
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn frames_compose_to_the_pictures() {
        for size in [(1, 1), (2, 1), (1, 7), (5, 3), (33, 17), (64, 40)].map(|(w, h)| Size::new(w, h)) {
            for alphas in [&[255][..], &[0, 255], &[0, 90, 255, 255]] {
                let pictures = changing(size, alphas, 8);
                for whole_frames in [false, true] {
                    let file = write(size, &pictures, 0, whole_frames, false);
                    assert_same(&file, &pictures);
                    assert!(file == write(size, &pictures, 0, whole_frames, false));
                    let whole = [0, 0, size.width, size.height];
                    assert!(
                        !whole_frames || shown(&file).frames.iter().all(|(_, _, area, _)| *area == whole)
                    );
                }
                if alphas == [255] {
                    let file = write(size, &pictures, 0, false, true);
                    assert_same(&file, &pictures);
                    assert_eq!(shown(&file).color, ColorType::Rgb);
                }
            }
        }
    }

    #[test]
    fn pixels_become_transparent_and_pictures_may_be_nothing_else() {
        let size = Size::new(9, 5);
        let picture = |color| vec![color; 45];
        let mut half = picture([200, 0, 0, 255]);
        half[20..].fill([0; 4]);
        let pictures =
            [picture([0; 4]), picture([200, 0, 0, 255]), half, picture([1, 2, 3, 0]), picture([0; 4])];
        let pictures = pictures.map(|picture| (picture, 100));
        assert_same(&write(size, &pictures, 0, false, false), &pictures);
    }

    #[test]
    fn pixels_that_stay_are_transparent_if_that_is_smaller() {
        let size = Size::new(100, 80);
        let first: Picture = (0..8000)
            .map(|i| (hash(i).to_le_bytes(), hash(i + 9999).to_le_bytes()[0]))
            .map(|([a, b, ..], c)| [a, b, c, 255])
            .collect();
        let mut second = first.clone();
        (second[101], second[7950]) = ([0, 0, 0, 255], [0, 0, 0, 255]);
        let pictures = [(first, 10), (second, 10)];
        let file = write(size, &pictures, 0, false, false);
        assert_same(&file, &pictures);
        let frames = shown(&file).frames;
        assert!(!frames[0].3 && frames[1].3);
        assert_eq!(frames[1].2, [1, 1, 50, 79]);
        assert!(file.len() < 8000 * 4 + 1500, "{}", file.len());
    }

    #[test]
    fn plays_and_delays_are_stored() {
        let picture = |level| vec![[level, 0, 0, 255]];
        let delays = [0, 7, 65_535, 65_536, 65_541, 655_360, 7_000_000, 70_000_000];
        let pictures = (1..).zip(delays).map(|(level, delay)| (picture(level), delay)).collect::<Vec<_>>();
        for (plays, stored) in [(0, 0), (1, 1), (u32::MAX, 0x7fff_ffff)] {
            let shown = shown(&write(Size::new(1, 1), &pictures, plays, false, false));
            assert_eq!(shown.plays, stored);
            let delays = shown.frames.iter().map(|(_, delay, ..)| *delay).collect::<Vec<_>>();
            let expected = [
                [0, 1000],
                [7, 1000],
                [65_535, 1000],
                [6553, 100],
                // With 6 ms from before.
                [6554, 100],
                [6553, 10],
                [7000, 1],
                [65_535, 1],
            ];
            assert_eq!(delays, expected);
        }
    }

    #[test]
    fn a_cancelled_call_stops_and_wrong_pictures_are_refused() {
        let (size, limits, token) = (Size::new(32, 32), Limits::default(), CancelToken::new());
        let picture = vec![[5, 6, 7, 255]; 32 * 32];
        let step = Step { size, picture: &picture, before: None, after: None, delay: 10 };
        let mut budget = Budget::start(&limits, Some(&token));
        let mut animation =
            Animation::begin(size, 0, false, PngOptions::default(), false, &mut budget).unwrap();
        let short = Step { picture: &picture[1..], ..step };
        assert_eq!(animation.add(&short, &mut budget).unwrap_err().kind(), ErrorKind::Internal);
        token.cancel();
        assert_eq!(animation.add(&step, &mut budget).unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(animation.finish(&mut budget).is_err());
    }
}
