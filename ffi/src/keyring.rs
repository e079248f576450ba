//! Keyrings: signing and verifying URLs.

use std::ffi::c_char;

use cretula::records::KeyName;
use cretula::sign::{Keyring, SignOptions, SignatureEncoding, SigningKey};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::failure::Failure;
use crate::guard;
use crate::handle::{Exclusive, HandleType, Mutable, New, Shared};
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_NOT_FOUND, cretula_status};

/// A signature of 64 hexadecimal digits, as documented by the hosted service.
pub const CRETULA_ENCODING_HEX: i32 = 0;
/// A signature of 43 characters of base64url, without padding.
pub const CRETULA_ENCODING_BASE64URL: i32 = 1;

/// The keys that sign URLs and verify signatures.
///
/// Any number of threads may sign and verify with a keyring at once. Adding and removing keys needs
/// exclusive access (CRETULA_ERR_BUSY otherwise). Keys are overwritten when they are freed.
pub struct cretula_keyring {
    _opaque: (),
}

impl HandleType for cretula_keyring {
    type Value = Keyring;
    type Change = Mutable;
    const TAG: u64 = u64::from_be_bytes(*b"crt:keys");
    const NAME: &'static str = "cretula_keyring";
}

/// Creates a keyring without keys. It holds at most `capacity` keys; 0 selects 2, one that signs
/// and one that retires. Verifying costs one HMAC for each key.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_new(
    capacity: usize,
    out: New<cretula_keyring>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        out.slot().required()?.put(Exclusive::new(Keyring::with_capacity(capacity_or_default(capacity))));
        Ok(())
    })
}

/// Creates a keyring from the list of keys of the API, `{"keys":[{"name","value"}]}`. `capacity` is
/// as for cretula_keyring_new.
///
/// CRETULA_ERR_INVALID_VALUE for other JSON, a duplicate name, or a name or value that violates its
/// rule; CRETULA_ERR_LIMIT_EXCEEDED for too many keys. The message states line and column, and
/// never quotes the JSON.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_from_json(
    json: In<c_char>,
    json_len: usize,
    capacity: usize,
    out: New<cretula_keyring>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required()?;
        let json = json.text(json_len, "json")?;
        let keys = Keyring::from_json_with_capacity(json, capacity_or_default(capacity))?;
        out.put(Exclusive::new(keys));
        Ok(())
    })
}

/// Writes the list of keys of the API, including the values. Free it with
/// cretula_buffer_clear_free.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_to_json(
    keyring: Shared<cretula_keyring>,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        out.put(secret_into_buffer(keyring.read()?.to_json()?.expose_secret()));
        Ok(())
    })
}

/// The number of keys; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_count(keyring: Shared<cretula_keyring>) -> usize {
    guard::infallible(0, || Some(keyring.read().ok()?.len()))
}

/// The name of the key at `index`, in the order in which keys were put. CRETULA_ERR_NOT_FOUND
/// beyond the last.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_name_at(
    keyring: Shared<cretula_keyring>,
    index: usize,
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        let keyring = keyring.read()?;
        let name = keyring.names().nth(index).ok_or_else(|| {
            let message = format!("no key at index {index}: the keyring holds {}", keyring.len());
            Failure::misuse(CRETULA_ERR_NOT_FOUND, message)
        })?;
        out.put(into_buffer(name.as_str().into()));
        Ok(())
    })
}

/// Adds a key, or replaces the key of the same name. A name has 1 to 20 characters, a value 1 to
/// 1024 bytes of UTF-8.
///
/// CRETULA_ERR_LIMIT_EXCEEDED if the name is new and the keyring is full; CRETULA_ERR_INVALID_VALUE
/// if the name or the value violates its rule. The keyring is then unchanged.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_put(
    keyring: Exclusive<cretula_keyring>,
    name: In<c_char>,
    name_len: usize,
    value: In<c_char>,
    value_len: usize,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let mut keyring = keyring.write()?;
        let name = KeyName::new(name.text(name_len, "name")?)?;
        keyring.insert(SigningKey::new(name, value.text(value_len, "value")?)?)?;
        Ok(())
    })
}

/// Removes a key. Removing the last key generates a new one named "default", so that signing
/// remains possible.
///
/// CRETULA_ERR_NOT_FOUND if there is no key of this name.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_remove(
    keyring: Exclusive<cretula_keyring>,
    name: In<c_char>,
    name_len: usize,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        keyring.write()?.remove(name.text(name_len, "name")?)?;
        Ok(())
    })
}

/// Signs a URL, absolute or a path, with the key of this name. The result is the URL with `exp` and
/// `sig` added.
///
/// `expires_at` is the last Unix second at which the signature is valid; 0 means no expiry.
/// `encoding` is CRETULA_ENCODING_*; 0 is hexadecimal.
///
/// CRETULA_ERR_NOT_FOUND if there is no key of this name; CRETULA_ERR_INVALID_VALUE if the URL has
/// a fragment, a control character, a sig or a second exp, or is neither absolute nor starts with
/// "/".
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_sign(
    keyring: Shared<cretula_keyring>,
    key_name: In<c_char>,
    key_name_len: usize,
    url: In<c_char>,
    url_len: usize,
    expires_at: u64,
    encoding: i32,
    signed_url_out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = signed_url_out.slot().required("signed_url_out")?;
        let keyring = keyring.read()?;
        let options = SignOptions::new().encoding(match encoding {
            CRETULA_ENCODING_HEX => SignatureEncoding::Hex,
            CRETULA_ENCODING_BASE64URL => SignatureEncoding::Base64Url,
            other => return Err(Failure::unknown("ENCODING", other)),
        });
        let options = if expires_at > 0 { options.expires_at(expires_at) } else { options };
        let (name, url) = (key_name.text(key_name_len, "key_name")?, url.text(url_len, "url")?);
        out.put(into_buffer(keyring.sign(name, url, &options)?.into_bytes()));
        Ok(())
    })
}

/// Verifies the signature of a received URL, absolute or a path with its query, byte for byte as
/// sent, at `now` (Unix seconds). CRETULA_OK if it is valid, otherwise one of
/// CRETULA_ERR_SIGNATURE_*.
///
/// `key_name_out` is the name of the key that signed; `expires_at_out` is the last Unix second at
/// which the signature is valid, 0 for no expiry. Either may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_verify(
    keyring: Shared<cretula_keyring>,
    url: In<c_char>,
    url_len: usize,
    now: u64,
    key_name_out: Out<cretula_buffer>,
    expires_at_out: Out<u64>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let (key_name_out, expires_at_out) = (key_name_out.slot(), expires_at_out.slot());
        let keyring = keyring.read()?;
        let verified = keyring.verify(url.bytes(url_len, "url")?, now)?;
        expires_at_out.put(verified.expires.unwrap_or(0));
        if key_name_out.is_wanted() {
            key_name_out.put(into_buffer(verified.key.as_str().into()));
        }
        Ok(())
    })
}

/// Frees a keyring and overwrites its keys. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_free(keyring: Exclusive<cretula_keyring>) {
    guard::infallible((), || {
        keyring.free();
        None
    });
}

/// Generates a value for a key from the random generator of the operating system. Free it with
/// cretula_buffer_clear_free.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_key_value_generate(
    out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        let out = out.slot().required("out")?;
        out.put(secret_into_buffer(SigningKey::generate_value()?.expose_secret()));
        Ok(())
    })
}

fn capacity_or_default(capacity: usize) -> usize {
    if capacity == 0 { Keyring::DEFAULT_CAPACITY } else { capacity }
}

/// Hands a secret to C in memory of exactly its size, so that no copy remains where a vector grew.
fn secret_into_buffer(secret: &str) -> cretula_buffer {
    let mut bytes = Vec::with_capacity(secret.len() + 1);
    bytes.extend_from_slice(secret.as_bytes());
    into_buffer(bytes)
}
