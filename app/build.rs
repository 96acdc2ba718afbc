//! Links the program at a fixed address.
//!
//! It is also the daemon and the client that each test starts, some of them hundreds of times, and as a
//! position-independent program it would write over twenty thousand addresses into its data at each start: that is a
//! seventh of the time that one operation of a client takes.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|has| has == value);
    let is_static = env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|all| all.contains("crt-static"));
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && !is_static {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
