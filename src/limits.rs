//! What one call may cost: the caller's [`Limits`] and [`CancelToken`], and the `Budget` that a
//! call spends from them.
//!
//! In: sizes and times. Out: permission to go on, or an error that names the value and the bound.
//! Every "too large" comes from here. Must not know of formats.

mod bounds;
mod budget;
mod buffer_pool;
mod interrupt;

pub use self::bounds::Limits;
pub(crate) use self::budget::Budget;
pub(crate) use self::buffer_pool::{BufferPool, Reused};
#[cfg(feature = "parallel")]
pub(crate) use self::buffer_pool::{Piece, Uncleared};
pub use self::interrupt::CancelToken;
pub(crate) use self::interrupt::Interrupt;
