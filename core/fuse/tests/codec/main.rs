//! The protocol without a kernel.

mod abi;
mod corpus;
mod memory;
mod random;
mod transcripts;
mod wire;
