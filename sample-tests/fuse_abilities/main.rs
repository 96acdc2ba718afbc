//! What a fake FUSE server can do for a test, one ability at a time.

mod conversation;
mod expectations;
mod extension;
mod faults;
mod notices;
mod waiting;
