//! `gkfs.io` from outside: its program, its session, and its operations against the kernel.

mod cases;
mod support;
