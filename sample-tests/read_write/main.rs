//! The read and write family.

mod append;
mod reading;
mod writing;
