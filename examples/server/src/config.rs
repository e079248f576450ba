//! [`Config`]: the validated contents of `server.toml`, and the file that the first start writes.
//!
//! In: the command line and the file. Out: valid values, or an error message for the operator that
//! names the value and what is allowed. Must not know what the values are used for.

mod first_start;

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use cretula::records::RuleSet;
use serde::Deserialize;
use url::Url;

use crate::accounts::Accounts;

/// The upper limit of every duration setting: one day.
const LONGEST: f64 = 86_400.0;

/// The cretula image service: uploads, variants, signed URLs.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Address to listen on, instead of the one in the file
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Folder of server.toml, which the first start writes, and of the stored data unless the file
    /// says otherwise
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Existing configuration file, instead of DIR/server.toml
    #[arg(long, value_name = "FILE", env = "CRETULA_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// The operator's settings.
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    /// The origin of delivery URLs in responses, without a trailing slash.
    pub(crate) public_url: String,
    /// The origin of direct upload URLs, without a trailing slash.
    pub(crate) upload_url: String,
    /// `sqlite:PATH` or `postgres://…`.
    pub(crate) database: String,
    /// `file:DIR` or `s3://BUCKET?…`.
    pub(crate) objects: String,
    pub(crate) rules: RuleSet,
    pub(crate) upload_by_url: bool,
    /// Whether uploads by URL may fetch from private networks.
    pub(crate) allow_private_addresses: bool,
    /// The number of render threads; 0: one per core.
    pub(crate) renderers: u32,
    /// The time for a render and its wait in the queue.
    pub(crate) response_time: Duration,
    /// The memory limit of one render, in bytes.
    pub(crate) render_memory: u64,
    /// The deadline of one render.
    pub(crate) render: Duration,
    pub(crate) max_connections: usize,
    /// The timeouts for receiving the head of a request and its body.
    pub(crate) header: Duration,
    pub(crate) body: Duration,
    /// How long in-flight requests may continue after SIGTERM.
    pub(crate) drain: Duration,
}

/// An account as written in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountSettings {
    pub(crate) id: String,
    pub(crate) hash: String,
    #[serde(default)]
    pub(crate) tokens: Vec<String>,
    #[serde(default)]
    pub(crate) keys: Vec<KeyPair>,
    #[serde(default = "hundred_thousand")]
    pub(crate) allowed_images: u64,
    #[serde(default)]
    pub(crate) flexible_variants: bool,
    #[serde(default = "two_days")]
    pub(crate) browser_ttl: u32,
}

/// Credentials for `X-Auth-Email` and `X-Auth-Key`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyPair {
    pub(crate) email: String,
    pub(crate) key: String,
}

fn hundred_thousand() -> u64 {
    100_000
}

fn two_days() -> u32 {
    2 * 24 * 60 * 60
}

/// The file before validation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "default_listen")]
    listen: String,
    public_url: Option<String>,
    upload_url: Option<String>,
    database: Option<String>,
    objects: Option<String>,
    #[serde(default = "reference")]
    rules: String,
    #[serde(default)]
    upload_by_url: bool,
    #[serde(default)]
    allow_private_addresses: bool,
    #[serde(default)]
    renderers: u32,
    #[serde(default = "seconds::<2>")]
    response_seconds: f64,
    #[serde(default = "quarter_gigabyte")]
    render_memory: u64,
    #[serde(default = "seconds::<10>")]
    render_seconds: f64,
    #[serde(default = "thousand")]
    max_connections: usize,
    #[serde(default = "seconds::<10>")]
    header_seconds: f64,
    #[serde(default = "seconds::<60>")]
    body_seconds: f64,
    #[serde(default = "seconds::<20>")]
    drain_seconds: f64,
    #[serde(default)]
    accounts: Vec<AccountSettings>,
}

fn default_listen() -> String {
    "127.0.0.1:8080".to_owned()
}

fn reference() -> String {
    "reference".to_owned()
}

fn seconds<const SECONDS: u32>() -> f64 {
    f64::from(SECONDS)
}

fn quarter_gigabyte() -> u64 {
    256 << 20
}

fn thousand() -> usize {
    1024
}

impl Arguments {
    /// Loads the configuration. If there is none, writes one with a new account and reports that on
    /// `out`.
    pub(crate) fn load(&self, out: &mut impl Write) -> Result<(Config, Accounts), String> {
        let path = match &self.config {
            Some(path) => path.clone(),
            None => self.data.join("server.toml"),
        };
        if self.config.is_none() && !path.exists() {
            first_start::write(&path, self.listen)?;
            let (config, accounts) = self.read(&path)?;
            first_start::explain(out, &path, &config, &accounts);
            return Ok((config, accounts));
        }
        self.read(&path)
    }

    fn read(&self, path: &Path) -> Result<(Config, Accounts), String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        parse(&text, self.listen, &self.data).map_err(|why| format!("{}: {why}", path.display()))
    }
}

fn parse(text: &str, listen: Option<SocketAddr>, data: &Path) -> Result<(Config, Accounts), String> {
    let file: File = toml::from_str(text).map_err(|error| without_values(text, &error))?;
    let accounts = Accounts::new(file.accounts)?;
    let listen = match listen {
        Some(listen) => listen,
        None => {
            let wrong = |_| {
                format!("listen must be an address and a port, such as 127.0.0.1:8080, got {:?}", file.listen)
            };
            file.listen.parse().map_err(wrong)?
        }
    };
    let public_url = match file.public_url {
        Some(text) => origin("public_url", &text)?,
        None => format!("http://{listen}"),
    };
    let upload_url = match file.upload_url {
        Some(text) => origin("upload_url", &text)?,
        None => public_url.clone(),
    };
    let within = |name: &str| data.join(name).display().to_string();
    let config = Config {
        listen,
        public_url,
        upload_url,
        database: file.database.unwrap_or_else(|| format!("sqlite:{}", within("records.db"))),
        objects: file.objects.unwrap_or_else(|| format!("file:{}", within("objects"))),
        rules: file.rules.parse().map_err(|error: cretula::Error| format!("rules: {error}"))?,
        upload_by_url: file.upload_by_url,
        allow_private_addresses: file.allow_private_addresses,
        renderers: file.renderers,
        response_time: duration("response_seconds", file.response_seconds)?,
        render_memory: file.render_memory,
        render: duration("render_seconds", file.render_seconds)?,
        max_connections: at_least_one(file.max_connections)?,
        header: duration("header_seconds", file.header_seconds)?,
        body: duration("body_seconds", file.body_seconds)?,
        drain: duration("drain_seconds", file.drain_seconds)?,
    };
    Ok((config, accounts))
}

/// A parser's error message without the values that it quotes, which may be secrets.
fn without_values(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let line = 1 + text.bytes().take(start).filter(|&byte| byte == b'\n').count();
    match error.message().split_once(", expected ") {
        Some((wrong, expected)) if wrong.starts_with("invalid") => {
            format!("line {line}: expected {expected}")
        }
        _ => format!("line {line}: {}", error.message()),
    }
}

/// The scheme, host and port of a URL that contains nothing else.
fn origin(name: &str, text: &str) -> Result<String, String> {
    let origin = text.trim_end_matches('/');
    let url = Url::parse(origin).ok().filter(|url| {
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        bare && matches!(url.scheme(), "http" | "https") && url.username().is_empty()
    });
    match url {
        Some(_) => Ok(origin.to_owned()),
        None => Err(format!(
            "{name} must be http:// or https:// with a host, such as https://images.example, got {text:?}"
        )),
    }
}

fn duration(name: &str, seconds: f64) -> Result<Duration, String> {
    let allowed = seconds > 0.0 && seconds <= LONGEST;
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|_| allowed);
    duration.ok_or_else(|| format!("{name} must be more than 0 and at most {LONGEST}, got {seconds}"))
}

fn at_least_one(connections: usize) -> Result<usize, String> {
    if connections > 0 { Ok(connections) } else { Err("max_connections must be 1 or more, got 0".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "[[accounts]]\nid = \"a\"\nhash = \"b\"\ntokens = [\"0123456789abcdef\"]\n";

    fn read(top: &str) -> Result<Config, String> {
        parse(&format!("{top}\n{ACCOUNT}"), None, Path::new("data")).map(|(config, _)| config)
    }

    #[test]
    fn an_account_is_the_only_required_setting() {
        let (config, accounts) = parse(ACCOUNT, None, Path::new("data")).unwrap();
        assert_eq!(config.listen, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(
            (config.public_url.as_str(), config.upload_url.as_str()),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080")
        );
        assert_eq!(
            (config.database.as_str(), config.objects.as_str()),
            ("sqlite:data/records.db", "file:data/objects")
        );
        assert_eq!((config.rules, config.upload_by_url, config.renderers), (RuleSet::Reference, false, 0));
        assert_eq!((config.response_time, config.render_memory), (Duration::from_secs(2), 268_435_456));
        let account = accounts.by_hash("b").unwrap();
        assert_eq!((account.allowed_images, account.browser_ttl), (100_000, 172_800));
    }

    #[test]
    fn the_command_line_overrides_the_file_and_sets_the_urls() {
        let listen = "127.0.0.1:9".parse().unwrap();
        let (config, _) =
            parse(&format!("listen = \"127.0.0.1:8\"\n{ACCOUNT}"), Some(listen), Path::new("d")).unwrap();
        assert_eq!((config.listen, config.public_url.as_str()), (listen, "http://127.0.0.1:9"));
        assert_eq!(config.database, "sqlite:d/records.db");
    }

    #[test]
    fn an_origin_loses_its_trailing_slash() {
        let config =
            read("public_url = \"https://images.example/\"\nupload_url = \"http://[::1]:80\"").unwrap();
        assert_eq!(
            (config.public_url.as_str(), config.upload_url.as_str()),
            ("https://images.example", "http://[::1]:80")
        );
        for wrong in ["images.example", "ftp://a", "https://", "https://a/b", "https://a?b", "https://u@a"] {
            let why = read(&format!("public_url = \"{wrong}\"")).err().unwrap();
            assert!(why.contains("public_url") && why.contains(wrong), "{why}");
        }
    }

    #[test]
    fn errors_name_the_wrong_value_and_what_is_allowed() {
        for (top, expected) in [
            ("listen = \"8080\"", "8080"),
            ("rules = \"mine\"", "mine"),
            ("response_seconds = 0.0", "response_seconds must be more than 0"),
            ("body_seconds = -1.0", "got -1"),
            ("drain_seconds = 1e9", "86400"),
            ("header_seconds = nan", "NaN"),
            ("max_connections = 0", "1 or more"),
            ("color = 1", "line 1: unknown field `color`"),
            ("\nrenderers = \"two\"", "line 2"),
        ] {
            let why = read(top).err().unwrap();
            assert!(why.contains(expected), "{top}: {why}");
        }
    }

    #[test]
    fn errors_do_not_quote_secrets() {
        for wrong in [
            "tokens = \"0123456789abcdef\"",
            "keys = [\"0123456789abcdef\"]",
            "keys = [{ email = \"a\", key = \"short\" }]",
        ] {
            let text = format!("[[accounts]]\nid = \"a\"\nhash = \"b\"\n{wrong}\n");
            let why = parse(&text, None, Path::new("data")).err().unwrap();
            assert!(!why.contains("0123456789abcdef") && !why.contains("\"short\""), "{why}");
            assert!(why.contains("line 4: expected") || why.contains("shorter"), "{why}");
        }
    }
}
