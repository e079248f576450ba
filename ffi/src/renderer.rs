//! Renderers: from uploaded bytes to rendered variants.

use cretula::{Rendered, Renderer};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::cancel::cretula_cancel_token;
use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::{Exclusive, HandleType, Mutable, New, Shared};
use crate::info::{self, cretula_info};
use crate::limits::{self, cretula_limits};
use crate::output::{self, cretula_output_options};
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_LENGTH, CRETULA_ERR_NOT_FOUND, cretula_status};
use crate::variant::{self, cretula_variant_options};

/// The maximum number of variants of cretula_renderer_render_set.
pub const CRETULA_MAX_SET: usize = 1024;

/// Renders variants within limits. Calls reuse its memory: keep one per thread. It may move between
/// threads.
pub struct cretula_renderer {
    _opaque: (),
}

impl HandleType for cretula_renderer {
    type Value = RendererState;
    type Change = Mutable;
    const TAG: u64 = u64::from_be_bytes(*b"crt:rend");
    const NAME: &'static str = "cretula_renderer";
}

/// The renderer of the core, and the outputs of its last call.
pub(crate) struct RendererState {
    renderer: Renderer,
    last: Vec<OutputInfo>,
}

/// The properties and warnings of one output.
struct OutputInfo {
    info: cretula_info,
    warnings: String,
}

impl OutputInfo {
    fn of(rendered: &Rendered) -> Self {
        let info = info::to_native(&rendered.info);
        let lines: Vec<_> = rendered.warnings.iter().map(|w| w.to_string().replace('\n', " ")).collect();
        Self { info, warnings: lines.join("\n") }
    }
}

/// Creates a renderer with limits for every call; NULL selects all defaults.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_new(
    limits: In<cretula_limits>,
    out: New<cretula_renderer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required()?;
        let renderer = Renderer::with_limits(limits::read(&limits)?);
        out.put(Exclusive::new(RendererState { renderer, last: Vec::new() }));
        Ok(())
    })
}

/// Renders one variant of the image file in `src`.
///
/// Writes the encoded file to `out`, to be freed with cretula_buffer_free, and its properties to
/// `out_info`. `output`, `cancel` and `out_info` may be NULL. After a failure the renderer remains
/// usable, unless the status is CRETULA_ERR_PANIC.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_render(
    renderer: Exclusive<cretula_renderer>,
    src: In<u8>,
    src_len: usize,
    variant: In<cretula_variant_options>,
    output: In<cretula_output_options>,
    cancel: Shared<cretula_cancel_token>,
    out: Out<cretula_buffer>,
    out_info: Out<cretula_info>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let (out, out_info) = (out.slot(), out_info.growing_slot());
        let (out, out_info) = (out.required("out")?, out_info?);
        let mut state = renderer.write()?;
        state.last.clear();
        let src = src.bytes(src_len, "src")?;
        let variant = variant::options(&variant.read()?)?;
        let output = output.read_if_given()?;
        let request = output::request(variant, output.as_ref())?;
        let token = cancel.read_if_given()?;
        let mut set = state.renderer.render_all(src, &[request], token.as_deref())?;
        // One request, one result.
        let rendered = set.swap_remove(0);
        let made = OutputInfo::of(&rendered);
        if out_info.is_wanted() {
            out_info.put(made.info);
        }
        state.last.push(made);
        out.put(into_buffer(rendered.bytes));
        Ok(())
    })
}

/// Describes what cretula_renderer_render would make of the image file in `src`, as JSON:
/// `{"width","height","original":{"file_size","width","height","format"}}`. This is the answer to
/// "format=json", which cretula_renderer_render refuses. Pixels are decoded only where a border is
/// trimmed. `output` may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_describe(
    renderer: Exclusive<cretula_renderer>,
    src: In<u8>,
    src_len: usize,
    variant: In<cretula_variant_options>,
    output: In<cretula_output_options>,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let mut state = renderer.write()?;
        let src = src.bytes(src_len, "src")?;
        let output = output.read_if_given()?;
        let request = output::request(variant::options(&variant.read()?)?, output.as_ref())?;
        out.put(into_buffer(state.renderer.describe(src, &request)?.into_bytes()));
        Ok(())
    })
}

/// Renders `count` variants of one image, which is decoded once: `variants[i]` with `outputs[i]` to
/// `outs[i]`.
///
/// `outputs` has `count` elements, or is NULL for all defaults. All elements of an array have the
/// struct_size of the first. If `count` exceeds CRETULA_MAX_SET, the status is CRETULA_ERR_LENGTH
/// and `outs` is not written. The first failure fails the whole set. A JPEG is decoded at the scale
/// that the largest variant needs, so that the pixels of smaller variants may differ slightly from
/// those of cretula_renderer_render.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_render_set(
    renderer: Exclusive<cretula_renderer>,
    src: In<u8>,
    src_len: usize,
    variants: In<cretula_variant_options>,
    outputs: In<cretula_output_options>,
    count: usize,
    cancel: Shared<cretula_cancel_token>,
    outs: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        if count > CRETULA_MAX_SET {
            let message = format!("a set has at most {CRETULA_MAX_SET} variants, got {count}");
            return Err(Failure::misuse(CRETULA_ERR_LENGTH, message));
        }
        let outs = outs.slots(count);
        let outs = if count > 0 { outs.required("outs")? } else { outs };
        let mut state = renderer.write()?;
        state.last.clear();
        let src = src.bytes(src_len, "src")?;
        let variants = variants.read_each(count)?;
        let outputs = outputs.read_each_if_given(count)?;
        let requests = variants
            .iter()
            .enumerate()
            .map(|(index, variant)| {
                let output = outputs.as_ref().and_then(|outputs| outputs.get(index));
                output::request(variant::options(variant)?, output)
            })
            .collect::<Result<Vec<_>>>()?;
        let token = cancel.read_if_given()?;
        let rendered = state.renderer.render_all(src, &requests, token.as_deref())?;
        state.last = rendered.iter().map(OutputInfo::of).collect();
        for (index, rendered) in rendered.into_iter().enumerate() {
            outs.write_at(index, into_buffer(rendered.bytes));
        }
        Ok(())
    })
}

/// The properties of the output at `index` of the last call: 0 after cretula_renderer_render, less
/// than `count` after cretula_renderer_render_set. CRETULA_ERR_NOT_FOUND if there is none, as after
/// a failure.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_info(
    renderer: Shared<cretula_renderer>,
    index: usize,
    out: Out<cretula_info>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.growing_slot()?.required()?;
        out.put(output_at(&*renderer.read()?, index)?.info);
        Ok(())
    })
}

/// The warnings for the output at `index` of the last call: one line for each thing that could not
/// be carried over from the source, such as dropped metadata; empty for none. CRETULA_ERR_NOT_FOUND
/// as for cretula_renderer_info.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_warnings(
    renderer: Shared<cretula_renderer>,
    index: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let warnings = output_at(&*renderer.read()?, index)?.warnings.clone();
        out.put(into_buffer(warnings.into_bytes()));
        Ok(())
    })
}

/// Frees a renderer. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_free(renderer: Exclusive<cretula_renderer>) {
    guard::infallible((), || {
        renderer.free();
        None
    });
}

fn output_at(state: &RendererState, index: usize) -> Result<&OutputInfo> {
    state.last.get(index).ok_or_else(|| {
        let message = format!("no output at index {index}: the last call made {}", state.last.len());
        Failure::misuse(CRETULA_ERR_NOT_FOUND, message)
    })
}
