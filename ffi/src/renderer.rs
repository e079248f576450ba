//! Renderers: from uploaded bytes to finished variants.

use cretula::{Limits, Rendered, Renderer, probe};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::cancel::cretula_cancel;
use crate::error::cretula_error;
use crate::failure::{Failure, Result};
use crate::guard;
use crate::handle::{Exclusive, HandleType, Mutable, New, Shared};
use crate::info::{self, cretula_info};
use crate::limits::{self, cretula_limits};
use crate::output::{self, cretula_output};
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_LENGTH, CRETULA_ERR_NOT_FOUND, cretula_status};
use crate::variant::{self, cretula_variant};

/// The most variants of one cretula_renderer_render_set.
pub const CRETULA_MAX_SET: usize = 1024;

/// Renders variants. Holds limits and memory that calls reuse: keep one a thread. It may be handed from thread to thread.
pub struct cretula_renderer {
    _opaque: (),
}

impl HandleType for cretula_renderer {
    type Value = RendererState;
    type Change = Mutable;
    const TAG: u64 = u64::from_be_bytes(*b"crt:rend");
    const NAME: &'static str = "cretula_renderer";
}

/// The core's renderer, and what it last made.
pub(crate) struct RendererState {
    renderer: Renderer,
    last: Vec<OutputInfo>,
}

/// What is known of one output besides its bytes.
struct OutputInfo {
    info: cretula_info,
    warnings: String,
}

impl OutputInfo {
    fn of(rendered: &Rendered) -> Result<Self> {
        // The library's own output is never beyond limits.
        let mut limits = Limits::default();
        (limits.max_input_bytes, limits.max_pixels, limits.max_side) = (u64::MAX, u64::MAX, u32::MAX);
        let info = info::written(&probe(&rendered.bytes, &limits)?);
        let lines: Vec<_> = rendered.warnings.iter().map(|w| w.to_string().replace('\n', " ")).collect();
        Ok(Self { info, warnings: lines.join("\n") })
    }
}

/// A renderer that keeps every call within `limits`; NULL means all defaults.
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
/// `output`, `cancel` and `out_info` may be NULL. `out` gets the encoded file, to be freed by cretula_buffer_free, and
/// `out_info` what it is. On failure the renderer can be used again, unless the status is CRETULA_ERR_PANIC.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_render(
    renderer: Exclusive<cretula_renderer>,
    src: In<u8>,
    src_len: usize,
    variant: In<cretula_variant>,
    output: In<cretula_output>,
    cancel: Shared<cretula_cancel>,
    out: Out<cretula_buffer>,
    out_info: Out<cretula_info>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let (out, out_info) = (out.slot(), out_info.growing_slot());
        let (out, out_info) = (out.required("out")?, out_info?);
        let mut bench = renderer.write()?;
        bench.last.clear();
        let src = src.bytes(src_len, "src")?;
        let variant = variant::options(&variant.read()?)?;
        let output = output::read(&output)?;
        let rendered = with_cancel(&mut bench, &cancel, |renderer| renderer.render(src, &variant, &output))?;
        let made = OutputInfo::of(&rendered)?;
        if out_info.is_wanted() {
            out_info.put(made.info);
        }
        bench.last.push(made);
        out.put(into_buffer(rendered.bytes));
        Ok(())
    })
}

/// Renders `count` variants of one image, which is decoded once: `variants[i]` written by `outputs[i]` goes to `outs[i]`.
///
/// `outputs` may be NULL, for all defaults; else it has `count` elements. All elements of an array have the struct_size of
/// its first. `count` is at most CRETULA_MAX_SET; above it, CRETULA_ERR_LENGTH, and `outs` is not touched. The first
/// failure is that of the whole set. A JPEG is decoded at the scale that the largest variant needs, so that the pixels of
/// a smaller one may differ a little from those of a render of its own.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_render_set(
    renderer: Exclusive<cretula_renderer>,
    src: In<u8>,
    src_len: usize,
    variants: In<cretula_variant>,
    outputs: In<cretula_output>,
    count: usize,
    cancel: Shared<cretula_cancel>,
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
        let mut bench = renderer.write()?;
        bench.last.clear();
        let src = src.bytes(src_len, "src")?;
        let variants = variants.read_each(count)?;
        let outputs = outputs.read_each_if_given(count)?;
        let requests = variants
            .iter()
            .enumerate()
            .map(|(index, variant)| {
                let output = outputs.as_ref().and_then(|outputs| outputs.get(index));
                let output = output.map_or_else(|| Ok(cretula::OutputOptions::new()), output::options)?;
                Ok((variant::options(variant)?, output))
            })
            .collect::<Result<Vec<_>>>()?;
        let rendered = with_cancel(&mut bench, &cancel, |renderer| renderer.render_set(src, &requests))?;
        bench.last = rendered.iter().map(OutputInfo::of).collect::<Result<_>>()?;
        for (index, rendered) in rendered.into_iter().enumerate() {
            outs.write_at(index, into_buffer(rendered.bytes));
        }
        Ok(())
    })
}

/// What the output at `index` of the renderer's last call is: 0 after cretula_renderer_render, below `count` after
/// cretula_renderer_render_set. CRETULA_ERR_NOT_FOUND if there is none, as after a failure.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_info(
    renderer: Shared<cretula_renderer>,
    index: usize,
    out: Out<cretula_info>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.growing_slot()?.required()?;
        out.put(made(&*renderer.read()?, index)?.info);
        Ok(())
    })
}

/// What of the source could not be honoured in the output at `index` of the renderer's last call, such as metadata that
/// was dropped: one line of text each, and no text for none. CRETULA_ERR_NOT_FOUND as for cretula_renderer_info.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_renderer_warnings(
    renderer: Shared<cretula_renderer>,
    index: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let warnings = made(&*renderer.read()?, index)?.warnings.clone();
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

/// Runs a call of the core that stops when `cancel` is triggered.
fn with_cancel<T>(
    bench: &mut RendererState,
    cancel: &Shared<cretula_cancel>,
    call: impl FnOnce(&mut Renderer) -> cretula::Result<T>,
) -> Result<T> {
    let token = cancel.read_if_given()?.map(|token| token.clone());
    bench.renderer.set_cancel(token);
    let result = call(&mut bench.renderer);
    bench.renderer.set_cancel(None);
    Ok(result?)
}

fn made(bench: &RendererState, index: usize) -> Result<&OutputInfo> {
    bench.last.get(index).ok_or_else(|| {
        let message =
            format!("the last call made {} outputs, there is none at index {index}", bench.last.len());
        Failure::misuse(CRETULA_ERR_NOT_FOUND, message)
    })
}
