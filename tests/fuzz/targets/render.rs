//! Any bytes and any options: a variant has the size that the plan gives and is a complete file of
//! its format, and the next call on the same renderer gives the same bytes.
#![no_main]

use cretula::{Format, ImageInfo, Renderer, Rotation, Trim, place, probe};
use cretula_fuzz::{Choices, RENDER_CHOICES, fair, small_limits, whole};
use libfuzzer_sys::fuzz_target;

/// Frames are merged, never lost, and the sum of delays drifts by at most one unit of the output.
fn plays_like(source: &ImageInfo, made: &ImageInfo, anim: bool) {
    let moves = anim && source.frames > 1 && made.format != Format::Jpeg;
    assert!(made.frames <= if moves { source.frames } else { 1 });
    if made.frames == 1 {
        return;
    }
    let most_plays = match made.format {
        Format::Gif => 65_536,
        Format::WebP => 65_535,
        _ => u32::MAX,
    };
    assert_eq!(made.loop_count, source.loop_count.min(most_plays));
    // A GIF reads shorter delays as 100 ms.
    let unit = if made.format == Format::Gif { 10 } else { 1 };
    if source.format == Format::Gif || made.format != Format::Gif {
        assert!(made.duration_ms.abs_diff(source.duration_ms) <= unit);
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((mut choices, bytes)) = Choices::split(input, RENDER_CHOICES + 1) else { return };
    let (request, twice) = (choices.request(), choices.byte() % 8 == 0);
    let limits = small_limits();
    let mut renderer = Renderer::with_limits(limits.clone());
    let rendered = match renderer.render(bytes, &request) {
        Ok(rendered) => rendered,
        Err(error) => return fair(&error),
    };
    let info = probe(bytes, &limits).expect("it was rendered");
    let size = (rendered.info.width, rendered.info.height);
    let variant = &request.variant;
    // Only pixels show how wide a border is.
    if !matches!(variant.trim, Trim::Border(_)) {
        let planned = renderer.plan(bytes, &request).expect("it was rendered").output_size();
        assert_eq!(size, (planned.width, planned.height));
    }
    if variant.trim == Trim::None && variant.rotate == Rotation::Upright && variant.border.is_none() {
        let canvas = place(info.width, info.height, variant).expect("it was rendered").canvas;
        assert_eq!(size, (canvas.width, canvas.height));
    }
    assert_eq!(rendered.info.format, request.output.format.unwrap_or(info.format));

    // Limits are for untrusted files; of the output, only the format and size are checked.
    let wide = cretula::Limits::default();
    let made = probe(&rendered.bytes, &wide).expect("our file");
    assert_eq!(made, rendered.info);
    assert_eq!((made.format, made.width, made.height), (rendered.info.format, size.0, size.1));
    assert_eq!(made.orientation, 1);
    plays_like(&info, &made, variant.anim);
    assert!(made.format != Format::Jpeg || !made.has_alpha);
    let again = whole(&mut Renderer::with_limits(wide), &rendered.bytes).expect("our file");
    assert_eq!((again.info.width, again.info.height), size);
    if twice {
        let second = renderer.render(bytes, &request).expect("the same call");
        assert!(second == rendered, "different the second time");
    }
});
