//! Options of the lossy encoders.

/// Quality and effort of a lossy encoding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LossyOptions {
    /// 1 to 100.
    pub(crate) quality: u8,
    /// 1 to 6; used by WebP only.
    #[cfg_attr(not(feature = "webp-lossy"), expect(dead_code, reason = "no lossy WebP"))]
    pub(crate) effort: u8,
}
