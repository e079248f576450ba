//! [`Accounts`]: authenticates API clients and finds their accounts.
//!
//! In: the configuration; the headers of a request. Out: an account, or a refusal. Credentials are
//! stored as digests. Each request is compared with all digests of all accounts in constant time,
//! so that timing reveals nothing. Must not know what the API does.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::config::AccountSettings;
use crate::failure::Failure;

/// Shorter secrets can be guessed.
const SHORTEST_SECRET: usize = 16;

/// First path segments that are reserved and cannot be an account's hash.
const NOT_A_HASH: [&str; 4] = ["accounts", "cdn-cgi", "client", "upload"];

type Digested = [u8; 32];

/// The configured accounts. Neither `Accounts` nor `Account` can be printed.
pub(crate) struct Accounts {
    all: Vec<Arc<Account>>,
    by_hash: HashMap<String, Arc<Account>>,
}

/// One account.
pub(crate) struct Account {
    /// The id in the paths of the API.
    pub(crate) id: String,
    /// The first segment of delivery URLs.
    pub(crate) hash: String,
    /// The maximum number of images.
    pub(crate) allowed_images: u64,
    /// Whether URLs may contain options: the initial value, which the API can change.
    pub(crate) flexible_variants: bool,
    /// How long browsers may cache public images, in seconds: the initial value, which the API can
    /// change.
    pub(crate) browser_ttl: u32,
    credentials: Vec<Digested>,
}

impl Accounts {
    /// Checks the configured accounts. Errors are worded for the operator.
    pub(crate) fn new(settings: Vec<AccountSettings>) -> Result<Self, String> {
        let mut accounts = Self { all: Vec::new(), by_hash: HashMap::new() };
        if settings.is_empty() {
            return Err("no account is configured: add a table [[accounts]]".to_owned());
        }
        for settings in settings {
            let account = Arc::new(Account::new(settings)?);
            if accounts.all.iter().any(|known| known.id == account.id) {
                return Err(format!("two accounts have the id {:?}", account.id));
            }
            if accounts.by_hash.insert(account.hash.clone(), Arc::clone(&account)).is_some() {
                return Err(format!("two accounts have the hash {:?}", account.hash));
            }
            accounts.all.push(account);
        }
        Ok(accounts)
    }

    /// Returns the account whose delivery URLs begin with this hash.
    pub(crate) fn by_hash(&self, hash: &str) -> Option<&Arc<Account>> {
        self.by_hash.get(hash)
    }

    /// All accounts, in configuration order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.all.iter()
    }

    /// Returns the account with this id if the headers contain its credentials: a bearer token, or
    /// `X-Auth-Email` with `X-Auth-Key`.
    pub(crate) fn authenticate(
        &self,
        headers: &HeaderMap,
        account_id: &str,
    ) -> Result<&Arc<Account>, Failure> {
        let brought = digest_of(headers).ok_or_else(Failure::unauthenticated)?;
        let owner = self.owner_of(&brought).ok_or_else(Failure::unauthenticated)?;
        if owner.id == account_id { Ok(owner) } else { Err(Failure::forbidden()) }
    }

    fn owner_of(&self, brought: &Digested) -> Option<&Arc<Account>> {
        let (mut found, mut owner) = (Choice::from(0), 0_u64);
        for (index, account) in (0_u64..).zip(&self.all) {
            for known in &account.credentials {
                let equal = known.ct_eq(brought);
                owner.conditional_assign(&index, equal);
                found |= equal;
            }
        }
        let owner = self.all.get(usize::try_from(owner).ok()?);
        owner.filter(|_| found.into())
    }
}

impl Account {
    fn new(settings: AccountSettings) -> Result<Self, String> {
        let AccountSettings { id, hash, tokens, keys, allowed_images, flexible_variants, browser_ttl } =
            settings;
        for (what, text) in [("id", &id), ("hash", &hash)] {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if !(1..=64).contains(&text.len()) || !text.bytes().all(plain) {
                return Err(format!(
                    "the {what} of an account must be 1 to 64 of A-Z a-z 0-9 - _, got {text:?}"
                ));
            }
        }
        if NOT_A_HASH.contains(&hash.as_str()) {
            return Err(format!("the hash of an account must not be {hash:?}: other paths begin with it"));
        }
        let keys_of_users = keys.iter().map(|pair| &pair.key);
        if tokens.iter().chain(keys_of_users).any(|secret| secret.len() < SHORTEST_SECRET) {
            return Err(format!(
                "a token or key of the account {id:?} is shorter than {SHORTEST_SECRET} characters"
            ));
        }
        let tokens = tokens.iter().map(|token| digest(b"token", &[token.as_bytes()]));
        let pairs = keys.iter().map(|pair| digest(b"key", &[pair.email.as_bytes(), pair.key.as_bytes()]));
        let credentials = tokens.chain(pairs).collect();
        Ok(Self { id, hash, allowed_images, flexible_variants, browser_ttl, credentials })
    }
}

/// The digest of the credentials in the headers of a request.
fn digest_of(headers: &HeaderMap) -> Option<Digested> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.as_bytes().split_at_checked("bearer ".len())?;
        return scheme.eq_ignore_ascii_case(b"bearer ").then(|| digest(b"token", &[token.trim_ascii()]));
    }
    let (email, key) = (headers.get("x-auth-email")?, headers.get("x-auth-key")?);
    Some(digest(b"key", &[email.as_bytes(), key.as_bytes()]))
}

/// A digest of several strings, each prefixed with its length so that different lists have
/// different digests.
fn digest(kind: &[u8], texts: &[&[u8]]) -> Digested {
    let mut hash = Sha256::new();
    hash.update(kind);
    for text in texts {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

#[cfg(test)]
pub(crate) mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::config::KeyPair;

    /// The settings of a test account.
    pub(crate) fn settings(id: &str) -> AccountSettings {
        AccountSettings {
            id: id.to_owned(),
            hash: format!("{id}-hash"),
            tokens: vec![format!("the-token-of-{id}")],
            keys: vec![KeyPair { email: format!("{id}@example.com"), key: format!("the-key-of-{id}-0000") }],
            allowed_images: 100,
            flexible_variants: false,
            browser_ttl: 60,
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn status(accounts: &Accounts, id: &str, pairs: &[(&'static str, &str)]) -> u16 {
        match accounts.authenticate(&headers(pairs), id) {
            Ok(account) => {
                assert_eq!(account.id, id);
                200
            }
            Err(failure) => {
                assert_eq!(failure.code(), 10_000);
                failure.status().as_u16()
            }
        }
    }

    #[test]
    fn each_account_has_its_own_tokens_and_key_pairs() {
        let accounts = Accounts::new(vec![settings("ada"), settings("bob")]).unwrap();
        for id in ["ada", "bob"] {
            let bearer = format!("Bearer the-token-of-{id}");
            assert_eq!(status(&accounts, id, &[("authorization", &bearer)]), 200);
            assert_eq!(status(&accounts, id, &[("authorization", &bearer.to_lowercase())]), 200);
            let (email, key) = (format!("{id}@example.com"), format!("the-key-of-{id}-0000"));
            assert_eq!(status(&accounts, id, &[("x-auth-email", &email), ("x-auth-key", &key)]), 200);
            let other = if id == "ada" { "bob" } else { "ada" };
            assert_eq!(status(&accounts, other, &[("authorization", &bearer)]), 403);
            assert_eq!(status(&accounts, "nobody", &[("authorization", &bearer)]), 403);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let accounts = Accounts::new(vec![settings("ada"), settings("bob")]).unwrap();
        for pairs in [
            &[][..],
            &[("authorization", "")],
            &[("authorization", "Bearer")],
            &[("authorization", "Bearer ")],
            &[("authorization", "Bearer the-token-of-ad")],
            &[("authorization", "Bearer the-token-of-adaa")],
            &[("authorization", "the-token-of-ada")],
            &[("authorization", "Basic the-token-of-ada")],
            &[("authorization", "Bearer the-key-of-ada-0000")],
            &[("x-auth-key", "the-key-of-ada-0000")],
            &[("x-auth-email", "ada@example.com")],
            &[("x-auth-email", "bob@example.com"), ("x-auth-key", "the-key-of-ada-0000")],
            &[("x-auth-email", "ada@example.com"), ("x-auth-key", "the-token-of-ada")],
        ] {
            assert_eq!(status(&accounts, "ada", pairs), 401, "{pairs:?}");
        }
    }

    #[test]
    fn invalid_accounts_are_refused() {
        let refused = |change: fn(&mut AccountSettings)| {
            let mut changed = settings("bob");
            change(&mut changed);
            Accounts::new(vec![settings("ada"), changed]).err()
        };
        assert_eq!(refused(|_| ()), None);
        assert!(refused(|it| it.id = "ada".to_owned()).is_some_and(|why| why.contains("the id \"ada\"")));
        assert!(
            refused(|it| it.hash = "ada-hash".to_owned()).is_some_and(|why| why.contains("\"ada-hash\""))
        );
        assert!(refused(|it| it.hash = "upload".to_owned()).is_some_and(|why| why.contains("\"upload\"")));
        assert!(refused(|it| it.id = "a/b".to_owned()).is_some_and(|why| why.contains("\"a/b\"")));
        assert!(refused(|it| it.hash = String::new()).is_some());
        assert!(
            refused(|it| it.tokens = vec!["short".to_owned()]).is_some_and(|why| !why.contains("short\""))
        );
        assert!(refused(|it| it.keys[0].key.truncate(15)).is_some_and(|why| why.contains("16")));
        assert!(Accounts::new(Vec::new()).is_err());
    }
}
