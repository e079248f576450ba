//! Statuses: the results of calls.
//!
//! Numbers are explicit and never change. A new status is added at the end of its block.

use cretula::{Error, ErrorKind, Stage};

/// The result of a function that can fail: CRETULA_OK or one of the CRETULA_ERR_* constants.
///
/// 1 to 99 are mistakes of the caller, 100 to 199 concern the image, 200 to 299 limits, 300 to 399
/// signing and validation, and 900 to 999 are bugs of the library. New statuses may be added: treat
/// an unknown one according to its block.
pub type cretula_status = i32;

/// Success.
pub const CRETULA_OK: cretula_status = 0;

/// A required pointer is NULL.
pub const CRETULA_ERR_NULL_POINTER: cretula_status = 1;
/// The library does not know the struct_size of a struct.
pub const CRETULA_ERR_STRUCT_SIZE: cretula_status = 2;
/// A length has its top bit set, or a count exceeds its maximum.
pub const CRETULA_ERR_LENGTH: cretula_status = 3;
/// An integer is not one of the constants of its kind.
pub const CRETULA_ERR_UNKNOWN_CONSTANT: cretula_status = 4;
/// Text is not UTF-8.
pub const CRETULA_ERR_UTF8: cretula_status = 5;
/// A handle is of another type, or was freed. Detection is best effort: do not rely on it.
pub const CRETULA_ERR_BAD_HANDLE: cretula_status = 6;
/// Another thread is using the handle.
pub const CRETULA_ERR_BUSY: cretula_status = 7;
/// An earlier panic poisoned the handle: it can only be freed.
pub const CRETULA_ERR_POISONED: cretula_status = 8;
/// An option is out of range.
pub const CRETULA_ERR_INVALID_ARGUMENT: cretula_status = 9;

/// The bytes are not an image, or the library does not read or write this format or subtype.
pub const CRETULA_ERR_UNSUPPORTED_FORMAT: cretula_status = 100;
/// The bytes violate the rules of their format, or are truncated.
pub const CRETULA_ERR_MALFORMED_IMAGE: cretula_status = 101;

/// A limit is exceeded.
pub const CRETULA_ERR_LIMIT_EXCEEDED: cretula_status = 200;
/// The deadline has passed.
pub const CRETULA_ERR_DEADLINE_EXCEEDED: cretula_status = 201;
/// The call was cancelled by its cretula_cancel_token.
pub const CRETULA_ERR_CANCELLED: cretula_status = 202;

/// The URL requires a signature and has none.
pub const CRETULA_ERR_SIGNATURE_MISSING: cretula_status = 300;
/// The URL, its sig or its exp is malformed.
pub const CRETULA_ERR_SIGNATURE_MALFORMED: cretula_status = 301;
/// The signature matches none of the keys for this URL.
pub const CRETULA_ERR_SIGNATURE_MISMATCH: cretula_status = 302;
/// The signature is valid but has expired.
pub const CRETULA_ERR_SIGNATURE_EXPIRED: cretula_status = 303;
/// There is no key, variant or output with this name or index.
pub const CRETULA_ERR_NOT_FOUND: cretula_status = 304;
/// An identifier, text, record, key or URL violates its rule.
pub const CRETULA_ERR_INVALID_VALUE: cretula_status = 305;
/// There is a variant with this name already.
pub const CRETULA_ERR_ALREADY_EXISTS: cretula_status = 306;

/// A bug of the library: a caught panic. The handles in use are poisoned.
pub const CRETULA_ERR_PANIC: cretula_status = 900;
/// A bug of the library or of a codec that it uses.
pub const CRETULA_ERR_INTERNAL: cretula_status = 901;

/// Every status: its number, its name, and the HTTP status for a server's response.
const ALL: [(cretula_status, &str, u32); 24] = [
    (CRETULA_OK, "ok\0", 200),
    (CRETULA_ERR_NULL_POINTER, "null-pointer\0", 500),
    (CRETULA_ERR_STRUCT_SIZE, "struct-size\0", 500),
    (CRETULA_ERR_LENGTH, "length\0", 500),
    (CRETULA_ERR_UNKNOWN_CONSTANT, "unknown-constant\0", 500),
    (CRETULA_ERR_UTF8, "utf8\0", 400),
    (CRETULA_ERR_BAD_HANDLE, "bad-handle\0", 500),
    (CRETULA_ERR_BUSY, "busy\0", 500),
    (CRETULA_ERR_POISONED, "poisoned\0", 500),
    (CRETULA_ERR_INVALID_ARGUMENT, "invalid-argument\0", 400),
    (CRETULA_ERR_UNSUPPORTED_FORMAT, "unsupported-format\0", 415),
    (CRETULA_ERR_MALFORMED_IMAGE, "malformed-image\0", 422),
    (CRETULA_ERR_LIMIT_EXCEEDED, "limit-exceeded\0", 413),
    (CRETULA_ERR_DEADLINE_EXCEEDED, "deadline-exceeded\0", 504),
    (CRETULA_ERR_CANCELLED, "cancelled\0", 499),
    (CRETULA_ERR_SIGNATURE_MISSING, "signature-missing\0", 403),
    (CRETULA_ERR_SIGNATURE_MALFORMED, "signature-malformed\0", 403),
    (CRETULA_ERR_SIGNATURE_MISMATCH, "signature-mismatch\0", 403),
    (CRETULA_ERR_SIGNATURE_EXPIRED, "signature-expired\0", 403),
    (CRETULA_ERR_NOT_FOUND, "not-found\0", 404),
    (CRETULA_ERR_INVALID_VALUE, "invalid-value\0", 400),
    (CRETULA_ERR_ALREADY_EXISTS, "already-exists\0", 409),
    (CRETULA_ERR_PANIC, "panic\0", 500),
    (CRETULA_ERR_INTERNAL, "internal\0", 500),
];

/// The HTTP status of a server's response; 500 for a number that is not a status.
pub(crate) fn http(status: cretula_status) -> u32 {
    entry(status).map_or(500, |(_, _, http)| http)
}

/// The name of a status, with its NUL.
pub(crate) fn name(status: cretula_status) -> &'static str {
    entry(status).map_or("internal\0", |(_, name, _)| name)
}

fn entry(status: cretula_status) -> Option<(cretula_status, &'static str, u32)> {
    ALL.into_iter().find(|(number, _, _)| *number == status)
}

/// The status for an error of the core.
pub(crate) fn of(error: &Error) -> cretula_status {
    match error.kind() {
        ErrorKind::InvalidArgument => match error.stage() {
            Stage::Records | Stage::Sign => CRETULA_ERR_INVALID_VALUE,
            _ => CRETULA_ERR_INVALID_ARGUMENT,
        },
        ErrorKind::UnsupportedFormat => CRETULA_ERR_UNSUPPORTED_FORMAT,
        ErrorKind::MalformedImage => CRETULA_ERR_MALFORMED_IMAGE,
        ErrorKind::LimitExceeded => CRETULA_ERR_LIMIT_EXCEEDED,
        ErrorKind::DeadlineExceeded => CRETULA_ERR_DEADLINE_EXCEEDED,
        ErrorKind::Cancelled => CRETULA_ERR_CANCELLED,
        ErrorKind::SignatureMissing => CRETULA_ERR_SIGNATURE_MISSING,
        ErrorKind::SignatureMalformed => CRETULA_ERR_SIGNATURE_MALFORMED,
        ErrorKind::SignatureMismatch => CRETULA_ERR_SIGNATURE_MISMATCH,
        ErrorKind::SignatureExpired => CRETULA_ERR_SIGNATURE_EXPIRED,
        ErrorKind::NotFound => CRETULA_ERR_NOT_FOUND,
        ErrorKind::AlreadyExists => CRETULA_ERR_ALREADY_EXISTS,
        // `Internal`, or a new kind without a status, which a test below refuses.
        _ => CRETULA_ERR_INTERNAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_core_has_a_status_with_its_name() {
        for kind in ErrorKind::ALL {
            assert!(ALL.iter().any(|(_, name, _)| name.trim_end_matches('\0') == kind.as_str()), "{kind}");
        }
    }

    #[test]
    fn an_error_of_the_core_keeps_its_http_status() {
        let limits = cretula::Limits::default();
        let errors = [
            cretula::probe(b"", &limits).unwrap_err(),
            cretula::probe(b"\xff\xd8\xff", &limits).unwrap_err(),
            cretula::records::KeyName::new("").unwrap_err(),
            cretula::VariantOptions::from_json("{}", &limits).unwrap_err(),
            cretula::sign::Keyring::new().verify("/a", 0).unwrap_err(),
            cretula::sign::Keyring::new().verify("", 0).unwrap_err(),
            cretula::sign::Keyring::new().remove("a").unwrap_err(),
            Error::already_exists("image", "a"),
        ];
        for error in errors {
            assert_eq!(http(of(&error)), u32::from(error.http_status()), "{error:?}");
        }
    }

    #[test]
    fn numbers_are_unique_and_in_order() {
        assert!(ALL.is_sorted_by(|a, b| a.0 < b.0));
    }
}
