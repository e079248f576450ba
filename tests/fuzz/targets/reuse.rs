//! Any two files, one after the other on one renderer: the second gives the same result as on a new
//! renderer. No pixel, profile or damage of one call affects another.
#![no_main]

use cretula::Renderer;
use cretula_fuzz::{Choices, RENDER_CHOICES, small_limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The offset of the second file, then the options of both.
    let Some((mut choices, files)) = Choices::split(input, 2 + 2 * RENDER_CHOICES) else { return };
    let first = usize::from(choices.short()) % (files.len() + 1);
    let (first, second) = files.split_at(first);
    let request = choices.request();
    let mut used = Renderer::with_limits(small_limits());
    let _ = used.render(first, &choices.request());
    // The same size, so that buffers of one fit the other.
    let _ = used.render(first, &request);
    let shown = used.render(second, &request).map_err(|error| error.to_string());
    let alone = Renderer::with_limits(small_limits()).render(second, &request);
    assert!(shown == alone.map_err(|error| error.to_string()), "the first affects the second");
});
