//! Single system calls and the errors they promise.

mod access;
mod coverage;
mod opening;
mod unlinking;
