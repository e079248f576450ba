//! The one place that calls C: libwebp's encoder, lossy.
//!
//! In: RGB or RGBA and a quality. Out: a WebP file. Knows nothing but libwebp's own types; all pointers live and die
//! here.
#![allow(unsafe_code, reason = "libwebp-sys is a raw binding; every call below states why it is sound")]

use libwebp_sys as webp;

use super::bug;
use crate::error::Result;
use crate::fit::Size;

/// libwebp's effort, 0 to 6. Two takes half the time of its default four for about two percent more bytes.
const METHOD: std::ffi::c_int = 2;

/// Encodes `samples`, RGB or (with `alpha`) RGBA, of `size` pixels.
pub(super) fn encode(samples: &[u8], size: Size, alpha: bool, quality: u8) -> Result<Vec<u8>> {
    let channels = if alpha { 4 } else { 3 };
    let side = |value: u32| std::ffi::c_int::try_from(value).map_err(bug);
    let (width, height) = (side(size.width)?, side(size.height)?);
    if samples.len() as u64 != size.area() * channels || size.area() == 0 {
        return Err(bug("samples and size disagree"));
    }
    let stride =
        side(size.width)?.checked_mul(if alpha { 4 } else { 3 }).ok_or_else(|| bug("row too long"))?;

    let mut config = webp::WebPConfig::new().map_err(|()| bug("libwebp's version does not fit"))?;
    config.quality = f32::from(quality);
    config.method = METHOD;
    let mut picture = Picture::new()?;
    picture.raw.width = width;
    picture.raw.height = height;
    // SAFETY: `picture` is initialised, its width and height are set, and `samples` holds `height` rows of `stride`
    // bytes, as checked above; libwebp copies them and keeps no pointer.
    let imported = unsafe {
        if alpha {
            webp::WebPPictureImportRGBA(&raw mut picture.raw, samples.as_ptr(), stride)
        } else {
            webp::WebPPictureImportRGB(&raw mut picture.raw, samples.as_ptr(), stride)
        }
    };
    if imported == 0 {
        return Err(picture.error());
    }

    let mut output = Output::new();
    picture.raw.writer = Some(webp::WebPMemoryWrite);
    picture.raw.custom_ptr = (&raw mut output.raw).cast();
    // SAFETY: both are initialised, the configuration is valid (checked by libwebp), and `custom_ptr` is the memory
    // writer that `WebPMemoryWrite` expects; it outlives the call.
    let encoded = unsafe { webp::WebPEncode(&raw const config, &raw mut picture.raw) };
    if encoded == 0 {
        return Err(picture.error());
    }
    Ok(output.bytes().to_vec())
}

/// A picture that frees its planes.
struct Picture {
    raw: webp::WebPPicture,
}

impl Picture {
    fn new() -> Result<Self> {
        let raw = webp::WebPPicture::new().map_err(|()| bug("libwebp's version does not fit"))?;
        Ok(Self { raw })
    }

    fn error(&self) -> crate::error::Error {
        bug(format!("libwebp refused: {:?}", self.raw.error_code))
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the picture was initialised by `new` and is freed once.
        unsafe { webp::WebPPictureFree(&raw mut self.raw) }
    }
}

/// A memory writer that frees its buffer.
struct Output {
    raw: webp::WebPMemoryWriter,
}

impl Output {
    fn new() -> Self {
        // SAFETY: a memory writer is plain old data for which all zeros is a valid value; init then sets it.
        let mut raw: webp::WebPMemoryWriter = unsafe { std::mem::zeroed() };
        // SAFETY: `raw` is a writer of ours, exclusively borrowed.
        unsafe { webp::WebPMemoryWriterInit(&raw mut raw) };
        Self { raw }
    }

    fn bytes(&self) -> &[u8] {
        if self.raw.mem.is_null() {
            return &[];
        }
        // SAFETY: libwebp wrote `size` bytes at `mem`, which stays allocated until this writer is dropped.
        unsafe { std::slice::from_raw_parts(self.raw.mem, self.raw.size) }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: the writer was initialised by `new` and is cleared once.
        unsafe { webp::WebPMemoryWriterClear(&raw mut self.raw) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_samples_that_do_not_fill_the_size_before_libwebp_sees_them() {
        assert!(encode(&[0; 11], Size::new(2, 2), false, 80).is_err());
        assert!(encode(&[0; 12], Size::new(2, 2), true, 80).is_err());
        assert!(encode(&[], Size::new(0, 0), false, 80).is_err());
    }

    #[test]
    fn writes_a_riff_file_and_frees_what_it_took() {
        for _ in 0..100 {
            let bytes = encode(&[200; 16], Size::new(2, 2), true, 80).unwrap();
            assert_eq!((&bytes[..4], &bytes[8..12]), (&b"RIFF"[..], &b"WEBP"[..]));
        }
        assert!(encode(&vec![0; 16_384 * 3], Size::new(16_384, 1), false, 80).is_err(), "beyond WebP's size");
    }
}
