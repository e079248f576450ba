//! Keyrings: signing URLs, and verifying them.

use std::ffi::c_char;

use cretula::records::{KeyName, RuleSet};
use cretula::sign::{Keyring, SignOptions, SignatureEncoding, SigningKey};

use crate::buffer::{cretula_buffer, into_buffer};
use crate::error::cretula_error;
use crate::failure::Failure;
use crate::guard;
use crate::handle::{Exclusive, HandleType, Mutable, New, Shared};
use crate::slice::{In, Out};
use crate::status::{CRETULA_ERR_NOT_FOUND, cretula_status};

/// A signature as 64 hexadecimal digits, as the hosted service documents it.
pub const CRETULA_ENCODING_HEX: i32 = 0;
/// A signature as 43 characters of base64url, without padding.
pub const CRETULA_ENCODING_BASE64URL: i32 = 1;

/// The keys that sign URLs, and whose signatures are good. Many threads may sign and verify with one at once; adding and
/// removing keys needs it alone (CRETULA_ERR_BUSY otherwise). Keys are overwritten when they go.
pub struct cretula_keyring {
    _opaque: (),
}

impl HandleType for cretula_keyring {
    type Value = Keyring;
    type Change = Mutable;
    const TAG: u64 = u64::from_be_bytes(*b"crt:keys");
    const NAME: &'static str = "cretula_keyring";
}

/// A ring without keys, for two of them: one signs, one retires.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_new(
    out: New<cretula_keyring>,
    error: New<cretula_error>,
) -> cretula_status {
    cretula_keyring_new_with_capacity(0, out, error)
}

/// A ring without keys, for at most `capacity` of them; 0 means 2. Verifying costs one HMAC a key.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_new_with_capacity(
    capacity: usize,
    out: New<cretula_keyring>,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        out.slot().required()?.put(Exclusive::new(Keyring::with_capacity(capacity_or_default(capacity))));
        Ok(())
    })
}

/// The ring of the reference's list of keys, `{"keys":[{"name","value"}]}`, at most `capacity` of them; 0 means 2.
///
/// CRETULA_ERR_INVALID_VALUE if it is no such JSON, a name is given twice or breaks its rule, or a value is not 1 to 1024
/// bytes; CRETULA_ERR_LIMIT_EXCEEDED for too many keys. The error tells line and column, never what stands there.
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

/// Writes the reference's list of keys, values and all: free it with cretula_buffer_clear_free.
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

/// How many keys there are; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_count(keyring: Shared<cretula_keyring>) -> usize {
    guard::infallible(0, || Some(keyring.read().ok()?.len()))
}

/// The name of the key at `index`, in the order in which they were put. CRETULA_ERR_NOT_FOUND beyond the last.
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
            let message = format!("there are {} keys, none at index {index}", keyring.len());
            Failure::misuse(CRETULA_ERR_NOT_FOUND, message)
        })?;
        out.put(into_buffer(name.as_str().into()));
        Ok(())
    })
}

/// Adds a key; one of the same name is replaced. The name is 1 to 20 characters, the value 1 to 1024 bytes of UTF-8.
///
/// CRETULA_ERR_LIMIT_EXCEEDED if the name is new and the ring is full; CRETULA_ERR_INVALID_VALUE if the name or the value
/// breaks its rule. The ring is then as it was.
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
        let name = KeyName::new(name.text(name_len, "name")?, RuleSet::Reference)?;
        keyring.put(SigningKey::new(name, value.text(value_len, "value")?)?)?;
        Ok(())
    })
}

/// Removes a key. The last one is replaced by a new, generated one named "default", so that signing never stops.
///
/// CRETULA_ERR_NOT_FOUND if there is none of this name.
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

/// Signs a URL, absolute or a path, with the key of that name; `expires_at` in Unix seconds is the last second at which
/// the signature is good, 0 is never to expire. The signed URL is the same text with `exp` and `sig` added.
///
/// CRETULA_ERR_NOT_FOUND if there is no key of this name; CRETULA_ERR_INVALID_VALUE if the URL has a fragment, a control
/// character, a sig, a second exp, or is neither absolute nor starts with "/".
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_sign(
    keyring: Shared<cretula_keyring>,
    key_name: In<c_char>,
    key_name_len: usize,
    url: In<c_char>,
    url_len: usize,
    expires_at: u64,
    signed_url_out: Out<cretula_buffer>,
    error: New<cretula_error>,
) -> cretula_status {
    cretula_keyring_sign_encoded(
        keyring,
        key_name,
        key_name_len,
        url,
        url_len,
        expires_at,
        CRETULA_ENCODING_HEX,
        signed_url_out,
        error,
    )
}

/// As cretula_keyring_sign, with the signature in CRETULA_ENCODING_*.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_sign_encoded(
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

/// Checks the signature of a received URL, absolute or a path with its query, byte for byte as it was sent; `now` in Unix
/// seconds. CRETULA_OK if it is good; else one of CRETULA_ERR_SIGNATURE_*.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_verify(
    keyring: Shared<cretula_keyring>,
    url: In<c_char>,
    url_len: usize,
    now: u64,
    error: New<cretula_error>,
) -> cretula_status {
    guard::status(error, || {
        keyring.read()?.verify(url.bytes(url_len, "url")?, now)?;
        Ok(())
    })
}

/// As cretula_keyring_verify; also tells the name of the key that signed, and the last Unix second at which the signature
/// is good, 0 for never to expire: what a cache must know. Either output may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_verify_details(
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

/// Frees a ring, and overwrites its keys. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_keyring_free(keyring: Exclusive<cretula_keyring>) {
    guard::infallible((), || {
        keyring.free();
        None
    });
}

/// A new value for a key, from the operating system's random generator. Free it with cretula_buffer_clear_free.
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

/// Gives a secret to C in memory of just its size, so that no copy of it is left where a vector grew.
fn secret_into_buffer(secret: &str) -> cretula_buffer {
    let mut bytes = Vec::with_capacity(secret.len() + 1);
    bytes.extend_from_slice(secret.as_bytes());
    into_buffer(bytes)
}
