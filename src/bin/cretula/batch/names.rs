//! Names of outputs.
//!
//! In: the path of an image below its folder, a variant id, a format. Out: a unique path below the
//! output folder: the image keeps its extension (`a.jpg` and `a.png` differ), and an encoded id has
//! neither a dot nor a separator. Must not know of files.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use cretula::Format;

/// `photo.jpg`, `hero`, WebP: `photo.jpg.hero.webp`.
pub(super) fn output(relative: &Path, id: &str, format: Format) -> PathBuf {
    let mut name = relative.as_os_str().to_owned();
    name.push(format!(".{}.{}", as_file_name(id), format.extension()));
    PathBuf::from(name)
}

/// The id with everything except letters, digits, `-`, `_` and spaces percent-encoded. No two ids
/// give the same name, because no id contains a `%`.
fn as_file_name(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for character in id.chars() {
        if character.is_alphanumeric() || "-_ ".contains(character) {
            name.push(character);
            continue;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_the_folder_or_imitate_another_file() {
        for (id, name) in [
            ("hero", "hero"),
            ("hero-2x_b c", "hero-2x_b c"),
            ("..", "%2E%2E"),
            ("..\\x", "%2E%2E%5Cx"),
            (".hidden", "%2Ehidden"),
            ("a.b", "a%2Eb"),
            ("C:x|y*", "C%3Ax%7Cy%2A"),
            ("größe", "größe"),
            ("\u{202e}", "%E2%80%AE"),
        ] {
            assert_eq!(as_file_name(id), name);
        }
    }

    #[test]
    fn an_image_keeps_its_extension() {
        let name = output(Path::new("sub/photo.jpg"), "hero", Format::WebP);
        assert_eq!(name, Path::new("sub/photo.jpg.hero.webp"));
    }
}
