//! What Linux does with what a FUSE server does: facts, each a test.

mod handshake;
mod notices;
mod replies;
mod requests;
mod waiting;
