//! Options shared by several subcommands.
//!
//! In: command-line arguments. Out: `Limits`, `VariantOptions` and `OutputOptions` of the library.
//! Must not know of image files or of the subcommand.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use cretula::{
    Color, ColorPolicy, Damaged, DecodeOptions, Fit, Format, FormatChoice, Limits, MetadataPolicy,
    OutputOptions, ShrinkOnLoad, VariantOptions, WebpOptions,
};

use crate::failure::Failure;
use crate::files;

/// Limits for one image.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Maximum number of pixels of the source [default: 100 million]
    #[arg(long, value_name = "N")]
    max_pixels: Option<u64>,
    /// Maximum bytes of memory held at once [default: 400 million]
    #[arg(long, value_name = "BYTES")]
    max_memory: Option<u64>,
    /// Maximum size of the input in bytes [default: 10 million]
    #[arg(long, value_name = "BYTES")]
    max_input: Option<u64>,
    /// Maximum time per image in milliseconds [default: no deadline]
    #[arg(long, value_name = "N")]
    deadline_ms: Option<u64>,
}

impl LimitArgs {
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.max_pixels = self.max_pixels.unwrap_or(limits.max_pixels);
        limits.max_memory_bytes = self.max_memory.unwrap_or(limits.max_memory_bytes);
        limits.max_input_bytes = self.max_input.unwrap_or(limits.max_input_bytes);
        limits.deadline = self.deadline_ms.map(Duration::from_millis);
        limits
    }
}

/// Output options.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Output format: source, jpeg, png, webp, gif, or auto (by --accept)
    #[arg(long, value_name = "F")]
    format: Option<FormatArg>,
    /// Value of the client's Accept header, for --format auto
    #[arg(long, value_name = "HEADER", allow_hyphen_values = true)]
    accept: Option<OsString>,
    /// Quality for JPEG and lossy WebP: 1 (smallest) to 100 (best); that of --options comes first
    #[arg(long, value_name = "N", default_value_t = 85, value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: u8,
    /// Color of padding, and behind transparency if the format has no alpha: #rgb, #rrggbb,
    /// #rrggbbaa or a CSS name
    #[arg(long, value_name = "COLOR", default_value = "#ffffff")]
    background: Color,
    /// Colors: srgb (convert to sRGB) or preserve (keep the pixels and embed the profile)
    #[arg(long, value_name = "POLICY", default_value = "srgb")]
    color: ColorPolicy,
    /// JPEG decoding scale: fine (smallest that is visually indistinguishable), fast (smallest that
    /// still covers the target size) or never (full size)
    #[arg(long, value_name = "S", default_value = "fine")]
    shrink: ShrinkOnLoad,
    /// Effort for lossy WebP: 1 (fastest) to 6 (smallest)
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=6))]
    effort: u8,
    /// Lossless WebP
    #[arg(long)]
    lossless: bool,
    /// The client says that its connection is slow: scq of --options replaces the quality
    #[arg(long)]
    slow_connection: bool,
    /// Write every frame of an animation whole, not only what has changed
    #[arg(long)]
    whole_frames: bool,
    /// Damaged images: refuse (an error) or accept (render them as far as they can be decoded)
    #[arg(long, value_name = "P", default_value = "refuse")]
    damaged: Damaged,
}

impl OutputArgs {
    /// The requested options; without `--format`, the format of the source.
    pub(crate) fn options(&self) -> OutputOptions {
        let options = OutputOptions::new()
            .quality(self.quality)
            .webp(WebpOptions::new().quality(self.quality).effort(self.effort).lossless(self.lossless))
            .background(self.background)
            .color(self.color)
            .slow_connection(self.slow_connection)
            .whole_frames(self.whole_frames);
        match self.format {
            Some(FormatArg::This(format)) => options.format(format),
            _ => options,
        }
    }

    /// How the source is decoded.
    pub(crate) fn decode(&self) -> DecodeOptions {
        DecodeOptions::new().shrink(self.shrink).damaged(self.damaged)
    }

    /// The `Accept` header that chooses the format, if `--format` or the variant leaves it to that.
    pub(crate) fn accept(&self, variant: &VariantOptions) -> Result<Option<&OsStr>, Failure> {
        let auto = match variant.format {
            None => self.format == Some(FormatArg::Auto),
            Some(choice) => choice == FormatChoice::Auto,
        };
        match (&self.accept, auto) {
            (Some(header), true) => Ok(Some(header)),
            (None, false) => Ok(None),
            (None, true) => Err(Failure::usage("the format auto needs --accept HEADER")),
            (Some(_), false) => Err(Failure::usage("--accept needs --format auto")),
        }
    }

    /// The requested options; without `--format` or a format of the variant, the format of the
    /// extension of `output`, or of the source on stdout.
    pub(crate) fn options_for(
        &self,
        variant: &VariantOptions,
        output: &Path,
    ) -> Result<OutputOptions, Failure> {
        if self.format.is_some() || variant.format.is_some() || files::is_stream(output) {
            return Ok(self.options());
        }
        let extension = output.extension().unwrap_or_default().to_string_lossy();
        let format = Format::from_extension(&extension).ok_or_else(|| {
            let what = match extension.as_ref() {
                "" => "no file extension".to_owned(),
                other => format!("unknown file extension {other:?}"),
            };
            Failure::usage(format!(
                "{what} in {}: use jpg, png, webp or gif, or give --format",
                output.display()
            ))
        })?;
        Ok(self.options().format(format))
    }
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum FormatArg {
    Source,
    Auto,
    This(Format),
}

impl FromStr for FormatArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "source" => Ok(Self::Source),
            "auto" => Ok(Self::Auto),
            "jpg" => Ok(Self::This(Format::Jpeg)),
            other => other.parse().map(Self::This).map_err(|_| {
                format!("unknown format {other:?}: expected one of source, auto, jpeg, png, webp, gif")
            }),
        }
    }
}

/// The options of a box of which one side may be missing.
fn variant(fit: Fit, width: Option<u32>, height: Option<u32>) -> Result<VariantOptions, Failure> {
    match (width, height) {
        (Some(width), Some(height)) => Ok(VariantOptions::new(fit, width, height)),
        (Some(width), None) => Ok(VariantOptions::with_width(fit, width)),
        (None, Some(height)) => Ok(VariantOptions::with_height(fit, height)),
        (None, None) => Err(Failure::usage("give --width, --height or both")),
    }
}

/// The options of a variant, by `--fit` and the rest or by `--variant`.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Variant")]
pub(crate) struct VariantArgs {
    /// Variant as JSON: {"fit","width","height","metadata"} or {"id","options"}; @FILE reads it
    /// from a file
    #[arg(long, value_name = "JSON|@FILE", conflicts_with_all = ["fit", "width", "height", "metadata"])]
    variant: Option<String>,
    /// All options as one text, as in a URL: w=400,h=300,fit=cover,gravity=top,sharpen=1
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["variant", "fit", "width", "height", "metadata"])]
    options: Option<VariantOptions>,
    /// Fit mode: scale-down, contain, cover, crop, pad, squeeze, scale-up or aspect-crop
    #[arg(long, value_name = "F", required_unless_present_any = ["variant", "options"])]
    fit: Option<Fit>,
    /// Width of the box in pixels; without it, it follows the aspect ratio
    #[arg(long, value_name = "N", required_unless_present_any = ["variant", "options", "height"], allow_negative_numbers = true)]
    width: Option<u32>,
    /// Height of the box in pixels; without it, it follows the aspect ratio
    #[arg(long, value_name = "N", required_unless_present_any = ["variant", "options", "width"], allow_negative_numbers = true)]
    height: Option<u32>,
    /// Metadata policy: keep, copyright or none [default: none, or copyright with --options]
    #[arg(long, value_name = "P")]
    metadata: Option<MetadataPolicy>,
}

impl VariantArgs {
    pub(crate) fn options(&self, limits: &Limits) -> Result<VariantOptions, Failure> {
        if let Some(text) = &self.variant {
            return match text.strip_prefix('@') {
                None => Ok(VariantOptions::from_json(text, limits)?),
                Some(path) => {
                    let text = read_json(Path::new(path))?;
                    VariantOptions::from_json(&text, limits).map_err(|e| Failure::from(e).about(path))
                }
            };
        }
        if let Some(options) = self.options {
            return Ok(options);
        }
        let Some(fit) = self.fit else {
            return Err(Failure::usage("give --fit with --width, --height or both, --options or --variant"));
        };
        Ok(variant(fit, self.width, self.height)?.metadata(self.metadata.unwrap_or_default()))
    }
}

/// Reads a JSON file.
pub(crate) fn read_json(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
    String::from_utf8(bytes).map_err(|_| Failure::invalid(format!("{}: not UTF-8", path.display())))
}

/// The source image.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArg {
    /// Image file; - is standard input
    pub(crate) input: PathBuf,
}
