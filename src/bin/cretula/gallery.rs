//! `cretula gallery`: shows the effect of each fit, or of each option.
//!
//! In: one image. Out: a folder with the variants of all five fits for a box smaller and a box
//! larger than the image (or for one given box), `gallery.png` with all of them side by side, of an
//! animation `frames.png` with some of its frames, and `index.html`; with `--options`, one picture per option and `options.html`. Must not know how the
//! sheet is drawn (`sheet`), what the page says (`page`) or which options are shown (`options`).

mod boxes;
mod canvas;
mod options;
mod page;
mod pictures;
mod rows;
mod sheet;
mod strip;
mod text;

use std::path::PathBuf;

use cretula::{Fit, Format, Limits, MetadataPolicy, OutputOptions, Renderer, Request, VariantOptions, place};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, RgbaImage};
use serde::Serialize;

use crate::args::{InputArg, LimitArgs};
use crate::failure::Failure;
use crate::{files, print};

use self::boxes::Bounds;
use self::rows::{Cell, Picture, Row, Source};

/// Larger images are replaced by a copy of at most this many pixels per side, to keep the page
/// small.
const COPY_SIDE: u32 = 960;
const SHEET: &str = "gallery.png";
const STRIP: &str = "frames.png";
const PAGE: &str = "index.html";

/// Show the effect of each of the five fits, or of each option, on an image
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArg,
    /// Folder for gallery.png and index.html, or for options.html, and for the variants; created if
    /// missing
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Width of the box in pixels [default: one box smaller and one larger than the image]
    #[arg(long, value_name = "N", requires = "height", allow_negative_numbers = true)]
    width: Option<u32>,
    /// Height of the box in pixels
    #[arg(long, value_name = "N", requires = "width", allow_negative_numbers = true)]
    height: Option<u32>,
    /// Show every option of the option texts instead of the five fits
    #[arg(long, conflicts_with_all = ["width", "height"])]
    options: bool,
    /// Print the created files as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Serialize)]
struct Report<'a> {
    sheet: &'a str,
    /// Of an animation.
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<&'a str>,
    page: &'a str,
    variants: Vec<VariantReport<'a>>,
}

#[derive(Serialize)]
struct VariantReport<'a> {
    file: &'a str,
    fit: Fit,
    width: u32,
    height: u32,
    bytes: usize,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let limits = args.limits.limits();
    let mut renderer = Renderer::with_limits(limits.clone());
    let given = args.width.zip(args.height);
    let source = source(args, given, &limits, &mut renderer)?;
    if args.options {
        return options::run(&source, &args.output, args.json, &mut renderer);
    }
    let all_bounds = match given {
        Some(size) => vec![Bounds::given(size)],
        None => Bounds::around(source.size, limits.max_side).into(),
    };
    let rows = all_bounds
        .into_iter()
        .map(|bounds| row(bounds, &source, &mut renderer))
        .collect::<Result<Vec<_>, _>>()?;
    // Variants are read back, and an animation may have grown.
    let mut own_limits = limits;
    own_limits.max_input_bytes = u64::MAX;
    let mut renderer = Renderer::with_limits(own_limits);
    let sheet = sheet::draw(&source, &rows, &mut renderer)?;
    let strip = source.is_animated.then(|| strip::draw(&source.bytes, &mut renderer)).transpose()?;

    files::create_folder(&args.output)?;
    for cell in rows.iter().flat_map(|row| &row.cells) {
        files::write_output(&args.output.join(&cell.file), &cell.rendered.bytes)?;
    }
    files::write_output(&args.output.join(SHEET), &encode(&sheet)?)?;
    if let Some(strip) = &strip {
        files::write_output(&args.output.join(STRIP), &encode(strip)?)?;
    }
    let strip = strip.map(|strip| Picture { file: STRIP, size: strip.dimensions() });
    let page = page::html(&source, &rows, &Picture { file: SHEET, size: sheet.dimensions() }, strip.as_ref());
    files::write_output(&args.output.join(PAGE), page.as_bytes())?;

    if !args.json {
        return print::line(&args.output.join(PAGE).display().to_string());
    }
    let variants = rows.iter().flat_map(|row| &row.cells).map(|cell| VariantReport {
        file: &cell.file,
        fit: cell.fit,
        width: cell.rendered.info.width,
        height: cell.rendered.info.height,
        bytes: cell.rendered.bytes.len(),
    });
    let frames = strip.map(|strip| strip.file);
    print::json(&Report { sheet: SHEET, frames, page: PAGE, variants: variants.collect() })
}

/// Reads the image. If no box is given, a large image is replaced by a smaller copy.
fn source(
    args: &Args,
    given: Option<(u32, u32)>,
    limits: &Limits,
    renderer: &mut Renderer,
) -> Result<Source, Failure> {
    let path = &args.input.input;
    let bytes = files::read_input(path, limits.max_input_bytes)?;
    let info = cretula::probe(&bytes, limits)?;
    let name = match path.file_name() {
        Some(name) if !files::is_stream(path) => name.to_string_lossy().into_owned(),
        _ => "the image".to_owned(),
    };
    let (full, is_animated) = ((info.width, info.height), info.frames > 1);
    if given.is_some() || full.0.max(full.1) <= COPY_SIDE {
        return Ok(Source { name, full, bytes, format: info.format, size: full, is_animated });
    }
    let options = VariantOptions::new(Fit::ScaleDown, COPY_SIDE, COPY_SIDE).metadata(MetadataPolicy::Keep);
    let copy =
        renderer.render(&bytes, &Request::new(options).output(OutputOptions::new().format(Format::Png)))?;
    Ok(Source {
        name,
        full,
        bytes: copy.bytes,
        format: info.format,
        size: (copy.info.width, copy.info.height),
        is_animated,
    })
}

fn row(bounds: Bounds, source: &Source, renderer: &mut Renderer) -> Result<Row, Failure> {
    let (width, height) = bounds.size;
    let output = OutputOptions::new().format(source.format);
    let requests = Fit::REFERENCE
        .map(|fit| Request::new(VariantOptions::new(fit, width, height)).output(output.clone()));
    let rendered = renderer.render_all(&source.bytes, &requests, None)?;
    let mut cells = Vec::with_capacity(rendered.len());
    for (request, rendered) in requests.iter().zip(rendered) {
        let fit = request.variant.fit;
        let placement = place(source.size.0, source.size.1, &request.variant)?;
        let file = format!("{fit}-{width}x{height}.{}", rendered.info.format.extension());
        cells.push(Cell { fit, placement, rendered, file });
    }
    Ok(Row { bounds, cells })
}

fn encode(sheet: &RgbaImage) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive);
    let opaque = DynamicImage::ImageRgba8(sheet.clone()).into_rgb8();
    opaque
        .write_with_encoder(encoder)
        .map_err(|error| Failure::internal(format!("writing the sheet: {error}")))?;
    Ok(bytes)
}
