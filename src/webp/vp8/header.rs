//! The frame header (RFC 6386 sections 9 and 19.2) of a key frame.
//!
//! In: a frame. Out: its size, what it says of all macroblocks, and its partitions. Must not know how a macroblock is coded.

use super::bool_decoder::BoolDecoder;
use super::tables::{AC_STEPS, BANDS, Bands, DC_STEPS, Places, TOKEN_DEFAULTS, TOKEN_UPDATES};
use crate::error::Result;
use crate::webp::malformed;

const START: [u8; 3] = [0x9d, 0x01, 0x2a];

#[derive(Debug)]
pub(super) struct Header<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The first partition, after the header: modes.
    pub(super) modes: BoolDecoder<'a>,
    /// The others: tokens.
    pub(super) tokens: Vec<BoolDecoder<'a>>,
    /// Probabilities of the tree of segments, where each macroblock says its own.
    pub(super) segment_tree: Option<[u8; 3]>,
    pub(super) steps: [Dequant; 4],
    pub(super) filter: Option<Filter>,
    /// Of tokens, by kind of block.
    pub(super) probabilities: Box<[Places; 4]>,
    /// How likely a macroblock is not to be without coefficients, if any can be.
    pub(super) skip: Option<u8>,
}

/// What coefficients are multiplied by: DC and others, of luma, of luma's DCs, of chroma.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dequant {
    pub(super) luma: [i32; 2],
    pub(super) second: [i32; 2],
    pub(super) chroma: [i32; 2],
}

#[derive(Debug)]
pub(super) struct Filter {
    pub(super) simple: bool,
    /// By segment, and by whether each subblock has its mode.
    pub(super) strengths: [[Strength; 2]; 4],
}

/// Of a macroblock's edges (section 15.2).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Strength {
    /// 0: no filter.
    pub(super) limit: u8,
    pub(super) interior: u8,
    pub(super) variance: u8,
}

/// Changes of levels by segment.
#[derive(Debug, Default)]
struct Segments {
    enabled: bool,
    absolute: bool,
    quantizers: [i32; 4],
    levels: [i32; 4],
}

impl Segments {
    fn of(&self, base: i32, changes: &[i32; 4]) -> [i32; 4] {
        match (self.enabled, self.absolute) {
            (false, _) => [base; 4],
            (true, true) => *changes,
            (true, false) => changes.map(|change| base + change),
        }
    }
}

impl<'a> Header<'a> {
    /// Reads the header. If `lenient`, partitions may be cut short: their readers find out.
    pub(super) fn read(frame: &'a [u8], lenient: bool) -> Result<Self> {
        let short = || malformed("its frame header is cut short");
        let (&[a, b, c], rest) = frame.split_first_chunk().ok_or_else(short)?;
        let tag = u32::from_le_bytes([a, b, c, 0]);
        if tag & 1 == 1 {
            return Err(malformed("its frame is no key frame"));
        }
        if tag >> 1 & 7 > 3 {
            return Err(malformed("its frame is of a version above 3"));
        }
        let (start, rest) = rest.split_first_chunk().ok_or_else(short)?;
        if *start != START {
            return Err(malformed("its frame has another start code"));
        }
        let (&[w0, w1, h0, h1], rest) = rest.split_first_chunk().ok_or_else(short)?;
        let side = |low, high| usize::from(u16::from_le_bytes([low, high]) & 0x3fff);
        let (width, height) = (side(w0, w1), side(h0, h1));
        if width == 0 || height == 0 {
            return Err(malformed("its frame has no pixels"));
        }
        let (first, rest) = part(rest, (tag >> 5) as usize, lenient).ok_or_else(short)?;
        let mut modes = BoolDecoder::new(first);
        let decoder = &mut modes;

        let _color_space = decoder.flag();
        let _clamping = decoder.flag();
        let mut segments = Segments { enabled: decoder.flag(), ..Segments::default() };
        let segment_tree = if segments.enabled { segments.read(decoder) } else { None };
        let filter = read_filter(decoder, &segments);
        let tokens = partitions(decoder.number(2), rest, lenient)?;
        let steps = read_steps(decoder, &segments);
        let _refresh = decoder.flag();
        let probabilities = read_probabilities(decoder);
        let skip = decoder.flag().then(|| byte(decoder.number(8)));
        if modes.ended() {
            return Err(short());
        }
        Ok(Self { width, height, modes, tokens, segment_tree, steps, filter, probabilities, skip })
    }
}

/// Section 13.4.
fn read_probabilities(decoder: &mut BoolDecoder<'_>) -> Box<[Places; 4]> {
    let mut bands = Bands::default();
    let flat = bands.as_flattened_mut().as_flattened_mut().as_flattened_mut();
    for (probability, (&default, update)) in flat.iter_mut().zip(TOKEN_DEFAULTS.iter().zip(TOKEN_UPDATES)) {
        *probability = if decoder.bit(update) { byte(decoder.number(8)) } else { default };
    }
    Box::new(bands.map(|bands| BANDS.map(|band| bands[band])))
}

fn byte(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

impl Segments {
    /// Section 9.3.
    fn read(&mut self, decoder: &mut BoolDecoder<'_>) -> Option<[u8; 3]> {
        let (map, data) = (decoder.flag(), decoder.flag());
        if data {
            self.absolute = decoder.flag();
            self.quantizers = [(); 4].map(|()| decoder.optional(7).unwrap_or(0));
            self.levels = [(); 4].map(|()| decoder.optional(6).unwrap_or(0));
        }
        map.then(|| [(); 3].map(|()| if decoder.flag() { byte(decoder.number(8)) } else { u8::MAX }))
    }
}

/// Sections 9.6 and 15.2.
fn read_filter(decoder: &mut BoolDecoder<'_>, segments: &Segments) -> Option<Filter> {
    let simple = decoder.flag();
    let level = i32::try_from(decoder.number(6)).unwrap_or(0);
    let sharpness = byte(decoder.number(3));
    let (mut intra, mut subblocks) = (0, 0);
    let changes = decoder.flag();
    if changes && decoder.flag() {
        let references = [(); 4].map(|()| decoder.optional(6).unwrap_or(0));
        let modes = [(); 4].map(|()| decoder.optional(6).unwrap_or(0));
        (intra, subblocks) = (references[0], modes[0]);
    }
    let strengths = segments.of(level, &segments.levels).map(|level| {
        [level + intra, level + intra + subblocks]
            .map(|level| strength(level.clamp(0, 63).to_le_bytes()[0], sharpness))
    });
    (level != 0).then_some(Filter { simple, strengths })
}

fn strength(level: u8, sharpness: u8) -> Strength {
    if level == 0 {
        return Strength::default();
    }
    let mut interior = level >> (u8::from(sharpness > 0) + u8::from(sharpness > 4));
    if sharpness > 0 {
        interior = interior.min(9 - sharpness);
    }
    let interior = interior.max(1);
    let variance = u8::from(level >= 15) + u8::from(level >= 40);
    Strength { limit: 2 * level + interior, interior, variance }
}

/// Sections 9.6 and 14.1.
fn read_steps(decoder: &mut BoolDecoder<'_>, segments: &Segments) -> [Dequant; 4] {
    let base = i32::try_from(decoder.number(7)).unwrap_or(0);
    let [luma, second_dc, second_ac, chroma_dc, chroma_ac] =
        [(); 5].map(|()| decoder.optional(4).unwrap_or(0));
    let index = |index: i32, most: i32| usize::try_from(index.clamp(0, most)).unwrap_or(0);
    let dc = |at: i32, most: i32| i32::from(DC_STEPS[index(at, most)]);
    let ac = |at: i32| i32::from(AC_STEPS[index(at, 127)]);
    segments.of(base, &segments.quantizers).map(|base| Dequant {
        luma: [dc(base + luma, 127), ac(base)],
        second: [2 * dc(base + second_dc, 127), (ac(base + second_ac) * 155 / 100).max(8)],
        chroma: [dc(base + chroma_dc, 117), ac(base + chroma_ac)],
    })
}

/// Section 9.5: sizes of all partitions but the last, then the partitions.
fn partitions(log: u32, rest: &[u8], lenient: bool) -> Result<Vec<BoolDecoder<'_>>> {
    let wrong = || malformed("its frame's partitions are cut short");
    let count = 1_usize << log;
    let (sizes, mut rest) = part(rest, 3 * (count - 1), lenient).ok_or_else(wrong)?;
    let mut coders = Vec::with_capacity(count);
    for number in 0..count - 1 {
        let size = sizes.get(3 * number..).and_then(<[u8]>::first_chunk);
        let [a, b, c] = size.copied().unwrap_or_default();
        let size = u32::from_le_bytes([a, b, c, 0]) as usize;
        let (partition, others) = part(rest, size, lenient).ok_or_else(wrong)?;
        coders.push(BoolDecoder::new(partition));
        rest = others;
    }
    if rest.is_empty() && !lenient {
        return Err(wrong());
    }
    coders.push(BoolDecoder::new(rest));
    Ok(coders)
}

/// The first `length` bytes and the others; if `lenient`, as many as there are.
fn part(bytes: &[u8], length: usize, lenient: bool) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(length).or(lenient.then_some((bytes, &[])))
}
