//! The reference's `{"keys":[{"name","value"}]}`: the only way in which key values leave or come back.
//!
//! In: a ring of keys, or that JSON. Out: the other. Must not let a value into an error: what is wrong is told by line,
//! column and rule alone.

use serde::Deserialize;
use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};
use serde_json::error::Category;
use zeroize::Zeroizing;

use crate::error::{Cause, Error, Result, Stage};
use crate::identifiers::{KeyName, RuleSet};
use crate::sign::{Keyring, SecretText, SigningKey};

impl Keyring {
    /// Reads the reference's `{"keys":[{"name","value"}]}`; a list longer than
    /// [`DEFAULT_CAPACITY`](Self::DEFAULT_CAPACITY) is refused.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if it is no such JSON, a name is given twice or breaks its rule, or a value is empty or too long;
    /// `LimitExceeded` for too many keys. The error tells line and column, never what stands there.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_json_with_capacity(text, Self::DEFAULT_CAPACITY)
    }

    /// Like [`from_json`](Self::from_json), for a ring of at most `capacity` keys.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
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
            // The parser's own words could quote a value.
            let rule = match error.classify() {
                Category::Eof => "it ends too early",
                Category::Io | Category::Syntax => "it is not JSON",
                Category::Data => r#"it must be {"keys":[{"name":…,"value":…}]} with texts"#,
            };
            let (line, column) = (error.line(), error.column());
            Error::new(Stage::Sign, Cause::KeyList { line, column, rule })
        })?;
        let mut ring = Self::with_capacity(capacity);
        for Entry { name, value } in list.keys {
            let name = KeyName::new(name, RuleSet::Reference)?;
            if ring.put(SigningKey::from_secret(name.clone(), value)?)? {
                let (field, value) = ("key name", name.to_string());
                return Err(Error::new(Stage::Sign, Cause::Field { field, value, rule: "is given twice" }));
            }
        }
        Ok(ring)
    }

    /// The keys as the reference's JSON, values included: for a key file, never for a log.
    ///
    /// # Errors
    ///
    /// `Internal` only: a text always can be written.
    pub fn to_json(&self) -> Result<SecretText> {
        // Enough for values that must be escaped, six bytes for one: a buffer that grows leaves copies behind.
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
                Cause::Internal(format!("a list of keys was not written: {why}")),
            )),
        }
    }

    /// The keys as a value that serializes to the reference's `{"keys":[{"name","value"}]}`, values included, to stand
    /// inside a response.
    pub fn exposed(&self) -> ExposedKeys<'_> {
        ExposedKeys(self)
    }
}

/// A ring of keys that serializes with its values, and does nothing else: see [`Keyring::exposed`].
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
