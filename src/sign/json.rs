//! The API reference's `{"keys":[{"name","value"}]}`: the only form in which key values are
//! exported and imported.
//!
//! In: a keyring, or that JSON. Out: the other. Must not let a value into an error: errors give
//! only line, column and rule.

use serde::Deserialize;
use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};
use serde_json::error::Category;
use zeroize::Zeroizing;

use super::key::{SecretText, SigningKey};
use super::keyring::Keyring;
use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::KeyName;

impl Keyring {
    /// Reads the API reference's `{"keys":[{"name","value"}]}`. A list of more than
    /// [`DEFAULT_CAPACITY`](Self::DEFAULT_CAPACITY) keys is refused.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the text is not such JSON, a name occurs twice or breaks its rule, or a
    /// value is empty or too long; `LimitExceeded` for too many keys. The error gives line and
    /// column, but never quotes the text.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_json_with_capacity(text, Self::DEFAULT_CAPACITY)
    }

    /// Like [`from_json`](Self::from_json), for a keyring of at most `capacity` keys.
    ///
    /// # Errors
    ///
    /// Same as [`from_json`](Self::from_json).
    pub fn from_json_with_capacity(text: &str, capacity: usize) -> Result<Self> {
        #[derive(Deserialize)]
        struct List {
            keys: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            name: String,
            value: Zeroizing<String>,
        }

        let list: List = serde_json::from_str(text).map_err(|error| {
            // The parser's own message could quote a value.
            let rule = match error.classify() {
                Category::Eof => "it ends too early",
                Category::Io | Category::Syntax => "it is not JSON",
                Category::Data => r#"it must be {"keys":[{"name":…,"value":…}]} with strings"#,
            };
            let (line, column) = (error.line(), error.column());
            Error::new(Stage::Sign, Cause::KeyList { line, column, rule })
        })?;
        let mut ring = Self::with_capacity(capacity);
        for Entry { name, value } in list.keys {
            let name = KeyName::new(name)?;
            if ring.insert(SigningKey::from_secret(name.clone(), value)?)? {
                let (field, value) = ("key name", name.to_string());
                return Err(Error::new(Stage::Sign, Cause::Field { field, value, rule: "is given twice" }));
            }
        }
        Ok(ring)
    }

    /// Writes the API reference's JSON, values included: for a key file, never for a log.
    ///
    /// # Errors
    ///
    /// `Internal`, if serialization fails, which is not expected.
    pub fn to_json(&self) -> Result<SecretText> {
        // Enough even if every byte of a value is escaped as six: a buffer that grows leaves copies
        // behind.
        let lengths = self.keys().iter().map(|key| key.name().as_str().len() + key.expose_value().len() + 8);
        let mut buffer = Zeroizing::new(Vec::with_capacity(16 + 6 * lengths.sum::<usize>()));
        let written = serde_json::to_writer(&mut *buffer, &self.exposed()).map_err(|e| e.to_string());
        let text = written.and_then(|()| {
            String::from_utf8(std::mem::take(&mut *buffer)).map_err(|e| e.utf8_error().to_string())
        });
        match text {
            Ok(text) => Ok(SecretText::new(Zeroizing::new(text))),
            Err(why) => Err(Error::new(
                Stage::Sign,
                Cause::Internal(format!("the list of keys cannot be written: {why}")),
            )),
        }
    }

    /// A view that serializes to the API reference's `{"keys":[{"name","value"}]}`, values
    /// included, for use inside a response.
    pub fn exposed(&self) -> ExposedKeys<'_> {
        ExposedKeys(self)
    }
}

/// A view of a keyring that serializes it with its values, and does nothing else. See
/// [`Keyring::exposed`].
///
/// ```compile_fail
/// println!("{:?}", cretula::sign::Keyring::new().exposed());
/// ```
#[expect(missing_debug_implementations, reason = "secrets are not printed")]
pub struct ExposedKeys<'a>(&'a Keyring);

impl Serialize for ExposedKeys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct List<'a>(&'a [SigningKey]);
        impl Serialize for List<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut list = serializer.serialize_seq(Some(self.0.len()))?;
                for key in self.0 {
                    list.serialize_element(&Exposed(key))?;
                }
                list.end()
            }
        }
        struct Exposed<'a>(&'a SigningKey);
        impl Serialize for Exposed<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut key = serializer.serialize_struct("Key", 2)?;
                key.serialize_field("name", self.0.name())?;
                key.serialize_field("value", self.0.expose_value())?;
                key.end()
            }
        }
        let mut keys = serializer.serialize_struct("Keys", 1)?;
        keys.serialize_field("keys", &List(self.0.keys()))?;
        keys.end()
    }
}
