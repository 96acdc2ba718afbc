//! Frames and routing shared by the embedded daemon and its client library.
