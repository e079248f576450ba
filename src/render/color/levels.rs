//! sRGB's transfer curve (IEC 61966-2-1), and tables from 16-bit inputs to its 8-bit levels.
//!
//! In: functions of light. Out: for each of 65536 inputs the level nearest to it in the encoded
//! scale. Must not know where the light comes from.

/// The 8-bit sRGB level for each 16-bit input.
pub(super) type Levels = [u8; 65_536];

/// The light, 0 to 1, of an encoded value.
pub(super) fn decode(value: f64) -> f64 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The encoded value for light of 0 to 1.
pub(super) fn encode(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// Makes a table for inputs that grow with light: `input` maps light to the input, both 0 to 1.
pub(super) fn levels(input: impl Fn(f64) -> f64) -> Box<Levels> {
    let mut table = Box::new([u8::MAX; 65_536]);
    let mut start = 0;
    for level in 0..u8::MAX {
        // Below this input, `level` is nearer than the next one.
        let bound = input(decode((f64::from(level) + 0.5) / 255.0)) * 65_535.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float casts saturate")]
        let end = (bound.ceil() as usize).clamp(start, table.len());
        if let Some(inputs) = table.get_mut(start..end) {
            inputs.fill(level);
        }
        start = end;
    }
    table
}

/// The level for `input`, which is clamped to 0 to 1.
pub(super) fn level(levels: &Levels, input: f32) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; NaN becomes 0")]
    let index = (input.clamp(0.0, 1.0) * 65_535.0 + 0.5) as usize;
    levels.get(index).copied().unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::frame::narrow;

    #[test]
    fn tables_round_encoded_inputs_and_apply_the_curve_to_light() {
        let (encoded, light) = (levels(encode), levels(|light| light));
        for input in 0..=u16::MAX {
            assert_eq!(encoded[usize::from(input)], narrow(input), "{input}");
            let exact = encode(f64::from(input) / 65_535.0) * 255.0;
            let off = f64::from(light[usize::from(input)]) - exact;
            assert!(off.abs() <= 0.5 + 1e-9, "{input}: {off}");
        }
    }
}
