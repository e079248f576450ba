//! Repairs ICC profiles whose tags have wrong type signatures that other color engines accept.
//!
//! In: the bytes of a profile. Out: the same profile with the registered signatures. Anything else
//! that is malformed is left for the parser to judge. Must not know what the tags mean.

/// Type signatures that two profilers wrote, Corbis for XYZ and Monaco for curves, and the
/// registered signatures as which LittleCMS reads them.
const BROKEN: [([u8; 4], [u8; 4]); 2] =
    [([0x17, 0xa5, 0x05, 0xb8], *b"XYZ "), ([0x94, 0x78, 0xee, 0x00], *b"curv")];

/// The profile ID, a checksum; zero means that it was not computed (ICC.1:2022 section 7.2.18).
const PROFILE_ID: std::ops::Range<usize> = 84..100;

/// The tag count, and the tag table of signatures, offsets and sizes (ICC.1:2022 section 7.3).
const TAG_COUNT: usize = 128;
const TAG_TABLE: usize = 132;
const TAG_ENTRY: usize = 12;

/// Replaces broken type signatures, and zeroes the profile ID if there were any.
pub(super) fn restore_tag_types(profile: &mut [u8]) {
    let Some(count) = number(profile, TAG_COUNT) else { return };
    let mut changed = false;
    for index in 0..count {
        let entry = index.checked_mul(TAG_ENTRY).and_then(|start| start.checked_add(TAG_TABLE + 4));
        let Some(at) = entry.and_then(|offset| number(profile, offset)) else { break };
        let Some(signature) = at.checked_add(4).and_then(|end| profile.get_mut(at..end)) else { continue };
        if let Some((_, right)) = BROKEN.iter().find(|(broken, _)| signature == broken) {
            signature.copy_from_slice(right);
            changed = true;
        }
    }
    if changed && let Some(id) = profile.get_mut(PROFILE_ID) {
        id.fill(0);
    }
}

/// The big-endian 32-bit number at offset `at`.
fn number(profile: &[u8], at: usize) -> Option<usize> {
    let bytes = profile.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}

#[cfg(test)]
mod tests {
    use moxcms::ColorProfile;

    use super::*;

    /// Display P3 with broken type signatures in its `XYZ` and `TRC` tags.
    fn broken() -> Vec<u8> {
        let mut profile = ColorProfile::new_display_p3().encode().unwrap();
        for entry in 0..number(&profile, TAG_COUNT).unwrap() {
            let at = TAG_TABLE + entry * TAG_ENTRY;
            let (name, data) = (profile[at + 1..at + 4].to_vec(), number(&profile, at + 4).unwrap());
            match &*name {
                b"XYZ" => profile[data..data + 4].copy_from_slice(&BROKEN[0].0),
                b"TRC" if profile[data..data + 4] == *b"curv" => {
                    profile[data..data + 4].copy_from_slice(&BROKEN[1].0);
                }
                _ => {}
            }
        }
        profile
    }

    #[test]
    fn corbis_and_monaco_signatures_are_replaced_and_the_checksum_zeroed() {
        let (right, mut profile) = (ColorProfile::new_display_p3(), broken());
        profile[PROFILE_ID].fill(7);
        restore_tag_types(&mut profile);
        assert_eq!(profile[PROFILE_ID], [0; 16]);
        let read = ColorProfile::new_from_slice(&profile).unwrap();
        assert!((read.red_colorant.x - right.red_colorant.x).abs() < 1e-4);
        assert!(read.green_trc.is_some());
    }

    #[test]
    fn valid_profiles_are_unchanged_and_damaged_ones_do_no_harm() {
        let sound = ColorProfile::new_adobe_rgb().encode().unwrap();
        let mut same = sound.clone();
        restore_tag_types(&mut same);
        assert_eq!(same, sound);
        let whole = broken();
        for length in 0..whole.len() {
            restore_tag_types(&mut whole[..length].to_vec());
        }
        let mut endless = whole;
        endless[TAG_COUNT..TAG_TABLE + 8].fill(0xff);
        restore_tag_types(&mut endless);
    }
}
