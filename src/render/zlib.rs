//! zlib streams (RFC 1950), which compress metadata and profiles.
//!
//! In: a stream and a limit on its decompressed size. Out: the decompressed bytes, or why there are
//! none. Must not know their meaning.

use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit};

/// Maximum decompressed bytes of one block of metadata; a larger one is not decompressed.
pub(crate) const MAX_METADATA: usize = 4 << 20;

/// The maximum compression ratio of deflate.
const MAX_RATIO: usize = 1032;

/// Bytes of the header, before the deflate stream.
const HEADER: usize = 2;

/// An upper bound on the bytes that a stream of `length` bytes takes when it is decompressed as
/// metadata.
pub(crate) fn max_unpacked(length: usize) -> usize {
    length.saturating_mul(MAX_RATIO).min(MAX_METADATA)
}

/// Decompresses `stream` to at most `limit` bytes. A wrong checksum is an error, but a missing or
/// truncated checksum after complete data is not.
pub(crate) fn unpack(stream: &[u8], limit: usize) -> Result<Vec<u8>, String> {
    // Drop the error here: it holds the bytes decompressed so far, and the stream may be
    // decompressed again below.
    let (status, why) = match decompress_to_vec_zlib_with_limit(stream, limit) {
        Ok(bytes) => return Ok(bytes),
        Err(error) => (error.status, error.to_string()),
    };
    if matches!(status, TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress)
        && let Some(Ok(bytes)) =
            stream.get(HEADER..).map(|deflated| decompress_to_vec_with_limit(deflated, limit))
    {
        return Ok(bytes);
    }
    Err(format!("it cannot be unpacked: {why}"))
}

/// Decompresses the beginning of `stream` into `head` and returns the number of bytes written.
pub(crate) fn head(stream: &[u8], head: &mut [u8]) -> usize {
    let flags =
        inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    decompress(&mut DecompressorOxide::new(), stream, head, 0, flags).2
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;

    use super::*;

    #[test]
    fn the_beginning_is_decompressed_without_the_rest() {
        let text: Vec<u8> = (0..5000_u32).map(|i| (i % 61) as u8).collect();
        let packed = compress_to_vec_zlib(&text, 6);
        let mut start = [0; 100];
        assert_eq!((head(&packed, &mut start), &start[..]), (100, &text[..100]));
        assert_eq!(head(&compress_to_vec_zlib(b"abc", 6), &mut start), 3);
        assert_eq!(head(b"nothing packed", &mut start), 0);
    }

    #[test]
    fn only_the_checksum_may_be_missing() {
        let text: Vec<u8> = (0..5000_u32).map(|i| (i % 61) as u8).collect();
        let packed = compress_to_vec_zlib(&text, 6);
        for length in 0..=packed.len() {
            let whole = length >= packed.len() - 4;
            assert_eq!(unpack(&packed[..length], text.len()).is_ok(), whole, "{length}");
        }
        assert_eq!(unpack(&packed, text.len()), Ok(text.clone()));
        assert!(unpack(&packed, text.len() - 1).is_err());
        assert!(unpack(&packed[..packed.len() - 4], text.len() - 1).is_err());
        let mut wrong = packed;
        *wrong.last_mut().unwrap() ^= 1;
        assert!(unpack(&wrong, text.len()).is_err());
    }
}
