//! `RENDERING_VERSION` and the bytes of renderings belong together: `tests/golden/rendering.toml` has
//! the hash of each of its renderings, and the version that they were made with.

use std::fs;
use std::path::Path;

use cretula::{RENDERING_VERSION, Renderer, Request, VariantOptions};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    version: u32,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    file: String,
    options: String,
    sha256: String,
}

/// A new case has an empty hash: `CRETULA_BLESS=1` fills it in. It replaces others only if the version
/// is raised.
#[test]
fn the_version_is_raised_when_bytes_change() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let path = root.join("golden/rendering.toml");
    let mut text = fs::read_to_string(&path).unwrap();
    let golden: Golden = toml::from_str(&text).unwrap();
    assert!(golden.case.len() > 20 && golden.version <= RENDERING_VERSION);
    let mut renderer = Renderer::new();
    let (mut changed, mut added) = (Vec::new(), 0);
    for Case { file, options, sha256 } in &golden.case {
        let bytes = fs::read(root.join(file)).unwrap();
        let request = Request::new(options.parse::<VariantOptions>().unwrap());
        let rendered = renderer.render(&bytes, &request).unwrap();
        let digest: String =
            Sha256::digest(&rendered.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if *sha256 != digest {
            let entry = |hash: &str| format!("options = \"{options}\"\nsha256 = \"{hash}\"\n");
            let before = format!("file = \"{file}\"\n{}", entry(sha256));
            assert!(text.contains(&before), "{file} {options}: written as the others are");
            text = text.replace(&before, &format!("file = \"{file}\"\n{}", entry(&digest)));
            added += usize::from(sha256.is_empty());
            changed.extend((!sha256.is_empty()).then(|| format!("{file} {options}")));
        }
    }
    let is_raised = golden.version < RENDERING_VERSION;
    assert!(
        changed.is_empty() || is_raised,
        "raise RENDERING_VERSION: other bytes than version {} made of\n{}",
        golden.version,
        changed.join("\n")
    );
    if is_raised || added > 0 {
        assert!(std::env::var_os("CRETULA_BLESS").is_some(), "run again with CRETULA_BLESS=1");
        text = text
            .replace(&format!("version = {}\n", golden.version), &format!("version = {RENDERING_VERSION}\n"));
        fs::write(&path, text).unwrap();
    }
}
