//! The color space in an EXIF block (EXIF 2.32 section 4.6.5, DCF 2.0 section 3.2).
//!
//! In: a block from its byte-order mark on. Out: whether it states Adobe RGB. Lenient: a block that
//! cannot be read states nothing.

use crate::render::tiff::{Entry, Ifd, Tiff};

const EXIF_IFD: u16 = 0x8769;
const COLOR_SPACE: u16 = 0xa001;
const INTEROP_IFD: u16 = 0xa005;
const INTEROP_INDEX: u16 = 0x0001;

/// Values of ColorSpace. 2 is not in the standard: some cameras and Photoshop write it.
const SRGB: u32 = 1;
const ADOBE_RGB: u32 = 2;

/// Whether the pixels are Adobe RGB (1998): ColorSpace is 2, or the interoperability index is
/// `R03`, the DCF option file. DCF requires ColorSpace "uncalibrated" in such a file; if it is
/// sRGB, an editor has converted the pixels.
pub(super) fn states_adobe_rgb(exif: &[u8]) -> bool {
    let read = || {
        let tiff = Tiff::new(exif)?;
        let exif = directory(tiff, entry(tiff, tiff.ifd(tiff.first())?, EXIF_IFD)?)?;
        match entry(tiff, exif, COLOR_SPACE).and_then(|entry| tiff.number(entry, 0)) {
            Some(SRGB) => return Some(false),
            Some(ADOBE_RGB) => return Some(true),
            _ => {}
        }
        let interop = directory(tiff, entry(tiff, exif, INTEROP_IFD)?)?;
        let index = tiff.value(entry(tiff, interop, INTEROP_INDEX)?)?;
        Some(index.strip_suffix(b"\0").unwrap_or(index) == b"R03")
    };
    read().unwrap_or(false)
}

fn entry(tiff: Tiff<'_>, ifd: Ifd, tag: u16) -> Option<Entry> {
    tiff.entries(ifd).find(|entry| entry.tag == tag)
}

fn directory(tiff: Tiff<'_>, pointer: Entry) -> Option<Ifd> {
    tiff.ifd(tiff.number(pointer, 0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IFD0 points to an Exif IFD, which holds ColorSpace and points to an interoperability IFD.
    fn block(big: bool, color_space: u16, index: &[u8; 4]) -> Vec<u8> {
        let short = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let long = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let mut bytes = if big { b"MM\0\x2a".to_vec() } else { b"II\x2a\0".to_vec() };
        let entry = |tag, kind, count, value: [u8; 4]| {
            [short(tag).as_slice(), &short(kind), &long(count), &value].concat()
        };
        let [high, low] = short(color_space);
        bytes.extend(long(8));
        bytes.extend([short(1).as_slice(), &entry(EXIF_IFD, 4, 1, long(26)), &long(0)].concat());
        bytes.extend([short(2).as_slice(), &entry(COLOR_SPACE, 3, 1, [high, low, 0, 0])].concat());
        bytes.extend([entry(INTEROP_IFD, 4, 1, long(56)).as_slice(), &long(0)].concat());
        bytes.extend([short(1).as_slice(), &entry(INTEROP_INDEX, 2, 4, *index), &long(0)].concat());
        bytes
    }

    #[test]
    fn color_space_2_and_r03_state_adobe_rgb_and_color_space_1_overrules_r03() {
        for (color_space, index, adobe) in [
            (0xffff, b"R03\0", true),
            (0xffff, b"R98\0", false),
            (0xffff, b"R033", false),
            (2, b"R98\0", true),
            (2, b"R03\0", true),
            (1, b"R98\0", false),
            (1, b"R03\0", false),
        ] {
            for big in [false, true] {
                let states = states_adobe_rgb(&block(big, color_space, index));
                assert_eq!(states, adobe, "{color_space} {index:?} {big}");
            }
        }
    }

    #[test]
    fn a_block_truncated_at_any_offset_states_nothing() {
        let whole = block(true, 0xffff, b"R03\0");
        for length in 0..whole.len() {
            // The last field, the offset of the next IFD, is not read.
            let cut = whole.get(..length).unwrap();
            assert_eq!(states_adobe_rgb(cut), length >= whole.len() - 4, "{length}");
        }
    }

    #[test]
    fn circular_pointers_end() {
        let mut circular = block(false, 0xffff, b"R03\0");
        circular.splice(18..22, 8_u32.to_le_bytes());
        assert!(!states_adobe_rgb(&circular));
    }
}
