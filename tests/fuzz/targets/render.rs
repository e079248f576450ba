//! Any bytes and any options: a variant has the size that the plan gives and is a complete file of
//! its format, and the next call on the same renderer gives the same bytes.
#![no_main]

use cretula::{Format, Renderer, Rotation, Trim, place, probe};
use cretula_fuzz::{Choices, RENDER_CHOICES, fair, small_limits, whole};
use libfuzzer_sys::fuzz_target;

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
    assert_eq!((made.orientation, made.frames), (1, 1));
    assert!(made.format != Format::Jpeg || !made.has_alpha);
    let again = whole(&mut Renderer::with_limits(wide), &rendered.bytes).expect("our file");
    assert_eq!((again.info.width, again.info.height), size);
    if twice {
        let second = renderer.render(bytes, &request).expect("the same call");
        assert!(second == rendered, "different the second time");
    }
});
