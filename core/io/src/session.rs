//! A session: one process that runs many operations, asked and answered in JSON lines.

pub mod protocol;
