//! Account configuration: whether URLs may contain options, and how long browsers may cache public
//! images.
//!
//! In: calls. Out: `{"flexible_variants","browser_ttl"}`.

use axum::extract::Request;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::answer::success;
use super::{Call, json_text};
use crate::failure::Failure;
use crate::records::AccountState;

/// One year: caches treat longer ages as one year.
const MAX_BROWSER_TTL: u32 = 365 * 24 * 60 * 60;

#[derive(Serialize)]
struct Settings {
    flexible_variants: bool,
    browser_ttl: u32,
}

impl From<&AccountState> for Settings {
    fn from(state: &AccountState) -> Self {
        Self { flexible_variants: state.flexible_variants, browser_ttl: state.browser_ttl }
    }
}

/// Absent and null fields keep their values.
#[derive(Deserialize)]
struct Change {
    flexible_variants: Option<bool>,
    browser_ttl: Option<u32>,
}

impl Change {
    fn parse(text: &str) -> Result<Self, Failure> {
        let change: Self = serde_json::from_str(text)
            .map_err(|error| Failure::invalid(format!("invalid JSON for a configuration: {error}")))?;
        match change.browser_ttl {
            Some(seconds) if seconds > MAX_BROWSER_TTL => Err(Failure::invalid(format!(
                "browser_ttl must be a whole number of seconds from 0 to {MAX_BROWSER_TTL}, got {seconds}"
            ))),
            _ => Ok(change),
        }
    }
}

pub(super) async fn get(call: &Call) -> Result<Response, Failure> {
    let state = call.app.records.account_state(&call.account).await?;
    success(Settings::from(&*state))
}

pub(super) async fn update(call: &Call, request: Request) -> Result<Response, Failure> {
    let Change { flexible_variants, browser_ttl } = Change::parse(&json_text(request).await?)?;
    let state = call.app.records.change_config(&call.account, flexible_variants, browser_ttl).await?;
    success(Settings::from(&*state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_checked() {
        let change = Change::parse(r#"{"browser_ttl":31536000,"other":1}"#).unwrap();
        assert_eq!((change.flexible_variants, change.browser_ttl), (None, Some(MAX_BROWSER_TTL)));
        assert_eq!(Change::parse(r#"{"flexible_variants":true}"#).unwrap().flexible_variants, Some(true));
        for text in [
            "",
            "[]",
            r#"{"browser_ttl":31536001}"#,
            r#"{"browser_ttl":-1}"#,
            r#"{"flexible_variants":"yes"}"#,
        ] {
            assert_eq!(
                Change::parse(text).err().map(|failure| failure.status().as_u16()),
                Some(400),
                "{text}"
            );
        }
    }
}
