//! WebP through libwebp's encoder: the only file that calls C.
//!
//! In: RGB, RGBA or YCbCr planes, and the options. Out: a WebP file. Interrupts are checked
//! between rows of macroblocks; of lossless output, at a few points only. Must not know anything but libwebp's own types; no pointer leaves
//! this file.
#![allow(unsafe_code, reason = "libwebp-sys is a raw binding; every call below states why it is sound")]

use std::ffi::c_int;

use libwebp_sys as webp;

use super::error::internal;
use crate::error::{Result, Stage};
use crate::geometry::Size;
use crate::limits::Interrupt;
use crate::options::WebpOptions;

/// Encodes `samples` of a picture of `size`: RGBA with `alpha`, otherwise RGB.
pub(super) fn encode(
    samples: &[u8],
    size: Size,
    alpha: bool,
    options: WebpOptions,
    interrupt: Interrupt<'_>,
) -> Result<Vec<u8>> {
    let channels = if alpha { 4 } else { 3 };
    if samples.len() as u64 != size.area() * channels || size.area() == 0 {
        return Err(internal("the number of samples does not match the size"));
    }
    let picture = if options.lossless {
        let mut picture = Picture::new(size)?;
        picture.raw.use_argb = 1;
        picture.import(samples, alpha)?;
        picture
    } else {
        import(samples, size, alpha, CHECK_INTERVAL, interrupt)?
    };
    picture.encode(options, interrupt)
}

/// Planes of RGBA `samples`, with an alpha plane only if a pixel is not opaque.
pub(super) fn planes(samples: &[u8], size: Size, interrupt: Interrupt<'_>) -> Result<Picture> {
    if samples.len() as u64 != size.area() * 4 || size.area() == 0 {
        return Err(internal("the number of samples does not match the size"));
    }
    import(samples, size, true, CHECK_INTERVAL, interrupt)
}

/// Pixels converted to planes, or copied, between interrupt checks.
const CHECK_INTERVAL: usize = 1 << 20;

/// Converts `samples`, which must fill `size`, to planes, in bands of about `band_pixels` pixels.
/// Bands have an even number of rows because libwebp converts rows in pairs.
fn import(
    samples: &[u8],
    size: Size,
    alpha: bool,
    band_pixels: usize,
    interrupt: Interrupt<'_>,
) -> Result<Picture> {
    let channels = if alpha { 4 } else { 3 };
    let (width, height) = (size.width as usize, size.height as usize);
    let band_rows = (band_pixels / width).next_multiple_of(2).max(2);
    if band_rows >= height {
        let mut picture = Picture::new(size)?;
        picture.import(samples, alpha)?;
        return Ok(picture);
    }
    let mut transparent = false;
    for band in samples.chunks(band_rows * width * channels).filter(|_| alpha) {
        interrupt.check_interrupt(Stage::Encode)?;
        transparent = transparent || band.as_chunks::<4>().0.iter().any(|pixel| pixel[3] != u8::MAX);
    }
    let mut picture = Picture::with_planes(size, transparent)?;
    for (number, band) in samples.chunks(band_rows * width * channels).enumerate() {
        interrupt.check_interrupt(Stage::Encode)?;
        let rows = band.len() / (width * channels);
        let mut part = Picture::new(Size::new(size.width, u32::try_from(rows).map_err(internal)?))?;
        part.import(band, alpha)?;
        let (top, half) = (number * band_rows, width.div_ceil(2));
        for (plane, width, rows, top) in [
            (Plane::Y, width, rows, top),
            (Plane::U, half, rows.div_ceil(2), top / 2),
            (Plane::V, half, rows.div_ceil(2), top / 2),
            (Plane::Alpha, width, if transparent { rows } else { 0 }, top),
        ] {
            for row in 0..rows {
                let target = picture
                    .row(plane, top + row, width)
                    .ok_or_else(|| internal("libwebp did not allocate this plane"))?;
                match part.row(plane, row, width) {
                    Some(source) => target.copy_from_slice(source),
                    // A band that is opaque has no alpha plane.
                    None => target.fill(u8::MAX),
                }
            }
        }
    }
    Ok(picture)
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Plane {
    Y,
    U,
    V,
    Alpha,
}

/// Encodes Y, Cb and Cr planes of a picture of `size`, with chroma at half the size per axis,
/// rounded up. `luma` and `chroma` map samples to the levels that libwebp expects.
pub(super) fn encode_planes(
    planes: [&[u8]; 3],
    size: Size,
    [luma, chroma]: &[[u8; 256]; 2],
    options: WebpOptions,
    interrupt: Interrupt<'_>,
) -> Result<Vec<u8>> {
    let (width, height) = (size.width as usize, size.height as usize);
    let half = (width.div_ceil(2), height.div_ceil(2));
    let sizes = [(width, height), half, half];
    if size.area() == 0
        || planes.iter().zip(sizes).any(|(plane, (width, height))| plane.len() != width * height)
    {
        return Err(internal("the number of samples does not match the size"));
    }
    let mut picture = Picture::with_planes(size, false)?;
    let targets = [Plane::Y, Plane::U, Plane::V];
    let levels = [luma, chroma, chroma];
    for (((plane, (width, _)), target), levels) in planes.into_iter().zip(sizes).zip(targets).zip(levels) {
        for (y, row) in plane.chunks_exact(width).enumerate() {
            if y % (CHECK_INTERVAL / width + 1) == 0 {
                interrupt.check_interrupt(Stage::Encode)?;
            }
            let target = picture
                .row(target, y, width)
                .ok_or_else(|| internal("libwebp did not allocate this plane"))?;
            for (target, &sample) in target.iter_mut().zip(row) {
                *target = levels[usize::from(sample)];
            }
        }
    }
    picture.encode(options, interrupt)
}

/// A `WebPPicture`, freed on drop.
pub(super) struct Picture {
    raw: webp::WebPPicture,
}

impl Picture {
    /// A picture without planes.
    fn new(size: Size) -> Result<Self> {
        let side = |value: u32| c_int::try_from(value).map_err(internal);
        let mut raw =
            webp::WebPPicture::new().map_err(|()| internal("libwebp has an incompatible ABI version"))?;
        (raw.width, raw.height) = (side(size.width)?, side(size.height)?);
        Ok(Self { raw })
    }

    /// A picture with Y, Cb and Cr planes of any content, and with `alpha` one for alpha.
    pub(super) fn with_planes(size: Size, alpha: bool) -> Result<Self> {
        let mut picture = Self::new(size)?;
        picture.raw.colorspace =
            if alpha { webp::WebPEncCSP::WEBP_YUV420A } else { webp::WebPEncCSP::WEBP_YUV420 };
        picture.alloc()?;
        Ok(picture)
    }

    /// Allocates the planes.
    fn alloc(&mut self) -> Result<()> {
        // SAFETY: the picture is initialized, its width and height are set.
        if unsafe { webp::WebPPictureAlloc(&raw mut self.raw) } == 0 {
            return Err(self.error());
        }
        Ok(())
    }

    /// Fills the planes, or ARGB if `use_argb` is set, from RGBA samples with `alpha`, otherwise RGB; they
    /// must fill the picture.
    fn import(&mut self, samples: &[u8], alpha: bool) -> Result<()> {
        let channels = if alpha { 4 } else { 3 };
        let stride = self.raw.width.checked_mul(channels).ok_or_else(|| internal("row too long"))?;
        let side = |side: c_int| usize::try_from(side).map_err(internal);
        if Some(samples.len()) != side(stride)?.checked_mul(side(self.raw.height)?) {
            return Err(internal("the number of samples does not match the size"));
        }
        // SAFETY: the picture is initialized, its width and height are set, and `samples` holds
        // `height` rows of `stride` bytes, as checked above; libwebp copies them and keeps no
        // pointer.
        let imported = unsafe {
            if alpha {
                webp::WebPPictureImportRGBA(&raw mut self.raw, samples.as_ptr(), stride)
            } else {
                webp::WebPPictureImportRGB(&raw mut self.raw, samples.as_ptr(), stride)
            }
        };
        if imported == 0 { Err(self.error()) } else { Ok(()) }
    }

    /// The first `width` samples of a row; `None` if there is no such plane or row.
    pub(super) fn row(&mut self, plane: Plane, row: usize, width: usize) -> Option<&mut [u8]> {
        let raw = &self.raw;
        let (start, stride, columns, rows) = match plane {
            Plane::Y => (raw.y, raw.y_stride, raw.width, raw.height),
            Plane::U => (raw.u, raw.uv_stride, (raw.width + 1) / 2, (raw.height + 1) / 2),
            Plane::V => (raw.v, raw.uv_stride, (raw.width + 1) / 2, (raw.height + 1) / 2),
            Plane::Alpha => (raw.a, raw.a_stride, raw.width, raw.height),
        };
        let [stride, columns, rows] = [stride, columns, rows].map(|side| usize::try_from(side).unwrap_or(0));
        if start.is_null() || row >= rows || width > columns || columns > stride {
            return None;
        }
        // SAFETY: `start` is not null, so libwebp allocated this plane: `rows` rows, `stride` bytes
        // apart, each of at least `columns` bytes. `row` and `width` are in range, as checked
        // above. The picture owns the plane until it is freed, and the returned slice borrows the
        // picture mutably, so nothing else can access the plane meanwhile.
        Some(unsafe { std::slice::from_raw_parts_mut(start.add(row * stride), width) })
    }

    fn encode(mut self, options: WebpOptions, interrupt: Interrupt<'_>) -> Result<Vec<u8>> {
        self.encode_in_place(options, false, interrupt)
    }

    /// Encodes a lossy picture and replaces its color planes by what a decoder makes of them before it filters the edges of
    /// blocks. Colors of transparent pixels are encoded like others.
    pub(super) fn encode_and_show(
        &mut self,
        options: WebpOptions,
        interrupt: Interrupt<'_>,
    ) -> Result<Vec<u8>> {
        self.encode_in_place(options, true, interrupt)
    }

    fn encode_in_place(
        &mut self,
        options: WebpOptions,
        show: bool,
        interrupt: Interrupt<'_>,
    ) -> Result<Vec<u8>> {
        let mut config =
            webp::WebPConfig::new().map_err(|()| internal("libwebp has an incompatible ABI version"))?;
        let WebpOptions { quality, effort, lossless, .. } = options;
        if lossless {
            // SAFETY: the configuration is initialized; libwebp sets fields of it and refuses a level outside 0 to 9.
            if unsafe { webp::WebPConfigLosslessPreset(&raw mut config, effort.into()) } == 0 {
                return Err(internal("libwebp refused the lossless preset"));
            }
        } else {
            config.quality = f32::from(quality);
            config.method = effort.into();
        }
        (config.show_compressed, config.exact) = (show.into(), show.into());
        let mut output = MemoryWriter::new();
        self.raw.writer = Some(webp::WebPMemoryWrite);
        self.raw.custom_ptr = (&raw mut output.raw).cast();
        self.raw.progress_hook = Some(continue_encoding);
        self.raw.user_data = (&raw const interrupt).cast_mut().cast();
        // SAFETY: the configuration and the picture are initialized, and libwebp checks that the
        // configuration is valid. `custom_ptr` points to the memory writer that `WebPMemoryWrite`
        // expects, `user_data` to the interrupt that `continue_encoding` expects; both outlive the
        // call.
        let encoded = unsafe { webp::WebPEncode(&raw const config, &raw mut self.raw) };
        self.raw.user_data = std::ptr::null_mut();
        if encoded == 0 {
            interrupt.check_interrupt(Stage::Encode)?;
            return Err(self.error());
        }
        Ok(output.bytes().to_vec())
    }

    fn error(&self) -> crate::error::Error {
        internal(format!("libwebp failed: {:?}", self.raw.error_code))
    }
}

/// The progress hook: libwebp calls it during encoding and aborts if it returns 0.
extern "C" fn continue_encoding(_percent: c_int, picture: *const webp::WebPPicture) -> c_int {
    // SAFETY: libwebp passes the picture being encoded, whose `user_data` is the interrupt that
    // `encode` stored there.
    let interrupt = unsafe { (*picture).user_data.cast::<Interrupt<'_>>().as_ref() };
    c_int::from(interrupt.is_none_or(|interrupt| interrupt.check_interrupt(Stage::Encode).is_ok()))
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the picture was initialized by `new` and is freed once.
        unsafe { webp::WebPPictureFree(&raw mut self.raw) }
    }
}

/// A `WebPMemoryWriter`, cleared on drop.
struct MemoryWriter {
    raw: webp::WebPMemoryWriter,
}

impl MemoryWriter {
    fn new() -> Self {
        // SAFETY: the memory writer is plain old data, for which all zeros is a valid value; the
        // call of `WebPMemoryWriterInit` below then sets it.
        let mut raw: webp::WebPMemoryWriter = unsafe { std::mem::zeroed() };
        // SAFETY: `raw` is a local memory writer, exclusively borrowed.
        unsafe { webp::WebPMemoryWriterInit(&raw mut raw) };
        Self { raw }
    }

    fn bytes(&self) -> &[u8] {
        if self.raw.mem.is_null() {
            return &[];
        }
        // SAFETY: `mem` is not null, so libwebp wrote `size` bytes there; they stay allocated until
        // this writer is dropped.
        unsafe { std::slice::from_raw_parts(self.raw.mem, self.raw.size) }
    }
}

impl Drop for MemoryWriter {
    fn drop(&mut self) {
        // SAFETY: the writer was initialized by `new` and is cleared once.
        unsafe { webp::WebPMemoryWriterClear(&raw mut self.raw) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::limits::{Budget, CancelToken, Limits};
    use crate::render::frame::YuvRange;

    fn encode(samples: &[u8], size: Size, alpha: bool, quality: u8) -> Result<Vec<u8>> {
        let limits = Limits::default();
        let options = WebpOptions::new().quality(quality);
        super::encode(samples, size, alpha, options, Budget::start(&limits, None).interrupt())
    }

    #[test]
    fn samples_that_do_not_fill_the_size_are_rejected_before_libwebp_sees_them() {
        assert!(encode(&[0; 11], Size::new(2, 2), false, 80).is_err());
        assert!(encode(&[0; 12], Size::new(2, 2), true, 80).is_err());
        assert!(encode(&[], Size::new(0, 0), false, 80).is_err());
    }

    #[test]
    fn planes_that_do_not_fill_the_size_are_rejected() {
        let planes = |y: usize, c: usize| {
            let levels = &YuvRange::Full.levels(YuvRange::Video);
            let limits = Limits::default();
            let interrupt = Budget::start(&limits, None).interrupt();
            encode_planes(
                [&vec![90; y], &vec![128; c], &vec![128; c]],
                Size::new(3, 3),
                levels,
                WebpOptions::new(),
                interrupt,
            )
        };
        assert!(planes(9, 4).is_ok());
        assert!(planes(8, 4).is_err() && planes(10, 4).is_err() && planes(9, 3).is_err());
    }

    #[test]
    fn encoding_writes_a_riff_file_and_frees_its_memory() {
        for _ in 0..100 {
            let bytes = encode(&[200; 16], Size::new(2, 2), true, 80).unwrap();
            assert_eq!((&bytes[..4], &bytes[8..12]), (&b"RIFF"[..], &b"WEBP"[..]));
        }
        assert!(
            encode(&vec![0; 16_384 * 3], Size::new(16_384, 1), false, 80).is_err(),
            "wider than WebP allows"
        );
    }

    #[test]
    fn importing_in_bands_gives_the_same_planes() {
        let limits = Limits::default();
        let interrupt = Budget::start(&limits, None).interrupt();
        let size = Size::new(61, 47);
        let grain = |i: usize| (i * 7919).to_le_bytes()[1];
        for (alpha, transparent_from) in [(false, 0), (true, 0), (true, 61 * 40), (true, usize::MAX)] {
            let channels = if alpha { 4 } else { 3 };
            let mut samples: Vec<u8> = (0..61 * 47 * channels).map(grain).collect();
            for (number, pixel) in samples.chunks_exact_mut(4).enumerate().filter(|_| alpha) {
                pixel[3] = if number < transparent_from { u8::MAX } else { pixel[3] };
            }
            let whole = import(&samples, size, alpha, usize::MAX / 2, interrupt)
                .unwrap()
                .encode(WebpOptions::new(), interrupt)
                .unwrap();
            for pixels in [1, 61 * 3, 61 * 20, 61 * 46] {
                let banded = import(&samples, size, alpha, pixels, interrupt)
                    .unwrap()
                    .encode(WebpOptions::new(), interrupt)
                    .unwrap();
                assert!(banded == whole, "alpha {alpha} from {transparent_from}, {pixels} pixels per band");
            }
        }
    }

    #[test]
    fn a_cancelled_call_stops() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let interrupt = Budget::start(&limits, Some(&token)).interrupt();
        let error = super::encode(&[9; 64 * 64 * 3], Size::new(64, 64), false, WebpOptions::new(), interrupt)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
