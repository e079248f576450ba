//! Random bytes from the operating system: the only place that asks for them, to make keys and ids.
//!
//! In: nothing. Out: bytes fit for secrets, or an error. Must not know what they are for.

use crate::error::{Cause, Error, Result, Stage};

/// `N` bytes that nobody can guess.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            let detail = format!("the operating system has no random bytes: {error}");
            Err(Error::new(Stage::Records, Cause::Internal(detail)))
        }
    }
}
