//! One operation table for file-system clients: the `gkfs.io` program and its session.

mod argument;
mod bytes;
mod cli;
mod codec;
mod context;
mod error;
mod execute;
mod number;
pub mod op;
mod operation;
mod registry;
pub mod reply;
pub mod session;
mod sys;
mod table;
mod target;

pub use argument::Argument;
pub use bytes::ByteString;
pub use cli::main;
pub use context::Context;
pub use error::RequestError;
pub use execute::Execute;
pub use operation::{ArgumentInfo, Operation};
pub use registry::{OperationInfo, find, operations};
pub use target::{Fd, IntoTarget, Target};
