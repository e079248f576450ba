//! [`Seen`]: when this process first saw the current version of each account.
//!
//! In: versions of accounts, as deliveries read them. Out: a time for `Last-Modified`. A variant's
//! files change with the variant, but no record stores the time of that change. The time at which
//! this process first saw the version is never earlier. If it is later, as in another process or
//! after a restart, a client gets one full response instead of a 304. Must not know what an account
//! contains.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// The latest version of each account, and when it was first seen.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<String, (i64, SystemTime)>>);

impl Seen {
    /// When this version of the account, or a later one, was first seen; `now` if it is new.
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
    fn a_version_keeps_the_time_when_it_was_first_seen() {
        let (seen, time) = (Seen::default(), |seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(seen.since("a", 1, time(10)), time(10));
        assert_eq!(seen.since("a", 1, time(20)), time(10));
        assert_eq!(seen.since("b", 1, time(30)), time(30));
        assert_eq!(seen.since("a", 2, time(40)), time(40));
        assert_eq!(seen.since("a", 1, time(50)), time(40), "read before the change, recorded after it");
    }
}
