//! Animated WebP: each frame holds what changed (RFC 9649, section 2.7).
//!
//! In: pictures of one size, one after another. Out: a WebP file with VP8X, ANIM, and an ANMF chunk for each frame. Lossless
//! frames compose to the pictures, up to the color of transparent pixels. Must not know how pictures came about, or of metadata.

use super::super::difference::{self, Area};
use super::super::error::{internal, out_of_memory};
use super::super::step::Step;
#[cfg(feature = "webp-lossy")]
use super::lossy::Shown;
use super::part::Part;
use super::{LOSSLESS_BYTES_PER_PIXEL, write};
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::options::WebpOptions;

/// What of an animation is being written.
pub(crate) struct Animation {
    size: Size,
    whole_frames: bool,
    options: WebpOptions,
    file: Vec<u8>,
    /// Where the duration of the last frame is in the file.
    last_duration: Option<usize>,
    has_alpha: bool,
    reserved: u64,
    #[cfg(feature = "webp-lossy")]
    shown: Option<Shown>,
}

const ANIMATION_FLAG: u8 = 0x02;
const ALPHA_FLAG: u8 = 0x10;
/// A frame's flag: do not blend.
const REPLACE: u8 = 0x02;
/// Where the flags of VP8X are in the file.
const FLAGS_AT: usize = 20;
/// Bytes of a frame's chunk before its picture.
const FRAME_HEADER: usize = 24;
/// A second file of a lossless frame is tried, with the pixels transparent that stay, if these are at least this part of the area.
const KEPT_PART: usize = 8;
const MAX_DURATION: u32 = 0xff_ffff;

impl Animation {
    /// Starts an animation that plays `loop_count` times, 0 for endlessly. With `whole_frames`, each frame holds all of its
    /// picture.
    pub(crate) fn begin(
        size: Size,
        loop_count: u32,
        whole_frames: bool,
        options: WebpOptions,
        budget: &mut Budget<'_>,
    ) -> Result<Self> {
        if size.area() == 0 {
            return Err(internal("an animation without pixels"));
        }
        let mut animation = Self {
            size,
            whole_frames,
            options,
            file: Vec::new(),
            last_duration: None,
            has_alpha: false,
            reserved: 0,
            #[cfg(feature = "webp-lossy")]
            shown: None,
        };
        #[cfg(feature = "webp-lossy")]
        if !options.lossless {
            animation.reserve(Shown::bytes(size), budget)?;
            animation.shown = Some(Shown::new(size)?);
        }
        if animation.is_lossless() {
            // Two copies of the pixels and their two files besides.
            animation.reserve((LOSSLESS_BYTES_PER_PIXEL + 16) * size.area(), budget)?;
        }
        animation.grow(64, budget)?;
        let plays = u16::try_from(loop_count).unwrap_or(u16::MAX).to_le_bytes();
        let file = &mut animation.file;
        file.extend(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0");
        file.extend([ANIMATION_FLAG, 0, 0, 0]);
        file.extend([size.width, size.height].into_iter().flat_map(|side| three_bytes(side - 1)));
        file.extend(b"ANIM\x06\0\0\0\0\0\0\0");
        file.extend(plays);
        Ok(animation)
    }

    fn is_lossless(&self) -> bool {
        #[cfg(feature = "webp-lossy")]
        return self.shown.is_none();
        #[cfg(not(feature = "webp-lossy"))]
        true
    }

    /// Adds a picture. If nothing of it is worth writing, the frame before is shown for longer.
    pub(crate) fn add(&mut self, step: &Step<'_>, budget: &mut Budget<'_>) -> Result<()> {
        difference::check(step, self.size)?;
        let changes = Step {
            before: step.before.filter(|_| !self.whole_frames && self.last_duration.is_some()),
            ..*step
        };
        let part = match self.lossy_part(&changes, budget) {
            Some(part) => part?,
            None => self.lossless_part(&changes, budget)?,
        };
        match part {
            Some(part) => self.write(&part, step.delay, budget),
            None => self.prolong(step, budget),
        }
    }

    #[cfg(feature = "webp-lossy")]
    fn lossy_part(&mut self, step: &Step<'_>, budget: &Budget<'_>) -> Option<Result<Option<Part>>> {
        self.shown.as_mut().map(|shown| shown.update(step, self.options, budget))
    }

    #[cfg(not(feature = "webp-lossy"))]
    fn lossy_part(&mut self, _: &Step<'_>, _: &Budget<'_>) -> Option<Result<Option<Part>>> {
        None
    }

    /// The changed pixels, as they are or with the others transparent, whichever takes less.
    fn lossless_part(&self, step: &Step<'_>, budget: &Budget<'_>) -> Result<Option<Part>> {
        let area = match step.before {
            None => Some(Area::whole(self.size)),
            Some(before) => difference::changed(step.picture, before, self.size, budget)?,
        };
        let Some(area) = area.map(|area| area.aligned(2)) else { return Ok(None) };
        let mut samples = Vec::new();
        let count = area.width * area.height * 4;
        samples.try_reserve_exact(count).map_err(|_| out_of_memory::<u8>(count))?;
        difference::cut(step.picture, self.size, area, &mut samples, budget)?;
        let options = WebpOptions { lossless: true, ..self.options };
        let encode = |samples: &[u8], blends: bool| -> Result<Part> {
            let has_alpha = samples.as_chunks::<4>().0.iter().any(|pixel| pixel[3] != u8::MAX);
            let file = write(samples, area.size()?, true, options, budget.interrupt())?;
            Ok(Part { area, file, blends, has_alpha })
        };
        let plain = encode(&samples, false)?;
        samples.clear();
        let overlay = difference::cut_changes(step, area, &mut samples, budget)?;
        if !overlay.blends || overlay.kept * KEPT_PART < area.width * area.height {
            return Ok(Some(plain));
        }
        let overlaid = encode(&samples, true)?;
        Ok(Some(if overlaid.file.len() < plain.file.len() { overlaid } else { plain }))
    }

    /// Appends a frame.
    fn write(&mut self, part: &Part, delay: u32, budget: &mut Budget<'_>) -> Result<()> {
        let size = part.area.size()?;
        let image = image_chunks(&part.file).ok_or_else(|| internal("the encoder wrote no picture"))?;
        let length = image.iter().map(|chunk| chunk.len()).sum::<usize>() + FRAME_HEADER - 8;
        self.grow(length + 8, budget)?;
        let corner = [part.area.left / 2, part.area.top / 2];
        self.file.extend(b"ANMF");
        self.file.extend(u32::try_from(length).map_err(internal)?.to_le_bytes());
        for half in corner {
            self.file.extend(three_bytes(u32::try_from(half).map_err(internal)?));
        }
        self.file.extend([size.width, size.height].into_iter().flat_map(|side| three_bytes(side - 1)));
        self.last_duration = Some(self.file.len());
        self.file.extend(three_bytes(delay.min(MAX_DURATION)));
        self.file.push(if part.blends { 0 } else { REPLACE });
        image.iter().for_each(|chunk| self.file.extend_from_slice(chunk));
        self.has_alpha |= part.has_alpha;
        Ok(())
    }

    /// Shows the last frame for longer, or again if it is shown for too long to say so.
    fn prolong(&mut self, step: &Step<'_>, budget: &mut Budget<'_>) -> Result<()> {
        let field = self.last_duration.and_then(|at| self.file.get_mut(at..)?.first_chunk_mut::<3>());
        let field = field.ok_or_else(|| internal("an animation without frames"))?;
        let [a, b, c] = *field;
        let sum = u32::from_le_bytes([a, b, c, 0]).saturating_add(step.delay);
        if sum <= MAX_DURATION {
            *field = three_bytes(sum);
            return Ok(());
        }
        // A transparent pixel changes nothing.
        let (size, options) = (Size::new(1, 1), WebpOptions { lossless: true, ..self.options });
        let file = write(&[0; 4], size, true, options, budget.interrupt())?;
        let part = Part { area: Area::whole(size), file, blends: true, has_alpha: true };
        self.write(&part, step.delay, budget)
    }

    /// The finished file.
    pub(crate) fn finish(mut self, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
        if self.last_duration.is_none() {
            return Err(internal("an animation without frames"));
        }
        let length = u32::try_from(self.file.len() - 8).map_err(internal)?;
        if let Some(field) = self.file.get_mut(4..8) {
            field.copy_from_slice(&length.to_le_bytes());
        }
        if let Some(flags) = self.file.get_mut(FLAGS_AT).filter(|_| self.has_alpha) {
            *flags |= ALPHA_FLAG;
        }
        budget.release(self.reserved);
        Ok(self.file)
    }

    fn reserve(&mut self, bytes: u64, budget: &mut Budget<'_>) -> Result<()> {
        budget.reserve(Stage::Encode, bytes)?;
        self.reserved += bytes;
        Ok(())
    }

    /// Makes room for `bytes` more in the file.
    fn grow(&mut self, bytes: usize, budget: &mut Budget<'_>) -> Result<()> {
        self.reserved += difference::grow(&mut self.file, bytes, budget)?;
        Ok(())
    }
}

fn three_bytes(value: u32) -> [u8; 3] {
    let [a, b, c, _] = value.to_le_bytes();
    [a, b, c]
}

/// The chunks of a still picture that a frame holds: ALPH and VP8, or VP8L.
fn image_chunks(file: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = file.get(12..)?;
    let mut image = Vec::new();
    while !rest.is_empty() {
        let (id, length) = (rest.first_chunk::<4>()?, rest.get(4..)?.first_chunk()?);
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?.checked_next_multiple_of(2)?;
        let (chunk, next) = rest.split_at_checked(length.checked_add(8)?)?;
        if matches!(id, b"ALPH" | b"VP8 " | b"VP8L") {
            image.push(chunk);
        }
        rest = next;
    }
    (!image.is_empty()).then_some(image)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image_webp::{LoopCount, WebPDecoder};

    use super::*;
    use crate::error::ErrorKind;
    use crate::limits::{CancelToken, Limits};

    type Picture = Vec<[u8; 4]>;

    const LOSSLESS: WebpOptions = WebpOptions { quality: 80, effort: 2, lossless: true };

    fn write(
        size: Size,
        pictures: &[(Picture, u32)],
        plays: u32,
        whole_frames: bool,
        options: WebpOptions,
    ) -> Vec<u8> {
        let limits = Limits::default();
        let mut budget = Budget::start(&limits, None);
        let mut animation = Animation::begin(size, plays, whole_frames, options, &mut budget).unwrap();
        for (number, (picture, delay)) in pictures.iter().enumerate() {
            let other = |number: Option<usize>| Some(&pictures.get(number?)?.0[..]);
            let (before, after) = (other(number.checked_sub(1)), other(Some(number + 1)));
            let step = Step { size, picture, before, after, delay: *delay };
            animation.add(&step, &mut budget).unwrap();
        }
        let file = animation.finish(&mut budget).unwrap();
        assert_eq!(budget.spent(), 0);
        file
    }

    /// The chunks of `chunks`.
    fn split(mut chunks: &[u8]) -> Vec<([u8; 4], &[u8])> {
        let mut found = Vec::new();
        while let Some((head, rest)) = chunks.split_first_chunk::<8>() {
            let [a, b, c, d, length @ ..] = *head;
            let length = u32::from_le_bytes(length) as usize;
            found.push(([a, b, c, d], &rest[..length]));
            chunks = &rest[length.next_multiple_of(2)..];
        }
        found
    }

    /// The area of a frame, its delay and its flags.
    fn header(frame: &[u8]) -> ([usize; 4], u32, u8) {
        let number = |at: usize| u32::from_le_bytes([frame[at], frame[at + 1], frame[at + 2], 0]);
        let side = |at: usize| number(at) as usize;
        ([side(0) * 2, side(3) * 2, side(6) + 1, side(9) + 1], number(12), frame[15])
    }

    /// The areas of the frames and their flags.
    fn frames(file: &[u8]) -> Vec<([usize; 4], u8)> {
        let frames = split(&file[12..]).into_iter().filter(|(id, _)| id == b"ANMF");
        frames.map(|(_, frame)| header(frame)).map(|(area, _, flags)| (area, flags)).collect()
    }

    /// The pixels of a frame, decoded as a file of its own.
    fn pixels(frame: &[u8], width: usize, height: usize) -> Picture {
        let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
        if frame[16..].starts_with(b"ALPH") {
            file.extend(b"VP8X\x0a\0\0\0\x10\0\0\0");
            let sides = [width, height].map(|side| u32::try_from(side - 1).unwrap());
            file.extend(sides.into_iter().flat_map(three_bytes));
        }
        file.extend(&frame[16..]);
        let length = u32::try_from(file.len() - 8).unwrap();
        file[4..8].copy_from_slice(&length.to_le_bytes());
        let mut decoder = WebPDecoder::new(Cursor::new(file)).unwrap();
        let mut samples = vec![0; decoder.output_buffer_size().unwrap()];
        decoder.read_image(&mut samples).unwrap();
        let pixel = |p: &[u8]| [p[0], p[1], p[2], p.get(3).copied().unwrap_or(255)];
        samples.chunks_exact(samples.len() / width / height).map(pixel).collect()
    }

    /// The pictures that are shown, with their delays. `image-webp` itself blends opaque pixels to levels that are one less.
    fn shown(file: &[u8]) -> Vec<(Picture, u32)> {
        let decoder = WebPDecoder::new(Cursor::new(file)).unwrap();
        assert!(decoder.is_animated());
        let (width, height) = decoder.dimensions();
        let mut canvas = vec![[0; 4]; (width * height) as usize];
        let frames = split(&file[12..]).into_iter().filter(|(id, _)| id == b"ANMF");
        let compose = |(_, frame)| {
            let ([left, top, columns, rows], delay, flags) = header(frame);
            assert!(left % 2 == 0 && top % 2 == 0);
            for (i, pixel) in pixels(frame, columns, rows).into_iter().enumerate() {
                assert!(pixel[3] == u8::MAX || decoder.has_alpha());
                let shown = &mut canvas[(top + i / columns) * width as usize + left + i % columns];
                let keeps = flags & REPLACE == 0 && pixel[3] == 0;
                assert!(flags & REPLACE != 0 || keeps || pixel[3] == u8::MAX || shown[3] == 0);
                *shown = if keeps { *shown } else { pixel };
            }
            (canvas.clone(), delay)
        };
        frames.map(compose).collect()
    }

    fn assert_same(file: &[u8], pictures: &[(Picture, u32)]) {
        let shown = shown(file);
        assert_eq!(shown.len(), pictures.len());
        for (number, ((shown, delay), (picture, expected))) in shown.iter().zip(pictures).enumerate() {
            assert_eq!(delay, expected);
            let differ = |pair: &(&[u8; 4], &[u8; 4])| !difference::same(*pair.0, *pair.1);
            assert_eq!(shown.iter().zip(picture).find(differ), None, "picture {number}");
        }
    }

    /// Few colors, some of them transparent or half so, which change here and there.
    fn flags(size: Size, colors: &[[u8; 4]], count: u32) -> Vec<(Picture, u32)> {
        let hash =
            |value: u32| (value.wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995).wrapping_mul(0x85eb_ca6b) >> 16;
        let color = |value: u32| colors[value as usize % colors.len()];
        let mut picture: Picture = (0..size.width * size.height).map(|i| color(hash(i / 5))).collect();
        (0..count)
            .map(|number| {
                for step in 0..hash(number) % 9 {
                    let at = hash(number * 31 + step) as usize % picture.len();
                    picture[at] = color(step + number);
                }
                let at = hash(number) as usize % picture.len();
                picture[at] = [number.to_le_bytes()[0], 77, 0, 255];
                (picture.clone(), 20 + number * 7)
            })
            .collect()
    }

    #[test]
    fn lossless_frames_compose_to_the_pictures() {
        let opaque = [[255, 0, 0, 255], [0, 90, 7, 255], [255; 4]];
        let mixed = [[255, 0, 0, 255], [0; 4], [9, 90, 200, 128], [1, 2, 3, 255]];
        for size in [(1, 1), (2, 1), (1, 7), (5, 3), (33, 17), (64, 40)].map(|(w, h)| Size::new(w, h)) {
            for colors in [&opaque[..], &mixed] {
                let pictures = flags(size, colors, 8);
                for whole_frames in [false, true] {
                    assert_same(&write(size, &pictures, 0, whole_frames, LOSSLESS), &pictures);
                }
            }
        }
    }

    fn canvas(size: Size, color: [u8; 4]) -> Picture {
        vec![color; (size.width * size.height) as usize]
    }

    #[test]
    fn a_frame_covers_what_changed_from_even_offsets() {
        let size = Size::new(50, 40);
        let first = canvas(size, [9, 9, 9, 255]);
        let mut second = first.clone();
        second[50 * 7 + 13] = [200, 0, 0, 255];
        second[50 * 12 + 20] = [0, 200, 0, 255];
        let pictures = [(first, 40), (second, 70)];
        let file = write(size, &pictures, 0, false, LOSSLESS);
        assert_same(&file, &pictures);
        let areas = frames(&file).iter().map(|(area, _)| *area).collect::<Vec<_>>();
        assert_eq!(areas, [[0, 0, 50, 40], [12, 6, 9, 7]]);
        let whole = write(size, &pictures, 0, true, LOSSLESS);
        assert!(frames(&whole).iter().all(|(area, flags)| *area == [0, 0, 50, 40] && *flags == REPLACE));
        assert_same(&whole, &pictures);
    }

    #[test]
    fn pixels_become_transparent() {
        let size = Size::new(40, 30);
        let mut pictures = vec![(canvas(size, [0; 4]), 30)];
        for x in 0..12 {
            let mut picture = canvas(size, [0; 4]);
            for y in 5..25 {
                picture[y * 40 + x * 2..][..9].fill([250, 80, 10, 255]);
                picture[y * 40 + x * 2 + 9] = [250, 80, 10, 100];
            }
            pictures.push((picture, 30));
        }
        pictures.push((canvas(size, [0; 4]), 30));
        assert_same(&write(size, &pictures, 0, false, LOSSLESS), &pictures);
        #[cfg(feature = "webp-lossy")]
        for ((shown, _), (picture, _)) in
            shown(&write(size, &pictures, 0, false, WebpOptions::new())).iter().zip(&pictures)
        {
            assert!(shown.iter().zip(picture).all(|(shown, wanted)| shown[3] == wanted[3]));
        }
    }

    #[test]
    fn plays_and_delays_are_stored() {
        let size = Size::new(3, 3);
        let color = |level: u8| canvas(size, [level, 0, 0, 255]);
        let pictures = [(color(1), 0), (color(2), 7), (color(3), 0xff_ffff)];
        for (plays, stored) in [(0, 0), (1, 1), (7, 7), (65_535, 65_535), (70_000, 65_535)] {
            let file = write(size, &pictures, plays, false, LOSSLESS);
            assert_same(&file, &pictures);
            let count = WebPDecoder::new(Cursor::new(&file)).unwrap().loop_count();
            assert_eq!(count, std::num::NonZeroU16::new(stored).map_or(LoopCount::Forever, LoopCount::Times));
        }
        let file = write(size, &[(color(1), u32::MAX), (color(2), 1)], 0, false, LOSSLESS);
        assert_eq!(shown(&file)[0].1, MAX_DURATION);
    }

    #[test]
    fn a_picture_that_looks_the_same_prolongs_the_one_before() {
        let size = Size::new(4, 4);
        let same = [(canvas(size, [1, 2, 3, 0]), 50), (canvas(size, [4, 5, 6, 0]), 30)];
        let shown_once = shown(&write(size, &same, 0, false, LOSSLESS));
        assert_eq!(shown_once.iter().map(|(_, delay)| *delay).collect::<Vec<_>>(), [80]);
        let long = [(same[0].0.clone(), MAX_DURATION), (same[1].0.clone(), 30)];
        let shown_twice = shown(&write(size, &long, 0, false, LOSSLESS));
        assert_eq!(shown_twice.iter().map(|(_, delay)| *delay).collect::<Vec<_>>(), [MAX_DURATION, 30]);
        assert_eq!(frames(&write(size, &same, 0, true, LOSSLESS)).len(), 2);
    }

    #[test]
    fn the_same_pictures_give_the_same_file() {
        let size = Size::new(61, 35);
        let pictures = flags(size, &[[255, 0, 0, 255], [0, 80, 0, 255], [7; 4]], 6);
        for options in [LOSSLESS, WebpOptions::new()] {
            let file = write(size, &pictures, 0, false, options);
            assert!(file == write(size, &pictures, 0, false, options));
        }
    }

    #[test]
    fn a_cancelled_call_stops_and_wrong_pictures_are_refused() {
        let (size, limits) = (Size::new(32, 32), Limits::default());
        let picture = canvas(size, [5, 6, 7, 255]);
        let step = Step { size, picture: &picture, before: None, after: None, delay: 10 };
        for options in [LOSSLESS, WebpOptions::new()] {
            let token = CancelToken::new();
            let mut budget = Budget::start(&limits, Some(&token));
            let mut animation = Animation::begin(size, 0, false, options, &mut budget).unwrap();
            let short = Step { picture: &picture[1..], ..step };
            assert_eq!(animation.add(&short, &mut budget).unwrap_err().kind(), ErrorKind::Internal);
            token.cancel();
            assert_eq!(animation.add(&step, &mut budget).unwrap_err().kind(), ErrorKind::Cancelled);
            assert!(animation.finish(&mut budget).is_err());
        }
        let small = Limits { max_memory_bytes: 20_000, ..Limits::default() };
        let mut budget = Budget::start(&small, None);
        assert!(Animation::begin(size, 0, false, LOSSLESS, &mut budget).is_err());
    }

    /// A texture that fades into another one, and grain that changes everywhere in a picture that stays.
    #[cfg(feature = "webp-lossy")]
    #[test]
    fn what_lossy_frames_leave_out_never_adds_up() {
        let size = Size::new(83, 66);
        let noise = |i: u32| (i.wrapping_mul(0x9e37_79b9) ^ (i << 7)).wrapping_mul(0x85eb_ca6b) >> 24;
        let sine = |x: u32, y: u32| ((x * 11 % 64).abs_diff(32) * 4 + (y * 5 % 64).abs_diff(32)) / 2;
        let pictures: Vec<(Picture, u32)> = (0..40_u32)
            .map(|number| {
                let pixel = |i: u32| {
                    let (x, y) = (i % 83, i / 83);
                    let fading = (sine(x, y) * (39 - number) + 90 * number) / 39;
                    let grain = noise(i * 64 + number * 9) % 4;
                    let level = if x < 40 { fading } else { 40 + sine(y, x) + grain };
                    let [level, ..] = level.min(255).to_le_bytes();
                    [level, level, level, 255]
                };
                ((0..83 * 66).map(pixel).collect(), 40)
            })
            .collect();
        let options = WebpOptions::new().quality(80);
        let file = write(size, &pictures, 0, false, options);
        let whole = write(size, &pictures, 0, true, options);
        assert!(file.len() * 10 < whole.len() * 9, "{} of {}", file.len(), whole.len());
        let error = |shown: &Picture, wanted: &Picture| -> u64 {
            let squares = shown.iter().zip(wanted).map(|(a, b)| u64::from(a[1].abs_diff(b[1])).pow(2));
            squares.sum::<u64>() / 83
        };
        for (((some, _), (all, _)), (wanted, _)) in shown(&file).iter().zip(&shown(&whole)).zip(&pictures) {
            let (some, all) = (error(some, wanted), error(all, wanted));
            assert!(some < all * 3 / 2 + 66, "{some}, {all}");
        }
    }

    #[cfg(feature = "webp-lossy")]
    #[test]
    fn lossy_blocks_that_stay_are_transparent() {
        let size = Size::new(160, 96);
        let first: Picture = (0..160 * 96_u32)
            .map(|i| [(i % 160).to_le_bytes()[0], (i / 160).to_le_bytes()[0] * 2, 90, 255])
            .collect();
        let mut second = first.clone();
        for (x, y) in [(3, 3), (140, 80)] {
            (0..9).for_each(|row| second[(y + row) * 160 + x..][..9].fill([255, 255, 255, 255]));
        }
        let file = write(size, &[(first.clone(), 40), (second.clone(), 40)], 0, false, WebpOptions::new());
        assert_eq!(frames(&file).iter().map(|(_, flags)| *flags).collect::<Vec<_>>(), [REPLACE, 0]);
        let shown = shown(&file);
        let stays = |i: usize| first[i] == second[i] && (32..128).contains(&(i % 160));
        assert!((0..160 * 96).filter(|&i| stays(i)).all(|i| shown[0].0[i] == shown[1].0[i]));
        for ((shown, _), wanted) in shown.iter().zip([&first, &second]) {
            let worst = shown.iter().zip(wanted).map(|(a, b)| a[1].abs_diff(b[1])).max().unwrap();
            assert!(worst < 60, "{worst}");
        }
    }
}
