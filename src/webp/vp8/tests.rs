//! The decoder against another's: `image-webp`, on files of libwebp's encoder, whole, cut short and changed; and vectors against
//! loops. (More files, and libwebp itself, are in `tests/reference`.)

use std::io::Cursor;

use image_webp::vp8::Vp8Decoder;

use super::vectors_simd::{self, plain};
use super::{Frame, Plane};
use crate::damage::Tolerance;
use crate::error::{ErrorKind, Result};
use crate::limits::{Budget, CancelToken, Limits};

/// Where the frame begins in a file of one chunk.
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
    assert_eq!(budget.spent(), held as u64, "memory not given back");
    Ok(planes)
}

fn theirs(frame: &[u8]) -> Option<[Vec<u8>; 3]> {
    let frame = Vp8Decoder::decode_frame(Cursor::new(frame)).ok()?;
    Some([frame.ybuf, frame.ubuf, frame.vbuf])
}

#[test]
fn the_same_planes() {
    for (i, file) in FILES.iter().enumerate() {
        let frame = &file[DATA..];
        assert!(Some(ours(frame).unwrap()) == theirs(frame), "file {i}");
    }
}

/// Cut anywhere before its last byte that counts, a frame is refused; no encoder writes more than three bytes after that.
#[test]
fn a_frame_cut_short_is_refused() {
    for (i, file) in FILES.iter().enumerate() {
        let frame = &file[DATA..];
        for length in 0..frame.len() - 4 {
            let refused = ours(&frame[..length]).err().map(|error| error.kind());
            assert_eq!(refused, Some(ErrorKind::MalformedImage), "file {i}, {length} bytes");
        }
    }
}

/// Any bit may be wrong: what both take looks the same to both.
#[test]
fn a_changed_frame_is_refused_or_decodes_alike() {
    let (mut taken, mut refused) = (0, 0);
    for file in FILES {
        for at in 0..200 {
            let mut frame = file[DATA..].to_vec();
            let place = if at < 100 { at } else { at * frame.len() / 200 };
            frame[place] ^= 1 << (at % 8);
            match (ours(&frame), theirs(&frame)) {
                (Ok(ours), Some(theirs)) => {
                    assert!(ours == theirs, "bit {} of byte {place}", at % 8);
                    taken += 1;
                }
                (Ok(_), None) | (Err(_), _) => refused += 1,
            }
        }
    }
    assert!(taken > 500 && refused > 500, "{taken} taken, {refused} refused");
}

#[test]
fn it_stops_between_rows_when_asked() {
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
fn vectors_do_as_loops_do() {
    let mut state = 1_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()
    };
    for round in 0..2000 {
        // Small ones as in files, and any.
        let shift = if round % 2 == 0 { 5 } else { 0 };
        let block: [i16; 16] = std::array::from_fn(|_| {
            let [a, b, ..] = random();
            i16::from_le_bytes([a, b]) >> shift
        });
        let square: [[u8; 4]; 4] = std::array::from_fn(|_| std::array::from_fn(|_| random()[0]));
        let (mut one, mut other) = (square, square);
        vectors_simd::add(&block, &mut one);
        plain::add(&block, &mut other);
        assert_eq!(one, other, "{block:?} on {square:?}");
        let rows: [[u8; 8]; 16] = std::array::from_fn(|_| random());
        let columns = vectors_simd::columns(&rows);
        assert_eq!(columns, plain::columns(&rows));
        assert_eq!(vectors_simd::rows(&columns), rows);
        assert_eq!(plain::rows(&columns), rows);
    }
}
