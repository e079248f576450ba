//! The first start: writes a configuration with one account, and prints how to use it.
//!
//! In: a path where no file exists. Out: a file that only its owner can read. The token is not
//! printed, because the output may end up in a log.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use cretula::records::{ImageId, RuleSet};

use super::{Config, default_listen};
use crate::accounts::Accounts;

pub(super) fn write(path: &Path, listen: Option<SocketAddr>) -> Result<(), String> {
    let text = text(listen).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(text.as_bytes())
    });
    written.map_err(|error| format!("{}: {error}", path.display()))
}

fn text(listen: Option<SocketAddr>) -> cretula::Result<String> {
    let listen = listen.map_or_else(default_listen, |listen| listen.to_string());
    let (id, hash, token) = (random()?, random()?, random()?);
    Ok(format!(
        "# Written by the first start. README.md explains every key.\n\
         listen = \"{listen}\"\n\
         \n\
         [[accounts]]\n\
         id = \"{id}\"\n\
         hash = \"{hash}\"\n\
         # A token gives full access to this account.\n\
         tokens = [\"{token}\"]\n"
    ))
}

/// 128 random bits in hexadecimal, from the library's id generator.
fn random() -> cretula::Result<String> {
    Ok(ImageId::generate(RuleSet::Reference)?.as_str().to_owned())
}

/// Prints the path of the file, and a command that uploads an image.
pub(super) fn explain(out: &mut impl Write, path: &Path, config: &Config, accounts: &Accounts) {
    let (path, url) = (path.display(), &config.public_url);
    let id = accounts.iter().next().map_or("", |account| account.id.as_str());
    let text = format!(
        "{path} contains a new account and its token. Open {url}/#account={id} in a browser, or upload a picture:\n\
         \n  curl -H \"Authorization: Bearer $(sed -n 's/^tokens = \\[\"\\(.*\\)\"\\]/\\1/p' {path})\" \\\n    \
         -F file=@picture.jpg {url}/accounts/{id}/images/v1\n\n"
    );
    // Standard output may be closed.
    let _ = out.write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::Arguments;
    use super::*;

    #[test]
    fn the_first_start_writes_the_file_and_the_second_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a").join("data");
        let arguments =
            Arguments::parse_from(["server", "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:7"]);
        let mut said = Vec::new();
        let (config, accounts) = arguments.load(&mut said).unwrap();
        let text = fs::read_to_string(data.join("server.toml")).unwrap();
        let account = accounts.iter().next().unwrap();
        assert!(text.contains(&format!("id = \"{}\"", account.id)));
        assert_eq!(config.listen, "127.0.0.1:7".parse().unwrap());

        let said = String::from_utf8(said).unwrap();
        let token = text.split("tokens = [\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(said.contains("server.toml") && said.contains("curl"), "{said}");
        assert!(!said.contains(token), "{said}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(data.join("server.toml")).unwrap().permissions().mode() & 0o777, 0o600);
        }

        let mut again = Vec::new();
        let (_, same) = arguments.load(&mut again).unwrap();
        assert_eq!((same.iter().next().unwrap().id.as_str(), again.len()), (account.id.as_str(), 0));
    }

    #[test]
    fn an_explicit_configuration_file_must_exist() {
        let arguments = Arguments::parse_from(["server", "--config", "/nowhere/server.toml"]);
        let why = arguments.load(&mut Vec::new()).err().unwrap();
        assert!(why.contains("/nowhere/server.toml"), "{why}");
    }
}
