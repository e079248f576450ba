//! Compares the decoder with `image-webp` on files of libwebp's encoder: whole, truncated and
//! corrupted; and the vector code with the portable code. (`tests/reference` has more files, and
//! compares with libwebp.)

use std::io::Cursor;

use image_webp::vp8::Vp8Decoder;

use super::simd::{self, portable};
use super::{Frame, Plane};
use crate::damage::Tolerance;
use crate::error::{ErrorKind, Result};
use crate::limits::{Budget, CancelToken, Limits};
use crate::thorough::{every, share};

/// Offset of the frame in a file of one chunk.
const DATA: usize = 20;

const FILES: [&[u8]; 9] = [
    include_bytes!("../../../tests/images/lossy/coarse.webp"),
    include_bytes!("../../../tests/images/lossy/fine.webp"),
    include_bytes!("../../../tests/images/lossy/plain.webp"),
    include_bytes!("../../../tests/images/lossy/simple-sharp.webp"),
    include_bytes!("../../../tests/images/lossy/simple.webp"),
    include_bytes!("../../../tests/images/lossy/strong-sharp-3.webp"),
    include_bytes!("../../../tests/images/lossy/strong-sharp.webp"),
    include_bytes!("../../../tests/images/lossy/strong.webp"),
    include_bytes!("../../../tests/images/lossy/subblocks.webp"),
];

fn ours(frame: &[u8]) -> Result<[Vec<u8>; 3]> {
    let limits = Limits { max_memory_bytes: 1 << 20, ..Limits::default() };
    let mut budget = Budget::start(&limits, None);
    let planes = Frame::read_header(frame, false)?
        .decode(0, &mut Tolerance::none(), &mut budget)?
        .map(|Plane { samples, .. }| samples);
    let held: usize = planes.iter().map(Vec::len).sum();
    assert_eq!(budget.spent(), held as u64, "memory not released");
    Ok(planes)
}

fn theirs(frame: &[u8]) -> Option<[Vec<u8>; 3]> {
    let frame = Vp8Decoder::decode_frame(Cursor::new(frame)).ok()?;
    Some([frame.ybuf, frame.ubuf, frame.vbuf])
}

#[test]
fn decoded_planes_match_image_webp() {
    for (i, file) in FILES.iter().enumerate() {
        let frame = &file[DATA..];
        assert!(Some(ours(frame).unwrap()) == theirs(frame), "file {i}");
    }
}

/// A frame truncated before its last significant byte is refused. Encoders write at most three
/// bytes after that.
#[test]
fn a_truncated_frame_is_refused() {
    let most = |i: usize| FILES[i].len() - DATA - 4;
    let lengths = (0..FILES.len()).flat_map(|i| (0..most(i)).map(move |length| (i, length)));
    let longest = (0..FILES.len()).map(|i| (i, most(i) - 1));
    for (i, length) in every(7, lengths).chain(longest) {
        let refused = ours(&FILES[i][DATA..][..length]).err().map(|error| error.kind());
        assert_eq!(refused, Some(ErrorKind::MalformedImage), "file {i}, {length} bytes");
    }
}

/// Any bit may be wrong: if both decoders accept the frame, they agree on its samples.
#[test]
fn a_corrupted_frame_is_refused_or_decodes_like_image_webp() {
    let (mut accepted, mut refused) = (0, 0);
    for file in FILES {
        for at in every(3, 0..200) {
            let mut frame = file[DATA..].to_vec();
            let place = if at < 100 { at } else { at * frame.len() / 200 };
            frame[place] ^= 1 << (at % 8);
            match (ours(&frame), theirs(&frame)) {
                (Ok(ours), Some(theirs)) => {
                    assert!(ours == theirs, "bit {} of byte {place}", at % 8);
                    accepted += 1;
                }
                (Ok(_), None) | (Err(_), _) => refused += 1,
            }
        }
    }
    let few = share(3, 500);
    assert!(accepted > few && refused > few, "{accepted} accepted, {refused} refused");
}

#[test]
fn decoding_stops_between_rows_when_cancelled() {
    let (token, limits) = (CancelToken::new(), Limits::default());
    let mut budget = Budget::start(&limits, Some(&token));
    let frame = Frame::read_header(&FILES[0][DATA..], false).unwrap();
    token.cancel();
    assert_eq!(
        frame.decode(0, &mut Tolerance::none(), &mut budget).unwrap_err().kind(),
        ErrorKind::Cancelled
    );
}

#[test]
fn vector_code_matches_portable_code() {
    let mut state = 1_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()
    };
    for round in 0..2000 {
        // Small values, as in real files, and arbitrary ones.
        let shift = if round % 2 == 0 { 5 } else { 0 };
        let block: [i16; 16] = std::array::from_fn(|_| {
            let [a, b, ..] = random();
            i16::from_le_bytes([a, b]) >> shift
        });
        let subblock: [[u8; 4]; 4] = std::array::from_fn(|_| std::array::from_fn(|_| random()[0]));
        let (mut one, mut other) = (subblock, subblock);
        simd::inverse_dct_add(&block, &mut one);
        portable::inverse_dct_add(&block, &mut other);
        assert_eq!(one, other, "{block:?} on {subblock:?}");
        let rows: [[u8; 8]; 16] = std::array::from_fn(|_| random());
        let columns = simd::rows_to_columns(&rows);
        assert_eq!(columns, portable::rows_to_columns(&rows));
        assert_eq!(simd::columns_to_rows(&columns), rows);
        assert_eq!(portable::columns_to_rows(&columns), rows);
    }
}
