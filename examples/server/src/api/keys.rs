//! Signing keys: list, create or rotate, delete.
//!
//! In: calls. Out: all keys with their values after the call. Must not know how they are stored or
//! what they sign.

use axum::response::Response;
use cretula::records::{KeyName, Response as Envelope};
use cretula::sign::{Keyring, SigningKey};

use super::Call;
use super::answer::{json, success};
use crate::failure::Failure;

pub(super) async fn list(call: &Call) -> Result<Response, Failure> {
    success(call.app.records.account_state(&call.account).await?.keyring.exposed())
}

/// Sets a new value for the key `name`, and creates the key if it does not exist.
pub(super) async fn put(call: &Call, name: &str) -> Result<Response, Failure> {
    let key = SigningKey::generate(KeyName::new(name)?)?;
    change(call, |keyring| keyring.insert(key).map(drop)).await
}

/// Deletes a key. An account always has a key: deleting the last one creates a replacement.
pub(super) async fn delete(call: &Call, name: &str) -> Result<Response, Failure> {
    let name = KeyName::new(name)?;
    change(call, move |keyring| keyring.remove(name.as_str()).map(drop)).await
}

/// Builds the response inside the change, so that it shows the result of this call and not of a
/// later one.
async fn change(
    call: &Call,
    change: impl FnOnce(&mut Keyring) -> cretula::Result<()> + Send,
) -> Result<Response, Failure> {
    let written = call.app.records.change_keyring(&call.account, |keyring| {
        change(keyring)?;
        Envelope::success(keyring.exposed()).to_json()
    });
    Ok(json(written.await?))
}
