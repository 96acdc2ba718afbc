//! The LD_PRELOAD client library of the embedded GekkoFS.
