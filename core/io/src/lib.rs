//! One operation table for file-system clients: the `gkfs.io` program and its session.

mod argument;
mod bytes;
mod codec;
mod error;
mod number;
pub mod op;
mod operation;
pub mod reply;
pub mod session;
mod table;
mod target;

pub use argument::Argument;
pub use bytes::ByteString;
pub use error::RequestError;
pub use operation::{ArgumentInfo, Operation};
pub use target::{Fd, IntoTarget, Target};
