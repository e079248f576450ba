//! Image variants and signed URLs: **bytes in, variants out**.
//!
//! cretula decodes, resizes and encodes uploads (JPEG, PNG, WebP, GIF) in the five fits of a hosted
//! image service, with metadata policies, color management and limits. It also signs and verifies
//! delivery URLs, and validates identifiers and records. It opens no file, touches no network and
//! reads no wall clock; hostile input gives an [`Error`] that names the value and the bound.
//!
//! The names, JSON and signatures are those of the Cloudflare Images API. cretula is compatible
//! with it, and not affiliated with Cloudflare.
//!
//! ```
//! use cretula::{Fit, Format, Limits, OutputOptions, Renderer, Request, VariantOptions, probe};
//!
//! # fn main() -> cretula::Result<()> {
//! # let upload = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images/rocket.jpg"));
//! let info = probe(upload, &Limits::default())?; // reads the header only
//! assert_eq!((info.width, info.height), (640, 427));
//!
//! let mut renderer = Renderer::new(); // reuses memory: keep one per thread
//! let hero = Request::new(VariantOptions::new(Fit::Cover, 320, 180))
//!     .output(OutputOptions::new().format(Format::WebP));
//! let rendered = renderer.render(upload, &hero)?;
//! assert_eq!((rendered.info.width, rendered.info.height), (320, 180));
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! | to | use |
//! |---|---|
//! | render one variant, or many of one image | [`Renderer`], [`Request`], [`Rendered`] |
//! | read a header without decoding | [`probe`](probe()), [`ImageInfo`] |
//! | see what a render would do, before it decodes | [`Renderer::plan`], [`Plan`] |
//! | decode to pixels, render pixels | [`Renderer::decode`], [`Renderer::render_pixels`], [`Pixels`] |
//! | compute geometry without an image | [`place`](place()), [`Placement`] |
//! | bound what a call may cost, or stop it | [`Limits`], [`CancelToken`] |
//! | sign and verify URLs | [`sign::Keyring`] |
//! | decide who may see a variant | [`sign::Keyring::authorize`] |
//! | validate ids, read and write the service's JSON | [`records`] |
//! | store or cache what was rendered | [`RENDERING_VERSION`] |
//! | handle failures | [`Error::kind`], [`Error::http_status`], [`Error::code`] |
//!
//! Guides: [fits](docs::fits), [metadata](docs::metadata), [formats](docs::formats),
//! [limits](docs::limits), [signing](docs::signing), [the C ABI](docs::c), [Python](docs::python),
//! [the command line](docs::command_line), [comparison with other libraries](docs::comparison),
//! [speed](docs::speed). The exact rules are in [the contract](docs::contract), the layout of the
//! source in [architecture](docs::architecture).
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `serde` | yes | JSON in the reference's names: variants, records, keys |
//! | `webp-lossy` | yes | lossy WebP output through libwebp; without it the library is Rust only, and WebP output lossless |
//! | `image` | no | conversions between [`Pixels`] and the types of the crate `image` |
//! | `parallel` | no | `Renderer::set_threads`: one picture on several threads, to the same bytes |
//! | `cli` | no | the command line `cretula` |

mod container;
mod damage;
mod decimal;
pub mod docs;
mod error;
mod geometry;
mod identifiers;
mod jpeg;
#[cfg(feature = "serde")]
mod json;
mod limits;
mod negotiate;
mod options;
mod random;
pub mod records;
mod render;
pub mod sign;
mod string_enum;
#[cfg(test)]
mod thorough;
mod threads;
mod url;
mod webp;

pub use decimal::Decimal;
pub use error::{Error, ErrorKind, LimitName, Result, Stage};
pub use geometry::{CropBox, Fit, Gravity, Offset, Placement, Size};
pub use limits::{CancelToken, Limits};
pub use negotiate::{NegotiateOptions, Negotiated, Source, negotiate};
pub use options::{
    Border, Color, ColorPolicy, Damaged, DecodeOptions, Effects, Flip, Format, FormatChoice, JpegOptions,
    MetadataPolicy, OutputOptions, PngOptions, Request, Rotation, ShrinkOnLoad, Trim, TrimBorder, Variant,
    VariantOptions, WebpOptions, place,
};
pub use render::{
    DecodedImage, ImageInfo, PixelLayout, Pixels, Plan, RENDERING_VERSION, Rendered, Renderer, Warning, probe,
};
