//! One operation table for file-system clients: the `gkfs.io` program and its session.
