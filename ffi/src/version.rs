//! Versions of the library and of the ABI.

use std::ffi::c_char;

use crate::slice::{In, constant};

/// The version of the ABI described by this header: major in the upper 16 bits, minor in the lower
/// 16 bits.
///
/// The major version is that of the shared library's soname. The minor version increases when
/// functions, constants or fields are added.
pub const CRETULA_ABI_VERSION: u32 = 0x0001_0000;

/// The major version of the library.
pub const CRETULA_VERSION_MAJOR: u32 = 0;
/// The minor version of the library.
pub const CRETULA_VERSION_MINOR: u32 = 1;
/// The patch version of the library.
pub const CRETULA_VERSION_PATCH: u32 = 0;

/// The CRETULA_ABI_VERSION of the library.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_abi_version() -> u32 {
    CRETULA_ABI_VERSION
}

/// Whether a program compiled against a header with this CRETULA_ABI_VERSION can use the library:
/// the major versions are equal, and the minor version of the library is at least that of the
/// header.
///
/// Call it once at startup: `cretula_abi_compatible(CRETULA_ABI_VERSION)`.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_abi_compatible(header_abi_version: u32) -> bool {
    let parts = |version: u32| (version >> 16, version & 0xffff);
    let ((major, minor), (header_major, header_minor)) =
        (parts(CRETULA_ABI_VERSION), parts(header_abi_version));
    major == header_major && minor >= header_minor
}

/// The CRETULA_VERSION of the library, such as "0.1.0". Static.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_version() -> In<c_char> {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    constant(VERSION)
}

/// A number that changes when the same image and options may give other bytes than before: a part of
/// the keys, such as ETags, under which outputs are stored or cached.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_rendering_version() -> u32 {
    cretula::RENDERING_VERSION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_the_same_major_and_no_later_minor_version_is_compatible() {
        assert!(cretula_abi_compatible(CRETULA_ABI_VERSION));
        assert!(!cretula_abi_compatible(CRETULA_ABI_VERSION + 1));
        assert!(!cretula_abi_compatible(CRETULA_ABI_VERSION + 0x1_0000));
        assert!(!cretula_abi_compatible(0));
    }

    #[test]
    fn the_soname_has_the_major_version_of_the_abi() {
        let manifest = include_str!("../Cargo.toml");
        let section = manifest.split("[package.metadata.capi.library]").nth(1).unwrap();
        let version = section.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
        let (major, minor) = (CRETULA_ABI_VERSION >> 16, CRETULA_ABI_VERSION & 0xffff);
        assert_eq!(version, format!("\"{major}.{minor}.0\""));
    }

    #[test]
    fn the_macros_have_the_version_of_the_package() {
        let version = format!("{CRETULA_VERSION_MAJOR}.{CRETULA_VERSION_MINOR}.{CRETULA_VERSION_PATCH}");
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
    }
}
