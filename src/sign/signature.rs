//! A signature: 32 bytes, as hexadecimal or base64url text ([contract section
//! 4](crate::docs::contract#4-signed-urls)).
//!
//! In: bytes or text. Out: text or bytes. Must not know of URLs or keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::string_enum::string_enum;

/// The output of HMAC-SHA256.
pub(super) type Signature = [u8; 32];

/// Text encoding of a signature's 32 bytes. Verification accepts both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SignatureEncoding {
    /// 64 lower-case hexadecimal digits, as the hosted service writes them.
    #[default]
    Hex,
    /// 43 characters of base64url without padding (RFC 4648 section 5): a shorter URL.
    Base64Url,
}

impl SignatureEncoding {
    /// Both encodings, the default first.
    pub const ALL: [Self; 2] = [Self::Hex, Self::Base64Url];

    /// The name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64Url => "base64url",
        }
    }
}

string_enum!(SignatureEncoding, Self::ALL, "encoding", "hex, base64url");

pub(super) fn write(signature: &Signature, encoding: SignatureEncoding, to: &mut String) {
    match encoding {
        SignatureEncoding::Hex => {
            for byte in signature {
                for nibble in [byte >> 4, byte & 15] {
                    to.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
                }
            }
        }
        SignatureEncoding::Base64Url => URL_SAFE_NO_PAD.encode_string(signature, to),
    }
}

/// Decodes either encoding, hexadecimal in either case; `None` for anything else. Each signature
/// has exactly one base64url form: the bits after the 32 bytes must be 0.
pub(super) fn read(text: &[u8]) -> Option<Signature> {
    let mut signature = [0; 32];
    match text.len() {
        64 => {
            // No branch on a digit: digits are random, and half of the branches would be
            // mispredicted.
            let (pairs, _) = text.as_chunks::<2>();
            let mut invalid = 0;
            for (byte, &[high, low]) in signature.iter_mut().zip(pairs) {
                let (high, low) = (HEX_DIGITS[usize::from(high)], HEX_DIGITS[usize::from(low)]);
                *byte = high << 4 | low & 15;
                invalid |= high | low;
            }
            if invalid > 15 {
                return None;
            }
        }
        43 => {
            let written = URL_SAFE_NO_PAD.decode_slice_unchecked(text, &mut signature).ok()?;
            debug_assert_eq!(written, 32, "43 characters are 32 bytes");
        }
        _ => return None,
    }
    Some(signature)
}

/// The value of each byte as a hexadecimal digit; more than 15 if it is not one.
const HEX_DIGITS: [u8; 256] = {
    let mut digits = [0xff; 256];
    let mut value = 0_u8;
    while value < 16 {
        let digit = b"0123456789abcdef"[value as usize];
        digits[digit as usize] = value;
        digits[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_reads_only_what_it_writes() {
        let signature: Signature = std::array::from_fn(|i| u8::try_from(i * 8 + 7).unwrap());
        for encoding in SignatureEncoding::ALL {
            let mut text = String::new();
            write(&signature, encoding, &mut text);
            assert_eq!(read(text.as_bytes()), Some(signature));
            for cut in 0..text.len() {
                assert_eq!(read(&text.as_bytes()[..cut]), None, "{cut} bytes");
            }
            for at in 0..text.len() {
                for other in 0..=u8::MAX {
                    let mut changed = text.clone().into_bytes();
                    changed[at] = other;
                    let same = changed[at].eq_ignore_ascii_case(&text.as_bytes()[at]);
                    match encoding {
                        SignatureEncoding::Hex => assert_eq!(read(&changed) == Some(signature), same),
                        SignatureEncoding::Base64Url => {
                            assert_eq!(read(&changed) == Some(signature), changed == text.as_bytes());
                        }
                    }
                }
            }
        }
    }
}
