//! The server against a real kernel.

mod support;

mod basics;
mod kill;
mod user;
