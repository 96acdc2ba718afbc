//! A small GekkoFS that ships in the binary: daemon, store, client library.
