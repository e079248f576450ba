//! The names of statuses, and their HTTP statuses, as exported functions.

use std::ffi::c_char;

use crate::slice::{In, constant};
use crate::status::{self, cretula_status};

/// The name of a status in lower case, such as "malformed-image"; "internal" for a number that is
/// not a status. Static.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_status_name(status: cretula_status) -> In<c_char> {
    constant(status::name(status))
}

/// The HTTP status for a server's response: 200 for CRETULA_OK, 500 for a number that is not a
/// status.
#[unsafe(no_mangle)]
pub extern "C" fn cretula_status_http(status: cretula_status) -> u32 {
    status::http(status)
}
