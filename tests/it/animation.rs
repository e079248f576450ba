//! How an animation plays: loop count and duration, as files of each format state them.

use cretula::{Limits, probe};

use crate::bombs::{chunk, gif, lzw, png, riff};

/// (frames, loop count, milliseconds)
fn playback(file: &[u8]) -> (u32, u32, u64) {
    let info = probe(file, &Limits::default()).unwrap();
    (info.frames, info.loop_count, info.duration_ms)
}

/// A GIF of frames with these delays in hundredths of a second, with the given application extensions.
fn moving_gif(extensions: &[(&[u8; 11], &[u8])], delays: &[Option<u16>]) -> Vec<u8> {
    let looping = extensions.iter().flat_map(|(name, data)| {
        let length = u8::try_from(data.len()).unwrap();
        [&[0x21, 0xff, 11][..], *name, &[length], data, &[0]].concat()
    });
    let frames = delays.iter().flat_map(|delay| {
        let control = delay.map(|delay| [&[0x21, 0xf9, 4, 0][..], &delay.to_le_bytes(), &[0, 0]].concat());
        let image = [&b"\x2c\0\0\0\0\x01\0\x01\0\0"[..], &lzw(2, &[0x44, 0x01])].concat();
        [control.unwrap_or_default(), image].concat()
    });
    gif(1, 1, &looping.chain(frames).collect::<Vec<u8>>())
}

const NETSCAPE: &[u8; 11] = b"NETSCAPE2.0";

#[test]
fn gif_has_repetitions_and_hundredths_of_a_second() {
    let two = [Some(5), Some(700)];
    assert_eq!(playback(&moving_gif(&[], &two)), (2, 1, 7050));
    assert_eq!(playback(&moving_gif(&[(NETSCAPE, &[1, 0, 0])], &two)), (2, 0, 7050));
    assert_eq!(playback(&moving_gif(&[(NETSCAPE, &[1, 4, 0])], &two)), (2, 5, 7050));
    assert_eq!(playback(&moving_gif(&[(b"ANIMEXTS1.0", &[1, 0xff, 0xff])], &two)), (2, 65_536, 7050));
    // Sub-block 2 is a buffer size. The last count is the one that browsers use.
    assert_eq!(playback(&moving_gif(&[(NETSCAPE, &[2, 9, 0, 0, 0])], &two)), (2, 1, 7050));
    let twice = [(NETSCAPE, &[1, 3, 0][..]), (NETSCAPE, &[1, 8, 0])];
    assert_eq!(playback(&moving_gif(&twice, &two)), (2, 9, 7050));
    assert_eq!(playback(&moving_gif(&[(NETSCAPE, &[1, 3])], &two)), (2, 1, 7050), "cut off");
}

#[test]
fn gif_frames_of_less_than_20_ms_are_shown_for_100_ms() {
    let one = |delay| playback(&moving_gif(&[], &[delay, Some(3)]));
    assert_eq!(one(None), (2, 1, 130));
    assert_eq!(one(Some(0)), (2, 1, 130));
    assert_eq!(one(Some(1)), (2, 1, 130));
    assert_eq!(one(Some(2)), (2, 1, 50));
}

#[test]
fn webp_has_plays_and_milliseconds() {
    let vp8x = [2, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let frame = |milliseconds: u8| [&[0; 12][..], &[milliseconds, 1, 0, 0], b"VP8L\0\0\0\0"].concat();
    let moving = |plays: &[u8]| {
        let anim = [&[0; 4][..], plays].concat();
        riff(&[(b"VP8X", &vp8x), (b"ANIM", &anim), (b"ANMF", &frame(7)), (b"ANMF", &frame(0))])
    };
    assert_eq!(playback(&moving(&[0, 0])), (2, 0, 519));
    assert_eq!(playback(&moving(&[3, 1])), (2, 259, 519));
    assert_eq!(playback(&moving(&[])), (2, 1, 519), "cut off");
    assert_eq!(playback(&riff(&[(b"VP8X", &vp8x), (b"ANMF", &frame(0))])), (1, 1, 0), "a still image");
}

#[test]
fn apng_has_plays_and_fractions_of_a_second() {
    let ihdr = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    let control = |delay: u16, divisor: u16| {
        let fields = [delay.to_be_bytes(), divisor.to_be_bytes()].concat();
        chunk(b"fcTL", &[&[0; 20][..], &fields, &[0, 0]].concat())
    };
    let moving = |frames: u8, plays: u8, controls: &[Vec<u8>]| {
        let actl = chunk(b"acTL", &[0, 0, 0, frames, 0, 0, 0, plays]);
        png(&[ihdr.clone(), actl, controls.concat(), chunk(b"IDAT", &[])])
    };
    assert_eq!(playback(&moving(2, 0, &[control(1, 4), control(3, 0)])), (2, 0, 280));
    assert_eq!(playback(&moving(3, 7, &vec![control(1, 3); 3])), (3, 7, 1000), "thirds");
    assert_eq!(playback(&moving(1, 7, &[control(9, 1)])), (1, 1, 0), "a still image");
    let mut broken = control(9, 1);
    *broken.last_mut().unwrap() ^= 1;
    assert_eq!(playback(&moving(2, 1, &[control(5, 10), broken])), (2, 1, 500));
}
