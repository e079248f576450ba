//! An animated GIF, one picture after another.
//!
//! In: [`Step`]s. Out: a GIF89a file. Pixels with alpha below one half are transparent. Interrupts are
//! checked between rows. Memory does not depend on the number of pictures, except for the file.
//!
//! Only pixels that have changed are written, in the smallest area that holds them. Where pixels
//! vanish, the frame before clears its area, and what else was in it is written again. [`colors`]
//! chooses palettes and indices.

mod area;
mod canvas;
mod cells;
mod colors;
mod dither;
mod exact;
mod file;
mod lzw;
mod palette;

use self::area::Area;
use self::canvas::{Canvas, LEAVE};
use self::colors::{Colors, Picture, Table};
use self::file::{Disposal, File, Frame};
use self::lzw::Lzw;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Budget;
use crate::render::encode::error::internal;
use crate::render::encode::step::Step;

/// A frame that lasts longer than a file can say is followed by others that change nothing: at most
/// so many, which is half a day.
const MAX_FILLERS: u32 = 64;

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct Animation {
    canvas: Canvas,
    colors: Colors,
    lzw: Lzw,
    file: File,
    /// Whether each frame is written completely.
    whole_frames: bool,
    /// The number of indices that refer to the global palette.
    global_length: usize,
    /// Whether a frame has been written, and what happens when its time is over.
    last: Option<Disposal>,
    /// Bytes of memory that are reserved for everything but the file.
    working: u64,
}

impl Animation {
    /// `plays` is 0 for endless.
    pub(crate) fn begin(size: Size, plays: u32, whole_frames: bool, budget: &mut Budget<'_>) -> Result<Self> {
        let side = |value: u32| u16::try_from(value).map_err(internal);
        let (width, height) = (side(size.width)?, side(size.height)?);
        let fixed = Colors::BYTES + Lzw::BYTES;
        budget.reserve(Stage::Encode, fixed)?;
        Ok(Self {
            canvas: Canvas::new(size, budget)?,
            colors: Colors::new(),
            lzw: Lzw::new(),
            file: File::begin(width, height, plays, budget)?,
            whole_frames,
            global_length: 0,
            last: None,
            working: fixed + size.area() * Canvas::BYTES_PER_PIXEL,
        })
    }

    /// Appends a picture.
    pub(crate) fn add(&mut self, step: &Step<'_>, budget: &mut Budget<'_>) -> Result<()> {
        let vanishing = match step.after {
            Some(after) => self.canvas.vanishing(step.picture, after, budget)?,
            None => Area::EMPTY,
        };
        let is_first = self.last.is_none();
        let (changes, mut changed) = self.canvas.compare(step.picture, self.colors.tolerance(), budget)?;
        let mut area =
            if is_first || self.whole_frames { self.canvas.area() } else { changes.union(vanishing) };
        if self.whole_frames {
            changed = area.width() * area.height();
        }
        let mut table = Table::Global;
        if !area.is_empty() {
            let picture = Picture { pixels: step.picture, area, changed, complete: self.whole_frames };
            if changed > 0 || self.whole_frames {
                table = self.colors.index(&mut self.canvas, picture, budget)?;
            } else {
                self.leave(area);
            }
            if !is_first && !self.whole_frames {
                area = self.canvas.written(area).union(vanishing);
            }
        }
        if area.is_empty() {
            if self.last == Some(Disposal::Keep) && self.file.prolong(step.delay) {
                return Ok(());
            }
            area = Area::CORNER;
            self.leave(area);
        }
        self.write(step, table, area, vanishing, budget)
    }

    /// Lets all pixels of an area stay as they are.
    fn leave(&mut self, area: Area) {
        for y in area.top..area.bottom {
            let row = self.canvas.row(area, y);
            self.canvas.indices[row].fill(LEAVE);
        }
    }

    /// Writes a frame with the indices of an area, and others if it lasts long.
    fn write(
        &mut self,
        step: &Step<'_>,
        table: Table,
        area: Area,
        vanishing: Area,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let colors = self.colors.table(table);
        let (mut delay, rest) = split(step.delay);
        let mut fillers = rest.div_ceil(u32::from(u16::MAX)).min(MAX_FILLERS);
        if self.whole_frames {
            fillers = 0;
        }
        let ends = |fillers: u32| {
            if vanishing.is_empty() || fillers > 0 { Disposal::Keep } else { Disposal::Clear }
        };
        self.write_frame(step, &colors, table, (area, delay, ends(fillers)), budget)?;
        let mut last_area = area;
        let mut rest = rest;
        while fillers > 0 {
            fillers -= 1;
            (delay, rest) = split(rest);
            last_area = if fillers == 0 && !vanishing.is_empty() { vanishing } else { Area::CORNER };
            self.leave(last_area);
            self.write_frame(step, &[], Table::Global, (last_area, delay, ends(fillers)), budget)?;
        }
        if !vanishing.is_empty() {
            self.canvas.clear(last_area);
        }
        self.last = Some(ends(0));
        Ok(())
    }

    fn write_frame(
        &mut self,
        step: &Step<'_>,
        colors: &[[u8; 3]],
        table: Table,
        (area, delay, disposal): (Area, u16, Disposal),
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        // Without a transparent index, some viewers clear to the background color; others show no
        // transparency later if the first frame has none.
        let is_first_of_many = self.last.is_none() && step.after.is_some();
        let has_holes = disposal == Disposal::Clear || is_first_of_many || self.has_holes(area);
        let transparent = u8::try_from(colors.len()).unwrap_or(LEAVE);
        let length = colors.len() + usize::from(has_holes);
        let frame = Frame {
            area,
            delay,
            disposal,
            transparent: has_holes.then_some(transparent),
            colors: (table == Table::Own).then_some(colors),
        };
        self.file.begin_frame(&frame, budget)?;
        if table == Table::Global {
            self.global_length = self.global_length.max(length);
        }
        let mut shown = [[0; 4]; 256];
        for (slot, [red, green, blue]) in shown.iter_mut().zip(colors) {
            *slot = [*red, *green, *blue, u8::MAX];
        }
        self.lzw.start(length, self.file.bytes());
        let room = area.width() * 2 + 64;
        for y in area.top..area.bottom {
            self.canvas.check_interrupt(y, budget)?;
            self.file.make_room(room, budget)?;
            self.canvas.show(area, y, step.picture, &shown);
            let row = self.canvas.row(area, y);
            let row = &mut self.canvas.indices[row];
            row.iter_mut().for_each(|index| *index = if *index == LEAVE { transparent } else { *index });
            self.lzw.row(row, self.file.bytes());
        }
        self.file.make_room(512, budget)?;
        self.lzw.finish(self.file.bytes());
        Ok(())
    }

    fn has_holes(&self, area: Area) -> bool {
        (area.top..area.bottom).any(|y| self.canvas.indices[self.canvas.row(area, y)].contains(&LEAVE))
    }

    /// The file.
    pub(crate) fn finish(self, budget: &mut Budget<'_>) -> Result<Vec<u8>> {
        let file = self.file.finish(self.colors.global(), self.global_length, budget)?;
        budget.release(self.working);
        Ok(file)
    }
}

/// What a frame can last, and what is left of a delay.
fn split(delay: u32) -> (u16, u32) {
    let first = u16::try_from(delay).unwrap_or(u16::MAX);
    (first, delay - u32::from(first))
}

#[cfg(test)]
mod tests {
    use gif::{DecodeOptions, DisposalMethod, Repeat};

    use super::*;
    use crate::limits::{CancelToken, Limits};

    type Pixels = Vec<[u8; 4]>;

    const CLEAR: [u8; 4] = [0; 4];
    const RED: [u8; 4] = [200, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 10, 200, 255];

    /// Pictures, each with the time that it is shown.
    fn encoded(size: Size, pictures: &[(Pixels, u32)], plays: u32, whole_frames: bool) -> Vec<u8> {
        let limits = Limits::default();
        let budget = &mut Budget::start(&limits, None);
        let mut animation = Animation::begin(size, plays, whole_frames, budget).unwrap();
        for (number, (picture, delay)) in pictures.iter().enumerate() {
            let before = number.checked_sub(1).map(|before| &pictures[before].0[..]);
            let after = pictures.get(number + 1).map(|(picture, _)| &picture[..]);
            animation.add(&Step { size, picture, before, after, delay: *delay }, budget).unwrap();
        }
        let file = animation.finish(budget).unwrap();
        assert_eq!(budget.spent(), 0);
        file
    }

    struct Decoded {
        /// What is shown, and for how long.
        pictures: Vec<(Pixels, u32)>,
        repeat: Repeat,
        /// Left, top, width and height of each frame.
        areas: Vec<[u16; 4]>,
        local_palettes: usize,
    }

    fn decoded(file: &[u8]) -> Decoded {
        let mut options = DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(file).unwrap();
        let width = usize::from(decoder.width());
        let mut canvas = vec![CLEAR; width * usize::from(decoder.height())];
        let (mut pictures, mut areas, mut local_palettes) = (Vec::new(), Vec::new(), 0);
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            let (left, top) = (usize::from(frame.left), usize::from(frame.top));
            let places = (0..usize::from(frame.height))
                .flat_map(|y| (0..usize::from(frame.width)).map(move |x| (y + top) * width + x + left));
            let places: Vec<usize> = places.collect();
            for (place, pixel) in places.iter().zip(frame.buffer.as_chunks::<4>().0) {
                canvas[*place] = if pixel[3] == 0 { canvas[*place] } else { *pixel };
            }
            pictures.push((canvas.clone(), u32::from(frame.delay)));
            if frame.dispose == DisposalMethod::Background {
                places.iter().for_each(|place| canvas[*place] = CLEAR);
            }
            areas.push([frame.left, frame.top, frame.width, frame.height]);
            local_palettes += usize::from(frame.palette.is_some());
        }
        Decoded { pictures, repeat: decoder.repeat(), areas, local_palettes }
    }

    /// A square that moves over a ground.
    fn moving(size: Size, ground: [u8; 4], square: [u8; 4], count: u32) -> Vec<(Pixels, u32)> {
        let picture = |number: u32| {
            let inside = |x: u32, y: u32| (number..number + 5).contains(&x) && (2..6).contains(&y);
            let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
            pixels.map(|(x, y)| if inside(x, y) { square } else { ground }).collect()
        };
        (0..count).map(|number| (picture(number), 3 + number)).collect()
    }

    /// Noise with more colors than a palette holds.
    fn noise(size: Size, seed: u32) -> Pixels {
        let hash = |i: u32| (i ^ seed).wrapping_mul(0x9e37_79b1).rotate_left(13).wrapping_mul(0x85eb_ca6b);
        let pixel = |i: u32| {
            let [red, green, blue, _] = hash(i).to_le_bytes();
            [red, green, blue, 255]
        };
        (0..size.width * size.height).map(pixel).collect()
    }

    #[test]
    fn few_colors_are_exact_and_only_changes_are_written() {
        let size = Size::new(30, 9);
        let pictures = moving(size, BLUE, RED, 12);
        let decoded = decoded(&encoded(size, &pictures, 0, false));
        assert!(decoded.pictures == pictures);
        assert_eq!(decoded.areas[0], [0, 0, 30, 9]);
        assert_eq!(decoded.areas[4], [3, 2, 6, 4]);
        assert_eq!(decoded.local_palettes, 0);
    }

    #[test]
    fn pixels_become_transparent() {
        let size = Size::new(30, 9);
        let pictures = moving(size, CLEAR, RED, 12);
        for whole_frames in [false, true] {
            assert!(decoded(&encoded(size, &pictures, 0, whole_frames)).pictures == pictures);
        }
        let all: Pixels = vec![RED; 270];
        let pictures = [(all.clone(), 5), (vec![CLEAR; 270], 6), (all, 7), (vec![CLEAR; 270], 8)];
        assert!(decoded(&encoded(size, &pictures, 0, false)).pictures == pictures);
    }

    #[test]
    fn whole_frames_are_complete() {
        let size = Size::new(31, 9);
        let pictures = moving(size, BLUE, RED, 5);
        let file = encoded(size, &pictures, 0, true);
        let decoded = decoded(&file);
        assert!(decoded.pictures == pictures);
        assert!(decoded.areas.iter().all(|area| *area == [0, 0, 31, 9]));
        let same = noise(size, 7);
        let pictures = [(same.clone(), 4), (same.clone(), 4), (noise(size, 8), 4), (same, 4)];
        let decoded = self::decoded(&encoded(size, &pictures, 0, true));
        assert_eq!(decoded.areas, [[0, 0, 31, 9]; 4]);
        assert!(decoded.pictures[0] == decoded.pictures[1]);
    }

    #[test]
    fn a_pixel_is_transparent_below_half_of_alpha() {
        let picture = vec![[9, 8, 7, 127], [9, 8, 7, 128], [9, 8, 7, 255]];
        let decoded = decoded(&encoded(Size::new(3, 1), &[(picture, 1)], 0, false));
        assert_eq!(decoded.pictures[0].0, [CLEAR, [9, 8, 7, 255], [9, 8, 7, 255]]);
    }

    #[test]
    fn the_number_of_plays_becomes_one_of_repetitions() {
        let cases = [
            (0, Repeat::Infinite),
            (1, Repeat::Finite(0)),
            (2, Repeat::Finite(1)),
            (7, Repeat::Finite(6)),
            (u32::MAX, Repeat::Finite(u16::MAX)),
        ];
        for (plays, repeat) in cases {
            let file = encoded(Size::new(1, 1), &[(vec![RED], 1), (vec![BLUE], 2)], plays, false);
            let decoded = decoded(&file);
            assert_eq!(decoded.repeat, repeat);
            assert_eq!(decoded.pictures, [(vec![RED], 1), (vec![BLUE], 2)]);
            assert_eq!(file.windows(8).any(|bytes| bytes == b"NETSCAPE"), plays != 1);
        }
    }

    #[test]
    fn a_long_delay_is_divided_and_a_longer_one_cut() {
        let size = Size::new(4, 4);
        for (delay, shown) in
            [(65_535, 65_535), (65_536, 65_536), (200_000, 200_000), (u32::MAX, 65 * 65_535)]
        {
            let pictures = [(vec![RED; 16], delay), (vec![CLEAR; 16], 2), (vec![RED; 16], 3)];
            let decoded = decoded(&encoded(size, &pictures, 0, false));
            let first: u32 = decoded
                .pictures
                .iter()
                .take_while(|(pixels, _)| pixels[0] == RED)
                .map(|(_, delay)| delay)
                .sum();
            assert_eq!(first, shown);
            let rest = &decoded.pictures[decoded.pictures.len() - 2..];
            assert!(rest == &pictures[1..]);
        }
    }

    /// Changes that nobody sees are not written, but do not add up.
    #[test]
    fn what_does_not_change_is_shown_longer_and_errors_do_not_add_up() {
        let size = Size::new(40, 40);
        let ground = noise(size, 5);
        let brighter =
            |by: u8| ground.iter().map(|pixel| pixel.map(|sample| sample.saturating_add(by))).collect();
        let pictures: Vec<(Pixels, u32)> = (0..20).map(|by| (brighter(by), 10)).collect();
        let decoded = decoded(&encoded(size, &pictures, 0, false));
        assert!(decoded.pictures.len() < 20);
        assert_eq!(decoded.pictures.iter().map(|(_, delay)| delay).sum::<u32>(), 200);
        let mean = |pixels: &Pixels| pixels.iter().map(|pixel| f64::from(pixel[1])).sum::<f64>() / 1600.0;
        let off = mean(&decoded.pictures.last().unwrap().0) - mean(&pictures.last().unwrap().0);
        assert!(off.abs() < 3.0, "{off}");
    }

    #[test]
    fn many_colors_are_approximated_and_follow_the_pictures() {
        let size = Size::new(97, 61);
        let scene = |number: u32| -> Pixels {
            let byte = |value: u32| value.to_le_bytes()[0];
            let color = |x: u32, y: u32| match number / 4 {
                0 => [byte(x * 2), byte(y * 3), byte(16 * number), 255],
                _ => [byte(y), byte(255 - x), byte(16 * number + y), 255],
            };
            (0..61).flat_map(|y| (0..97).map(move |x| color(x, y))).collect()
        };
        let pictures: Vec<(Pixels, u32)> = (0..8).map(|number| (scene(number), 4)).collect();
        let file = encoded(size, &pictures, 0, false);
        assert!(file == encoded(size, &pictures, 0, false));
        let decoded = decoded(&file);
        assert_eq!(decoded.pictures.len(), 8);
        for ((shown, _), (wanted, _)) in decoded.pictures.iter().zip(&pictures) {
            let squares = shown.as_flattened().iter().zip(wanted.as_flattened());
            let sum: u32 = squares.map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum();
            assert!(sum / (97 * 61 * 3) < 24, "{}", sum / (97 * 61 * 3));
        }
        assert!((1..=7).contains(&decoded.local_palettes), "{}", decoded.local_palettes);
    }

    #[test]
    fn pictures_of_few_colors_each_are_exact() {
        let size = Size::new(16, 13);
        let byte = |value: u32| value.to_le_bytes()[0];
        let picture =
            |number: u32| (0..208).map(|i| [byte(i), byte(number), byte(number * i), 255]).collect();
        let pictures: Vec<(Pixels, u32)> = (0..9).map(|number| (picture(number), 4)).collect();
        assert!(decoded(&encoded(size, &pictures, 0, false)).pictures == pictures);
    }

    #[test]
    fn a_cancelled_call_stops_and_memory_is_limited() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        let size = Size::new(4, 4);
        let budget = &mut Budget::start(&limits, Some(&token));
        let mut animation = Animation::begin(size, 0, false, budget).unwrap();
        token.cancel();
        let step = Step { size, picture: &[RED; 16], before: None, after: None, delay: 1 };
        assert!(animation.add(&step, budget).is_err());
        let limits = Limits { max_memory_bytes: Colors::BYTES, ..Limits::default() };
        assert!(Animation::begin(size, 0, false, &mut Budget::start(&limits, None)).is_err());
    }
}
