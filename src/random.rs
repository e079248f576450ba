//! Random bytes from the operating system, for keys and identifiers. No other file asks for them.
//!
//! In: nothing. Out: bytes fit for secrets, or an error.

use crate::error::{Cause, Error, Result, Stage};

/// `N` bytes from the operating system's cryptographically secure generator.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            let detail = format!("the operating system provides no random bytes: {error}");
            Err(Error::new(Stage::Records, Cause::Internal(detail)))
        }
    }
}
