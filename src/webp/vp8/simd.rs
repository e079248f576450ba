//! Transposes and the inverse DCT, which compilers do not vectorize by themselves: SSE2, which
//! every x86-64 processor has, or portable code.
//!
//! In: a block of coefficients and samples, or the samples along an edge. Out: the same from both
//! implementations, as a test verifies.

#[cfg(any(test, not(target_arch = "x86_64")))]
pub(super) mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;

#[cfg(not(target_arch = "x86_64"))]
pub(super) use self::portable::{columns_to_rows, inverse_dct_add, rows_to_columns};
#[cfg(target_arch = "x86_64")]
pub(super) use self::sse2::{columns_to_rows, inverse_dct_add, rows_to_columns};
