//! Says at once where the program cannot be built, and links it at a fixed address.
//!
//! Linux it must be: elsewhere hundreds of lines about missing system calls would say nothing of what to do.
//!
//! As to the address: the program is also the daemon and the client that each test starts, some of them hundreds of times, and as a
//! position-independent program it would write over twenty thousand addresses into its data at each start: that is a
//! seventh of the time that one operation of a client takes.

use std::env;

/// What is said where it is not Linux that the program is built for.
const NOT_LINUX: &str = "gkfs-bench works on Linux only: it lives from LD_PRELOAD, /proc, FUSE and mount namespaces. \
     Build and run it in a Linux container or virtual machine (WSL 2 is one), for example with \
     `docker run --rm -it -v \"$PWD\":/src -w /src rust cargo run --release`";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|has| has == value);
    if !is("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo::error={NOT_LINUX}");
        return;
    }
    let is_static = env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|all| all.contains("crt-static"));
    if is("CARGO_CFG_TARGET_ENV", "gnu") && !is_static {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
