//! [`Error`]: one opaque type with a stable [`ErrorKind`], the [`Stage`] it came from, and a message that names the offending
//! value and the bound ([contract section 6](crate::docs::contract#6-errors)).
//!
//! In: causes, from every module. Out: kind, stage, HTTP status and service code. Knows nothing of pixels or JSON.

mod cause;
mod kind;

pub(crate) use self::cause::Cause;
pub use self::kind::{ErrorKind, LimitName, Stage};

use std::fmt;

/// The result of every fallible function in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error type of this library. Opaque: match on [`Error::kind`].
///
/// The message (`Display`) names the offending value and, if a limit was exceeded, the limit and how to raise it.
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    stage: Stage,
    cause: Cause,
}

impl Error {
    /// The stable kind, to match on.
    pub fn kind(&self) -> ErrorKind {
        self.0.cause.kind()
    }

    /// The stage that failed.
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// The field of [`Limits`](crate::Limits) that was exceeded, if the kind is [`LimitExceeded`](ErrorKind::LimitExceeded) and
    /// a limit is configurable.
    pub fn limit(&self) -> Option<LimitName> {
        self.0.cause.limit()
    }

    /// The HTTP status that a server should answer with ([contract section 6](crate::docs::contract#6-errors)).
    pub fn http_status(&self) -> u16 {
        self.kind().http_status()
    }

    /// The hosted service's code for this error ([contract section 6](crate::docs::contract#6-errors)).
    pub fn code(&self) -> u32 {
        self.0.cause.code()
    }

    /// An error for a record that the caller stores itself: there is no `what` ("image", "variant") with this id.
    ///
    /// ```
    /// let error = cretula::Error::not_found("image", "cat");
    /// assert_eq!((error.http_status(), error.code()), (404, 5404));
    /// assert_eq!(error.to_string(), r#"there is no image "cat""#);
    /// ```
    pub fn not_found(what: &'static str, id: &str) -> Self {
        Self::new(Stage::Records, Cause::NotFound { what, name: excerpt(id) })
    }

    /// An error for a record that the caller stores itself: there is a `what` ("image", "variant") with this id already.
    ///
    /// ```
    /// let error = cretula::Error::already_exists("image", "cat");
    /// assert_eq!((error.http_status(), error.code()), (409, 5409));
    /// assert_eq!(error.to_string(), r#"image "cat" already exists"#);
    /// ```
    pub fn already_exists(what: &'static str, id: &str) -> Self {
        Self::new(Stage::Records, Cause::AlreadyExists { what, name: excerpt(id) })
    }

    /// The violation of the image format, if this is an error of that kind.
    pub(crate) fn malformed_detail(&self) -> Option<&str> {
        match &self.0.cause {
            Cause::Malformed { detail, .. } => Some(detail),
            _ => None,
        }
    }

    pub(crate) fn new(stage: Stage, cause: Cause) -> Self {
        Self(Box::new(Inner { stage, cause }))
    }

    /// A bug: a state that must not occur.
    pub(crate) fn internal(stage: Stage, what: impl fmt::Display) -> Self {
        Self::new(stage, Cause::Internal(what.to_string()))
    }

    /// Bytes that violate `format`.
    pub(crate) fn malformed(stage: Stage, format: &'static str, detail: impl Into<String>) -> Self {
        Self::new(stage, Cause::Malformed { format, detail: detail.into() })
    }
}

/// The first 40 characters of an untrusted text, to quote in a message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The most characters of a message, which may quote untrusted text.
const LONGEST: usize = 500;

impl fmt::Display for Error {
    /// One line of at most 500 characters, whatever untrusted text it quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::write(&mut OneLine { out: f, left: LONGEST }, format_args!("{}", self.0.cause))
    }
}

/// Escapes control characters and truncates.
struct OneLine<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    left: usize,
}

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match self.left {
                0 => return Ok(()),
                1 => self.out.write_char('…')?,
                _ if character.is_control() => write!(self.out, "{}", character.escape_debug())?,
                _ => self.out.write_char(character)?,
            }
            self.left -= 1;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("stage", &self.stage())
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_and_not_long() {
        let said = |detail: &str| {
            let cause = Cause::Malformed { format: "gif", detail: detail.to_owned() };
            Error::new(Stage::Decode, cause).to_string()
        };
        assert_eq!(said("a\nb\u{7f}\u{1b}[31m é"), r"malformed gif: a\nb\u{7f}\u{1b}[31m é");
        let long = said(&"é".repeat(1000));
        assert!(long.ends_with("éé…") && long.chars().count() == LONGEST, "{long}");
    }
}
