//! The frame header of a key frame (RFC 6386 sections 9 and 19.2).
//!
//! In: a frame. Out: its size, parameters of all macroblocks, and partitions. Must not know how
//! macroblocks are coded.

use super::bool_decoder::BoolDecoder;
use super::tables::{
    AC_QUANTIZERS, BANDS, CoefficientProbabilities, DC_QUANTIZERS, DEFAULT_PROBABILITIES,
    PositionProbabilities, UPDATE_PROBABILITIES,
};
use crate::error::Result;
use crate::webp::error::malformed;

const START: [u8; 3] = [0x9d, 0x01, 0x2a];

#[derive(Debug)]
pub(super) struct Header<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The rest of the first partition: modes.
    pub(super) modes: BoolDecoder<'a>,
    /// The other partitions: tokens.
    pub(super) tokens: Vec<BoolDecoder<'a>>,
    /// Probabilities of the segment id tree, if each macroblock stores its segment.
    pub(super) segment_tree: Option<[u8; 3]>,
    pub(super) dequant: [Dequant; 4],
    pub(super) filter: Option<Filter>,
    /// Token probabilities, by block type.
    pub(super) probabilities: Box<[PositionProbabilities; 4]>,
    /// Probability that a macroblock is not skipped, if skipping is enabled.
    pub(super) skip: Option<u8>,
}

/// Dequantization factors, `[DC, AC]` each, of luma, of Y2 and of chroma.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dequant {
    pub(super) y1: [i32; 2],
    pub(super) y2: [i32; 2],
    pub(super) uv: [i32; 2],
}

#[derive(Debug)]
pub(super) struct Filter {
    pub(super) simple: bool,
    /// By segment, and by whether each subblock has its own mode.
    pub(super) limits: [[FilterLimits; 2]; 4],
}

/// Thresholds of the loop filter for one macroblock (section 15.2).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FilterLimits {
    /// Limit for subblock edges; 0 disables the filter.
    pub(super) edge_limit: u8,
    pub(super) interior_limit: u8,
    pub(super) hev_threshold: u8,
}

/// Adjustments of quantizer and filter level, by segment.
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
    /// Reads the header. If `lenient`, partitions may be truncated; reading them will detect that.
    pub(super) fn read(frame: &'a [u8], lenient: bool) -> Result<Self> {
        let truncated = || malformed("truncated frame header");
        let (&[a, b, c], rest) = frame.split_first_chunk().ok_or_else(truncated)?;
        let tag = u32::from_le_bytes([a, b, c, 0]);
        if tag & 1 == 1 {
            return Err(malformed("the frame is not a key frame"));
        }
        if tag >> 1 & 7 > 3 {
            return Err(malformed("unknown frame version"));
        }
        let (start, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
        if *start != START {
            return Err(malformed("invalid frame start code"));
        }
        let (&[w0, w1, h0, h1], rest) = rest.split_first_chunk().ok_or_else(truncated)?;
        let side = |low, high| usize::from(u16::from_le_bytes([low, high]) & 0x3fff);
        let (width, height) = (side(w0, w1), side(h0, h1));
        if width == 0 || height == 0 {
            return Err(malformed("the frame has no pixels"));
        }
        let (first, rest) = part(rest, (tag >> 5) as usize, lenient).ok_or_else(truncated)?;
        let mut modes = BoolDecoder::new(first);
        let decoder = &mut modes;

        let _color_space = decoder.read_flag();
        let _clamping = decoder.read_flag();
        let mut segments = Segments { enabled: decoder.read_flag(), ..Segments::default() };
        let segment_tree = if segments.enabled { segments.read(decoder) } else { None };
        let filter = read_filter(decoder, &segments);
        let tokens = partitions(decoder.read_literal(2), rest, lenient)?;
        let dequant = read_dequant(decoder, &segments);
        let _refresh = decoder.read_flag();
        let probabilities = read_probabilities(decoder);
        let skip = decoder.read_flag().then(|| byte(decoder.read_literal(8)));
        if modes.past_end() {
            return Err(truncated());
        }
        Ok(Self { width, height, modes, tokens, segment_tree, dequant, filter, probabilities, skip })
    }
}

/// Section 13.4.
fn read_probabilities(decoder: &mut BoolDecoder<'_>) -> Box<[PositionProbabilities; 4]> {
    let mut bands = CoefficientProbabilities::default();
    let flat = bands.as_flattened_mut().as_flattened_mut().as_flattened_mut();
    for (probability, (&default, update)) in
        flat.iter_mut().zip(DEFAULT_PROBABILITIES.iter().zip(UPDATE_PROBABILITIES))
    {
        *probability = if decoder.read_bool(update) { byte(decoder.read_literal(8)) } else { default };
    }
    Box::new(bands.map(|bands| BANDS.map(|band| bands[band])))
}

fn byte(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

impl Segments {
    /// Section 9.3.
    fn read(&mut self, decoder: &mut BoolDecoder<'_>) -> Option<[u8; 3]> {
        let (map, data) = (decoder.read_flag(), decoder.read_flag());
        if data {
            self.absolute = decoder.read_flag();
            self.quantizers = [(); 4].map(|()| decoder.read_optional(7).unwrap_or(0));
            self.levels = [(); 4].map(|()| decoder.read_optional(6).unwrap_or(0));
        }
        map.then(|| {
            [(); 3].map(|()| if decoder.read_flag() { byte(decoder.read_literal(8)) } else { u8::MAX })
        })
    }
}

/// Sections 9.6 and 15.2.
fn read_filter(decoder: &mut BoolDecoder<'_>, segments: &Segments) -> Option<Filter> {
    let simple = decoder.read_flag();
    let level = i32::try_from(decoder.read_literal(6)).unwrap_or(0);
    let sharpness = byte(decoder.read_literal(3));
    let (mut intra, mut subblocks) = (0, 0);
    let changes = decoder.read_flag();
    if changes && decoder.read_flag() {
        let references = [(); 4].map(|()| decoder.read_optional(6).unwrap_or(0));
        let modes = [(); 4].map(|()| decoder.read_optional(6).unwrap_or(0));
        (intra, subblocks) = (references[0], modes[0]);
    }
    let limits = segments.of(level, &segments.levels).map(|level| {
        [level + intra, level + intra + subblocks]
            .map(|level| filter_limits(level.clamp(0, 63).to_le_bytes()[0], sharpness))
    });
    (level != 0).then_some(Filter { simple, limits })
}

fn filter_limits(level: u8, sharpness: u8) -> FilterLimits {
    if level == 0 {
        return FilterLimits::default();
    }
    let mut interior = level >> (u8::from(sharpness > 0) + u8::from(sharpness > 4));
    if sharpness > 0 {
        interior = interior.min(9 - sharpness);
    }
    let interior_limit = interior.max(1);
    let hev_threshold = u8::from(level >= 15) + u8::from(level >= 40);
    FilterLimits { edge_limit: 2 * level + interior_limit, interior_limit, hev_threshold }
}

/// Sections 9.6 and 14.1.
fn read_dequant(decoder: &mut BoolDecoder<'_>, segments: &Segments) -> [Dequant; 4] {
    let base = i32::try_from(decoder.read_literal(7)).unwrap_or(0);
    let [y1_dc, y2_dc, y2_ac, uv_dc, uv_ac] = [(); 5].map(|()| decoder.read_optional(4).unwrap_or(0));
    let index = |index: i32, max: i32| usize::try_from(index.clamp(0, max)).unwrap_or(0);
    let dc = |at: i32, max: i32| i32::from(DC_QUANTIZERS[index(at, max)]);
    let ac = |at: i32| i32::from(AC_QUANTIZERS[index(at, 127)]);
    segments.of(base, &segments.quantizers).map(|base| Dequant {
        y1: [dc(base + y1_dc, 127), ac(base)],
        y2: [2 * dc(base + y2_dc, 127), (ac(base + y2_ac) * 155 / 100).max(8)],
        uv: [dc(base + uv_dc, 117), ac(base + uv_ac)],
    })
}

/// Section 9.5: the sizes of all partitions except the last, then the partitions.
fn partitions(log: u32, rest: &[u8], lenient: bool) -> Result<Vec<BoolDecoder<'_>>> {
    let truncated = || malformed("truncated frame partitions");
    let count = 1_usize << log;
    let (sizes, mut rest) = part(rest, 3 * (count - 1), lenient).ok_or_else(truncated)?;
    let mut decoders = Vec::with_capacity(count);
    for number in 0..count - 1 {
        let size = sizes.get(3 * number..).and_then(<[u8]>::first_chunk);
        let [a, b, c] = size.copied().unwrap_or_default();
        let size = u32::from_le_bytes([a, b, c, 0]) as usize;
        let (partition, others) = part(rest, size, lenient).ok_or_else(truncated)?;
        decoders.push(BoolDecoder::new(partition));
        rest = others;
    }
    if rest.is_empty() && !lenient {
        return Err(truncated());
    }
    decoders.push(BoolDecoder::new(rest));
    Ok(decoders)
}

/// The first `length` bytes and the rest; if `lenient`, as many as there are.
fn part(bytes: &[u8], length: usize, lenient: bool) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(length).or(lenient.then_some((bytes, &[])))
}
