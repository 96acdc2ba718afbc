//! Directories: made, listed, removed, and refused where they must be.

mod listing;
mod making;
mod removing;
