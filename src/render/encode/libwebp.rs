//! The one place that calls C: libwebp's encoder, lossy.
//!
//! In: RGB, RGBA or planes, a quality, and an alarm that stops it between rows of macroblocks. Out: a WebP file. Knows nothing but libwebp's own types; all pointers live and die
//! here.
#![allow(unsafe_code, reason = "libwebp-sys is a raw binding; every call below states why it is sound")]

use std::ffi::c_int;

use libwebp_sys as webp;

use super::bug;
use crate::error::{Result, Stage};
use crate::fit::Size;
use crate::limits::Alarm;

/// libwebp's effort, 0 to 6. Two takes half the time of its default four for about two percent more bytes.
const METHOD: c_int = 2;

/// Encodes `samples`, RGB or (with `alpha`) RGBA, of `size` pixels.
pub(super) fn encode(
    samples: &[u8],
    size: Size,
    alpha: bool,
    quality: u8,
    alarm: Alarm<'_>,
) -> Result<Vec<u8>> {
    let channels = if alpha { 4 } else { 3 };
    if samples.len() as u64 != size.area() * channels || size.area() == 0 {
        return Err(bug("samples and size disagree"));
    }
    let mut picture = Picture::new(size)?;
    let stride =
        picture.raw.width.checked_mul(if alpha { 4 } else { 3 }).ok_or_else(|| bug("row too long"))?;
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
    picture.encode(quality, alarm)
}

/// Encodes Y, Cb and Cr of `size` pixels, chroma with half the samples a side, rounded up. `levels` are what libwebp is
/// given for those of luma and of chroma.
pub(super) fn encode_planes(
    planes: [&[u8]; 3],
    size: Size,
    [luma, chroma]: &[[u8; 256]; 2],
    quality: u8,
    alarm: Alarm<'_>,
) -> Result<Vec<u8>> {
    let (width, height) = (size.width as usize, size.height as usize);
    let half = (width.div_ceil(2), height.div_ceil(2));
    let sizes = [(width, height), half, half];
    if size.area() == 0
        || planes.iter().zip(sizes).any(|(plane, (width, height))| plane.len() != width * height)
    {
        return Err(bug("samples and size disagree"));
    }
    let mut picture = Picture::new(size)?;
    // SAFETY: `picture` is initialised, its width and height are set.
    if unsafe { webp::WebPPictureAlloc(&raw mut picture.raw) } == 0 {
        return Err(picture.error());
    }
    let raw = &mut picture.raw;
    let targets = [(raw.y, raw.y_stride), (raw.u, raw.uv_stride), (raw.v, raw.uv_stride)];
    let levels = [luma, chroma, chroma];
    for (((plane, (width, height)), (target, stride)), levels) in
        planes.into_iter().zip(sizes).zip(targets).zip(levels)
    {
        let stride = usize::try_from(stride).map_err(bug)?;
        if target.is_null() || stride < width {
            return Err(bug("libwebp made no plane"));
        }
        for (y, row) in plane.chunks_exact(width).enumerate().take(height) {
            // SAFETY: `WebPPictureAlloc` made a plane of `height` rows, `stride` bytes apart, each of at least `width`
            // bytes; it is ours until the picture is freed, and nothing else points into it now.
            let target = unsafe { std::slice::from_raw_parts_mut(target.add(y * stride), width) };
            for (target, &sample) in target.iter_mut().zip(row) {
                *target = levels[usize::from(sample)];
            }
        }
    }
    picture.encode(quality, alarm)
}

/// A picture that frees its planes.
struct Picture {
    raw: webp::WebPPicture,
}

impl Picture {
    /// Without planes yet.
    fn new(size: Size) -> Result<Self> {
        let side = |value: u32| c_int::try_from(value).map_err(bug);
        let mut raw = webp::WebPPicture::new().map_err(|()| bug("libwebp's version does not fit"))?;
        (raw.width, raw.height) = (side(size.width)?, side(size.height)?);
        Ok(Self { raw })
    }

    fn encode(mut self, quality: u8, alarm: Alarm<'_>) -> Result<Vec<u8>> {
        let mut config = webp::WebPConfig::new().map_err(|()| bug("libwebp's version does not fit"))?;
        config.quality = f32::from(quality);
        config.method = METHOD;
        let mut output = Output::new();
        self.raw.writer = Some(webp::WebPMemoryWrite);
        self.raw.custom_ptr = (&raw mut output.raw).cast();
        self.raw.progress_hook = Some(goes_on);
        self.raw.user_data = (&raw const alarm).cast_mut().cast();
        // SAFETY: both are initialised, the configuration is valid (checked by libwebp), `custom_ptr` is the memory
        // writer that `WebPMemoryWrite` expects, and `user_data` the alarm that `goes_on` does; both outlive the call.
        let encoded = unsafe { webp::WebPEncode(&raw const config, &raw mut self.raw) };
        self.raw.user_data = std::ptr::null_mut();
        if encoded == 0 {
            alarm.checkpoint(Stage::Encode)?;
            return Err(self.error());
        }
        Ok(output.bytes().to_vec())
    }

    fn error(&self) -> crate::error::Error {
        bug(format!("libwebp refused: {:?}", self.raw.error_code))
    }
}

/// Called by libwebp now and then: 0 has it give up.
extern "C" fn goes_on(_percent: c_int, picture: *const webp::WebPPicture) -> c_int {
    // SAFETY: libwebp hands over the picture that it encodes, whose `user_data` is the alarm that `encode` put there.
    let alarm = unsafe { (*picture).user_data.cast::<Alarm<'_>>().as_ref() };
    c_int::from(alarm.is_none_or(|alarm| alarm.checkpoint(Stage::Encode).is_ok()))
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
    use crate::error::ErrorKind;
    use crate::limits::{Budget, CancelToken, Limits};
    use crate::render::pixels::Range;

    fn encode(samples: &[u8], size: Size, alpha: bool, quality: u8) -> Result<Vec<u8>> {
        let limits = Limits::default();
        super::encode(samples, size, alpha, quality, Budget::start(&limits, None).alarm())
    }

    #[test]
    fn refuses_samples_that_do_not_fill_the_size_before_libwebp_sees_them() {
        assert!(encode(&[0; 11], Size::new(2, 2), false, 80).is_err());
        assert!(encode(&[0; 12], Size::new(2, 2), true, 80).is_err());
        assert!(encode(&[], Size::new(0, 0), false, 80).is_err());
    }

    #[test]
    fn refuses_planes_that_do_not_fill_the_size() {
        let planes = |y: usize, c: usize| {
            let levels = &Range::Full.levels(Range::Video);
            let limits = Limits::default();
            let alarm = Budget::start(&limits, None).alarm();
            encode_planes([&vec![90; y], &vec![128; c], &vec![128; c]], Size::new(3, 3), levels, 80, alarm)
        };
        assert!(planes(9, 4).is_ok());
        assert!(planes(8, 4).is_err() && planes(10, 4).is_err() && planes(9, 3).is_err());
    }

    #[test]
    fn writes_a_riff_file_and_frees_what_it_took() {
        for _ in 0..100 {
            let bytes = encode(&[200; 16], Size::new(2, 2), true, 80).unwrap();
            assert_eq!((&bytes[..4], &bytes[8..12]), (&b"RIFF"[..], &b"WEBP"[..]));
        }
        assert!(encode(&vec![0; 16_384 * 3], Size::new(16_384, 1), false, 80).is_err(), "beyond WebP's size");
    }

    #[test]
    fn it_stops_when_it_is_told_to() {
        let (token, limits) = (CancelToken::new(), Limits::default());
        token.cancel();
        let alarm = Budget::start(&limits, Some(&token)).alarm();
        let error = super::encode(&[9; 64 * 64 * 3], Size::new(64, 64), false, 80, alarm).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
