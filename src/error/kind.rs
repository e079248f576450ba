//! [`ErrorKind`], [`Stage`] and [`LimitName`]: the stable parts of an error, to match on
//! ([contract section 6](crate::docs::contract#6-errors)).
//!
//! Plain enumerations with names. Know nothing of causes.

use std::fmt;

/// The kind of an [`Error`](crate::Error). Names and meanings are stable; kinds may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An option, identifier or other argument violates a rule. HTTP 400.
    InvalidArgument,
    /// The bytes are not an image, or in a format or subtype that this build does not read or write. HTTP 415.
    UnsupportedFormat,
    /// The bytes violate their format or end too early. HTTP 422.
    MalformedImage,
    /// A value exceeds one of the [`Limits`](crate::Limits). HTTP 413.
    LimitExceeded,
    /// The caller cancelled the [`CancelToken`](crate::CancelToken). HTTP 499.
    Cancelled,
    /// The deadline of the [`Limits`](crate::Limits) has passed. HTTP 504.
    DeadlineExceeded,
    /// The URL requires a signature and has none. HTTP 403.
    SignatureMissing,
    /// The URL, its `sig` or its `exp` is malformed ([contract section 4](crate::docs::contract#4-signed-urls)). HTTP 403.
    SignatureMalformed,
    /// The signature was not made for this URL by any active key. HTTP 403.
    SignatureMismatch,
    /// The signature is valid but has expired. HTTP 403.
    SignatureExpired,
    /// No variant, key or image has that name. HTTP 404.
    NotFound,
    /// A variant or image of that name exists already. HTTP 409.
    AlreadyExists,
    /// A bug in this library or in a codec it uses: a caught panic or an impossible state. HTTP 500.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 13] = [
        Self::InvalidArgument,
        Self::UnsupportedFormat,
        Self::MalformedImage,
        Self::LimitExceeded,
        Self::Cancelled,
        Self::DeadlineExceeded,
        Self::SignatureMissing,
        Self::SignatureMalformed,
        Self::SignatureMismatch,
        Self::SignatureExpired,
        Self::NotFound,
        Self::AlreadyExists,
        Self::Internal,
    ];

    /// The stable name used in JSON: lower case, words joined by `-`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid-argument",
            Self::UnsupportedFormat => "unsupported-format",
            Self::MalformedImage => "malformed-image",
            Self::LimitExceeded => "limit-exceeded",
            Self::Cancelled => "cancelled",
            Self::DeadlineExceeded => "deadline-exceeded",
            Self::SignatureMissing => "signature-missing",
            Self::SignatureMalformed => "signature-malformed",
            Self::SignatureMismatch => "signature-mismatch",
            Self::SignatureExpired => "signature-expired",
            Self::NotFound => "not-found",
            Self::AlreadyExists => "already-exists",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status that a server should answer with.
    pub fn http_status(self) -> u16 {
        match self {
            Self::InvalidArgument => 400,
            Self::UnsupportedFormat => 415,
            Self::MalformedImage => 422,
            Self::LimitExceeded => 413,
            Self::Cancelled => 499,
            Self::DeadlineExceeded => 504,
            Self::SignatureMissing
            | Self::SignatureMalformed
            | Self::SignatureMismatch
            | Self::SignatureExpired => 403,
            Self::NotFound => 404,
            Self::AlreadyExists => 409,
            Self::Internal => 500,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The stage of the pipeline in which an [`Error`](crate::Error) occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Parsing and checking options, before any image byte is read.
    Options,
    /// Reading the image's header.
    Probe,
    /// Computing the geometry.
    Fit,
    /// Decoding pixels.
    Decode,
    /// Examining decoded pixels: the border that is trimmed, what is salient.
    Analyze,
    /// Resampling.
    Resample,
    /// Converting color.
    Color,
    /// Applying the EXIF orientation, flip and rotation.
    Orient,
    /// Applying effects: brightness to sharpening.
    Effects,
    /// Padding and flattening.
    Canvas,
    /// Encoding the output.
    Encode,
    /// Writing metadata into the output.
    Metadata,
    /// Parsing and checking records and identifiers.
    Records,
    /// Signing and verifying URLs.
    Sign,
}

impl Stage {
    /// Every stage, in the order of the pipeline.
    pub const ALL: [Self; 14] = [
        Self::Options,
        Self::Probe,
        Self::Fit,
        Self::Decode,
        Self::Analyze,
        Self::Resample,
        Self::Color,
        Self::Orient,
        Self::Effects,
        Self::Canvas,
        Self::Encode,
        Self::Metadata,
        Self::Records,
        Self::Sign,
    ];

    /// The stable name, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Options => "options",
            Self::Probe => "probe",
            Self::Fit => "fit",
            Self::Decode => "decode",
            Self::Resample => "resample",
            Self::Color => "color",
            Self::Analyze => "analyze",
            Self::Orient => "orient",
            Self::Effects => "effects",
            Self::Canvas => "canvas",
            Self::Encode => "encode",
            Self::Metadata => "metadata",
            Self::Records => "records",
            Self::Sign => "sign",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The field of [`Limits`](crate::Limits) that an error of kind [`LimitExceeded`](ErrorKind::LimitExceeded) refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitName {
    /// [`Limits::max_input_bytes`](crate::Limits::max_input_bytes).
    MaxInputBytes,
    /// [`Limits::max_pixels`](crate::Limits::max_pixels).
    MaxPixels,
    /// [`Limits::max_total_pixels`](crate::Limits::max_total_pixels).
    MaxTotalPixels,
    /// [`Limits::max_memory_bytes`](crate::Limits::max_memory_bytes).
    MaxMemoryBytes,
    /// [`Limits::max_side`](crate::Limits::max_side).
    MaxSide,
    /// [`Limits::max_frames`](crate::Limits::max_frames).
    MaxFrames,
}

impl LimitName {
    /// Every limit.
    pub const ALL: [Self; 6] = [
        Self::MaxInputBytes,
        Self::MaxPixels,
        Self::MaxTotalPixels,
        Self::MaxMemoryBytes,
        Self::MaxSide,
        Self::MaxFrames,
    ];

    /// The name of the field.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxInputBytes => "max_input_bytes",
            Self::MaxPixels => "max_pixels",
            Self::MaxTotalPixels => "max_total_pixels",
            Self::MaxMemoryBytes => "max_memory_bytes",
            Self::MaxSide => "max_side",
            Self::MaxFrames => "max_frames",
        }
    }
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
