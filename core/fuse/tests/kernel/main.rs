//! The server against a real kernel.

mod support;

mod basics;
mod behind;
mod gvisor;
mod kill;
mod missing;
mod nobody;
mod rounds;
mod rubbish;
mod taken;
mod user;
