//! The protocol without a kernel.

mod abi;
mod memory;
mod random;
mod wire;
