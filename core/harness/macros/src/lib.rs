//! The attribute macros of gkfs-harness.
