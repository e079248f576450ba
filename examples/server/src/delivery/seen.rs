//! [`Seen`]: since when an account has been as it is, as far as this process knows.
//!
//! In: versions of accounts, as deliveries read them. Out: a time for `Last-Modified`. What is made for a variant changes with the
//! variant, of which no record has the time. The time at which the version was first seen is never before that; that it is later
//! in another process, or after a restart, costs a client one answer that is not 304. Must not know what an account has.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// The last version of each account, and when it was first seen.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<String, (i64, SystemTime)>>);

impl Seen {
    /// When this version of the account, or a later one, was first seen; that is `now` if it is new.
    pub(super) fn since(&self, account: &str, version: i64, now: SystemTime) -> SystemTime {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(account) {
            Some((known, time)) if *known >= version => *time,
            _ => {
                seen.insert(account.to_owned(), (version, now));
                now
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_version_keeps_the_time_of_its_first_sight() {
        let (seen, time) = (Seen::default(), |seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(seen.since("a", 1, time(10)), time(10));
        assert_eq!(seen.since("a", 1, time(20)), time(10));
        assert_eq!(seen.since("b", 1, time(30)), time(30));
        assert_eq!(seen.since("a", 2, time(40)), time(40));
        assert_eq!(seen.since("a", 1, time(50)), time(40), "read before the change, answered after it");
    }
}
