//! Versions: of the library, and of this ABI.

use std::ffi::c_char;

use crate::slice::{In, constant};

/// The ABI this header describes: its major version in the upper 16 bits, its minor version in the lower ones. The major
/// version is that of the shared library's soname; the minor one grows when functions, constants or fields join.
pub const CRETULA_ABI_VERSION: u32 = 0x0001_0000;

/// The major version of the library.
pub const CRETULA_VERSION_MAJOR: u32 = 0;
/// The minor version of the library.
pub const CRETULA_VERSION_MINOR: u32 = 1;
/// The patch version of the library.
pub const CRETULA_VERSION_PATCH: u32 = 0;

/// The CRETULA_ABI_VERSION that the library was built with.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_abi_version() -> u32 {
    CRETULA_ABI_VERSION
}

/// Whether a program that was compiled against a header with this CRETULA_ABI_VERSION may use the library: the major
/// versions are equal, and the library's minor version is not the smaller.
///
/// Call it once at start: `cretula_abi_compatible(CRETULA_ABI_VERSION)`.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_abi_compatible(header_abi_version: u32) -> bool {
    let parts = |version: u32| (version >> 16, version & 0xffff);
    let ((ours, our_minor), (theirs, their_minor)) = (parts(CRETULA_ABI_VERSION), parts(header_abi_version));
    ours == theirs && our_minor >= their_minor
}

/// The version of the library, such as "0.1.0": the CRETULA_VERSION it was built with. Static.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_version() -> In<c_char> {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    constant(VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compatible_is_same_major_and_no_later_minor() {
        assert!(cretula_abi_compatible(CRETULA_ABI_VERSION));
        assert!(!cretula_abi_compatible(CRETULA_ABI_VERSION + 1));
        assert!(!cretula_abi_compatible(CRETULA_ABI_VERSION + 0x1_0000));
        assert!(!cretula_abi_compatible(0));
    }

    #[test]
    fn the_soname_is_the_abi_s() {
        let manifest = include_str!("../Cargo.toml");
        let section = manifest.split("[package.metadata.capi.library]").nth(1).unwrap();
        let version = section.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
        let (major, minor) = (CRETULA_ABI_VERSION >> 16, CRETULA_ABI_VERSION & 0xffff);
        assert_eq!(version, format!("\"{major}.{minor}.0\""));
    }

    #[test]
    fn the_macros_say_what_the_package_says() {
        let version = format!("{CRETULA_VERSION_MAJOR}.{CRETULA_VERSION_MINOR}.{CRETULA_VERSION_PATCH}");
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
    }
}
